"""Short training programs: one that is in order, and how single lines of it are changed."""

from __future__ import annotations

PLAIN = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(20, 64)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(64, 5)

    def forward(self, x):
        x = F.relu(self.body(x))
        return self.head(self.drop(x))


device = "cpu"
model = Net().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10)
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=32)

for epoch in range(30):
    model.train()
    total = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = criterion(logits, y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        hits = 0
        for x, y in val_loader:
            logits = model(x)
            val_loss = criterion(logits, y)
            hits += (logits.argmax(1) == y).sum().item()
"""


def changed(*pairs: tuple[str, str], text: str = PLAIN) -> str:
    """Return the program with parts of it replaced; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    """Return the line, from one, in which a part stands first."""
    return text[: text.index(part)].count("\n") + 1
