"""As JUnit XML, which GitLab, Jenkins, Azure and Buildkite show as tests: a run is a suite, a rule is a test case.

A rule that fires at error or warning fails, one that is clear passes, one that could not be judged is skipped with the
reason, as is one whose finding is accepted or known. Rules that do not apply to a run are only counted, in a property.
The elements and attributes are those that the XSD of Jenkins' xUnit plugin allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from logdoc.model.words import percent
from logdoc.report.escape import show
from logdoc.report.places import placed
from logdoc.report.wording import note_text, settled_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logdoc.model import Analysis, Finding, RunAnalysis

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(analysis: Analysis) -> str:
    """Return the analysis as JUnit XML."""
    messages = {(one.owner, one.finding.id): one.message for one in placed(analysis)}
    suites = [_run(run, messages) for run in analysis.runs]
    suites += [
        _suite(f"group {show(group.id)}", [_fired(f, show(group.id), messages) for f in group.findings], [], "")
        for group in analysis.groups
    ]
    if analysis.defects:
        told = [f"{show(d.source)}: {note_text(d)}" for d in analysis.defects]
        suites.append(_suite("files that were not judged", [], [], "\n".join(told)))
    counted = " ".join(f'{key}="{sum(s[1][key] for s in suites)}"' for key in ("tests", "failures", "errors"))
    body = "".join(text for text, _ in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="logdoc" {counted}>\n{body}</testsuites>\n'


def _run(run: RunAnalysis, messages: dict[tuple[str, str], str]) -> tuple[str, dict[str, int]]:
    owner = show(run.id)
    cases = [_verdict(run, owner)]
    cases += [_fired(f, owner, messages) for f in run.findings]
    cases += [_case(owner, rule.id, ("skipped", "not judged", rule.reason, "")) for rule in run.not_judged]
    cases += [_case(owner, rule.id, None) for rule in run.clear]
    properties = [
        ("verdict", run.verdict),
        ("format", run.format),
        ("not-applicable", str(len(run.not_applicable))),
        *(("cause", f"{cause.id} {percent(cause.probability)}") for cause in run.causes),
    ]
    lost = "\n".join(f"{show(d.source)}: {note_text(d)}" for d in run.defects)
    return _suite(owner, cases, properties, lost)


def _verdict(run: RunAnalysis, owner: str) -> str:
    """The case that says whether the run could be judged at all; silence is not health."""
    kinds = {"unreadable": "error", **dict.fromkeys(("undecidable", "incomplete", "running"), "skipped")}
    kind = kinds.get(run.verdict)
    return _case(owner, "log-can-be-judged", (kind, run.verdict, run.headline, "") if kind else None)


def _fired(finding: Finding, owner: str, messages: dict[tuple[str, str], str]) -> str:
    if finding.status == "error":
        return _case(owner, finding.id, ("error", "rule failed", finding.evidence, ""))
    if not finding.counts:
        return _case(owner, finding.id, ("skipped", "settled", settled_word(finding), ""))
    message = messages.get((owner, finding.id), finding.evidence)
    if finding.severity == "info":
        return _case(owner, finding.id, ("system-out", "", "", message))
    return _case(owner, finding.id, ("failure", finding.severity, finding.title, message))


def _case(owner: str, rule: str, outcome: tuple[str, str, str, str] | None) -> str:
    """Return one test case; the outcome is (element, type, message, text), None for one that passes."""
    head = f"<testcase classname={_attribute(owner)} name={_attribute(rule)}"
    if outcome is None:
        return f"{head}/>"
    element, kind, message, text = outcome
    told = "" if element == "system-out" else f" type={_attribute(kind)} message={_attribute(message)}"
    return f"{head}><{element}{told}>{_text(text)}</{element}></testcase>"


def _suite(name: str, cases: list[str], properties: Iterable[tuple[str, str]], lost: str) -> tuple[str, dict[str, int]]:
    counts = {
        "tests": len(cases),
        "failures": sum("><failure " in case for case in cases),
        "errors": sum("><error " in case for case in cases),
        "skipped": sum("><skipped " in case for case in cases),
    }
    told = "".join(f"<property name={_attribute(k)} value={_attribute(v)}/>" for k, v in properties)
    lines = [
        f"<testsuite name={_attribute(name)} " + " ".join(f'{k}="{v}"' for k, v in counts.items()) + ">",
        *([f"<properties>{told}</properties>"] if told else []),
        *cases,
        *([f"<system-err>{_text(lost)}</system-err>"] if lost else []),
        "</testsuite>",
    ]
    return "\n".join(lines) + "\n", counts


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", show(text, cap=1500)))
