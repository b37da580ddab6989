"""What a Keras model and its optimizer say about themselves."""

from __future__ import annotations

import math
import platform
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RATES = ("lr", "learning_rate")  # what Keras' own callbacks add to the logs


def about(model: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of the sidecar that the model and the call of `fit` tell."""
    backend = keras.backend.backend()
    versions = {
        "logdoc": __version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
    with suppress(metadata.PackageNotFoundError):
        versions[backend] = metadata.version(backend)
    optimizer = getattr(model, "optimizer", None)
    trainable = {id(v) for v in model.trainable_variables}
    sizes = [(math.prod(v.shape), id(v) in trainable) for v in model.weights]
    return {
        "versions": versions,
        "optimizer": {}
        if optimizer is None
        else {"class": type(inner(optimizer)).__name__, "lr": learning_rate(optimizer), **_settings(optimizer)},
        "model": {
            "parameters": sum(size for size, _ in sizes),
            "trainable": sum(size for size, learns in sizes if learns),
            "modules": [
                {"name": name, "type": type(layer).__name__, "depth": depth, "trainable": bool(layer.trainable)}
                for depth, (name, layer) in enumerate(_modules(model, "", set()))
            ],
            "params": [
                {"name": name, "shape": [int(n) for n in v.shape], "requires_grad": id(v) in trainable}
                for name, v in named(model.weights)
            ],
        },
        "meta": {"backend": backend, "epochs": params.get("epochs"), "steps_per_epoch": params.get("steps")},
    }


def _settings(optimizer: Any) -> dict[str, Any]:
    """The optimizer's plain settings; a schedule by its name."""
    if _users_rate(optimizer):  # Keras would warn that it cannot store a lambda
        return {}
    try:
        config = inner(optimizer).get_config()
    except Exception:  # a user's optimizer or schedule need not know it
        return {}
    settings = {
        key: value
        for key, value in config.items()
        if key not in ("name", *RATES) and isinstance(value, (bool, int, float, str))
    }
    schedule = config.get("learning_rate")
    if isinstance(schedule, dict) and schedule.get("class_name"):
        settings["schedule"] = str(schedule["class_name"])
    return settings


def _modules(layer: Any, parent: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """All layers below `layer` with their paths, each before what it is made of."""
    inside = getattr(
        layer, "_flatten_layers", None
    )  # the only way into wrappers; `layers` is public but a model's only
    for child in inside(include_self=False, recursive=False) if inside else getattr(layer, "layers", []):
        if id(child) in seen:
            continue
        seen.add(id(child))
        name = child.path or (f"{parent}/{child.name}" if parent else child.name)
        yield str(name), child
        yield from _modules(child, str(name), seen)


def named(variables: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Keras' paths; a path that two variables have gets a number."""
    seen: dict[str, int] = {}
    for variable in variables:
        path = str(variable.path)
        seen[path] = seen.get(path, 0) + 1
        yield path if seen[path] == 1 else f"{path}_{seen[path]}", variable


def number(variable: Any) -> float:
    """Return the value of a scalar variable or tensor."""
    return float(keras.ops.convert_to_numpy(variable))


def inner(optimizer: Any) -> Any:
    """Return the optimizer inside one that only scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def iterations(optimizer: Any) -> int:
    """Return the steps that the optimizer made, those before it was saved and loaded included; 0 without an
    optimizer.
    """
    steps = getattr(optimizer, "iterations", None)
    return 0 if steps is None else int(number(steps))


def accumulation(optimizer: Any) -> int:
    """Return the batches whose gradients make one step."""
    return int(getattr(inner(optimizer), "gradient_accumulation_steps", None) or 1)


def pending(optimizer: Any) -> int:
    """Return the batches in the accumulated gradient that were not enough for a step, because a `fit` ended there; the
    next one goes on with them.
    """
    batches = getattr(inner(optimizer), "_iterations", None)  # the public name counts whole steps
    return 0 if batches is None else int(number(batches)) % accumulation(optimizer)


def learning_rate(optimizer: Any) -> float | None:
    """Return the rate as it stands; None when there is none, or only a function of the user's, which may count its
    calls.
    """
    rate = None if _users_rate(optimizer) else getattr(optimizer, "learning_rate", None)
    return None if rate is None else float(str(np.float32(number(rate))))  # 0.01 and not 0.009999999776


def _users_rate(optimizer: Any) -> bool:
    own = getattr(inner(optimizer), "_learning_rate", None)  # the public name would call the function
    return callable(own) and not isinstance(own, (keras.optimizers.schedules.LearningRateSchedule, keras.Variable))
