from __future__ import annotations

import contextlib
import importlib
import time
from pathlib import Path

import pytest

from logdoc import api
from logdoc.readers.registry import Format
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


def two_logs(folder: Path) -> Path:
    for name in ("a.csv", "b.csv"):
        rows = "".join(f"{i},{2 / (1 + i):.4f}\n" for i in range(60))
        (folder / name).write_text("step,loss\n" + rows)
    return folder


def test_a_reader_that_never_ends_is_stopped_by_the_watch_and_the_other_log_is_judged(
    watched: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Format.read

    def endless(self, source):  # type: ignore[no-untyped-def]
        if source.id == "a.csv":
            spin(60)
        return real(self, source)

    monkeypatch.setattr(Format, "read", endless)
    monkeypatch.setattr(budget, "SECONDS_PER_LOG", 2.0)
    analysis = api.analyze(two_logs(tmp_path), code=False)
    assert [run.id for run in analysis.runs] == ["b.csv"]
    assert [(defect.source, defect.id, defect.lost) for defect in analysis.defects] == [("a.csv", "DATA019", True)]


def test_a_rule_that_never_ends_is_stopped_by_the_watch_and_the_others_are_judged(
    watched: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = importlib.import_module("logdoc.engine.evaluate")
    real = evaluate._judge

    def endless(rule, seen, overrides, **how):  # type: ignore[no-untyped-def]
        if rule.rule.id == "loss-plateau":
            spin(60)
        return real(rule, seen, overrides, **how)

    monkeypatch.setattr(evaluate, "_judge", endless)
    monkeypatch.setattr(budget, "SECONDS_PER_RULE", 0.5)
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{2 / (1 + i):.4f}\n" for i in range(60)))
    (run,) = api.analyze(tmp_path, code=False).runs
    assert [finding.id for finding in run.findings if finding.status == "error"] == ["loss-plateau"]
    assert "log-missing-lr" in [finding.id for finding in run.findings]
