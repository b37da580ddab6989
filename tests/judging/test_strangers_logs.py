"""Healthy runs in the files of other people's programs, and faults whose first reason used to be the wrong one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from logged import WAVE, fired, loud, said

from logdoc.documents import load_yaml
from logdoc.model import RunAnalysis
from logdoc.resources import bundled


def told(run: RunAnalysis) -> str:
    return " ".join([run.headline, *(f.evidence for f in run.findings if f.status == "fires")])


def csv(columns: str, rows: list[tuple[float, ...]]) -> str:
    return columns + "\n" + "".join(",".join(f"{v:.6g}" for v in row) + "\n" for row in rows)


def fall(i: int, top: float = 2.3, floor: float = 0.4, pace: float = 30) -> float:
    return floor + (top - floor) * math.exp(-i / pace) + WAVE[i]


def test_running_means_of_flair_that_restart_each_epoch_do_not_diverge(tmp_path: Path) -> None:
    lines = []
    for epoch in range(1, 7):
        level = 0.9 * math.exp(-epoch / 2) + 0.08
        for part in range(1, 11):
            mean = level * (1 + 0.06 * part if epoch % 2 else 1 - 0.02 * part)
            lines.append(
                f"2026-01-05 10:{epoch:02d}:{part:02d},123 epoch {epoch} - iter {12 * part}/120 - loss {mean:.8f} - "
                f"time (sec): {part}.10 - samples/sec: 398.20 - lr: 0.000050 - momentum: 0.000000"
            )
        lines.append(f"2026-01-05 10:{epoch:02d}:50,000 EPOCH {epoch} done: loss {level * 1.3:.4f} - lr: 0.000050")
        lines.append(
            f"2026-01-05 10:{epoch:02d}:55,000 DEV : loss {level * 1.2:.6f} - f1-score (micro avg)  {1 - level:.4f}"
        )

    assert loud(said(tmp_path, "\n".join(lines) + "\n", "train.log")) == set()


def test_the_level_of_a_return_counts_steps_and_not_rows(tmp_path: Path) -> None:
    rows, step = [], 0
    for i in range(260):
        length = 14 + i % 4 if i < 100 or (i > 180 and i % 9) else 400 + i
        step += length
        rows.append((step, float(length)))

    assert loud(said(tmp_path, csv("step,episode_reward", rows), "progress.csv")) == set()


@pytest.mark.parametrize("first", [[(1, 2.31), (2, 2.3)], [(500, 0.42), (1000, 0.41)]])
def test_two_rows_of_an_attempt_that_was_aborted_are_no_fault(first: list[tuple[int, float]], tmp_path: Path) -> None:
    rows = [*first, *((i, fall(i)) for i in range(1, 200))]
    text = "".join(json.dumps({"step": s, "loss": v}) + "\n" for s, v in rows)

    assert loud(said(tmp_path, text, "log.jsonl")) == set()


@pytest.mark.parametrize("first", [76, 16_000])
def test_the_tail_of_a_log_is_not_judged_as_if_the_run_began_there(first: int, tmp_path: Path) -> None:
    name = "epoch" if first < 1000 else "step"
    pace = 1 if first < 1000 else 100
    rows = [(first + pace * i, 0.03 + 0.05 * WAVE[i], 0.31 + WAVE[i + 1], 0.93 + 0.1 * WAVE[i]) for i in range(25)]
    run = said(tmp_path, csv(f"{name},train_loss,val_loss,val_accuracy", rows), "log.csv")

    assert not {"loss-stuck", "loss-plateau", "val-flat-from-start", "loss-start-off-chance"} & loud(run)
    assert "from the first evaluation" not in told(run)
    assert "whole run" not in told(run)


@pytest.mark.parametrize("told", ["a plan", "a learning rate that still rises"])
def test_the_first_hundred_of_many_iterations_are_warm_up(told: str, tmp_path: Path) -> None:
    rows = [(4 * i, 6.9 + 3 * WAVE[i], 1e-6 * (i + 1)) for i in range(100)]
    if told == "a plan":
        (tmp_path / "config.json").write_text('{"max_iters": 44660}', encoding="utf-8")
        rows = [row[:2] for row in rows]

    assert loud(said(tmp_path, csv("iter,loss,lr" if len(rows[0]) > 2 else "iter,loss", rows), "log.csv")) == set()


@pytest.mark.parametrize("before", [10, 40, 55])
def test_zeros_that_were_written_for_what_was_not_computed_are_no_curve(before: int, tmp_path: Path) -> None:
    rows = []
    for i in range(60):
        val = (0.0, 0.0) if i < before else (fall(i, 2.4, 1.3), fall(i, 2, 1))
        rows.append((i, 0.05 + fall(i, 3, 1.2), 0.02 + fall(i, 2.4, 0.9), min(0.6, 0.02 * i), *val))
    text = csv("epoch,train/box_loss,train/cls_loss,metrics/mAP_0.5,val/box_loss,val/cls_loss", rows)

    assert loud(said(tmp_path, text, "results.csv")) == set()


@pytest.mark.parametrize("stated", [True, False])
def test_a_chance_level_of_a_number_of_classes_that_is_guessed_says_so(stated: bool, tmp_path: Path) -> None:
    if stated:
        (tmp_path / "config.json").write_text('{"num_classes": 8}', encoding="utf-8")
    rows = [(i, 2.08 + WAVE[i], 0.143) for i in range(80)]
    found = told(said(tmp_path, csv("step,loss,accuracy", rows), "log.csv"))

    assert "chance level is 12.5%" in found
    assert ("as far as the loss tells the number of classes" in found) is not stated


def test_the_same_keys_state_the_number_of_classes_and_that_it_is_no_guess() -> None:
    names = load_yaml((bundled("rules") / "_names/config.yaml").read_text(encoding="utf-8"), where="config").data

    assert names["facts"]["classes_stated"] == names["facts"]["num_classes"]


@pytest.mark.parametrize("name", ["bits_per_byte", "val_bpb", "bpc"])
def test_bits_are_not_taken_for_nats(name: str, tmp_path: Path) -> None:
    rows = [(100 * i, 1.05 + 6.6 * math.exp(-i / 8) + WAVE[i]) for i in range(80)]
    (tmp_path / "config.json").write_text('{"vocab_size": 256, "task": "language-modeling"}', encoding="utf-8")
    run = said(tmp_path, csv(f"step,{name}", rows), "log.csv")

    assert run.context["chance_loss"].value == pytest.approx(8)
    assert loud(run) == set()


def test_an_accuracy_of_a_regression_is_no_class_imbalance(tmp_path: Path) -> None:
    lines = [
        f"Epoch {i + 1}/60 - loss: {fall(i, 42, 2.2, 12):.4f} - mae: {fall(i, 6, 1, 12):.4f} - accuracy: 0.0025 - "
        f"val_loss: {fall(i, 43, 2.6, 12):.4f} - val_mae: {fall(i, 6.2, 1.2, 12):.4f} - val_accuracy: 0.0049"
        for i in range(60)
    ]
    run = said(tmp_path, "\n".join(lines) + "\n", "train.log")

    assert loud(run) == set()
    assert "class-imbalance" not in {c.id for c in run.causes}


def test_a_displayed_loss_of_0_in_grpo_is_no_fault_and_no_preference_at_chance(tmp_path: Path) -> None:
    lines = [
        str(
            {
                "loss": 0.0,
                "grad_norm": round(0.4 + WAVE[i], 4),
                "learning_rate": 1e-6,
                "reward": round(0.2 + 0.006 * i + WAVE[i], 4),
                "reward_std": round(0.3 + WAVE[i + 2], 4),
                "completion_length": 180.0 + i % 7,
                "kl": round(0.0004 * i, 6),
                "epoch": round(i / 100, 2),
            }
        )
        for i in range(70)
    ]

    run = said(tmp_path, "\n".join(lines) + "\n", "train.log")

    assert loud(run) == set()
    assert "chance_loss" not in run.context


def test_a_ctc_loss_below_0_is_no_likelihood_that_may_be(tmp_path: Path) -> None:
    run = said(tmp_path, csv("step,ctc_loss", [(i, 0.4 - 0.02 * i) for i in range(40)]), "log.csv")

    assert "loss-negative" in loud(run)


def nan_after(rows: int, norm: float, lr: float, *, passes: bool = False) -> str:
    table = []
    for i in range(rows + 30):
        bad = i >= rows if not passes else rows <= i < rows + 2
        table.append((i, math.nan if bad else fall(i), math.nan if bad else norm + WAVE[i], lr))
    return csv("step,loss,grad_norm,lr", table)


def test_a_high_learning_rate_does_not_outweigh_ordinary_gradients_before_a_nan(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"optimizer": "adam"}', encoding="utf-8")
    run = said(tmp_path, nan_after(120, 1.0, 0.05), "log.csv")

    assert run.causes[0].id in {"numeric-error", "half-precision-overflow"}
    assert all(c.probability < 0.5 for c in run.causes if c.id == "lr-too-high")


def test_a_nan_that_goes_away_has_a_bad_batch_first(tmp_path: Path) -> None:
    run = said(tmp_path, nan_after(120, 1.0, 1e-3, passes=True), "log.csv")

    assert run.verdict == "error"
    assert run.causes[0].id == "bad-batch"


@pytest.mark.parametrize("term", ["diversity_loss", "loss/gradient_penalty", "gp_loss", "loss/gp_loss"])
def test_terms_that_are_expected_to_rise_are_no_conflict(term: str, tmp_path: Path) -> None:
    rows = [(i, fall(i, 6, 2), fall(i, 5.5, 1.6), 0.01 + 0.6 * (1 - math.exp(-i / 60))) for i in range(200)]
    first = "loss/contrastive" if "/" in term else "contrastive_loss"
    run = said(tmp_path, csv(f"step,loss,{first},{term}", rows), "log.csv")

    assert not {"loss-terms-conflict", "loss-diverging"} & fired(run)
    assert "loss-weights-unbalanced" not in {c.id for c in run.causes}
