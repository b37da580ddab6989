"""Into event files: the report as a text that TensorBoard shows under the run, in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.errors import ConfigError, RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.pushing.card import Card

TAG = "logdoc/report"
SUFFIX = ".logdoc-report"


def push(cards: Sequence[Card], folder: Path) -> list[str]:
    """Write one event file a run, ``<folder>/<run>/events.out.tfevents...logdoc-report``.

    Returns:
        A sentence a card.

    Raises:
        ConfigError: TensorBoard is not installed.
        RenderError: a file could not be written.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.text.metadata import create_summary_metadata
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
        from tensorboard.util.tensor_util import make_tensor_proto
    except ImportError:
        raise ConfigError("writing event files needs TensorBoard", hint="pip install tensorboard") from None

    told = []
    for card in cards:
        place = folder / _folder_of(card)
        try:
            writer = EventFileWriter(str(place), filename_suffix=SUFFIX)
            value = Summary.Value(
                tag=TAG,
                metadata=create_summary_metadata(display_name="logdoc", description=card.tags["headline"]),
                tensor=make_tensor_proto([card.markdown.encode("utf-8")]),
            )
            writer.add_event(Event(wall_time=_now(), step=card.step, summary=Summary(value=[value])))
            writer.close()
        except OSError as error:
            raise RenderError(f"could not be written: {error.strerror or error}", where=str(place)) from error
        told.append(f"{card.run}: {TAG} in {place}")
    return told


def _folder_of(card: Card) -> str:
    """Return the folder of a run below the one that was named: that of the run where its name can be one."""
    parts = card.run.split("/")
    plain = all(part not in ("", ".", "..") and part.isprintable() and len(part) < 200 for part in parts)
    return card.run if plain and not card.run.startswith("/") and "\\" not in card.run else card.name


def _now() -> float:
    import time

    return time.time()
