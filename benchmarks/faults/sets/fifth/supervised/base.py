"""What the families of part a share: rows that are trained on, held out and tested, and what a plan does to them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan

Batch = tuple[Tensor, ...]
Made = tuple[np.ndarray, ...]


def tensors(made: Made) -> Batch:
    """Return arrays as tensors: whole numbers stay whole."""
    return tuple(torch.as_tensor(a if a.dtype.kind == "i" else a.astype(np.float32)) for a in made)


class Rows:
    """Rows of one family: the first of each batch is the input, the last the target.

    A family gives a network and `terms`, which are computed alike of what is trained on and of what is held out.
    """

    def __init__(self, p: Plan, seed: int, made: Made, model: nn.Module) -> None:
        self.p, self.model = p, model
        initialise(model, p.init)
        rng = np.random.default_rng(seed + 77)
        total = len(made[0])
        assert total == p.n + 2 * p.n_val
        train, held, test = (
            tuple(a[begin:end] for a in made) for begin, end in ((0, p.n), (p.n, p.n + p.n_val), (p.n + p.n_val, total))
        )
        train = (*train[:-1], self._labelled(train[-1], rng))
        if p.leak == "copies":
            chosen = rng.permutation(p.n)[: p.n_val]
            held = tuple(a[chosen] for a in train)
        self.key = torch.as_tensor(np.asarray(train[-1]).reshape(p.n, -1).mean(axis=1))
        self.train_rows, self.held_rows, self.test_rows = tensors(train), tensors(held), tensors(test)
        if self.held_rows[0].dtype == torch.float32:
            self._scale()
        self.size = p.n

    def _scale(self) -> None:
        """Scale and shift the inputs of all rows as the plan says, or those held out only."""
        p = self.p
        places = [self.held_rows] if p.mode == "unscaled-at-validation" else [self.train_rows, self.held_rows]
        if p.input_scale != 1.0 or p.input_shift:
            for rows in places:
                rows[0].mul_(p.input_scale).add_(p.input_shift)

    def _labelled(self, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        how = self.p.labels
        if how == "mixed":
            return y[rng.permutation(len(y))]
        if how.startswith("part"):
            hit = rng.random(len(y)) < float(how.removeprefix("part"))
            y = y.copy()
            y[hit] = rng.permutation(y[hit])
        return y

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of a batch, and what else is logged of it."""
        raise NotImplementedError

    def augmented(self, batch: Batch) -> Batch:
        """Return a batch as it is trained on."""
        return batch

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some rows, and what else is logged of them; a spoiled batch is far out of range."""
        batch = self.augmented(tuple(a[rows] for a in self.train_rows))
        if spoiled:
            batch = (batch[0] * self.p.knob("bad_scale", 40.0), *batch[1:])
        value, told = self.terms(batch)
        if self.p.knob("half_loss", False):
            value = value.bfloat16().float()
        return value, told

    def held_out(self) -> dict[str, float]:
        """Return the validation."""
        return self._told("val_", self.held_rows)

    def tested(self) -> dict[str, float]:
        """Return the test, where the plan has one."""
        if not self.p.knob("test", False):
            return {}
        self.model.eval()
        with torch.no_grad():
            return self._told("test_", self.test_rows)

    def _told(self, prefix: str, batch: Batch) -> dict[str, float]:
        value, told = self.terms(batch)
        return {f"{prefix}loss": value.item(), **{prefix + name: v for name, v in told.items()}}
