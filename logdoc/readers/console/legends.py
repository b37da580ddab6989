"""Counters in brackets with what they count in brackets behind them: ``Loss [3, 200](epoch, minibatch): 0.71``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import words
from logdoc.readers.console.names_in_front import name_in_front

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.console.slot import Slot

_LEGEND = re.compile(
    r"[\[(]\s*(\d+)\s*,\s*(\d+)\s*[\])]\s*[\[(]\s*([A-Za-z][\w ]*?)\s*,\s*([A-Za-z][\w ]*?)\s*[\])]\s*[:=]?\s*"
)


def put_legend(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Let numbers in brackets count what the brackets behind them say; the words in front name the number behind."""
    found = _LEGEND.search(line)
    if found is None:
        return
    kinds = [words.header_counter(found[i]) for i in (3, 4)]
    places = {begin: i for i, (begin, _) in enumerate(spans)}
    counted = [places.get(found.start(i)) for i in (1, 2)]
    if not all(kinds) or kinds[0] == kinds[1] or None in counted:
        return
    for i, kind in zip(counted, kinds, strict=True):
        slot = slots[i or 0]
        slot.role, slot.name, slot.counter, slot.paired, slot.why = "counter", kind, kind, False, "named"
    behind = places.get(found.end())
    name, _ = name_in_front(line[: found.start()])
    if behind is not None and words.is_measure(name):
        slot = slots[behind]
        slot.role, slot.name, slot.paired, slot.why = "value", name, True, ""
