"""What our reader does not decode (tensors of types without a plain number, such as complex ones) is given to
tbparse, guarded.

tbparse reads a whole file for it and fails on many damaged ones, so it is asked only for undamaged files of a
bounded size, and whatever it does
wrong costs nothing but these tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tensorboard.contents import Contents, Point, shown_tag

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 64 << 20  # bytes of a file that is read a second time


def ask_tbparse(path: Path, contents: Contents) -> None:
    """Add the scalars that tbparse can make of the tensors we did not decode to the points of a file's contents."""
    tags = {shown_tag(tag): tag for tag in contents.tensors}
    if not tags or contents.holes or contents.damaged or path.stat().st_size > LARGEST:
        return
    try:
        from tbparse import SummaryReader

        frame = SummaryReader(str(path), event_types={"tensors"}, extra_columns={"wall_time"}).tensors
        rows = [
            (row.tag, int(row.step), float(row.wall_time), np.asarray(row.value))
            for row in frame.itertuples()
            if row.tag in tags
        ]
    except Exception:
        # The reader of last resort may fail in any way; its tags then stay left out, with the reason they have already.
        return
    for record, (tag, step, time, value) in enumerate(rows):
        if value.size == 1 and np.isreal(value).all():
            contents.points.append(Point(record, tags[tag], step, time, float(np.real(value).reshape(-1)[0])))
            contents.left_out.pop(tag, None)
