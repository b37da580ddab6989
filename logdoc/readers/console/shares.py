"""Whole numbers with a slash between them: shares of what stands behind, and numbers of several things in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.readers.console import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.console.slot import Slot


def drop_chains(line: str, spans: Sequence[tuple[int, int]], slots: Sequence[Slot]) -> None:
    """Mark what is no share of what stands behind it: of three numbers in a row, each is of something else."""
    for slot in slots:
        behind = slot.of + 1
        if slot.role == "value" and slot.of > 0 and behind < len(slots):
            chained = line[spans[slot.of][1] : spans[behind][0]].strip() == "/"
            if chained:  # Training: 6803/3384/3418 total/source/target tokens/sec
                slot.role, slot.why = "other", "the first of several numbers in a row"


def place_shares(line: str, spans: Sequence[tuple[int, int]], tokens: Sequence[str], slots: Sequence[Slot]) -> None:
    """Let what no table knows count perhaps where its share of a whole stands behind it: ``Done 100/3161(3.2%)``."""
    for i, slot in enumerate(slots):
        share = slot.of + 1
        if slot.role != "value" or slot.paired or not 0 < slot.of < len(slots) - 1 or words.is_measure(slot.name):
            continue
        between, behind = line[spans[slot.of][1] : spans[share][0]].strip(), line[spans[share][1] :][:1]
        whole = float(tokens[slot.of].replace(",", ""))
        said = 100 * float(tokens[i].replace(",", "")) / whole if whole else -1.0
        if between == "(" and behind == "%" and abs(float(tokens[share]) - said) <= 1:
            slot.role, slot.name, slot.counter = "other", "", "?ratio"
