"""One measure per file: what the name of a file says of the measure in it, and which files of a folder are one run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from logdoc.readers.tables.measures import has_measure

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

_SPLITS = {
    "train": "train", "training": "train", "trn": "train", "tr": "train", "learn": "train",
    "val": "val", "valid": "val", "validation": "val", "dev": "val", "vl": "val",
    "test": "test", "testing": "test", "tst": "test", "eval": "eval", "evaluation": "eval",
}  # fmt: skip
_WORDS = (
    "history hist log logs list array curve curves data values metric metrics per epoch step iter epochs steps iters by"
    " over all avg mean total"
)
FILLERS = frozenset(_WORDS.split())
"""Words of a name that say neither what was measured nor of which run."""
_TELLING = re.compile(
    r"hist|loss|metric|eval|progress|(?:^|[\W_])(?:acc|logs?|rewards?|returns?|scores?|curves?)", re.IGNORECASE
)
# Numbers without a header need a plain word: scores and predictions of a test set are written as bare numbers, too.
_CURVE = re.compile(
    r"loss|acc(?:uracy)?(?:$|_)|reward|return|ppl|perplexity|psnr|(?:^|_)err|cost|bleu|miou|(?:^|_)lr", re.IGNORECASE
)


class Told(NamedTuple):
    """What a file's name says: the measure with its split, and what is left of it, which names the run."""

    measure: str
    run: str


def tells_history(name: str) -> bool:
    """Tell whether the name of a file says that it holds the course of something that was measured."""
    return bool(_TELLING.search(name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]))


def told_by(stem: str) -> Told:
    """Return what the name of a file, without its suffix, says: ``resnet_train_losses`` is train_losses of resnet."""
    words = [word for word in re.split(r"[\s_.\-]+|(?<=[a-z])(?=[A-Z])", stem) if word]
    measured, rest = [], []
    for word in words:
        lower = word.lower()
        if lower in _SPLITS or lower in FILLERS or has_measure(word) or has_measure(lower.rstrip("s")):
            measured.append(_SPLITS.get(lower, word))
        else:
            rest.append(word)
    named = [word for word in measured if word.lower() not in FILLERS] or measured
    # The split stands first, as everywhere else: `loss_train` is train_loss.
    splits = set(_SPLITS.values())
    ordered = [word for word in named if word in splits] + [word for word in named if word not in splits]
    return Told("_".join(ordered), "_".join(rest))


def names_curve(stem: str) -> bool:
    """Tell whether the name of a file says of what its bare numbers are the course; a split alone does not."""
    return bool(_CURVE.search(told_by(stem).measure))


def together(files: Sequence[Path], kinds: Sequence[Hashable | None]) -> list[list[Path]]:
    """Return the files in groups that are one run each, in the order of their first files.

    Files go together that lie in one folder, are of one kind (what `kinds` says: their counter, their form; None for a
    file that stands alone), are named alike but for their measure, and hold different measures.
    """
    groups: dict[Hashable, list[Path]] = {}
    for path, kind in zip(files, kinds, strict=True):
        key: Hashable = path if kind is None else (path.parent, kind, told_by(path.stem).run)
        groups.setdefault(key, []).append(path)
    result: list[list[Path]] = []
    for mine in groups.values():
        measures = {told_by(path.stem).measure for path in mine}
        result.extend([mine] if len(measures) == len(mine) and "" not in measures else [[path] for path in mine])
    place = {path: i for i, path in enumerate(files)}
    return sorted(result, key=lambda mine: place[mine[0]])
