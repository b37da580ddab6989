"""One run to be written: its signals, in rows, with the passes and the time of each step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

Signals = dict[str, tuple[np.ndarray, np.ndarray]]
LAYERS = ("act_", "data/input_", "grad_norm/", "weight_", "update_ratio/")  # all that a hook measures of layers
STEP_SECONDS = 0.05  # where the run did not log it


def rows_of(signals: Signals, *, same_step_again: bool = False) -> list[tuple[int, dict[str, float]]]:
    """Rows in the order in which they were logged: a step that goes back begins a new pass.

    With `same_step_again`, so does each value of a signal whose values were all logged under one number.
    """
    rows: dict[tuple[int, int], dict[str, float]] = {}
    for name, (steps, values) in signals.items():
        gained = np.diff(steps)
        back = gained <= 0 if same_step_again and not gained.any() else gained < 0
        turn = np.concatenate(([0], np.cumsum(back)))
        for t, step, value in zip(turn.tolist(), steps.tolist(), values.tolist(), strict=True):
            rows.setdefault((t, step), {})[name] = value
    return [(step, row) for (_, step), row in sorted(rows.items())]


@dataclass(frozen=True)
class Run:
    """One run to be written.

    Attributes:
        signals: steps and values by name.
        config: what its configuration says, the seed included.
        habit: how it is logged.
        until: the share of it that is written.
    """

    signals: Signals
    config: Mapping[str, Any]
    habit: str
    until: float = 1.0

    began = 1_770_801_243.0

    def only(self, wanted: Callable[[str], bool]) -> Run:
        """Return the run with some of its signals."""
        return replace(self, signals={name: pair for name, pair in self.signals.items() if wanted(name)})

    def renamed(self, called: Callable[[str], str]) -> Run:
        """Return the run with other names for its signals; those of layers stay."""
        return replace(
            self, signals={n if n.startswith(LAYERS) else called(n): pair for n, pair in self.signals.items()}
        )

    def rows(self) -> list[tuple[int, dict[str, float]]]:
        """Return what was logged, step by step."""
        return rows_of(self.signals, same_step_again=True)

    @cached_property
    def ends(self) -> np.ndarray:
        """The steps of the validations."""
        found = [steps for name, (steps, _) in self.signals.items() if name.startswith("val_")]
        return found[0] if found else np.array([], dtype=np.int64)

    @cached_property
    def per_pass(self) -> int:
        """Steps a pass, as far as the validations tell; 0 is unknown."""
        every = float(self.config.get("eval_every_epochs", 1))
        return max(1, round((int(self.ends[0])) / every)) if len(self.ends) else 0

    @cached_property
    def last(self) -> int:
        """The last step."""
        return max((int(steps[-1]) for steps, _ in self.signals.values()), default=0)

    @property
    def planned(self) -> int:
        """How many steps the configuration asks for."""
        return self.per_pass * int(self.config.get("epochs", 0)) or self.last

    @property
    def over(self) -> bool:
        """Whether the run came to its planned end."""
        return self.until >= 1.0 and self.last >= self.planned

    def epoch(self, step: int) -> float:
        """Return how many passes are over at a step."""
        if self.per_pass:
            return step / self.per_pass
        return step / max(1, self.last) * int(self.config.get("epochs", 1))

    def seconds(self, step: int) -> float:
        """Return the seconds from the start to a step."""
        if "step_time" not in self.signals:
            return STEP_SECONDS * step
        steps, took = self.signals["step_time"]
        passed = np.cumsum(np.diff(steps, prepend=0) * took)
        return float(np.interp(step, np.concatenate(([0], steps)), np.concatenate(([0.0], passed))))

    def stamp(self, step: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """Return the time of a step as a logger prints it."""
        at = self.began + self.seconds(step)
        return f"{time.strftime(form, time.gmtime(at))},{int(at * 1000) % 1000:03d}"
