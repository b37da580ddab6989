from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.engine import load_rules
from logdoc.engine.wording import fill, holes


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{x}", 1.23456789, "1.235"),
        ("{x:.2g}", 1234.5, "1,200"),
        ("{x}", 44721.0, "44,720"),
        ("{x:.3g}", 9999999.0, "10,000,000"),
        ("{x:.3g}", 1.07e8, "1.07e+8"),
        ("{x:.1e}", 1234.5, "1.2e+3"),
        ("{x:.3g}", 1e-7, "1e-7"),
        ("{x:.2g}", 3.3333e-5, "3.3e-5"),
        ("{x:.1e}", 1e-12, "1.0e-12"),
        ("{x:.1f}", 2.0, "2.0"),
        ("{x:,.0f}", 1234567.0, "1,234,567"),
        ("{x:.0%}", 0.254, "25%"),
        ("{x:.1e}", 0.00123, "1.2e-3"),
        ("{x:d}", 41.6, "42"),
        ("{x:,d}", 12000.0, "12,000"),
        ("{x}", math.nan, "unknown"),
        ("{x:,d}", math.nan, "unknown"),
        ("{x}", None, "unknown"),
        ("{x:d}", math.inf, "infinite"),
        ("{x:.3g}", -math.inf, "minus infinite"),
        ("{x}", True, "yes"),
        ("{x}", False, "no"),
        ("{x:.3g}", "fc.weight", "fc.weight"),
        ("{{x}}", 1.0, "{x}"),
        ("{x}", "{y} {0.__class__}", "{y} {0.__class__}"),
        ("{x}", "a" * 1000, "a" * 399 + "…"),
        ("{x:x} times", 1656091.0, "1.7 million times"),
        ("{x:x} times", 79912.0, "80,000 times"),
        ("{x:x} times", 173.7, "170 times"),
        ("{x:x} times", 5.0, "5 times"),
        ("{x:x} times", 1.08, "1.1 times"),
        ("{x:x} times", 3e17, "3.0e+17 times"),
        ("{x:.0%}", 0.003, "0.3%"),
        ("{x:.0%}", 0.9997, "99.97%"),
        ("{x:.0%}", 0.9999999, "100%"),
        ("{x:.0%}", 0.0, "0%"),
        ("{x:+.1%}", -0.0000001, "0.0%"),
        ("{x:.1f}", -0.01, "0.0"),
        ("{x|weight has|weights have}", 1.0, "weight has"),
        ("{x|weight has|weights have}", 0.0, "weights have"),
        ("{x|weight has|weights have}", math.nan, "weights have"),
        ("sound{x||; # is not|; # are not}", 0, "sound"),
        ("sound{x||; # is not|; # are not}", 1, "sound; 1 is not"),
        ("sound{x||; # is not|; # are not}", 1200.0, "sound; 1,200 are not"),
        ("{x|none|one of {z:.1f}|# of {z:.1f}}", 2, "2 of 7.0"),
    ],
)
def test_a_message_says_its_values(text: str, value: object, expected: str) -> None:
    assert fill(text, {"x": value, "y": "never", "z": 7}) == expected


def test_what_the_rule_does_not_know_is_unknown() -> None:
    assert fill("{nothing:.2f}", {}) == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "{x.__class__}",
        "{x[0]}",
        "{x!r}",
        "{}",
        "{0}",
        "{x",
        "x}",
        "{x:>99999999}",
        "{x:.3d}",
        "{x:.999f}",
        "{x:{y}}",
        "{x:s}",
        "{x:b}",
        "{x: }",
        "{x|one}",
        "{x|none|one|two|many}",
        "{x:.0f|one|many}",
        "{x:.2x}",
    ],
)
def test_any_other_hole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="character"):
        list(holes(text))


def test_holes_have_name_format_and_place() -> None:
    assert list(holes("a {x} {{no}} {y:.3g}")) == [("x", "", 2), ("y", ".3g", 13)]
    assert list(holes("{x|one|of {y:d}}")) == [("x", "", 0), ("y", "d", 10)]


@settings(deadline=None, max_examples=100)
@given(st.text("{}:.,gfed%x19|#", max_size=12), st.one_of(st.floats(), st.none(), st.booleans(), st.text(max_size=5)))
def test_every_format_that_is_accepted_can_be_filled(text: str, value: object) -> None:
    try:
        found = list(holes(text))
    except ValueError:
        return

    assert isinstance(fill(text, dict.fromkeys((name for name, _, _ in found), value)), str)


def test_no_rule_says_a_multiple_with_all_its_digits() -> None:
    unrounded = re.compile(r"\{\w+:,?\.0f\} times")

    assert [r.rule.id for r in load_rules().rules if unrounded.search(r.rule.message)] == []  # {factor:x} rounds
