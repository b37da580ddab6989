"""Walking a folder: every regular file in it, met once, without following links out of it."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from logdoc.model import Defect
from logdoc.model.notes import PASSED_OVER
from logdoc.readers.files import shown_path
from logdoc.readers.one_measure import tells_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DEPTH = 64
TABLES = (".csv", ".tsv", ".tab", ".psv")
_NAMED = (*TABLES, ".wandb", ".swanlab", ".jsonl", ".ndjson")
_FOLDERS = ".git .hg .svn __pycache__ node_modules .venv venv site-packages .ipynb_checkpoints .tox .mypy_cache"
_SUFFIXES = (
    ".py .pyc .pyi .so .c .cc .cpp .h .cu .js .ts .css .html .htm .md .rst .sh .bat .toml .cfg .ini "
    ".lock .tex .bib .pdf .png .jpg .jpeg "
    ".gif .bmp .svg .webp .tif .tiff .ico .mp3 .wav .flac .mp4 .avi .mov .webm .pt .pth .ckpt .bin "
    ".safetensors .onnx .pb .tflite .h5 .hdf5 "
    ".keras .joblib .mat .arrow .feather .bz2 .xz .zst .7z .rar .whl .yaml .yml "
    ".xml .index .meta .model .vocab .tfrecord "
    ".lmdb .mdb .doc .docx .xls .xlsx .ppt .pptx"
)
# Data sets and models are saved in these forms, too: only what is named like a history is looked into.
_SAVED = frozenset({".npy", ".npz", ".pkl", ".pickle"})
_ROTATED = re.compile(r"(.*(?:log|\.out|\.err|\.txt))\.\d{1,4}", re.IGNORECASE)
_QUEUED = re.compile(r"(.+)\.[oe]\d{2,12}(?:[.-]\d{1,6})?")
_SKIPPED_FOLDERS = frozenset(_FOLDERS.split())
_NO_LOGS = frozenset(_SUFFIXES.split())


def printed_as(name: str) -> str:
    """Return the name of a file without the number that a rotation, screen or a queue gave it, where the rest says that
    it was printed: ``train.log.1`` and ``screenlog.0``, and ``train.log`` for ``train.o48213`` of PBS and SGE.
    """
    if (rotated := _ROTATED.fullmatch(name)) is not None:
        return rotated[1]
    queued = _QUEUED.fullmatch(name)
    return name if queued is None else f"{queued[1]}.log"


def may_hold_log(name: str) -> bool:
    """Tell whether the name of a file leaves open that it is a log."""
    lower = printed_as(name).lower()
    suffix = "." + lower.rpartition(".")[2] if "." in lower else ""
    if suffix in _SAVED:
        return tells_history(name)
    if named_like_log(lower) or lower.endswith(".tar.xz"):
        return True
    return suffix not in _NO_LOGS and not suffix[1:].isdigit()


def named_like_log(name: str) -> bool:
    """Tell whether the name of a file says that it is a log; then it is reported when it is none."""
    lower = name.lower()
    return lower.endswith(_NAMED) or "tfevents" in lower or "vdlrecords." in lower or name == "trainer_state.json"


def walk(root: Path, defects: list[Defect], closed: list[tuple[Path, str]]) -> Iterator[Path]:
    """Yield every regular file below `root`; links inside are met where they point to, links out of it are reported.

    Args:
        root: the folder.
        defects: takes what was passed over.
        closed: takes every folder that could not be read, with the reason.
    """
    real_root = os.path.realpath(root)
    visited: set[tuple[int, int]] = set()
    stack: list[tuple[Path, int]] = [(root, 0)]
    while stack:
        folder, depth = stack.pop()
        shown = shown_path(folder.relative_to(root).as_posix())
        try:
            about = folder.stat()
            if (about.st_dev, about.st_ino) in visited:
                continue
            visited.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            closed.append((folder, f"the folder could not be read: {error.strerror or type(error).__name__}"))
            continue
        if depth > MAX_DEPTH:
            defects.append(Defect(shown, f"folders below {MAX_DEPTH} levels are not searched", id=PASSED_OVER))
            continue
        for entry in entries:
            path = folder / entry.name
            if entry.is_symlink():
                _report_link(path, root, real_root, defects)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED_FOLDERS:
                    stack.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield path
            elif named_like_log(entry.name):
                defects.append(
                    Defect(
                        shown_path(path.relative_to(root).as_posix()),
                        "a pipe, a socket or a device; it was not opened",
                        id=PASSED_OVER,
                    )
                )


def _report_link(path: Path, root: Path, real_root: str, defects: list[Defect]) -> None:
    target = os.path.realpath(path)
    inside = target == real_root or target.startswith(real_root + os.sep)
    try:
        mode = os.stat(target).st_mode  # noqa: PTH116 - the resolved text
    except OSError:
        return
    if not inside and (stat.S_ISDIR(mode) or named_like_log(path.name)):
        defects.append(
            Defect(
                shown_path(path.relative_to(root).as_posix()),
                "a link that leads out of the folder; it was not followed",
                id=PASSED_OVER,
            )
        )
