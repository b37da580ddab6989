"""Studies of Optuna in its SQLite storage: a run per trial, with what it reported on its way and its parameters."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import DAMAGED, ENDED, NOTHING
from logdoc.readers.files import shown_path
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.wide import Piece
from logdoc.redaction import cut

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from logdoc.model import ConfigValue
    from logdoc.readers.source import RunSource

TABLES = frozenset({"studies", "trials", "trial_params", "trial_values"})
MAX_TRIALS = 100_000
_SPECIAL = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
_ENDS = {
    "FAIL": "Optuna says that the trial failed",
    "RUNNING": "Optuna never saw the end of the trial: it was killed, or it is still running",
}


def trials(database: sqlite3.Connection, source: RunSource, shown: str, tables: set[str]) -> Iterator[Run | Defect]:
    """Yield a run per trial of every study; trials that wait have none.

    A trial that is to be minimised has the curve ``objective``, one that is to be maximised ``score``: what it reported
    at its steps, or where it reported nothing its final value as a single point.

    Args:
        database: opened read-only.
        source: of the database.
        shown: its path for reports.
        tables: names of its tables.
    """
    studies = list(database.execute("select study_id, study_name from studies order by study_id"))
    count = 0
    for study, name in studies:
        label = cut(shown_path(str(name)), 120).replace("/", "_")
        measures = _measures(database, study) if "study_directions" in tables else ["objective"]
        rows = database.execute(
            "select trial_id, number, state from trials where study_id = ? order by number, trial_id", (study,)
        ).fetchmany(MAX_TRIALS - count)
        for trial, number, state in rows:
            if state == "WAITING":
                continue
            count += 1
            prefix = f"{label}/" if len(studies) > 1 else ""
            curves = Curves()
            broken = _add_curves(curves, database, trial, measures, tables)
            config = _parameters(database, trial) if "trial_params" in tables else {}
            note = f"Optuna study '{cut(label, 80)}', trial {number}, {str(state).lower()}"
            ends = (
                [Defect(shown, _ENDS[state], f"trial {number}", ended=state == "FAIL", id=ENDED)]
                if state in _ENDS
                else []
            )
            if broken:
                rows_hold = "1 row holds" if broken == 1 else f"{broken:,} rows hold"
                what = f"{rows_hold} no values that can be read"
                ends.insert(0, Defect(shown, what, f"trial {number}", lost=True, id=DAMAGED))
            id_ = f"{source.id}/{prefix}trial {number}"
            piece = Piece("", curves, note=note)
            yield run_of(id_, source, (shown,), piece, config=config, defects=ends, texts={"status": str(state)})
    if not count:
        yield Defect(shown, "nothing to judge: the database holds no trial", id=NOTHING)


def _measures(database: sqlite3.Connection, study: int) -> list[str]:
    """Return a name per objective of the study."""
    rows = database.execute(
        "select objective, direction from study_directions where study_id = ? order by objective", (study,)
    )
    names = ["score" if str(direction) == "MAXIMIZE" else "objective" for _, direction in rows] or ["objective"]
    return names if len(names) == 1 else [f"{name} {i}" for i, name in enumerate(names)]


def _add_curves(curves: Curves, database: sqlite3.Connection, trial: int, measures: list[str], tables: set[str]) -> int:
    """Add what a trial reported, or its final values; return how many of them are none."""
    rows: list[tuple[Any, ...]] = []
    if "trial_intermediate_values" in tables:
        rows = list(
            database.execute("select * from trial_intermediate_values where trial_id = ? order by step", (trial,))
        )
    if rows:
        names = [column[1] for column in database.execute("pragma table_info(trial_intermediate_values)")]
        kind = names.index("intermediate_value_type") if "intermediate_value_type" in names else -1
        step, value = names.index("step"), names.index("intermediate_value")
        read = [(row[step], _value(row[value], row[kind] if kind >= 0 else None)) for row in rows]
        kept = [(at, number) for at, number in read if isinstance(at, int) and number is not None]
        steps = np.array([at for at, _ in kept], dtype=np.int64)
        values = np.array([number for _, number in kept], dtype=np.float64)
        if kept:
            curves.add_points(measures[0], Index(steps, "step", frozenset(), ""), steps, values, None)
        return len(rows) - len(kept)
    if "trial_values" not in tables:
        return 0
    columns = {column[1] for column in database.execute("pragma table_info(trial_values)")}
    wanted = "objective, value" + (", value_type" if "value_type" in columns else "")
    at = np.zeros(1, dtype=np.int64)
    final = database.execute(f"select {wanted} from trial_values where trial_id = ? order by objective", (trial,))  # noqa: S608
    broken = 0
    for name, (_, cell, *kinds) in zip(measures, final, strict=False):
        number = _value(cell, kinds[0] if kinds else None)
        broken += number is None
        if number is not None:
            curves.add_points(name, Index(at, "index", frozenset(), ""), at, np.array([number]), None)
    return broken


def _value(number: object, kind: object) -> float | None:
    """Return a value, which older versions keep as nothing where it was NaN; None for what is no number."""
    if isinstance(kind, str) and kind in _SPECIAL:
        return _SPECIAL[kind]
    if number is None and kind is None:
        return math.nan
    return float(number) if isinstance(number, int | float) else None


def _parameters(database: sqlite3.Connection, trial: int) -> dict[str, ConfigValue]:
    """Return the parameters of a trial; one of a set of choices is stored as the number of the choice."""
    found: dict[str, ConfigValue] = {}
    rows = database.execute(
        "select param_name, param_value, distribution_json from trial_params where trial_id = ? order by param_name",
        (trial,),
    )
    for name, value, distribution in rows:
        number = float(value) if isinstance(value, int | float) else None
        whole = number is not None and number.is_integer() and abs(number) < 2**53
        found[cut(shown_path(str(name)), 200)] = int(number) if whole and number is not None else number
        try:
            told = json.loads(distribution)
            choices = told["attributes"]["choices"]
            choice = choices[int(value)]
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            continue
        found[cut(shown_path(str(name)), 200)] = choice if isinstance(choice, bool | int | float | str | None) else None
    return found
