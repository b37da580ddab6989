#!/usr/bin/env bash
# Ray 2.60.0: the three loggers of one trial write a NaN in three ways. progress.csv has nan; result.json has the
# token NaN for a float of Python, but the text "null" for a NaN of NumPy's float32; the TensorBoard file has no point
# at all, while an infinity is written.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" "ray[tune]==2.60.0" tensorboardX==2.6.5 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile "ray[tune]==2.60.0" tensorboardX==2.6.5 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import math
import os
from pathlib import Path

import numpy as np
from ray.tune.logger import CSVLoggerCallback, JsonLoggerCallback, TBXLoggerCallback
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

os.makedirs("trial")


class Trial:
    local_path = logdir = os.path.abspath("trial")
    config = evaluated_params = {"lr": 0.1}
    trial_id, last_result, checkpoint, status = "t1", None, None, "RUNNING"

    def init_local_path(self):
        pass


losses = [1.0, math.nan, np.float32(math.nan), math.inf, 0.5]
for kind in (JsonLoggerCallback, CSVLoggerCallback, TBXLoggerCallback):
    logger, trial = kind(), Trial()
    logger.log_trial_start(trial)
    for i, loss in enumerate(losses, 1):
        logger.log_trial_result(i, trial, {"loss": loss, "training_iteration": i, "timesteps_total": i})
    logger.log_trial_end(trial)
events = EventAccumulator("trial")
events.Reload()
tensorboard = {e.step: e.value for e in events.Scalars("ray/tune/loss")}
rows = [json.loads(line)["loss"] for line in Path("trial/result.json").read_text().splitlines()]
table = [line.split(",")[0] for line in Path("trial/progress.csv").read_text().splitlines()]
print("ray", importlib.metadata.version("ray"))
print("handed over:  ", losses)
print("result.json:  ", rows)
print("progress.csv: ", table)
print("TensorBoard:  ", tensorboard)
assert math.isnan(rows[1]) and rows[2] == "null"
assert table[2:4] == ["nan", "nan"]
assert sorted(tensorboard) == [1, 4, 5]
PY
