"""A look at the first records of an event file, for grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.files import read_regular
from logdoc.readers.tensorboard.contents import shown_tag
from logdoc.readers.tensorboard.framing import find_frames
from logdoc.readers.tensorboard.wire import parse_event

if TYPE_CHECKING:
    from pathlib import Path

_PEEK = 64 << 10
_MOST = 8


def first_tags(file: Path) -> set[str]:
    """Return the tags of the first records, at most eight; none for a file that cannot be read."""
    try:
        data = np.frombuffer(read_regular(file, _PEEK), dtype=np.uint8)
    except OSError:
        return set()
    frames = find_frames(data)
    tags: set[str] = set()
    for offset, length in zip(frames.offsets[:64], frames.lengths[:64], strict=True):
        try:
            event = parse_event(data[offset : offset + length].tobytes())
        except ValueError:
            continue
        tags.update(shown_tag(value.tag) for value in event.values)
        if len(tags) >= _MOST:
            break
    return tags
