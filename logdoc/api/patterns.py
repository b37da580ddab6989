"""The pattern of a rule as a chart, and the healthy look-alike beside it, both drawn from the rule's own tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.engine import evaluate
from logdoc.engine.selftest import make_input
from logdoc.model import Chart, Curve
from logdoc.report.charts import chart_svg
from logdoc.signals.decimate import decimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.engine import CompiledRule
    from logdoc.engine.schema import RuleTest
    from logdoc.model import Finding, Signal

_STYLE = (
    "<style>svg{background:#fff;font:11px sans-serif}.s0,.s1,.s2,.s3{fill:none;stroke-width:1.8}.s0{stroke:#0b5cad}"
    ".p0{fill:#0b5cad}.p1{fill:#c2410c}.p2{fill:#15803d}.p3{fill:#7e22ce}"
    ".s1{stroke:#c2410c;stroke-dasharray:6 3}"
    ".s2{stroke:#15803d;stroke-dasharray:2 3}.s3{stroke:#7e22ce;stroke-dasharray:8 3 2 3}.grid{stroke:#ddd}"
    ".level{stroke:#555;stroke-dasharray:4 4}.window{fill:#f59e0b;opacity:.18}.band{fill:#15803d;opacity:.12}"
    ".tick,.label,.axis{fill:#333}.nan{fill:#b91c1c}</style>"
)
_POINTS = 200  # of a curve in a chart
_COMPARED = 50  # points at which two curves are compared


@dataclass(frozen=True, slots=True)
class Pattern:
    """One test of a rule as a drawing: the name of the test, and the SVG."""

    name: str
    svg: str


def patterns(rule: CompiledRule) -> tuple[Pattern | None, Pattern | None]:
    """Return the first test that fires and, of those that are clear, the one whose curves come nearest to it.

    Either is None where there is nothing to draw.
    """
    fires = next((t for t in rule.rule.tests if t.expect.verdict == "fires" and t.series), None)
    if fires is None or rule.rule.scope != "run":
        return None, None
    finding = _finding(rule, fires)
    if not finding.charts:
        return None, None
    chart, curves = finding.charts[0], _signals(fires)
    fired = Pattern(fires.name, _svg(chart, curves, finding.window, rule.rule.title))
    alike = _look_alike(rule, curves, chart.series)
    if alike is None:
        return fired, None
    names = tuple(name for name in chart.series if name in _signals(alike))
    # What the levels and the band would be is known only where the rule fires.
    calm = replace(chart, series=names, lines={}, band=None)
    return fired, Pattern(alike.name, _svg(calm, _signals(alike), None, f"{rule.rule.title}: healthy look-alike"))


def _look_alike(rule: CompiledRule, curves: Mapping[str, Signal], names: Sequence[str]) -> RuleTest | None:
    """Return the clear test that has curves of the same names and is nearest to those that fire."""
    found: list[tuple[float, int, RuleTest]] = []
    for number, test in enumerate(rule.rule.tests):
        if test.expect.verdict == "clear" and all(name in test.series for name in names):
            signals = _signals(test)
            apart = [_distance(_values(curves[name]), _values(signals[name])) for name in names]
            found.append((float(np.mean(apart)), number, test))
    return min(found, key=lambda one: one[:2])[2] if found else None


@np.errstate(over="ignore", invalid="ignore")
def _distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the mean distance of two curves, both stretched to one length, in spans of the first."""
    span = float(np.ptp(one)) or max(abs(float(one[0])), 1e-12)
    where = np.linspace(0, 1, _COMPARED)
    stretched = [np.interp(where, np.linspace(0, 1, len(values)), values) for values in (one, other)]
    return float(np.mean(np.abs(stretched[0] - stretched[1]))) / span


def _values(signal: Signal) -> NDArray[np.float64]:
    """Return the finite values of a signal; a single zero where there are none."""
    values = signal.series.values[np.isfinite(signal.series.values)]
    return values if len(values) else np.zeros(1)


def _finding(rule: CompiledRule, test: RuleTest) -> Finding:
    overrides = {f"{rule.rule.id}.{name}": value for name, value in test.params.items()}
    return evaluate([rule], make_input(test), overrides)[0]


def _signals(test: RuleTest) -> dict[str, Signal]:
    """Return the curves of a test by name."""
    reading = make_input(test).reading
    signals = [*reading.one.values(), *(s for mine in reading.each.values() for s in mine.values())]
    return {signal.series.name: signal for signal in signals}


def _svg(chart: Chart, signals: Mapping[str, Signal], window: tuple[int, int] | None, title: str) -> str:
    curves = {name: _curve(signal) for name, signal in signals.items()}
    svg = chart_svg(chart, curves, window, title, "pattern")
    if not svg:
        return ""
    alone = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return alone.replace("<title", f"{_STYLE}<title", 1) + "\n"


def _curve(signal: Signal) -> Curve:
    thin = decimate(signal.series, _POINTS)
    steps, values = tuple(int(s) for s in thin.steps), tuple(float(v) for v in thin.values)
    return Curve(signal.series.name, signal.role, "step", steps, values, len(signal.series))
