#!/usr/bin/env bash
# W&B 0.31.0, offline: define_metric with summary="min,max" keeps NaN for ever once a single NaN was logged, though
# finite values stand before and behind it. What a sweep is to minimise is then NaN, while the history is whole.
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
import math
import os
from pathlib import Path

os.environ.update(WANDB_SILENT="true", WANDB_MODE="offline")
import wandb
from wandb.proto import wandb_internal_pb2

settings = wandb.Settings(mode="offline", silent=True, x_disable_stats=True, x_disable_meta=True, console="off")
run = wandb.init(project="p", settings=settings)
run.define_metric("loss", summary="min,max")
for loss in (3.0, math.nan, 1.0, 2.0):
    run.log({"loss": loss})
run.finish()
(path,) = Path("wandb").glob("offline-run-*/*.wandb")
data, at, history, summary = path.read_bytes(), 7, [], []
while at + 7 < len(data):  # records of one block: checksum, length, kind, then a message
    length = int.from_bytes(data[at + 4 : at + 6], "little")
    record = wandb_internal_pb2.Record()
    record.ParseFromString(data[at + 7 : at + 7 + length])
    at += 7 + length
    for part, found in ((record.history.item, history), (record.summary.update, summary)):
        found.extend(json.loads(item.value_json) for item in part if (item.key or item.nested_key[0]) == "loss")
print("wandb", importlib.metadata.version("wandb"))
print("history:", history)
print("summary in the end:", summary[-1])
assert [str(value) for value in history] in (["3", "nan", "1", "2"], ["3.0", "nan", "1.0", "2.0"])
assert sorted(summary[-1]) == ["max", "min"]
assert all(math.isnan(value) for value in summary[-1].values())
PY
