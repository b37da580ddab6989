"""Lines that differ in one word and count apart: of several losses, data sets or loggers, named after that word."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.counting_up import FEW_ALIKE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logdoc.readers.console.masking import Grammar, Shape

_MOST = 400  # kinds of rows; a log of more has no form
_MOST_TAGS = 12
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z][a-z]+(?=:\s))?")
_BRACKET = re.compile(r"\s*\[([A-Za-z][A-Za-z0-9_]*)\]\s+(?=[A-Za-z])")
_OFTEN = 0.25  # of the changes from one to the other
_PROCESS = re.compile(r"(?:rank|gpu|cuda|worker|node|proc|process|host|replica|device)_?\d*")
_NO_TAG = re.compile(r"info|debug|warn(?:ing)?|error|critical|[ap]m|m?s|m|h|d|days?|(?:min|sec|hr|hour)s?|it|k|[gm]b")


def name_by_tag(grammar: Grammar) -> None:
    """Give measures that two kinds of lines call alike the word in which these lines differ: ``[coarse] epoch 3 loss
    0.5``, ``[fine] epoch 3 loss 0.7``.

    They are of one kind where the counts of both are one count: ``epoch 3 loss 0.5 improved``.
    """
    _name_in_blocks(grammar)
    _name_by_bracket(grammar)
    _name_families(grammar, _are_counted_apart, counted=True)


def _name_in_blocks(grammar: Grammar) -> None:
    """Name lines of a block that count nothing, differ in one word and come by turns: ``left: MAE=0.3``, ``right:
    MAE=0.4``.
    """
    _name_families(grammar, _by_turns, counted=False)


def _name_families(grammar: Grammar, apart: Callable[[Sequence[Shape]], bool], *, counted: bool) -> None:
    """Give the lines of every family that differ in one word that word, where `apart` tells that they are of several
    things; each line once.
    """
    rows = [s for s in grammar.shapes if s.kind == "row" and len(s) >= FEW_ALIKE and bool(_counts(s)) == counted]
    if not 1 < len(rows) <= _MOST:
        return
    families: dict[tuple[object, ...], list[tuple[str, Shape]]] = {}
    for shape in rows:
        for key, tag in _forms(shape):
            families.setdefault(key, []).append((tag, shape))
    named: set[int] = set()
    for members in families.values():
        fresh = 1 < len(members) <= _MOST_TAGS and not any(id(shape) in named for _, shape in members)
        if fresh and apart([shape for _, shape in members]):
            for tag, shape in members:
                named.add(id(shape))
                _name(shape, tag)


def _are_counted_apart(shapes: Sequence[Shape]) -> bool:
    return any(_count_apart(one, other) for one, other in combinations(shapes, 2))


def _by_turns(shapes: Sequence[Shape]) -> bool:
    """Tell whether lines of several kinds come one of each after the other, again and again."""
    if max(map(len, shapes)) - min(map(len, shapes)) > 1:
        return False
    at = np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in shapes])
    whose = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])[np.argsort(at, kind="stable")]
    return bool((whose[len(shapes) :] == whose[: -len(shapes)]).all())


def _name_by_bracket(grammar: Grammar) -> None:
    """Name what a line without a count measures after the word in brackets that it begins with, where another kind of
    line, which counts, calls the same so: ``[Sample] d_loss: 0.6`` between ``[ 50 Epoch: 1] d_loss: 0.7``.
    """
    rows = [shape for shape in grammar.shapes if shape.kind == "row" and len(shape) >= FEW_ALIKE]
    counted = [_said(shape) for shape in rows if _counts(shape)]
    for shape in rows:
        match = _BRACKET.match(shape.line, fronts.own_words(shape.line)) if not _counts(shape) else None
        if match is None:
            continue
        word = match[1].lower()
        if not (_NO_TAG.fullmatch(word) or _PROCESS.fullmatch(word) or words.split_of(word)):
            said = _said(shape)
            if any(said <= other for other in counted):
                _name(shape, match[1])


def _said(shape: Shape) -> set[tuple[str, str]]:
    """Return the names of what a line measures, each with its part of the data."""
    return {(slot.name, slot.split) for slot in shape.slots if slot.role == "value"}


def _counts(shape: Shape) -> list[int]:
    return [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]


def _forms(shape: Shape) -> Iterator[tuple[tuple[object, ...], str]]:
    """Yield what a line is without one of its words, and that word, for each that may be a tag."""
    said = tuple((slot.role, slot.name, slot.split) for slot in shape.slots)
    if not any(role == "value" for role, _, _ in said):
        return
    for i, text in enumerate(shape.texts):
        for match in _WORD.finditer(text):
            word = match[0].lower()
            if not (_NO_TAG.fullmatch(word) or _PROCESS.fullmatch(word) or words.split_of(word)):
                rest = (*shape.texts[:i], text[: match.start()], "", text[match.end() :], *shape.texts[i + 1 :])
                yield (i, rest, said), match[0]


def _count_apart(one: Shape, other: Shape) -> bool:
    """Tell whether two kinds of lines stand between each other, and the count of one says nothing of that of the
    other: it stays or goes back from one to the other again and again.
    """
    at = np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in (one, other)])
    order = np.argsort(at, kind="stable")
    whose = np.repeat([0, 1], [len(one), len(other)])[order]
    changes = np.flatnonzero(np.diff(whose))
    if changes.size < FEW_ALIKE:
        return False
    further = np.zeros(changes.size, dtype=np.int64)
    for mine, its in zip(_counts(one), _counts(other), strict=True):
        column = np.concatenate([one.column(mine), other.column(its)])[order]
        step = np.sign(column[changes + 1] - column[changes]).astype(np.int64)
        further = np.where(further == 0, step, further)
    again = int(np.count_nonzero(further <= 0))
    return again >= 2 and again >= _OFTEN * changes.size


def _name(shape: Shape, tag: str) -> None:
    for slot in shape.slots:
        if slot.role == "value" and slot.name and tag.lower() not in _words(slot.name):
            slot.name = f"{tag} {slot.name}"


def _words(name: str) -> Sequence[str]:
    return re.split(r"[\W_]+", name.lower())
