"""Logs as people paste them end as they should: the cases of `benchmarks/reports`; no report of one denies itself."""

from __future__ import annotations

import pytest

import logdoc
from benchmarks.reports.beside import HERE, Expected, as_table, expected, line, logdoc_says, peer_says
from tests.contradictions import contradictions

CASES = expected(HERE, HERE / "expect.csv")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_a_pasted_log_ends_as_it_should(case: Expected) -> None:
    said = logdoc_says(case)

    assert said.right
    assert said.named or not case.causes
    assert not said.alarm


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_no_report_of_a_pasted_log_denies_itself(case: Expected) -> None:
    for run in logdoc.analyze([str(path) for path in case.files]).runs:
        assert contradictions(run) == []


def test_a_peer_is_right_where_it_is_loud_about_a_fault_and_silent_about_health() -> None:
    fault = next(case for case in CASES if "lr-too-high" in case.causes)
    healthy = next(case for case in CASES if case.healthy)

    assert peer_says(fault, [("divergence", True)]).named
    assert not peer_says(fault, [("divergence", False)]).right
    assert peer_says(healthy, []).right
    assert peer_says(healthy, [("plateau", True)]).alarm
    assert peer_says(fault, None).right is None


def test_a_line_of_the_table_counts_faults_causes_alarms_and_silence() -> None:
    fault = next(case for case in CASES if case.causes)
    healthy = next(case for case in CASES if case.healthy)

    shown = line("peer", "files", [(fault, peer_says(fault, None)), (healthy, peer_says(healthy, [("nan", True)]))])

    assert shown == "| peer | files | 0 of 1 | 0 of 1 | 1 of 1 | 1 |"


def test_the_curves_of_a_case_become_a_table_that_peers_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    case = next(case for case in CASES if case.case == "validation-rises")

    assert as_table(case, tmp_path / "curves.csv")
    head, first, *_ = (tmp_path / "curves.csv").read_text().splitlines()
    assert head.startswith("step,loss,val_loss,accuracy,val_accuracy")
    assert first.split(",")[:3] == ["1", "0.245", "0.112"]


def test_a_case_without_a_folder_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "expect.csv").write_text("case,verdicts,causes,where\n99,error,,\n")

    with pytest.raises(SystemExit, match="no folder for the case '99'"):
        expected(tmp_path, tmp_path / "expect.csv")
