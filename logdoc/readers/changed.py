"""Files that were emptied or overwritten between being recognised and being read: what they held is lost, whatever
their reader makes of the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.model.notes import CHANGED
from logdoc.readers.discovery import head_of
from logdoc.readers.files import HEAD_SIZE, describe_bytes, read_tail, shown_relative

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.readers.registry import Format
    from logdoc.readers.source import RunSource


def lacking_changed(known: Format, source: RunSource, items: Sequence[Run | Defect]) -> RunSource:
    """Return the source with what is told of its files that are no longer what they were recognised as.

    A format that was named by whoever asked is taken at its word. An empty file is never recognised; whether another
    is still of its format is only asked where nothing came of it, for a log that is written meanwhile begins as before.

    Args:
        known: the format whose reader read it.
        source: what was read.
        items: what came of it.
    """
    if source.told:
        return source
    in_vain = not any(isinstance(item, Run) or item.lost for item in items)
    now = {path: _what_now(known, source.root, path, asked=in_vain) for path in source.files}
    more = [
        Defect(
            shown_relative(path, source.root),
            f"it was recognised as a log ({known.name}), but was {what} when it was read",
            lost=True,
            id=CHANGED,
        )
        for path, what in now.items()
        if what
    ]
    return replace(source, lacking=(*source.lacking, *more)) if more else source


def _what_now(known: Format, root: Path, path: Path, *, asked: bool) -> str:
    """Return what a file is that is no log of the format any more, or an empty text."""
    try:
        if path.stat().st_size and not asked:
            return ""
        head = head_of(path, named=True)
    except OSError:
        return ""  # the reader has told it
    if head and _is_still(known, root, path, head):
        return ""
    return describe_bytes(head)


def _is_still(known: Format, root: Path, path: Path, head: bytes) -> bool:
    """Tell whether the format recognises the file in one of the ways in which it may have been found."""
    below = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    names = (f"{root.name}/{below}", path.name, f"{path.stem}.log")
    heads = (head, read_tail(path, HEAD_SIZE)) if known.by_tail else (head,)
    return any(known.sniff(part, name) is not None for part in heads for name in names)
