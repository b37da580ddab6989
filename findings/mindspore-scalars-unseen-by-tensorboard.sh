#!/usr/bin/env bash
# MindSpore 2.10.0: its summaries are event files in TensorBoard's framing, checksums included, with tags where
# TensorBoard has them, but a scalar stands in field 3 of a value, which TensorBoard once gave to histograms and no longer
# reads, instead of field 2. TensorBoard opens the file, finds events at every step, and shows no scalar.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" mindspore==2.10.0 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile mindspore==2.10.0 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
from pathlib import Path

import mindspore
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

with mindspore.SummaryRecord("out") as record:
    for step in range(3):
        record.add_value("scalar", "loss", mindspore.Tensor(0.5, mindspore.float32))
        record.record(step)
(path,) = Path("out").iterdir()
named = path.rename(path.with_name("events.out.tfevents.1"))
raw = list(RawEventFileLoader(str(named)).Load())
events = EventAccumulator("out")
events.Reload()
print("mindspore", importlib.metadata.version("mindspore"))
print(f"records with right checksums: {len(raw)}; the last: {raw[-1].hex()}")
print("scalars that TensorBoard finds:", events.Tags()["scalars"])
assert len(raw) == 4 and b"loss" in raw[-1]
assert b"loss\x1d\x00\x00\x00\x3f" in raw[-1]  # 0.5 in field 3
assert events.Tags()["scalars"] == []
PY
