"""The reports of a hand-made analysis, byte for byte.

A change of looks shows here: `pytest tests/report --update-golden`, then read the diff.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from analyses import typical

from logdoc.report.forms import FORMS, Form

GOLDEN = Path(__file__).resolve().parent / "golden"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_report_is_the_golden_one(form: Form, request: pytest.FixtureRequest) -> None:
    name = f"report{form.suffixes[0]}"
    made = form.render(typical())
    for vendored in sorted((TEMPLATES / "vendor").rglob("*.min.*")):  # the policy names their digest
        made = made.replace(vendored.read_text(encoding="utf-8"), f"[{vendored.name}]")
    path = GOLDEN / name
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")

    expected = path.read_text(encoding="utf-8")
    difference = "\n".join(
        list(difflib.unified_diff(expected.splitlines(), made.splitlines(), "golden", "now", lineterm="", n=1))[:60]
    )
    assert made == expected, f"{difference}\nIf this is meant: pytest tests/report --update-golden"
