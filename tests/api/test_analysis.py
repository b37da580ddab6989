from __future__ import annotations

import json
from pathlib import Path

import pytest

import logdoc
from logdoc.errors import ConfigError

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
FALLING = {"loss": [2 * 0.8**e + 0.2 for e in range(30)], "val_loss": [2 * 0.8**e + 0.25 for e in range(30)]}


@pytest.fixture(scope="module")
def analysis() -> logdoc.Analysis:
    return logdoc.analyze(SAMPLES)


def test_twelve_runs_are_at_most_five_lines(analysis: logdoc.Analysis) -> None:
    lines = repr(analysis).splitlines()

    assert len(lines) == 5
    assert max(map(len, lines)) <= 160
    assert "12 runs" in lines[0]


def test_what_an_analysis_holds_is_one_line_each(analysis: logdoc.Analysis) -> None:
    for shown in (repr(analysis.runs[0]), repr(logdoc.load_runs(SAMPLES / "letters-hot")[0])):
        assert len(shown) < 200
        assert "\n" not in shown


def test_a_name_from_a_log_cannot_break_a_line_of_the_repr() -> None:
    shown = repr(logdoc.analyze({"bad\n\x1b[31mrun": json_run()}))

    assert len(shown.splitlines()) == 2
    assert "\x1b" not in shown


def json_run() -> object:
    import pandas as pd

    return pd.DataFrame(FALLING)


def test_a_run_is_found_by_a_part_of_its_path(analysis: logdoc.Analysis) -> None:
    assert analysis.run("log.csv").id == analysis.run("energy-regression").id == "energy-regression/log.csv"
    with pytest.raises(ConfigError, match="3 runs are called"):
        analysis.run("metrics.csv")
    with pytest.raises(ConfigError, match="Did you mean 'letters-hot'"):
        analysis.run("letter-hot")


def test_a_healthy_run_passes() -> None:
    logdoc.analyze(SAMPLES / "digits-cnn").assert_healthy()


def test_an_unhealthy_run_says_what_is_wrong_why_and_what_to_change_first(analysis: logdoc.Analysis) -> None:
    with pytest.raises(AssertionError) as caught:
        logdoc.analyze(SAMPLES / "letters-hot").assert_healthy()

    told = str(caught.value)
    assert "error [loss-diverging]" in told
    assert "cause: Learning rate too high" in told
    assert "  first: " in told
    allowed = told.partition("allow=[")[2].partition("]")[0]
    assert "'loss-diverging'" in allowed
    assert isinstance(caught.value, logdoc.UnhealthyError)
    assert [run.id for run in caught.value.runs] == ["letters-hot"]


def test_what_is_allowed_or_below_the_bound_passes() -> None:
    found = logdoc.analyze(SAMPLES / "clouds-small-set")
    firing = [f.id for f in found.runs[0].findings if f.status == "fires" and f.severity != "info"]

    found.assert_healthy(fail_on="error")
    found.assert_healthy(allow=firing)
    with pytest.raises(logdoc.UnhealthyError, match="not healthy"):
        found.assert_healthy(allow=firing[1:])


def test_a_run_that_could_not_be_judged_is_not_healthy_unless_told() -> None:
    found = logdoc.analyze({"loss": [2.0, 1.9, 1.8]})

    with pytest.raises(logdoc.UnhealthyError, match="allow_undecided=True"):
        found.assert_healthy()
    found.assert_healthy(allow_undecided=True)


def test_no_run_at_all_is_not_healthy(tmp_path: Path) -> None:
    with pytest.raises(logdoc.UnhealthyError, match="no run"):
        logdoc.analyze(tmp_path).assert_healthy(allow_undecided=True)


def test_a_misspelt_allowance_is_refused() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'loss-diverging'"):
        logdoc.analyze(SAMPLES / "letters-hot").assert_healthy(allow=["loss-divergin"])
    with pytest.raises(ConfigError, match="severity"):
        logdoc.analyze(SAMPLES / "letters-hot").assert_healthy(fail_on="fatal")  # type: ignore[arg-type]


def test_the_public_names_are_these() -> None:
    assert set(dir(logdoc)) == {
        "Analysis",
        "Run",
        "UnhealthyError",
        "__version__",
        "analyze",
        "compare",
        "explain",
        "load_runs",
    }
    assert all(getattr(logdoc, name) for name in dir(logdoc))


def test_a_saved_report_is_the_same_analysis(tmp_path: Path, analysis: logdoc.Analysis) -> None:
    from logdoc import api

    api.write_report(analysis, tmp_path / "report.json")

    assert json.loads(api.load_report(tmp_path / "report.json").to_json()) == json.loads(analysis.to_json())
