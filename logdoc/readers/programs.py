"""The text of the program beside its log: `train.py` or `train.R` in the folder of the run, what W&B keeps in `code/`,
the new files of its diff. Read as text only.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.documents import load_json
from logdoc.errors import LogdocError, ReadError
from logdoc.model import ProgramText
from logdoc.readers.beside import PROGRAMS, names_in
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.noticing import looked_for, looked_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from logdoc.model import Run
    from logdoc.readers.source import RunSource

MOST_FILES = 24
MOST_BYTES = 400_000  # of one file
_MOST_TOGETHER = 1 << 20
_MOST_ENTRIES = 400
_DEEPEST = 4
_MOST_LEVELS_UP = 4
_FOLDERS = ("code", "files/code", "src")
_METADATA = ("files/wandb-metadata.json", "wandb-metadata.json")
_DIFFS = ("files/diff.patch", "diff.patch")
_FIRST_PARTS = frozenset(name.partition("/")[0] for name in (*_FOLDERS, *_METADATA, *_DIFFS))
_OTHERS = re.compile(r"(?:setup|conftest|testthat|test_.*|test-.*|.*_test)\.(?:py|[Rr])")
# Folders that hold nothing but logs, so that the program may lie in the folder around them.
_LOGS = re.compile(
    r"logs?|runs?|wandb|tb|tb_logs|tensorboard|events?|lightning_logs|csv_logs|version_\d+|train|val|validation|eval|test"
    r"|(?:offline-)?run-\d{8}_\d{6}-[\w.-]+|latest-run|files|\.hydra"
)


def with_program(run: Run, source: RunSource, given: tuple[ProgramText, ...] | None) -> Run:
    """Return the run with the text of its program: what was given, else what lies beside its first file."""
    texts = given if given is not None else program_beside(source.files[0].parent, source.root)
    return replace(run, program=texts) if texts else run


def program_at(path: Path) -> tuple[ProgramText, ...]:
    """Return the program that a user names: a file, or the files of a folder.

    Raises:
        ReadError: there is no Python file.
    """
    if path.is_file():
        text = _read(path, MOST_BYTES)
        found: tuple[ProgramText, ...] = () if text is None else (ProgramText(shown_path(path.name), text, main=True),)
    else:
        found = _in_folder(path, path) if path.is_dir() else ()
    if not found:
        raise ReadError(
            "no Python file and no R script was found there",
            where=str(path),
            hint="Name the training script with --code.",
        )
    return found


def program_beside(folder: Path, root: Path) -> tuple[ProgramText, ...]:
    """Return the program that lies in the folder of a run, or around folders that hold nothing but logs.

    Args:
        folder: where the log lies.
        root: never looked above; reported paths are relative to it.
    """
    for _ in range(_MOST_LEVELS_UP):
        found = _in_folder(folder, root)
        if found:
            return found
        if folder == root or not folder.is_relative_to(root) or not _LOGS.fullmatch(folder.name.lower()):
            return ()
        folder = folder.parent
    return ()


def _in_folder(folder: Path, root: Path) -> tuple[ProgramText, ...]:
    if not _may_hold_any(os.fspath(folder)):
        return ()
    named = _named_by_metadata(folder)
    found: list[ProgramText] = []
    room = _MOST_TOGETHER
    for path in _candidates(folder):
        text = _read(path, min(MOST_BYTES, room)) if len(found) < MOST_FILES else None
        if text is not None:
            shown = shown_relative(path, root)
            found.append(ProgramText(shown, text, main=bool(named) and f"/{shown}".endswith(f"/{named}")))
            room -= len(text)
    if not found:
        found.extend(_added_by_diff(folder, named))
    return tuple(found)


def _may_hold_any(folder: str) -> bool:
    """Whether the names in a folder leave open that the text of a program is in it."""
    listed = names_in(folder)
    if listed is None or listed.python or not listed.lower.isdisjoint(_FIRST_PARTS):
        return True
    looked_for(folder, _FIRST_PARTS)
    looked_into(folder, "python")
    return False


def _candidates(folder: Path) -> Iterator[Path]:
    """Yield the programs of a folder, then those below the folders that keep copies of programs."""
    yield from _python_files(folder, depth=0)
    for name in _FOLDERS:
        yield from _python_files(folder / name, depth=_DEEPEST)


def _python_files(folder: Path, depth: int) -> Iterator[Path]:
    looked_into(folder, "all" if depth else "python")
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)[:_MOST_ENTRIES]
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        if entry.name.endswith(PROGRAMS) and entry.is_file() and not _OTHERS.fullmatch(entry.name):
            yield folder / entry.name
    for entry in entries:
        if depth and not entry.name.startswith(".") and not entry.is_symlink() and entry.is_dir():
            yield from _python_files(folder / entry.name, depth - 1)


def _read(path: Path, limit: int) -> str | None:
    """Return the text of a file of at most `limit` bytes; None for a larger one and for one that cannot be read."""
    try:
        data = read_regular(path, limit + 1)
    except OSError:
        return None
    return data.decode("utf-8-sig", "replace") if len(data) <= limit else None


def _named_by_metadata(folder: Path) -> str:
    """Return the program that W&B says was started, as a path; empty when it does not say."""
    for name in _METADATA:
        text = _read(folder / name, MOST_BYTES)
        if text is None:
            continue
        try:
            content: Any = load_json(text, where=name)
        except LogdocError:
            continue
        if isinstance(content, dict):
            said = content.get("codePath") or content.get("codePathLocal") or content.get("program")
            if isinstance(said, str) and said.endswith(".py"):
                return said.replace("\\", "/").removeprefix("./").lstrip("/")
    return ""


def _added_by_diff(folder: Path, named: str) -> Iterator[ProgramText]:
    """Yield the files that a diff adds as a whole; those that it only changes cannot be read from it."""
    for name in _DIFFS:
        text = _read(folder / name, _MOST_TOGETHER)
        if text is None:
            continue
        for part in re.split(r"^diff --git .*\n", text, flags=re.MULTILINE)[1 : MOST_FILES + 1]:
            head = re.search(r"^--- /dev/null\n\+\+\+ b/(.+\.py)\s*\n", part, flags=re.MULTILINE)
            if head is not None:
                lines = [line[1:] for line in part[head.end() :].split("\n") if line.startswith("+")]
                path = shown_path(head[1])
                yield ProgramText(path, "\n".join(lines) + "\n", main=bool(named) and path.endswith(named))
