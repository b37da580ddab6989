"""TensorBoard event files as a format of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.readers.files import HEAD_SIZE, describe_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.model import Run
    from logdoc.readers.source import RunSource


def sniff(head: bytes, name: str) -> str | None:
    """Return how the event file was recognised: by its content, else by its name, since its first record may be the
    damaged one.
    """
    # The length of a record ends in bytes of zero; the reader is imported only where it may be needed.
    if b"\0" not in head[:12] and b"brain.Event:" not in head[:64] and "tfevents" not in name:
        return None
    from logdoc.readers import tensorboard

    if tensorboard.sniff(head):
        return "TensorBoard event file"
    hole = len(head) >= HEAD_SIZE and not head.strip(b"\0")  # what follows it may be whole
    if tensorboard.is_event_name(name.rpartition("/")[2]) and (hole or describe_bytes(head) == "binary data"):
        return "named like a TensorBoard event file"
    return None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the event files as the sources of one run each."""
    from logdoc.readers import tensorboard

    return list(tensorboard.group(root, list(files)))


def read(source: RunSource) -> list[Run]:
    """Return the run of one source."""
    from logdoc.readers import tensorboard

    return [tensorboard.read(source)]
