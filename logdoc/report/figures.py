"""The charts of one section of a page: as a picture, as a table, and as numbers for the script."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.report.charts import chart_svg, is_logarithmic, legend, short
from logdoc.report.curvebook import five_digits, script_text
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import Chart, Curve
    from logdoc.report.curvebook import CurveBook


@dataclass(frozen=True, slots=True)
class Figures:
    """What the charts of one section share.

    Attributes:
        curves: of the run, by name.
        book: of the page; every drawn curve is written into it.
        anchor: of the section, so that ids stay unique within the page.
        many: the page shows many runs, and of a finding its first chart only.
    """

    curves: Mapping[str, Curve]
    book: CurveBook
    anchor: str
    many: bool = False

    def draw(self, chart: Chart, window: tuple[int, int] | None, title: str, name: str) -> dict[str, Any]:
        """Return one chart: its picture, its legend, the same as rows of a table, and what the script needs of it.

        Args:
            chart: which curves, lines and band.
            window: steps to mark.
            title: for people who cannot see the picture.
            name: unique within the section.
        """
        names = [name for _, name in legend(chart, self.curves)]
        return {
            "svg": chart_svg(chart, self.curves, window, title, f"{self.anchor}-{name}"),
            "legend": [{"number": number, "name": show(name)} for number, name in enumerate(names)],
            "rows": [_table_row(self.curves[name]) for name in names],
            "scale": "log" if is_logarithmic(chart, self.curves) else "linear",
            "data": self._data(chart, names, window),
        }

    def _data(self, chart: Chart, names: list[str], window: tuple[int, int] | None) -> str:
        """What the script draws anew, as JSON; the numbers of the curves stand in the book."""
        document: dict[str, Any] = {
            "curves": [self.book.number(self.curves[name]) for name in names],
            "names": [show(name) for name in names],
            "axis": self.curves[names[0]].axis if names else "step",
        }
        if is_logarithmic(chart, self.curves):
            document["log"] = True
        if window is not None:
            document["window"] = list(window)
        if chart.band is not None and all(math.isfinite(v) for v in chart.band):
            document["band"] = [five_digits(v) for v in chart.band]
        lines = {show(label): five_digits(level) for label, level in chart.lines.items() if math.isfinite(level)}
        if lines:
            document["lines"] = lines
        return script_text(document)


def _table_row(curve: Curve) -> dict[str, str]:
    known = [v for v in curve.values if math.isfinite(v)]
    numbers = (known[0], min(known), max(known), known[-1]) if known else ()
    cells = [short(v) for v in numbers] or [""] * 4
    return {
        "name": show(curve.name),
        "points": f"{curve.points:,}",
        **dict(zip(("first", "lowest", "highest", "last"), cells, strict=True)),
    }
