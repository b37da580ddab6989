#!/usr/bin/env bash
# VisualDL 2.5.3: its records begin with their length as TensorBoard's do, but neither the length nor the content has a
# checksum. A value in which one bit is flipped is read back as another number, without a word.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" visualdl==2.5.3 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile visualdl==2.5.3 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import struct
from pathlib import Path

from visualdl import LogReader, LogWriter

with LogWriter("run", file_name="vdlrecords.1700000000.log") as writer:
    for step in range(3):
        writer.add_scalar(tag="loss", value=0.5, step=step)
path = Path("run/vdlrecords.1700000000.log")
data = path.read_bytes()
sizes, at = [], 0
while at < len(data):
    (length,) = struct.unpack("<Q", data[at : at + 8])
    sizes.append(length)
    at += 8 + length
place = data.rindex(struct.pack("<f", 0.5)) + 3
path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
values = [point.value for point in LogReader(file_path=str(path)).get_data("scalar", "loss")]
print("visualdl", importlib.metadata.version("visualdl"))
print(f"{len(data)} bytes are {len(sizes)} records of 8 bytes for the length and {sizes} bytes of content")
print("written: 0.5, 0.5, 0.5; read after one flipped bit:", values)
assert at == len(data)
assert values[:2] == [0.5, 0.5] and values[2] != 0.5
PY
