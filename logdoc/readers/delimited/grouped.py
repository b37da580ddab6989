"""Headings that name groups of columns: `loss.dat` of DeepXDE has four names, and a column for each term."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOSE = 1.5  # between the cost of a term at the points of training and at those of a test
_MOST_ROWS = 0.9
_GROUPS = ("step", "loss_train", "loss_test", "metrics_test")


def grouped_names(comment: str, rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return a name for each column below DeepXDE's heading; none for another heading.

    Training and test have a column for each term of the loss, behind them stands one for each metric, and nothing says
    how many. Terms of the boundary have the same value in training and test, for their points are the same, or are 0
    in test, where they were not computed; other points of the same domain cost nearly the same. Where columns say so,
    the terms are told; where nothing tells them, the first column alone has a name that means something: it may be one
    term of several.
    """
    if tuple(name.strip() for name in comment.split(",")) != _GROUPS or not rows:
        return ()
    columns = list(zip(*rows, strict=False))[1:]
    terms = _terms(columns)
    if not terms:
        return ("step", "loss_train", *(f"column_{i}" for i in range(3, len(columns) + 2)))
    metrics = len(columns) - 2 * terms
    parts = (("loss_train", terms), ("loss_test", terms), ("metrics_test", metrics))
    return ("step", *(f"{name} {i}" if count > 1 else name for name, count in parts for i in range(1, count + 1)))


def _terms(columns: Sequence[Sequence[str]]) -> int:
    """Return of how many terms the loss is; 0 where nothing tells it."""
    for terms in range(len(columns) // 2, 1, -1):
        if all(columns[i] == columns[terms + i] for i in range(1, terms)):
            return terms
    for terms in range(len(columns) // 2, 1, -1):
        if all(_near(columns[i], columns[terms + i]) for i in range(terms)):
            return terms
    half, odd = divmod(len(columns), 2)
    empty = [all(_is_zero(cell) for cell in column) for column in columns]
    if not odd and half > 1 and empty[-1] and not any(empty[:half]) and sorted(empty) == empty:
        return half
    return 1 if len(columns) in (2, 3) else 0


def _near(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether the numbers of two columns lie close to each other in most rows, or are 0 in both."""
    try:
        pairs = [(float(a), float(b)) for a, b in zip(one, other, strict=True)]
    except ValueError:
        return False
    close = sum(a == b or (min(a, b) > 0 and max(a, b) < _CLOSE * min(a, b)) for a, b in pairs)
    return close >= _MOST_ROWS * len(pairs)


def _is_zero(cell: str) -> bool:
    return not cell.partition("e")[0].strip("-+0.")
