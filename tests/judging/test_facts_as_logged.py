"""Small logs as people have them, each with one fact that a colleague would be sure of, whatever its length."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from logged import WAVE, fired, loud, said


def table(*columns: str, rows: list[tuple[object, ...]]) -> str:
    return "\n".join([",".join(("step", *columns)), *(",".join(map(str, (i, *r))) for i, r in enumerate(rows))]) + "\n"


FACTS = {
    "one row whose loss is NaN": (table("loss", rows=[("nan",)]), "error", "loss-nan"),
    "one row whose loss is infinite": (table("loss", rows=[("inf",)]), "error", "loss"),
    "gradient norms of infinity beside a loss in order": (
        table("loss", "grad_norm", rows=[(1.31, "inf"), (1.27, "inf"), (1.22, "inf")]),
        "error",
        "nan-masked",
    ),
    "a gradient norm of NaN in a log without a loss": (
        table("grad_norm", "lr", rows=[(0.8, 1e-4), ("nan", 1e-4)]),
        "error",
        "nan-masked",
    ),
    "one row with a gradient norm of exactly 0": (table("loss", "grad_norm", rows=[(0.71, 0.0)]), "error", "grad"),
    "two rows of which the last loss is exactly 0.0": (
        table("loss", "grad_norm", rows=[(1.9, 0.4), (0.0, 0.5), (0.0, 0.5)]),
        "warning",
        "loss-zero",
    ),
    "one row at ln 2 whose margins are exactly 0": (
        table(
            "loss",
            "rewards/chosen",
            "rewards/rejected",
            "rewards/margins",
            rows=[(0.6931, 0.0, 0.0, 0.0), (0.6931, 0.0, 0.0, 0.0)],
        ),
        "warning",
        "policy-equals-reference",
    ),
    "three rows at a learning rate of 0": (
        table("loss", "lr", rows=[(2.31, 0.0), (2.29, 0.0), (2.32, 0.0)]),
        "warning",
        "lr-zero",
    ),
    "four values that repeat digit by digit": (table("loss", rows=[(1.0946,)] * 4), "warning", "loss-constant"),
}


@pytest.mark.parametrize("what", sorted(FACTS))
def test_a_fact_is_judged_in_a_log_of_one_to_four_rows(what: str, tmp_path: Path) -> None:
    text, verdict, rule = FACTS[what]

    run = said(tmp_path, text)

    assert run.verdict in {"error", "warning"} if verdict == "warning" else run.verdict == verdict
    assert any(name.startswith(rule) for name in loud(run)), loud(run)


def test_a_gradient_norm_that_is_infinite_in_passing_is_told_and_is_no_fault(tmp_path: Path) -> None:
    run = said(tmp_path, table("loss", "grad_norm", rows=[(1.31, 0.8), (1.27, "inf"), (1.22, 0.9)]))

    assert run.verdict == "info"
    assert "grad-overflow-passed" in fired(run)


def test_three_rows_without_a_fact_are_judged_by_no_trend(tmp_path: Path) -> None:
    run = said(tmp_path, table("loss", rows=[(0.9,), (1.4,), (1.1,)]))

    assert loud(run) == set()


FEW = {
    "validation rose three times in a row": (
        [(1.4, 0.61), (0.9, 0.68), (0.5, 0.79), (0.25, 0.94)],
        {"val-rises-early"},
        {"warning", "error"},
    ),
    "a gap at the third epoch": ([(0.9, 0.95), (0.4, 0.93), (0.12, 0.97)], set(), {"info", "warning"}),
    "still falling after three epochs": ([(2.0, 2.05), (1.5, 1.56), (1.1, 1.17)], {"loss-falling-few"}, {"info"}),
}


@pytest.mark.parametrize("what", sorted(FEW))
def test_a_fine_tune_of_a_few_epochs_gets_what_can_be_said_of_it(what: str, tmp_path: Path) -> None:
    epochs, rules, verdicts = FEW[what]
    text = "epoch,train_loss,val_loss\n" + "".join(f"{i + 1},{a},{b}\n" for i, (a, b) in enumerate(epochs))

    run = said(tmp_path, text)

    assert run.verdict in verdicts
    assert rules <= fired(run)
    assert f"{len(epochs)} points" in run.headline + " ".join(f.evidence for f in run.findings if f.status == "fires")


@pytest.mark.parametrize("rows", [1, 5, 150])
def test_a_global_gradient_norm_of_0_is_no_gradient_and_never_a_matter_of_clipping(rows: int, tmp_path: Path) -> None:
    run = said(tmp_path, table("loss", "grad_norm", rows=[(2.3 + WAVE[i], 0.0) for i in range(rows)]))

    assert "grad-norm-zero" in loud(run)
    assert not [name for name in fired(run) | {c.id for c in run.causes} if "clip" in name]


def test_a_loss_and_a_gradient_norm_that_become_0_are_no_matter_of_clipping_either(tmp_path: Path) -> None:
    rows = [(1.9, 0.91), (1.8, 0.87), *[(0.0, 0.0)] * 40]

    run = said(tmp_path, table("loss", "grad_norm", rows=rows))

    assert "loss-zero" in loud(run)
    assert not [name for name in fired(run) | {c.id for c in run.causes} if "clip" in name]


@pytest.mark.parametrize("before", [2, 20])
def test_zeros_behind_a_masked_nan_are_no_plateau(before: int, tmp_path: Path) -> None:
    lines = [
        {"loss": round(2 * math.exp(-i / 30) + WAVE[i], 4), "grad_norm": 0.9, "learning_rate": 1e-4, "epoch": i / 50}
        for i in range(before)
    ] + [{"loss": 0.0, "grad_norm": math.nan, "learning_rate": 1e-4, "epoch": i / 50} for i in range(before, 90)]

    run = said(tmp_path, "".join(f"{line}\n" for line in lines), "train.log")

    assert run.verdict == "error"
    assert not {"loss-plateau", "loss-stuck", "lr-no-decay", "loss-slow"} & fired(run)
    assert "lr-schedule-missing" not in {c.id for c in run.causes}
    assert run.causes[0].id in {"numeric-error", "half-precision-overflow", "bad-batch"}


def steady(level: float, name: str = "loss") -> str:
    return table(name, rows=[(f"{level:.4f}",)] * 12)


BOUNDS = {
    "16.118 of Keras": steady(16.1181),
    "15.942 of single precision": steady(15.9424),
    "13.816 of an epsilon of 1e-6": table("d_loss", "g_loss", rows=[("13.8155", "0.0")] * 12),
    "27.631 of an epsilon of 1e-12": steady(27.6310),
    "87.3365 of Caffe": "".join(
        f"I1129 10:00:{i:02d}.0 7 solver.cpp:239] Iteration {20 * i}, loss = 87.3365\n" for i in range(12)
    ),
    "100 of BCELoss": steady(100.0),
    "20.72 of an epsilon of 1e-9": steady(20.7233),
    "a perplexity of e^100": table("ppl", rows=[(f"{math.exp(100):.6g}",)] * 12),
    "a share of wrong answers times 16.118": table(
        "loss", "accuracy", rows=[(f"{16.118096 * (1 - a):.4f}", f"{a:.4f}") for a in (0.1016, 0.0977, 0.1094, 0.0938)]
    ),
    "a share of wrong answers times 15.942": table(
        "loss", "accuracy", rows=[(f"{15.942385 * (1 - a):.4f}", f"{a:.4f}") for a in (0.5016, 0.4977, 0.5094, 0.4938)]
    ),
}


@pytest.mark.parametrize("what", sorted(BOUNDS))
def test_a_loss_at_the_clamp_of_a_framework_is_called_so(what: str, tmp_path: Path) -> None:
    run = said(tmp_path, BOUNDS[what], "log.csv" if BOUNDS[what].startswith("step,") else "train.log")

    assert "loss-at-bound" in loud(run)
    assert run.causes[0].id in {
        "loss-input-wrong",
        "activation-saturating",
        "init-poor",
        "lr-too-high",
        "numeric-error",
        "discriminator-too-strong",
        "discriminator-too-weak",
    }


def test_a_loss_that_leaps_to_a_clamp_after_its_first_steps_was_blown_up_by_one(tmp_path: Path) -> None:
    text = "".join(
        f"I1129 10:00:{i:02d}.0 7 solver.cpp:239] Iteration {20 * i}, loss = {6.91 if i < 1 else 87.3365}\n"
        for i in range(14)
    )

    run = said(tmp_path, text, "caffe.log")

    assert "loss-at-bound" in loud(run)
    assert "lr-too-high" in [c.id for c in run.causes[:3]]


def test_a_loss_near_a_clamp_that_moves_is_no_clamp(tmp_path: Path) -> None:
    run = said(tmp_path, table("loss", rows=[(f"{16.118 + 8 * WAVE[i]:.4f}",) for i in range(40)]))

    assert "loss-at-bound" not in fired(run)
