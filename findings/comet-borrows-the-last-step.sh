#!/usr/bin/env bash
# Comet 3.58.8, offline: a metric that is logged without a step is stored with the step that another metric was logged
# at last; a counter of its own it has not.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" comet-ml==3.58.8 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile comet-ml==3.58.8 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import os
import zipfile
from pathlib import Path

os.environ.update(HOME=os.getcwd(), COMET_LOGGING_CONSOLE="ERROR")
import comet_ml

experiment = comet_ml.OfflineExperiment(
    project_name="p",
    workspace="w",
    api_key="x" * 20,
    offline_directory="out",
    log_code=False,
    log_graph=False,
    auto_metric_logging=False,
    parse_args=False,
    auto_output_logging=False,
    log_env_details=False,
    log_git_metadata=False,
    log_git_patch=False,
)
experiment.log_metric("accuracy", 0.1)
experiment.log_metric("loss", 2.0, step=7)
experiment.log_metric("accuracy", 0.2)
experiment.log_metric("accuracy", 0.3)
experiment.log_metric("loss", 1.0, step=3)
experiment.log_metric("accuracy", 0.4)
experiment.end()
(path,) = Path("out").glob("*.zip")
messages = zipfile.ZipFile(path).read("messages.json").decode().splitlines()
metrics = [json.loads(line)["payload"]["metric"] for line in messages if '"metric_msg"' in line]
steps = [(metric["metricValue"], metric["step"]) for metric in metrics if metric["metricName"] == "accuracy"]
print("comet_ml", importlib.metadata.version("comet-ml"))
print("accuracy was logged four times without a step, loss at 7 before the second and at 3 before the fourth time")
print("(accuracy, step) in the archive:", steps)
assert [step for _, step in steps][1:] == [7, 7, 3]
PY
