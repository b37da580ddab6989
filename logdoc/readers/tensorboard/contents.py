"""One event file as data: scalars as columns, histograms, texts, hyper-parameters, session starts, and everything that
was damaged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.protobuf import BYTES, VARINT, fields, read_varint
from logdoc.readers.tensorboard.checksum import masked_crc
from logdoc.readers.tensorboard.columns import Decoded, decode_alike
from logdoc.readers.tensorboard.framing import CAP, DAMAGED, Frames, Hole, find_frames
from logdoc.readers.tensorboard.quick import one_histogram
from logdoc.readers.tensorboard.wire import (
    MOST_ELEMENTS,
    STRING,
    HistogramValue,
    Value,
    histogram_of_rows,
    parse_event,
    parse_histogram,
    parse_hparams,
    parse_tensor,
    tensor_strings,
    tensor_values,
)
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue

_PEEK = 1 << 16  # bytes of a long payload that are read to see what it is
_MOST_TEXT = 1 << 16

SKIPPED = {
    "image": "an image",
    "audio": "audio",
    "other": "of a kind that holds no curve",
    "none": "a value without content",
}
_WHOLE = {"graph": "a graph", "meta_graph": "a meta graph", "run_metadata": "run metadata"}


@dataclass(slots=True)
class Point:
    """A scalar that was read on its own: number of the record, tag, step, wall time, value."""

    record: int
    tag: bytes
    step: int
    time: float
    value: float


@dataclass(slots=True)
class HistogramPoint:
    """A histogram: number of the record, tag, step, wall time, content."""

    record: int
    tag: bytes
    step: int
    time: float
    value: HistogramValue


@dataclass(slots=True)
class Contents:
    """What one event file holds. Record numbers give the order within the file."""

    columns: list[Decoded] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    histograms: list[HistogramPoint] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    config: dict[str, ConfigValue] = field(default_factory=dict)
    session_end: str = ""
    starts: list[tuple[int, int]] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    holes: list[Hole] = field(default_factory=list)
    damaged: list[tuple[int, int]] = field(default_factory=list)
    undecodable: list[int] = field(default_factory=list)
    swollen: list[tuple[int, int, int]] = field(default_factory=list)
    tensors: list[bytes] = field(default_factory=list)
    records: int = 0
    plugins: dict[bytes, bytes] = field(default_factory=dict)


def read_contents(data: NDArray[np.uint8]) -> Contents:
    """Decode uint8[n], the bytes of an event file. Never raises for what they hold."""
    contents = Contents()
    add_piece(contents, data)
    return contents


def add_piece(
    contents: Contents,
    data: NDArray[np.uint8],
    begin: int = 0,
    goes_on: Callable[[int, int], bool] | None = None,
) -> int:
    """Decode uint8[n], a piece of an event file that stands at byte `begin` of it, behind the pieces before.

    Args:
        contents: of the file so far.
        data: the piece.
        begin: where it stands.
        goes_on: as of `find_frames`, where the file is longer.

    Returns:
        How many bytes of the piece are done; with the next one the next piece has to begin.
    """
    frames = find_frames(data, goes_on)
    for hole in frames.holes:
        _add_hole(contents.holes, replace(hole, offset=begin + hole.offset))
    first = contents.records
    contents.records += int(frames.offsets.size)
    columns, rest = decode_alike(data, frames.offsets, frames.lengths)
    contents.columns += [replace(c, records=c.records + first) for c in columns] if first else columns
    contents.plugins.update(_plugins(columns))
    most = 2 * int(frames.lengths[rest].sum()) > data.size
    one_by_one = _OneByOne(data, frames, contents, begin, first, held=most and begin == 0 and goes_on is None)
    for record in rest:
        one_by_one.take(int(record))
    return frames.rest


def _add_hole(holes: list[Hole], hole: Hole) -> None:
    """Append a hole; one that two pieces share is one."""
    last = holes[-1] if holes else None
    if last is None or last.offset + last.size != hole.offset:
        holes.append(hole)
    else:
        kind = last.kind if last.kind == hole.kind else DAMAGED
        holes[-1] = Hole(last.offset, last.size + hole.size, kind)


def _plugins(columns: list[Decoded]) -> dict[bytes, bytes]:
    """The metadata of a tag stands only in its first record: remember it for all."""
    return {slot.tag: slot.plugin for decoded in columns for slots in decoded.slots for slot in slots if slot.plugin}


class _OneByOne:
    """Reads the records of a piece that are not alike enough for columns.

    The piece stands at byte `begin` of its file, its first record is number `first`. Where it is `held`, what is made
    of it may point into its memory; else that is used again for the next piece, or not worth keeping.
    """

    def __init__(
        self, data: NDArray[np.uint8], frames: Frames, contents: Contents, begin: int, first: int, *, held: bool
    ) -> None:
        self.data, self.frames, self.contents, self.plugins = data, frames, contents, contents.plugins
        self.begin, self.first, self.held = begin, first, held
        self.raw = memoryview(data)  # type: ignore[arg-type]  # it is contiguous, and a buffer

    def take(self, record: int) -> None:
        """Check and decode one record by its number; what is wrong with it is noted, never raised."""
        offset, length = int(self.frames.offsets[record]), int(self.frames.lengths[record])
        record, place = self.first + record, self.begin + offset
        if length > _PEEK and self._is_skipped(record, offset, length):
            return
        if length > CAP:
            self.contents.left_out[f"record at offset {place}"] = f"{length:,} bytes; at most {CAP:,} are decoded"
            return
        raw = self.raw[offset : offset + length]
        if masked_crc(raw) != int.from_bytes(self.raw[offset + length : offset + length + 4], "little"):
            self.contents.damaged.append((place, length))
            return
        raw = raw if self.held else memoryview(bytes(raw))
        found = one_histogram(raw)
        if found is not None:
            self.contents.histograms.append(HistogramPoint(record, *found))
            return
        payload = bytes(raw)
        try:
            self._decode(record, payload)
        except (ValueError, OverflowError, IndexError):
            self.contents.undecodable.append(place)

    def _is_skipped(self, record: int, offset: int, length: int) -> bool:
        """Whether a long payload is an image, audio or a graph by its first bytes; nothing else of it is touched."""
        head = self.data[offset : offset + _PEEK].tobytes()
        try:
            position = 0
            while position < len(head):
                key, position = read_varint(head, position, len(head))
                number, kind = key >> 3, key & 7
                if kind == 1:
                    position += 8
                elif kind == VARINT:
                    _, position = read_varint(head, position, len(head))
                elif kind == BYTES:
                    size, position = read_varint(head, position, len(head))
                    if number in (4, 8, 9):
                        self.contents.left_out.setdefault(
                            {4: "graph", 8: "run metadata", 9: "meta graph"}[number], "holds no curve"
                        )
                        return position + size >= length
                    return number == 5 and position + size >= length and self._image_inside(head, position, length)
                else:
                    return False
        except (ValueError, IndexError):
            return False
        return False

    def _image_inside(self, head: bytes, position: int, length: int) -> bool:
        """Whether the summary is one long value, and that an image, audio or a tensor of a plugin that holds
        no curve.
        """
        key, position = read_varint(head, position, len(head))
        size, position = read_varint(head, position, len(head))
        if key != (1 << 3 | BYTES) or position + size < length:
            return False
        tag = b""
        while position < len(head):
            key, position = read_varint(head, position, len(head))
            number, kind = key >> 3, key & 7
            if kind != BYTES:
                return False
            size, position = read_varint(head, position, len(head))
            if number == 1:
                tag = head[position : position + size]
            elif number in (4, 6):
                self.contents.left_out.setdefault(shown_tag(tag), SKIPPED["image" if number == 4 else "audio"])
                return True
            elif number == 9 and b"images" in head[position : position + size]:
                self.plugins[tag] = b"images"
            elif number == 8 and self.plugins.get(tag) in (b"images", b"audio"):
                self.contents.left_out.setdefault(shown_tag(tag), SKIPPED["image"])
                return True
            position += size
        return False

    def _decode(self, record: int, payload: bytes) -> None:
        event = parse_event(payload)
        step = _signed(read_varint(payload, *event.step)[0]) if event.step else 0
        time = float(np.frombuffer(payload, "<f8", 1, event.time[0])[0]) if event.time else float("nan")
        if event.what in _WHOLE:
            self.contents.left_out.setdefault(event.what.replace("_", " "), "holds no curve")
        elif event.what == "session_log":
            status = next(
                (
                    read_varint(payload, a, b)[0]
                    for n, w, a, b in fields(payload, *event.content)
                    if n == 1 and w == VARINT
                ),
                0,
            )
            if status == 1:
                self.contents.starts.append((record, step))
        for value in event.values:
            self._value(record, payload, value, step, time)

    def _value(self, record: int, payload: bytes, value: Value, step: int, time: float) -> None:
        if value.plugin:
            self.plugins[value.tag] = value.plugin
        plugin = self.plugins.get(value.tag, b"")
        if plugin == b"hparams" and value.content[1] > value.content[0]:
            settings, status = parse_hparams(payload, value.content)
            self.contents.config.update(settings)
            self.contents.session_end = status or self.contents.session_end
        elif value.kind == "simple":
            with np.errstate(invalid="ignore"):
                number = float(np.frombuffer(payload, "<f4", 1, value.span[0]).astype(np.float64)[0])
            self.contents.points.append(Point(record, value.tag, step, time, number))
        elif value.kind == "histogram":
            self.contents.histograms.append(
                HistogramPoint(record, value.tag, step, time, parse_histogram(payload, value.span))
            )
        elif value.kind == "tensor":
            self._tensor(record, payload, value, step, time, plugin)
        elif not value.tag.startswith(b"_hparams_"):
            self.contents.left_out.setdefault(shown_tag(value.tag), SKIPPED[value.kind])

    def _tensor(self, record: int, payload: bytes, value: Value, step: int, time: float, plugin: bytes) -> None:
        tag = shown_tag(value.tag)
        if plugin in (b"images", b"audio"):
            self.contents.left_out.setdefault(tag, SKIPPED["image" if plugin == b"images" else "audio"])
            return
        tensor = parse_tensor(payload, value.span)
        if tensor.dtype == STRING:
            texts = tensor_strings(payload, tensor, _MOST_TEXT)
            self.contents.texts[value.tag] = "\n".join(t.decode("utf-8", "backslashreplace") for t in texts)
            return
        numbers = tensor_values(payload, tensor)
        if numbers is None or not numbers.size:
            self.contents.tensors.append(value.tag)
            self.contents.left_out.setdefault(tag, "a tensor that is no number")
            return
        if plugin == b"histograms" or (len(tensor.shape) == 2 and tensor.shape[1] == 3 and plugin != b"scalars"):
            if numbers.size < tensor.elements:
                self.contents.swollen.append((record, tensor.elements, int(numbers.size)))
            self.contents.histograms.append(HistogramPoint(record, value.tag, step, time, histogram_of_rows(numbers)))
        elif tensor.elements == 1 or (plugin == b"scalars" and numbers.size == 1):
            if tensor.elements > numbers.size:
                self.contents.swollen.append((record, tensor.elements, int(numbers.size)))
            self.contents.points.append(Point(record, value.tag, step, time, float(numbers[0])))
        else:
            if tensor.elements > MOST_ELEMENTS:
                self.contents.swollen.append((record, tensor.elements, int(numbers.size)))
            self.contents.left_out.setdefault(tag, f"a tensor of {tensor.elements:,} elements")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def shown_tag(tag: bytes) -> str:
    """Return a tag as text; bytes that are not UTF-8 stand as \\xNN, and a tag of over 512 characters is cut and told
    apart by its hash.
    """
    text = tag.decode("utf-8", "backslashreplace")
    if len(text) <= 512:
        return text
    import hashlib

    return f"{cut(text, 500)}…{hashlib.sha256(tag).hexdigest()[:8]}"
