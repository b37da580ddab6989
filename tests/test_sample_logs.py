"""Every sample says just what is wrong with it: the injected fault first, and nothing at warning or above on a healthy
run.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import logdoc

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/truth.yaml"))
TRUTH = {name: yaml.safe_load((SAMPLES / name / "truth.yaml").read_text()) for name in NAMES}
FAULTY = [name for name in NAMES if not TRUTH[name]["healthy"]]
HEALTHY = [name for name in NAMES if TRUTH[name]["healthy"]]


@pytest.fixture(scope="module")
def runs() -> dict[str, logdoc.api.model.RunAnalysis]:
    analysis = logdoc.analyze(SAMPLES)
    assert analysis.defects == ()
    return {run.id.split("/")[0]: run for run in analysis.runs}


def test_every_sample_is_one_run(runs: dict[str, logdoc.api.model.RunAnalysis]) -> None:
    assert sorted(runs) == NAMES
    assert len(HEALTHY) >= 3


@pytest.mark.parametrize("name", FAULTY)
def test_the_injected_fault_is_the_first_cause(name: str, runs: dict[str, logdoc.api.model.RunAnalysis]) -> None:
    run = runs[name]

    assert run.causes
    assert run.causes[0].id == TRUTH[name]["cause"]
    assert run.verdict in ("error", "warning")


@pytest.mark.parametrize("name", FAULTY)
def test_the_expected_symptoms_fire(name: str, runs: dict[str, logdoc.api.model.RunAnalysis]) -> None:
    fired = {f.id for f in runs[name].findings if f.status == "fires"}

    assert set(TRUTH[name]["symptoms"]) <= fired


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_sample_has_nothing_at_warning_or_above(
    name: str, runs: dict[str, logdoc.api.model.RunAnalysis]
) -> None:
    loud = [f.id for f in runs[name].findings if f.status in ("fires", "error") and f.severity in ("error", "warning")]

    assert loud == []
    assert runs[name].verdict in ("healthy", "info")


def test_no_rule_fails_on_any_sample(runs: dict[str, logdoc.api.model.RunAnalysis]) -> None:
    assert [(name, f.id) for name, run in runs.items() for f in run.findings if f.status == "error"] == []


def test_the_samples_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 3_000_000
