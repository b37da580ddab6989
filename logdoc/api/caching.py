"""The user's cache of judged runs: where it is, how large, and how it is emptied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.resources.store import cache_folder
from logdoc.scale.cache import ROOM, clear, entries_in, most_bytes

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """How the cache stands.

    Attributes:
        folder: where it is; None where nothing is kept.
        entries: how many logs are kept.
        size: bytes.
        limit: bytes at most; the oldest go first.
    """

    folder: Path | None
    entries: int
    size: int
    limit: int


def cache_info() -> CacheInfo:
    """Return how the cache stands."""
    folder = cache_folder()
    entries = [] if folder is None else entries_in(folder / ROOM)
    return CacheInfo(folder, len(entries), sum(size for _, _, size in entries), most_bytes())


def clear_cache() -> int:
    """Remove every judged run from the cache; return how many there were."""
    folder = cache_folder()
    return 0 if folder is None else clear(folder / ROOM)
