"""Every exported function on every odd series: a result of its type, never an exception, never a warning."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import logdoc.signals as signals
from logdoc.model import Series
from logdoc.signals import Mask

_RNG = np.random.default_rng(5)


def _zoo() -> dict[str, Series]:
    columns: dict[str, np.ndarray] = {f"{n} points": np.arange(float(n)) for n in range(11)}
    for n in (1, 3, 9, 50, 500):
        columns[f"{n} nan"] = np.full(n, np.nan)
        columns[f"{n} infinite"] = np.full(n, np.inf)
        columns[f"{n} equal"] = np.full(n, 2.5)
        columns[f"{n} zeros"] = np.zeros(n)
        columns[f"{n} huge"] = 1e300 * _RNG.normal(size=n)
        columns[f"{n} largest"] = 1.7e308 * np.where(np.arange(n) % 2, 1.0, -1.0)
        columns[f"{n} rising to the largest"] = np.linspace(1e307, 1.7e308, n)
        columns[f"{n} tiny"] = 1e-300 * _RNG.normal(size=n)
        columns[f"{n} smallest"] = np.full(n, 5e-324) * (np.arange(n) % 3)
        columns[f"{n} mixed"] = np.where(
            _RNG.random(n) < 0.3, np.array([np.nan, np.inf, -np.inf])[np.arange(n) % 3], _RNG.normal(size=n)
        )
        columns[f"{n} falling"] = np.exp(-np.arange(n) / 20.0)
    zoo = {name: Series(name, np.arange(v.size, dtype=np.int64), v) for name, v in columns.items()}
    zoo["one step"] = Series("one step", np.full(30, 7, dtype=np.int64), _RNG.normal(size=30))
    zoo["far steps"] = Series("far steps", np.array([0, 1, 10**15], dtype=np.int64), np.array([1.0, 2.0, 3.0]))
    zoo["with times"] = Series("with times", np.arange(30, dtype=np.int64), _RNG.normal(size=30), np.arange(30.0))
    return zoo


ZOO = _zoo()
FUNCTIONS = [name for name in signals.__all__ if inspect.isfunction(getattr(signals, name))]
_NUMBERS = (0.5, -1.0, 0.0, 3.0, 1e300, math.nan, math.inf, -math.inf)
_COLUMNS = (
    {},
    {"a": math.nan},
    {"a": 1.0},
    {"a": 1e300, "b": 1e-300, "c": math.inf},
    {f"p{i}": float(10 - i) for i in range(12)},
    {"a": 1.7e308, "b": 1.7e308},
)
_FLAGS = ({}, {"a": None}, {"a": True, "b": False, "c": None}, {f"p{i}": True for i in range(12)})
_TEXTS = ("", "a|b", "*.bias", "[")


def _mask(s: Series) -> Mask:
    known = np.isfinite(s.values)
    return Mask(s.steps, known & (np.where(known, s.values, 0.0) > 0), known)


def _arguments(name: str) -> list[tuple[object, ...]]:
    kinds = [
        str(p.annotation)
        for p in inspect.signature(getattr(signals, name)).parameters.values()
        if p.default is inspect.Parameter.empty
    ]
    pools: dict[str, list[object]] = {
        "Series": list(ZOO.values()),
        "Mask": [_mask(s) for s in ZOO.values()],
        "Column": list(_COLUMNS),
        "Flags": list(_FLAGS),
        "float": list(_NUMBERS),
        "str": list(_TEXTS),
        "Any": [None, 1.0, math.nan, "x"],
    }
    chosen = [pools[kind] for kind in kinds]
    longest = max(len(pool) for pool in chosen)
    # Each argument runs through its pool at its own pace, so that the combinations differ.
    return [
        tuple(pool[(i * (1 + 2 * k) + k) % len(pool)] for k, pool in enumerate(chosen))
        for i in range(longest * (3 if len(chosen) > 1 else 1))
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_a_result_of_its_type_on_anything(name: str) -> None:
    function = getattr(signals, name)
    wanted = {
        "float": float,
        "Series": Series,
        "bool": bool,
        "bool | None": (bool, type(None)),
        "str": str,
        "Column": dict,
    }
    kind = wanted[str(inspect.signature(function).return_annotation)]

    for arguments in _arguments(name):
        result = function(*arguments)
        assert isinstance(result, kind), (arguments, result)


@pytest.mark.parametrize(
    "name", [n for n in FUNCTIONS if str(inspect.signature(getattr(signals, n)).return_annotation) == "float"]
)
def test_nothing_is_known_of_an_empty_series_but_that_it_is_empty(name: str) -> None:
    kinds = [str(p.annotation) for p in inspect.signature(getattr(signals, name)).parameters.values()]
    if kinds[0] != "Series":
        assert "Series" not in kinds
        return
    empty = ZOO["0 points"]
    result = getattr(signals, name)(*[empty if kind == "Series" else 0.5 for kind in kinds])

    assert math.isnan(result) or (result == 0.0 and (name.endswith("count") or name in ("distinct", "period_strength")))
