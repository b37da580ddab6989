#!/usr/bin/env bash
# PyTorch Metric Learning 2.9.0 with its own record keeper: in one TensorBoard file, losses have the iteration as their
# step and accuracies the epoch, and in the tables beside it the column of both is headed ~iteration~. After 4 epochs of
# 150 iterations the accuracies end at step 4, left of the second loss: joined by step, the best accuracy falls to a
# network that has seen four batches.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" pytorch-metric-learning==2.9.0 record-keeper==0.9.32 torch==2.13.0 tensorboard==2.21.0 faiss-cpu==1.15.1 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile pytorch-metric-learning==2.9.0 record-keeper==0.9.32 torch==2.13.0 tensorboard==2.21.0 faiss-cpu==1.15.1 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import csv
import importlib.metadata
import logging
import os
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
os.environ["TQDM_DISABLE"] = "1"
import torch
from pytorch_metric_learning import losses, testers, trainers
from pytorch_metric_learning.utils.logging_presets import get_hook_container, get_record_keeper
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

torch.manual_seed(0)
torch.set_num_threads(1)
labels = torch.arange(600) % 4
x = torch.randn(600, 4) + labels[:, None]
data = torch.utils.data.TensorDataset(x, labels)
nets = {"trunk": torch.nn.Linear(4, 8), "embedder": torch.nn.Linear(8, 4)}
keeper, _, _ = get_record_keeper("tables", "board")
hooks = get_hook_container(keeper)
tester = testers.GlobalEmbeddingSpaceTester(
    end_of_testing_hook=hooks.end_of_testing_hook, dataloader_num_workers=0, data_device="cpu"
)
trainer = trainers.MetricLossOnly(
    nets,
    {f"{name}_optimizer": torch.optim.SGD(net.parameters(), 0.01) for name, net in nets.items()},
    4,
    {"metric_loss": losses.ContrastiveLoss()},
    data,
    dataloader_num_workers=0,
    data_device="cpu",
    end_of_iteration_hook=hooks.end_of_iteration_hook,
    end_of_epoch_hook=hooks.end_of_epoch_hook(tester, {"val": data}, "models"),
)
trainer.train(num_epochs=4)
board = EventAccumulator("board")
board.Reload()
tags = board.Tags()["scalars"]
loss = next(tag for tag in tags if tag == "loss_histories/total_loss")
accuracy = next(tag for tag in tags if tag.startswith("accuracies") and "precision_at_1" in tag)
found = {tag: [event.step for event in board.Scalars(tag)] for tag in (loss, accuracy)}
(table,) = Path("tables").glob("accuracies*.csv")
rows = list(csv.DictReader(table.open()))
counts = [row["~iteration~"] for row in rows]
print("pytorch-metric-learning", importlib.metadata.version("pytorch-metric-learning"))
for tag, steps in found.items():
    print("steps of", tag, steps)
print("~iteration~ in the table of accuracies:", counts, "- epoch:", [row["epoch"] for row in rows])
assert found[loss][0] == 0 and found[loss][-1] > 500
assert found[accuracy] == [1, 2, 3, 4]
assert counts == ["1", "2", "3", "4"]
PY
