"""The scripts of `findings/` keep to the form that CONTRIBUTING.md states; they themselves need a package index."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "findings").glob("*"))


def test_there_are_findings():
    assert len(SCRIPTS) >= 12
    assert {path.suffix for path in SCRIPTS} == {".sh"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_finding_is_made_in_a_folder_of_its_own_from_pinned_packages(path):
    text = path.read_text()
    assert os.access(path, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert "place=$(mktemp -d)\ntrap 'rm -rf \"$place\"' EXIT\n" in text
    packages = re.findall(r"pip (?:--python \S+ )?install (.*)", text)
    assert len(packages) == 2
    assert all("==" in line for line in packages)
    assert "logdoc" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_finding_names_the_version_and_can_fail(path):
    comment, _, script = path.read_text().partition("set -euo pipefail\n")
    (version,) = set(re.findall(r"\d+\.\d+\.\d+", comment.splitlines()[1]))
    assert f"=={version}" in script
    assert "print(" in script
    assert "assert " in script
