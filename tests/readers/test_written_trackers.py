"""What training loops hand to somebody else's tracker (tests/written/make_trackers.py) is read as it was logged."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
sys.path.insert(0, str(WRITTEN))
from make import truth  # noqa: E402


def runs_in(*parts: str) -> dict[str, Run]:
    return {item.id: item for item in load([WRITTEN.joinpath(*parts)]) if isinstance(item, Run)}


def test_accelerates_values_in_mlflow_and_in_tensorboard_are_those_that_were_logged():
    found = runs_in("accelerate_mlflow")
    assert sorted(found) == ["mlflow.db", "tb/tiny"]
    for name, run in found.items():
        exactly = 1e-15 if name == "mlflow.db" else 1e-7
        assert dict(run.config) == {"lr": 0.1, "depth": 3}
        for curve, logged in truth().items():
            read = points(run, curve)
            assert list(read) == [step for step, _ in logged]
            for step, value in logged:
                assert read[step] == pytest.approx(value, rel=exactly, nan_ok=True), (name, curve, step)
        assert math.isnan(points(run, "train/loss")[25])
        assert points(run, "grad_norm")[26] == math.inf


def test_of_the_four_numbers_that_tianshou_keeps_of_everything_the_mean_is_judged():
    (run,) = runs_in("tianshou").values()
    epochs = range(1, 13)
    for scope, best, length in (("training", 10, 100 / 3), ("test", 12, 40 / 3)):
        for word, shift in (("mean", 0), ("max", 1), ("min", -1), ("std", None)):
            expected = {100 * e: best * e + shift if shift is not None else math.sqrt(2 / 3) for e in epochs}
            assert points(run, f"{scope}/returns_stat/{word}") == pytest.approx(expected, rel=1e-6)
        assert points(run, f"{scope}/lens_stat/mean") == pytest.approx({100 * e: length for e in epochs}, rel=1e-6)
    for name, first in (("loss", 5), ("actor_loss", -1), ("vf_loss", 12)):
        assert points(run, f"update/{name}/mean") == pytest.approx({10 * e: first / e for e in epochs}, rel=1e-6)
    reading = understand(run)
    assert reading.one["train.loss"].series.name == "update/loss/mean"
    assert reading.one["rl.return"].series.name == "training/returns_stat/mean"
    assert reading.one["rl.episode_length"].series.name == "training/lens_stat/mean"
    assert "train.loss_term" not in reading.each
    assert sorted(s.series.name for s in reading.each["train.player_loss"].values()) == [
        f"update/{name}_loss/mean" for name in ("actor", "ent", "vf")
    ]


@pytest.mark.parametrize("trainer", ["trl_sft", "trl_dpo"])
def test_trls_state_and_its_tensorboard_file_are_one_run_with_every_value_of_the_history(trainer: str):
    assert len(runs_in(trainer)) == 1
    (run,) = runs_in(trainer, "trainer_state.json").values()
    logged: dict[str, dict[int, float]] = {}
    for row in json.loads(WRITTEN.joinpath(trainer, "trainer_state.json").read_text())["log_history"]:
        for key, value in row.items():
            if key not in ("step", "epoch") and "train_runtime" not in row:  # the summary at the end is no curve
                logged.setdefault(key, {})[row["step"]] = value
    assert len(logged) >= 12
    for name, values in logged.items():
        assert points(run, name) == values
    (board,) = runs_in(trainer, "tb").values()
    for name, values in logged.items():
        tag = f"eval/{name[5:]}" if name.startswith("eval_") else f"train/{name}"
        assert points(board, tag) == pytest.approx(values, rel=1e-6), name
    for one in (run, board):
        reading = understand(one)
        for role, first in (("train.loss", "loss"), ("val.loss", "eval_loss"), ("train.lr", "learning_rate")):
            assert reading.one[role].series.values[0] == pytest.approx(next(iter(logged[first].values())), rel=1e-6)
