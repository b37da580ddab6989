"""What a preflight found, and the logs that it is written to."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.hook.eventfile import EventFile, event_path

if TYPE_CHECKING:
    from pathlib import Path

    from logdoc.hook.trials import OverfitTest

_OURS = "events.out.tfevents.*.logdoc"


@dataclass(slots=True)
class Found:
    """What the checks found, as it will be written."""

    scalars: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    overfit: OverfitTest | None = None
    overfit_config: dict[str, Any] = field(default_factory=dict)

    def put(self, tag: str, value: float, step: int = 0) -> None:
        """Keep a number."""
        self.scalars.setdefault(tag, []).append((step, float(value)))

    def note(self, text: str) -> None:
        """Keep a note, as one line of at most 300 characters."""
        self.notes.append(" ".join(text.split())[:300])


def write_run(
    folder: Path, config: dict[str, Any], scalars: dict[str, list[tuple[int, float]]], texts: dict[str, list[str]]
) -> None:
    """Write one log, with its configuration beside it, in place of an earlier one.

    Raises:
        OSError: it cannot be written.
    """
    for old in folder.glob(_OURS):
        old.unlink()
    known = {key: value for key, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    if not scalars:
        return
    now = time.time()
    file = EventFile(event_path(folder, now), now)
    try:
        by_step: dict[int, dict[str, float]] = {}
        for tag, points in scalars.items():
            for step, value in points:
                by_step.setdefault(step, {})[tag] = value
        for step in sorted(by_step):
            file.scalars(step, now, list(by_step[step]), np.array(list(by_step[step].values()), dtype=np.float64))
        for tag, lines in texts.items():
            file.text(tag, "\n".join(f"- {line}" for line in lines), 0, now)
    finally:
        file.close()
