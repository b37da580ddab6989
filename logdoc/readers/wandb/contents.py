"""What a ``.wandb`` file holds: rows, settings, the console, and how the run ended."""

from __future__ import annotations

import collections
import json
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model.notes import NO_NUMBERS, UNDECODABLE
from logdoc.readers.protobuf import Value, WireError, collected, field_values, read_varint, text, timestamp, whole
from logdoc.readers.tables.rows import without_collection
from logdoc.readers.wandb.framing import MAGIC, records_in
from logdoc.readers.wandb.history import History, key_and_value, read_history
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

# Fields of Record in wandb_internal.proto.
_HISTORY, _SUMMARY, _OUTPUT, _CONFIG, _STATS, _METRIC, _OUTPUT_RAW, _RUN, _EXIT = 2, 3, 4, 5, 7, 12, 13, 17, 18
_CONSOLE_LIMIT = 256 << 10

Columns = dict[str, tuple["NDArray[np.int64]", "NDArray[np.float64]"]]


@dataclass(slots=True)
class Contents:
    """What was read.

    Attributes:
        rows: number of history records.
        columns: ``key -> (row numbers int64[k], values float64[k])`` in the order in which the keys first appear.
        steps: int64[rows]; W&B's own step, -1 where a row has none.
        histograms: ``key -> [(row, edges float64[n + 1], counts float64[n])]``.
        left_out: ``key -> why``.
        config, summary: ``key -> value``, nested keys joined with a point.
        metrics: ``metric or pattern -> metric it is drawn over``, from `define_metric`.
        system: ``key -> (seconds, value)``.
        console: the last lines that the program printed.
        exit_code: None when the run has no exit record.
        run: id, name, project and the like.
        problems: (offset, what, the id of its note); data were lost by each.
    """

    rows: int = 0
    columns: Columns = field(default_factory=dict)
    steps: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    histograms: dict[str, list[tuple[int, NDArray[np.float64], NDArray[np.float64]]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    system: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    console: str = ""
    exit_code: int | None = None
    run: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Tell whether a file that begins so is a ``.wandb`` file."""
    return head.startswith(MAGIC)


def read_contents(data: bytes) -> Contents:
    """Return what the file holds; damage costs the block it is in and is told."""
    return contents_of(unpacked(data))


@dataclass(slots=True)
class Unpacked:
    """A file taken out of its frames: what is no history is read, the history rows stand behind each other.

    Attributes:
        contents: everything but the history.
        history: the bytes of the rows; `sizes` says how many each has, `offsets` where it began in the file.
    """

    contents: Contents = field(default_factory=Contents)
    history: bytearray = field(default_factory=bytearray)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    offsets: array[int] = field(default_factory=lambda: array("q"))


def unpacked(data: bytes) -> Unpacked:
    """Return the records of a file; afterwards its bytes are no longer needed."""
    found = Unpacked()
    contents = found.contents
    lines: list[str] = []
    metrics: list[dict[int, list[Value]]] = []
    for offset, payload in records_in(data, contents.problems):
        try:
            kind, body = _kind_and_body(payload)
            if kind == _HISTORY:
                found.history += body
                found.sizes.append(len(body))
                found.offsets.append(offset)
            else:
                _take(contents, kind, body, lines, metrics)
        except WireError as error:
            contents.problems.append((offset, f"a record could not be understood ({error})", UNDECODABLE))
    contents.console = "".join(lines)[-_CONSOLE_LIMIT:]
    contents.metrics = _step_metrics(metrics)
    return found


def contents_of(found: Unpacked) -> Contents:
    """Return what a file holds, its history as columns; `found` is used up."""
    contents, offsets = found.contents, found.offsets
    history, found.history = found.history, bytearray()
    with without_collection():
        rows = read_history(history, np.array(found.sizes, dtype=np.int64))
    del history
    contents.problems.extend(
        (offsets[row], "a history row could not be understood to its end", UNDECODABLE) for row in rows.broken[:20]
    )
    contents.rows = rows.count
    _finish(contents, rows)
    contents.problems.extend(_odd_cells(contents, rows, offsets))
    contents.problems.sort()
    return contents


def _odd_cells(contents: Contents, history: History, offsets: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Yield what stands in the place of numbers, as problems; an object has columns of its own."""
    for key, cells in history.objects.items():
        odd = [row for row, value in cells if not isinstance(value, dict)]
        if key not in contents.columns or not odd or contents.columns[key][0].size <= len(odd):
            continue
        many = "1 value" if len(odd) == 1 else f"{len(odd):,} values"
        yield offsets[odd[0]], f"{many} of '{cut(key, 80)}' could not be read as a number", NO_NUMBERS


def _kind_and_body(payload: bytes) -> tuple[int, bytes]:
    """Return the field number of a Record's content and its bytes.

    ``num`` comes first, then the content, as everything writes it.
    """
    at = 0
    if payload[:1] == b"\x08":
        at = 2
        while at < len(payload) and payload[at - 1] > 127:
            at += 1
    if payload[at : at + 1] == b"\x12" and at + 3 < len(payload) and payload[at + 2] < 128:
        # A history row of up to 16 KiB, which is what most records are.
        short = payload[at + 1] < 128
        size = payload[at + 1] if short else payload[at + 1] & 127 | payload[at + 2] << 7
        start = at + 2 if short else at + 3
        if start + size <= len(payload):
            return _HISTORY, payload[start : start + size]
    if at < len(payload):
        key, after = read_varint(payload, at, len(payload))
        if key & 7 == 2 and key >> 3 not in (1, 16, 19, 200):
            size, start = read_varint(payload, after, len(payload))
            if start + size > len(payload):
                raise WireError("it is longer than its record")
            return key >> 3, payload[start : start + size]
    for number, value in field_values(payload):
        if number not in (1, 16, 19, 200) and isinstance(value, bytes):
            return number, value
    return 0, b""


def _take(contents: Contents, kind: int, body: bytes, lines: list[str], metrics: list[dict[int, list[Value]]]) -> None:
    if kind == _CONFIG:
        contents.config.update(_pairs(body))
    elif kind == _SUMMARY:
        contents.summary.update(_pairs(body))
    elif kind in (_OUTPUT, _OUTPUT_RAW):
        lines.append(text(collected(body).get(3)))
    elif kind == _METRIC:
        metrics.append(collected(body))
    elif kind == _STATS:
        _take_stats(contents, body)
    elif kind == _RUN:
        _take_run(contents, collected(body))
    elif kind == _EXIT:
        contents.exit_code = whole(collected(body).get(1))


def _pairs(body: bytes) -> dict[str, Any]:
    """Return the updates of a ConfigRecord or SummaryRecord."""
    found: dict[str, Any] = {}
    for number, value in field_values(body):
        if number == 1 and isinstance(value, bytes):
            key, cell = key_and_value(value)
            if key and cell is not None:
                found[key] = _json(cell)
    return found


def _take_stats(contents: Contents, body: bytes) -> None:
    record = collected(body)
    moment = timestamp(record[2][-1]) if 2 in record else 0.0
    for item in record.get(3, []):
        key, cell = key_and_value(item) if isinstance(item, bytes) else ("", None)
        value = _json(cell) if cell is not None else None
        if key and isinstance(value, int | float):
            contents.system.setdefault(key, []).append((moment, float(value)))


def _take_run(contents: Contents, record: dict[int, list[Value]]) -> None:
    names = {1: "id", 3: "project", 6: "group", 7: "job_type", 8: "name", 12: "sweep"}
    contents.run.update({name: text(record[number]) for number, name in names.items() if record.get(number)})
    contents.run["resumed"] = bool(whole(record.get(18)))
    contents.run["starting_step"] = whole(record.get(14))
    if record.get(17):
        contents.run["start_time"] = timestamp(record[17][-1])
    config = record.get(4, [b""])[-1]
    if isinstance(config, bytes):
        contents.config.update(_pairs(config))


def _step_metrics(records: list[dict[int, list[Value]]]) -> dict[str, str]:
    """Return which metric is drawn over which: by name (field 4), or by the number of the record that defines it (field
    5, from 1).
    """
    found: dict[str, str] = {}
    for record in records:
        name = text(record.get(1)) or text(record.get(2))
        step = text(record.get(4))
        index = whole(record.get(5))
        if not step and 0 < index <= len(records):
            step = text(records[index - 1].get(1))
        if name and step:
            found[name] = step
    return found


def _finish(contents: Contents, history: History) -> None:
    """Sort what rows hold into columns, histograms and what is left out."""
    contents.steps = history.steps
    for key, parts in history.numbers.items():
        rows, values = parts[0]  # one part, as nearly always, shares its row numbers with the other keys
        if len(parts) > 1:
            rows = np.concatenate([part[0] for part in parts])
            values = np.concatenate([part[1] for part in parts])
            order = np.argsort(rows, kind="stable")
            rows, values = rows[order], values[order]
            last = np.append(rows[1:] != rows[:-1], True)
            rows, values = rows[last], values[last]
        contents.columns[key] = (rows, values)
    if "_step" in contents.columns:
        rows, values = contents.columns["_step"]
        known = np.abs(values) < 2.0**62
        contents.steps[rows[known]] = values[known].astype(np.int64)
    _take_objects(contents, history)


def counter_of(contents: Contents) -> str:
    """Return the key that most metrics are drawn over, or an empty text.

    It must stand in most rows: a counter of evaluations alone says nothing of the rows between them.
    """
    drawn_over = collections.Counter(
        step
        for step in contents.metrics.values()
        if step in contents.columns and 2 * contents.columns[step][0].size > contents.rows
    )
    return drawn_over.most_common(1)[0][0] if drawn_over else ""


def _take_objects(contents: Contents, history: History) -> None:
    typed = {key.removesuffix("._type"): cells for key, cells in history.objects.items() if key.endswith("._type")}
    for key, cells in typed.items():
        kinds = {cell for _, cell in cells if isinstance(cell, str)}
        for part in [name for name in (*history.objects, *contents.columns) if name.startswith(f"{key}.")]:
            contents.columns.pop(part, None)
        if kinds != {"histogram"}:
            contents.left_out[key] = f"a {cut(', '.join(sorted(kinds)), 60)}" if kinds else "a medium"
            continue
        parts = {name: dict(history.objects.get(f"{key}.{name}", [])) for name in ("values", "bins", "packedBins")}
        for row, _ in cells:
            _take_histogram(contents, key, row, {name: found[row] for name, found in parts.items() if row in found})
    for key, cells in history.objects.items():
        if any(key.startswith(f"{name}.") for name in typed):
            continue
        for row, value in cells:
            if isinstance(value, dict) and value.get("_type") == "histogram":
                _take_histogram(contents, key, row, value)
            elif key not in contents.columns:
                kind = (
                    value.get("_type", "object")
                    if isinstance(value, dict)
                    else "list"
                    if isinstance(value, list)
                    else "text"
                )
                contents.left_out.setdefault(key, f"a {cut(str(kind), 40)} in every row")
    for points in contents.histograms.values():
        points.sort(key=lambda point: point[0])


def _take_histogram(contents: Contents, key: str, row: int, value: dict[str, Any]) -> None:
    try:
        counts = np.array(value["values"], dtype=np.float64)
        edges = _edges(value)
    except (KeyError, TypeError, ValueError, OverflowError):
        contents.left_out.setdefault(key, "a histogram that could not be understood")
        return
    if counts.ndim == 1 and edges.shape == (counts.size + 1,):
        contents.histograms.setdefault(key, []).append((row, edges, counts))
    else:
        contents.left_out.setdefault(key, "a histogram whose bins and values do not fit")


def _edges(value: dict[str, Any]) -> NDArray[np.float64]:
    packed = value.get("packedBins")
    if not packed:
        return np.array(value["bins"], dtype=np.float64)
    return np.asarray(
        float(packed["min"]) + float(packed["size"]) * np.arange(min(int(packed["count"]), 100_000) + 1),
        dtype=np.float64,
    )


def _json(cell: bytes) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None
