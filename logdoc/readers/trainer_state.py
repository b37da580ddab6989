"""`trainer_state.json` of Hugging Face's Trainer: the log that it keeps whatever else reports."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.documents import flatten
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, DISAGREEMENT, NO_NUMBERS, NOTHING, TOO_LARGE
from logdoc.readers.files import read_regular, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.json_text import loads
from logdoc.readers.source import RunSource
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.rows import columns_of, without_collection
from logdoc.readers.tables.wide import arrange_wide
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from logdoc.model import ConfigValue
    from logdoc.readers.tables.column import Column

MAX_FILE = 1 << 30
_CHECKPOINT = re.compile(r"checkpoint-\d+")
_SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps", "save_steps")
_RESULTS = ("best_metric", "best_global_step", "global_step", "best_model_checkpoint")


def sniff(head: bytes, name: str) -> str | None:
    """Return how the log was recognised: a JSON object that begins with the Trainer's keys."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{") or re.match(rb"\{[^\n]*\}\s*\n\s*\{", start):
        return None  # several objects, one a line, are no state: the last may be a summary with the same keys
    keys = sum(
        key in head
        for key in (
            b'"log_history"',
            b'"best_metric"',
            b'"is_hyper_param_search"',
            b'"best_model_checkpoint"',
            b'"global_step"',
        )
    )
    return (
        "trainer_state.json of Hugging Face's Trainer"
        if keys >= 3 or (keys and name.endswith("trainer_state.json"))
        else None
    )


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the states of one output folder, its own and those of its checkpoints, as one run."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        folder = path.parent
        home = folder.parent if _CHECKPOINT.fullmatch(folder.name) and folder != root else folder
        runs.setdefault(home, []).append(path)
    result = []
    for home, mine in runs.items():
        alone = len(mine) == 1 and mine[0].parent == home
        id_ = (
            shown_relative(mine[0] if alone else home, root)
            if home != root or alone
            else shown_relative(root / root.name, root)
        )
        result.append(RunSource(id_, "trainer-state", root, tuple(mine)))
    return result


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run: the state that got furthest, the others compared with it."""
    with without_collection():
        return _read(source)


def _read(source: RunSource) -> list[Run | Defect]:
    states: list[tuple[Path, str, dict[str, Any]]] = []
    defects: list[Defect] = []
    for path in source.files:
        shown = shown_relative(path, source.root)
        state = _load(path, shown, defects)
        if state is not None:
            states.append((path, shown, state))
    if not states:
        return list(defects)
    path, shown, best = max(
        states, key=lambda entry: (len(entry[2]["log_history"]), _number(entry[2].get("global_step")))
    )
    defects.extend(_compare(shown, best, [(name, state) for _, name, state in states if state is not best]))
    rows, summary = _rows(best["log_history"])
    columns, left_out = columns_of(rows)
    defects.extend(Defect(shown, what, id=NO_NUMBERS) for what in _unmask(columns))
    piece = arrange_wide(columns, len(rows))
    piece.curves.left_out.update(
        {**left_out, **{f"{key} (at the end)": "a summary of the whole run, not a point of a curve" for key in summary}}
    )
    piece.note = f"trainer_state.json of Hugging Face's Trainer, {piece.note}"
    beside, sources, more = read_beside(path.parent, source.root)
    config: dict[str, ConfigValue] = {**_plain(best, _SETTINGS), **beside}
    texts = {key: str(value) for key, value in _plain(best, _RESULTS).items() if value is not None}
    read_files = tuple(name for _, name, _ in states)
    return [
        run_of(
            source.id,
            source,
            (shown, *(n for n in read_files if n != shown), *sources),
            piece,
            config=config,
            defects=[*defects, *more],
            texts=texts,
        )
    ]


def _load(path: Path, shown: str, defects: list[Defect]) -> dict[str, Any] | None:
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        defects.append(Defect(shown, f"not judged: it is larger than {MAX_FILE >> 30} GiB", lost=True, id=TOO_LARGE))
        return None
    try:
        state = loads(data)
    except (ValueError, RecursionError) as error:
        history = salvage(data)
        if not history:
            defects.append(
                Defect(shown, f"not judged: it is no whole JSON document ({_short(error)})", lost=True, id=CUT)
            )
            return None
        defects.append(
            Defect(
                shown,
                f"the document is damaged ({_short(error)}); {len(history):,} entries before that were read",
                lost=True,
                id=CUT,
            )
        )
        return {"log_history": history}
    if not isinstance(state, dict) or not isinstance(state.get("log_history"), list):
        defects.append(Defect(shown, "not judged: it has no 'log_history'", id=NOTHING))
        return None
    return state


def salvage(data: bytes) -> list[dict[str, Any]]:
    """Return the whole entries of a `log_history` in a document that is cut short."""
    text = data.decode("utf-8-sig", "replace")
    start = text.find('"log_history"')
    at = text.find("[", start) + 1 if start >= 0 else 0
    decoder = json.JSONDecoder()
    entries: list[dict[str, Any]] = []
    while at > 0:
        at = next((i for i in range(at, min(at + 4096, len(text))) if text[i] not in " \t\r\n,"), len(text))
        if at >= len(text) or text[at] != "{":
            break
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        entries.append(entry)
    return entries


def _short(error: Exception) -> str:
    return cut(str(error), 120) or type(error).__name__


def is_summary(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry sums up a whole training: it names the runtime and the mean loss or the work done.

    A Trainer that counts tokens (`include_num_input_tokens_seen`) names the runtime in every entry.
    """
    return (
        "train_runtime" in entry and any(key in entry for key in ("train_loss", "total_flos")) and "loss" not in entry
    )


def _rows(history: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the points of the log and the keys of its summary, the last entry of a run that ended."""
    entries = history if set(map(type, history)) <= {dict} else [entry for entry in history if isinstance(entry, dict)]
    rows = [entry for entry in entries if "step" in entry and not is_summary(entry)]
    others = (
        [entry for entry in entries if "step" not in entry or is_summary(entry)] if len(rows) < len(entries) else []
    )
    return rows, [key for entry in others for key in entry if key not in ("step", "epoch")]


def _unmask(columns: list[Column]) -> list[str]:
    """Put NaN back where `logging_nan_inf_filter` hid it, and say so.

    The filter, on by default, replaces the loss of a step that is not finite by the mean so far, which is 0 when
    every step since the last
    line was NaN: a loss of exactly 0 beside a gradient norm that is not finite.
    """
    by_name = {column.name: column for column in columns}
    loss, norm = by_name.get("loss"), by_name.get("grad_norm")
    if loss is None or norm is None:
        return []
    lost = norm.logged() & ~np.isfinite(norm.values) & loss.logged()
    hidden = lost & (loss.values == 0.0)
    loss.values[hidden] = np.nan
    said = []
    if hidden.any():
        points = "1 point" if hidden.sum() == 1 else f"{hidden.sum():,} points"
        said.append(
            f"the loss is exactly 0 where the gradient norm is not finite ({points}): "
            "logging_nan_inf_filter hid a NaN; read as NaN"
        )
    partly = int((lost & np.isfinite(loss.values)).sum())
    if partly:
        points = "1 point" if partly == 1 else f"{partly:,} points"
        said.append(
            f"{points} of 'loss' may be masked: the gradient norm is not finite there, and "
            "logging_nan_inf_filter drops such steps from the mean"
        )
    return said


def _compare(shown: str, best: dict[str, Any], others: list[tuple[str, dict[str, Any]]]) -> list[Defect]:
    """Say which checkpoints hold something else than a beginning of the chosen log."""
    found = []
    history = best["log_history"]
    for name, state in others:
        mine = [entry for entry in state["log_history"] if isinstance(entry, dict) and not is_summary(entry)]
        if json.dumps(history[: len(mine)]) != json.dumps(mine):
            found.append(
                Defect(
                    name,
                    f"its log is no beginning of the one in {shown}, which was judged: it comes from another attempt",
                    id=DISAGREEMENT,
                )
            )
    return found


def _plain(state: dict[str, Any], keys: Sequence[str]) -> dict[str, ConfigValue]:
    flat, _ = flatten({key: state[key] for key in keys if state.get(key) is not None})
    return flat


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else -1.0
