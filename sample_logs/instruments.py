"""The training loop, what is measured inside a network while it trains, and the files it is written to."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows it by
from torch.utils.tensorboard import SummaryWriter

if TYPE_CHECKING:
    from pathlib import Path

    from tasks import Split

Loss = Callable[[Tensor, Tensor], Tensor]
ACTIVATIONS = (nn.ReLU, nn.Sigmoid, nn.Tanh)


class Probe:
    """Measures gradients, weights, updates and activations of one optimizer step: ``begin``, forward, backward, step,
    ``end``.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.values: dict[str, float] = {}
        self._before: dict[str, Tensor] = {}
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []

    def begin(self) -> None:
        """Remember the weights and listen to the activation modules of the next forward pass."""
        self.values = {}
        self._before = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        for name, module in self.model.named_modules():
            if isinstance(module, ACTIVATIONS):
                self._hooks.append(
                    module.register_forward_hook(lambda m, _, out, name=name: self._listen(name, m, out.detach()))
                )

    def _listen(self, name: str, module: nn.Module, out: Tensor) -> None:
        self.values[f"act_mean/{name}"] = out.mean().item()
        self.values[f"act_std/{name}"] = out.std().item()
        if isinstance(module, nn.ReLU):
            units = out.transpose(0, 1).flatten(
                1
            )  # a unit, or the whole map of a channel, is dead when it is silent for the whole batch
            self.values[f"act_zero_frac/{name}"] = (out == 0).float().mean().item()
            self.values[f"act_dead_frac/{name}"] = (units == 0).all(dim=1).float().mean().item()
        else:
            low = 0.0 if isinstance(module, nn.Sigmoid) else -1.0
            bound = (out < low + 0.02 * (1 - low)) | (out > 1 - 0.02 * (1 - low))
            self.values[f"act_sat_frac/{name}"] = bound.float().mean().item()

    def end(self) -> dict[str, float]:
        """Return everything measured, as ``statistic/name``.

        Call it after the step, while the gradients are still there.
        """
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        for name, p in self.model.named_parameters():
            norm = self._before[name].norm().item()
            if p.grad is not None:
                self.values[f"grad_norm/{name}"] = p.grad.norm().item()
            self.values[f"weight_norm/{name}"] = p.detach().norm().item()
            if p.ndim > 1 and norm > 0:
                self.values[f"update_ratio/{name}"] = (p.detach() - self._before[name]).norm().item() / norm
        return self.values


@dataclass
class Record:
    """What one optimizer step (``kind`` step) or one epoch (``kind`` epoch) tells; names are the loop's own, writers
    rename them.
    """

    kind: str
    step: int
    epoch: int
    values: dict[str, float]


@dataclass
class Loop:
    """An ordinary training loop; ``run`` yields a Record per step and per epoch.

    Attributes:
        order: returns the order of the examples of an epoch; None shuffles.
        pair: returns the targets that are shown in an epoch; None shows the right ones.
        probe_every: measure the inside of the network every so many steps; 0 never.
        score: fraction of right answers from outputs and targets; None for a task without one.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    data: Split
    epochs: int
    batch: int
    loss: Loss = F.cross_entropy
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None
    order: Callable[[int], Tensor] | None = None
    pair: Callable[[Tensor], Tensor] | None = None
    probe_every: int = 0
    clip: float = float("inf")
    score: Callable[[Tensor, Tensor], Tensor] | None = field(default=lambda out, y: (out.argmax(1) == y).float().mean())

    def run(self) -> Iterator[Record]:
        """Train, and yield as it goes."""
        step, probe, n = 0, Probe(self.model), len(self.data.x)
        for epoch in range(self.epochs):
            indices = self.order(epoch) if self.order else torch.randperm(n)
            targets = self.pair(self.data.y) if self.pair else self.data.y
            totals: dict[str, float] = {}
            batches = n // self.batch
            for i in range(batches):
                chosen = indices[i * self.batch : (i + 1) * self.batch]
                measuring = self.probe_every and (step % self.probe_every == 0)
                if measuring:
                    probe.begin()
                values = self._step(self.data.x[chosen], targets[chosen])
                if measuring:
                    values |= probe.end()
                for name in ("loss", "accuracy"):
                    if name in values:
                        totals[name] = totals.get(name, 0.0) + values[name] / batches
                yield Record("step", step, epoch, values)
                step += 1
            yield Record(
                "epoch", step - 1, epoch, totals | self._validate() | {"lr": self.optimizer.param_groups[0]["lr"]}
            )

    def _step(self, x: Tensor, y: Tensor) -> dict[str, float]:
        self.model.train()
        self.model.zero_grad()  # not the optimizer's: that would leave the gradients of a tensor it was not given
        out = self.model(x)
        loss = self.loss(out, y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        values = {"loss": loss.item(), "grad_norm": norm.item(), "lr": self.optimizer.param_groups[0]["lr"]}
        self.optimizer.step()
        if self.scheduler:
            self.scheduler.step()
        if self.score:
            values["accuracy"] = self.score(out.detach(), y).item()
        return values

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        self.model.eval()
        out = self.model(self.data.val_x)
        values = {"val_loss": self.loss(out, self.data.val_y).item()}
        if self.score:
            values["val_accuracy"] = self.score(out, self.data.val_y).item()
        return values


class Events:
    """A TensorBoard folder.

    Tags are renamed by `names`; a name that is not in it, and holds no ``/``, is not written.
    """

    def __init__(self, folder: Path, names: Mapping[str, str]) -> None:
        self.folder, self.names = folder, names
        self.writer = SummaryWriter(str(folder))

    def write(self, record: Record, values: Mapping[str, float] | None = None) -> None:
        """Write a record, or `values` in its place, at the record's step."""
        for name, value in (record.values if values is None else values).items():
            tag = self.names.get(name, name if "/" in name else None)
            if tag:
                self.writer.add_scalar(tag, value, record.step)

    def close(self) -> None:
        """Close, and take the machine's name and process out of the file names."""
        self.writer.close()
        for i, path in enumerate(sorted(self.folder.rglob("events.out.tfevents.*"))):
            path.rename(path.with_name(f"events.out.tfevents.{1700000000 + i}.host.0.0"))


def write_csv(path: Path, rows: list[Mapping[str, float]]) -> None:
    """Write a table; the columns are all names in the order they first occur, a value that a row lacks stays empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(
            {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()} for row in rows
        )


def write_json(path: Path, config: Mapping[str, object]) -> None:
    """Write the hyper-parameters beside the log."""
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
