"""`watch`: one line in a training script, and the log holds what the playbook asks to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from logdoc.hook import description
from logdoc.hook.cadence import Cadence
from logdoc.hook.watched import OPEN, Watch

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from torch import nn
    from torch.optim import Optimizer

    from logdoc.hook.alarms import Alarm

MOST_TAGS = 2000


def watch(
    model: nn.Module,
    optimizer: Optimizer | Sequence[Optimizer],
    logdir: str | os.PathLike[str],
    *,
    every: int | Literal["auto"] = "auto",
    activations: bool = True,
    format: Literal["events", "csv"] = "events",  # noqa: A002
    step: int = 0,
    scaler: Any = None,
    max_tags: int = MOST_TAGS,
    alarm: Callable[[Alarm], None] | None = None,
    alarm_interval: float = 10.0,
) -> Watch:
    """Write activations, gradients, weights and update ratios of a model to `logdir` while it is trained.

    Training is not changed: the losses are bit for bit the same with and without. Nothing that fails here reaches
    training; the first failure is one warning.

    Args:
        model: what is trained; wrapped (DDP, FSDP, torch.compile) or not.
        optimizer: its optimizer. Of several the first one counts the steps.
        logdir: a folder; every rank but the first writes to ``rank<k>`` below it.
        every: sample every so many steps; "auto" samples the first ten steps and then as often as 1 % of the
            training time allows.
        activations: False leaves out everything that needs hooks on modules.
        format: event files that TensorBoard shows, or one wide CSV.
        step: number of the first step, for a run that is resumed.
        scaler: the `torch.amp.GradScaler`, for ``train/loss_scale``.
        max_tags: above this, parameters of one dimension are left out first, then modules are joined into blocks.
        alarm: called between two steps with every `Alarm` that `logdoc watch` raises over this log, from a process of
            its own; `Watch.alarms` holds them as well. On the first rank only.
        alarm_interval: seconds between two looks at the log.

    Returns:
        The open watch: ``log()`` values of your own, ``meta()`` facts, ``close()``; also a context manager.

    Raises:
        TypeError, ValueError: for arguments that can never work. A folder that cannot be written is a warning.
    """
    optimizers = [description.unwrapped(one) for one in (optimizer if isinstance(optimizer, Sequence) else [optimizer])]
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, not {type(model).__name__}")
    if not optimizers or not all(isinstance(one, torch.optim.Optimizer) for one in optimizers):
        raise TypeError("optimizer must be a torch.optim.Optimizer or several of them")
    if format not in ("events", "csv"):
        raise ValueError(f"format must be 'events' or 'csv', not {format!r}")
    before = OPEN.get(optimizers[0])
    if before is not None:
        before.close()
    made = Watch(
        model,
        optimizers,
        Path(logdir),
        Cadence(every, step),
        activations=activations,
        as_csv=format == "csv",
        scaler=scaler,
        max_tags=max_tags,
    )
    if alarm is not None:
        made.follow(alarm, alarm_interval)
    OPEN[optimizers[0]] = made
    return made
