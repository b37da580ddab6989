"""Lightning: one callback. The losses come from what `training_step` returns and from `self.log`."""

from __future__ import annotations

import argparse
from pathlib import Path

import lightning.pytorch as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from logdoc.hook.lightning import LogdocCallback

CLASSES, INPUTS, EPOCHS, BATCH_SIZE = 4, 16, 5, 64


def make_data(rows: int) -> TensorDataset:
    """Return inputs (rows, INPUTS) and their classes (rows,) according to a fixed random network."""
    fixed = torch.Generator().manual_seed(1)
    first, second = torch.randn(INPUTS, 32, generator=fixed) / INPUTS**0.5, torch.randn(32, CLASSES, generator=fixed)
    x = torch.randn(rows, INPUTS)
    return TensorDataset(x, (torch.tanh(x @ first) @ second).argmax(1))


class Classifier(pl.LightningModule):
    """A small network; nothing in it knows of logdoc."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(INPUTS, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES))

    def training_step(self, batch: list[torch.Tensor], batch_idx: int) -> torch.Tensor:
        """Return the loss of a batch."""
        x, y = batch
        return nn.functional.cross_entropy(self.net(x), y)

    def validation_step(self, batch: list[torch.Tensor], batch_idx: int) -> None:
        """Log loss and accuracy of a batch; Lightning takes their means."""
        x, y = batch
        logits = self.net(x)
        self.log("val_loss", nn.functional.cross_entropy(logits, y))
        self.log("val_accuracy", (logits.argmax(1) == y).float().mean())

    def configure_optimizers(self) -> dict[str, object]:
        """Return the optimizer and a schedule that falls at every step."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, int(self.trainer.estimated_stepping_batches))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example-lightning"))
    out = parser.parse_args().out

    torch.set_num_threads(1)  # more would only wait for each other in a network this small
    pl.seed_everything(0, verbose=False)
    training = DataLoader(make_data(4096), batch_size=BATCH_SIZE, shuffle=True, drop_last=True)
    validation = DataLoader(make_data(1024), batch_size=256)
    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        callbacks=[LogdocCallback(out)],  # without a folder it takes that of the trainer's logger
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Classifier(), training, validation)
    print(f"Now run: logdoc analyze {out}")


if __name__ == "__main__":
    main()
