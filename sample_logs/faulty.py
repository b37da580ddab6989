"""Runs with one fault each. The fault is in the code that trains, never painted into the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightning.pytorch as pl
import torch
import yaml
from catalogue import faulty
from healthy import fit
from instruments import Events, Loop, Record, write_csv, write_json
from tasks import DigitsCnn, LetterTransformer, Split, blobs, digits, mlp, moons, sentences
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR

if TYPE_CHECKING:
    from pathlib import Path

INSIDE = ("act_std", "act_zero_frac", "act_dead_frac", "act_sat_frac", "grad_norm", "weight_norm", "update_ratio")


def inside(record: Record) -> dict[str, float]:
    """Return what the probe measured of a step, without the activation means."""
    return {name: value for name, value in record.values.items() if name.split("/")[0] in INSIDE and "/" in name}


@faulty(
    "lr-too-high",
    ["loss-diverging", "lr-unusual"],
    "character transformer, Adam; the rate was typed 0.3 in place of 0.003, and climbs to it in 200 steps",
    "the first 80 steps look fine, because the rate is still small; the gradient is clipped at 1, so nothing overflows",
)
def letters_hot(folder: Path) -> None:
    """TensorBoard, `Loss/train` habit, arguments in args.yaml."""
    data = sentences(3200, 400, seed=5)
    model = LetterTransformer()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.3)
    scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 200))
    names = {"loss": "Loss/train", "val_loss": "Loss/val", "lr": "LearningRate", "grad_norm": "GradNorm/total"}
    log = Events(folder, names)
    loop = Loop(model, optimizer, data, epochs=6, batch=32, scheduler=scheduler, score=None, clip=1.0)
    for record in loop.run():
        if record.kind == "step":
            log.write(record)
        else:
            log.write(record, {"val_loss": record.values["val_loss"]})
    log.close()
    arguments = {
        "model": "gpt",
        "vocab_size": 28,
        "optimizer": "adam",
        "learning_rate": 0.3,
        "warmup_steps": 200,
        "grad_clip": 1.0,
    }
    (folder / "args.yaml").write_text(yaml.safe_dump(arguments, sort_keys=False), encoding="utf-8")


@faulty(
    "lr-too-low",
    ["loss-slow", "loss-still-falling"],
    "three-layer network on drawn digits, Adam at 5e-6 for eighty epochs",
    "the curve falls smoothly to the very end, and is nowhere near where it could be",
)
def digits_crawl(folder: Path) -> None:
    """The table of Keras' CSVLogger: one row per epoch."""
    data = digits(3200, 800, seed=6, noise=0.4)
    model = mlp([256, 64, 64, 10])
    rows = []
    for record in Loop(model, torch.optim.Adam(model.parameters(), lr=5e-6), data, epochs=80, batch=64).run():
        if record.kind == "epoch":
            v = record.values
            row = {"epoch": record.epoch, "accuracy": v["accuracy"], "loss": v["loss"], "lr": v["lr"]}
            rows.append(row | {"val_accuracy": v["val_accuracy"], "val_loss": v["val_loss"]})
    write_csv(folder / "training.log.csv", rows)
    write_json(
        folder / "config.json",
        {"optimizer": "adam", "learning_rate": 5e-6, "epochs": 80, "batch_size": 64, "num_classes": 10},
    )


class Clouds(pl.LightningModule):
    """A wide network for a set that is much too small for it."""

    def __init__(
        self, learning_rate: float = 1e-3, batch_size: int = 25, num_classes: int = 10, n_train: int = 300
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = mlp([32, 256, 256, 10])

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Log per epoch."""
        out = self.net(batch[0])
        loss = F.cross_entropy(out, batch[1])
        accuracy = (out.argmax(1) == batch[1]).float().mean()
        self.log_dict({"train/loss": loss, "train/acc": accuracy}, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Log per epoch."""
        out = self.net(batch[0])
        self.log_dict(
            {"val/loss": F.cross_entropy(out, batch[1]), "val/acc": (out.argmax(1) == batch[1]).float().mean()}
        )

    def configure_optimizers(self) -> dict[str, object]:
        """Return Adam with a cosine schedule, so that the rate is not to blame."""
        optimizer = torch.optim.Adam(self.parameters(), lr=self.hparams["learning_rate"])
        return {"optimizer": optimizer, "lr_scheduler": CosineAnnealingLR(optimizer, 60)}


@faulty(
    "overfitting",
    ["val-u-shape", "overfit-gap", "overtrained"],
    "Lightning: 256-unit network on 300 points of ten overlapping clouds, 60 epochs",
    "validation accuracy hardly falls: the loss alone shows the parabola, with its best point in the "
    "first sixth of the run",
)
def clouds_small_set(folder: Path) -> None:
    """Lightning's metrics.csv and hparams.yaml."""
    fit(Clouds(), blobs(300, 1000, seed=7, flipped=0.05), folder, epochs=60, batch=25, log_every=4)


@faulty(
    "gradient-vanishing",
    ["grad-vanishing", "loss-stuck", "loss-at-chance", "accuracy-at-chance"],
    "nine hidden layers of sigmoids with the default initialisation on drawn digits, SGD with momentum",
    "the last layer's bias learns the class shares within a few steps, and nothing else happens",
)
def digits_deep_sigmoid(folder: Path) -> None:
    """TensorBoard with per-parameter norms and update ratios."""
    data = digits(3200, 800, seed=8, noise=0.4)
    model = mlp([256] + [48] * 9 + [10], nn.Sigmoid)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    names = {
        "loss": "train/loss",
        "accuracy": "train/acc",
        "lr": "train/lr",
        "val_loss": "val/loss",
        "val_accuracy": "val/acc",
    }
    _inside_run(folder, model, optimizer, data, 12, names | {"grad_norm": "train/grad_norm"})
    config = {
        "task": "classification",
        "num_classes": 10,
        "optimizer": "sgd",
        "lr": 0.05,
        "momentum": 0.9,
        "scheduler": "cosine",
        "epochs": 12,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


@faulty(
    "relu-dying",
    ["relu-dead"],
    "ReLU network on drawn digits; the biases of its first layer were initialised around -6.5, SGD with "
    "momentum and a cosine schedule",
    "the loss looks like a smaller network's; over eight units in ten of the first layer never fire "
    "and never will; the second is well",
)
def digits_silent_units(folder: Path) -> None:
    """TensorBoard with the shares of zero outputs and of dead units."""
    data = digits(6400, 1000, seed=9, noise=0.4)
    model = mlp([256, 256, 64, 10])
    nn.init.kaiming_normal_(model[1].weight, nonlinearity="relu")
    nn.init.kaiming_normal_(model[3].weight, nonlinearity="relu")
    nn.init.normal_(model[1].bias, -6.5, 2.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    names = {
        "loss": "loss",
        "accuracy": "acc",
        "lr": "lr",
        "grad_norm": "grad_norm",
        "val_loss": "val_loss",
        "val_accuracy": "val_acc",
    }
    _inside_run(folder, model, optimizer, data, 6, names)


@faulty(
    "layers-frozen",
    ["weights-not-training"],
    "CNN on drawn digits whose second convolution was left out of the optimizer's list of parameters",
    "the loss looks good: the head makes the best of random features; the layer has a gradient and never moves",
)
def digits_left_out(folder: Path) -> None:
    """TensorBoard; the configuration does not say that anything is frozen."""
    data = digits(3200, 800, seed=10, noise=0.5)
    model = DigitsCnn()
    trained = [*model.conv1.parameters(), *model.norm1.parameters(), *model.head.parameters()]
    optimizer = torch.optim.Adam(trained, lr=2e-3)
    names = {
        "loss": "train_loss",
        "accuracy": "train_accuracy",
        "val_loss": "valid_loss",
        "val_accuracy": "valid_accuracy",
    }
    _inside_run(folder, model, optimizer, data, 12, names | {"lr": "learning_rate"})
    write_json(
        folder / "config.json",
        {"optimizer": "Adam", "lr": 2e-3, "num_classes": 10, "batch_size": 64, "epochs": 12, "arch": "cnn"},
    )


def _inside_run(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, data: Split, epochs: int, names: dict[str, str]
) -> None:
    """Train with a cosine schedule, and log every second step, and the inside of the network every twentieth."""
    scheduler = CosineAnnealingLR(optimizer, epochs * (len(data.x) // 64) + 1)
    log = Events(folder, names)
    for record in Loop(model, optimizer, data, epochs, batch=64, scheduler=scheduler, probe_every=20).run():
        if record.kind == "epoch":
            log.write(record, {name: record.values[name] for name in ("val_loss", "val_accuracy")})
        elif record.step % 2 == 0:
            plain = {name: value for name, value in record.values.items() if "/" not in name}
            log.write(record, plain | inside(record))
    log.close()


@faulty(
    "labels-wrong",
    ["loss-at-chance", "accuracy-at-chance"],
    "CNN on drawn digits; every epoch the pictures are shuffled and the labels are shuffled apart from them",
    "gradients and update ratios are healthy, the rate is ordinary: the network works, there is nothing to learn",
)
def digits_mispaired(folder: Path) -> None:
    """A wide table of steps with update ratios."""
    data = digits(3200, 800, seed=11, noise=0.4)
    model = DigitsCnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = CosineAnnealingLR(optimizer, 12 * 50 + 1)
    loop = Loop(
        model, optimizer, data, 12, 64, scheduler=scheduler, probe_every=5, pair=lambda y: y[torch.randperm(len(y))]
    )
    rows: list[dict[str, float]] = []
    for record in loop.run():
        v = record.values
        if record.kind == "step" and record.step % 5 == 0:
            row = {
                "step": record.step,
                "train_loss": v["loss"],
                "train_acc": v["accuracy"],
                "lr": v["lr"],
                "grad_norm": v["grad_norm"],
            }
            rows.append(row | {name: v[name] for name in v if name.startswith("update_ratio/")})
        elif record.kind == "epoch":
            rows.append({"step": record.step, "val_loss": v["val_loss"], "val_acc": v["val_accuracy"]})
    write_csv(folder / "metrics.csv", rows)
    write_json(
        folder / "config.json", {"optimizer": "adam", "lr": 1e-3, "num_classes": 10, "batch_size": 64, "epochs": 12}
    )


@faulty(
    "numeric-error",
    ["loss-nan"],
    "two moons with a hand-written binary cross-entropy, y log p + (1 - y) log(1 - p), without a guard",
    "all goes well until the network is so sure that p rounds to 1: log(0) times 0; the gradient was small "
    "and healthy right up to it",
)
def moons_handmade_loss(folder: Path) -> None:
    """TensorBoard, one point per step; infinities and NaN are logged as such."""
    data = moons(2000, 500, seed=12)
    model = mlp([2, 64, 64, 1])

    def loss(out: Tensor, y: Tensor) -> Tensor:
        p = torch.sigmoid(out[:, 0])
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    names = {"loss": "train/bce", "accuracy": "train/accuracy", "lr": "train/lr", "grad_norm": "train/grad_norm"}
    log = Events(folder, names | {"val_loss": "val/bce", "val_accuracy": "val/accuracy"})
    loop = Loop(model, optimizer, data, 20, 50, loss, score=lambda out, y: ((out[:, 0] > 0) == (y > 0)).float().mean())
    for record in loop.run():
        log.write(record, None if record.kind == "step" else _validation(record))
    log.close()


def _validation(record: Record) -> dict[str, float]:
    return {name: value for name, value in record.values.items() if name.startswith("val_")}


@faulty(
    "data-not-shuffled",
    ["loss-periodic"],
    "two-layer network on drawn digits that come in the order of their class, every epoch anew",
    "the training loss is close to zero within a class and jumps at its end: a sawtooth with the period of an epoch",
)
def digits_in_order(folder: Path) -> None:
    """A narrow table, one row per step."""
    data = digits(3200, 800, seed=13, noise=0.4)
    model = mlp([256, 64, 10])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    in_order = torch.argsort(data.y, stable=True)
    rows: list[dict[str, float]] = []
    for record in Loop(model, optimizer, data, 10, 32, order=lambda _: in_order).run():
        v = record.values
        if record.kind == "step":
            rows.append(
                {"iter": record.step, "epoch": record.epoch, "loss": v["loss"], "acc": v["accuracy"], "lr": v["lr"]}
            )
        else:
            rows[-1] |= {"val_loss": v["val_loss"], "val_acc": v["val_accuracy"]}
    write_csv(folder / "history.csv", rows)
    write_json(
        folder / "args.json",
        {"lr": 0.02, "momentum": 0.9, "opt": "sgd", "epochs": 10, "batch_size": 32, "n_train": 3200, "n_classes": 10},
    )
