"""What a rule lacks is worked out once for all runs that logged the same: it must be told as if it were for each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import pytest

from logdoc.engine import evaluate, load_rules
from logdoc.engine.inputs import ABSENT, is_there, lookup

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.engine import EngineInput

    RunOf = Callable[..., EngineInput]

evaluating = importlib.import_module("logdoc.engine.evaluate")
RUNS = (
    ({"train.loss": "2.3-0.02x40"}, {}),
    ({"train.loss": "2-0.02x40", "val.loss": "2.3-0.02x40"}, {}),
    ({"train.loss": "3-0.02x30"}, {}),
    ({"train.loss": "2-0.02x40", "train.lr": "0.1x40", "update_ratio[a]": "2.3-0.02x40"}, {"task": "classification"}),
    ({"train.loss": "2-0.02x40"}, {"task": "classification"}),
    ({}, {}),
)


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Forget what runs logged, and remember at most so many kinds from now on."""

    def remember(most: int) -> None:
        monkeypatch.setattr(evaluating, "_MOST_SHAPES", most)
        monkeypatch.setattr(evaluating, "_shapes", {})

    return remember


def test_runs_of_known_shapes_are_told_the_same_as_if_each_were_the_first(
    run_of: RunOf, shapes: Callable[[int], None]
) -> None:
    rules = load_rules().rules
    shapes(0)
    alone = [str(evaluate(rules, run_of(series, **meta))) for series, meta in RUNS]
    shapes(100)
    for rule in rules:
        rule.lacking.clear()
    for _ in range(2):
        assert [str(evaluate(rules, run_of(series, **meta))) for series, meta in RUNS] == alone
    # The third run logged what the first did; the number of kinds stays small where runs differ in everything.
    assert len(evaluating._shapes) == len(RUNS) - 1
    shapes(2)
    for rule in rules:
        rule.lacking.clear()
    assert [str(evaluate(rules, run_of(series, **meta))) for series, meta in RUNS] == alone
    assert max(len(rule.lacking) for rule in rules) == 2


def test_an_input_is_there_exactly_where_it_is_found(run_of: RunOf) -> None:
    sources = {name for rule in load_rules().rules for one in rule.rule.inputs.values() for name in one.from_}
    for series, meta in RUNS:
        run = run_of(series, **meta)
        for source in sources:
            assert is_there(run, source) == (lookup(run, source, None) is not ABSENT), source
