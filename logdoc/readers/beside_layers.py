"""One run in two logs that say different things of it: the curves of the training in one, what was measured in its
layers, or its last row, in the other.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Run
    from logdoc.vocabulary.names import Names

_OF_LAYERS = ("act_", "grad_", "weight_", "update_")
_OF_INPUT = "input."
_MOSTLY = 0.8  # of the names; a hook logs a few words of its own beside them
_ROUNDED = 0.01  # what a console rounds off a value
_LOSSES = (".loss", ".loss_term", ".player_loss")


def completed(runs: Sequence[Run], names: Names | None = None) -> list[Run]:
    """Return the runs of one folder; where just one of them holds curves of a training, with the layers that another
    log of the folder holds alone, and without logs that repeat its last row.

    Args:
        runs: what the logs of one folder hold, those that agree already joined.
        names: naming tables; the bundled ones by default.
    """
    tables = names or load_names()
    layers = [run for run in runs if _is_of_layers(run, tables)]
    trained = [run for run in runs if run not in layers and not _is_a_row(run)]
    if len(runs) == 1 or len(trained) != 1:
        return list(runs)
    whole = trained[0]
    rows = [run for run in runs if run not in layers and run is not whole and _repeats(run, whole)]
    for row in rows:
        whole = _with(whole, row, f"its last row also in {row.id}", take=False)
    if len(layers) == 1:
        whole = _with(whole, layers[0], f"what was measured in its layers from {layers[0].id}", take=True)
    gone = {id(run) for run in (*rows, *(layers if len(layers) == 1 else ()))}
    return [whole if run is trained[0] else run for run in runs if id(run) not in gone]


def _is_of_layers(run: Run, tables: Names) -> bool:
    """Tell whether a log holds what was measured in layers, and no loss."""
    if not run.series:
        return False
    meanings = [meaning for name in run.series if (meaning := tables.meaning(name)) is not None]
    if any(meaning.role.endswith(_LOSSES) for meaning in meanings):
        return False
    mine = sum(
        (bool(meaning.entity) and meaning.role.startswith(_OF_LAYERS)) or meaning.role.startswith(_OF_INPUT)
        for meaning in meanings
    )
    return mine >= _MOSTLY * len(run.series)


def _is_a_row(run: Run) -> bool:
    return bool(run.series) and all(len(series) == 1 for series in run.series.values()) and not run.histograms


def _repeats(row: Run, whole: Run) -> bool:
    """Tell whether a log of a single row says the end of curves that the other log has: at least half of them."""
    if not _is_a_row(row):
        return False
    known = [name for name in row.series if name in whole.series and len(whole.series[name])]
    ends = ((float(row.series[name].values[-1]), float(whole.series[name].values[-1])) for name in known)
    same = sum(mine == other or math.isclose(mine, other, rel_tol=_ROUNDED) for mine, other in ends)
    return len(known) * 2 >= len(row.series) and same * 2 >= len(known) > 0


def _with(whole: Run, other: Run, note: str, *, take: bool) -> Run:
    fresh = {name: series for name, series in other.series.items() if name not in whole.series} if take else {}
    left_out = {} if take else {f"{name} ({other.id})": "the last row of the run" for name in other.series}
    return replace(
        whole,
        series={**whole.series, **fresh},
        histograms={**other.histograms, **whole.histograms} if take else whole.histograms,
        left_out={**other.left_out, **left_out, **whole.left_out},
        config={**other.config, **whole.config},
        texts={**other.texts, **whole.texts},
        defects=tuple(dict.fromkeys((*whole.defects, *other.defects))),
        sources=tuple(dict.fromkeys((*whole.sources, *other.sources))),
        note="; ".join(filter(None, (whole.note, note))),
        program=whole.program or other.program,
    )
