"""Which event files are one run: those of a folder, and of the sub-folders that Keras, `add_hparams` and `add_scalars`
make.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.files import shown_path
from logdoc.readers.source import RunSource
from logdoc.readers.tensorboard.merging import rank_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPLITS = ("train", "training", "learn", "validation", "val", "valid", "eval", "evaluation", "test")
_NUMBERED = re.compile(r"test\d+")  # CatBoost's second data set for validation and those after it
_TIME_NAMED = re.compile(r"\d{9,10}(\.\d+)?")
_SMALL = 64 << 10  # a folder that add_hparams made holds a few records


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return one source per run, in order of their ids; the id is the path of the run's folder relative to the root.

    Args:
        root: folder under which the files were found.
        files: event files.
    """
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(file.parent, []).append(file)
    homes = {folder: _home(folder, folders) for folder in folders}
    runs: dict[Path, list[Path]] = {}
    for folder, mine in folders.items():
        runs.setdefault(homes[folder], []).extend(mine)
    sources = []
    for home, mine in runs.items():
        ordered = tuple(sorted(mine, key=lambda path: (path.parent != home, path.as_posix())))
        sources.append(RunSource(_identity(root, home), "tensorboard", home, ordered, "TensorBoard event files"))
    return sorted(sources, key=lambda source: source.id)


def _identity(root: Path, home: Path) -> str:
    relative = home.relative_to(root).as_posix() if home.is_relative_to(root) else home.name
    return shown_path(home.name if relative == "." else relative)


def _home(folder: Path, folders: dict[Path, list[Path]]) -> Path:
    parent = folder.parent
    if rank_of(folder) is not None and parent in folders:
        return parent
    if _is_split(folder):
        siblings = [other for other in folders if other.parent == parent and _is_split(other)]
        if parent in folders or len(siblings) > 1:
            return parent
    above = [ancestor for ancestor in folder.parents if ancestor in folders]
    if not above:
        return folder
    if parent in folders and (_TIME_NAMED.fullmatch(folder.name) or folder.name == "hparams"):
        return parent
    return _made_by(folder, folders[folder], above) or folder


def _is_split(folder: Path) -> bool:
    name = folder.name.lower()
    return name in SPLITS or _NUMBERED.fullmatch(name) is not None


def _made_by(folder: Path, files: Sequence[Path], above: Sequence[Path]) -> Path | None:
    """Return the folder whose writer made this one in `add_scalars` or `add_hparams`, or None.

    `add_scalars` puts one tag into a folder named after it: torch ``<main tag>_<curve>`` with / as _, tensorboardX
    ``<main tag>/<curve>``.
    `add_hparams` logs the settings of its session into it, whatever its name.
    """
    from logdoc.readers.tensorboard.peek import first_tags

    tags = {tag for file in files for tag in first_tags(file)}
    if folder.parent in above and any(tag.startswith("_hparams_/session_start") for tag in tags):
        return folder.parent
    if len(tags) != 1:
        return None
    tag = next(iter(tags))
    if folder.parent in above and folder.name.startswith(f"{tag.replace('/', '_')}_"):
        return folder.parent
    return next((home for home in above if folder.parent == home / tag), None)


def series_name(home: Path, folder: Path, tag: str) -> str:
    """Return the name of a series: the tag; behind the name of its split for ``train/`` and the like; ``main/curve``
    for `add_scalars`.
    """
    if folder == home:
        return tag
    if _is_split(folder):
        # CatBoost calls its training set "learn".
        return f"{'train' if folder.name == 'learn' else folder.name}/{tag}"
    if folder.parent == home / tag:
        return f"{tag}/{folder.name}"
    flat = tag.replace("/", "_") + "_"
    if folder.name.startswith(flat):
        return f"{tag}/{folder.name[len(flat) :]}"
    return (
        tag
        if folder.name == "hparams" or _TIME_NAMED.fullmatch(folder.name)
        else f"{folder.relative_to(home).as_posix()}/{tag}"
    )


def is_summary_folder(home: Path, folder: Path, *, holds_settings: bool = False) -> bool:
    """Whether `add_hparams` made the folder: its metrics are a summary of the run, not curves."""
    named = folder.name == "hparams" or _TIME_NAMED.fullmatch(folder.name) is not None
    return folder != home and (named or (holds_settings and not _is_split(folder)))
