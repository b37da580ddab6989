"""A conditional game of two networks: the gap in a signal is filled so that a judge cannot tell."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.plan import Plan


def signals(n: int) -> Tensor:
    """Draw signals of 24 samples: two waves and an edge."""
    t = torch.arange(24) / 24
    f = 1 + 2 * torch.rand(n, 2, 1)
    x = (torch.randn(n, 2, 1) * torch.sin(6.3 * (f * t + torch.rand(n, 2, 1)))).sum(1) / 1.4
    return x + 0.3 * torch.sign(torch.randn(n, 1)) * (t > 0.5)


def net(a: int, w: int, b: int) -> nn.Sequential:
    """Return a plain network."""
    return nn.Sequential(nn.Linear(a, w), nn.LeakyReLU(0.2), nn.Linear(w, w), nn.LeakyReLU(0.2), nn.Linear(w, b))


def train_inpaint(p: Plan, seed: int) -> Logged:
    """Train both players."""
    torch.manual_seed(seed)
    w = p.width
    g, d = net(16 + 4, w, 8), net(24, p.knob("judge", w), 1)
    og = torch.optim.Adam(g.parameters(), lr=p.lr, betas=(0.5, 0.99))
    od = torch.optim.Adam(d.parameters(), lr=p.knob("d_lr", p.lr), betas=(0.5, 0.99))
    log = Log()
    gap = slice(8, 16)

    def fill(x: Tensor) -> Tensor:
        seen = torch.cat([x[:, :8], x[:, 16:], torch.randn(len(x), 4)], 1)
        return torch.cat([x[:, :8], g(seen), x[:, 16:]], 1)

    def real(n: int) -> Tensor:
        return signals(n) + 0.15 * torch.randn(n, 24)

    for step in range(1, p.epochs * 50 + 1):
        for _ in range(p.knob("turns", 1)):
            x = real(p.batch)
            y = fill(x).detach()
            dr, df = d(x), d(y)
            ld = (functional.softplus(-dr).mean() + functional.softplus(df).mean()) / 2
            od.zero_grad()
            ld.backward()
            od.step()
        x = real(p.batch)
        y = fill(x)
        said = d(y)
        far = (y - x)[:, gap].abs().mean()
        adv = functional.softplus(-said).mean()
        lg = adv + p.knob("pixel", 1.0) * far
        og.zero_grad()
        lg.backward()
        og.step()
        if step % 10 == 0:
            log(
                step,
                loss_d=float(ld),
                loss_g=float(adv),
                d_real=float(dr.sigmoid().mean()),
                d_fake=float(df.sigmoid().mean()),
                l1=float(far),
            )
    return log.logged
