"""Files of a run that could not be read: whose they are, so that no run is called healthy on a part of its logs."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from logdoc.model import Defect
from logdoc.model.notes import NOTHING, UNREADABLE
from logdoc.readers.files import shown_relative
from logdoc.readers.one_measure import FILLERS, told_by
from logdoc.readers.source import RunSource
from logdoc.readers.twins import home_of
from logdoc.readers.walk import TABLES, named_like_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from logdoc.readers.registry import Format

# What a log is kept in beside the formats that `named_like_log` knows.
PRINTED = (".log", ".txt", ".out", ".err")
_KEPT_AS = (*PRINTED, ".json")
_SPLITS = ("train", "val", "test", "eval")
_LINES = (".jsonl", ".ndjson")
_STATE = "trainer_state.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d{1,18})")
_Table = tuple[str, "Path", str, str, str]  # home, folder, suffix, and what the name says but for the split


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a folder, under a path that was searched, and why nothing in it was read.

    Attributes:
        path: absolute.
        what: one sentence, as it is told where the file belongs to no run.
        lost: it held data for certain; an empty file may never have held any.
        quiet: it is only told where it belongs to a run: nothing but its place says that it is a log.
        below: it is a folder.
        marks: it is also told on its own when a run is found that it belongs to.
        kind: of the note (`logdoc.model.notes`).
    """

    path: Path
    what: str
    lost: bool = True
    quiet: bool = False
    below: bool = False
    marks: bool = False
    kind: str = UNREADABLE

    def defect(self, root: Path, *, of_run: bool) -> Defect:
        """Return what is told: of a run, which then is incomplete, or of a file on its own."""
        return Defect(shown_relative(self.path, root), self.what, lost=of_run or self.lost, id=self.kind)


def format_by_name(path: Path) -> str:
    """Return the name of the format that keeps one run in several files and names them so, or an empty text."""
    name = path.name.lower()
    if "tfevents" in name:
        return "tensorboard"
    if name.endswith(".wandb"):
        return "wandb"
    if "vdlrecords" in name:
        return "visualdl"
    return "mlflow" if "metrics" in path.parts[:-1] and not path.suffix else ""


def grouped(
    known: Format, root: Path, files: Sequence[Path], unread: Sequence[Unread]
) -> tuple[list[RunSource], list[Unread]]:
    """Group the files of one format as runs, with those that could not be read and are named like it.

    Returns:
        The sources, of readable files only, each with what it lacks; and what belongs to none of them.
    """
    named = {one.path: one for one in unread if format_by_name(one.path) == known.name and not one.below}
    sources = known.group(root, sorted([*files, *named], key=lambda path: path.relative_to(root).as_posix()))
    found: list[RunSource] = []
    owned: set[Path] = set()
    for source in sources:
        lacking = [named[path] for path in source.files if path in named]
        readable = tuple(path for path in source.files if path not in named)
        if not readable:
            continue
        owned.update(one.path for one in lacking)
        found.append(lacking_files(replace(source, files=readable), root, lacking))
    return found, [one for one in unread if one.path not in owned]


def lacking_files(source: RunSource, root: Path, lacking: Iterable[Unread]) -> RunSource:
    """Return the source with what could not be read of it."""
    more = tuple(one.defect(root, of_run=True) for one in lacking)
    return replace(source, lacking=(*source.lacking, *more)) if more else source


def attributed(
    unread: Sequence[Unread], sources: Sequence[tuple[Format, RunSource]], root: Path
) -> tuple[list[tuple[Format, RunSource]], list[Defect]]:
    """Give what could not be read to the run whose folder it lies in, where that is beyond doubt.

    That is: a part of the file itself was read; the run is the only one of its folder and logged in another format
    too; the file is the other split of a table or a text (``train.csv``, ``val.csv``), or a newer state of the Trainer;
    or a folder for a split, or one that a tool makes, lies in the folder of the run.

    Returns:
        The sources, and what is told of the files that belong to no run.
    """
    homes: dict[str, list[int]] = {}
    tables: dict[_Table, dict[int, set[str]]] = {}
    for place, (_, source) in enumerate(sources):
        home = home_of(source, root)
        homes.setdefault(home, []).append(place)
        for path in source.files if unread else ():
            if split := _split_of(path):
                tables.setdefault((home, *split[1:]), {}).setdefault(place, set()).add(split[0])
    holders: dict[Path, list[int]] = {}
    wanted = {one.path for one in unread}
    for place, (_, source) in enumerate(sources):
        for path in wanted.intersection(source.files):
            holders.setdefault(path, []).append(place)
    owned: dict[int, list[Unread]] = {}
    stray: list[Defect] = []
    for one in unread:
        owners = _owners(one, sources, homes, tables, holders.get(one.path, []), root)
        for place in owners:
            owned.setdefault(place, []).append(one)
        if not one.quiet and (one.marks or not owners):
            stray.append(one.defect(root, of_run=False))
    marked = [(known, lacking_files(source, root, owned.get(i, ()))) for i, (known, source) in enumerate(sources)]
    return marked, stray


def _owners(
    one: Unread,
    sources: Sequence[tuple[Format, RunSource]],
    homes: Mapping[str, list[int]],
    tables: Mapping[_Table, Mapping[int, set[str]]],
    parts: list[int],
    root: Path,
) -> list[int]:
    """Return the sources that a file belongs to; `parts` are those that hold a part of it.

    Looked up, never searched for: an archive may leave out 50,000 tables beside 10,000 in one folder.
    """
    if parts or one.marks:
        within = f"{one.path}{os.sep}"
        below = [i for i, (_, source) in enumerate(sources) if str(source.files[0]).startswith(within)]
        return parts or below
    home = home_of(RunSource("", "", root, (one.path / "x" if one.below else one.path,)), root)
    beside = homes.get(home, [])
    if one.below:
        own_folder = home_of(RunSource("", "", root, (one.path,)), root)
        return beside if own_folder == home else []
    states = {place: _newest(sources[place][1].files) for place in beside} if one.path.name == _STATE else {}
    if any(newest >= 0 for newest in states.values()):
        # A state holds the whole log so far: only one that is newer than all that were read may hold more.
        return [place for place, newest in states.items() if 0 <= newest < _newest((one.path,))]
    split = _split_of(one.path)
    if split and split[0]:
        twins = [place for place, others in tables.get((home, *split[1:]), {}).items() if others - {split[0]}]
        if twins:
            return twins
    if not named_like_log(one.path.name) and one.path.suffix.lower() not in _KEPT_AS:
        return []
    if one.kind == NOTHING and one.path.suffix.lower() in PRINTED:
        return []  # many programs leave an empty one
    alone = len(beside) == 1 and all(_kind(path) != _kind(one.path) for path in sources[beside[0]][1].files)
    return beside if alone else []


def _newest(files: Iterable[Path]) -> float:
    """Return the highest step of the Trainer's states among some files, infinity for that of the end, or -1."""
    found = [_CHECKPOINT.fullmatch(path.parent.name) for path in files if path.name == _STATE]
    return max((float(match[1]) if match else math.inf for match in found), default=-1)


def _kind(path: Path) -> str:
    return format_by_name(path) or path.suffix.lower()


def _split_of(path: Path) -> tuple[str, Path, str, str, str] | None:
    """Return the split that a table or a text is named for (``train.csv``, ``val.jsonl``), and what its name is but for
    that; an empty split where it names none (``progress.csv`` beside ``eval_progress.csv``).
    """
    if path.suffix.lower() not in (*TABLES, *_LINES, *_KEPT_AS):
        return None
    told = told_by(path.stem)
    first, *words = told.measure.split("_")
    split = first if first in _SPLITS else ""
    words = words if split else [first, *words]
    return split, path.parent, path.suffix.lower(), "_".join(w for w in words if w.lower() not in FILLERS), told.run


def names_split(path: Path) -> bool:
    """Tell whether the name of a table or a text says which part of the data it is of."""
    split = _split_of(path)
    return split is not None and split[0] != ""
