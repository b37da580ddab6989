"""Starred lines that end a validation, and scores of the top few."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("front", ["Test: [{k}/4]", "Validation [{k}/4]"])
@pytest.mark.parametrize("end", [" * ERR {b:.3f} LOSS {v:.3f}", "* Err {b:.3f}\tLoss {v:.3f}"])
def test_a_starred_line_behind_a_test_is_of_validation(run_of, front, end):
    text = "".join(
        "".join(f"Epoch: [{n}][{k}/9] Loss {9 / (n + k):.3f} ERR {8 / n:.3f}\n" for k in range(0, 9, 4))
        + "".join(f"{front.format(k=k)} Loss {7 / (n + k):.3f} ERR {8 / n:.3f}\n" for k in range(0, 4, 3))
        + end.format(b=5 / n, v=3 / n)
        + "\n"
        for n in range(1, 9)
    )
    run = run_of(text)

    found = {name.lower(): series for name, series in run.series.items()}
    assert found["val loss"].values.tolist()[-1] == pytest.approx(0.375)
    assert found["val err"].values.tolist()[-1] == pytest.approx(0.625)
    assert found["loss"].values.size == 24


def test_a_starred_line_behind_training_is_of_training(run_of):
    run = run_of("".join(f"Epoch [{n}][0/9] Loss {9 / n:.3f}\n * MAE {5 / n:.3f}\n" for n in range(1, 9)))

    assert set(run.series) >= {"Loss", "MAE"}


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("epoch {n} loss {a:.4f} top 1 acc: {b:.4f} top 5 acc: {c:.4f}", ("top1 acc", "top5 acc")),
        (
            "epoch {n} loss: {a:.4f} | Top 1 Accuracy = {b:.4f} | Top 3 Accuracy = {c:.4f}",
            ("Top1 Accuracy", "Top3 Accuracy"),
        ),
        ("epoch {n}: val top 1 acc {b:.4f}, val top 5 acc {c:.4f}", ("val top1 acc", "val top5 acc")),
        (
            "epoch {n} - loss: {a:.4f} - top-1-acc: {b:.4f} - top-5-acc: {c:.4f}",
            ("top-1-acc", "top-5-acc"),
        ),
        ("epoch {n} loss {a:.4f}\ntop 1 acc: {b:.4f}\ntop 5 acc: {c:.4f}", ("top1 acc", "top5 acc")),
    ],
)
def test_scores_of_the_top_few_have_their_number_in_the_name(run_of, form, names):
    run = run_of("".join(form.format(n=n, a=2 / n, b=n / 20, c=n / 12) + "\n" for n in range(1, 11)))

    assert run.series[names[0]].values.tolist() == [n / 20 for n in range(1, 11)]
    assert run.series[names[1]].values.tolist() == pytest.approx([n / 12 for n in range(1, 11)], abs=1e-4)
