"""The wheel holds the rules and templates, and works where there is no checkout; the sdist holds what builds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of what a release uploads: an sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


@pytest.mark.packaging
def test_the_sdist_holds_every_file_that_is_tracked(unpacked: Path) -> None:
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("no checkout")
    names = {name for name in tracked.stdout.split("\0") if name and (ROOT / name).is_file()}
    held = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert sorted(names - held) == []


@pytest.mark.packaging
def test_the_tests_of_the_sdist_pass_where_there_is_no_checkout(unpacked: Path) -> None:
    tests = ["tests/promises", "tests/test_findings.py", "tests/test_ci_lock.py", "tests/test_sample_logs.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=unpacked, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


@pytest.mark.packaging
def test_the_wheel_holds_every_rule_and_template(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for folder in ("rules", "templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file():
                assert f"logdoc/_data/{path.relative_to(ROOT).as_posix()}" in names


@pytest.mark.packaging
def test_the_installed_wheel_analyses_a_log_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    installed = subprocess.run([str(python), "-m", "pip", "install", "-q", str(wheel)], capture_output=True, text=True)
    assert installed.returncode == 0, installed.stderr
    shutil.copytree(ROOT / "sample_logs" / "letters-hot", tmp_path / "letters-hot")

    done = subprocess.run(
        [str(environment / "bin" / "logdoc"), "analyze", "letters-hot", "-o", "r.html", "-o", "r.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1, done.stdout + done.stderr
    assert "learning rate too high" in done.stdout
    assert (tmp_path / "r.html").stat().st_size > 10_000
    listed = subprocess.run(
        [str(environment / "bin" / "logdoc"), "rules", "list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) - 1 == len(list((ROOT / "rules").glob("[!_]*/*.yaml")))


def test_a_rule_edited_in_the_checkout_is_seen_at_once() -> None:
    from logdoc.resources import bundled

    assert str(bundled("rules")) == str(ROOT / "rules")
