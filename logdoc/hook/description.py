"""What the sidecar says of a run in PyTorch: machine, optimizers, model, and what the user stated."""

from __future__ import annotations

import math
import os
import platform
from typing import TYPE_CHECKING, Any

import torch

from logdoc.hook.names import plain_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn
    from torch.optim import Optimizer

    from logdoc.hook.names import Watched

_TASK = ("task", "num_classes", "loss", "label_smoothing", "vocab_size")
_DATA = ("batch_size", "train_size", "val_size", "accumulation", "shuffle", "world_size")
_ACTIVATIONS = "torch.nn.modules.activation"


def rank_and_world() -> tuple[int, int]:
    """Return the rank of this process and how many there are, from torch.distributed or from what torchrun sets."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    try:
        return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    except ValueError:
        return 0, 1


def unwrapped(optimizer: Any) -> Any:
    """Return the optimizer inside the wrappers of Lightning and Accelerate."""
    inner = getattr(optimizer, "optimizer", None)
    return inner if isinstance(inner, torch.optim.Optimizer) else optimizer


def about_machine(device: torch.device) -> dict[str, Any]:
    """Return versions, device and seed; no host name, no user, no path."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.machine()
    return {
        "versions": {"torch": torch.__version__, "python": platform.python_version()},
        "device": {"type": device.type, "name": name},
        "seed": torch.initial_seed(),
    }


def about_optimizers(optimizers: Sequence[Optimizer]) -> list[dict[str, Any]]:
    """Return the class and the groups of every optimizer: learning rate, weight decay, momentum, betas, number of
    parameters.
    """
    described = []
    for optimizer in optimizers:
        groups = []
        for group in optimizer.param_groups:
            settings = {k: _plain(v) for k, v in group.items() if k != "params" and _plain(v) is not None}
            groups.append({**settings, "parameters": len(group["params"])})
        described.append({"class": type(optimizer).__name__, "groups": groups})
    return described


def about_model(model: nn.Module, watched: Watched, held: set[int], order: Sequence[str]) -> dict[str, Any]:
    """Return modules and parameters.

    Args:
        model: as watched.
        watched: what is logged of it.
        held: ids of the parameters that an optimizer holds.
        order: names of the modules in the order in which they were called; empty before the first step.
    """
    depth = {name: i for i, name in enumerate(order)}
    modules = []
    for probe in watched.probes:
        if probe.of_input:
            continue
        own = list(probe.module.parameters(recurse=True))
        entry: dict[str, Any] = {
            "name": probe.name,
            "type": type(probe.module).__name__,
            "depth": depth.get(probe.name),
        }
        if type(probe.module).__module__ == _ACTIVATIONS:
            entry["activation"] = True
        if own:
            entry["trainable"] = any(p.requires_grad for p in own)
        modules.append(entry)
    first_name: dict[int, str] = {}
    parameters = []
    for name, p in model.named_parameters(remove_duplicate=False):
        plain = plain_name(name)
        tied = first_name.setdefault(id(p), plain)
        entry = {"name": plain, "shape": list(p.shape), "requires_grad": p.requires_grad, "in_optimizer": id(p) in held}
        parameters.append(entry if tied == plain else {**entry, "tied_to": tied})
    unique = {id(p): p for p in model.parameters()}
    return {
        "class": type(model).__name__,
        "parameters": sum(p.numel() for p in unique.values()),
        "trainable": sum(p.numel() for p in unique.values() if p.requires_grad),
        "modules": modules,
        "params": parameters,
        "dropped": watched.dropped,
    }


def sorted_meta(meta: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the user stated, sorted into task, data and the rest; with the loss at chance where the number of
    classes is known.
    """
    plain = {str(k): _plain(v) for k, v in meta.items()}
    task = {k: plain[k] for k in _TASK if k in plain}
    classes = plain.get("num_classes")
    if isinstance(classes, (int, float)) and not isinstance(classes, bool) and classes > 1:
        task["chance_loss"] = math.log(classes)
    data = {k: plain[k] for k in _DATA if k in plain}
    return {"task": task, "data": data, "meta": {k: v for k, v in plain.items() if k not in _TASK and k not in _DATA}}


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold, None for what it cannot."""
    if isinstance(value, torch.Tensor):
        return None if value.numel() != 1 or value.device.type != "cpu" else _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value[:500] if isinstance(value, str) else value
    if isinstance(value, (list, tuple)) and len(value) <= 16:
        return [_plain(v) for v in value]
    return None
