"""What a training logs: steps and values by name."""

from __future__ import annotations

Logged = dict[str, tuple[list[int], list[float]]]


class Log:
    """Keeps what a run logs."""

    def __init__(self) -> None:
        self.logged: Logged = {}

    def __call__(self, step: int, **values: float) -> None:
        """Keep values of one step."""
        for name, value in values.items():
            steps, kept = self.logged.setdefault(name, ([], []))
            steps.append(step)
            kept.append(float(value))
