"""The part of the protobuf wire format and of TensorBoard's messages that event files need: Event, Summary.Value,
TensorProto, HistogramProto.

Spans (start, end) are positions in the payload, so that a caller can cut the same bytes out of many records of one
shape.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.readers.protobuf import BYTES, FIXED32, FIXED64, VARINT, WireError, fields, read_varint

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[int, int]

MOST_ELEMENTS = 1 << 24  # no tensor or histogram is decoded beyond so many elements

_DTYPES: dict[int, str] = {
    1: "<f4",
    2: "<f8",
    3: "<i4",
    4: "<u1",
    5: "<i2",
    6: "<i1",
    9: "<i8",
    10: "?",
    14: "bfloat16",
    17: "<u2",
    19: "<f2",
    22: "<u4",
    23: "<u8",
}  # fmt: skip
_TYPED_FIELDS = {5: "<f4", 6: "<f8", 7: "varint", 10: "varint", 11: "varint", 13: "varint", 16: "varint", 17: "varint"}
STRING = 7


@dataclass(slots=True)
class Value:
    """One Summary.Value: its tag, what kind it is, and where its content stands.

    `kind` is "simple", "tensor", "histogram", "image", "audio", "none" or "other".
    """

    tag: bytes = b""
    kind: str = "none"
    span: Span = (0, 0)
    plugin: bytes = b""
    content: Span = (0, 0)


@dataclass(slots=True)
class Event:
    """One Event: when, at which step, and what."""

    time: Span | None = None
    step: Span | None = None
    what: str = "nothing"
    content: Span = (0, 0)
    values: list[Value] = field(default_factory=list)


_EVENT_KINDS = {
    3: "file_version",
    4: "graph",
    5: "summary",
    6: "log_message",
    7: "session_log",
    8: "run_metadata",
    9: "meta_graph",
}
_VALUE_KINDS = {2: "simple", 3: "other", 4: "image", 5: "histogram", 6: "audio", 8: "tensor"}
_EVENT_WIRES = {1: FIXED64, 2: VARINT, 3: BYTES, 4: BYTES, 5: BYTES, 6: BYTES, 7: BYTES, 8: BYTES, 9: BYTES}
_VALUE_WIRES = {1: BYTES, 2: FIXED32, 4: BYTES, 5: BYTES, 6: BYTES, 8: BYTES, 9: BYTES}


def parse_event(data: bytes) -> Event:
    """Parse one payload down to the spans of its values.

    Raises:
        WireError: it is not an Event.
    """
    event = Event()
    for number, kind, start, end in fields(data, 0, len(data)):
        if _EVENT_WIRES.get(number, kind) != kind:
            raise WireError(f"field {number} of an event of wire type {kind}")
        if number == 1:
            event.time = (start, end)
        elif number == 2:
            event.step = (start, end)
        elif number in _EVENT_KINDS:
            event.what, event.content = _EVENT_KINDS[number], (start, end)
            if number == 5:
                event.values.extend(
                    _parse_value(data, a, b) for n, w, a, b in fields(data, start, end) if n == 1 and w == BYTES
                )
    return event


def _parse_value(data: bytes, start: int, end: int) -> Value:
    value = Value()
    for number, kind, a, b in fields(data, start, end):
        if _VALUE_WIRES.get(number, kind) != kind:
            raise WireError(f"field {number} of a value of wire type {kind}")
        if number == 1:
            value.tag = data[a:b]
        elif number == 3 and kind == FIXED32:  # where TensorBoard once had a histogram, MindSpore has its scalar
            value.kind, value.span = "simple", (a, b)
        elif number in _VALUE_KINDS:
            value.kind, value.span = _VALUE_KINDS[number], (a, b)
        elif number == 9:
            for n, w, c, d in fields(data, a, b):
                if n == 1 and w == BYTES:
                    for n2, w2, e, f in fields(data, c, d):
                        if n2 == 1 and w2 == BYTES:
                            value.plugin = data[e:f]
                        elif n2 == 2 and w2 == BYTES:
                            value.content = (e, f)
    return value


@dataclass(slots=True)
class Tensor:
    """A TensorProto before it is decoded: type, shape as declared, and where its elements stand."""

    dtype: int = 0
    shape: tuple[int, ...] = ()
    raw: Span | None = None
    typed: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def elements(self) -> int:
        """Number of elements that the shape declares; never acted upon without a bound."""
        total = 1
        for size in self.shape:
            total *= size
        return total


def parse_tensor(data: bytes, span: Span) -> Tensor:
    """Parse a TensorProto; nothing is expanded.

    Raises:
        WireError: it is not one.
    """
    tensor = Tensor()
    for number, kind, a, b in fields(data, *span):
        if number == 1 and kind == VARINT:
            tensor.dtype, _ = read_varint(data, a, b)
        elif number == 2 and kind == BYTES:
            tensor.shape = tuple(_dimension(data, c, d) for n, w, c, d in fields(data, a, b) if n == 2 and w == BYTES)
        elif number == 4 and kind == BYTES:
            tensor.raw = (a, b)
        elif number in _TYPED_FIELDS or number == 8:
            tensor.typed.append((number, kind, a, b))
    return tensor


def _dimension(data: bytes, start: int, end: int) -> int:
    return next((read_varint(data, a, b)[0] for n, w, a, b in fields(data, start, end) if n == 1 and w == VARINT), 0)


def tensor_values(data: bytes, tensor: Tensor) -> NDArray[np.float64] | None:
    """Return the stored elements as float64[n], at most as many as are really there; None for types that are not
    numbers.

    A repeated field that is shorter than the shape stands for a tensor filled with its last element; it is returned
    as stored.
    """
    dtype = _DTYPES.get(tensor.dtype)
    if dtype is None:
        return None
    if tensor.raw is not None and tensor.raw[1] > tensor.raw[0]:
        start, end = tensor.raw
        raw = data[start:end]
        if dtype == "bfloat16":
            return _bfloat16(np.frombuffer(raw[: len(raw) // 2 * 2], "<u2"))
        size = np.dtype(dtype).itemsize
        return np.frombuffer(raw[: len(raw) // size * size], dtype).astype(np.float64)
    numbers: list[Any] = []
    for field_number, kind, a, b in tensor.typed:
        form = _TYPED_FIELDS.get(field_number)
        if form is None:
            continue
        if form == "varint":
            position = a
            while position < b and len(numbers) < MOST_ELEMENTS:
                number, position = read_varint(data, position, b)
                numbers.append(number)
                if kind == VARINT:
                    break
        else:
            size = np.dtype(form).itemsize
            numbers.extend(np.frombuffer(data[a : a + (b - a) // size * size], form).tolist())
    return _typed(numbers, dtype)


def _typed(numbers: list[Any], dtype: str) -> NDArray[np.float64]:
    if dtype in ("bfloat16", "<f2"):
        bits = np.array([n & 0xFFFF for n in numbers], dtype="<u2")
        return _bfloat16(bits) if dtype == "bfloat16" else bits.view("<f2").astype(np.float64)
    if dtype in ("<i1", "<i2", "<i4", "<i8"):
        # Negative numbers are written as 64-bit two's complement.
        return np.array([n - (1 << 64) if n >= 1 << 63 else n for n in numbers], dtype=np.float64)
    return np.array(numbers, dtype=np.float64)


def _bfloat16(bits: NDArray[Any]) -> NDArray[np.float64]:
    return (bits.astype("<u4") << np.uint32(16)).view("<f4").astype(np.float64)


def tensor_strings(data: bytes, tensor: Tensor, limit: int) -> list[bytes]:
    """Return the stored texts of a string tensor, at most `limit` bytes in all."""
    found: list[bytes] = []
    for number, kind, a, b in tensor.typed:
        if number == 8 and kind == BYTES and limit > 0:
            found.append(data[a : min(b, a + limit)])
            limit -= b - a
    return found


@dataclass(slots=True)
class HistogramValue:
    """A HistogramProto or a [k, 3] tensor: moments (NaN where unknown) and buckets."""

    low: float
    high: float
    num: float
    total: float
    squares: float
    left: NDArray[np.float64] | None  # None: they follow from the right ones, see `quick.left_edges`
    right: NDArray[np.float64]
    counts: NDArray[np.float64]
    exact: bool


def parse_histogram(data: bytes, span: Span) -> HistogramValue:
    """Parse an old-style histogram: exact moments, buckets by their right edges.

    The first bucket of TensorBoard's own writer begins at the smallest double; its left edge is given as the
    smallest value instead.

    Raises:
        WireError: it is not one.
    """
    moments = {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.0, 5: 0.0}
    limits: list[NDArray[np.float64]] = []
    counts: list[NDArray[np.float64]] = []
    for number, kind, a, b in fields(data, *span):
        if number in moments and kind == FIXED64:
            moments[number] = float(np.frombuffer(data, "<f8", 1, a)[0])
        elif number in (6, 7) and kind in (BYTES, FIXED64):
            (limits if number == 6 else counts).append(np.frombuffer(data, "<f8", (b - a) // 8, a))
    right = np.concatenate(limits) if limits else np.zeros(0)
    count = np.concatenate(counts) if counts else np.zeros(0)
    size = min(right.size, count.size)
    right, count = right[:size].astype(np.float64), count[:size].astype(np.float64)
    left = np.empty_like(right)
    if size:
        left[1:] = right[:-1]
        left[0] = min(moments[1], float(right[0])) if np.isfinite(moments[1]) else float(right[0])
    return HistogramValue(moments[1], moments[2], moments[3], moments[4], moments[5], left, right, count, exact=True)


def histogram_of_rows(values: NDArray[np.float64]) -> HistogramValue:
    """Make a histogram of a new-style tensor, rows (left, right, count); its moments are those of the bucket
    midpoints.
    """
    rows = values[: values.size // 3 * 3].reshape(-1, 3)
    left, right, counts = rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()
    middle = (left + right) / 2.0
    filled = counts > 0
    low = float(left[filled].min()) if filled.any() else float("nan")
    high = float(right[filled].max()) if filled.any() else float("nan")
    total, squares = float((middle * counts).sum()), float((middle * middle * counts).sum())
    return HistogramValue(low, high, float(counts.sum()), total, squares, left, right, counts, exact=False)


def parse_hparams(data: bytes, span: Span) -> tuple[dict[str, bool | int | float | str | None], str]:
    """Parse the content of the hparams plugin: (hyper-parameters, status of the session's end or "").

    Whole numbers come back as int, because the format knows only doubles.
    """
    settings: dict[str, bool | int | float | str | None] = {}
    status = ""
    for number, kind, a, b in fields(data, *span):
        if number == 3 and kind == BYTES:
            for n, w, c, d in fields(data, a, b):
                if n == 1 and w == BYTES:
                    key, value = _setting(data, c, d)
                    settings[key] = value
        elif number == 4 and kind == BYTES:
            code = next((read_varint(data, c, d)[0] for n, w, c, d in fields(data, a, b) if n == 1 and w == VARINT), 0)
            status = {1: "success", 2: "failure", 3: "running"}.get(code, "")
    return settings, status


def _setting(data: bytes, start: int, end: int) -> tuple[str, bool | int | float | str | None]:
    key, value = "", None
    for number, kind, a, b in fields(data, start, end):
        if number == 1 and kind == BYTES:
            key = data[a:b].decode("utf-8", "backslashreplace")
        elif number == 2 and kind == BYTES:
            value = _struct_value(data, a, b)
    return key, value


def _struct_value(data: bytes, start: int, end: int) -> bool | int | float | str | None:
    for number, kind, a, b in fields(data, start, end):
        if number == 2 and kind == FIXED64:
            value = float(np.frombuffer(data, "<f8", 1, a)[0])
            return int(value) if value.is_integer() and abs(value) < 2**53 else value
        if number == 3 and kind == BYTES:
            return data[a:b].decode("utf-8", "backslashreplace")
        if number == 4 and kind == VARINT:
            return bool(read_varint(data, a, b)[0])
    return None
