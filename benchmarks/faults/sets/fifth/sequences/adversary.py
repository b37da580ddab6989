"""A generator and a discriminator over points on a ring."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.optimizers import factor
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched
from benchmarks.faults.sets.fifth.sequences.vectors import spread_apart

NOISE = 4


def ring(n: int, g: torch.Generator, modes: int = 6) -> Tensor:
    """Return points near the corners of a polygon."""
    angle = 2 * math.pi * torch.randint(0, modes, (n,), generator=g) / modes
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.12 * torch.randn(n, 2, generator=g)


class Contest:
    """Both networks, their optimizers, and the rules of the contest."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        self.g = torch.Generator().manual_seed(seed + 59)
        self.generator = stack([NOISE, p.width, p.width, 2])
        wide = p.knob("d_width", p.width)
        self.judge = stack([2, wide, wide, 1], dropout=p.dropout)
        if p.frozen == "judge":
            self.judge.requires_grad_(False)
        betas = p.knob("betas", (0.5, 0.99))
        self.of_generator = torch.optim.Adam(self.generator.parameters(), lr=p.lr, betas=betas)
        self.of_judge = torch.optim.Adam(self.judge.parameters(), lr=p.knob("d_lr", p.lr), betas=betas)
        self.held_out = ring(400, self.g)

    def _made(self, n: int) -> Tensor:
        found: Tensor = self.generator(torch.randn(n, NOISE))
        return found

    def judge_step(self, real: Tensor) -> dict[str, Any]:
        """Train the judge on points of both kinds."""
        p = self.p
        fake = self._made(len(real)).detach()
        a, b = self.judge(real)[:, 0], self.judge(fake)[:, 0]
        if p.output == "wasserstein":
            mixed = torch.lerp(fake, real, torch.rand(len(real), 1)).requires_grad_()
            slope = torch.autograd.grad(self.judge(mixed).sum(), mixed, create_graph=True)[0].norm(dim=1)
            loss = b.mean() - a.mean() + p.knob("penalty", 1.0) * (slope - 1).square().mean()
        else:
            high, low = (0.0, 1.0) if p.labels == "swapped" else (1.0 - p.smoothing, 0.0)
            loss = F.binary_cross_entropy_with_logits(a, torch.full_like(a, high))
            loss = 0.5 * (loss + F.binary_cross_entropy_with_logits(b, torch.full_like(b, low)))
        if loss.requires_grad:
            self.of_judge.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.of_judge.step()
        right = 0.5 * ((a > 0).float().mean() + (b < 0).float().mean())
        return {"loss": loss.item(), "real": a.sigmoid().mean().item(), "accuracy": right.item()}

    def generator_step(self, n: int) -> dict[str, float]:
        """Train the generator on what the judge says."""
        fake = self._made(n)
        if self.p.knob("cut", False):
            fake = fake.detach()
        said = self.judge(fake)[:, 0]
        wanted = torch.ones_like(said)
        if self.p.output == "wasserstein":
            loss = -said.mean()
        elif self.p.output == "saturating":
            loss = -F.binary_cross_entropy_with_logits(said, 1 - wanted)
        else:
            loss = F.binary_cross_entropy_with_logits(said, wanted)
        self.of_generator.zero_grad()
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        self.of_generator.step()
        grads = [q.grad.norm() for q in self.generator.parameters() if q.grad is not None]
        norm = torch.stack(grads).norm().item() if grads else 0.0
        return {"loss": loss.item(), "fake": said.sigmoid().mean().item(), "norm": norm}

    @torch.no_grad()
    def distance(self) -> float:
        """Return how far what is generated lies from what is real."""
        return spread_apart(self._made(300), self.held_out)


def train_contest(p: Plan, seed: int) -> Logged:
    """Train both networks by turns."""
    torch.manual_seed(seed)
    contest, log = Contest(p, seed), Log()
    total = p.epochs * 50
    watched = Watched()
    watched.begin(contest.generator, contest.of_generator)
    sums: dict[str, list[float]] = {}
    for step in range(int(total * p.stop_at)):
        share = factor(p, step / total)
        for optimizer, rate in ((contest.of_generator, p.lr), (contest.of_judge, p.knob("d_lr", p.lr))):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
        for _ in range(p.knob("rounds", 1)):
            judged = contest.judge_step(ring(p.batch, contest.g))
        for _ in range(p.knob("g_rounds", 1)):
            made = contest.generator_step(p.batch)
        told = {"loss_d": judged["loss"], "loss_g": made["loss"]}
        if p.output == "wasserstein":
            told = {"critic_loss": judged["loss"], "generator_loss": made["loss"]}
        else:
            told |= {"D(x)": judged["real"], "D(G(z))": made["fake"], "d_accuracy": judged["accuracy"]}
        for name, value in {**told, "grad_norm_g": made["norm"]}.items():
            sums.setdefault(name, []).append(value)
        every = p.knob("every", 10)
        if (step + 1) % every == 0:
            log(step + 1, **{name: sum(v) / len(v) for name, v in sums.items()}, lr=p.lr * share)
            sums.clear()
        if (step + 1) % 50 == 0:
            log(step + 1, energy_distance=contest.distance())
    return {**log.logged, **watched.read()}
