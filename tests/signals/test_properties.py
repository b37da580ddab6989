"""What must not depend on units: of the values, of the steps."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logdoc.signals as sig
from logdoc.model import Series

PURE = (
    "trend_z",
    "rise_z",
    "fall_z",
    "drop_share",
    "plateau_share",
    "spike_height",
    "change_z",
    "period",
    "period_strength",
    "swing",
)
PURE += ("sign_change_share", "monotone_share", "count", "nonfinite_share", "spike_recovery")
LEVELS = (
    "start_level",
    "end_level",
    "best_level",
    "top_level",
    "improvement",
    "rise",
    "noise",
    "level_noise",
    "change_size",
    "trend",
    "mean",
    "median",
    "std",
)
STEPS = (
    "best_step",
    "top_step",
    "plateau_start",
    "spike_step",
    "change_step",
    "step_of_lowest",
    "first_step",
    "last_step",
)
CURVES = st.builds(
    lambda seed, n, fall, scatter: (
        fall * np.exp(-4 * np.arange(n) / n) + scatter * np.random.default_rng(seed).normal(size=n) + 1.0
    ),
    st.integers(0, 10**6),
    st.integers(5, 300),
    st.sampled_from([0.0, 1.0, 5.0]),
    st.sampled_from([0.01, 0.1, 1.0]),
)


def _series(values: np.ndarray, scale: int = 1, shift: int = 0) -> Series:
    return Series("s", np.arange(values.size, dtype=np.int64) * scale + shift, values)


@settings(deadline=None, max_examples=40)
@given(values=CURVES, power=st.integers(-30, 30))
def test_units_of_values_scale_levels_and_nothing_else(values: np.ndarray, power: int) -> None:
    factor = 2.0**power
    plain, scaled = _series(values), _series(values * factor)

    for name in (*PURE, *STEPS):
        assert getattr(sig, name)(scaled) == pytest.approx(getattr(sig, name)(plain), rel=1e-6, nan_ok=True), name
    for name in LEVELS:
        assert getattr(sig, name)(scaled) == pytest.approx(
            factor * getattr(sig, name)(plain), rel=1e-6, abs=1e-9 * factor, nan_ok=True
        ), name


@settings(deadline=None, max_examples=40)
@given(values=CURVES, scale=st.integers(1, 1000), shift=st.integers(0, 10**6))
def test_units_of_steps_move_steps_and_nothing_else(values: np.ndarray, scale: int, shift: int) -> None:
    plain, moved = _series(values), _series(values, scale, shift)

    for name in (*PURE, *LEVELS):
        assert getattr(sig, name)(moved) == pytest.approx(getattr(sig, name)(plain), rel=1e-6, abs=1e-9, nan_ok=True), (
            name
        )
    for name in STEPS:
        assert getattr(sig, name)(moved) == pytest.approx(
            getattr(sig, name)(plain) * scale + shift, rel=1e-6, nan_ok=True
        ), name


def test_nothing_changes_its_arguments() -> None:
    values = np.random.default_rng(1).normal(size=100)
    values[5] = np.nan
    for name in sig.__all__:
        function = getattr(sig, name)
        if not inspect.isfunction(function):
            continue
        kinds = [str(p.annotation) for p in inspect.signature(function).parameters.values()]
        if set(kinds) <= {"Series", "float"} and "Series" in kinds and name != "decimate":
            s = _series(values.copy())
            function(*[s if kind == "Series" else 0.5 for kind in kinds])
            assert np.array_equal(s.values, values, equal_nan=True), name
