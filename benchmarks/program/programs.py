"""Training programs with one fault each, as changes of one program that is in order."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN = """\
import csv

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
torch.set_num_threads(1)
EPOCHS, BATCH = 20, 32
CENTRES = 1.1 * torch.randn(6, 16)


def make(count):
    labels = torch.arange(count) % 6
    return CENTRES[labels] + 1.4 * torch.randn(count, 16), labels


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(64, 6)

    def forward(self, x):
        return self.head(self.drop(self.body(x)))


train_x, train_y = make(2400)
val_x, val_y = make(600)
train_set, val_set = TensorDataset(train_x, train_y), TensorDataset(val_x, val_y)
train_loader = DataLoader(train_set, batch_size=BATCH, shuffle=True)
val_loader = DataLoader(val_set, batch_size=BATCH)
model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)

with open("log.csv", "w", newline="") as log:
    table = csv.writer(log)
    table.writerow(["step", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr"])
    step = 0
    for epoch in range(EPOCHS):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            logits = model(x)
            loss = criterion(logits, y)
            loss.backward()
            optimizer.step()
            hit = (logits.argmax(1) == y).float().mean().item()
            if step % 5 == 0:
                table.writerow([step, loss.item(), hit, "", "", optimizer.param_groups[0]["lr"]])
            step += 1
        scheduler.step()
        model.eval()
        with torch.no_grad():
            total = hits = 0.0
            for x, y in val_loader:
                logits = model(x)
                total += criterion(logits, y).item() * len(y)
                hits += (logits.argmax(1) == y).sum().item()
        table.writerow([step, "", "", total / len(val_set), hits / len(val_set), optimizer.param_groups[0]["lr"]])
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A program: its changes, and the causes that are right; without one it is in order."""

    name: str
    changes: tuple[tuple[str, str], ...]
    causes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The program."""
        text = PLAIN
        for old, new in self.changes:
            if old not in text:
                raise ValueError(f"{self.name}: '{old}' is not in the program")
            text = text.replace(old, new)
        return text


_ZERO = "            optimizer.zero_grad()\n"
_STEP = "            optimizer.step()\n"
_HEAD = "return self.head(self.drop(self.body(x)))"
_SOFTMAX = "return F.softmax(self.head(self.drop(self.body(x))), dim=1)"
_LOSS = "loss = criterion(logits, y)\n"
_MADE = "model = Net()\n"
_SORTED = "train_set, val_set = "
_APART = """train_x, train_y = list(train_x), list(train_y)
random.shuffle(train_x)
random.shuffle(train_y)
train_x, train_y = torch.stack(train_x), torch.stack(train_y)
"""

CASES = (
    Case("softmax-twice", ((_HEAD, _SOFTMAX),), ("loss-input-wrong",)),
    Case(
        "nll-of-probabilities",
        ((_HEAD, _SOFTMAX), ("CrossEntropyLoss", "NLLLoss")),
        ("loss-input-wrong",),
    ),
    Case("no-zero-grad", ((_ZERO, ""), ("lr=0.05", "lr=0.002")), ("gradient-accumulating",)),
    Case(
        "zero-grad-per-epoch",
        ((_ZERO, ""), ("model.train()\n", "model.train()\n        optimizer.zero_grad()\n")),
        ("gradient-accumulating",),
    ),
    Case("cleared-before-step", ((_ZERO, ""), (_STEP, _ZERO + _STEP)), ("optimizer-not-updating",)),
    Case(
        "graph-cut",
        ((_LOSS, "loss = criterion(logits.detach(), y)\n            loss.requires_grad = True\n"),),
        ("optimizer-not-updating",),
    ),
    Case(
        "other-network",
        ((_MADE, _MADE + "ema = Net()\n"), ("SGD(model.parameters()", "SGD(ema.parameters()")),
        ("optimizer-not-updating",),
    ),
    Case("made-anew", (("scheduler = ", "model = Net()\nscheduler = "),), ("optimizer-not-updating",)),
    Case(
        "sorted-by-class",
        (
            (_SORTED, "train_x, train_y = train_x[train_y.argsort()], train_y.sort().values\n" + _SORTED),
            ("shuffle=True", "shuffle=False"),
        ),
        ("data-not-shuffled",),
    ),
    Case(
        "no-eval",
        (("        model.eval()\n", ""), ("Dropout(0.2)", "Dropout(0.85)")),
        ("eval-mode-wrong", "regularisation-too-strong"),
    ),
    Case(
        "schedule-per-batch",
        (
            ("        scheduler.step()\n", ""),
            (_STEP, _STEP + "            scheduler.step()\n"),
            ("CosineAnnealingLR(optimizer, T_max=EPOCHS)", "StepLR(optimizer, step_size=8)"),
        ),
        ("lr-decay-too-fast",),
    ),
    Case(
        "schedule-idle",
        (("        scheduler.step()\n", ""), ("lr=0.05", "lr=0.03"), ("1.4 * torch", "2.6 * torch"), ("0.2)", "0.0)")),
        ("lr-schedule-missing", "overfitting", "training-too-long"),
    ),
    Case("summed-loss", (("CrossEntropyLoss()", 'CrossEntropyLoss(reduction="sum")'),), ("lr-too-high",)),
    Case(
        "logarithm-of-zero",
        ((_LOSS, "loss = -torch.log(F.softmax(40 * logits, dim=1))[range(len(y)), y].mean()\n"),),
        ("numeric-error",),
    ),
    Case(
        "metric-of-another-network",
        (
            (_MADE, _MADE + "ema = Net()\n"),
            ("hit = (logits", "guess = ema(x)\n            hit = (guess"),
            ("EPOCHS, BATCH = 20", "EPOCHS, BATCH = 8"),
            ("hits += (logits", "guess = ema(x)\n                hits += (guess"),
        ),
        ("loss-function-wrong",),
    ),
    Case(
        "head-only", (("SGD(model.parameters()", "SGD(model.head.parameters()"),), ("layers-frozen", "capacity-too-low")
    ),
    Case(
        "shuffled-apart",
        (("import csv\n", "import csv\nimport random\n"), (_SORTED, _APART + _SORTED)),
        ("labels-wrong",),
    ),
    Case(
        "validation-is-training",
        (
            ("DataLoader(val_set", "DataLoader(train_set"),
            ("Dropout(0.2)", "Dropout(0.0)"),
            ("/ len(val_set)", "/ len(train_set)"),
            ("EPOCHS, BATCH = 20", "EPOCHS, BATCH = 40"),
        ),
        ("data-leak",),
    ),
    Case("healthy", ()),
    Case("healthy-log-softmax", ((_HEAD, _SOFTMAX.replace("softmax", "log_softmax")),)),
    Case("healthy-unshuffled", (("shuffle=True", "shuffle=False"),)),
    Case("healthy-without-eval", (("        model.eval()\n", ""), ("EPOCHS, BATCH = 20", "EPOCHS, BATCH = 6"))),
    Case(
        "healthy-frozen-first",
        ((_MADE, _MADE + "for p in model.body[0].parameters():\n    p.requires_grad = False\n"),),
    ),
    Case(
        "healthy-kept-losses",
        (
            (_MADE, _MADE + "kept = []\n"),
            (_STEP, _STEP + "            kept.append(loss)\n"),
        ),
    ),
)
