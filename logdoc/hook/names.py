"""Which modules and parameters of a model are watched, and how they are called in the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch.optim import Optimizer

_WRAPPERS = re.compile(r"(?:(?<=^)|(?<=\.))(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
_SILENT = (nn.Identity, nn.Flatten, nn.Unflatten, nn.modules.dropout._DropoutNd, nn.modules.loss._Loss)
_NO_LAYERS = ("torchmetrics",)  # metrics that are modules
_RECTIFIED = (nn.ReLU, nn.ReLU6, nn.Threshold)
_BOUNDED = {nn.Sigmoid: (0.03, 0.97), nn.Tanh: (-0.97, 0.97), nn.Hardsigmoid: (0.03, 0.97), nn.Hardtanh: (-0.97, 0.97)}
_WITH_CHANNELS = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
_WITH_FEATURES = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.RNNBase, nn.RNNCellBase)
# norms of gradient and weight, update ratio; of a matrix also the deviation and the shape of its values and updates
_PER_PARAMETER = 7
_PER_MODULE = 4  # act_mean, act_std, act_absmax, and one more where the activation has a kind

Kind = Literal["plain", "rectified", "bounded"]
_Item = TypeVar("_Item")


def plain_name(name: str) -> str:
    """Return the name of a module or parameter without the wrappers of DDP, FSDP, torch.compile and activation
    checkpointing.
    """
    return _WRAPPERS.sub("", name + ".")[:-1] or "model"


@dataclass(frozen=True, slots=True)
class Probe:
    """A module whose output is looked at.

    Attributes:
        name: in the log.
        module: to attach to.
        kind: "rectified" outputs have units that may be dead, "bounded" ones may sit at their bounds.
        bounds: below the first and above the second a bounded output counts as saturated.
        units: where the units are when the module itself tells: 1 for channels, -1 for features, None when the
            module before decides.
        of_input: its input is looked at instead of its output, because the activation before it is a function, not a
            module.
    """

    name: str
    module: nn.Module
    kind: Kind = "plain"
    bounds: tuple[float, float] = (0.0, 0.0)
    units: int | None = None
    of_input: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What is logged of a model.

    Attributes:
        dropped: how many modules and parameters are left out because there are too many of them.
    """

    probes: tuple[Probe, ...]
    parameters: tuple[tuple[str, nn.Parameter], ...]
    dropped: dict[str, int]


def choose(model: nn.Module, most_tags: int, *, activations: bool = True) -> Watched:
    """Return what is watched of a model with at most `most_tags` tags.

    Above that: parameters of two and more dimensions only, then blocks instead of single modules, then an even
    selection.
    """
    leaves = [(name, module) for name, module in _named_modules(model) if not _children(module)] if activations else []
    parameters = [(plain_name(name), p) for name, p in model.named_parameters()]
    modules, kept = leaves, parameters
    if _tags(modules, kept) > most_tags:
        kept = [(name, p) for name, p in parameters if p.dim() >= 2] or kept
    if _tags(modules, kept) > most_tags and leaves:
        modules = _blocks(model, max(1, (most_tags - _PER_PARAMETER * len(kept)) // _PER_MODULE))
    room = max(1, (most_tags - _PER_MODULE * len(modules)) // _PER_PARAMETER)
    kept = _evenly(kept, room)
    functional = len([m for _, m in leaves if isinstance(m, (nn.Linear, nn.modules.conv._ConvNd))]) > 1 and not any(
        _activates(m) for _, m in leaves
    )
    probes = [made for name, module in modules for made in _probes(plain_name(name), module, functional=functional)]
    return Watched(
        tuple(probes), tuple(kept), {"modules": len(leaves) - len(modules), "parameters": len(parameters) - len(kept)}
    )


def in_optimizers(optimizers: Iterable[Optimizer]) -> set[int]:
    """Return the ids of all parameters that an optimizer holds."""
    return {id(p) for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]}


def _named_modules(model: nn.Module) -> list[tuple[str, nn.Module]]:
    return [
        (name, m)
        for name, m in model.named_modules()
        if not isinstance(m, _SILENT) and type(m).__module__.partition(".")[0] not in _NO_LAYERS
    ]


def _children(module: nn.Module) -> bool:
    """Attention calls the parameters of its children, never the children; it is watched as one."""
    return next(module.children(), None) is not None and not isinstance(module, nn.MultiheadAttention)


def _activates(module: nn.Module) -> bool:
    return type(module).__module__ == "torch.nn.modules.activation" and not isinstance(
        module, (nn.Softmax, nn.LogSoftmax, nn.MultiheadAttention)
    )


def _probes(name: str, module: nn.Module, *, functional: bool) -> list[Probe]:
    if isinstance(module, _RECTIFIED):
        return [Probe(name, module, "rectified")]
    for kind, bounds in _BOUNDED.items():
        if isinstance(module, kind):
            return [Probe(name, module, "bounded", bounds)]
    units = 1 if isinstance(module, _WITH_CHANNELS) else -1 if isinstance(module, _WITH_FEATURES) else None
    probes = [Probe(name, module, units=units)]
    if functional and isinstance(module, (nn.Linear, nn.modules.conv._ConvNd)):
        # Where activations are plain functions, what they put out is seen as the next layer's input.
        probes.append(Probe(f"{name}.input", module, "rectified", units=units, of_input=True))
    return probes


def _tags(modules: Sequence[object], parameters: Sequence[object]) -> int:
    return _PER_MODULE * len(modules) + _PER_PARAMETER * len(parameters)


def _blocks(model: nn.Module, room: int) -> list[tuple[str, nn.Module]]:
    """Return the modules at the greatest depth at which they are at most `room`, leaves above that depth included."""
    named = _named_modules(model)
    best: list[tuple[str, nn.Module]] = []
    for depth in range(1, 1 + max((name.count(".") + 1 for name, _ in named if name), default=1)):
        level = [
            (n, m)
            for n, m in named
            if n and (n.count(".") + 1 == depth or (n.count(".") + 1 < depth and not _children(m)))
        ]
        # Lists of modules are never called.
        level = [(n, m) for n, m in level if not isinstance(m, (nn.ModuleList, nn.ModuleDict))]
        if len(level) > room:
            return best or _evenly(level, room)
        best = level
    return best


def _evenly(items: Sequence[_Item], room: int) -> list[_Item]:
    if len(items) <= room:
        return list(items)
    return [items[i * len(items) // room] for i in range(room)]
