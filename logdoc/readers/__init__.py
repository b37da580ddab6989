"""From files to runs. Every format is a module behind one registry; nothing is judged here."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import LogdocError
from logdoc.model import Defect, Run
from logdoc.readers.companion import described
from logdoc.readers.discovery import discover
from logdoc.readers.files import shown_path
from logdoc.readers.places import Scratch, located
from logdoc.readers.programs import program_at, with_program
from logdoc.readers.registry import FORMATS, Format, format_named
from logdoc.readers.source import RunSource
from logdoc.readers.twins import home_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logdoc.model import ProgramText

__all__ = ["FORMATS", "Format", "RunSource", "discover", "format_named", "load", "with_unique_id"]


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
    given = () if code is False else None if code is True else program_at(Path(code))
    return _load(located(paths, scratch), chosen, scratch, told or (lambda read, found: None), given)


def _load(
    roots: Sequence[Path],
    chosen: Format | None,
    scratch: Scratch,
    told: Callable[[int, int], None],
    program: tuple[ProgramText, ...] | None,
) -> Iterator[Run | Defect]:
    with scratch:
        founds = [discover(root, chosen, scratch) for root in roots]
        labels = _labels(roots)
        counts: dict[str, int] = {}
        for found in founds:
            for _, source in found.sources:
                counts[source.id] = counts.get(source.id, 0) + 1
        read_files: set[tuple[str, ...]] = set()
        total, done = sum(len(found.sources) for found in founds), 0
        told(done, total)
        used: set[str] = set()
        for found, root, label in zip(founds, roots, labels, strict=True):
            fresh: list[tuple[Format, RunSource]] = []
            for known, source in found.sources:
                files = tuple(os.path.realpath(path) for path in source.files)
                if files not in read_files:
                    read_files.add(files)
                    fresh.append(
                        (known, replace(source, id=f"{label}/{source.id}") if counts[source.id] > 1 else source)
                    )
            defects = list(found.defects)
            for family in _families(fresh, root):
                while defects and defects[0].source < family[0][1].id:
                    yield defects.pop(0)
                for item in _read_family(family, program):
                    yield with_unique_id(item, used) if isinstance(item, Run) else item
                done += len(family)
                told(done, total)
            yield from defects


def _families(sources: Sequence[tuple[Format, RunSource]], root: Path) -> list[list[tuple[Format, RunSource]]]:
    """Return the sources in their order, those together that may be one run in several formats."""
    families: dict[str, list[tuple[Format, RunSource]]] = {}
    for known, source in sources:
        families.setdefault(home_of(source, root), []).append((known, source))
    result: list[list[tuple[Format, RunSource]]] = []
    for family in families.values():
        several = len({known.name for known, _ in family}) > 1
        result.extend([family] if several else [[entry] for entry in family])
    return sorted(result, key=lambda family: family[0][1].id)


def _read_family(
    family: Sequence[tuple[Format, RunSource]], program: tuple[ProgramText, ...] | None
) -> Iterator[Run | Defect]:
    """Read sources that may be one run; runs of one training are joined."""
    items = [item for known, source in family for item in _read(known, source, program)]
    if len(family) == 1:
        yield from items
        return
    yield from (item for item in items if isinstance(item, Defect))
    yield from joined([item for item in items if isinstance(item, Run)])


def _read(known: Format, source: RunSource, program: tuple[ProgramText, ...] | None) -> Sequence[Run | Defect]:
    """Read one source; whatever goes wrong in a reader costs this source only."""
    try:
        items = list(known.read(source))
        return [
            with_program(described(item, source.files[0].parent, source.root), source, program)
            if isinstance(item, Run)
            else item
            for item in items
        ]
    except LogdocError as error:
        what = str(error)
    except Exception as error:
        what = f"the {known.name} reader failed on it ({type(error).__name__}: {str(error)[:200]}); please report this"
    return [Defect(source.id, f"not judged: {what}", lost=True)]


def with_unique_id(run: Run, used: set[str]) -> Run:
    """Return the run under an id that is not among `used`, to which it is added."""
    id_, number = run.id, 1
    while id_ in used:
        number += 1
        id_ = f"{run.id} ({number})"
    used.add(id_)
    return run if id_ == run.id else replace(run, id=id_)


def _labels(roots: Sequence[Path]) -> list[str]:
    """Return for every path its last parts, as many as it takes to tell the paths apart."""
    depth = 1
    while depth < 32:
        labels = ["/".join(root.parts[1:][-depth:]) for root in roots]
        if len(set(labels)) == len(labels):
            break
        depth += 1
    return [shown_path(label) for label in labels]
