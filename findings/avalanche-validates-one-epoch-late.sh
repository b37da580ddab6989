#!/usr/bin/env bash
# Avalanche 0.6.0, CSVLogger with eval_every=1: the row of an epoch in training_results.csv holds the training loss of that
# epoch beside the validation loss from before it. The first row has that of the untrained model, each later row that of
# the epoch above, and the validation that follows the last epoch stands in no row of the table.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" avalanche-lib==0.6.0 torch==2.13.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile avalanche-lib==0.6.0 torch==2.13.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import csv
import importlib.abc
import importlib.machinery
import importlib.metadata
import sys
import types
import warnings

warnings.simplefilter("ignore")


class Pictures(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in for torchvision, which Avalanche's data sets of pictures need; none is used here."""

    def find_spec(self, name, path=None, target=None):
        mine = name.partition(".")[0] == "torchvision"
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if mine else None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = self.made
        return module

    @staticmethod
    def made(name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda self, *args, **kwargs: None})

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Pictures())
import torch
from avalanche.benchmarks import tensors_benchmark
from avalanche.evaluation.metrics import accuracy_metrics, loss_metrics
from avalanche.logging import CSVLogger
from avalanche.training.plugins import EvaluationPlugin
from avalanche.training.supervised import Naive

torch.manual_seed(0)
x = torch.randn(40, 4)
y = (x[:, 0] > 0).long()
data = tensors_benchmark(train_tensors=[(x, y)], test_tensors=[(x, y)], task_labels=[0], complete_test_set_only=False)
net = torch.nn.Linear(4, 2)
loss = torch.nn.CrossEntropyLoss()
measured = []


class Kept(Naive):
    """Measures the loss itself as well: before the training and after each epoch."""

    def _before_training(self, **kwargs):
        measured.append(round(loss(net(x), y).item(), 4))
        super()._before_training(**kwargs)

    def _after_training_epoch(self, **kwargs):
        measured.append(round(loss(net(x), y).item(), 4))
        super()._after_training_epoch(**kwargs)


plugin = EvaluationPlugin(
    loss_metrics(epoch=True, experience=True), accuracy_metrics(epoch=True, experience=True), loggers=[CSVLogger("log")]
)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
strategy = Kept(
    model=net, optimizer=optimizer, criterion=loss, train_mb_size=10, train_epochs=4, eval_mb_size=40, evaluator=plugin,
    eval_every=1,
)
strategy.train(data.train_stream[0], eval_streams=[data.test_stream[0]])
plugin.loggers[0].close()
with open("log/training_results.csv", newline="") as file:
    rows = [(int(row["epoch"]), float(row["val_loss"])) for row in csv.DictReader(file)]
print("avalanche-lib", importlib.metadata.version("avalanche-lib"))
print("loss of the held-out data before the training and after each of four epochs:", measured)
print("rows of (epoch, val_loss):", rows)
assert len(measured) == 5
assert [epoch for epoch, _ in rows] == [0, 1, 2, 3]
assert all(abs(value - before) < 2e-4 for (_, value), before in zip(rows, measured[:-1]))
assert all(abs(value - after) > 1e-3 for (_, value), after in zip(rows, measured[1:]))
PY
