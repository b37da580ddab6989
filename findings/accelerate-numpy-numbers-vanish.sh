#!/usr/bin/env bash
# Accelerate 1.15.0, TensorBoard: of four numbers in one call of log, the Python float and NumPy's float64 are written,
# NumPy's float32 and int64 are not, without a word. A validation loss that NumPy computed in single precision has no
# curve, whereas the same loss in double precision has one.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" accelerate==1.15.0 torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile accelerate==1.15.0 torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata

import numpy as np
from accelerate import Accelerator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accelerator = Accelerator(log_with="tensorboard", project_dir=".", cpu=True)
accelerator.init_trackers("run")
logged = {"python": 0.5, "float64": np.float64(0.5), "float32": np.float32(0.5), "int64": np.int64(3)}
accelerator.log(logged, step=1)
accelerator.end_training()
board = EventAccumulator("run")
board.Reload()
tags = sorted(board.Tags()["scalars"] + board.Tags()["tensors"])
print("accelerate", importlib.metadata.version("accelerate"))
print("logged:", sorted(logged))
print("written:", tags)
assert tags == ["float64", "python"]
PY
