from __future__ import annotations

import math

import pytest

import logdoc.signals as sig

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("ln", (math.e,), 1.0),
        ("ln", (0.0,), NAN),
        ("log2", (8.0,), 3.0),
        ("log2", (-1.0,), NAN),
        ("log10", (1000.0,), 3.0),
        ("log10", (0.0,), NAN),
        ("sqrt", (9.0,), 3.0),
        ("sqrt", (-1.0,), NAN),
        ("exp", (0.0,), 1.0),
        ("exp", (1000.0,), INF),
        ("exp", (NAN,), NAN),
        ("abs", (-2.0,), 2.0),
        ("min", (3.0, NAN, 1.0), 1.0),
        ("max", (3.0, NAN, 1.0), 3.0),
        ("max", (NAN,), NAN),
        ("over", (1.0, 0.0), INF),
        ("over", (-1.0, 0.0), -INF),
        ("over", (0.0, 0.0), NAN),
        ("over", (6.0, 4.0), 1.5),
        ("clamp", (5.0, 0.0, 1.0), 1.0),
        ("clamp", (NAN, 0.0, 1.0), NAN),
        ("default", (NAN, 2.0), 2.0),
        ("default", (1.0, 2.0), 1.0),
        ("round_to", (123.456, 1.0), 123.5),
        ("round_to", (123.456, -2.0), 100.0),
        ("round_to", (INF, 1.0), NAN),
        ("nice", (0.00027,), 0.0003),
        ("nice", (47.0,), 50.0),
        ("nice", (9.0,), 10.0),
        ("nice", (-1.0,), NAN),
    ],
)
def test_a_number_has_its_value(name: str, arguments: tuple[float, ...], expected: float) -> None:
    assert getattr(sig, name)(*arguments) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("within", (1.0, 0.0, 1.0), True),
        ("within", (2.0, 0.0, 1.0), False),
        ("within", (NAN, 0.0, 1.0), None),
        ("is_known", (NAN,), False),
        ("is_known", (None,), False),
        ("is_known", ("",), True),
        ("matches", ("AdamW", "sgd | adam*"), True),
        ("matches", ("lion", "sgd|adam*"), False),
        ("matches", (None, "sgd"), None),
        ("one_of", ("gan", "rl", "gan"), True),
        ("one_of", ("gan",), False),
        ("one_of", (None, "gan"), None),
    ],
)
def test_a_question_has_three_answers(name: str, arguments: tuple[object, ...], expected: bool | None) -> None:
    assert getattr(sig, name)(*arguments) is expected
