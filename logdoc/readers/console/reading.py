"""From a console log to a run: lines that repeat are rows, the rest is talk."""

from __future__ import annotations

import collections
import math
import re
from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.readers.console.cleaning import lines_of
from logdoc.readers.console.crashes import crashes_in
from logdoc.readers.console.parsing import NUMBER, Line, number, parse_line
from logdoc.readers.delimited.dialect import detect_encoding
from logdoc.readers.files import describe_bytes, read_regular, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.mlflow import as_value
from logdoc.readers.source import RunSource
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.rows import columns_of
from logdoc.readers.tables.wide import arrange_wide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.model import ConfigValue

MAX_FILE = 512 << 20
_SUFFIXES = (".log", ".txt", ".out", ".err", ".stdout", ".stderr")
_NEAR = 6  # lines; measures that follow a line with counters so closely belong to it
_PART = 3  # rows; a shorter run in a file of several is an attempt that was broken off
_ENOUGH = 3  # rows of a kind; a log repeats itself, talk and program text do not
_BOX = re.compile(r"^\|\s*([^|]{1,80}?)\s*\|\s*([^|]*?)\s*\|$")
_COUNTERS = ("step", "epoch", "batch")
_NAMESPACE = re.compile(r"\bNamespace\((.{1,8000})\)")
_SETTING = re.compile(rf"(\w+)=('[^']{{0,200}}'|True|False|None|{NUMBER})(?=[,)]|$)", re.IGNORECASE)

Row = tuple[int, Line]


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a console log: three rows or more with a counter and a measure."""
    # Terminals are sent colours and backspaces, which make a text look like binary data.
    encoding = _encoding(head)
    file = name.rpartition("/")[2]
    if encoding is None or ("." in file and not file.lower().endswith(_SUFFIXES)):
        return None
    if describe_bytes(_shown(head)) not in {"a text", "a JSON document"}:
        return None
    rows = _rows_of(head.decode(encoding, "replace"))
    return "console log" if len(rows) >= _ENOUGH else None


def _shown(head: bytes) -> bytes:
    return head.replace(b"\x1b", b"").replace(b"\x08", b"").replace(b"\r", b"\n")


def _encoding(head: bytes) -> str | None:
    return detect_encoding(_shown(head))


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return [RunSource(shown_relative(path, root), "console", root, (path,)) for path in files]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one log."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True)]
    text = data.decode(_encoding(data[: 64 << 10]) or "utf-8", "replace")
    rows = _rows_of(text)
    if not rows:
        return [Defect(shown, "not judged: a text in which no line names a step or epoch and a measure")]
    _restore_nan(rows)
    defects = [
        Defect(shown, f"the program {crash.what}: {crash.text}", f"line {crash.line:,}", ended=True)
        for crash in crashes_in(text)
    ]
    config, sources, more = read_beside(path.parent, source.root)
    config = {**config, **_settings(text)}
    parts = _parts(rows)
    runs: list[Run | Defect] = []
    for i, part in enumerate(parts, 1):
        columns, left_out = columns_of([{**line.counters, **line.values} for _, line in part])
        piece = arrange_wide(columns, len(part))
        piece.curves.left_out.update(left_out)
        piece.note = f"console log, {len(part):,} rows in lines {part[0][0]:,} to {part[-1][0]:,}, {piece.note}"
        id_ = source.id if len(parts) == 1 else f"{source.id}/part {i}"
        told = [*(defects if i == len(parts) else ()), *more]
        if len(parts) > 1:
            told.append(
                Defect(
                    shown,
                    f"the counters start again {len(parts) - 1:,} times: this is run {i} of {len(parts)} in the file",
                    f"line {part[0][0]:,}",
                )
            )
        runs.append(run_of(id_, source, (shown, *sources), piece, config=config, defects=told))
    return runs


def _rows_of(text: str) -> list[Row]:
    """Return the rows of a log, each with the number of its line.

    A row is what is said under the same counters, in one line or a few.
    """
    rows: list[Row] = []
    state: dict[str, float] = {}
    box: dict[str, float] = {}
    prefix = ""
    for at, line in lines_of(text):
        match = _BOX.match(line) if line.startswith("|") else None
        if match:
            prefix = _take_box(match[1], match[2], box, prefix, rows, at)
            continue
        if box:
            rows.append((at, _of_box(box)))
            box, prefix = {}, ""
        said = parse_line(line)
        if not said.values:
            if said.counters and len(line) < 160:
                state = {**({} if "epoch" in said.counters else state), **said.counters}
            continue
        _add(rows, at, said, state)
    if box:
        rows.append((0, _of_box(box)))
    return _repeated(rows)


def _add(rows: list[Row], at: int, said: Line, state: dict[str, float]) -> None:
    last = rows[-1] if rows else None
    fits = last is not None and not said.values.keys() & last[1].values.keys()
    if (
        last is not None
        and fits
        and at - last[0] <= _NEAR
        and (not said.counters or said.counters.items() <= last[1].counters.items())
    ):
        last[1].values.update(said.values)
        rows[-1] = (at, last[1])
        return
    if not said.counters:
        said.counters = dict(state)
    elif "epoch" not in said.counters and "epoch" in state:
        said.counters = {"epoch": state["epoch"], **said.counters}
    if said.counters or any(key in said.values for key in ("epoch", "step")):
        rows.append((at, said))
        state.update(said.counters)


def _take_box(key: str, value: str, box: dict[str, float], prefix: str, rows: list[Row], at: int) -> str:
    """Take a line of a table drawn with bars, as Stable-Baselines and its forerunners print; return the group for the
    next lines.
    """
    if key.endswith("/") and not value:
        return key
    if re.fullmatch(NUMBER, value, re.IGNORECASE):
        name = key if "/" in key else f"{prefix}{key}"
        if name in box:
            rows.append((at, _of_box(box)))
            box.clear()
        box[name] = number(value)
    return prefix


def _of_box(box: dict[str, float]) -> Line:
    return Line({"row": 1.0}, dict(box))


def _repeated(rows: list[Row]) -> list[Row]:
    """Drop the rows that say something only once in a log that repeats itself, and the keys of no others."""
    rows = [(at, Line({k: v for k, v in line.counters.items() if k != "row"}, line.values)) for at, line in rows]
    often = collections.Counter(key for _, line in rows for key in line.values)
    most = max(often.values(), default=0)
    if most < _ENOUGH:
        return rows
    usual = collections.Counter(key for _, line in rows for key in line.counters).most_common(1)
    main = usual[0][0] if usual else ""
    kept = [
        (at, Line(line.counters, {k: v for k, v in line.values.items() if often[k] >= min(_ENOUGH, most // 10)}))
        for at, line in rows
        if main in line.counters or not main
    ]
    return _joined([(at, line) for at, line in kept if line.values])


def _joined(rows: list[Row]) -> list[Row]:
    """Count batches on over the epochs, and drop an epoch that never changes beside steps: it was said once, somewhere
    else.
    """
    if any("step" in line.counters for _, line in rows):
        if len({line.counters.get("epoch") for _, line in rows}) <= 2:
            for _, line in rows:
                line.counters.pop("epoch", None)
        return rows
    batches = [line.counters["batch"] for _, line in rows if "batch" in line.counters and "epoch" in line.counters]
    if len(batches) < _ENOUGH:
        return rows
    per_epoch = max(batches) + min((b for b in batches if b > 0), default=1.0) * (0 in batches)
    for _, line in rows:
        batch = line.counters.pop("batch", max(batches))
        line.counters["step"] = line.counters.get("epoch", 0.0) * per_epoch + batch
    return rows


def _parts(rows: list[Row]) -> list[list[Row]]:
    """Return the runs of a log that several were appended to: where the counters are back at their beginning, a run of
    some length starts.
    """
    key = "step" if sum("step" in line.counters for _, line in rows) * 2 > len(rows) else "epoch"
    parts: list[list[Row]] = []
    last = lowest = math.inf
    for at, line in rows:
        value = line.counters.get(key, last)
        if not parts or (value < last and value <= lowest and len(parts[-1]) >= _PART):
            parts.append([])
            lowest = value if parts else math.inf
        parts[-1].append((at, line))
        last = value
        lowest = min(lowest, value)
    return [part for part in parts if len({line.counters.get(key) for _, line in part}) >= _PART] or [rows]


def _restore_nan(rows: list[Row]) -> None:
    """Put NaN where Megatron-LM leaves the loss out: it prints a mean of zero or more only, and counts the NaN
    iterations in another field.
    """
    losses = {key for _, line in rows for key in line.values if "loss" in key and "scale" not in key}
    for _, line in rows:
        if line.values.get("number of nan iterations", 0) > 0:
            for key in losses - line.values.keys():
                line.values[key] = math.nan


def _settings(text: str) -> dict[str, ConfigValue]:
    match = _NAMESPACE.search(text[: 1 << 20])
    if match is None:
        return {}
    return {
        key: value.strip("'") if value.startswith("'") else as_value(value)
        for key, value in _SETTING.findall(match[1] + ")")
    }
