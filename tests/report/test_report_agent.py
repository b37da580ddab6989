from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import logdoc
from logdoc.report.agent import agent_text
from logdoc.report.text import plain_text
from logdoc.report.tokens import cut_to, tokens_of

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


@pytest.fixture(scope="module")
def analysis() -> logdoc.Analysis:
    return logdoc.analyze(SAMPLES)


def test_a_run_costs_at_most_600_tokens_and_fewer_than_the_plain_text(analysis: logdoc.Analysis) -> None:
    for run in analysis.runs:
        one = dataclasses.replace(analysis, runs=(run,), groups=())
        assert tokens_of(agent_text(one)) <= 600
        assert tokens_of(agent_text(one)) < tokens_of(plain_text(one))


def test_nothing_at_warning_or_above_is_left_out(analysis: logdoc.Analysis) -> None:
    told = agent_text(analysis)

    for run in analysis.runs:
        assert f"run {run.id}: {run.verdict}" in told
        for finding in run.findings:
            if finding.status == "fires" and finding.severity != "info":
                assert f"{finding.severity} {finding.id}" in told
                assert finding.evidence[:60] in told


def test_every_cause_is_named_with_its_probability(analysis: logdoc.Analysis) -> None:
    told = agent_text(analysis)

    for run in analysis.runs:
        if any(f.status == "fires" and f.severity != "info" for f in run.findings):
            assert all(cause.id in told for cause in run.causes)


def test_tokens_are_six_letters_three_digits_or_a_mark() -> None:
    assert tokens_of("learning rate 0.0003, ok") == 2 + 1 + 1 + 1 + 2 + 1 + 1
    assert tokens_of("") == 0
    assert cut_to("one two three", 2) == "one two …"
    assert cut_to("one two", 2) == "one two"
