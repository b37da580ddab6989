"""JSON lines: a JSON object per line, as detectron2, mmengine, Stable-Baselines, RLlib, LLaMA-Factory and home-made
loggers write them.
"""

from __future__ import annotations

import json
import math
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.documents import flatten
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, LINES, NOTHING, STEPS, TOO_LARGE
from logdoc.readers.dumps import names_settings
from logdoc.readers.files import HEAD_SIZE, read_regular, shown_relative
from logdoc.readers.hyperparameters import is_config_name, read_beside
from logdoc.readers.json_text import DIGITS, loads
from logdoc.readers.source import RunSource
from logdoc.readers.starts import again, starts_in
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.building import runs_of
from logdoc.readers.tables.long import arrange_columns
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.nulls import nulls_in
from logdoc.readers.tables.rows import columns_of, number_in, without_collection
from logdoc.readers.trainer_state import is_summary
from logdoc.readers.zero_tail import strip_zero_head, strip_zero_tail
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from logdoc.model import ConfigValue

MAX_FILE = 1 << 30
_SUFFIXES = (".jsonl", ".ndjson")
_LAST = 3  # rows at the end that may sum up the training
_SNAPSHOT = re.compile(r"snapshot|checkpoint|ckpt|_pkl", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<!\d)(\d{1,12})\.(?:pkl|pt|pth|ckpt|h5|safetensors)$")
_RAY = " (RLlib)"
_NESTED = 4  # levels of a row that are looked into
_BOOKKEEPING = frozenset({"step", "iter", "epoch", "time", "data_time", "memory"})


def sniff(head: bytes, name: str) -> str | None:
    """Return how the log was recognised: lines that are JSON objects, with a counter or a measure among their
    numbers.
    """
    head = _utf8(strip_zero_head(head, name, []))
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    lines = head.decode("utf-8-sig", "replace").strip().splitlines()
    whole = lines[:-1] if len(head) >= HEAD_SIZE else lines
    rows = [row for row in map(_object, (line for line in whole[:20] if line.strip())) if row is not None]
    if not rows or len(rows) < 0.75 * min(len(whole), 20) - 1:
        return None
    if len(rows) == 1 and is_config_name(name.rpartition("/")[2]):
        return None
    numbers = {key for row in rows for key, value in _leaves(row) if number_in(value) is not None}
    counted, measured = any(map(known_counter, numbers)), any(map(has_measure, numbers))
    if not (measured and (counted or len(rows) > 1)) and not (
        name.lower().endswith(_SUFFIXES) and (measured or counted)
    ):
        return None
    return f"JSON lines{_dialect(rows)}"


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return [RunSource(shown_relative(path, root), "jsonlines", root, (path,)) for path in files]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one file; lines that are no JSON are told and cost nothing else."""
    with without_collection():
        return _read(source)


def _read(source: RunSource) -> list[Run | Defect]:
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 30} GiB", lost=True, id=TOO_LARGE)]
    rows, defects = parse_lines(data, shown)
    config, sources, more = read_beside(path.parent, source.root)
    if len(rows) > 1 and _is_preamble(rows[0], rows[1:]):
        config = {**flatten(rows[0])[0], **config}
        del rows[0]
    if not rows:
        return [Defect(shown, "not judged: none of its lines is a JSON object", id=NOTHING), *defects]
    rows, summary = _without_summary(rows)
    dialect = _dialect(rows)
    if dialect == " (mmengine)":
        rows = _mmengine(rows)
    if dialect == _RAY:
        rows = [_with_nan(row) for row in rows]
    rows = _with_snapshots(rows)
    columns, left_out = columns_of(rows)
    starts = starts_in(columns, rows)
    runs: list[Run] = []
    for i, begin in enumerate(starts, 1):
        told, id_ = [*defects], source.id
        mine, settings = rows, config
        if len(starts) > 1:
            mine, settings = _without_settings(rows[begin : starts[i] if i < len(starts) else len(rows)], config)
            columns, left_out = columns_of(mine)
            told.append(Defect(shown, again(i, len(starts)), f"row {begin + 1:,}", id=STEPS))
            id_ = f"{source.id}/part {i}"
        told += nulls_in(mine, shown)
        pieces = arrange_columns(columns, len(mine))
        for piece in pieces:
            piece.curves.left_out.update({**left_out, **summary})
            piece.note = f"JSON lines{dialect}, {piece.note}"
        part = replace(source, id=id_)
        runs += runs_of(part, (shown, *sources), pieces, config=settings, defects=[*told, *more])
    return list(runs)


def _without_settings(
    rows: list[dict[str, Any]], config: Mapping[str, ConfigValue]
) -> tuple[list[dict[str, Any]], dict[str, ConfigValue]]:
    """Return the rows of a start without those in front that print its settings, and these with the configuration."""
    settings = dict(config)
    while len(rows) > 1 and _is_preamble(rows[0], rows[1:]):
        settings.update(flatten(rows[0])[0])
        rows = rows[1:]
    return rows, settings


def parse_lines(data: bytes, shown: str) -> tuple[list[dict[str, Any]], list[Defect]]:
    """Return the objects of a file, in their order, and what its other lines are."""
    defects: list[Defect] = []
    data = strip_zero_tail(_utf8(strip_zero_head(data, shown, defects)), shown, defects)
    text = data.decode("utf-8-sig", "replace")
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    try:
        wide = max(map(len, lines), default=0) > DIGITS  # shorter ones hold no number that could be too long
        found = (loads if wide else json.loads)(f"[{','.join(lines)}]")
        if len(found) == len(lines) and all(type(row) is dict for row in found):
            return found, [*defects, *_named_twice(text, lines, found, shown)]
    except (ValueError, RecursionError):
        pass
    rows: list[dict[str, Any]] = []
    broken: list[int] = []
    last = 0
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            last = number
            row = _object(line)
            broken.append(number) if row is None else rows.append(row)
    if broken and broken[-1] == last and not text.endswith("\n"):
        defects.append(Defect(shown, "the last line is cut short; it was left out", f"line {last}", lost=True, id=CUT))
        broken.pop()
    if broken:
        count = "1 line is" if len(broken) == 1 else f"{len(broken):,} lines are"
        defects.append(
            Defect(shown, f"{count} no JSON object and could not be read", f"line {broken[0]}", lost=True, id=LINES)
        )
    return rows, defects


def _utf8(data: bytes) -> bytes:
    """Return the text in UTF-8 where it begins with the mark of UTF-16, which PowerShell writes."""
    return data.decode("utf-16", "replace").encode() if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else data


def _named_twice(text: str, lines: list[str], rows: list[dict[str, Any]], shown: str) -> list[Defect]:
    """Tell of rows that give one key two values, of which JSON keeps the last.

    Every key stands before a colon: where there are not more of them than keys, no key stands twice.
    """
    if text.count('":') + text.count('" :') <= sum(map(_keys, rows)):
        return []
    found: list[str] = []

    def looked_at(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) < len(pairs):
            found.extend(key for key, value in pairs if repr(row[key]) != repr(value))
        return row

    decoder = json.JSONDecoder(object_pairs_hook=looked_at)
    wrong: list[int] = []
    for number, line in enumerate(lines, 1):
        before = len(found)
        decoder.decode(line.strip())
        if len(found) > before:
            wrong.append(number)
    if not wrong:
        return []
    count = "1 row gives" if len(wrong) == 1 else f"{len(wrong):,} rows give"
    what = f"{count} a key such as '{cut(found[0], 80)}' two values; the last one is taken"
    return [Defect(shown, what, f"row {wrong[0]}", id=LINES)]


def _keys(value: dict[str, Any]) -> int:
    return len(value) + sum(_keys(one) for one in value.values() if type(one) is dict)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _leaves(row: dict[str, Any], prefix: str = "", depth: int = 0) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in row.items():
        if isinstance(value, dict) and depth < 4:
            found.extend(_leaves(value, f"{prefix}{key}/", depth + 1))
        else:
            found.append((f"{prefix}{key}", value))
    return found


def _dialect(rows: Sequence[dict[str, Any]]) -> str:
    keys = {key for row in rows[:20] for key in row}
    if {"iteration", "data_time", "eta_seconds"} <= keys:
        return " (detectron2; its values are medians of the last 20 iterations)"
    if {"step", "iter", "data_time"} <= keys or {"step", "epoch", "iter"} <= keys:
        return " (mmengine)"
    if {"training_iteration", "timesteps_total"} <= keys or {"training_iteration", "time_total_s"} <= keys:
        return _RAY
    if "time/total_timesteps" in keys:
        return " (Stable-Baselines)"
    if {"current_steps", "total_steps"} <= keys:
        return " (LLaMA-Factory)"
    return " (W&B history)" if {"_step", "_timestamp"} <= keys else ""


def _without_summary(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows without those that sum up a whole training, and ``key -> why`` for what those hold.

    ms-swift ends its log with the state of the Trainer, the Trainer with its means; neither is a point of a curve.
    """
    last = [row for row in rows[-_LAST:] if is_summary(row) or "log_history" in row or "last_model_checkpoint" in row]
    if not last or len(last) == len(rows):
        return rows, {}
    why = "a summary of the whole run, not a point of a curve"
    return [row for row in rows if row not in last], {f"{key} (at the end)": why for row in last for key in row}


def _with_nan(row: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Ray writes a NaN of NumPy's single precision as the text "null"."""
    return {
        key: math.nan
        if isinstance(value, str) and value == "null"
        else _with_nan(value, depth + 1)
        if isinstance(value, dict) and depth < _NESTED
        else value
        for key, value in row.items()
    }


def _with_snapshots(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows that nothing counts with the number in the name of the snapshot that each of them measures as their
    step: StyleGAN's ``"snapshot_pkl": "network-snapshot-001200.pkl"``.
    """
    if any(known_counter(key) for row in rows[:20] for key, _ in _leaves(row)):
        return rows
    for key in (key for key in rows[0] if _SNAPSHOT.search(key)):
        found = [_NUMBERED.search(str(row.get(key))) for row in rows]
        numbers = [int(match[1]) for match in found if match is not None]
        if len(numbers) == len(rows) and len(set(numbers)) > 1:
            return [{"step": number, **row} for number, row in zip(numbers, rows, strict=True)]
    return rows


def _mmengine(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """mmengine marks no row, but those of training name their iteration: name the measures of the others ``val/...``.

    The step of a validation is the number of its epoch where the training is counted by epochs; it gets the last
    step of that epoch.
    """
    result = []
    epoch: object = None
    step: object = None
    for row in rows:
        if "iter" in row or "lr" in row or any("loss" in key for key in row):
            epoch, step = row.get("epoch", epoch), row.get("step", step)
            result.append(row)
            continue
        named = {
            key if key in _BOOKKEEPING else f"val/{key}": value
            for key, value in row.items()
            if key not in {"time", "data_time"}
        }
        if epoch is not None and step is not None and row.get("step") == epoch:
            named.update(epoch=epoch, step=step)
        result.append(named)
    return result


def _is_preamble(first: dict[str, Any], others: Sequence[dict[str, Any]]) -> bool:
    """Tell whether the first line holds settings: by their names, or as it counts and measures nothing and shares no
    key with the next lines.
    """
    following = {key for row in others[:20] for key in row}
    if any(known_counter(key) and key in following for key in first):
        return False
    return names_settings(flatten(first)[0]) or not (following & set(first) or any(known_counter(key) for key in first))
