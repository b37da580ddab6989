from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

import logdoc
from logdoc.engine import healthy_bands, load_rules
from logdoc.engine.schema import Evidence
from logdoc.errors import RuleError
from logdoc.judging import make_judge
from logdoc.judging.maps import MOST_COLUMNS, MOST_LAYERS, chosen_layers, columns, heat_maps
from logdoc.model import Finding, HeatMap, Reading, Series, Signal
from logdoc.report import from_json, to_html

EVIDENCE = Evidence(plot="std", band=[0.4, 2.0])
BANDS = {"act_std": (0.5, 2.0)}


def series(values: list[float], steps: list[int] | None = None, axis: str = "step") -> Series:
    at = np.arange(len(values)) if steps is None else np.array(steps)
    return Series("s", at.astype(np.int64), np.array(values, dtype=np.float64), axis=axis)  # type: ignore[arg-type]


def maps(layers: dict[str, Series], role: str = "grad_norm", named: tuple[str, ...] = ()) -> tuple[HeatMap, ...]:
    reading = Reading(each={role: {name: Signal(role, name, s) for name, s in layers.items()}})
    return heat_maps(reading, [Finding("x", "fires", "error", layers=named)], BANDS)


def three(values: list[float], steps: list[int] | None = None) -> dict[str, Series]:
    return {name: series(values, steps) for name in ("z", "a", "m")}


def test_few_steps_have_a_column_each_and_layers_keep_their_order() -> None:
    (drawn,) = maps(three([1.0, 2.0, 4.0], [0, 10, 500]))

    assert drawn.layers == ("z", "a", "m")
    assert (drawn.steps, drawn.end) == ((0, 10, 500), 500)
    assert drawn.cells == ((1.0, 2.0, 4.0),) * 3
    assert (drawn.omitted, drawn.band, drawn.scale) == (0, None, "log")


def test_three_layers_with_three_samples_are_needed() -> None:
    assert maps({"a": series([1.0] * 9), "b": series([1.0] * 9)}) == ()
    assert maps({"a": series([1.0] * 9), "b": series([1.0] * 9), "c": series([1.0] * 2)}) == ()
    assert len(maps({**three([1.0] * 3), "short": series([1.0]), "none": series([])})[0].layers) == 4


def test_a_column_of_many_steps_is_their_median_but_of_dead_units_the_largest() -> None:
    values = [1.0, 2.0, 9.0] * 60

    assert maps(three(values))[0].cells[0] == (2.0,) * 60
    assert maps(three(values), "act_dead_frac")[0].cells[0] == (9.0,) * 60
    assert maps(three([1.0, 2.0] * 60))[0].cells[0] == (1.5,) * 60


def test_columns_cover_the_span_evenly_and_may_be_empty() -> None:
    sparse = series([5.0] * 10, list(range(0, 1000, 100)))
    (drawn,) = maps({**three([1.0] * 1000), "sparse": sparse})

    assert len(drawn.steps) == MOST_COLUMNS
    assert drawn.steps[0] == 0
    assert drawn.end == 999
    assert {b - a for a, b in zip(drawn.steps, drawn.steps[1:], strict=False)} <= {16, 17}
    assert sum(cell is not None for cell in drawn.cells[3]) == 10
    assert None in drawn.cells[3]


def test_one_value_that_is_not_finite_marks_its_column() -> None:
    values = [1.0] * 180
    values[4], values[10], values[20] = math.nan, math.inf, -math.inf
    row = maps(three(values))[0].cells[0]

    assert math.isnan(row[1])  # type: ignore[arg-type]
    assert (row[3], row[6]) == (math.inf, -math.inf)
    assert [cell for i, cell in enumerate(row) if i not in (1, 3, 6)] == [1.0] * 57


def test_cells_have_three_digits_and_never_overflow() -> None:
    assert maps(three([1.23456, 1.23456e-9, 1.7976e308]))[0].cells[0] == (1.23, 1.23e-9, 1.7976e308)
    assert maps(three([1.5e308] * 120))[0].cells[0] == (1.5e308,) * 60


def test_too_many_layers_are_thinned_evenly_and_named_ones_stay() -> None:
    layers = {f"l{i}": series([1.0] * 3) for i in range(200)}
    (drawn,) = maps(layers, named=("l101", "l102", "l103"))

    assert len(drawn.layers) == MOST_LAYERS
    assert drawn.omitted == 152
    assert {"l0", "l101", "l102", "l103", "l199"} <= set(drawn.layers)
    assert list(drawn.layers) == sorted(drawn.layers, key=lambda name: int(name[1:]))


@pytest.mark.parametrize(
    ("count", "named", "kept"), [(3, 0, 3), (48, 48, 48), (49, 48, 48), (49, 47, 48), (500, 400, 48)]
)
def test_the_choice_is_never_larger_than_allowed(count: int, named: int, kept: int) -> None:
    names = [f"l{i}" for i in range(count)]

    chosen = chosen_layers(names, names[:named])
    assert len(chosen) == len(set(chosen)) == kept


@pytest.mark.parametrize(
    "steps", [[7] * 100, [0, *[2**62] * 99], [-(2**63), 2**63 - 1], list(range(61)), [0] * 99 + [1]]
)
def test_any_steps_have_rising_columns_that_begin_with_the_first(steps: list[int]) -> None:
    starts, end = columns([series([1.0] * len(steps), steps)])

    assert starts[0] == steps[0]
    assert end == steps[-1] >= starts[-1]
    assert np.all(starts[1:] > starts[:-1])
    assert len(starts) <= MOST_COLUMNS


def test_layers_that_count_otherwise_are_left_out() -> None:
    (drawn,) = maps({**three([1.0] * 3), "other": series([1.0] * 3, axis="epoch")})

    assert drawn.layers == ("z", "a", "m")
    assert drawn.omitted == 1


def test_an_analysis_carries_its_maps_and_gives_them_back(tmp_path: Path) -> None:
    names = [
        f"{role}/{layer}"
        for role in ("update_ratio", "act_std", "grad_norm", "act_dead_frac")
        for layer in ("c.weight", "a.weight", "b.weight")
    ]
    rows = [",".join([str(step), "1.0", *["nan" if step == 7 else "0.001"] * len(names)]) for step in range(20)]
    (tmp_path / "log.csv").write_text("\n".join([",".join(["step", "train/loss", *names]), *rows]) + "\n")

    analysis = logdoc.analyze(tmp_path)

    run = analysis.runs[0]
    assert [m.role for m in run.maps] == ["update_ratio", "act_std", "grad_norm", "act_dead_frac"]
    assert run.maps[0].band is not None
    assert all(math.isnan(row[7]) for m in run.maps for row in m.cells)  # type: ignore[arg-type]
    assert logdoc.analyze(tmp_path).to_json() == analysis.to_json()
    loaded = from_json(analysis.to_json())
    assert repr(loaded.runs[0].maps) == repr(run.maps)
    assert to_html(loaded) == analysis.to_html()


def test_the_healthy_range_of_a_map_is_that_of_the_rules_that_fire_outside_it() -> None:
    judge = make_judge(load_rules(()), {}, {})

    assert judge.bands == {"act_std": (0.5, 2.0), "update_ratio": (3e-5, 3e-2)}


def test_two_rules_that_draw_different_bands_for_one_quantity_are_refused() -> None:
    rules = load_rules(()).rules
    changed = [
        dataclasses.replace(rule, rule=rule.rule.model_copy(update={"evidence": [EVIDENCE]}))
        if rule.rule.id == "act-std-low"
        else rule
        for rule in rules
    ]

    with pytest.raises(RuleError, match="draw the same band"):
        healthy_bands(changed)
