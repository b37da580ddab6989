"""Small trainings for the tests of the hook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch: pip install 'logdoc[torch]'")

import logdoc.hook  # noqa: E402
from logdoc.model import Run  # noqa: E402
from logdoc.readers import load  # noqa: E402

nn = torch.nn
Watch = logdoc.hook.Watch


def mlp(*, inside: int = 8, hidden: int = 16, classes: int = 3) -> torch.nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(inside, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, classes)
    )


def batch(step: int, *, rows: int = 32, inside: int = 8, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(rows, inside, generator=generator)
    return x, (x[:, 0] > 0).long() + (x[:, 1] > 0.5).long() * (classes > 2)


def train(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    steps: int,
    watch: logdoc.hook.Watch | None = None,
    each: Callable[[int], None] | None = None,
    first: int = 0,
) -> list[float]:
    losses = []
    for step in range(first, first + steps):
        x, y = batch(step)
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if watch is not None:
            watch.log(loss=loss)
        if each is not None:
            each(step)
        losses.append(loss.item())
    return losses


def hooks_on(*owners: torch.nn.Module | torch.optim.Optimizer) -> int:
    count = 0
    for owner in owners:
        if isinstance(owner, torch.optim.Optimizer):
            count += len(owner._optimizer_step_pre_hooks) + len(owner._optimizer_step_post_hooks)
        else:
            count += sum(
                len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in owner.modules()
            )
    return count


def the_run(folder: Path) -> Run:
    items = list(load([folder]))
    assert [item for item in items if not isinstance(item, Run)] == []
    assert len(items) == 1
    run = items[0]
    assert isinstance(run, Run)
    return run


def values(run: Run, name: str) -> np.ndarray:
    return run.series[name].values
