"""The curves of every run in one tidy table: run, tag, step, wall_time, value, attempt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from logdoc.errors import ConfigError
from logdoc.redaction import hide
from logdoc.report.escape import visible
from logdoc.report.saving import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from logdoc.model import Run

TARGETS = ("csv", "jsonl", "parquet")
COLUMNS = ("run", "tag", "step", "wall_time", "value", "attempt")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_SPECIAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def write_table(runs: Iterable[Run], to: str, target: Path | IO[bytes], *, attempts: bool = False) -> int:
    """Write the curves of the runs, run by run; return the number of rows.

    In CSV and JSON lines a logged NaN is ``nan`` and ``"NaN"``, and a time that the format does not have is left
    empty, or null.

    Args:
        runs: as read; they may come one by one.
        to: ``csv``, ``jsonl`` or ``parquet``.
        target: a file, which is written whole or not at all, or an open binary stream.
        attempts: also what restarts replaced.

    Raises:
        ConfigError: there is no such target, or pyarrow is missing.
        RenderError: the file could not be written.
    """
    writers: dict[str, Callable[[Iterable[Any], IO[bytes]], int]] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
    if to not in writers:
        raise ConfigError(f"there is no table format '{to}'", where="--to", hint=f"Known are {', '.join(TARGETS)}.")
    frames = _frames(runs, attempts=attempts)
    if not isinstance(target, Path):
        return writers[to](frames, target)
    with whole(target) as stream:
        return writers[to](frames, stream)


def _frames(runs: Iterable[Run], *, attempts: bool) -> Iterator[Any]:
    for run in runs:
        frame = run.to_frame(attempts=attempts)
        if any(_harmless(name) != name for name in run.series):
            frame["tag"] = frame["tag"].astype(object).map(_harmless)
        frame.insert(0, "run", _harmless(run.id))
        yield frame


def _harmless(name: str) -> str:
    """Return a name without secrets that commands no terminal: control characters become visible."""
    return visible(hide(name))


def _no_formula(name: str) -> str:
    """Return a name as a cell that no spreadsheet takes for a formula (OWASP ASVS 1.2.10): behind an apostrophe."""
    return f"'{name}" if name.startswith(_FORMULA) else name


def _csv(frames: Iterable[Any], stream: IO[bytes]) -> int:
    stream.write((",".join(COLUMNS) + "\n").encode())
    rows = 0
    for frame in frames:
        times = frame["wall_time"]
        if any(name.startswith(_FORMULA) for column in ("run", "tag") for name in frame[column].unique()):
            frame = frame.assign(run=frame["run"].map(_no_formula), tag=frame["tag"].astype(object).map(_no_formula))
        text = frame.assign(wall_time=times.astype(object).where(times.notna(), "")) if times.isna().any() else frame
        stream.write(
            text.to_csv(index=False, header=False, na_rep="nan", lineterminator="\n").encode(
                "utf-8", "backslashreplace"
            )
        )
        rows += len(frame)
    return rows


def _jsonl(frames: Iterable[Any], stream: IO[bytes]) -> int:
    rows = 0
    for frame in frames:
        cells = (frame[name].tolist() for name in COLUMNS)
        lines = [json.dumps(dict(zip(COLUMNS, _plain(row), strict=True))) for row in zip(*cells, strict=True)]
        stream.write("".join(f"{line}\n" for line in lines).encode())
        rows += len(frame)
    return rows


def _plain(row: tuple[Any, ...]) -> list[Any]:
    run, tag, step, time, value, attempt = row
    shown = value if np.isfinite(value) else _SPECIAL[str(value)]
    return [run, tag, step, time if np.isfinite(time) else None, shown, attempt]


def _parquet(frames: Iterable[Any], stream: IO[bytes]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError(
            "writing Parquet needs pyarrow", where="--to parquet", hint="pip install 'logdoc[parquet]'"
        ) from None
    text = pa.dictionary(pa.int32(), pa.string())
    kinds = {
        "run": text,
        "tag": text,
        "step": pa.int64(),
        "wall_time": pa.float64(),
        "value": pa.float64(),
        "attempt": pa.int64(),
    }
    schema = pa.schema(list(kinds.items()))
    rows = 0
    with pq.ParquetWriter(stream, schema) as writer:
        for frame in frames:
            columns = [
                pa.array(
                    frame[name].to_numpy() if name not in ("run", "tag") else frame[name].tolist(), from_pandas=False
                )
                for name in COLUMNS
            ]
            columns[3] = pa.array(frame["wall_time"].to_numpy(), from_pandas=True)
            writer.write_table(
                pa.table(
                    [column.cast(kind) for column, kind in zip(columns, kinds.values(), strict=True)], schema=schema
                )
            )
            rows += len(frame)
    return rows
