"""What lies below the paths, listed before any of it is read: the files of each run, those together that may be one run
in several formats, and what is wrong with files of no run; all in the order of a report.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logdoc.errors import LogdocError
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, DAMAGED, FAULT, OVER_BUDGET, UNREADABLE
from logdoc.readers.beside_layers import completed
from logdoc.readers.changed import lacking_changed
from logdoc.readers.companion import described
from logdoc.readers.discovery import discover
from logdoc.readers.files import shown_path
from logdoc.readers.monitors import is_monitor, with_monitors
from logdoc.readers.programs import with_program
from logdoc.readers.registry import Format, format_named
from logdoc.readers.twins import home_of, joined
from logdoc.readers.unvalidated import only_validated
from logdoc.redaction import cut
from logdoc.resources import budget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from logdoc.model import ProgramText
    from logdoc.readers.places import Scratch
    from logdoc.readers.recognised import Recognised
    from logdoc.readers.source import RunSource


@dataclass(frozen=True, slots=True)
class Family:
    """Sources that are read together, for they may be one run; most are one source.

    Attributes:
        sources: name of the reader and files of each.
    """

    sources: tuple[tuple[str, RunSource], ...]

    @property
    def id(self) -> str:
        """The id of the first source."""
        return self.sources[0][1].id


def survey(
    roots: Sequence[Path],
    chosen: Format | None,
    scratch: Scratch,
    told: Callable[[int], None] | None = None,
    recognised: Recognised | None = None,
) -> tuple[Family | Defect, ...]:
    """Return what lies below the roots, each file once, in the order of the paths.

    Args:
        roots: local files and folders.
        chosen: read everything as this format; by default the content decides.
        scratch: where archives are unpacked.
        told: called with how many files more were looked at, where there are many.
        recognised: what files are, from an earlier call.
    """
    founds = [discover(root, chosen, scratch, told, recognised) for root in roots]
    labels = _labels(roots)
    counts: dict[str, int] = {}
    for found in founds:
        for _, source in found.sources:
            counts[source.id] = counts.get(source.id, 0) + 1
    listed: set[tuple[str, ...]] = set()
    entries: list[Family | Defect] = []
    for found, root, label in zip(founds, roots, labels, strict=True):
        fresh: list[tuple[str, RunSource]] = []
        for known, source in found.sources:
            files = tuple(os.path.realpath(path) for path in source.files)
            if files not in listed:
                listed.add(files)
                named = replace(source, id=f"{label}/{source.id}") if counts[source.id] > 1 else source
                fresh.append((known.name, named))
        defects = iter(found.defects)
        defect = next(defects, None)
        for family in _families(fresh, root):
            while defect is not None and defect.source < family.id:
                entries.append(defect)
                defect = next(defects, None)
            entries.append(family)
        if defect is not None:
            entries += [defect, *defects]
    return tuple(entries)


def _families(sources: Sequence[tuple[str, RunSource]], root: Path) -> list[Family]:
    """Return the sources in their order, those together that may be one run in several formats."""
    homes: dict[str, list[tuple[str, RunSource]]] = {}
    for name, source in sources:
        homes.setdefault(home_of(source, root), []).append((name, source))
    families: list[Family] = []
    for members in homes.values():
        several = len({name for name, _ in members}) > 1 or any(is_monitor(source) for _, source in members)
        families.extend([Family(tuple(members))] if several else [Family((entry,)) for entry in members])
    return sorted(families, key=lambda family: family.id)


def read_family(family: Family, program: tuple[ProgramText, ...] | None) -> list[Run | Defect]:
    """Read sources that may be one run; runs of one training are joined. A source on which a reader fails becomes a
    defect.

    Args:
        family: what is read.
        program: the text of the training program; None looks beside each log.
    """
    before = _sizes_of(family)
    items = [
        item
        for name, source in family.sources
        for item in _read(format_named(name), source, program, sum(before.get(path, 0) for path in source.files))
    ]
    if len(family.sources) > 1:
        runs = completed(with_monitors(joined([item for item in items if isinstance(item, Run)])))
        items = [*(item for item in items if isinstance(item, Defect)), *runs]
    after = _sizes_of(family)
    return _going_on(items) if any(after.get(path, 0) > size for path, size in before.items()) else items


def _sizes_of(family: Family) -> dict[Path, int]:
    """Return the bytes of every file that is there."""
    sizes: dict[Path, int] = {}
    for path in (path for _, source in family.sources for path in source.files):
        with contextlib.suppress(OSError):
            sizes[path] = path.stat().st_size
    return sizes


def _going_on(items: Sequence[Run | Defect]) -> list[Run | Defect]:
    """Mark the last run of files that became longer while they were read; what is half written of it is not lost."""
    last = max((number for number, item in enumerate(items) if isinstance(item, Run)), default=-1)
    return [
        replace(
            item,
            growing=True,
            defects=tuple(replace(d, lost=False) if d.id == CUT else d for d in item.defects),
        )
        if number == last and isinstance(item, Run)
        else item
        for number, item in enumerate(items)
    ]


def _read(
    known: Format, source: RunSource, program: tuple[ProgramText, ...] | None, size: int
) -> Sequence[Run | Defect]:
    """Read one source of `size` bytes; whatever goes wrong in a reader costs this source only."""
    kind = DAMAGED
    try:
        with budget.within(budget.seconds_for(size)):
            items = list(known.read(source))
        source = lacking_changed(known, source, items)
        if not any(isinstance(item, Run) for item in items):
            return [*source.lacking, *items]
        return [
            with_program(
                described(only_validated(_lacking(item, source)), source.files[0].parent, source.root), source, program
            )
            if isinstance(item, Run)
            else item
            for item in items
        ]
    except LogdocError as error:
        what = str(error)
    except budget.OverBudgetError as over:
        what, kind = f"reading was stopped: {over}", OVER_BUDGET
    except MemoryError:
        what, kind = "there was not enough memory to read it", OVER_BUDGET
    except OSError as error:
        what, kind = f"it could not be read: {error.strerror or type(error).__name__}", UNREADABLE
    except Exception as error:
        kind = FAULT
        what = (
            f"the {known.name} reader failed on it ({type(error).__name__}: {cut(str(error), 200)}); please report this"
        )
    return [*source.lacking, Defect(source.id, f"not judged: {what}", lost=True, id=kind)]


def _lacking(run: Run, source: RunSource) -> Run:
    """Return the run with what could not be read of it, so that it is not called healthy."""
    return replace(run, defects=(*source.lacking, *run.defects)) if source.lacking else run


class UniqueIds:
    """Gives every run an id of its own, in their order: the second ``a`` is ``a (2)``."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._numbers: dict[str, int] = {}

    def of(self, name: str) -> str:
        """Return the name, with a number behind it where it was given before."""
        unique, number = name, self._numbers.get(name, 1)
        while unique in self._used:
            number += 1
            unique = f"{name} ({number})"
        self._used.add(unique)
        self._numbers[name] = number
        return unique


def _labels(roots: Sequence[Path]) -> list[str]:
    """Return for every path its last parts, as many as it takes to tell the paths apart."""
    depth = 1
    while depth < 32:
        labels = ["/".join(root.parts[1:][-depth:]) for root in roots]
        if len(set(labels)) == len(labels):
            break
        depth += 1
    return [shown_path(label) for label in labels]
