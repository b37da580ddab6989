"""A run that counts epochs is told of in epochs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from logdoc.api import analyze
from logdoc.model import Curve, RunAnalysis
from logdoc.report.wording import span_text

PLACE = re.compile(r"\b[Ss]teps? \d")


def overfit(place: Path, axis: str) -> RunAnalysis:
    rows = [f"{axis},loss,val_loss,accuracy,val_accuracy"]
    for i in range(1, 41):
        train, held = 2.2 * 0.86**i + 0.01, 1.1 + 0.9 * 0.7**i + 0.04 * i
        rows.append(f"{i},{train:.4f},{held:.4f},{1 - 0.7 * 0.86**i:.4f},{0.66 - 0.3 * 0.7**i:.4f}")
    place.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return analyze(place).runs[0]


def said(run: RunAnalysis) -> str:
    parts = [run.headline, *(f.evidence for f in run.findings)]
    for cause in run.causes:
        parts += [cause.verify, cause.refute, *(r.do for r in cause.remedies), *(r.about for r in cause.because)]
    return "\n".join(parts)


@pytest.mark.parametrize(("axis", "word"), [("epoch", "epoch"), ("step", "step")])
def test_places_are_named_as_the_log_counts(axis: str, word: str, tmp_path: Path) -> None:
    run = overfit(tmp_path / "log.csv", axis)
    text = said(run)
    assert run.verdict == "warning"
    assert re.search(rf"\b{word} \d", text)
    assert bool(PLACE.search(text)) == (word == "step")
    assert span_text(run) == f"{word}s 1 to 40"


def test_amounts_of_steps_stay_steps(tmp_path: Path) -> None:
    """`Run 300 steps at a third of the learning rate` is about the optimizer."""
    of_epochs, of_steps = (overfit(tmp_path / f"{axis}.csv", axis) for axis in ("epoch", "step"))
    amounts = re.compile(r"\d+ steps\b")
    assert amounts.findall(said(of_epochs)) == amounts.findall(said(of_steps))


def test_a_span_that_reaches_beyond_the_epochs_drawn_is_one_of_steps() -> None:
    curve = Curve("loss", "train.loss", "epoch", (0, 1, 2), (3.0, 2.0, 1.0), 3)
    run = RunAnalysis("r", "csv", (), (0, 2), "healthy", "", curves=(curve,))
    assert span_text(run) == "epochs 0 to 2"
    assert span_text(dataclasses.replace(run, steps=(0, 5000))) == "steps 0 to 5,000"
    assert span_text(dataclasses.replace(run, curves=(), steps=None)) == "no steps"
