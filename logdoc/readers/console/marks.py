"""Lines that say that a training ends, that the next one begins, or that it goes on from a checkpoint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar

_MOST = 1_000  # lines of a kind; what is said more often is no end of a training
_TRAINING = r"(?:(?:pre-?|fine-?)?(?:re)?train(?:ing)?|optimi[sz]ation|fine-?tun(?:e|ing)|fitting|experiment)"
_ENDED = re.compile(
    rf"\b{_TRAINING}(?:\s(?:run|process|procedure|phase|loop|job))?\s(?:is\s|was\s|has\s)?"
    r"(?:complete[d]?|finished|done|ended|over)\b(?!\s(?:step|epoch|batch|iter))"
    rf"|\b(?:finished|completed|done)\s(?:with\s)?(?:the\s)?{_TRAINING}\b(?!\s(?:step|epoch|batch|iter))",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    rf"\b(?:start|starting|started|begin|beginning|launching)\s(?:the\s|a\s|new\s|of\s)*{_TRAINING}\b"
    r"(?!\s(?:step|epoch|batch|iter))"
    r"|^\W*(?:training|fine-?tuning|pre-?training)(?:\s(?!(?:set|data|loss|acc\w*|step|epoch|batch|phase|mode)\b)[A-Za-z][\w-]*){1,5}\W*$",
    re.IGNORECASE,
)

# Of a start in pix2pix's loss_log.txt; one that counts heads an epoch.
HEADING = re.compile(r"^\W*={3,}\s*training\b(?!\s+(?:epoch|step|iteration|round)\b)[^=]*={3,}\W*$", re.IGNORECASE)

_RESUMES = re.compile(
    r"\bresum(?:e|es|ed|ing)\b(?!\s*[:=]\s*(?:none|false|null|no|''|\"\")\b)"
    r"|\b(?:load(?:ed|ing)?|restor(?:ed?|ing))\s(?:the\s|model\s|weights\s|state\s|last\s|latest\s|previous\s|saved\s|from\s|a\s)*"
    r"(?:checkpoint|ckpt|snapshot|training\sstate)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\bbest\b|\b(?:eval|evaluat|test|infer|teacher|pretrain|pre-train)\w*", re.IGNORECASE)
_FEW = 5  # times that a training is resumed in one log; what is said more often is said of something else


def marks_of(grammar: Grammar) -> NDArray[np.int64]:
    """Return int64[k], in their order: the lines that end a training or head the next one."""
    found = [
        np.frombuffer(shape.at, dtype=np.int64)
        for shape in grammar.shapes
        if shape.kind in ("talk", "section", "state")
        and len(shape) <= _MOST
        and (_ENDED.search(shape.line) or _BEGINS.search(shape.line) or HEADING.match(shape.line))
    ]
    return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def resumed_of(grammar: Grammar) -> NDArray[np.int64]:
    """Return int64[k], in their order: the lines that say that a training goes on from a checkpoint.

    Whoever loads the best weights, to evaluate them perhaps, does not go on from them.
    """
    found = [
        np.frombuffer(shape.at, dtype=np.int64)
        for shape in grammar.shapes
        if shape.kind != "row" and len(shape) <= _FEW and _RESUMES.search(shape.line) and not _ASIDE.search(shape.line)
    ]
    lines = np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    return lines if lines.size <= _FEW * 2 else lines[:0]


def marked(marks: NDArray[np.int64], lines: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return bool[rows]: the rows between which and the row before them a mark stands.

    Args:
        marks: as returned by :func:`marks_of`.
        lines: int64[rows], where the rows stand.
    """
    before = np.searchsorted(marks, lines)
    return np.diff(before, prepend=before[:1]) > 0
