"""What pipelines are told is counted and bounded, and what is left out is told."""

from __future__ import annotations

import dataclasses
import json

import pytest
from analyses import faulty, healthy, typical

from logdoc.model import Analysis, Defect, Group
from logdoc.report import agent, sarif
from logdoc.report.checking import fault_in
from logdoc.report.forms import form_named
from logdoc.report.junit import junit


def test_findings_beyond_the_bound_of_sarif_are_counted_in_a_note(monkeypatch):
    everything = json.loads(form_named("sarif").render(typical()))["runs"][0]["results"]
    assert len(everything) > 1
    monkeypatch.setattr(sarif, "_MOST", 1)
    document = form_named("sarif").render(typical())
    assert len(json.loads(document)["runs"][0]["results"]) == 1
    assert f"{len(everything) - 1} findings are left out" in document


def test_files_beyond_the_bound_of_an_agent_are_counted():
    defects = tuple(Defect(f"f{i}.csv", "not judged: it is a PNG image") for i in range(agent._DEFECTS + 3))
    text = form_named("agent").render(dataclasses.replace(typical(), defects=defects))
    assert "and 3 more files that were not judged" in text
    assert text.count("not judged f") == agent._DEFECTS


def test_runs_that_belong_together_without_a_common_loss_are_named_to_an_agent():
    runs = tuple(healthy(f"runs/{i}") for i in range(8))
    group = Group("runs", tuple(run.id for run in runs), (), ())
    text = form_named("agent").render(Analysis(version="1", ruleset="r", runs=runs, groups=(group,)))
    assert "together runs/0, runs/1, runs/2, runs/3, runs/4 (8 runs)" in text


def test_a_rule_that_failed_is_an_error_of_junit_and_no_failure():
    run = faulty()
    broken = dataclasses.replace(run.findings[0], status="error", evidence="this rule failed: ValueError: x")
    text = junit(Analysis(version="1", ruleset="r", runs=(dataclasses.replace(run, findings=(broken,)),)))
    assert 'message="rule failed' in text or "rule failed" in text
    assert "<error" in text
    assert "<failure" not in text


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"steps": [0, 1], "values": [1.0]}, "as many steps as values"),
        ({"steps": [0.5], "values": [1.0]}, "steps"),
        ({"name": 5}, "name"),
    ],
)
def test_a_curve_that_is_none_is_refused_with_its_place(change, place):
    from logdoc.report import to_json

    document = json.loads(to_json(typical()))
    document["runs"][0]["curves"][0].update(change)
    assert place in fault_in(document)
    assert "curves" in fault_in(document)
