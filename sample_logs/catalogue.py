"""The list of samples: a function that trains and logs one, and the truth about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

Recipe = Callable[[Path], None]


@dataclass(frozen=True)
class Truth:
    """What is known about a sample because it was made so.

    Attributes:
        healthy: nothing is wrong with it; then `cause` is None and nothing may be said at warning or above.
        cause: the cause that must come first.
        symptoms: what the log shows; each of them should fire.
        made_by: what was trained, and what was done to it.
        note: what makes it hard.
    """

    healthy: bool
    cause: str | None
    symptoms: list[str]
    made_by: str
    note: str

    def write(self, folder: Path) -> None:
        """Write ``truth.yaml`` beside the log."""
        text = yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True, width=140)
        (folder / "truth.yaml").write_text(text, encoding="utf-8")


SAMPLES: dict[str, tuple[Recipe, Truth]] = {}


def healthy(made_by: str, note: str) -> Callable[[Recipe], Recipe]:
    """Register a recipe of a run with which nothing is wrong, under the function's name."""
    return _register(Truth(True, None, [], made_by, note))


def faulty(cause: str, symptoms: list[str], made_by: str, note: str) -> Callable[[Recipe], Recipe]:
    """Register a recipe of a run with a fault, under the function's name."""
    return _register(Truth(False, cause, symptoms, made_by, note))


def _register(truth: Truth) -> Callable[[Recipe], Recipe]:
    def keep(recipe: Recipe) -> Recipe:
        SAMPLES[recipe.__name__.replace("_", "-")] = recipe, truth
        return recipe

    return keep
