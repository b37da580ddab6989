from __future__ import annotations

import dataclasses
import datetime
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "report"))
from analyses import faulty, typical

from logdoc.errors import ConfigError
from logdoc.judging.accepting import accepted, baseline_of, load_baseline, mark
from logdoc.model import Analysis, fingerprint
from logdoc.report import from_json, to_json

TODAY = datetime.date(2026, 6, 1)
NONE: frozenset[str] = frozenset()


def test_a_fingerprint_survives_another_training_of_the_run() -> None:
    run = faulty()
    finding = run.findings[0]
    again = dataclasses.replace(finding, window=(7, 9), values={"best": 3.0}, layers=("x",), evidence="other")

    assert fingerprint(run.id, finding, run.curves) == fingerprint(run.id, again, run.curves)


def test_a_fingerprint_tells_runs_rules_and_curves_apart() -> None:
    run = faulty()
    finding = run.findings[0]
    other = dataclasses.replace(finding, charts=(dataclasses.replace(finding.charts[0], series=("train/loss",)),))
    prints = {
        fingerprint(run.id, finding, run.curves),
        fingerprint("other", finding, run.curves),
        fingerprint(run.id, dataclasses.replace(finding, id="x"), run.curves),
        fingerprint(run.id, other, run.curves),
    }

    assert len(prints) == 4


def test_an_accepted_finding_no_longer_counts_and_the_verdict_stays() -> None:
    analysis = typical()
    one = accepted(analysis, "runs/a", "val-rises", "the set is small", datetime.date(2026, 12, 31))
    marked, notes = mark(analysis, [one], NONE, TODAY)
    finding = marked.runs[0].findings[0]

    assert finding.accepted == "the set is small (until 2026-12-31)"
    assert not finding.counts
    assert marked.runs[0].verdict == "warning"
    assert notes == ()


def test_an_acceptance_holds_on_its_last_day_and_not_after_it() -> None:
    one = accepted(typical(), "runs/a", "val-rises", "for now", TODAY)

    assert mark(typical(), [one], NONE, TODAY)[0].runs[0].findings[0].accepted
    after, notes = mark(typical(), [one], NONE, TODAY + datetime.timedelta(days=1))
    assert after.runs[0].findings[0].counts
    assert notes == ("runs/a: val-rises was accepted until 2026-06-01, and is found again",)


def test_an_acceptance_of_what_is_gone_is_told_only_where_its_run_was_judged() -> None:
    one = accepted(typical(), "runs/a", "val-rises", "for now")
    cured = dataclasses.replace(typical(), runs=(dataclasses.replace(faulty(), findings=()),))

    assert mark(cured, [one], NONE, TODAY)[1] == (
        "runs/a: val-rises is accepted and no longer found; the entry can go",
    )
    assert mark(Analysis("0.1.0"), [one], NONE, TODAY)[1] == ()


def test_what_is_in_the_baseline_is_known_and_what_is_not_is_new() -> None:
    before = dataclasses.replace(typical(), runs=typical().runs[:1], groups=())
    known = load_baseline(baseline_of(before), "b.json")
    marked, _ = mark(typical(), [], known, TODAY)

    assert [f.counts for f in marked.runs[0].findings] == [False, False]
    assert [f.counts for f in marked.groups[0].findings] == [True]


def test_what_is_accepted_does_not_enter_the_baseline() -> None:
    one = accepted(typical(), "runs/a", "val-rises", "for now")
    marked, _ = mark(typical(), [one], NONE, TODAY)

    assert one.fingerprint not in load_baseline(baseline_of(marked), "b.json")


def test_what_a_saved_report_calls_a_finding_is_what_the_analysis_calls_it() -> None:
    run = dataclasses.replace(faulty(), id="runs/\x1b[31mred\x1b[0m/sk-abcdefghijklmnopqrstuvwx")
    analysis = Analysis("0.1.0", (run,))
    saved = from_json(to_json(analysis))
    one = accepted(saved, saved.runs[0].id, "val-rises", "known")

    assert mark(analysis, [one], NONE, TODAY)[0].runs[0].findings[0].accepted


@pytest.mark.parametrize(
    ("run", "rule", "because", "told"),
    [
        ("runs/z", "val-rises", "x", "Did you mean 'runs/"),
        ("runs/a", "val-rise", "x", "Did you mean 'val-rises'"),
        ("runs/a", "val-rises", " ", "needs a reason"),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_what_there_is(run: str, rule: str, because: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        accepted(typical(), run, rule, because)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "x"}', '{"schema": "logdoc-baseline/1", "findings": [{}]}', "[" * 100_000]
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        load_baseline(text, "b.json")
