"""Which name a list of shell patterns means first: ten thousand names are looked through for dozens of patterns."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


def first_named(patterns: Iterable[str], names: Sequence[str], without: Collection[str] = ()) -> str | None:
    """Return the first name that the first pattern with any matches; None where none does.

    Args:
        patterns: in the order in which they count.
        names: in small letters.
        without: names that no pattern means.
    """
    together = "\n".join(names)
    left = [shell_pattern(pattern) for pattern in patterns if _fixed_part(pattern) in together]
    return next((name for pattern in left for name in names if pattern.match(name) and name not in without), None)


@lru_cache(maxsize=256)
def shell_pattern(pattern: str) -> re.Pattern[str]:
    """Return a shell pattern as an expression for whole texts."""
    return re.compile(fnmatch.translate(pattern))


@lru_cache(maxsize=256)
def _fixed_part(pattern: str) -> str:
    """Return the longest text that every name holds which a shell pattern matches."""
    return max(re.split(r"[*?]|\[[^\]]*\]", pattern), key=len)
