"""Mixed precision, accumulated gradients and clipping: where the scaler, the loss of every micro-batch and the norm
before clipping go.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logdoc.hook import watch

CLASSES, INPUTS, EPOCHS, MICRO_BATCH, ACCUMULATION, CLIP = 4, 16, 6, 32, 2, 1.0


def make_data(rows: int) -> TensorDataset:
    """Return inputs (rows, INPUTS) and their classes (rows,) according to a fixed random network."""
    fixed = torch.Generator().manual_seed(1)
    first, second = torch.randn(INPUTS, 32, generator=fixed) / INPUTS**0.5, torch.randn(32, CLASSES, generator=fixed)
    x = torch.randn(rows, INPUTS)
    return TensorDataset(x, (torch.tanh(x @ first) @ second).argmax(1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example-amp"))
    out = parser.parse_args().out

    torch.set_num_threads(1)  # more would only wait for each other in a network this small
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    precision = torch.float16 if device == "cuda" else torch.bfloat16
    training = DataLoader(make_data(4096), batch_size=MICRO_BATCH, shuffle=True, drop_last=True)
    validation = DataLoader(make_data(1024), batch_size=1024)
    model = nn.Sequential(
        nn.Linear(INPUTS, 64),
        nn.LayerNorm(64),
        nn.ReLU(),
        nn.Linear(64, 64),
        nn.LayerNorm(64),
        nn.ReLU(),
        nn.Linear(64, CLASSES),
    ).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, EPOCHS * len(training) // ACCUMULATION)
    scaler = torch.amp.GradScaler(device)

    # With the scaler the log also holds its scale and the steps that it skips.
    with watch(model, optimizer, out, scaler=scaler) as log:
        log.meta(
            num_classes=CLASSES,
            loss="cross_entropy",
            batch_size=MICRO_BATCH,
            accumulation=ACCUMULATION,
            clip=CLIP,
            precision=str(precision),
        )
        for _ in range(EPOCHS):
            for number, (x, y) in enumerate(training, 1):
                with torch.autocast(device, precision):
                    loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
                scaler.scale(loss / ACCUMULATION).backward()
                log.log(loss=loss)  # of one micro-batch, undivided; the values of a step are averaged
                if number % ACCUMULATION == 0:
                    scaler.unscale_(optimizer)
                    norm = nn.utils.clip_grad_norm_(model.parameters(), CLIP)
                    log.log(grad_norm=norm)
                    scaler.step(optimizer)
                    scaler.update()
                    optimizer.zero_grad()
                    schedule.step()
            model.eval()
            with torch.no_grad(), torch.autocast(device, precision):
                x, y = (one.to(device) for one in next(iter(validation)))
                logits = model(x)
                log.log(
                    val_loss=nn.functional.cross_entropy(logits, y), val_accuracy=(logits.argmax(1) == y).float().mean()
                )
            model.train()
    print(f"Now run: logdoc analyze {out}")


if __name__ == "__main__":
    main()
