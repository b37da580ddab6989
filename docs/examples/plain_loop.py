"""A plain loop in PyTorch: checks before the training, the loss of every step, and a validation after every epoch."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logdoc.hook import watch
from logdoc.hook.checks import preflight

CLASSES, INPUTS, EPOCHS, BATCH_SIZE = 4, 16, 5, 64


def make_data(rows: int) -> TensorDataset:
    """Return inputs (rows, INPUTS) and their classes (rows,) according to a fixed random network."""
    fixed = torch.Generator().manual_seed(1)
    first, second = torch.randn(INPUTS, 32, generator=fixed) / INPUTS**0.5, torch.randn(32, CLASSES, generator=fixed)
    x = torch.randn(rows, INPUTS)
    return TensorDataset(x, (torch.tanh(x @ first) @ second).argmax(1))


@torch.no_grad()
def validate(model: nn.Module, loader: DataLoader) -> tuple[float, float]:
    """Return the mean loss and the accuracy of a whole set."""
    model.eval()
    losses, right = 0.0, 0
    for x, y in loader:
        logits = model(x)
        losses += nn.functional.cross_entropy(logits, y, reduction="sum").item()
        right += int((logits.argmax(1) == y).sum())
    model.train()
    return losses / len(loader.dataset), right / len(loader.dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example-plain-loop"))
    out = parser.parse_args().out

    torch.set_num_threads(1)  # more would only wait for each other in a network this small
    torch.manual_seed(0)
    training = DataLoader(make_data(4096), batch_size=BATCH_SIZE, shuffle=True, drop_last=True)
    validation = DataLoader(make_data(1024), batch_size=256)
    model = nn.Sequential(nn.Linear(INPUTS, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    # Works on copies; model, optimizer and random numbers are afterwards what they were.
    preflight(model, nn.functional.cross_entropy, next(iter(training)), optimizer, out, num_classes=CLASSES)

    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(training))
    with watch(model, optimizer, out / "training") as log:
        log.meta(num_classes=CLASSES, loss="cross_entropy", batch_size=BATCH_SIZE, train_size=4096, val_size=1024)
        for _ in range(EPOCHS):
            for x, y in training:
                loss = nn.functional.cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                log.log(loss=loss)
            val_loss, val_accuracy = validate(model, validation)
            log.log(val_loss=val_loss, val_accuracy=val_accuracy)
    print(f"Now run: logdoc analyze {out}")


if __name__ == "__main__":
    main()
