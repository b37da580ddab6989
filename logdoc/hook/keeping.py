"""Keeps a model, its optimizer and all random numbers as they are while checks run, and makes the copies that the
checks may spoil.
"""

from __future__ import annotations

import copy
import random
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from logdoc.hook.names import in_optimizers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor, nn

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@dataclass(frozen=True, slots=True)
class Copies:
    """A model, an optimizer over its parameters and, where the loss is a module, the loss; nothing of it belongs to the
    caller.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    criterion: nn.Module | None


def fresh_copies(model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module | None) -> Copies:
    """Return deep copies that belong together, without the hooks of logdoc.

    Raises:
        RuntimeError: the copy shares parameters with the original, so that training it would train the original.
    """
    memo: dict[int, Any] = {}
    for module in model.modules():
        # A watcher of logdoc holds open files; what it left on the model is not part of it.
        memo.update({id(value): None for value in vars(module).values() if _is_ours(value)})
        for name in _HOOKS:
            hooks = getattr(module, name, None)
            if hooks and any(_is_ours(hook) for hook in hooks.values()):
                memo[id(hooks)] = type(hooks)((key, hook) for key, hook in hooks.items() if not _is_ours(hook))
    made = copy.deepcopy((model, optimizer, criterion), memo)
    mine = in_optimizers([optimizer]) | {id(p) for p in model.parameters()}
    if mine & (in_optimizers([made[1]]) | {id(p) for p in made[0].parameters()}):
        raise RuntimeError("a deep copy of the model or the optimizer shares parameters with the original")
    _complete(made[1], optimizer, memo)
    return Copies(*made)


def _complete(made: torch.optim.Optimizer, optimizer: torch.optim.Optimizer, memo: dict[int, Any]) -> None:
    """Give a copy what optimizers hold beside groups and state (LBFGS), which torch leaves out of copies; but nothing
    that leads to the original.
    """
    for name, value in vars(optimizer).items():
        if (
            name in vars(made)
            or callable(value)
            or _is_ours(value)
            or name.startswith(("_optimizer_", "_patched", "_opt_called"))
        ):
            continue
        with suppress(Exception):  # what cannot be copied belongs to somebody who watches
            setattr(made, name, copy.deepcopy(value, memo))
    vars(made).pop("step", None)  # a scheduler replaces it by one that is bound to the original


def _is_ours(hook: Any) -> bool:
    function = getattr(hook, "func", hook)
    return str(getattr(function, "__module__", None) or type(function).__module__).partition(".")[0] == "logdoc"


def seed_all(number: int) -> None:
    """Start all random numbers anew; a CUDA that nobody uses is not woken."""
    random.seed(number)
    np.random.seed(number)
    torch.default_generator.manual_seed(number)
    if _cuda_in_use():
        torch.cuda.manual_seed_all(number)


def _cuda_in_use() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


@contextmanager
def kept(modules: Iterable[nn.Module], optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Put back, bit by bit, whatever changed inside: parameters, buffers, gradients, flags, the optimizer and random
    numbers.

    The checks work on copies; this is for a loss function that reaches the originals by itself, and for random
    numbers. Values are kept on the CPU.

    Raises:
        ValueError: there is a tensor without values, of a lazy module or on the device ``meta``.
    """
    try:
        random_numbers = _RandomNumbers()
        states = [_ModuleState(part) for module in modules for part in module.modules()]
        tensors = [_TensorState(p) for group in optimizer.param_groups for p in group["params"]]
        settings = _OptimizerState(optimizer)
    except (RuntimeError, NotImplementedError, ValueError) as error:
        raise ValueError(
            f"the model cannot be kept as it is, since not all of its tensors have values ({error}); run it "
            "on one batch first"
        ) from error
    try:
        yield
    finally:
        restored: list[_RandomNumbers | _ModuleState | _TensorState | _OptimizerState] = [
            *states,
            *tensors,
            settings,
            random_numbers,
        ]
        for state in restored:
            state.restore()


class _RandomNumbers:
    def __init__(self) -> None:
        self._python, self._numpy, self._torch = random.getstate(), np.random.get_state(), torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if _cuda_in_use() else None

    def restore(self) -> None:
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        torch.set_rng_state(self._torch)
        if self._cuda is not None:
            torch.cuda.set_rng_state_all(self._cuda)


class _TensorState:
    """One tensor: its values, its gradient and whether it takes one."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor, self._values = tensor, _on_cpu(tensor)
        self._grad = tensor.grad if tensor.is_leaf else None
        self._grad_values = None if self._grad is None else _on_cpu(self._grad)
        self._requires_grad = tensor.requires_grad

    def restore(self) -> None:
        """Give the tensor back its values, its gradient and whether it wants one."""
        _put_back(self._tensor, self._values)
        if self._tensor.is_leaf:
            if self._tensor.requires_grad != self._requires_grad:
                self._tensor.requires_grad_(self._requires_grad)
            if self._grad is not None and self._grad_values is not None:
                _put_back(self._grad, self._grad_values)
            if self._tensor.grad is not self._grad:
                self._tensor.grad = self._grad


class _ModuleState:
    """One module without its children: which tensors it holds, and its mode."""

    def __init__(self, module: nn.Module) -> None:
        self._module, self._training = module, module.training
        self._held = [(held, dict(held)) for held in (module._parameters, module._buffers)]
        self._tensors = [_TensorState(t) for _, before in self._held for t in before.values() if t is not None]

    def restore(self) -> None:
        """Give the module back its tensors under their names, and those their values."""
        for held, before in self._held:
            if list(held) != list(before) or any(held[name] is not tensor for name, tensor in before.items()):
                held.clear()
                held.update(before)  # type: ignore[arg-type]
        for tensor in self._tensors:
            tensor.restore()
        if self._module.training != self._training:
            self._module.training = self._training


class _OptimizerState:
    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer
        self._groups = [dict(group) for group in optimizer.param_groups]
        self._rates = [
            _on_cpu(group["lr"]) if isinstance(group.get("lr"), torch.Tensor) else None
            for group in optimizer.param_groups
        ]
        self._state = {p: dict(values) for p, values in optimizer.state.items() if isinstance(values, dict)}
        self._tensors = [
            (v, _on_cpu(v)) for values in self._state.values() for v in values.values() if isinstance(v, torch.Tensor)
        ]

    def restore(self) -> None:
        """Give the optimizer back its settings, its rates and what it has gathered."""
        for group, before, rate in zip(self._optimizer.param_groups, self._groups, self._rates, strict=True):
            group.clear()
            group.update(before)
            if rate is not None:
                _put_back(group["lr"], rate)
        for tensor, values in self._tensors:
            _put_back(tensor, values)
        for parameter in [
            p for p, values in self._optimizer.state.items() if isinstance(values, dict) and p not in self._state
        ]:
            del self._optimizer.state[parameter]
        for parameter, before in self._state.items():
            held = self._optimizer.state[parameter]
            if list(held) != list(before) or any(held[name] is not value for name, value in before.items()):
                held.clear()
                held.update(before)


def _on_cpu(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", copy=True)


def _put_back(tensor: Tensor, values: Tensor) -> None:
    now = tensor.detach()
    if now.shape != values.shape or not torch.equal(now.to("cpu"), values):
        with torch.no_grad():
            tensor.detach().copy_(values) if now.shape == values.shape else tensor.set_(values.to(tensor.device))  # type: ignore[call-overload]
