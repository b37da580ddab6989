"""The wheel holds the rules and templates, and works where there is no checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


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
