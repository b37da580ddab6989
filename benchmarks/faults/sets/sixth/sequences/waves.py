"""A generator of short waves against a discriminator with the hinge loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched
from benchmarks.faults.sets.sixth.sequences.loop import rate_of

LENGTH, LATENT, CHECK = 16, 6, 40


def waves(n: int, g: torch.Generator) -> Tensor:
    """Return waves of two pitches with any phase."""
    pitch = torch.randint(1, 3, (n, 1), generator=g).float()
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    loud = 0.7 + 0.6 * torch.rand(n, 1, generator=g)
    return loud * torch.sin(2 * math.pi * pitch * torch.arange(LENGTH) / LENGTH + phase)


def frechet(a: Tensor, b: Tensor) -> float:
    """Return the Fréchet distance between two normal distributions with the moments of both samples."""
    a, b = (torch.cat([x, torch.fft.rfft(x).abs() / 4], 1).double() for x in (a, b))
    if not torch.isfinite(a).all():
        return math.nan
    roots = torch.linalg.eigvals(a.T.cov() @ b.T.cov()).real.clamp(min=0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + a.T.cov().trace() + b.T.cov().trace() - 2 * roots)


def _made_of(p: Plan) -> nn.ModuleDict:
    d = stack([LENGTH, p.width, p.width, 1], "relu")
    if p.knob("spectral", True):
        for layer in d:
            if isinstance(layer, nn.Linear):
                nn.utils.parametrizations.spectral_norm(layer)
    return nn.ModuleDict({"generator": stack([LATENT, p.width, p.width, LENGTH], "relu"), "discriminator": d})


def train_waves(p: Plan, seed: int) -> Logged:
    """Train both in turn and return what was logged."""
    g, nets = torch.Generator().manual_seed(seed), _made_of(p)
    made, judge = nets["generator"], nets["discriminator"]
    betas, log, watched = p.knob("betas", (0.0, 0.9)), Log(), Watched()
    d_lr = p.knob("d_lr", p.lr)
    steps = {
        "g": torch.optim.Adam(made.parameters(), lr=p.lr, betas=betas),
        "d": torch.optim.Adam(judge.parameters(), lr=d_lr, betas=betas),
    }
    watched.begin(made, steps["g"])
    data, held, total = waves(p.n, g), waves(500, g), p.epochs * 50
    window: dict[str, list[float]] = {}
    for step in range(total):
        rate = rate_of(p, step, total) / p.lr
        steps["g"].param_groups[0]["lr"], steps["d"].param_groups[0]["lr"] = p.lr * rate, d_lr * rate
        told: dict[str, float] = {}
        for _ in range(p.knob("rounds", 1)):
            real = data[torch.randint(p.n, (p.batch,), generator=g)]
            told |= _judge_step(p, judge, made, real, steps["d"], g)
        told |= _made_step(p, judge, made, steps["g"], g)
        for name, value in told.items():
            window.setdefault(name, []).append(value)
        if (step + 1) % 10 == 0:
            log(step + 1, **{name: sum(v) / len(v) for name, v in window.items()}, lr=p.lr * rate)
            window.clear()
        if (step + 1) % CHECK == 0:
            with torch.no_grad():
                fake = made(torch.randn(500, LATENT, generator=g))
            log(step + 1, val_fid=frechet(fake, held), sample_std=fake.std(0).mean().item())
    return {**log.logged, **watched.read()}


def _judge_step(
    p: Plan, judge: nn.Module, made: nn.Module, real: Tensor, optimizer: torch.optim.Optimizer, g: torch.Generator
) -> dict[str, float]:
    with torch.no_grad():
        fake = made(torch.randn(p.batch, LATENT, generator=g))
    a, b = judge(real), judge(fake)
    loss = F.relu(1 - a).mean() + F.relu(1 + b).mean()
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    right = 0.5 * ((a > 0).float().mean() + (b < 0).float().mean())
    return {"d_loss": loss.item(), "d_real": a.mean().item(), "d_fake": b.mean().item(), "d_accuracy": right.item()}


def _made_step(
    p: Plan, judge: nn.Module, made: nn.Module, optimizer: torch.optim.Optimizer, g: torch.Generator
) -> dict[str, float]:
    fake = made(torch.randn(p.batch, LATENT, generator=g))
    score = judge(fake.detach() if p.knob("cut", False) else fake).mean()
    loss = score if p.knob("flipped", False) else -score
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    given = [q for q in made.parameters() if q.grad is not None]
    norm = float(nn.utils.clip_grad_norm_(given, p.clip or math.inf)) if given else 0.0
    optimizer.step()
    return {"g_loss": loss.item(), "g_grad_norm": norm}
