"""The part of the page about layers: the maps of layer by step, what their shades mean, and the same as tables."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Any

from logdoc.report.charts import short
from logdoc.report.escape import show
from logdoc.report.heatmap import map_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import HeatMap, RunAnalysis


def layers_model(run: RunAnalysis, anchor: str, *, many: bool) -> dict[str, Any]:
    """Return the maps of a run; of many runs only the first map that shows a layer which a finding names, so that the
    page stays small.
    """
    named = {layer for finding in run.findings if finding.status == "fires" for layer in finding.layers}
    telling = [m for m in run.maps if named.intersection(m.layers)]
    drawn = telling[:1] if many else run.maps
    return {
        "maps": [_map(m, named.intersection(m.layers), f"{anchor}-m{number}") for number, m in enumerate(drawn)],
        "open": bool(telling),
        "titles": ", ".join(show(m.title).partition(":")[0].lower() for m in drawn),
    }


def _map(drawn: HeatMap, named: set[str], ident: str) -> dict[str, Any]:
    return {
        "title": show(drawn.title),
        "svg": map_svg(drawn, named, ident),
        "meaning": _meaning(drawn),
        "omitted": drawn.omitted,
        "named": bool(named),
        "rows": [
            _table_row(layer, row, marked=layer in named) for layer, row in zip(drawn.layers, drawn.cells, strict=True)
        ],
    }


def _meaning(drawn: HeatMap) -> str:
    if drawn.band is not None:
        low, high = drawn.band
        return (
            f"Healthy is {short(low)} to {short(high)}; every shade further away is a factor of "
            f"{short(high / low)}. A column shows the median of its steps."
        )
    if drawn.scale == "linear":
        return "A column shows the largest share in its steps."
    return (
        "The shades follow the values of this run, on a logarithm: look for rows that fade or flare "
        "against their neighbours or their own past. "
        "A column shows the median of its steps."
    )


def _table_row(layer: str, row: Sequence[float | None], *, marked: bool) -> dict[str, Any]:
    logged = [v for v in row if v is not None]
    known = [v for v in logged if math.isfinite(v)]
    told = {"name": show(layer), "named": marked, "lost": len(logged) - len(known), "columns": len(logged)}
    if not known:
        return {**told, "first": "", "typical": "", "lowest": "", "highest": "", "last": ""}
    return {
        **told,
        "first": short(logged[0]),
        "typical": short(float(f"{median(known):.3g}")),
        "lowest": short(min(known)),
        "highest": short(max(known)),
        "last": short(logged[-1]),
    }
