"""Runs with which nothing is wrong, each with something that looks wrong at a glance."""

from __future__ import annotations

import tempfile
import warnings
from typing import TYPE_CHECKING

import lightning.pytorch as pl
import torch
from catalogue import healthy
from instruments import Events, Loop, Record, write_csv, write_json
from lightning.pytorch.callbacks import LearningRateMonitor
from lightning.pytorch.loggers import CSVLogger
from tasks import DigitsCnn, digits, heating, mlp
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR, StepLR
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from pathlib import Path


@healthy(
    "CNN on drawn digits, AdamW, warm-up and cosine to zero, dropout 0.4, He initialisation",
    "dropout makes validation better than training; the loss is flat at the end because the schedule is over; "
    "half of the ReLU outputs "
    "are zeros and no unit is dead; the biases before batch norm have no gradient",
)
def digits_cnn(folder: Path) -> None:
    """TensorBoard with everything in it: scalars, also per layer, histograms, hyper-parameters in a sub-directory."""
    config = {
        "lr": 3e-3,
        "batch_size": 64,
        "epochs": 16,
        "optimizer": "AdamW",
        "weight_decay": 0.01,
        "dropout": 0.4,
        "num_classes": 10,
    }
    data = digits(3200, 1000, seed=1, noise=0.5)
    model = DigitsCnn(dropout=0.4)
    for module in (model.conv1, model.conv2):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    scheduler = OneCycleLR(optimizer, 3e-3, total_steps=16 * 50 + 1, pct_start=0.1, cycle_momentum=False)
    names = {"loss": "train/loss", "accuracy": "train/accuracy", "lr": "train/lr", "grad_norm": "train/grad_norm"}
    log = Events(folder, names | {"val_loss": "val/loss", "val_accuracy": "val/accuracy"})
    loop = Loop(model, optimizer, data, epochs=16, batch=64, scheduler=scheduler, probe_every=20)
    last: dict[str, float] = {}
    for record in loop.run():
        if record.kind == "step" and record.step % 2 == 0:
            log.write(record)
        elif record.kind == "epoch":
            last = {name: record.values[name] for name in ("val_loss", "val_accuracy")}
            log.write(record, last)
            if record.epoch % 4 == 3:
                _histograms(log, model, record)
    log.writer.add_hparams(config, {f"hparam/{name}": value for name, value in last.items()}, run_name="hparams")
    log.close()


def _histograms(log: Events, model: nn.Module, record: Record) -> None:
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1 and parameter.grad is not None:
            log.writer.add_histogram(f"parameters/{name}", parameter, record.step)
            log.writer.add_histogram(f"gradients/{name}", parameter.grad, record.step)


@healthy(
    "two-layer network on noisy energy readings, mean squared error, Adam, batches of 8, rate cut at two thirds "
    "and at nine tenths",
    "a loss in hundreds that no class count explains; batches that differ tenfold; the last third is flat "
    "at the noise of the data",
)
def energy_regression(folder: Path) -> None:
    """A wide table, one row every ten steps, with config.json beside it."""
    config = {
        "task": "regression",
        "loss": "mse",
        "optimizer": "adam",
        "learning_rate": 3e-3,
        "batch_size": 8,
        "epochs": 10,
        "seed": 20,
    }
    data = heating(6400, 1600, seed=2)
    model = mlp([8, 64, 64, 1])
    nn.init.constant_(model[-1].bias, data.y.mean().item())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    scheduler = LambdaLR(optimizer, lambda step: 1.0 if step < 4800 else 0.1 if step < 6800 else 0.01)
    rows: list[dict[str, float]] = []
    for record in Loop(
        model, optimizer, data, epochs=10, batch=8, loss=F.mse_loss, scheduler=scheduler, score=None
    ).run():
        v = record.values
        if record.kind == "step" and record.step % 10 == 9:
            row = {"step": record.step + 1, "epoch": record.epoch, "train_loss": v["loss"]}
            rows.append(row | {"lr": v["lr"], "grad_norm": v["grad_norm"]})
        elif record.kind == "epoch":
            rows[-1]["val_loss"] = v["val_loss"]
    write_csv(folder / "log.csv", rows)
    write_json(folder / "config.json", config)


class FineTune(pl.LightningModule):
    """A network whose features were learned elsewhere; only the head is trained."""

    def __init__(
        self, lr: float = 3e-4, batch_size: int = 32, freeze_backbone: bool = True, num_classes: int = 10
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = DigitsCnn()

    def pretrain(self) -> None:
        """Learn the features from clean digits, then freeze them."""
        optimizer = torch.optim.Adam(self.net.parameters(), lr=2e-3)
        for _ in Loop(self.net, optimizer, digits(2000, 200, seed=3, noise=0.3), epochs=6, batch=50).run():
            pass
        for name, parameter in self.net.named_parameters():
            parameter.requires_grad_(name.startswith("head"))

    def _score(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        out = self.net(batch[0])
        return F.cross_entropy(out, batch[1]), (out.argmax(1) == batch[1]).float().mean()

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Log the loss per step and per epoch, as Lightning does by itself."""
        self.net.eval()  # frozen batch norm keeps its statistics
        loss, accuracy = self._score(batch)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_acc", accuracy, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Log loss and accuracy per epoch."""
        loss, accuracy = self._score(batch)
        self.log_dict({"val_loss": loss, "val_acc": accuracy})

    def on_train_epoch_end(self) -> None:
        """Log the norm of every weight, the frozen ones too."""
        self.log_dict(
            {f"weight_norm/{name}": p.detach().norm() for name, p in self.net.named_parameters() if p.ndim > 1}
        )

    def configure_optimizers(self) -> dict[str, object]:
        """Return AdamW on what is left to train, halving its rate every four epochs."""
        optimizer = torch.optim.AdamW([p for p in self.parameters() if p.requires_grad], lr=self.hparams["lr"])
        return {"optimizer": optimizer, "lr_scheduler": StepLR(optimizer, 4, 0.5)}


@healthy(
    "Lightning: the head of a CNN trained on clean digits, tuned to noisier ones; the features are frozen "
    "and the configuration says so",
    "two weights never move, on purpose; the gain is small, because the start is good; training and "
    "validation rows are each full of holes",
)
def digits_fine_tune(folder: Path) -> None:
    """Lightning's metrics.csv and hparams.yaml."""
    data = digits(4800, 1000, seed=4, noise=0.6)
    model = FineTune()
    model.pretrain()
    fit(model, data, folder, epochs=12, batch=32, log_every=15)


def fit(
    model: pl.LightningModule, data: tuple[Tensor, ...], folder: Path, epochs: int, batch: int, log_every: int
) -> None:
    """Train with Lightning on the CPU and leave its CSV log in `folder`."""
    train, val = TensorDataset(*data[:2]), TensorDataset(*data[2:])
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as elsewhere:
        warnings.simplefilter("ignore")  # advice about worker processes
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=epochs,
            logger=CSVLogger(str(folder), name="", version=""),
            callbacks=[LearningRateMonitor("step")],
            log_every_n_steps=log_every,
            default_root_dir=elsewhere,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(model, DataLoader(train, batch, shuffle=True), DataLoader(val, len(val)))
