"""Zero bytes at the end of a log of lines: a file system reserved the space, or a write never reached the disk."""

from __future__ import annotations

from logdoc.model import Defect
from logdoc.model.notes import ZEROS


def strip_zero_tail(data: bytes, source: str, defects: list[Defect]) -> bytes:
    """Return the data without a tail of zero bytes; one that hides data is reported as a loss."""
    kept = data.rstrip(b"\0")
    if len(kept) < len(data):
        what = (
            f"the file ends in {len(data) - len(kept)} zero bytes: space was reserved or a write never reached the disk"
        )
        defects.append(Defect(source, what, f"offset {len(kept):,}", lost=True, id=ZEROS))
    return kept
