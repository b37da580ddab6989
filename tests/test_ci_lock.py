"""`.ci/lock.txt` is what CI can be repeated with: it holds every dependency, in a version we allow, with its hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
HASHES = r"(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+"
TEXT = (ROOT / ".ci" / "lock.txt").read_text()
PINS = re.findall(rf"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+) \\\n({HASHES})", TEXT, re.MULTILINE)
LOCKED = {canonicalize_name(name): version for name, version, _ in PINS}


def wanted() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *extras["dev"], *extras["bench"], *extras["docs"]]


@pytest.mark.parametrize("asked", wanted())
def test_the_lock_holds_what_is_asked_for_in_a_version_that_is_allowed(asked: str) -> None:
    requirement = Requirement(asked)

    assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)], prereleases=True)


def test_everything_in_the_lock_is_pinned_with_hashes_and_comes_from_the_index() -> None:
    assert len(PINS) == len(re.findall(r"^[a-z0-9]", TEXT, re.MULTILINE))
    assert "://" not in TEXT
    assert "--find-links" not in TEXT
