"""SQLite databases of trackers, MLflow's and Trackio's, opened read-only with the standard library."""

from __future__ import annotations

import json
import math
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from logdoc.documents import flatten
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, DAMAGED, ENDED, LEFT_OUT, NOTHING
from logdoc.readers import optuna
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.mlflow import add_metrics, as_value, status_defects
from logdoc.readers.noticing import looked_at
from logdoc.readers.source import RunSource
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.column import NUMBER, Column
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.rows import columns_of
from logdoc.readers.tables.wide import Piece, arrange_wide
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.model import ConfigValue

_MAGIC = b"SQLite format 3\0"
_WAL_LIMIT = 1 << 30
MAX_CELL = 16 << 20  # a column may be worked out from others, and be of any length in a file of a few KB
_MLFLOW = frozenset({"runs", "metrics", "params", "experiments"})
_INFINITE = 1.797e308  # MLflow stores +-1.7976931348623157e308 for an infinity


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a database; which one, only its tables say: `group` asks for them."""
    del name
    return "database (SQLite)" if head.startswith(_MAGIC) else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every database of a tracker as a source; it may hold many runs. A single file is one whatever it holds."""
    alone = len(files) == 1 and files[0].parent == root
    return [
        RunSource(shown_relative(path, root), "database", root, (path,), note)
        for path in files
        if (note := _tracker(path)) or alone
    ]


def _tracker(path: Path) -> str:
    """Return whose database it is, or an empty text; one that cannot be opened is told when it is read."""
    try:
        with _as_it_lies(path) as database:
            kind = _kind_of(database, _tables(database))
        if kind or not _log_of(path).exists():
            return kind
        with _opened(path) as database:  # the tables of a young database may be in its write-ahead log only
            return _kind_of(database, _tables(database))
    except (sqlite3.Error, UnicodeDecodeError, OSError):
        return "database (SQLite)"


def _tables(database: sqlite3.Connection) -> set[str]:
    return {str(name) for (name,) in database.execute("select name from sqlite_master where type = 'table'")}


def _kind_of(database: sqlite3.Connection, tables: set[str]) -> str:
    # One of the tables may be missing: then it is a damaged database of a tracker, and not one of something else.
    if len(tables & _MLFLOW) >= 3:
        return "MLflow database (SQLite)"
    if len(tables & optuna.TABLES) >= 3:
        return "Optuna storage (SQLite)"
    trackio = "metrics" in tables and {"run_name", "metrics"} <= _names(database, "metrics")
    return "Trackio database (SQLite)" if trackio else ""


def _demand(tables: set[str], *names: str) -> None:
    """Refuse a database without one of these tables; a view in its place may be without end, and is not asked.

    Raises:
        sqlite3.OperationalError: with the name.
    """
    for name in names:
        if name not in tables:
            raise sqlite3.OperationalError(f"it has no table '{name}'")


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one database."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    found: list[Run | Defect] = []
    try:
        with _opened(path) as database:
            tables = _tables(database)
            kind = _kind_of(database, tables)
            if kind.startswith("MLflow"):
                _demand(tables, "runs", "metrics")
                found = list(_mlflow(database, tables, source, shown))
            elif kind.startswith("Optuna"):
                _demand(tables, "studies", "trials")
                found = list(optuna.trials(database, source, shown, tables))
            elif kind:
                found = list(_trackio(database, tables, source, shown))
        missing = _missing_bytes(path) if found else 0
        if not missing:
            return found or [
                Defect(shown, "not judged: a database without the tables of MLflow, Optuna or Trackio", id=NOTHING)
            ]
        # SQLite reads zeros in their place, and no one knows in which run.
        cut = Defect(shown, f"the database is cut short: its last {missing:,} bytes are missing", lost=True, id=CUT)
        return [replace(one, defects=(*one.defects, cut)) if isinstance(one, Run) else one for one in found]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [Defect(shown, f"not judged: SQLite could not read it ({error})", lost=True, id=DAMAGED)]


def _missing_bytes(path: Path) -> int:
    """Return how many bytes a database lacks of the pages that its header counts; its write-ahead log may hold them."""
    log = _log_of(path)
    if log.exists() and log.stat().st_size:
        return 0
    head = read_regular(path, 100)
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0  # else an old version wrote it
    return max(0, pages * (page if page > 1 else 65_536) - path.stat().st_size)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database without writing beside it.

    One with a write-ahead log is read from a copy, or what is still in the log would be lost.
    """
    log = _log_of(path)
    looked_at(log)
    if log.exists() and log.stat().st_size:
        if path.stat().st_size + log.stat().st_size > _WAL_LIMIT:
            raise sqlite3.OperationalError(
                "it is larger than 1 GiB and has a write-ahead log; close the program that uses it"
            )
        with tempfile.TemporaryDirectory(prefix="logdoc-") as folder:
            copy = Path(folder) / "copy.db"
            copy.write_bytes(read_regular(path))
            copy.with_name("copy.db-wal").write_bytes(read_regular(log))
            with closing(_with_any_text(sqlite3.connect(copy))) as database:
                yield database
        return
    with _as_it_lies(path) as database:
        yield database


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _as_it_lies(path: Path) -> closing[sqlite3.Connection]:
    """Open a database without its write-ahead log, and without writing anything."""
    return closing(_with_any_text(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)))


def _with_any_text(database: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection, which reads texts that are no UTF-8 as well; SQLite itself refuses the whole query."""
    database.text_factory = _text
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
    return database


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _names(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"pragma table_info({table})")}


def _mlflow(database: sqlite3.Connection, tables: set[str], source: RunSource, shown: str) -> Iterator[Run | Defect]:
    runs = list(
        database.execute("select run_uuid, name, status, lifecycle_stage from runs order by start_time, run_uuid")
    )
    deleted = sum(stage == "deleted" for _, _, _, stage in runs)
    if deleted:
        yield Defect(shown, f"{deleted:,} deleted runs were left out", id=LEFT_OUT)
    used: dict[str, int] = {}
    for uuid, name, status, stage in runs:
        if stage == "deleted":
            continue
        label = _label(name, uuid, used)
        curves = Curves()
        broken = [0]
        metrics = ((shown_path(key), *rest) for key, *rest in _metrics(database, uuid, broken) if rest[0].size)
        add_metrics(curves, metrics)
        spoilt = [_broken_rows(shown, label, broken[0])] if broken[0] else []
        config = _params(database, uuid) if "params" in tables else {}
        id_ = f"{source.id}/{label}" if len(runs) - deleted > 1 else source.id
        piece = Piece("", curves, note=f"MLflow database, run '{label}'")
        yield run_of(
            id_,
            source,
            (shown,),
            piece,
            config=config,
            defects=[*spoilt, *status_defects(str(status), shown)],
            texts={"status": str(status)},
        )
    known = "select run_uuid from runs where run_uuid is not null"
    ((lost,),) = database.execute(f"select count(*) from metrics where run_uuid is null or run_uuid not in ({known})")  # noqa: S608
    if lost:
        rows = "1 row of the metrics belongs" if lost == 1 else f"{lost:,} rows of the metrics belong"
        yield Defect(shown, f"{rows} to no run of the database", lost=True, id=DAMAGED)
    if len(runs) == deleted:
        yield Defect(shown, "nothing to judge: the database holds no run", id=NOTHING)


def _params(database: sqlite3.Connection, uuid: object) -> dict[str, ConfigValue]:
    rows = database.execute("select key, value from params where run_uuid = ? order by key", (uuid,))
    return {str(key): as_value(str(value)) for key, value in rows}


def _broken_rows(shown: str, name: object, count: int) -> Defect:
    rows = "1 row" if count == 1 else f"{count:,} rows"
    what = f"{rows} of '{cut(str(name), 80)}' hold no values that can be read"
    return Defect(shown, what, lost=True, id=DAMAGED)


def _is_moment(cell: object) -> bool:
    """Tell whether a cell holds a step or a time as MLflow writes them: a number of 64 bits, or nothing."""
    return cell is None or (isinstance(cell, int | float) and abs(cell) < 2.0**62)


def _label(name: object, uuid: object, used: dict[str, int]) -> str:
    """Return the name of a run, made unique by a part of its id."""
    label = cut(shown_path(str(name or uuid).replace("/", "_").strip() or str(uuid)), 120)
    used[label] = used.get(label, 0) + 1
    return label if used[label] == 1 else f"{label} ({str(uuid)[:8]})"


def _metrics(database: sqlite3.Connection, uuid: str, broken: list[int]) -> Iterator[tuple[str, Any, Any, Any]]:
    """Yield name, times in seconds, values and steps of every metric; a NaN is stored as 0 with a mark, an infinity as
    the largest float.
    """
    rows = database.execute(
        "select key, timestamp, value, step, is_nan from metrics where run_uuid = ? order by key, rowid", (uuid,)
    )
    current: str | None = None
    collected: list[tuple[Any, ...]] = []
    for row in rows:
        if row[0] != current and collected:
            yield _metric(str(current), collected, broken)
            collected = []
        current = row[0]
        collected.append(row)
    if collected:
        yield _metric(str(current), collected, broken)


def _metric(key: str, rows: list[tuple[Any, ...]], broken: list[int]) -> tuple[str, Any, Any, Any]:
    """Return one metric in the order of its times; rows whose cells are of another type are left out, and counted."""
    whole = [
        row for row in rows if isinstance(row[2], int | float | None) and _is_moment(row[1]) and _is_moment(row[3])
    ]
    broken[0] += len(rows) - len(whole)
    if not whole:
        return key, *(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
    _, times, values, steps, marks = zip(*whole, strict=True)
    numbers = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    numbers[np.array([bool(mark) for mark in marks])] = math.nan
    numbers[numbers >= _INFINITE] = math.inf
    numbers[numbers <= -_INFINITE] = -math.inf
    step = np.array([value or 0 for value in steps], dtype=np.int64)
    time = np.array([value or 0 for value in times], dtype=np.float64) / 1000.0
    # The key of the table is sorted by value, not by step; what was logged first is told by its time.
    order = np.lexsort((step, time))
    return key, time[order], numbers[order], step[order]


def _trackio(database: sqlite3.Connection, tables: set[str], source: RunSource, shown: str) -> Iterator[Run | Defect]:
    """Yield the runs: by their id, where the database has one, for two runs may have one name."""
    key = "run_id" if "run_id" in _names(database, "metrics") else "run_name"
    runs = list(
        database.execute(f"select {key}, run_name from metrics group by {key}, run_name order by run_name, min(rowid)")  # noqa: S608 - one of two names above
    )
    if not runs:
        yield Defect(shown, "nothing to judge: the database holds no run", id=NOTHING)
    configs = _configs(database, tables, key)
    used: dict[str, int] = {}
    for identity, name in runs:
        rows: list[dict[str, Any]] = []
        broken = 0
        for moment, step, text in database.execute(
            f"select timestamp, step, metrics from metrics where {key} is ? and run_name is ? order by rowid",  # noqa: S608
            (identity, name),
        ):
            values = _json(text)
            if not values or not isinstance(step, int | None):  # a step of another type is of no row
                broken += 1
            else:
                rows.append({"step": step, "timestamp": moment, **values})
        columns, left_out = columns_of(rows)
        counter = _own_counter(columns, len(rows))
        if counter:
            columns = [column for column in columns if column.name != "step"]
            left_out["step"] = f"Trackio's own count of calls; '{counter}' counts the training's steps"
        piece = arrange_wide(columns, len(rows), counter=counter)
        piece.curves.left_out.update(left_out)
        piece.note = f"Trackio database, {piece.note}"
        id_ = f"{source.id}/{_label(name, identity, used)}" if len(runs) > 1 else source.id
        defects = [_broken_rows(shown, name, broken)] if broken else []
        yield run_of(
            id_,
            source,
            (shown,),
            piece,
            config=configs.get(identity, {}),
            defects=[*defects, *_alerts(database, tables, name, shown)],
        )


def _configs(database: sqlite3.Connection, tables: set[str], key: str) -> dict[object, dict[str, ConfigValue]]:
    if "configs" not in tables or "config" not in (known := _names(database, "configs")):
        return {}
    by = key if key in known else "run_name"
    rows = list(database.execute(f"select {by}, config from configs"))  # noqa: S608 - a name of ours
    found: dict[object, dict[str, ConfigValue]] = {
        owner: {name: value for name, value in flatten(_json(text))[0].items() if not name.startswith("_")}
        for owner, text in rows
    }
    if by == key:
        return found
    named = database.execute(f"select distinct {key}, run_name from metrics")  # noqa: S608
    return {identity: found[name] for identity, name in named if name in found}


def _own_counter(columns: Sequence[Column], rows: int) -> str:
    """Return the step that the training itself counts, where most rows name it; Trackio's own counts the calls."""
    told = [c for c in columns if c.name.endswith("/global_step") and 2 * c.count(NUMBER) > rows]
    return told[0].name if told else ""


def _alerts(database: sqlite3.Connection, tables: set[str], name: str, shown: str) -> list[Defect]:
    if "alerts" not in tables or not {"run_name", "title", "step"} <= _names(database, "alerts"):
        return []
    rows = database.execute("select title, step from alerts where run_name = ? order by rowid limit 5", (name,))
    return [
        Defect(shown, f"the run raised an alert: {cut(str(title), 120)}", f"step {step}", id=ENDED)
        for title, step in rows
    ]


def _json(text: object) -> dict[str, Any]:
    try:
        value = json.loads(text if isinstance(text, str | bytes) else "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
