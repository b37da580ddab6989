"""From files to runs. Every format is a module behind one registry; nothing is judged here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.readers.discovery import discover
from logdoc.readers.places import Scratch, located
from logdoc.readers.programs import program_at
from logdoc.readers.registry import FORMATS, Format, format_named
from logdoc.readers.source import RunSource
from logdoc.readers.survey import Family, UniqueIds, read_family, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logdoc.model import ProgramText

__all__ = [
    "FORMATS",
    "Family",
    "Format",
    "RunSource",
    "UniqueIds",
    "discover",
    "format_named",
    "given_program",
    "load",
    "read_family",
    "survey",
]


def load(
    paths: Sequence[Path | str],
    *,
    format: str | None = None,  # noqa: A002 - the name of the option
    told: Callable[[int, int], None] | None = None,
    code: Path | str | bool = True,
) -> Iterator[Run | Defect]:
    """Return an iterator over the runs under the paths, read one by one, and over what is wrong with files that
    belong to no run.

    Everything comes in the order of its path. The id of a run is its path relative to the path given (a file's is
    its name); where two
    paths hold the same id, it is preceded by as much of the path as tells them apart. A file on which a reader fails
    becomes a defect.

    Args:
        paths: files, folders, patterns, URLs that fsspec knows, or ``-`` for standard input.
        format: read everything as this format; by default the content decides.
        told: called with how many logs were read and how many there are, first when they have been found.
        code: where the text of the training program lies; True looks beside each log, False nowhere.

    Raises:
        ReadError: when a path does not exist, a URL cannot be read, or there is no program at `code`.
        ConfigError: when there is no such format.
    """
    chosen = format_named(format) if format is not None else None
    scratch = Scratch()
    return _load(located(paths, scratch), chosen, scratch, told or (lambda read, found: None), given_program(code))


def given_program(code: Path | str | bool) -> tuple[ProgramText, ...] | None:
    """Return the text of the training program; None where it is looked for beside each log.

    Raises:
        ReadError: there is no program at `code`.
    """
    return () if code is False else None if code is True else program_at(Path(code))


def _load(
    roots: Sequence[Path],
    chosen: Format | None,
    scratch: Scratch,
    told: Callable[[int, int], None],
    program: tuple[ProgramText, ...] | None,
) -> Iterator[Run | Defect]:
    with scratch:
        entries = survey(roots, chosen, scratch)
        total, done = sum(len(entry.sources) for entry in entries if isinstance(entry, Family)), 0
        told(done, total)
        ids = UniqueIds()
        for entry in entries:
            if isinstance(entry, Defect):
                yield entry
                continue
            for item in read_family(entry, program):
                yield replace(item, id=ids.of(item.id)) if isinstance(item, Run) else item
            done += len(entry.sources)
            told(done, total)
