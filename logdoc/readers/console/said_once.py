"""What a line says once for several numbers: which parts of the data they are of, ``loss 0.5/0.6 (train/val)``,
``Loss: 0.5 (train), 0.6 (val)``, ``Loss: train=0.5 val=0.6``, and what they make up, ``Loss: total 0.9, box 0.4``.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from logdoc.readers.console import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.console.slot import Slot

_PART = r"train(?:ing)?|trn|val(?:id(?:ation)?)?|dev|eval|test(?:ing)?|holdout"
_LEGEND = re.compile(
    rf"\(\s?({_PART}|t)\s?[/|,]\s?({_PART}|v)\s?\)|(?<![\w/])({_PART})(?:[/|]|, )({_PART})(?![\w/])", re.IGNORECASE
)
_LETTERS = {"t": "train", "v": "val"}
_BEHIND = re.compile(rf"\s?[\[(]({_PART})(?: set)?[\])]", re.IGNORECASE)
_HEAD = re.compile(
    rf"(?:^|[^\w@.])([A-Za-z][\w@]*(?: [A-Za-z][\w@]*)?)\s*[:(\[{{|\-][\s:(\[{{|\-]*(?:{_PART})\s*[=:]?\s*$",
    re.IGNORECASE,
)
_HEAD_IN_NAME = re.compile(rf"([A-Za-z]\w*)\(({_PART})", re.IGNORECASE)  # Loss(train=0.5, val=0.6)
_TOTAL = re.compile(
    r"loss(?:es)?['\"]?\s*[:,\[({|\-][\s:,\[({|\-]*['\"]?(?:total|overall|all|sum)['\"]?\s*[:=]?\s*$", re.IGNORECASE
)
_BETWEEN = frozenset("/|,")
_PAIR = 2


def put_what_is_said_once(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Give the numbers of a line the names and parts of the data that stand in it once for several of them."""
    _by_legend(line, spans, slots)
    _by_brackets_behind(line, spans, slots)
    _under_heads(line, spans, slots)
    _name_totals(line, spans, slots)


def _by_legend(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Place pairs of numbers, ``0.5/0.6``, where the line says of what they are: ``(train/val)``."""
    legend = _LEGEND.search(line)
    if legend is None:
        return
    parts = [_LETTERS.get(word.lower(), words.split_of(word)) for word in legend.groups() if word]
    if len(set(parts)) < _PAIR or "train" not in parts:
        return
    for i, (slot, other) in enumerate(pairwise(slots)):
        between = line[spans[i][1] : spans[i + 1][0]].strip()
        if slot.role != "value" or other.role != "value" or between not in _BETWEEN or other.name != f"{slot.name} 2":
            continue
        said = _LEGEND.sub(" ", slot.name).split()
        name = " ".join(word for word in said if not words.split_of(word)).strip("_-: ")
        for one, part in ((slot, parts[0]), (other, parts[1])):
            one.name, one.split = name or part, part if name else ""


def _by_brackets_behind(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Place numbers behind each of which its part of the data stands in brackets; one name may stand for all."""
    found = [
        (slot, match)
        for slot, (_, end) in zip(slots, spans, strict=True)
        if slot.role in ("value", "other") and not slot.counter and (match := _BEHIND.match(line, end)) is not None
    ]
    parts = {words.split_of(match[1]) for _, match in found}
    if len(found) < _PAIR or len(parts) < _PAIR or _BEHIND.search(line[: found[0][1].start()]):
        return
    last = ""
    for slot, match in found:
        last = "" if slot.role == "other" and slot.why.startswith("a best") else last
        own = _BEHIND.sub("", slot.name).strip(" ,;|()[]")
        last = own if own and slot.role == "value" and not words.split_of(own) else last
        part = words.split_of(match[1])
        slot.role, slot.why, slot.paired = "value", "", True
        slot.name, slot.split = last or part, part if last else ""


def _under_heads(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Name numbers that only a part of the data names after the measure in front of the first of them."""
    head = last = ""
    for i, slot in enumerate(slots):
        inside = line[spans[i - 1][1] if i else 0 : spans[i][0]].lstrip()[:1] in ("(", "[")
        if last and inside and slot.role == "value" and not words.split_of(slot.name):
            slot.split = last  # train=0.5 (acc=0.8)
            continue
        last = ""
        if slot.role == "value" and (joined := _HEAD_IN_NAME.fullmatch(slot.name)) and _is_head(joined[1]):
            head, slot.name, slot.split = joined[1], joined[1], words.split_of(joined[2])
            continue
        part = words.split_of(slot.name) if slot.role == "value" else ""
        if slot.role == "value" and not part and i + 1 < len(slots) and _heads_next(slot, slots[i + 1]):
            head, _, part = slot.name.rpartition(" ")
            last = words.split_of(part)
            slot.name, slot.split = head, last
            continue
        if not part:
            head = "" if slot.role == "value" else head
            continue
        found = _HEAD.search(line[spans[i - 1][1] if i else 0 : spans[i][0]])
        said = found[1].split() if found is not None else []
        measure = next((" ".join(said[k:]) for k in range(len(said)) if _is_head(" ".join(said[k:]))), "")
        head = measure or (head if found is None else "")
        last = part
        if head:
            slot.name, slot.split = head, part


def _heads_next(slot: Slot, other: Slot) -> bool:
    """Tell whether a name is that of a measure on one part of the data, and what follows is on another part that alone
    is named: ``rmse train 0.5 test 0.6``.
    """
    head, _, said = slot.name.rpartition(" ")
    parts = words.split_of(said), words.split_of(other.name)
    return other.role == "value" and all(parts) and parts[0] != parts[1] and _is_head(head)


def _is_head(name: str) -> bool:
    return words.is_measure(name) and not words.is_time(name) and not words.split_of(name)


def _is_sum(i: int, before: str, slots: list[Slot], line: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a number is the sum of the two in front of it, said so: ``CE 0.5 + KL 0.2 = 0.7``."""
    if i < _PAIR or before.strip() != "=" or not slots[i - 1].role == slots[i - 2].role == "value":
        return False
    return line[spans[i - 2][1] : spans[i - 1][0]].lstrip().startswith("+")


def _name_totals(line: str, spans: Sequence[tuple[int, int]], slots: list[Slot]) -> None:
    """Call the total of what a line heads as the loss so: ``Loss: total 0.9, box 0.4``."""
    for i, slot in enumerate(slots):
        before = line[spans[i - 1][1] if i else 0 : spans[i][0]]
        if (slot.role in ("value", "time") and _TOTAL.search(before)) or _is_sum(i, before, slots, line, spans):
            slot.role, slot.name, slot.why, slot.paired = "value", "total loss", "", True
