"""The fixture in a pytest of its own, as a project that has logdoc installed meets it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TEST = """
import csv

def curve(rise):
    rows = [(e, 2 * 0.8**e + 0.2, 2 * 0.8**e + 0.25 + rise * max(0, e - 8)) for e in range(40)]
    return {"epoch": [r[0] for r in rows], "loss": [r[1] for r in rows], "val_loss": [r[2] for r in rows]}

def write(folder, rise):
    with open(folder / "log.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["epoch", "loss", "val_loss"])
        table.writerows(zip(*curve(rise).values()))

def test_a_healthy_training(logdoc):
    write(logdoc.logdir, 0.0)
    assert logdoc.assert_healthy().runs[0].id == "log.csv"

def test_a_training_that_overfits(logdoc):
    write(logdoc.logdir, 0.05)
    logdoc.assert_healthy()

def test_curves_in_memory(logdoc):
    logdoc.assert_healthy(curve(0.05), fail_on="error")

def test_nothing_logged(logdoc):
    logdoc.assert_healthy()
"""


def run(folder: Path, *options: str) -> str:
    (folder / "test_training.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "logdoc.pytest_plugin", "-p", "no:cacheprovider", "-rA", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
    )
    return done.stdout + done.stderr


def test_the_fixture_fails_what_is_unhealthy_with_the_cause_and_keeps_its_page(tmp_path: Path) -> None:
    said = run(tmp_path, "--logdoc-report", "reports")

    assert "2 failed, 2 passed" in said
    assert "cause: Overfitting" in said
    assert "there is no run to judge" in said
    assert "asserting.py" not in said
    assert "pytest_plugin.py" not in said
    pages = sorted(page.name for page in (tmp_path / "reports").iterdir())
    assert pages == [
        "test_training.py-test_a_training_that_overfits.html",
        "test_training.py-test_nothing_logged.html",
    ]
    assert "<html" in (tmp_path / "reports" / pages[0]).read_text(encoding="utf-8")


def test_a_folder_of_pages_that_cannot_be_made_does_not_hide_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    said = run(tmp_path, "-k", "overfits", "--logdoc-report", "reports")
    assert "cause: Overfitting" in said
    assert "the page with the curves could not be written" in said


def test_without_the_option_the_message_names_it(tmp_path: Path) -> None:
    assert "pytest --logdoc-report=DIR" in run(tmp_path, "-k", "overfits")


def test_the_entry_point_is_the_plugin_and_importing_it_costs_nothing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module = project["entry-points"]["pytest11"]["logdoc"]
    code = (
        f"import sys, pytest; before = set(sys.modules); import {module}; "
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('logdoc')))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert import_module(module).logdoc
    assert done.stdout.strip() == "[]"
