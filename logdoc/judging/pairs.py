"""Causes that logs alone cannot part, and the test that decides between them: `rules/_vocabulary/pairs.yaml`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.errors import RuleError
from logdoc.resources import bundled
from logdoc.resources.store import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE = "_vocabulary/pairs.yaml"
# The second cause of a pair is at least so probable, as a share of the first, and the first is not as good as certain:
# else one of the two is the answer.
NEAR = 0.6
SURE = 0.9


@lru_cache(maxsize=1)
def pairs() -> Mapping[frozenset[str], str]:
    """Return pair of causes -> the test that decides between them."""
    return {frozenset(key.split()): test for key, test in remembered("pairs", [bundled("rules")], read_pairs).items()}


def read_pairs() -> Mapping[str, str]:
    """Read the pairs from their file: the two ids with a blank between them -> the test.

    Raises:
        RuleError: the table has another form.
    """
    from logdoc.documents import load_yaml

    data = load_yaml((bundled("rules") / FILE).read_text(encoding="utf-8"), where=f"rules/{FILE}").data
    listed = data.get("pairs") if isinstance(data, dict) else None
    made: dict[str, str] = {}
    for entry in listed if isinstance(listed, list) else ():
        causes, test = (entry.get("causes"), entry.get("decides")) if isinstance(entry, dict) else (None, None)
        if not isinstance(causes, list) or len(set(map(str, causes))) != 2 or not isinstance(test, str):
            raise RuleError("a pair holds two causes and the test that decides", where=f"rules/{FILE}")
        made[" ".join(map(str, causes))] = test
    if not made:
        raise RuleError("'pairs' holds a list of pairs", where=f"rules/{FILE}")
    return made


def undecided(probable: Sequence[tuple[str, float]]) -> tuple[str, str, str] | None:
    """Return the two most probable causes and the test that decides, where logs cannot part them.

    Args:
        probable: causes with their probabilities, the most probable first.
    """
    if len(probable) < 2:
        return None
    (first, high), (second, low) = probable[:2]
    test = pairs().get(frozenset((first, second)))
    return (first, second, test) if test is not None and high < SURE and low >= NEAR * high else None
