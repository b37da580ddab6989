"""Shell patterns, put together once."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache


@lru_cache(maxsize=512)
def pattern_of(patterns: str) -> re.Pattern[str]:
    """Return what matches a text in small letters that fits one of several shell patterns, separated by |."""
    return re.compile("|".join(fnmatch.translate(one.strip().lower()) for one in patterns.split("|")))
