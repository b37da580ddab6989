#!/usr/bin/env bash
# rsl_rl 5.5.1, TensorBoard: Train/mean_reward/time has the whole seconds that the training took so far as its step. All
# iterations of the first second stand at step 0, and of a run of short iterations most points share a step with others.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" rsl-rl-lib==5.5.1 torch==2.13.0 tensordict==0.15.3 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile rsl-rl-lib==5.5.1 torch==2.13.0 tensordict==0.15.3 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import contextlib
import importlib.metadata
import io

import torch
from rsl_rl.utils.logger import Logger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

with contextlib.redirect_stdout(io.StringIO()):
    settings = {"num_steps_per_env": 8, "algorithm": {}, "logger": "tensorboard"}
    logger = Logger("run", settings, {}, 2, False, 1, 0, "cpu")
    logger.init_logging_writer()
    for it in range(6):  # of 0.4 s each
        logger.process_env_step(torch.full((2,), float(it)), torch.ones(2), {})
        logger.log(it, 0, 6, 0.25, 0.15, {}, 1e-3, torch.ones(1), None)
    logger.writer.close()
board = EventAccumulator("run")
board.Reload()
found = {tag: [event.step for event in board.Scalars(tag)] for tag in ("Train/mean_reward", "Train/mean_reward/time")}
print("rsl_rl", importlib.metadata.version("rsl-rl-lib"))
for tag, steps in found.items():
    print("steps of", tag, steps)
assert found["Train/mean_reward"] == [0, 1, 2, 3, 4, 5]
assert found["Train/mean_reward/time"] == [0, 0, 1, 1, 2, 2]
PY
