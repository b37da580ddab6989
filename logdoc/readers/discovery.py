"""Finding logs: which files under a path are logs, of which format, and which of them make one run."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.model import Defect
from logdoc.readers.files import HEAD_SIZE, NotRegularError, describe_bytes, read_regular, shown_path
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.registry import FORMATS, Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.readers.source import RunSource

MAX_DEPTH = 64
_TABLES = (".csv", ".tsv", ".tab", ".psv")
_SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", "venv", "site-packages", ".ipynb_checkpoints", ".tox", ".mypy_cache"}
)
_NO_LOGS = frozenset(
    {
        ".py",
        ".pyc",
        ".pyi",
        ".so",
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".cu",
        ".js",
        ".ts",
        ".css",
        ".html",
        ".htm",
        ".md",
        ".rst",
        ".ipynb",
        ".sh",
        ".bat",
        ".toml",
        ".cfg",
        ".ini",
        ".lock",
        ".tex",
        ".bib",
        ".pdf",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".svg",
        ".webp",
        ".tif",
        ".tiff",
        ".ico",
        ".mp3",
        ".wav",
        ".flac",
        ".mp4",
        ".avi",
        ".mov",
        ".webm",
        ".pt",
        ".pth",
        ".ckpt",
        ".bin",
        ".safetensors",
        ".onnx",
        ".pb",
        ".tflite",
        ".h5",
        ".hdf5",
        ".keras",
        ".npy",
        ".npz",
        ".pkl",
        ".pickle",
        ".joblib",
        ".mat",
        ".parquet",
        ".arrow",
        ".feather",
        ".db",
        ".sqlite",
        ".zip",
        ".gz",
        ".tgz",
        ".bz2",
        ".xz",
        ".zst",
        ".7z",
        ".rar",
        ".tar",
        ".whl",
        ".yaml",
        ".yml",
        ".json",
        ".jsonl",
        ".xml",
        ".wandb",
        ".index",
        ".meta",
        ".model",
        ".vocab",
        ".tfrecord",
        ".lmdb",
        ".mdb",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
    }
)


@dataclass(slots=True)
class Found:
    """What lies under one path: the sources of runs by format, and what was odd, both sorted by path."""

    sources: list[tuple[Format, RunSource]] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


def discover(path: Path, chosen: Format | None = None) -> Found:
    """Return the logs under a folder, or the log that a single file is.

    Folders are walked without following links out of them, only regular files are opened, and what is no log is passed over in silence,
    unless its name says that it is one or it was named itself: then a defect says what it is. With `chosen` only that format is looked for.
    """
    found = Found()
    root = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would replace the name by which the user knows the folder
    if root.is_dir():
        _discover_folder(root, chosen, found)
    else:
        _discover_file(root, chosen, found)
    found.sources.sort(key=lambda pair: pair[1].id)
    found.defects.sort(key=lambda defect: defect.source)
    return found


def _discover_file(path: Path, chosen: Format | None, found: Found) -> None:
    shown = shown_path(path.name)
    try:
        head = read_regular(path, HEAD_SIZE)
    except NotRegularError:
        found.defects.append(Defect(shown, "not judged: it is a pipe, a socket or a device and was not opened"))
        return
    except OSError as error:
        found.defects.append(Defect(shown, f"the file could not be read: {error.strerror or type(error).__name__}"))
        return
    matched = (chosen, f"read as {chosen.name} as told") if chosen is not None else _match(head, path.name, FORMATS)
    if matched is None:
        what = "a configuration; name the folder in which the log lies" if is_config_name(path.name) else describe_bytes(head)
        found.defects.append(Defect(shown, f"not judged: it is {what}" + (" that is no known log" if what == "a text" else "")))
        return
    sources = matched[0].group(path.parent, [path])
    for source in sources:
        id_ = shown if len(sources) == 1 else source.id
        found.sources.append((matched[0], replace(source, id=id_, note=source.note or matched[1])))


def _discover_folder(root: Path, chosen: Format | None, found: Found) -> None:
    formats = (chosen,) if chosen is not None else FORMATS
    by_format: dict[str, list[Path]] = {}
    notes: dict[Path, str] = {}
    count = 0
    for path in _walk(root, found.defects):
        count += 1
        name = path.name.lower()
        named = name.endswith(_TABLES) or "tfevents" in name
        if not named and (path.suffix.lower() in _NO_LOGS or path.suffix.lower()[1:].isdigit()):
            continue
        shown = shown_path(path.relative_to(root).as_posix())
        try:
            head = read_regular(path, HEAD_SIZE if named else 4096)
        except OSError as error:
            found.defects.append(Defect(shown, f"the file could not be read: {error.strerror or type(error).__name__}"))
            continue
        matched = _match(head, path.name, formats)
        if matched is not None:
            by_format.setdefault(matched[0].name, []).append(path)
            notes[path] = matched[1]
        elif named and chosen is None and not name.endswith(".profile-empty"):
            found.defects.append(Defect(shown, f"not judged: it is named like a log, but is {describe_bytes(head)}"))
    for known in formats:
        files = sorted(by_format.get(known.name, ()), key=lambda path: path.relative_to(root).as_posix())
        if files:
            sources = known.group(root, files)
            found.sources.extend((known, replace(s, note=s.note or notes.get(s.files[0], ""))) for s in sources)
    if not found.sources and not found.defects:
        looked = "an empty folder" if count == 0 else "1 file, no known log" if count == 1 else f"{count} files, none of them a known log"
        found.defects.append(Defect(shown_path(root.name) or ".", f"nothing to judge: {looked}"))


def _match(head: bytes, name: str, formats: Sequence[Format]) -> tuple[Format, str] | None:
    for known in formats:
        note = known.sniff(head, name)
        if note is not None:
            return known, note
    return None


def _walk(root: Path, defects: list[Defect]) -> Iterator[Path]:
    """Yield every regular file below `root`; links inside are met where they point to, links out of it are reported."""
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
            defects.append(Defect(shown, f"the folder could not be read: {error.strerror or type(error).__name__}"))
            continue
        if depth > MAX_DEPTH:
            defects.append(Defect(shown, f"folders below {MAX_DEPTH} levels are not searched"))
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
            elif _named_like_log(entry.name):
                defects.append(Defect(shown_path(path.relative_to(root).as_posix()), "a pipe, a socket or a device; it was not opened"))


def _report_link(path: Path, root: Path, real_root: str, defects: list[Defect]) -> None:
    target = os.path.realpath(path)
    inside = target == real_root or target.startswith(real_root + os.sep)
    try:
        mode = os.stat(target).st_mode  # noqa: PTH116 - the resolved text
    except OSError:
        return
    if not inside and (stat.S_ISDIR(mode) or _named_like_log(path.name)):
        defects.append(Defect(shown_path(path.relative_to(root).as_posix()), "a link that leads out of the folder; it was not followed"))


def _named_like_log(name: str) -> bool:
    return name.lower().endswith(_TABLES) or "tfevents" in name.lower()
