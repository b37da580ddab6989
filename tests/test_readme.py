"""What the README shows is what logdoc prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_the_example_in_the_readme_is_the_real_output() -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("```text\n$ logdoc ")[2].partition("```")[0]
    command, _, expected = shown.partition("\n")

    done = subprocess.run(
        [sys.executable, "-m", "logdoc", *command.split()],
        cwd=ROOT,
        capture_output=True,
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
    )

    assert without_counts(done.stdout.decode("utf-8")).rstrip() == without_counts(expected).rstrip()


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_examples_run_on_the_sample_logs(page: str, tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```python\n(import logdoc\n.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "sample_logs").symlink_to(ROOT / "sample_logs")

    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert blocks


def without_counts(text: str) -> str:
    """The number of checks that found nothing grows with every rule, and tells nothing of this run."""
    return re.sub(r"\d+ checks clear, \d+ not judged, \d+ not applicable", "checks clear", text)
