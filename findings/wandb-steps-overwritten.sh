#!/usr/bin/env bash
# W&B 0.31.0, offline: a call of log without a step, right after one with a step, does not begin the next row but
# is put into the row of that step, whose value it replaces. Five calls leave three rows.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" wandb==0.31.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile wandb==0.31.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import os
from pathlib import Path

os.environ.update(WANDB_SILENT="true", WANDB_MODE="offline")
import wandb
from wandb.proto import wandb_internal_pb2

settings = wandb.Settings(mode="offline", silent=True, x_disable_stats=True, x_disable_meta=True, console="off")
run = wandb.init(project="p", settings=settings)
run.log({"loss": 3.0}, step=5)
run.log({"loss": 4.0})
run.log({"loss": 5.0})
run.log({"loss": 6.0}, step=8)
run.log({"loss": 7.0})
run.finish()
(path,) = Path("wandb").glob("offline-run-*/*.wandb")
data, at, rows = path.read_bytes(), 7, []
while at + 7 < len(data):  # records of one block: checksum, length, kind, then a message
    length = int.from_bytes(data[at + 4 : at + 6], "little")
    record = wandb_internal_pb2.Record()
    record.ParseFromString(data[at + 7 : at + 7 + length])
    at += 7 + length
    if record.WhichOneof("record_type") == "history":
        row = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in record.history.item}
        rows.append((row["_step"], row["loss"]))
print("wandb", importlib.metadata.version("wandb"))
print("logged: 3.0 at 5, 4.0, 5.0, 6.0 at 8, 7.0")
print("rows of (step, loss) in the file:", rows)
assert rows == [(5, 4.0), (6, 5.0), (8, 7.0)]
PY
