"""What the tests of the adapters look at: the log as TensorBoard and the analyser read it, and what a hook may leave
behind.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from logdoc.model import Run
from logdoc.readers import load


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return (step, value) by tag, as TensorBoard reads them."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def sidecar(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "logdoc.json").read_text(encoding="utf-8"))


def only_run(folder: Path) -> Run:
    (run,) = load([folder])
    assert isinstance(run, Run)
    return run


def hooks_on(model: Any, optimizer: Any) -> int:
    """Return how many hooks are on the modules and on the optimizer."""
    inner = getattr(optimizer, "optimizer", optimizer)
    on_modules = sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in model.modules()
    )
    return on_modules + len(inner._optimizer_step_pre_hooks) + len(inner._optimizer_step_post_hooks)
