"""The reports of a hand-made analysis, byte for byte.

A change of looks shows here: `pytest tests/report --update-golden`, then read the diff.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from analyses import typical

from logdoc.report import to_html, to_json, to_markdown, to_text

GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.mark.parametrize(
    ("name", "render"),
    [("report.html", to_html), ("report.md", to_markdown), ("report.json", to_json), ("report.txt", to_text)],
)
def test_the_report_is_the_golden_one(name: str, render, request: pytest.FixtureRequest) -> None:  # type: ignore[no-untyped-def]
    made = render(typical())
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")

    expected = path.read_text(encoding="utf-8")
    difference = "\n".join(
        list(difflib.unified_diff(expected.splitlines(), made.splitlines(), "golden", "now", lineterm="", n=1))[:60]
    )
    assert made == expected, f"{difference}\nIf this is meant: pytest tests/report --update-golden"
