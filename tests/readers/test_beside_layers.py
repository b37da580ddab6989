"""One run in two logs of a folder: the curves in one, the layers or the last row in the other."""

from __future__ import annotations

import json
from pathlib import Path

from logdoc.model import Run
from logdoc.readers import load

LOSSES = "".join(f"Epoch {n} | train_loss {3 / n:.4f} | val_loss {4 / n:.4f}\n" for n in range(1, 13))
LAYERS = "step,act_std/fc1,act_std/fc2,grad_norm/fc1.weight,grad_norm/fc2.weight\n" + "".join(
    f"{10 * n},{1 + n / 100},{0.9 + n / 100},{0.1 / n},{0.2 / n}\n" for n in range(1, 40)
)


def runs_of(folder: Path) -> list[Run]:
    return [item for item in load([folder]) if isinstance(item, Run)]


def test_layers_that_a_hook_logs_beside_the_text_of_the_training_belong_to_it(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LOSSES)
    (tmp_path / "metrics.csv").write_text(LAYERS)

    (run,) = runs_of(tmp_path)

    assert {"train_loss", "val_loss", "act_std/fc1", "grad_norm/fc2.weight"} <= set(run.series)
    assert set(run.sources) >= {"train.log", "metrics.csv"}
    assert "layers from" in run.note


def test_beside_two_trainings_nobody_knows_whose_layers_they_are(tmp_path: Path) -> None:
    (tmp_path / "one.log").write_text(LOSSES)
    (tmp_path / "two.log").write_text(LOSSES.replace("3.0000", "3.3333").replace("1.5000", "1.7777"))
    (tmp_path / "metrics.csv").write_text(LAYERS)

    assert len(runs_of(tmp_path)) == 3


def test_a_file_that_holds_the_last_row_again_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LOSSES)
    (tmp_path / "wandb-summary.json").write_text(json.dumps({"train_loss": 3 / 12, "val_loss": 4 / 12, "_step": 12}))

    (run,) = runs_of(tmp_path)

    assert len(run.series["val_loss"]) == 12


def test_a_row_of_other_values_stays_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(LOSSES)
    (tmp_path / "other.json").write_text(json.dumps({"train_loss": 7.0, "val_loss": 9.0, "step": 12}))

    assert all(len(run.series) <= 2 for run in runs_of(tmp_path))
    assert any(len(s) == 12 for run in runs_of(tmp_path) for s in run.series.values())
