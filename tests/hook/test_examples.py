"""The examples of the documentation run as they stand, and what they train is healthy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the examples train with PyTorch")

from logdoc.api import analyze, load_runs
from logdoc.engine import load_rules

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
NEEDS = {"lightning_trainer": ["lightning"], "hf_trainer": ["transformers", "accelerate"]}
LAYERS = ("act_std/", "grad_norm/", "update_ratio/")


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_an_example_runs_and_its_training_is_healthy(tmp_path: Path, name: str) -> None:
    for needed in NEEDS.get(name, []):
        pytest.importorskip(needed, reason=f"{name}.py needs {needed}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), "--out", str(tmp_path / "log")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment, cwd=tmp_path, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"Now run: logdoc analyze {tmp_path / 'log'}"
    assert "logdoc.hook" not in done.stderr  # of a hook that gave up
    analysis = analyze(tmp_path / "log")
    timed = {  # of the clock: how long a step takes on a busy machine says nothing of the example
        one.rule.id
        for one in load_rules().rules
        if any(role.endswith("_seconds") for source in one.rule.inputs.values() for role in source.from_)
    }
    worse = {
        finding.id: finding.evidence
        for run in analysis.runs
        for finding in run.findings
        if finding.status == "fires" and finding.severity != "info" and finding.id not in timed
    }
    assert worse == {}
    assert [defect for run in analysis.runs for defect in run.defects if defect.lost] == []
    (trained,) = [run for run in load_runs(tmp_path / "log") if "val/loss" in run.series]
    assert all(any(tag.startswith(layer) for tag in trained.series) for layer in LAYERS)
    losses = trained.series["train/loss"].values
    assert losses[-20:].mean() < 0.6 * losses[:20].mean()
    assert ("2 ranks" in trained.note) == (name == "ddp_gloo")


def test_every_example_is_in_the_list() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in sorted(EXAMPLES.glob("*.py")) if f"({path.name})" not in text] == []
