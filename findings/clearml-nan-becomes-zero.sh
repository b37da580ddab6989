#!/usr/bin/env bash
# ClearML 2.1.12: a scalar that is NaN or infinite is stored as 0.0, told once each on the console; the curve in the
# session then falls to zero, the best value a loss can have.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" clearml==2.1.12 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile clearml==2.1.12 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import math
import os
from pathlib import Path

os.environ.update(CLEARML_CACHE_DIR=os.path.abspath("cache"), HOME=os.getcwd())
from clearml import Task

Task.set_offline(True)
task = Task.init(
    "p",
    "t",
    auto_connect_frameworks=False,
    auto_resource_monitoring=False,
    auto_connect_streams=False,
    auto_connect_arg_parser=False,
)
losses = [2.0, math.nan, math.inf, -math.inf, 1.0]
for step, loss in enumerate(losses):
    task.get_logger().report_scalar("train", "loss", loss, step)
task.close()
(path,) = Path().rglob("metrics.jsonl")
stored = {}
for line in path.read_text().splitlines():
    found = json.loads(line)
    for event in found if isinstance(found, list) else [found]:
        if event.get("metric") == "train":
            stored[event["iter"]] = event["value"]
print("clearml", importlib.metadata.version("clearml"))
print("reported:", losses)
print("stored:  ", [stored[step] for step in sorted(stored)])
assert [stored[step] for step in sorted(stored)] == [2.0, 0.0, 0.0, 0.0, 1.0]
PY
