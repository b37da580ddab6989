"""Logs in a store that fsspec knows (S3, GCS, Hugging Face ...): the beginnings of all files are read at once, and only
of those that may be logs the rest, many at a time; what is no log is never copied.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logdoc.errors import ReadError
from logdoc.readers.archives import archive_kind
from logdoc.readers.files import HEAD_SIZE, describe_bytes
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.registry import FORMATS
from logdoc.readers.walk import may_hold_log, named_like_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_REMOTE_BYTES = 8 << 30  # of what is copied: the scratch folder holds it until the end
_AT_ONCE = 256  # files whose beginnings are asked for together: bounded memory, and the waiting is shared
_BYTES_AT_ONCE = 64 << 20
_ALWAYS = ("meta.yaml",)


def fetch(system: Any, root: str, url: str, target: Path) -> Path:
    """Copy the logs below a path of a store, and what lies beside them, into a folder; return where they are.

    Args:
        system: a file system of fsspec.
        root: the path in it.
        url: how errors name it.
        target: a new path below which everything is put.

    Raises:
        ReadError: there is nothing, or the logs are larger than `MAX_REMOTE_BYTES` together.
    """
    if system.isfile(root):
        system.get_file(root, str(target))
        return target
    found = {path: about for path, about in system.find(root, detail=True).items() if about.get("type") == "file"}
    if not found:
        raise ReadError("there is no such file or folder.", where=url, hint="Give a log file or a folder with logs.")
    sizes = {path: int(about.get("size") or 0) for path, about in sorted(found.items()) if _may_matter(path)}
    target.mkdir(parents=True, exist_ok=True)
    whole: list[str] = []
    for batch in _batches(sizes, HEAD_SIZE):
        heads = system.cat_ranges(
            batch, [0] * len(batch), [min(sizes[path], HEAD_SIZE) for path in batch], on_error="return"
        )
        for path, head in zip(batch, heads, strict=True):
            if not isinstance(head, bytes) or (sizes[path] > HEAD_SIZE and _is_log(path, head)):
                whole.append(path)
            elif sizes[path] <= HEAD_SIZE:
                _place(path, root, target).write_bytes(head)
    total = sum(sizes[path] for path in whole)
    if total > MAX_REMOTE_BYTES:
        raise ReadError(
            f"its logs are {total / 2**30:.1f} GiB; at most {MAX_REMOTE_BYTES >> 30} GiB are fetched.",
            where=url,
            hint="Name a folder below it, or mount the store.",
        )
    for batch in _batches({path: sizes[path] for path in whole}, None):
        system.get(batch, [str(_place(path, root, target)) for path in batch])
    return target


def _may_matter(path: str) -> bool:
    name = path.rpartition("/")[2]
    return may_hold_log(path) or is_config_name(name) or name in _ALWAYS


def _is_log(path: str, head: bytes) -> bool:
    """Whether a large file is worth its rest, by its beginning; a long text may be one whose end tells."""
    name = path.rpartition("/")[2]
    if named_like_log(name) or is_config_name(name) or archive_kind(name, head) or describe_bytes(head) == "a text":
        return True
    return any(known.sniff(head, path) is not None for known in FORMATS)


def _batches(sizes: dict[str, int], most: int | None) -> Iterator[list[str]]:
    """Yield paths that are fetched together, each counted with at most `most` bytes."""
    batch: list[str] = []
    room = _BYTES_AT_ONCE
    for path, size in sizes.items():
        size = size if most is None else min(size, most)
        if batch and (len(batch) == _AT_ONCE or size > room):
            yield batch
            batch, room = [], _BYTES_AT_ONCE
        batch.append(path)
        room -= size
    if batch:
        yield batch


def _place(path: str, root: str, target: Path) -> Path:
    parts: Sequence[str] = path[len(root) :].lstrip("/").split("/")
    place = target.joinpath(*(local_name(part) for part in parts if part not in {"", ".", ".."}))
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def local_name(name: str) -> str:
    """Return the name of a file in a store as one that any file system takes."""
    return re.sub(r'[<>:"\\|?*\x00-\x1f]', "_", name)[:200] or "_"
