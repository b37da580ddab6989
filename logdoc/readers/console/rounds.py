"""Epochs that are counted anew in every round of one training: a call of `fit` in a loop, where the loss goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEWEST = 3  # rounds; two starts may be anything
_LEAST = 2  # rows of a round
_ON = 0.25  # of how far the loss has come: so near to the end of a round does the next one begin
_MOSTLY = 0.9  # of the rounds
_COME = 0.1  # of the first loss: less has not been learned


def rounds_joined(
    parts: Sequence[NDArray[np.int64]], key: NDArray[np.float64], loss: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return a count that goes on over the rounds, None where the parts are trainings of their own: folds of a
    cross-validation begin again where the first one began.

    Args:
        parts: the rows of each count that starts again.
        key: float64[rows], the count.
        loss: float64[rows].
    """
    if len(parts) < _FEWEST or any(part.size < _LEAST for part in parts) or sum(map(len, parts)) != key.size:
        return None
    begins, ends = np.array([key[part[0]] for part in parts]), np.array([key[part[-1]] for part in parts])
    if not np.isfinite(key).all() or np.unique(begins).size != 1 or np.unique(ends[:-1]).size != 1:
        return None
    if ends[-1] > ends[0] or any(bool((np.diff(key[part]) < 0).any()) for part in parts):
        return None
    first, last = np.array([loss[part[0]] for part in parts]), np.array([loss[part[-1]] for part in parts])
    if not np.isfinite([first, last]).all():
        return None
    come = first[0] - last[:-1]
    on = (np.abs(first[1:] - last[:-1]) <= _ON * come) & (come > _COME * abs(first[0]))
    if np.count_nonzero(on) < _MOSTLY * on.size:
        return None
    spacing = float(np.median(np.diff(key[parts[0]])))
    width = ends[0] - begins[0] + max(spacing, 1.0)
    joined = key.copy()
    for number, part in enumerate(parts):
        joined[part] += number * width
    return joined
