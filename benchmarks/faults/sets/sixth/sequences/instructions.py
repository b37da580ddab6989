"""Fine-tuning of a small language model that was trained before, on few instructions."""

from __future__ import annotations

import copy
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.sequences.language import Block, Transformer, plain
from benchmarks.faults.sets.sixth.sequences.loop import Told

PAD, SEP, END, DIGIT, ORDER, WORDS, DIGITS, LENGTH, BASE = 0, 1, 2, 3, 9, 13, 4, 11, 6


def answers(order: Tensor, digits: Tensor) -> Tensor:
    """Return what each order asks for: as it is, backwards, all plus one, backwards and all plus three."""
    backwards, added = digits.flip(1), (digits + 1) % BASE
    found = torch.stack([digits, backwards, added, (backwards + 3) % BASE], 1)
    return found[torch.arange(len(order)), order]


def written(order: Tensor, digits: Tensor, answer: Tensor) -> Tensor:
    """Return order, digits, separator, answer and end as words."""
    n = len(order)
    parts = [ORDER + order[:, None], DIGIT + digits, torch.full((n, 1), SEP), DIGIT + answer, torch.full((n, 1), END)]
    return torch.cat(parts, 1)


def asked(n: int, orders: tuple[int, ...], g: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return orders and digits."""
    return torch.tensor(orders)[torch.randint(len(orders), (n,), generator=g)], torch.randint(
        BASE, (n, DIGITS), generator=g
    )


@lru_cache(4)
def base(width: int, seed: int) -> Transformer:
    """Return the model that was trained before, on two of the orders."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        g = torch.Generator().manual_seed(seed + 17)
        model = Transformer(WORDS, LENGTH, width, [Block(width, plain(width), causal=True) for _ in range(2)])
        optimizer = torch.optim.Adam(model.parameters(), lr=6e-3)
        for step in range(300):
            for group in optimizer.param_groups:
                group["lr"] = 6e-3 * (1 - step / 300)
            order, digits = asked(48, (0, 1), g)
            x = written(order, digits, answers(order, digits))
            loss = F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return model


class Instructions:
    """Follow two new orders."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed + 2)
        self.model: nn.Module = copy.deepcopy(base(p.width, seed))
        order, digits = asked(p.n + p.n_val, (2, 3), g)
        answer = answers(order, digits)
        if p.labels == "noisy":
            spoiled = torch.rand(answer.shape, generator=g) < p.noise
            answer = torch.where(spoiled, torch.randint(BASE, answer.shape, generator=g), answer)
        whole = written(order, digits, answer)
        self.x, self.held = whole[: p.n], whole[p.n :]
        self.size, self.keys = p.n, order[: p.n]
        self.lost = torch.rand(p.n, generator=g) < p.knob("cut_short", 0.0)

    def _terms(self, x: Tensor, lost: Tensor) -> tuple[Tensor, Tensor]:
        target = x[:, 1:].clone()
        target[:, : DIGITS + 1] = -100
        target[lost] = -100  # nothing of the answer is left in what was cut to the longest length
        scores = self.model(x[:, :-1])
        answer = x[:, DIGITS + 2 :]
        return F.cross_entropy(scores.flatten(0, 1), target.flatten()), (
            scores[:, DIGITS + 1 :].argmax(-1) == answer
        ).float()

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss over the answers."""
        loss, right = self._terms(self.x[rows], self.lost[rows])
        return loss, {"mean_token_accuracy": right.mean().item(), "epoch": share * self.p.epochs}

    def check(self) -> Told:
        """Return loss, accuracy of words and of whole answers on held-out orders."""
        loss, right = self._terms(self.held, torch.zeros(len(self.held), dtype=torch.bool))
        return {
            "val_loss": loss.item(),
            "val_mean_token_accuracy": right.mean().item(),
            "val_exact_match": right.min(1).values.mean().item(),
        }
