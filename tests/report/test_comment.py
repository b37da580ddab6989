"""The comment of a pull request: found again by its first line, within what a forge accepts, counted for pipelines."""

from __future__ import annotations

import dataclasses

import pytest
from analyses import faulty, healthy, many, typical

from logdoc.model import Analysis, Finding
from logdoc.report.comment import comment, counted
from logdoc.report.markdown import LIMIT, render_markdown


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("default", "<!-- logdoc:default -->"),
        ("nightly build", "<!-- logdoc:nightly-build -->"),
        ("a_b.c", "<!-- logdoc:a_b.c -->"),
        ("x --> <b>", "<!-- logdoc:x-b -->"),
        ("two\nlines", "<!-- logdoc:two-lines -->"),
        ("Größe", "<!-- logdoc:Gr-e -->"),
        ("--", "<!-- logdoc:default -->"),
        ("", "<!-- logdoc:default -->"),
        ("n" * 80, f"<!-- logdoc:{'n' * 60} -->"),
    ],
)
def test_the_first_line_is_a_marker_that_no_name_can_leave(name: str, marker: str) -> None:
    first, _, rest = comment(typical(), name).partition("\n")

    assert first == marker
    assert rest == render_markdown(typical(), limit=LIMIT - len(marker) - 1)


def test_a_comment_on_many_runs_is_no_longer_than_a_forge_takes() -> None:
    told = comment(many(300))

    assert len(told) <= LIMIT
    assert "left out to stay under" in told


def of(severity: str, **changed: object) -> Finding:
    changes = {"severity": severity, **changed}
    return dataclasses.replace(faulty().findings[0], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("findings", "count", "worst"),
    [
        ((), "0", "none"),
        ((of("info"),), "0", "info"),
        ((of("info"), of("warning")), "1", "warning"),
        ((of("warning"), of("error"), of("warning")), "3", "error"),
        ((of("error", status="clear"), of("warning")), "1", "warning"),
        ((of("error", accepted="known case"), of("info")), "0", "info"),
        ((of("error", known=True),), "0", "none"),
    ],
)
def test_a_pipeline_gets_the_count_at_warning_or_error_and_the_worst_of_what_counts(
    findings: tuple[Finding, ...], count: str, worst: str
) -> None:
    told = counted(Analysis("0.1.0", (dataclasses.replace(healthy(), findings=findings),)))

    assert told == {"findings-count": count, "max-severity": worst}


def test_findings_about_groups_count_as_well() -> None:
    quiet = dataclasses.replace(typical(), runs=(healthy(),))
    (group,) = quiet.groups
    loud = dataclasses.replace(quiet, groups=(dataclasses.replace(group, findings=(of("error"),)),))

    assert counted(quiet) == {"findings-count": "0", "max-severity": "info"}
    assert counted(loud) == {"findings-count": "1", "max-severity": "error"}
