"""Zero bytes around a log of lines: a file system reserved the space, or a write never reached the disk."""

from __future__ import annotations

from logdoc.model import Defect
from logdoc.model.notes import ZEROS

_FEWEST = 8


def strip_zero_tail(data: bytes, source: str, defects: list[Defect]) -> bytes:
    """Return the data without a tail of zero bytes; one that hides data is reported as a loss."""
    kept = data.rstrip(b"\0")
    if len(kept) < len(data):
        what = (
            f"the file ends in {len(data) - len(kept)} zero bytes: space was reserved or a write never reached the disk"
        )
        defects.append(Defect(source, what, f"offset {len(kept):,}", lost=True, id=ZEROS))
    return kept


def strip_zero_head(data: bytes, source: str, defects: list[Defect]) -> bytes:
    """Return the data without the zero bytes that they begin with; UTF-16 begins with one at most."""
    if not data.startswith(bytes(_FEWEST)):
        return data
    kept = data.lstrip(b"\0")
    if kept:
        what = (
            f"the file begins with {len(data) - len(kept)} zero bytes: it was emptied while its program went on "
            "writing, or a write never reached the disk"
        )
        defects.append(Defect(source, what, "offset 0", lost=True, id=ZEROS))
    return kept
