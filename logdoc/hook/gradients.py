"""Compares the gradients that modules of one's own compute with numerical ones (CS231n, gradient checks)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from logdoc.hook.keeping import seed_all
from logdoc.hook.losses import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

DIRECTIONS = 8
_STEPS = (
    1e-6,
    1e-4,
    1e-3,
    1e-2,
)  # the first is right in double precision; the others serve modules that compute in single precision inside
_FINE = 1e-4  # below it no other step is tried
_MOST_MODULES = 20
_MOST_OF_A_CLASS = 3
_MOST_NUMBERS = 5_000_000  # inputs and parameters of one module
_JITTER = 1e-2  # of the spread of an input, so that no value stands exactly on a kink (the zeros behind a ReLU)
_NOISE = 100 * torch.finfo(torch.float64).eps
# Packages whose modules are tested by their authors. Everything else is somebody's own.
_LIBRARIES = frozenset(
    {
        "accelerate",
        "apex",
        "bitsandbytes",
        "deepspeed",
        "detectron2",
        "diffusers",
        "e3nn",
        "efficientnet_pytorch",
        "fairseq",
        "fastai",
        "flash_attn",
        "gpytorch",
        "ignite",
        "kornia",
        "lightning",
        "lightning_fabric",
        "megatron",
        "mmcv",
        "mmengine",
        "monai",
        "open_clip",
        "peft",
        "pytorch_lightning",
        "segmentation_models_pytorch",
        "sentence_transformers",
        "timm",
        "torch",
        "torch_geometric",
        "torchaudio",
        "torchmetrics",
        "torchrec",
        "torchtext",
        "torchvision",
        "transformers",
        "ultralytics",
        "xformers",
    }
)


@dataclass(frozen=True, slots=True)
class GradError:
    """How far the gradient of a module is from the numerical one.

    Attributes:
        error: the largest relative error over inputs and parameters, ``|a - n| / max(|a|, |n|)`` over all directions.
        tensor: the input or parameter that has it.
    """

    module: str
    kind: str
    error: float
    tensor: str


def check_gradients(model: nn.Module, forward: Callable[[nn.Module], Tensor]) -> tuple[list[GradError], list[str]]:
    """Compare analytic and numerical gradients of the modules that no known library brings.

    Checked are the modules without children and, where a custom `torch.autograd.Function` is called elsewhere, the
    smallest module around the call.
    Each sees its real inputs, in double precision and training mode, with the same random numbers every time.

    Args:
        model: a copy; it is changed and of no use afterwards.
        forward: computes the loss of a model on a few rows.

    Returns:
        The errors in the order of the modules, and notes on what could not be checked.
    """
    own = {
        name: module
        for name, module in model.named_modules()
        if type(module).__module__.partition(".")[0] not in _LIBRARIES
    }
    if not own:
        return [], []
    calls, functions = _capture(own, model, forward)
    errors: list[GradError] = []
    notes: list[str] = []
    covered: set[str] = set()
    counts: dict[str, int] = {}
    # The deepest first, so that a function is looked for in the smallest module that calls it.
    for name in sorted(calls, key=lambda name: (-name.count(".") if name else 1, list(own).index(name))):
        module, leaf = own[name], not any(own[name].children())
        kind = type(module).__name__
        shown = name or kind
        if not leaf and functions <= covered:
            continue
        if counts.get(kind, 0) >= _MOST_OF_A_CLASS or len(errors) >= _MOST_MODULES:
            continue
        try:
            probe = _Probe(module, *calls[name])
            inside = probe.functions()
            if leaf or inside - covered:
                covered |= inside
                counts[kind] = counts.get(kind, 0) + 1
                error, tensor = probe.error()
                errors.append(GradError(shown, kind, error, tensor))
        except Exception as problem:
            notes.append(f"gradient of {shown} ({kind}) not checked: {type(problem).__name__}: {str(problem)[:160]}")
    order = {name or type(module).__name__: place for place, (name, module) in enumerate(own.items())}
    return sorted(errors, key=lambda e: order[e.module]), notes


def _capture(
    own: dict[str, nn.Module], model: nn.Module, forward: Callable[[nn.Module], Tensor]
) -> tuple[dict[str, tuple[Any, Any]], set[str]]:
    """Run the model once; return the arguments of the first call of each module, and the custom functions that the loss
    goes through.
    """
    calls: dict[str, tuple[Any, Any]] = {}

    def keeper(name: str) -> Callable[..., None]:
        def keep(_: nn.Module, args: Any, kwargs: Any) -> None:
            if name not in calls:
                calls[name] = (mapped(args, _detached), mapped(kwargs, _detached))

        return keep

    handles = [module.register_forward_pre_hook(keeper(name), with_kwargs=True) for name, module in own.items()]
    try:
        loss = forward(model)
    finally:
        for handle in handles:
            handle.remove()
    return calls, _functions_behind([loss])


def _detached(part: Any) -> Any:
    return part.detach().clone() if isinstance(part, torch.Tensor) else part


def _functions_behind(outputs: list[Tensor]) -> set[str]:
    """Return the names of the custom autograd functions in the graph of some tensors, those of torch itself
    left out.
    """
    found: set[str] = set()
    waiting: list[Any] = [t.grad_fn for t in outputs if t.grad_fn is not None]
    seen: set[Any] = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        function = getattr(node, "_forward_cls", None)
        if function is not None and function.__module__.partition(".")[0] != "torch":
            found.add(f"{function.__module__}.{function.__qualname__}")
        waiting.extend(after for after, _ in node.next_functions if after is not None)
    return found


class _Probe:
    """A module as a function of its floating-point inputs and parameters: the sum of its outputs, weighted at
    random.
    """

    def __init__(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self._random = torch.Generator().manual_seed(0)
        self._module = _in_double(module)
        self._points: list[tuple[str, Tensor]] = []
        places = iter(range(1_000_000))
        self._args = mapped(args, lambda part: self._input(part, f"input {next(places)}"))
        self._kwargs = mapped(kwargs, lambda part: self._input(part, f"input {next(places)}"))
        self._points += [
            (name, p) for name, p in module.named_parameters() if p.requires_grad and p.dtype == torch.float64
        ]
        self._buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
        self._weights: list[Tensor] = []
        if sum(point.numel() for _, point in self._points) > _MOST_NUMBERS:
            raise RuntimeError("too large")
        if not math.isfinite(self._value().item()):
            self._without_jitter()

    def _input(self, part: Any, name: str) -> Any:
        if not isinstance(part, torch.Tensor) or not part.is_floating_point():
            return part
        point = part.double()
        spread = float(point.std(correction=0)) if point.numel() else 0.0
        if math.isfinite(spread):
            point = point + _JITTER * (spread or 1.0) * self._normal(point)
        self._points.append((name, point.detach().requires_grad_()))
        return _Place(len(self._points) - 1, part)

    def _without_jitter(self) -> None:
        def original(part: Any) -> Any:
            if isinstance(part, _Place):
                self._points[part.index][1].data.copy_(part.original)
            return part

        mapped((self._args, self._kwargs), original)
        if not math.isfinite(self._value().item()):
            raise RuntimeError("the outputs are not finite")

    def _normal(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self._random, dtype=torch.float64).to(like.device)

    def _outputs(self) -> list[Tensor]:
        seed_all(1)
        with torch.no_grad():
            for buffer, values in self._buffers:
                buffer.copy_(values)
        # Clones, since a module may change its inputs in place, which torch refuses for the tensor that is
        # differentiated.
        filled = [
            mapped(part, lambda p: self._points[p.index][1].clone() if isinstance(p, _Place) else p)
            for part in (self._args, self._kwargs)
        ]
        found = self._module(*filled[0], **filled[1])
        outputs: list[Tensor] = []
        mapped(found if isinstance(found, tuple | list | dict) else [found], lambda part: outputs.extend(_floats(part)))
        return outputs

    def _value(self) -> Tensor:
        outputs = self._outputs()
        if not outputs:
            raise RuntimeError("it returns no floating-point tensor")
        if not self._weights:
            self._weights = [self._normal(out) for out in outputs]
        return torch.stack(
            [(weight * out).sum().double() for weight, out in zip(self._weights, outputs, strict=True)]
        ).sum()

    def functions(self) -> set[str]:
        """Return the custom functions that the module itself goes through."""
        return _functions_behind(self._outputs())

    def error(self) -> tuple[float, str]:
        """Return the largest relative error and the tensor that has it; zero where nothing can be differentiated."""
        value = self._value()
        if not value.requires_grad or not self._points:
            return 0.0, ""
        if self._value().item() != value.item():
            raise RuntimeError("it gives other outputs for the same inputs and random numbers")
        grads = torch.autograd.grad(value, [point for _, point in self._points], allow_unused=True)
        errors = [
            (self._tensor_error(point, grad, abs(value.item())), name)
            for (name, point), grad in zip(self._points, grads, strict=True)
        ]
        return max(errors, key=lambda e: math.inf if math.isnan(e[0]) else e[0])

    def _tensor_error(self, point: Tensor, grad: Tensor | None, size: float) -> float:
        directions = [self._normal(point) for _ in range(DIRECTIONS)]
        analytic = torch.tensor(
            [0.0 if grad is None else float((grad * d).sum()) for d in directions], dtype=torch.float64
        )
        scale = max(1.0, float(point.detach().square().mean().sqrt())) if point.numel() else 1.0
        best = math.inf
        for step in _STEPS:
            numeric = torch.tensor([self._slope(point, d, step * scale) for d in directions], dtype=torch.float64)
            largest = max(float(analytic.norm()), float(numeric.norm()))
            if largest <= _NOISE * (1.0 + size) / (step * scale):  # nothing but rounding
                return 0.0
            error = float((analytic - numeric).norm()) / largest
            best = min(best, error if math.isfinite(error) else math.inf)
            if best < _FINE:
                break
        return best if math.isfinite(best) else math.nan

    @torch.no_grad()
    def _slope(self, point: Tensor, direction: Tensor, step: float) -> float:
        """Return the central difference of the value along a direction."""
        before = point.data.clone()
        ends = []
        for sign in (1.0, -1.0):
            point.data.copy_(before).add_(direction, alpha=sign * step)
            ends.append(self._value().item())
        point.data.copy_(before)
        return (ends[0] - ends[1]) / (2.0 * step)


@dataclass(frozen=True, slots=True)
class _Place:
    """Stands in the arguments for a tensor that is varied."""

    index: int
    original: Tensor


def _floats(part: Any) -> Iterator[Tensor]:
    if isinstance(part, torch.Tensor) and part.is_floating_point() and part.numel():
        yield part


def _in_double(module: nn.Module) -> nn.Module:
    """Bring a module to double precision, also the plain tensors that it holds as attributes."""
    module.double()
    for part in module.modules():
        for name, value in list(vars(part).items()):
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                object.__setattr__(part, name, value.double())
    return module
