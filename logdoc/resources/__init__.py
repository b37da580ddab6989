"""Where the bundled rules and templates lie: in the wheel, in a checkout, in an editable install."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import LogdocError, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_ROOT = Path(__file__).resolve().parent.parent.parent


def bundled(name: str) -> Traversable:
    """Return the bundled folder `name` ("rules" or "templates").

    A checkout or an editable install wins over the copy that a build left in `logdoc/_data`, so that an edited rule
    is seen at once.

    Raises:
        LogdocError: the folder is in neither place.
    """
    beside = _checkout_folder(name)
    if beside is not None:
        return beside
    import importlib.resources

    inside = importlib.resources.files("logdoc") / "_data" / name
    if inside.is_dir():
        return inside
    raise LogdocError(
        f"the folder '{name}' is missing; it was looked for in {inside} and beside the package",
        hint="Install logdoc again.",
    )


@lru_cache(maxsize=1)
def in_checkout() -> bool:
    """Whether logdoc runs from its sources, where every file may be edited."""
    return (_ROOT / "pyproject.toml").is_file()


def _checkout_folder(name: str) -> Path | None:
    folder = _ROOT / name
    return folder if in_checkout() and folder.is_dir() else None


def walk(
    folder: Traversable, suffix: str, prefix: str = "", seen: set[str] | None = None
) -> Iterator[tuple[str, Traversable]]:
    """Yield (relative posix path, file) below `folder` whose name ends in `suffix`, sorted by path.

    A folder that was met already (`seen`, by where links end) is left out: links in a circle have no end.

    Raises:
        RuleError: a folder cannot be listed.
    """
    seen = set() if seen is None else seen
    if isinstance(folder, Path):
        place = os.path.realpath(folder)
        if place in seen:
            return
        seen.add(place)
    try:
        entries = sorted(folder.iterdir(), key=lambda item: item.name)
    except OSError as error:
        raise RuleError(f"the folder cannot be read: {error.strerror or error}", where=str(folder)) from None
    for entry in entries:
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from walk(entry, suffix, f"{path}/", seen)
        elif entry.name.endswith(suffix):
            yield path, entry
