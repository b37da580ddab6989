"""What is shown beside a finding is what the finding is about: its curve, its layer, its number, its steps and axis."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import logdoc
from logdoc.model import Finding, RunAnalysis
from logdoc.report.html import render_html
from logdoc.report.text import render_text

WAVE = [0.01 * ((7 * i) % 5 - 2) for i in range(200)]


def said(tmp_path: Path, rows: list[dict[str, float]]) -> logdoc.Analysis:
    lines = [",".join(rows[0]), *(",".join(f"{value:.5f}" for value in row.values()) for row in rows)]
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return logdoc.analyze(tmp_path / "log.csv")


def finding(run: RunAnalysis, rule: str) -> Finding:
    return next(f for f in run.findings if f.id == rule and f.status == "fires")


def curve_below(text: str, rule: str) -> str:
    """Return the name beside the first curve that stands below a finding in the terminal."""
    lines = text[text.index(f"[{rule}]") :].splitlines()
    return next(line.split()[-1] for line in lines if re.search("[▁▂▃▄▅▆▇█]{8}", line))


def overfit() -> list[dict[str, float]]:
    return [
        {
            "epoch": i,
            "train_loss": 1.9 * math.exp(-i / 12) + 0.05,
            "val_loss": 1 + 0.9 * math.exp(-i / 6) + 0.0004 * max(0, i - 15) ** 2 + WAVE[i],
        }
        for i in range(60)
    ]


LAYERS = ("conv1.weight", "conv2.weight", "conv3.weight", "0.weight", "3.weight", "6.weight", "fc.weight")


def layers(still: str) -> list[dict[str, float]]:
    rows = []
    for i in range(80):
        row = {"step": 10.0 * i, "loss": 2 * math.exp(-i / 20) + 0.3 + WAVE[i]}
        for name in LAYERS:
            row[f"weight_norm/{name}"] = 4.0 if name == still else 3 + 0.01 * i + WAVE[i]
            row[f"update_ratio/{name}"] = 0.0 if name == still else 0.003 + 0.02 * WAVE[i]
        rows.append(row)
    return rows


def test_the_terminal_draws_the_validation_loss_below_what_is_said_of_it(tmp_path: Path) -> None:
    text = render_text(said(tmp_path, overfit())).plain

    assert curve_below(text, "val-u-shape") == "val_loss"


def test_a_number_called_lowest_at_a_step_is_the_value_that_the_log_has_there(tmp_path: Path) -> None:
    rows = overfit()
    told = finding(said(tmp_path, rows).runs[0], "val-u-shape").evidence

    step, value = re.search(r"lowest at epoch (\d+) \(([\d.]+)\)", told).groups()  # type: ignore[union-attr]
    assert f"{rows[int(step)]['val_loss']:.4g}" == value


def test_a_level_that_no_row_of_the_log_has_is_called_smoothed(tmp_path: Path) -> None:
    rows = [{"step": float(i), "loss": 2 * math.exp(-i / 15) + 0.4 + 3 * WAVE[i]} for i in range(60)]
    rows += [{"step": 60.0 + i, "loss": 0.6 + 0.2 * i} for i in range(60)]
    told = finding(said(tmp_path, rows).runs[0], "loss-diverging").evidence

    value = re.search(r"lowest smoothed level of ([\d.]+)", told)
    assert value is not None
    assert value[1] not in {f"{row['loss']:.4g}" for row in rows}


@pytest.mark.parametrize("still", ["conv2.weight", "3.weight"])
def test_the_layer_that_never_changes_is_the_one_that_is_drawn(still: str, tmp_path: Path) -> None:
    analysis = said(tmp_path, layers(still))
    found = finding(analysis.runs[0], "weights-not-training")

    assert found.layers == (still,)
    assert found.charts[0].series[0].endswith(still)
    assert curve_below(render_text(analysis).plain, "weights-not-training").endswith(still)


@pytest.mark.parametrize("start", [1, 500, 16_000])
def test_windows_lie_inside_their_run(start: int, tmp_path: Path) -> None:
    rows = [{"step": float(start + 10 * i), "loss": 2 - 0.1 * i if i < 10 else math.nan} for i in range(30)]
    run = said(tmp_path, rows).runs[0]
    windows = [f.window for f in run.findings if f.window is not None]

    assert windows
    assert all(start <= low <= high <= start + 290 for low, high in windows)


def test_an_axis_that_is_called_logarithmic_is_one(tmp_path: Path) -> None:
    def axis(bottom: float) -> bool:
        rows = [{"step": float(i), "loss": 2 - 0.02 * i, "grad_norm": bottom + 10 * (i % 7 == 3)} for i in range(50)]
        rows += [{"step": 50.0 + i, "loss": math.nan, "grad_norm": math.nan} for i in range(20)]
        analysis = said(tmp_path, rows)
        norms = [f for f in analysis.runs[0].findings for c in f.charts if c.scale == "log" and "grad_norm" in c.series]
        assert norms
        return "logarithmic" in render_html(analysis)

    assert axis(0.5)
    assert not axis(0.0)
