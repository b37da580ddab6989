from __future__ import annotations

import itertools
import math
import re

from hypothesis import given
from hypothesis import strategies as st

from logdoc.model import Chart, Curve
from logdoc.report.charts import chart_svg, nice_ticks, short, sparkline, thinned


def curve(values: list[float], name: str = "loss") -> Curve:
    return Curve(name, "train.loss", "step", tuple(range(len(values))), tuple(values), len(values))


def test_a_curve_is_not_joined_over_nan_and_the_nan_is_marked() -> None:
    svg = chart_svg(Chart(("loss",)), {"loss": curve([1.0, 2.0, math.nan, 3.0, 4.0])}, None, "t", "i")

    assert svg.count("<polyline") == 2
    assert svg.count('class="nan"') == 1


def test_the_window_is_marked_unless_it_is_the_whole_run() -> None:
    curves = {"loss": curve([float(i) for i in range(100)])}

    assert 'class="window"' in chart_svg(Chart(("loss",)), curves, (20, 50), "t", "i")
    assert 'class="window"' not in chart_svg(Chart(("loss",)), curves, (0, 99), "t", "i")


def test_a_logarithmic_chart_falls_back_where_values_are_not_positive() -> None:
    assert (
        chart_svg(Chart(("loss",), scale="log"), {"loss": curve([1.0, -1.0, 2.0])}, None, "t", "i").count("<polyline")
        == 1
    )


def test_the_names_of_level_lines_stand_beside_the_curves_and_not_on_one_another() -> None:
    chart = Chart(("loss",), lines={"chance": 2.303, "best": 2.3, "bound": 2.301})
    svg = chart_svg(chart, {"loss": curve([2.0, 2.3, 3.0, 2.303])}, None, "t", "i")
    rightmost = max(
        float(x) for points in re.findall('points="([^"]*)"', svg) for x in re.findall(r"([\d.]+),", points)
    )
    labels = [(float(x), float(y)) for x, y in re.findall('class="label" x="([^"]*)" y="([^"]*)"', svg)]
    heights = sorted(y for _, y in labels)

    assert len(labels) == 3
    assert all(x > rightmost for x, _ in labels)
    assert all(b - a >= 13 for a, b in itertools.pairwise(heights))


def test_nothing_to_draw_is_nothing() -> None:
    assert chart_svg(Chart(("loss",)), {}, None, "t", "i") == ""
    assert chart_svg(Chart(("loss",)), {"loss": curve([math.nan])}, None, "t", "i") == ""


def test_the_chart_is_told_in_words_as_well() -> None:
    svg = chart_svg(Chart(("loss",)), {"loss": curve([2.0, 1.0, 1.5])}, None, "The loss", "i")

    assert "<title" in svg
    assert "lowest 1, highest 2" in svg


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_ticks_are_few_rising_and_inside(low: float, width: float) -> None:
    ticks = nice_ticks(low, low + width, 4)

    assert len(ticks) <= 13
    assert ticks == sorted(ticks)
    assert all(low - 1e-6 * width - 1e-6 * abs(low) <= t <= low + width + 1e-6 * width + 1e-6 * abs(low) for t in ticks)


def test_numbers_are_written_as_people_write_them() -> None:
    assert [short(v) for v in (0.0, 0.25, 12400.0, 3e-5, 1.5e7, math.nan)] == [
        "0",
        "0.25",
        "12,400",
        "3e-5",
        "1.5e7",
        "NaN",
    ]


def test_a_sparkline_has_a_block_for_each_place_and_marks_nan() -> None:
    assert sparkline([0.0, 1.0, math.nan]) == "▁█!"
    assert sparkline([0.0, 1.0], unicode=False).isascii()
    assert len(sparkline([float(i) for i in range(1000)], 40)) == 40


def test_a_lone_point_between_lost_ones_is_a_dot_and_not_left_out() -> None:
    svg = chart_svg(Chart(("loss",)), {"loss": curve([math.nan, 2.0, math.nan, 3.0, 4.0])}, None, "t", "i")

    assert svg.count('<circle class="p0"') == 1
    assert svg.count("<polyline") == 1


def test_a_curve_without_a_finite_value_is_told_in_words_beside_another() -> None:
    lost = curve([math.nan, math.inf], "val")
    svg = chart_svg(Chart(("loss", "val")), {"loss": curve([1.0, 2.0]), "val": lost}, None, "t", "i")

    assert "val: no finite value" in svg


def test_a_sparkline_of_nothing_is_empty_and_one_of_lost_values_says_so() -> None:
    assert sparkline([]) == ""
    assert sparkline([math.nan, math.inf, -math.inf]) == "!!!"
    assert sparkline([math.nan] * 100, 40) == "!" * 40


def test_thinning_keeps_the_extremes_the_lost_values_and_both_ends() -> None:
    values = [1.0] * 1000
    values[333], values[444], values[555] = 9.0, -9.0, math.nan
    values[600:700] = [math.nan] * 100
    kept = thinned(values, 40)

    assert {0, 333, 444, 555, 999} <= set(kept)
    assert kept == sorted(kept)
    assert len(kept) < 100
    assert any(600 <= i < 700 for i in kept)
