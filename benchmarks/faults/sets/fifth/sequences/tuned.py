"""Tuned language models of the fifth set: a small model is trained on plain text first, and then learns from
preferences, or another dialect through low-rank adapters.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.sequences.loop import Told

TOKENS, LETTERS, START, STOP = 20, 16, 16, 17
LENGTH = 12


class Adapted(nn.Module):
    """A linear layer that may have a low-rank addition."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.base = nn.Linear(inputs, outputs)
        self.scale = 0.0

    def adapt(self, rank: int, alpha: float, *, zero: bool) -> None:
        """Freeze the layer and add the adapter."""
        self.lora_a, self.lora_b = (
            nn.Linear(self.base.in_features, rank, bias=False),
            nn.Linear(rank, self.base.out_features, bias=False),
        )
        nn.init.zeros_(self.lora_b.weight)
        if zero:
            nn.init.zeros_(self.lora_a.weight)
        self.scale = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both."""
        found: Tensor = self.base(x)
        return found + self.scale * self.lora_b(self.lora_a(x)) if self.scale else found


class Block(nn.Module):
    """Attention to what came before, and a feed-forward part."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm_a, self.norm_b, self.drop = nn.LayerNorm(width), nn.LayerNorm(width), nn.Dropout(dropout)
        self.qkv, self.out = Adapted(width, 3 * width), Adapted(width, width)
        self.up, self.down = Adapted(width, 2 * width), Adapted(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, width]."""
        n, t, w = x.shape
        q, k, v = self.qkv(self.norm_a(x)).view(n, t, 3, 2, w // 2).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, t, w)
        x = x + self.drop(self.out(seen))
        found: Tensor = x + self.drop(self.down(F.gelu(self.up(self.norm_b(x)))))
        return found


class Model(nn.Module):
    """A small causal transformer."""

    def __init__(self, width: int, depth: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(TOKENS, width), nn.Embedding(LENGTH + 2, width)
        self.blocks = nn.Sequential(*(Block(width, dropout) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, TOKENS)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, t, tokens] logits."""
        found: Tensor = self.head(self.norm(self.blocks(self.tokens(x) + self.places.weight[: x.shape[1]])))
        return found


def next_loss(out: Tensor, x: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return the loss of each token after the first, where the mask asks for it."""
    each = F.cross_entropy(out[:, :-1].flatten(0, 1), x[:, 1:].flatten(), reduction="none").view(len(x), -1)
    return each.mean() if mask is None else (each * mask).sum() / mask.sum()


def pretrained(model: nn.Module, x: Tensor, steps: int) -> None:
    """Train on plain text."""
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    for i in range(steps):
        rows = torch.randint(0, len(x), (48,))
        optimizer.zero_grad()
        next_loss(model(x[rows]), x[rows]).backward()  # type: ignore[no-untyped-call]
        for group in optimizer.param_groups:
            group["lr"] = 4e-3 * (1 - i / steps)
        optimizer.step()


def _dialect(n: int, g: torch.Generator, which: int) -> Tensor:
    """Return strings whose letters follow a chain; dialects share most of it."""
    table = 2.5 * torch.randn(LETTERS, LETTERS, generator=torch.Generator().manual_seed(8))
    other = 2.5 * torch.randn(LETTERS, LETTERS, generator=torch.Generator().manual_seed(9))
    chain = torch.softmax(
        table if which == 0 else torch.where(torch.arange(LETTERS)[:, None] % 2 == 0, table, other), 1
    )
    x = torch.full((n, LENGTH), START)
    x[:, 1] = torch.randint(0, LETTERS, (n,), generator=g)
    for i in range(2, LENGTH):
        x[:, i] = torch.multinomial(chain[x[:, i - 1]], 1, generator=g)[:, 0]
    return x


class Adapters:
    """Another dialect, learned through adapters of low rank while the model itself is frozen."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 47)
        model = Model(p.width, p.depth, p.dropout)
        pretrained(model, _dialect(1200, g, 0), 120)
        self.x, self.val = _dialect(p.n, g, 1), _dialect(p.n_val, g, 1)
        if p.labels == "random":  # a wrong tokenizer
            self.x[:, 1:] = torch.randint(0, LETTERS, self.x[:, 1:].shape, generator=g)
        for q in model.parameters():
            q.requires_grad_(p.knob("whole", False))
        for name, module in model.named_modules():
            if isinstance(module, Adapted) and name.endswith(p.knob("targets", ("qkv", "out", "up", "down"))):
                module.adapt(p.knob("rank", 4), p.knob("alpha", 8.0), zero=p.init == "zero")
        self.model: nn.Module = model
        self.size, self.keys = p.n, self.x[:, 1]

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss of the next letters."""
        x = self.x[rows]
        if broken:
            x = torch.cat([x[:, :1], torch.full_like(x[:, 1:], STOP)], 1)
        out = self.model(x)
        if self.p.precision == "half-loss":
            return next_loss(out.bfloat16(), x).float(), {}
        return next_loss(out, x), {}

    def check(self, share: float) -> Told:
        """Return the loss of strings held out."""
        out = self.model(self.val)
        right = (out[:, :-1].argmax(2) == self.val[:, 1:]).float().mean().item()
        return {"val_loss": next_loss(out, self.val).item(), "val_token_accuracy": right}


class Preferences:
    """Pairs of answers: letters in order are preferred to letters in disorder."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 53)
        chosen, rejected = self._pairs(p.n + p.n_val, g)
        plain = torch.where(torch.rand(len(chosen), 1, generator=g) < 0.4, chosen, rejected)
        self.model, self.reference = self._models(plain)
        swap = torch.rand(len(chosen), 1, generator=g) < p.knob("swapped", 0.0)
        swap[: p.n_val] &= p.knob("swapped_val", False)
        self.chosen, self.rejected = torch.where(swap, rejected, chosen), torch.where(swap, chosen, rejected)
        alike = torch.rand(len(chosen), 1, generator=g) < p.knob("alike", 0.0)
        self.rejected = torch.where(alike, self.chosen, self.rejected)
        self.size, self.keys = p.n, self.chosen[p.n_val :, 1]

    def _models(self, plain: Tensor) -> tuple[nn.Module, nn.Module]:
        """Return the policy and what it is compared with."""
        model = Model(self.p.width, self.p.depth, self.p.dropout)
        pretrained(model, plain, 100)
        return model, model if self.p.knob("same_model", False) else copy.deepcopy(model)

    def _pairs(self, n: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
        letters = torch.rand(n, LETTERS, generator=g).argsort(1)[:, :5]
        ordered = letters.sort(1).values
        other = letters.gather(1, torch.rand(n, 5, generator=g).argsort(1))
        ends = torch.full((n, 1), STOP)
        begin = torch.full((n, 1), START)
        return torch.cat([begin, letters, ordered, ends], 1), torch.cat([begin, letters, other, ends], 1)

    def _said(self, model: nn.Module, x: Tensor) -> Tensor:
        logs = model(x)[:, :-1].log_softmax(2).gather(2, x[:, 1:, None])[:, 5:, 0]
        return logs.sum(1)

    def _pairwise(self, rows: Tensor, names: str) -> tuple[Tensor, Told]:
        chosen, rejected = self.chosen[rows], self.rejected[rows]
        a, b = self._said(self.model, chosen), self._said(self.model, rejected)
        with torch.no_grad():
            ref_a, ref_b = self._said(self.reference, chosen), self._said(self.reference, rejected)
        beta = self.p.knob("beta", 0.1)
        good, bad = beta * (a - ref_a), beta * (b - ref_b)
        loss = -F.logsigmoid(good - bad)
        return loss.mean(), {
            f"{names}rewards/chosen": good.mean().item(),
            f"{names}rewards/rejected": bad.mean().item(),
            f"{names}rewards/accuracies": (good > bad).float().mean().item(),
            f"{names}rewards/margins": (good - bad).mean().item(),
            f"{names}logps/chosen": a.mean().item(),
            f"{names}logps/rejected": b.mean().item(),
        }

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss of direct preference optimisation."""
        return self._pairwise(rows + self.p.n_val, "")

    def check(self, share: float) -> Told:
        """Return loss and rewards of pairs held out."""
        loss, told = self._pairwise(torch.arange(self.p.n_val), "val_")
        return {"val_loss": loss.item() if math.isfinite(loss.item()) else math.nan, **told}


class Scorer(nn.Module):
    """A reader that gives one number for an answer."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.tokens, self.gru = nn.Embedding(TOKENS, p.width), nn.GRU(p.width, p.width, batch_first=True)
        self.drop, self.score = nn.Dropout(p.dropout), nn.Linear(p.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return a score for each row."""
        found: Tensor = self.score(self.drop(self.gru(self.tokens(x))[0][:, -1]))[:, 0]
        return found


class Rater(Preferences):
    """A reward model of the same pairs."""

    def _models(self, plain: Tensor) -> tuple[nn.Module, nn.Module]:
        model = Scorer(self.p)
        return model, model

    def _pairwise(self, rows: Tensor, names: str) -> tuple[Tensor, Told]:
        good, bad = self.model(self.chosen[rows, 6:]), self.model(self.rejected[rows, 6:])
        if self.p.output == "margin-only":  # the difference itself instead of its likelihood
            loss = -(good - bad)
        else:
            loss = -F.logsigmoid(good - bad) + self.p.knob("centre", 0.0) * (good + bad).square()
        told = {f"{names}accuracy": (good > bad).float().mean().item(), f"{names}margin": (good - bad).mean().item()}
        return loss.mean(), told | {f"{names}reward_mean": 0.5 * (good + bad).mean().item()}

    def check(self, share: float) -> Told:
        """Return loss and accuracy of pairs held out."""
        loss, told = self._pairwise(torch.arange(self.p.n_val), "val_")
        return {"val_loss": loss.item(), **told}
