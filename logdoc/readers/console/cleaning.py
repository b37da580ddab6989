"""From what a terminal was sent to the lines that a reader of it saw last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINE = 4_000
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BAR = re.compile(r"^(.{0,80}?)\d{1,3}%\|")
_PREFIX = re.compile(
    r"^(?:\s*(?:"
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?\]?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|\[\d\d/\d\d \d\d:\d\d:\d\d\]"
    r"|\[?(?:INFO|DEBUG|WARNING|ERROR|I|root)\]?(?=[\s:|\-]|$)|\[rank ?\d+\]:?|\([\w.]+\)|[\w.]+ INFO"
    r")[\s:|\-]*)+"
)


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line) without colours and log prefixes; of a progress bar its last state only."""
    for number, raw in enumerate(text.split("\n"), 1):
        if "\r" not in raw and "\x08" not in raw:
            line = _plain(raw)
            if line:
                yield number, line
            continue
        last: dict[str, str] = {}
        for piece in re.split(r"[\r\x08]+", raw):
            line = _plain(piece)
            if line:
                bar = _BAR.match(line)
                last[bar[1].strip() if bar else re.sub(r"[\d.]+", "#", line)[:24]] = line
        for line in last.values():
            yield number, line


def _plain(raw: str) -> str:
    line = raw[:MAX_LINE]
    if "\x1b" in line:
        line = _ANSI.sub("", line)
    line = _CONTROL.sub("", line)
    return _PREFIX.sub("", line, count=1).strip()
