#!/usr/bin/env bash
# torch 2.13.0: SummaryWriter.add_scalar takes double_precision=True and stores the value in single precision all the
# same, unless new_style=True is given, too; nothing is said of the argument that has no effect.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray
from torch.utils.tensorboard import SummaryWriter

with SummaryWriter("run") as writer:
    writer.add_scalar("alone", 0.1, 0, double_precision=True)
    writer.add_scalar("both", 0.1, 0, double_precision=True, new_style=True)
board = EventAccumulator("run")
board.Reload()
alone = board.Scalars("alone")[0].value
both = float(make_ndarray(board.Tensors("both")[0].tensor_proto))
print("torch", torch.__version__)
print("0.1 with double_precision:", alone)
print("0.1 with double_precision and new_style:", both)
assert alone == 0.10000000149011612
assert both == 0.1
PY
