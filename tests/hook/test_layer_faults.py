"""Networks with a fault in their layers, really trained and watched by the hook: the rule of the playbook fires, and
stays silent on the healthy twin.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import logdoc.hook
from logdoc.api import analyze
from logdoc.model import RunAnalysis
from tests.hook.training import nn, torch

Net = Callable[[], torch.nn.Module]


def deep(
    activation: type[torch.nn.Module],
    depth: int,
    *,
    width: int = 48,
    gain: float = 1.0,
    norm: bool = False,
    outputs: int = 4,
) -> torch.nn.Module:
    layers: list[torch.nn.Module] = []
    for i in range(depth):
        linear = nn.Linear(16 if i == 0 else width, width)
        if activation is nn.ReLU:
            nn.init.kaiming_normal_(linear.weight)
        else:
            nn.init.xavier_normal_(linear.weight, gain=nn.init.calculate_gain("tanh"))
        with torch.no_grad():
            linear.weight *= gain
            linear.bias.zero_()
        layers += [linear, nn.BatchNorm1d(width)] if norm else [linear]
        layers.append(activation())
    return nn.Sequential(*layers, nn.Linear(width, outputs))


@dataclass
class Training:
    """A network and how it is trained; the defaults are healthy."""

    net: Net = field(default=lambda: deep(nn.ReLU, 3))
    rate: float = 2e-3
    steps: int = 240
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam
    held: Callable[[torch.nn.Module], Sequence[torch.nn.Parameter]] = lambda model: list(model.parameters())
    inputs: Callable[[torch.Tensor], torch.Tensor] = lambda x: x
    targets: Callable[[torch.Tensor], torch.Tensor] | None = None
    changed: Callable[[torch.nn.Module], None] = lambda model: None
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = nn.functional.cross_entropy

    def watched(self, folder: Path) -> RunAnalysis:
        """Train, and return what logdoc says."""
        torch.manual_seed(0)
        model = self.net()
        self.changed(model)
        held = list(self.held(model))
        optimizer = self.optimizer(held, lr=self.rate)
        centres = torch.randn(4, 16) * 1.2
        with logdoc.hook.watch(model, optimizer, folder, every=5) as watch:
            watch.meta(num_classes=4) if self.targets is None else watch.meta(loss="mse")
            for _ in range(self.steps):
                y = torch.randint(0, 4, (64,))
                x = self.inputs(centres[y] + torch.randn(64, 16))
                loss = self.loss(model(x), y if self.targets is None else self.targets(x))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                watch.log(loss=loss)
        (run,) = analyze(folder).runs
        return run


def regression(y: Callable[[torch.Tensor], torch.Tensor]) -> dict[str, Any]:
    return {"targets": y, "loss": nn.functional.mse_loss, "net": lambda: nn.Linear(16, 1)}


class Detached(nn.Module):
    """A branch that is cut off from the loss, or not."""

    def __init__(self, *, cut: bool) -> None:
        super().__init__()
        self.one, self.two, self.head, self.cut = nn.Linear(16, 32), nn.Linear(16, 32), nn.Linear(64, 4), cut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = torch.relu(self.one(x))
        return self.head(torch.cat([one.detach() * 1.0 if self.cut else one, torch.relu(self.two(x))], 1))


class LogOfNothing(nn.Module):
    """Takes a logarithm whose argument reaches zero after 150 calls, or not."""

    def __init__(self, *, safe: bool) -> None:
        super().__init__()
        self.body, self.head, self.calls, self.safe = nn.Linear(16, 32), nn.Linear(32, 4), 0, safe

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.head(torch.log(torch.relu(self.body(x)) + (1.0 if self.safe else max(0.0, 1.0 - self.calls / 150))))


def frozen(model: torch.nn.Module) -> None:
    model[2].requires_grad_(False)


def fill(value: float) -> Callable[[torch.nn.Module], None]:
    def change(model: torch.nn.Module) -> None:
        with torch.no_grad():
            model[2].weight.fill_(value)

    return change


def bias(value: float) -> Callable[[torch.nn.Module], None]:
    def change(model: torch.nn.Module) -> None:
        with torch.no_grad():
            model[2].bias.fill_(value)

    return change


def runaways(model: torch.nn.Module) -> None:
    with torch.no_grad():
        model[2].weight *= 0.3
        model[2].weight[:4, :3] = 2.0


def one_unit_left(model: torch.nn.Module) -> None:
    with torch.no_grad():
        model[0].bias.fill_(-60.0)
        model[0].bias[0] = 3.0


def wide() -> torch.nn.Module:
    return nn.Sequential(nn.Linear(16, 400), nn.ReLU(), nn.Linear(400, 4))


def sgd(parameters: Any, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr)


def decaying(parameters: Any, lr: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr, weight_decay=4.0)


def growing(parameters: Any, lr: float) -> torch.optim.Optimizer:
    optimizer = torch.optim.SGD(parameters, lr)
    optimizer.param_groups[0]["weight_decay"] = -2.0
    return optimizer


HEALTHY = Training()
CASES: dict[str, tuple[Training, Training]] = {
    "grad-vanishing": (Training(net=lambda: deep(nn.Sigmoid, 9)), Training(net=lambda: deep(nn.ReLU, 9, norm=True))),
    "act-saturated": (
        Training(net=lambda: deep(nn.Tanh, 3, gain=25.0), rate=1e-4),
        Training(net=lambda: deep(nn.Tanh, 3)),
    ),
    "act-std-low": (
        Training(net=lambda: deep(nn.Tanh, 5, gain=0.15), optimizer=sgd, rate=1e-3),
        Training(net=lambda: deep(nn.Tanh, 5)),
    ),
    "act-std-high": (
        Training(net=lambda: deep(nn.ReLU, 5, gain=2.5), rate=1e-4),
        Training(net=lambda: deep(nn.ReLU, 5)),
    ),
    "act-mean-shifted": (Training(inputs=lambda x: x + 40.0, rate=1e-4), HEALTHY),
    "act-input-large": (Training(inputs=lambda x: 120.0 * x, rate=1e-4), HEALTHY),
    "act-nan": (Training(net=lambda: LogOfNothing(safe=False)), Training(net=lambda: LogOfNothing(safe=True))),
    "grad-nan": (Training(net=lambda: LogOfNothing(safe=False)), Training(net=lambda: LogOfNothing(safe=True))),
    "relu-dead": (Training(changed=bias(-60.0), rate=1e-3), HEALTHY),
    "update-ratio-high": (Training(optimizer=decaying, rate=0.05), HEALTHY),
    "update-ratio-low": (Training(rate=1e-7), HEALTHY),
    "weights-not-training": (Training(held=lambda m: list(m.parameters())[2:]), HEALTHY),
    "layers-outside-optimizer": (Training(held=lambda m: list(m.parameters())[2:]), HEALTHY),
    "weights-frozen": (Training(changed=frozen), HEALTHY),
    "input-scale": (Training(inputs=lambda x: 120.0 * x, rate=1e-4), HEALTHY),
    "nothing-training": (Training(held=lambda m: list(copy.deepcopy(m).parameters())), HEALTHY),
    "grad-zero": (Training(net=lambda: Detached(cut=True)), Training(net=lambda: Detached(cut=False))),
    "weights-diverging": (Training(optimizer=growing, rate=0.02), Training(optimizer=sgd, rate=0.02)),
    "weights-start-identical": (Training(changed=fill(0.05)), HEALTHY),
    "biases-large": (
        Training(**regression(lambda x: 300.0 + x[:, :1]), optimizer=sgd, rate=1e-4, steps=400),
        Training(**regression(lambda x: x[:, :1]), optimizer=sgd, rate=0.02),
    ),
    "weights-not-gaussian": (Training(changed=runaways, rate=1e-3), HEALTHY),
    "updates-not-gaussian": (Training(net=wide, changed=one_unit_left), Training(net=wide)),
}


def fired(run: RunAnalysis) -> dict[str, str]:
    return {f.id: f.severity for f in run.findings if f.status == "fires"}


@pytest.mark.parametrize("rule", CASES)
def test_the_rule_fires_on_the_fault_and_is_silent_on_its_twin(tmp_path: Path, rule: str) -> None:
    faulty, twin = CASES[rule]
    assert rule in fired(faulty.watched(tmp_path / "faulty"))
    healthy = twin.watched(tmp_path / "healthy")
    assert rule not in fired(healthy)
    assert {name for name, severity in fired(healthy).items() if severity != "info"} == set(), healthy.headline
