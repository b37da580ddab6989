from __future__ import annotations

import contextlib
import time

import pytest

from logdoc.resources import budget


@pytest.fixture
def watched():
    budget.start()
    yield
    budget.stop()


def spin(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(1000))


def test_what_takes_too_long_is_stopped_and_nothing_else(watched: None) -> None:
    with budget.within(30):
        with pytest.raises(budget.OverBudgetError, match="processor time"), budget.within(0.5):
            spin(20)
        spin(0.6)


def test_waiting_costs_nothing(watched: None) -> None:
    before = time.process_time()
    with budget.within(0.5):
        time.sleep(0.8)
        assert budget._watch.spent <= time.process_time() - before + budget._TICK
    assert budget.watched()


def test_memory_is_bounded(watched: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget._watch, "memory", 1)
    with pytest.raises(budget.OverBudgetError, match="memory"), budget.within(60):
        spin(20)


def test_an_exception_that_is_lost_is_raised_again(watched: None) -> None:
    def losing_it() -> None:
        with budget.within(0.5):
            with contextlib.suppress(budget.OverBudgetError):
                spin(20)
            spin(20)

    with pytest.raises(budget.OverBudgetError):
        losing_it()


def test_without_a_watch_nothing_is_bounded() -> None:
    before = time.process_time()
    with budget.within(0.01):
        spin(0.5)
    assert time.process_time() - before >= 0.5
    assert not budget.watched()


def test_a_larger_log_may_take_longer() -> None:
    assert budget.seconds_for(0) == budget.SECONDS_PER_LOG
    assert budget.seconds_for(1 << 30) > budget.seconds_for(1 << 20) > budget.SECONDS_PER_LOG
