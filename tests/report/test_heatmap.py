from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from analyses import layer_map

from logdoc.model import HeatMap
from logdoc.report.heatmap import map_svg, row_words, shades, shortened


def grid(cells: list[list[float | None]], **more: object) -> HeatMap:
    layers = tuple(f"l{i}" for i in range(len(cells)))
    plain = HeatMap(
        "grad_norm",
        "Gradient norm",
        "step",
        layers,
        tuple(range(len(cells[0]))),
        len(cells[0]) - 1,
        tuple(tuple(r) for r in cells),
    )
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]


def test_neighbours_of_one_shade_are_one_stroke() -> None:
    svg = map_svg(grid([[1.0] * 30, [1.0] * 15 + [100.0] * 15, [1.0] * 30]), (), "i")

    strokes = [d for shade, d in re.findall(r'<path class="cell (q\d)" d="([^"]+)"', svg)]
    assert sum(d.count("h") for d in strokes) == 4 + len(
        shades(grid([[1.0, 100.0]])).names
    )  # four runs of cells, and the key


def test_what_is_not_finite_is_crossed_and_what_was_not_logged_is_not_filled() -> None:
    svg = map_svg(layer_map(), (), "i")

    assert svg.count('fill="url(#i-x)"') == 2  # the cell and its key
    assert "not finite" in svg
    assert "no value" in svg
    assert svg.count('class="cell none"') == 2  # as above
    finite = map_svg(grid([[1.0, 2.0]] * 3), (), "i")
    assert "not finite" not in finite
    assert "no value" not in finite


def test_layers_that_a_finding_names_are_marked() -> None:
    assert map_svg(layer_map(), {"fc.weight"}, "i").count("▸") == 1
    assert "named by a finding" in map_svg(layer_map(), {"fc.weight"}, "i")


def test_a_hostile_layer_stays_text() -> None:
    svg = map_svg(
        dataclasses.replace(layer_map(), layers=('"><script>alert(1)</script>', "a\x1b[31mb", "</title><x onload=y>")),
        (),
        'i"',
    )

    assert "<script" not in svg
    assert "<x " not in svg
    assert "\x1b" not in svg


def test_the_middle_shade_is_the_healthy_band_and_every_further_one_as_wide() -> None:
    shade = shades(grid([[1.0]] * 3, band=(3e-4, 3e-3)))

    assert shade.bounds == (3e-7, 3e-6, 3e-5, 3e-4, 3e-3, 0.03, 0.3, 3.0)
    assert [shade(v) for v in (0.0, 1e-5, 1e-3, 5e-3, 1e9)] == ["d0", "d2", "d4", "d5", "d8"]


def test_shares_are_linear_and_have_fixed_bounds() -> None:
    shade = shades(grid([[0.5]] * 3, scale="linear"))

    assert shade(0.0) != shade(0.1) != shade(0.5) != shade(0.95)
    assert shade(1.0) == shade(0.9)


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 1.1],
        [0.9, 1.1],
        [1e-3, 1.0],
        [1e-30, 1e30],
        [1e-320, 1e308],
        [0.0, 0.0],
        [-1.0, 5.0],
        [math.nan, math.inf],
    ],
    ids=str,
)
def test_shades_are_few_and_their_bounds_lie_inside_the_values(values: list[float]) -> None:
    shade = shades(grid([values] * 3))

    assert len(shade.names) == len(shade.bounds) + 1 <= 9
    assert list(shade.bounds) == sorted(set(shade.bounds))
    assert {name for v in values if math.isfinite(v) for name in [shade(v)]} <= {f"q{k}" for k in range(9)}
    assert all(min(values) <= b <= max(values) for b in shade.bounds)
    assert map_svg(grid([values] * 3), (), "i").endswith("</svg>")


def test_values_that_hardly_differ_do_not_look_like_opposites() -> None:
    used = {shades(grid([[0.9, 1.1]] * 3))(v) for v in (0.9, 1.1)}

    assert used == {"q3", "q5"}


def test_a_few_outliers_do_not_stretch_the_shades() -> None:
    calm = np.random.default_rng(1).uniform(0.1, 1.0, (10, 60)).tolist()
    calm[3][7] = 1e20

    assert max(shades(grid(calm)).bounds) <= 1.0


def test_a_row_is_told_in_numbers() -> None:
    assert row_words("fc", [1e-3, None, 0.4, 0.5], marked=False) == "fc: first 0.001, typical 0.4, last 0.5"
    assert (
        row_words("fc", [1.0, math.nan], marked=True)
        == "fc: first 1, typical 1, last NaN, not finite in 1 of 2 columns; named by a finding"
    )
    assert (
        row_words("fc", [math.nan], marked=False)
        == "fc: first NaN, never finite, last NaN, not finite in 1 of 1 columns"
    )
    assert row_words("fc", [None], marked=False) == "fc: not logged"


def test_names_are_cut_from_the_left_and_keep_the_number_of_the_layer() -> None:
    deep = [shortened(f"model.decoder.layers.{i}.self_attention.output.dense.weight") for i in (1, 2, 31)]

    assert shortened("blocks.1.fc.weight") == "blocks.1.fc.weight"
    assert deep == ["…1…output.dense.weight", "…2…output.dense.weight", "…31…output.dense.weight"]
    assert shortened("backbone.stem.convolution.norm.weight") == "…convolution.norm.weight"
    assert len(shortened("x" * 3000)) <= 24


def test_the_largest_map_stays_small_and_comes_out_the_same() -> None:
    worst = grid((10.0 ** np.random.default_rng(1).uniform(-8, 1, (48, 60))).tolist(), band=(3e-4, 3e-3))
    named = dataclasses.replace(
        worst, layers=tuple(f"model.decoder.layers.{i}.self_attention.output.dense.weight" for i in range(48))
    )

    assert len(map_svg(named, set(named.layers), "i")) < 40_000
    lost = dataclasses.replace(
        named, cells=tuple(tuple(math.nan if i % 2 else v for i, v in enumerate(row)) for row in named.cells)
    )
    assert len(map_svg(lost, set(), "i")) < 60_000
    assert map_svg(named, {"b", "a"}, "i") == map_svg(named, {"a", "b"}, "i")


def test_steps_may_be_anything_that_rises() -> None:
    for steps, end in [((5,), 5), ((-3, 0, 2**62), 2**63 - 1), ((0, 1, 10, 100, 1000), 1000)]:
        drawn = grid([[1.0] * len(steps)] * 3, steps=steps, end=end)
        places = [float(x) for x in re.findall(r'<line class="axis" x1="([\d.-]+)"', map_svg(drawn, (), "i"))]
        assert places == sorted(places)
        assert all(152 <= x <= 572 for x in places)
