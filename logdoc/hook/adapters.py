"""What the adapters of the training frameworks share: a start that never raises, and the names under which their values
are logged.
"""

from __future__ import annotations

from functools import wraps
from numbers import Real
from typing import TYPE_CHECKING, Any, ParamSpec

import torch

from logdoc.hook.notices import warn
from logdoc.hook.values import tag_of
from logdoc.hook.watching import watch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from torch import nn
    from torch.optim import Optimizer

    from logdoc.hook.watched import Watch

_P = ParamSpec("_P")
_RATES = ("train/lr", "train/learning_rate")  # the hook reads them from the optimizer


def guarded(method: Callable[_P, None]) -> Callable[_P, None]:
    """Keep every failure of an adapter away from training: the first one is a warning and ends its watch
    (`watching`).
    """

    @wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> None:
        """Call the method of an adapter; what it raises ends the watch with a warning."""
        adapter: Any = args[0]
        try:
            method(*args, **kwargs)
        except Exception as error:  # training must go on whatever happens here
            warn(f"logdoc.hook gave up watching: {type(error).__name__}: {error}; training goes on without it.")
            failed, adapter.watching = adapter.watching, None
            if failed is not None:
                failed.close()

    return call


def begun(
    model: nn.Module,
    optimizers: Optimizer | Sequence[Optimizer],
    logdir: str | os.PathLike[str],
    options: Mapping[str, Any],
) -> Watch:
    """Start a watch with the gradient scaler that Accelerate keeps in the optimizer, unless the options name one.

    Raises:
        TypeError, ValueError: as `watch`.
    """
    first = optimizers[0] if isinstance(optimizers, (list, tuple)) and optimizers else optimizers
    return watch(model, optimizers, logdir, **{"scaler": getattr(first, "scaler", None), **options})


def numbers_of(values: Mapping[str, Any], *, validation: bool = False) -> dict[str, Any]:
    """Return the single numbers among the values by their tags; tensors stay on their device.

    Learning rates are left out, which the hook reads itself. A gradient norm is that before clipping; what the hook
    computes gets another name then.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        tag = tag_of(str(name), validation=validation)
        single = value.numel() == 1 if isinstance(value, torch.Tensor) else isinstance(value, Real)
        if single and tag not in _RATES:
            found[tag] = value.detach() if isinstance(value, torch.Tensor) else value
    return found


def stated(**facts: Any) -> dict[str, Any]:
    """Return the facts that are known."""
    return {name: fact for name, fact in facts.items() if fact is not None}
