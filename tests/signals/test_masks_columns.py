from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.signals import (
    Mask,
    count_of,
    depth_slope10,
    depth_trend,
    entities,
    first_of,
    first_true_step,
    highest_of,
    last_of,
    last_true_step,
    longest_share,
    lowest_of,
    median_of,
    only,
    onset,
    share,
    share_of,
    spread_of,
    sum_of,
    true_count,
    where,
    which,
    without,
)


def _mask(text: str) -> Mask:
    """Build a mask of 1, 0 and - (not finite), at steps 0, 10, 20 ..."""
    return Mask(
        np.arange(len(text)) * 10,
        np.array([c == "1" for c in text], dtype=bool),
        np.array([c != "-" for c in text], dtype=bool),
    )


def test_a_mask_is_counted_over_its_known_points() -> None:
    m = _mask("0110-1")

    assert (share(m), true_count(m), first_true_step(m), last_true_step(m)) == (0.6, 3.0, 10.0, 50.0)
    assert longest_share(m) == 0.4


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("0011", 20.0),
        ("1111", 0.0),
        ("01-1", 10.0),
        ("011-", 10.0),
        ("0110", math.nan),
        ("--", math.nan),
        ("", math.nan),
    ],
)
def test_the_onset_is_where_it_holds_to_the_end(text: str, step: float) -> None:
    assert onset(_mask(text)) == pytest.approx(step, nan_ok=True)


def test_a_mask_of_nothing_is_unknown() -> None:
    assert np.isnan(
        [share(_mask("")), longest_share(_mask("--")), first_true_step(_mask("00")), last_true_step(_mask("00"))]
    ).all()
    assert longest_share(_mask("00")) == 0.0


def test_a_column_keeps_its_order_and_skips_what_is_unknown() -> None:
    c = {"a": math.nan, "b": 4.0, "c": 1.0, "d": 16.0}

    assert (
        entities(c),
        first_of(c),
        last_of(c),
        lowest_of(c),
        highest_of(c),
        median_of(c),
        sum_of(c),
        spread_of(c),
    ) == (3, 4, 16, 1, 16, 4, 21, 16)


def test_the_spread_over_zero_is_infinite() -> None:
    assert spread_of({"a": 0.0, "b": 1.0}) == math.inf
    assert math.isnan(spread_of({"a": 0.0}))


def test_a_decay_over_the_depth_has_its_slope() -> None:
    c = {f"layer{i}": 10.0 ** (-0.5 * i) for i in range(8)}

    assert depth_slope10(c) == pytest.approx(-0.5)
    assert depth_trend(c) == pytest.approx(-1.0)
    assert depth_slope10({**c, "zero": 0.0}) == pytest.approx(-0.5)
    assert math.isnan(depth_slope10({"a": 1.0, "b": 0.0}))
    assert math.isnan(depth_trend({"a": 1.0, "b": 2.0}))


def test_flags_are_named_and_counted() -> None:
    f = {"a": True, "b": False, "c": None, "d": True}

    assert (which(f), share_of(f), count_of(f)) == ("a, d", pytest.approx(2 / 3), 2.0)
    assert where({"a": 1.0, "b": 2.0, "c": 3.0}, f) == {"a": 1.0}
    assert which({f"p{i}": True for i in range(10)}) == "p0, p1, p2, p3, p4, p5, p6, p7 and 2 more"
    assert math.isnan(share_of({"a": None}))


def test_entities_are_left_out_by_name_unless_none_would_be_left() -> None:
    c = {"fc.weight": 1.0, "fc.BIAS": 2.0}

    assert without(c, "*.bias | *.norm") == {"fc.weight": 1.0}
    assert without(c, "*") == c
    assert only(c, "*.bias | *.norm") == {name: value for name, value in c.items() if name != "fc.weight"}
    assert only(c, "*.nothing") == {}
