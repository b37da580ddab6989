"""Rows about people: survival of patients, claims of drivers, bags of cells."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.networks import ACTIVATIONS, initialise, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.supervised.loop import Task, Told
from benchmarks.faults.sets.sixth.supervised.measures import auc, concordance, gini

UNITS = np.array([12.0, 90.0, 5.0, 400.0, 1.0, 20.0, 0.2, 2500.0, 15.0, 1.0, 30.0, 8.0])
BASES = np.array([61.0, 250.0, 27.0, 900.0, 0.0, 120.0, 1.0, 7000.0, 80.0, 0.0, 140.0, 36.0])


def _floats(a: np.ndarray) -> Tensor:
    return torch.as_tensor(a.astype(np.float32))


class Survival(Task):
    """Cox regression by a network: the partial likelihood of a batch, judged by the C-index."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        total = p.n + p.n_val
        x = self.rng.normal(size=(total, 12))
        risk = 1.1 * x[:, 0] - 0.8 * x[:, 1] + 0.9 * x[:, 2] * x[:, 3] + 0.8 * np.sin(2 * x[:, 4])
        dies = self.rng.exponential(size=total) * np.exp(-risk)
        leaves = self.rng.exponential(size=total) * p.knob("leave", 1.5)
        event = (dies <= leaves).astype(float)
        if p.labels == "flag-turned":
            event = 1.0 - event
        if p.input_scale != 1.0:
            x = x * UNITS + BASES
        self.x, self.when, self.event = _floats(x), _floats(np.minimum(dies, leaves)), _floats(event)
        self.model = stack([12, *[p.width] * p.depth, 1], p.activation, dropout=p.dropout)
        initialise(self.model, p.init)

    def _partial(self, risk: Tensor, when: Tensor, event: Tensor) -> Tensor:
        order = torch.argsort(when, descending=self.p.output != "risk-set-turned")
        risk, event = risk[order], event[order]
        each = (torch.logcumsumexp(risk, 0) - risk) * event
        return each.sum() if self.p.knob("summed", False) else each.sum() / event.sum().clamp(min=1.0)

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the negative partial log-likelihood."""
        return self._partial(self.model(self.x[rows])[:, 0], self.when[rows], self.event[rows]), {}

    def validate(self) -> Told:
        """Return loss and C-index of those held out."""
        held = slice(self.p.n, None)
        risk = self.model(self.x[held])[:, 0]
        return {
            "val_loss": self._partial(risk, self.when[held], self.event[held]).item(),
            "val_c_index": concordance(risk, self.when[held], self.event[held]),
        }


class Drivers(nn.Module):
    """Embeddings of categories beside plain columns."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.region, self.brand = nn.Embedding(40, 4), nn.Embedding(12, 3)
        self.body = stack([4 + 3 + 5, *[p.width] * p.depth, 1], p.activation, dropout=p.dropout)

    def forward(self, x: Tensor, kinds: Tensor) -> Tensor:
        """Return the logarithm of the yearly frequency."""
        made: Tensor = self.body(torch.cat([self.region(kinds[:, 0]), self.brand(kinds[:, 1]), x], 1))[:, 0]
        return made


class Claims(Task):
    """Frequency of claims: Poisson with the exposure as an offset, judged by deviance and Gini."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        total = p.n + p.n_val
        x = self.rng.normal(size=(total, 5))
        kinds = np.stack([self.rng.integers(0, 40, total), self.rng.integers(0, 12, total)], 1)
        effects = np.random.default_rng(5).normal(size=52) * 0.6
        rate = (
            p.knob("often", -0.6)
            + effects[kinds[:, 0]]
            + effects[40 + kinds[:, 1]]
            + 0.5 * x[:, 0]
            - 0.4 * x[:, 1] ** 2
        )
        exposure = self.rng.uniform(0.05, 1.0, total)
        y = self.rng.poisson(np.exp(rate) * exposure)
        y[: p.knob("mistyped", 0)] += p.knob("mistyped_as", 0)
        self.x, self.kinds, self.y = _floats(x), torch.as_tensor(kinds), _floats(y)
        self.exposure = _floats(exposure)
        self.key = self.y[: p.n] + torch.as_tensor(kinds[: p.n, 0]) / 100 if p.knob("by", "") == "claims" else self.key
        self.net = Drivers(p)
        self.model = self.net
        initialise(self.model, p.init)

    def _rate(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        """Return the loss and the expected number of claims."""
        out, y, exposure = self.net(self.x[rows], self.kinds[rows]), self.y[rows], self.exposure[rows]
        if self.p.output == "no-link":
            return functional.poisson_nll_loss(out * exposure, y, log_input=False, eps=0.0), out * exposure
        if self.p.output == "link-twice":
            return functional.poisson_nll_loss((out + exposure.log()).exp(), y, log_input=True), (
                out + exposure.log()
            ).exp()
        out = out + exposure.log()
        return functional.poisson_nll_loss(out, y, log_input=True), out.exp()

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the negative log-likelihood up to a constant."""
        return self._rate(rows)[0], {}

    def validate(self) -> Told:
        """Return loss, deviance and Gini of those held out."""
        held = slice(self.p.n, None)
        value, mu = self._rate(held)
        mu, y = mu.clamp(min=1e-6), self.y[held]
        deviance = 2 * (torch.xlogy(y, y / mu) - y + mu).mean().item()
        return {
            "val_loss": value.item(),
            "val_poisson_deviance": deviance,
            "val_gini": gini(mu / self.exposure[held], y),
        }


class Attention(nn.Module):
    """Attention over the instances of a bag."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.embed = stack([12, *[p.width] * p.depth], p.activation, dropout=p.dropout)
        self.act = ACTIVATIONS[p.activation]()
        self.attend = stack([p.width, 16, 1], "tanh")
        self.drop = nn.Dropout(p.dropout)
        self.head = nn.Linear(p.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return one logit a bag."""
        made = self.act(self.embed(x))
        weights = self.attend(made).softmax(1)
        out: Tensor = self.head(self.drop((weights * made).sum(1)))[:, 0]
        return out


class Bags(Task):
    """Slides as bags of patches: one label a bag, which a few patches decide."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        total, size = p.n + p.n_val, 16
        y = (self.rng.random(total) < p.knob("share", 0.5)).astype(float)
        x = self.rng.normal(size=(total, size, 12))
        shift = np.random.default_rng(3).normal(size=12) * p.knob("apart", 0.75)
        marked = np.arange(size)[None] < self.rng.integers(1, 4, total)[:, None]
        x += (marked & (y[:, None] > 0))[..., None] * shift
        self.x, self.y = _floats(x), _floats(y)
        self.key = self.y[: p.n]
        self.model = Attention(p)
        initialise(self.model, p.init)

    def _of(self, rows: Tensor | slice) -> tuple[Tensor, Tensor]:
        out = self.model(self.x[rows])
        if self.p.output == "squashed-before":
            out = out.sigmoid()
        return functional.binary_cross_entropy_with_logits(out, self.y[rows]), out

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the cross entropy of some bags."""
        value, out = self._of(rows)
        right = ((out > (0.5 if self.p.output == "squashed-before" else 0.0)) == (self.y[rows] > 0.5)).float()
        if self.p.knob("per_batch", False):
            return value, {"accuracy": right.sum().item()}
        return value, {"accuracy": right.mean().item()}

    def validate(self) -> Told:
        """Return loss, AUC and sensitivity of the slides held out."""
        held = slice(self.p.n, None)
        value, out = self._of(held)
        y = self.y[held]
        found = (out > (0.5 if self.p.output == "squashed-before" else 0.0)) & (y > 0.5)
        right = ((out > (0.5 if self.p.output == "squashed-before" else 0.0)) == (y > 0.5)).float()
        accuracy = (
            right.sum().item() / -(-len(y) // self.p.batch) if self.p.knob("per_batch", False) else right.mean().item()
        )
        return {
            "val_loss": value.item(),
            "val_accuracy": accuracy,
            "val_auc": auc(out, y),
            "val_sensitivity": found.sum().item() / max(1.0, y.sum().item()),
        }
