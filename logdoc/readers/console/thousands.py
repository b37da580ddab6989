"""Counts that are printed in thousands, ``step 1.5k`` and ``step:2K``, as the whole numbers they stand for."""

from __future__ import annotations

import re

from logdoc.readers.console.ends import ends_of

_COUNT = re.compile(
    r"(?<![\w.])((?:global[ _])?(?:steps?|iters?|iterations?|itr|it|updates?|timesteps?|frames?)"
    r"(?:\s*[:=\[]\s*|\s)|^\[)"
    r"(\d+(?:\.\d+)?)([kKM])?(?:(\s?/\s?)(\d+(?:\.\d+)?)([kKM]))?(?![\w.%])",
    re.IGNORECASE,
)
_SUFFIXED = re.compile(r"\d[kKM](?![\w])")
_FACTORS = {"k": 1e3, "K": 1e3, "M": 1e6}


def has_thousands(text: str) -> bool:
    """Tell whether counts of a text may be printed in thousands."""
    return any(
        _SUFFIXED.search(part) is not None and any(match[3] for match in _COUNT.finditer(part))
        for part in ends_of(text)
    )


class Thousands:
    """The counts of a log line by line. Where several lines say the same number of thousands, ``1K, 1K, 1K, 2K`` for
    1000, 1200, 1400 and 1600, they go on in the steps in which the exact numbers before them grew.
    """

    def __init__(self) -> None:
        self._last = self._stride = 0.0

    def spelt_out(self, line: str) -> str:
        """Return a line with its first count, and what it counts up to, as whole numbers."""
        match = _COUNT.search(line)
        if match is None or not (match[3] or match[2].isdigit()):
            return line
        count = float(match[2]) * _FACTORS.get(match[3] or "", 1.0)
        if match[3]:
            coarse = _FACTORS[match[3]] * 10.0 ** -len(match[2].partition(".")[2])
            expected = self._last + self._stride
            if self._stride > 0 and abs(expected - count) <= coarse / 2:
                count = expected
        elif count > self._last:
            self._stride = count - self._last
        self._last = count
        if not match[3] and not match[6]:
            return line
        bound = f"{match[4]}{round(float(match[5]) * _FACTORS[match[6]])}" if match[6] else ""
        return f"{line[: match.end(1)]}{round(count)}{bound}{line[match.end() :]}"
