"""What a caller hands over: paths, and curves that the program holds already."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logdoc import model
from logdoc.errors import ReadError
from logdoc.readers import UniqueIds, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logdoc.model import Defect

Logs = Any
"""A path, pattern or URL; a DataFrame, a dict of lists, a list of records, a Keras ``History``, the log history of a
Transformers Trainer; a Lightning logger or a W&B run (what they wrote is read); a `Run`; several of them in a list, or
several tables in a dict by the name of the run."""


def paths_in(given: Logs) -> list[Path | str]:
    """Return the paths among what was handed over."""
    return [one for one in _each(given) if isinstance(one, str | Path)]


def parted(given: Logs) -> tuple[list[Path | str], list[model.Run]]:
    """Return the paths among what was handed over, and the runs that the program holds.

    Raises:
        ReadError: a thing is neither a path nor curves.
    """
    things = _each(given)
    paths = [one for one in things if isinstance(one, str | Path)]
    held = [one for one in things if not isinstance(one, str | Path)]
    if not held:
        return paths, []
    from logdoc.readers.memory import runs_in

    return paths, [run for thing in held for run in runs_in(thing)]


def load_given(
    given: Logs,
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    told: Callable[[int, int], None] | None = None,
    code: Path | str | bool = True,
) -> Iterator[model.Run | Defect]:
    """Return an iterator over the runs in what was handed over: those of paths first, as `load` reads them.

    Raises:
        ReadError: a path does not exist, or a thing is neither a path nor curves.
    """
    things = _each(given)
    paths = [one for one in things if isinstance(one, str | Path)]
    held = [one for one in things if not isinstance(one, str | Path)]
    if not held:
        return load(paths, format=format, told=told, code=code)
    return _with_held(held, load(paths, format=format, told=told, code=code) if paths else iter(()))


def _with_held(held: Sequence[object], read: Iterator[model.Run | Defect]) -> Iterator[model.Run | Defect]:
    from logdoc.readers.memory import runs_in

    ids = UniqueIds()
    for item in read:
        if isinstance(item, model.Run):
            ids.of(item.id)
        yield item
    for thing in held:
        for run in runs_in(thing):
            yield dataclasses.replace(run, id=ids.of(run.id))


def _each(given: Logs) -> list[object]:
    """Return what was handed over, one by one; whatever writes into a folder is that folder."""
    if isinstance(given, str | Path):
        return [given]
    if isinstance(given, os.PathLike):
        return [Path(given)]
    if isinstance(given, list | tuple) and all(isinstance(one, str | Path) for one in given):
        return list(given)
    from logdoc.readers.memory import folder_of, holds_curves

    folder = folder_of(given)
    if folder is not None:
        return [folder]
    if holds_curves(given):
        return [given]
    if isinstance(given, list | tuple | set | frozenset) or hasattr(given, "__next__"):
        return [thing for one in given for thing in _each(one)]
    raise ReadError(
        f"a {type(given).__name__} is neither a path nor curves",
        hint="Give a path, a DataFrame, a dict of lists of numbers, a list of records, a Keras History, or a logger "
        "that has a log_dir.",
    )
