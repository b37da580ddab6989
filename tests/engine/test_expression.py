from __future__ import annotations

import math
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.engine.expression import Expression, ExpressionError, Scope, compile_expression
from logdoc.engine.kinds import FACT, MASK, NUMBER, SERIES, TEXT, TRUTH, Type
from logdoc.model import Series

NAN = math.nan
NUMBERS = Type("number", many=True)
TRUTHS = Type("truth", many=True)
TABLE = Type("series", many=True)


def series(*values: float, name: str = "s", first: int = 0) -> Series:
    return Series(name, np.arange(first, first + len(values), dtype=np.int64), np.array(values, dtype=np.float64))


def type_of(value: Any) -> Type:
    if isinstance(value, dict):
        return Type(type_of(next(iter(value.values()))).kind, many=True)
    if isinstance(value, Series):
        return SERIES
    if isinstance(value, str):
        return TEXT
    return FACT if value is None else TRUTH if isinstance(value, bool) else NUMBER


def run(text: str, **values: Any) -> Any:
    return compile_expression(text, {name: type_of(value) for name, value in values.items()}).run(Scope(values))


def fault(text: str, **types: Type) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text, types)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7.0),
        ("-(4 - 6) / 4", 0.5),
        ("+3", 3.0),
        ("2 < 3 <= 3", True),
        ("2 < 3 < 3", False),
        ("1 != 2 and not 1 == 2", True),
        ("1 if 2 > 1 else 5", 1.0),
        ('"a" == "a"', True),
        ("true or false", True),
        ("max(1, 2, 5)", 5.0),
        ("inf > 1", True),
    ],
)
def test_an_expression_has_its_value(text: str, expected: object) -> None:
    value = run(text)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x > 1 and false", False),
        ("false and x > 1", False),
        ("x > 1 and true", None),
        ("x > 1 or true", True),
        ("x > 1 or false", None),
        ("not x > 1", None),
        ("x == x", None),
        ("1 < x < 3", None),
        ("1 < 0 < x", False),
        ("is_known(x)", False),
    ],
)
def test_a_comparison_with_an_unknown_number_is_unknown(text: str, expected: bool | None) -> None:
    assert run(text, x=NAN) is expected


def test_a_condition_that_is_unknown_makes_its_choice_unknown() -> None:
    assert math.isnan(run("1 if x > 0 else 2", x=NAN))


def test_a_choice_between_texts_is_none_and_one_with_a_number_is_nan_where_its_condition_is_unknown() -> None:
    assert run('"a" if x > 0 else "b"', x=NAN) is None
    assert math.isnan(compile_expression("f if x > 0 else 1", {"f": FACT, "x": NUMBER}).run(Scope({"f": 1, "x": NAN})))
    assert math.isnan(compile_expression("1 if x > 0 else f", {"f": FACT, "x": NUMBER}).run(Scope({"f": 1, "x": NAN})))


def test_a_choice_between_a_number_and_a_truth_value_is_a_number() -> None:
    assert run("true if x > 0 else 3", x=1.0) == 1.0
    assert compile_expression("true if x > 0 else 3", {"x": NUMBER}).type == NUMBER


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(1.0, 0.0, math.inf), (-1.0, 0.0, -math.inf), (0.0, 0.0, NAN), (NAN, 0.0, NAN), (6.0, 3.0, 2.0)],
)
def test_division_never_raises(a: float, b: float, expected: float) -> None:
    for text in ("a / b", "over(a, b)"):
        assert run(text, a=a, b=b) == pytest.approx(expected, nan_ok=True)


def test_a_text_is_neither_true_nor_false() -> None:
    expression = compile_expression("f and true", {"f": FACT})

    assert expression.run(Scope({"f": "no"})) is None
    assert expression.run(Scope({"f": True})) is True


def test_a_text_compared_with_a_number_is_unknown() -> None:
    expression = compile_expression("f > 1", {"f": FACT})

    assert expression.run(Scope({"f": "adam"})) is None
    assert expression.run(Scope({"f": 2.0})) is True


def test_a_series_compared_with_a_number_is_a_condition_per_point() -> None:
    s = series(1, 3, NAN, 5)

    assert compile_expression("s > 2", {"s": SERIES}).type == MASK
    assert run("share(s > 2)", s=s) == pytest.approx(2 / 3)
    assert run("share(2 < s)", s=s) == pytest.approx(2 / 3)


def test_two_series_are_compared_only_on_the_same_steps() -> None:
    assert run("true_count(a > b)", a=series(1, 5), b=series(2, 2)) == 1
    assert math.isnan(run("true_count(a > b)", a=series(1, 5), b=series(2, 2, first=7)))


def test_an_absent_series_makes_what_is_computed_of_it_unknown() -> None:
    expression = compile_expression("median(tail(s, 3))", {"s": SERIES})

    assert math.isnan(expression.run(Scope({"s": None})))


def test_functions_and_operators_work_per_entity() -> None:
    table = {"a": series(1, 1), "b": series(5, 5)}

    assert run("median(t)", t=table) == {"a": 1.0, "b": 5.0}
    assert run("median(t) * 2 + 1", t=table) == {"a": 3.0, "b": 11.0}
    assert run("median(t) > 2", t=table) == {"a": False, "b": True}
    assert run("not median(t) > 2 and true", t=table) == {"a": True, "b": False}
    assert run("share(t > 2)", t=table) == {"a": 0.0, "b": 1.0}
    assert run("which(median(t) > 2)", t=table) == "b"
    assert run("highest_of(median(t))", t=table) == 5.0
    assert run("-median(t)", t=table) == {"a": -1.0, "b": -5.0}
    assert run("0 < median(t) < 3", t=table) == {"a": True, "b": False}


def test_truth_per_entity_has_three_values() -> None:
    numbers = {"low": 1.0, "high": 5.0, "unknown": NAN}

    assert run("x > 2 or x < 0", x=numbers) == {"low": False, "high": True, "unknown": None}
    assert run("x > 2 or true", x=numbers) == {"low": True, "high": True, "unknown": True}
    assert run("x > 2 and true", x=numbers) == {"low": False, "high": True, "unknown": None}
    assert run("x > 2 and false", x=numbers) == {"low": False, "high": False, "unknown": False}


def test_two_collections_combine_over_the_entities_they_share() -> None:
    assert run("a + b", a={"x": 1.0, "y": 2.0}, b={"y": 10.0, "z": 20.0}) == {"y": 12.0}


def test_facts_per_run_that_are_no_numbers_are_unknown_numbers() -> None:
    expression = compile_expression("highest_of(f)", {"f": Type("fact", many=True)})

    assert expression.run(Scope({"f": {"a": "adam", "b": 3.0}})) == 3.0
    assert math.isnan(expression.run(Scope({"f": {"a": "adam"}})))


@pytest.mark.parametrize(
    ("text", "types", "expected"),
    [
        ("median(t)", {"t": TABLE}, NUMBERS),
        ("smooth(t)", {"t": TABLE}, TABLE),
        ("median(t) > 1", {"t": TABLE}, TRUTHS),
        ("t > 1", {"t": TABLE}, Type("mask", many=True)),
        ("smooth(s)", {"s": SERIES}, SERIES),
        ('matches(x, "*bias*")', {"x": TEXT}, TRUTH),
    ],
)
def test_types_are_known_before_anything_runs(text: str, types: dict[str, Type], expected: Type) -> None:
    assert compile_expression(text, types).type == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("median(x)", "series"),
        ("s + 1", "number is needed"),
        ('1 + "a"', "number is needed"),
        ('"a" * 2', "number is needed"),
        ("s and true", "truth value is needed"),
        ("s > 1 and true", "truth value is needed"),
        ("s", ""),
        ("x and true", "truth value is needed"),
        ('x > "a"', "cannot be compared"),
        ('s > "a"', "cannot be compared"),
        ("1 < s < 2", "twice"),
        ("share(s > 1) > (s > 1)", "cannot be compared"),
        ("quantile(s)", "takes"),
        ("median(s, 1, 2, 3)", "takes"),
        ("lowest_of(x)", "per entity"),
        ('1 if x > 0 else "a"', "one type"),
        ("1 if median(t) > 0 else 2", "one truth value"),
        ("median", "is a function"),
    ],
)
def test_wrong_types_are_refused_at_load(text: str, part: str) -> None:
    types = {"x": NUMBER, "s": SERIES, "t": TABLE}
    if not part:
        assert compile_expression(text, types).type == SERIES
        return

    assert part in fault(text, **types).what


HOSTILE = [
    "__import__('os').system('id')",
    "x.__class__",
    "().__class__.__bases__[0]",
    "x[0]",
    "lambda: 1",
    "(lambda: 1)()",
    "[1, 2]",
    "[y for y in x]",
    "(y for y in x)",
    "{1: 2}",
    "{1}",
    "(1, 2)",
    "f'{x}'",
    "(y := 1)",
    "9**9**9",
    "1 << 1000000",
    "1 // 0",
    "1 % 0",
    "1 | 2",
    "~1",
    "1 @ 2",
    "x is x",
    "x in x",
    "x not in x",
    "max(*x)",
    "max(x, **x)",
    "max(x=1)",
    "max(x)(1)",
    "await x",
    "yield x",
    "b'abc'",
    "1j",
    "...",
    "eval('1')",
    "open('/etc/passwd')",
    "getattr(x, 'y')",
    "import os",
    "x = 1",
    "x; x",
    "print(1)",
    "",
    "   ",
    "\x00",
    "(" * 500,
    "-" * 1500 + "1",
    "not " * 400 + "true",
    "1" + "+1" * 900,
    "(" * 150 + "1" + ")" * 150 + ".a",
    "1" * 1999,
    '"\\N{nothing}"',
    "x > 1 # and x < 0",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24] or "empty")
def test_everything_outside_the_language_is_refused(text: str) -> None:
    error = fault(text, x=NUMBER)

    assert error.what
    assert 0 <= error.column <= len(text)


def test_the_refusal_names_what_it_found() -> None:
    assert "attribute access" in fault("x.y", x=NUMBER).what
    assert "indexing" in fault("x[0]", x=NUMBER).what
    assert "lambda" in fault("lambda: 1").what
    assert "Pow" in fault("2 ** 3").what
    assert "comment" in fault("x > 1 # x < 0", x=NUMBER).what


def test_an_expression_that_python_would_warn_of_is_refused_in_silence() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        error = fault('matches("\\d", "x")')

    assert "not an expression" in error.what
    assert said == []


def test_length_is_capped() -> None:
    assert "2,000" in fault("1 + " * 600 + "1").what


def test_the_number_of_parts_is_capped() -> None:
    assert "300 parts" in fault("max(" + "1, " * 310 + "1)").what


def test_nesting_is_capped() -> None:
    assert "nested too deeply" in fault("abs(" * 40 + "1" + ")" * 40).what


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("count(loss) > 1 and settld > 2", "settld"),
        ('matches("ééé", "x") and settld > 2', "settld"),
        ("  settld > 2", "settld"),
        ("1 +\n settld", "settld"),
    ],
)
def test_a_fault_has_its_column_and_a_suggestion(text: str, word: str) -> None:
    error = fault(text, loss=SERIES, settled=NUMBER)

    assert error.column == text.index(word)
    assert error.hint == "Did you mean 'settled'?"


def test_a_misspelt_function_gets_a_suggestion() -> None:
    assert fault("medain(s)", s=SERIES).hint == "Did you mean 'median'?"


def test_names_are_reported() -> None:
    assert compile_expression("median(s) > bound", {"s": SERIES, "bound": NUMBER, "other": NUMBER}).names == {
        "s",
        "bound",
    }


def test_a_function_of_the_same_series_is_computed_once_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import logdoc.signals
    from logdoc.engine.functions import functions

    calls: list[Series] = []

    def median(s: Series) -> float:
        calls.append(s)
        return 1.0

    median.__annotations__ = {"s": "Series", "return": "float"}
    functions.cache_clear()
    monkeypatch.setattr(logdoc.signals, "median", median)
    try:
        one = compile_expression("median(smooth(s)) > 0", {"s": SERIES})
        two = compile_expression("median(smooth(s)) * 2", {"s": SERIES})
        first, shared = series(1, 2, 3), Scope({})
        assert one.run(Scope({"s": first}, shared.memo)) is True
        assert two.run(Scope({"s": first}, shared.memo)) == 2.0
        assert len(calls) == 1
        two.run(Scope({"s": series(1, 2, 3)}, shared.memo))
        assert len(calls) == 2
    finally:
        monkeypatch.undo()
        functions.cache_clear()


OPERATORS = ["+", "-", "*", "/", "<", ">=", "==", "and", "or", "**", "in"]
atoms = st.sampled_from(
    ["x", "y", "s", "t", "0", "1", "2.5", "true", "nan", "inf", '"a"', "f", "median(s)", "median(t)", "share(s > x)"]
)
texts = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map("({0[0]} {0[1]} {0[2]})".format),
        inner.map("not {}".format),
        inner.map("-{}".format),
        inner.map("abs({})".format),
        st.tuples(inner, inner, inner).map("({0[0]} if {0[1]} else {0[2]})".format),
    ),
    max_leaves=8,
)


def attempt(text: str, types: dict[str, Type]) -> tuple[Expression | None, int]:
    """Return the expression, or None and the column of what is wrong with it."""
    try:
        return compile_expression(text, types), 0
    except ExpressionError as error:
        return None, error.column


@settings(deadline=None, max_examples=100)
@given(texts, st.floats(), st.floats(), st.sampled_from([None, True, 3.0, "adam"]))
def test_what_compiles_runs_to_a_value_of_its_type(text: str, x: float, y: float, f: object) -> None:
    types = {"x": NUMBER, "y": NUMBER, "s": SERIES, "t": TABLE, "f": FACT}
    values = {"x": x, "y": y, "s": series(1, NAN, 3, 4, 5, 6), "t": {"a": series(1, 2, 3), "b": series()}, "f": f}
    compiled, place = attempt(text, types)
    if compiled is None:
        assert 0 <= place <= len(text)
        return

    value = compiled.run(Scope(values))

    assert isinstance(value, dict) == compiled.type.many
    if compiled.type == NUMBER:
        assert isinstance(value, float)
    if compiled.type == TRUTH:
        assert value is None or isinstance(value, bool)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_text_compiles_or_is_refused(text: str) -> None:
    compiled, place = attempt(text, {"x": NUMBER})

    assert 0 <= place <= len(text)
    assert compiled is None or compiled.names <= {"x"}


def test_nothing_is_opened_imported_or_executed() -> None:
    touched: list[str] = []
    watching = True

    def hook(event: str, args: tuple[object, ...]) -> None:
        if watching and event.partition(".")[0] in ("open", "exec", "import", "socket", "subprocess", "os"):
            touched.append(event)

    compile_expression("median(s) > 1", {"s": SERIES})
    sys.addaudithook(hook)
    for text in HOSTILE:
        with pytest.raises(ExpressionError):
            compile_expression(text, {"x": NUMBER})
    watching = False

    assert touched == []


def test_a_series_where_a_number_is_needed_comes_with_a_hint_and_a_text_does_not() -> None:
    assert "median(s)" in fault("loss + 1", loss=SERIES).hint
    assert fault("name + 1", name=TEXT).hint == ""
