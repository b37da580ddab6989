#!/usr/bin/env bash
# RecBole 1.2.1: the train loss that is printed for an epoch is the sum over its batches, not their mean, although the loss
# of a batch is a mean. The same data and the same model in batches of half the size begin at twice the loss, and the
# loss of another data set is higher by how much larger that is.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" recbole==1.2.1 numpy==1.26.4 pandas==2.2.3 scipy==1.13.1 torch==2.13.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile recbole==1.2.1 numpy==1.26.4 pandas==2.2.3 scipy==1.13.1 torch==2.13.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import logging
import pathlib
import random
import re
import sys
import types
import warnings

warnings.simplefilter("ignore")
sys.modules["ray"], sys.modules["ray.tune"] = types.ModuleType("ray"), types.ModuleType("ray.tune")
sys.modules["ray"].tune = sys.modules["ray.tune"]  # for a search of settings, which is left out here
from recbole.quick_start import run_recbole

random.seed(0)
pathlib.Path("tiny").mkdir()
rows = ["user_id:token\titem_id:token\trating:float\ttimestamp:float"]
for user in range(64):
    rows += [f"{user}\t{item}\t1\t{at}" for at, item in enumerate(random.sample(range(40), 12))]
pathlib.Path("tiny", "tiny.inter").write_text("\n".join(rows) + "\n")


def first_loss(size):
    """Return the loss of the first epoch in batches of that size; the learning rate is next to nothing."""
    logging.getLogger().handlers.clear()  # so that the next run opens a log of its own
    settings = {"epochs": 1, "train_batch_size": size, "learning_rate": 1e-12, "show_progress": False, "use_gpu": False}
    run_recbole(model="BPR", dataset="tiny", config_dict={"data_path": ".", "seed": 1, **settings}, saved=False)
    log = max(pathlib.Path("log").rglob("*.log"), key=lambda path: path.stat().st_mtime_ns)
    losses = re.findall(r"train loss: ([\d.]+)", log.read_text())
    log.unlink()
    return float(losses[-1])


out, sys.stdout, sys.stderr = sys.stdout, open("printed", "w"), open("errors", "w")
losses = {size: first_loss(size) for size in (64, 32, 16)}
sys.stdout, sys.stderr = out, sys.__stderr__
print("recbole", importlib.metadata.version("recbole"))
print("train loss of the first epoch, by batch size:", losses)
print("chance, the mean of -log(1/2):", 0.6931)
assert losses[64] > 5 * 0.6931
assert 1.9 < losses[32] / losses[64] < 2.1
assert 1.9 < losses[16] / losses[32] < 2.1
PY
