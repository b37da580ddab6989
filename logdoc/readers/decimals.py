"""Numbers out of the bytes of a text, many at once, equal to those of Python's `float` and `int` to the last bit.

Numbers that are written alike (as many digits, the point at the same place) form a matrix of digits. A number of at
most 15 digits is exact in a double, so that one division by a power of ten, also exact, rounds once (Clinger 1990). One
of up to 18 digits is exact in the 64 bits of an extended double, where a machine has them: the quotient is rounded to
those and once more to 53, which is right unless it lies right between two doubles. Such a number, and one that is
written in any other way, is left to Python.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DOUBLE = 15  # digits that are exact in a double
_EXTENDED = 18  # and in a signed integer of eight bytes, and in an extended double
_AT_ONCE = 2048  # numbers whose digits stay in the processor's cache
_FEW = 8  # numbers written alike that are worth a matrix
_BEHIND = np.zeros(24, dtype=np.uint8)  # so that whole words can be read to the end of a text
_HAS_EXTENDED = (np.finfo(np.longdouble).nmant, np.dtype(np.longdouble).itemsize) == (63, 16)
_HALFWAY, _BELOW = np.uint64(0x400), np.uint64(0x7FF)  # of the eleven bits that a double has not


def floats(codes: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers that stand at the given places.

    Args:
        codes: uint8[k], the text.
        begins: int64[n], increasing.
        ends: int64[n], behind the last character of each.

    Raises:
        ValueError: one of them is none.
    """
    sizes = ends - begins
    codes = np.concatenate((codes, _BEHIND))
    values = np.empty(sizes.size, dtype=np.float64)
    point = _points(codes, begins, ends) - begins
    minus = codes[begins] == ord("-")
    left = [np.empty(0, dtype=np.int64)]
    # One key for each way to write up to 18 digits; longer ones may share theirs, for they are left to Python.
    for mine in _groups(np.arange(sizes.size), (sizes << 6) | (point << 1) | minus):
        if mine.size < _FEW:
            left.append(mine)
        else:
            one = int(mine[0])
            hard = _alike(codes, begins, values, mine, int(sizes[one]), int(point[one]), minus=bool(minus[one]))
            left.append(hard)
    for place in np.concatenate(left).tolist():
        values[place] = float(codes[begins[place] : ends[place]].tobytes().decode("ascii"))
    return values


def _points(codes: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the decimal point of each number stands; behind the last digit of a whole one."""
    points = np.flatnonzero(codes == ord("."))
    if points.size == begins.size and bool(((points >= begins) & (points < ends)).all()):
        return points
    points = np.append(points, codes.size)
    found = points[np.searchsorted(points, begins)]
    return np.where(found < ends, found, ends)


def _alike(
    codes: NDArray[np.uint8],
    begins: NDArray[np.int64],
    values: NDArray[np.float64],
    mine: NDArray[np.int64],
    size: int,
    point: int,
    *,
    minus: bool,
) -> NDArray[np.int64]:
    """Fill in the values of numbers that are written alike; return the places of those that are not."""
    fraction = max(0, size - point - 1)
    count = size - int(minus) - (point < size)
    if not 0 < count <= (_EXTENDED if _HAS_EXTENDED else _DOUBLE):
        return mine
    rows = _rows(codes, begins[mine], size)
    number, wrong = _number(rows[:, int(minus) : point])
    if fraction:
        behind, odd = _number(rows[:, point + 1 :])
        number, wrong = number * 10**fraction + behind, wrong | odd
    if count <= _DOUBLE:
        made = number.astype(np.float64) / float(10**fraction)
    else:
        exact = number.astype(np.longdouble) / np.longdouble(10**fraction)
        made = exact.astype(np.float64)
        wrong |= (exact.view(np.uint64)[::2] & _BELOW) == _HALFWAY
    values[mine] = -made if minus else made
    return mine[wrong]


def _rows(codes: NDArray[np.uint8], begins: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    """Return uint8[n, size]: what stands from each begin on; eight characters are taken at once."""
    words = np.ndarray((codes.size - 7,), "<u8", codes, 0, (1,))
    taken = np.empty((begins.size, -(-size // 8)), dtype="<u8")
    for column in range(taken.shape[1]):
        taken[:, column] = words[begins + 8 * column]
    return taken.view(np.uint8)[:, :size]


def _number(digits: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the numbers that rows of at most 18 characters are, and which of the rows are none."""
    plain = digits - np.uint8(ord("0"))
    wrong = np.zeros(plain.shape[0], dtype=np.bool_)
    if plain.max(initial=0) > 9:
        wrong = plain.max(axis=1, initial=0) > 9
    exact = plain.astype(np.float64)
    high, low = exact[:, :-_DOUBLE], exact[:, -_DOUBLE:]
    number = (low @ _powers(low.shape[1])).astype(np.int64)
    if high.shape[1]:
        number += (high @ _powers(high.shape[1])).astype(np.int64) * 10**_DOUBLE
    return number, wrong


def _groups(places: NDArray[np.int64], key: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the places with the same key together, not too many at once; NumPy sorts numbers of 16 bits several times
    faster.
    """
    order = np.argsort(key.astype(np.int16), kind="stable")
    known = key[order]
    cuts = [0, *(np.flatnonzero(known[1:] != known[:-1]) + 1).tolist(), known.size]
    return [
        places[order[at : min(at + _AT_ONCE, end)]]
        for begin, end in pairwise(cuts)
        for at in range(begin, end, _AT_ONCE)
    ]


@lru_cache(maxsize=32)
def _powers(count: int) -> NDArray[np.float64]:
    return np.array([float(10**place) for place in range(count - 1, -1, -1)])


def integers(codes: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the whole numbers of at most 18 digits, without a sign, at the given places; None where one is none.

    Args:
        codes: uint8[k], the text.
        begins: int64[n].
        ends: int64[n], behind the last digit of each.
    """
    sizes = ends - begins
    if sizes.size and (sizes.min() < 1 or sizes.max() > _EXTENDED):
        return None
    codes = np.concatenate((codes, _BEHIND))
    values = np.empty(sizes.size, dtype=np.int64)
    for mine in _groups(np.arange(sizes.size), sizes):
        number, wrong = _number(_rows(codes, begins[mine], int(sizes[mine[0]])))
        if wrong.any():
            return None
        values[mine] = number
    return values
