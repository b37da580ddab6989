"""Counts glued to their words, between a name and its value, alone on a line or in front of it, and what a line says of
a whole epoch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.model import Run

EPOCHS = range(1, 8)
LOSSES = [1.9 / i + 0.125 for i in EPOCHS]
HELD = [loss + 0.25 for loss in LOSSES]


@pytest.mark.parametrize(
    "form",
    [
        "Epoch_{e}, train loss: {t:.4f}, val loss: {v:.4f}",
        "Epoch-{e}: train loss {t:.4f}, val loss {v:.4f}",
        "epoch - {e} - train loss: {t:.4f} - val loss: {v:.4f}",
        "train loss epoch[{e}] = {t:.4f}\nval loss epoch[{e}] = {v:.4f}",
        "Train loss [{e}]: {t:.4f}\nVal loss [{e}]: {v:.4f}",
        "Train loss after {e}th epoch = {t:.4f}\nVal loss after {e}th epoch = {v:.4f}",
        "train loss after {e} of 30 epochs: {t:.4f}\nval loss after {e} of 30 epochs: {v:.4f}",
        "[Epoch {{{e}}}/{{30}}] [train loss {{{t:.4f}}}] [val loss {{{v:.4f}}}]",
        "Epoch {e} -> train loss -> {t:.4f} -> val loss -> {v:.4f}",
        "epoch {e} | loss[train]: {t:.4f} | loss[val]: {v:.4f}",
        "[{e}/30]\n  train loss: {t:.4f}\n  val loss: {v:.4f}",
        "#{e}\nTrain:\n  loss: {t:.4f}\nVal:\n  loss: {v:.4f}",
        "turn: {e}\ntrain loss: {t:.4f}\nval loss: {v:.4f}",
        "Epoch {e}.. train loss: {t:.4f}.. val loss: {v:.4f}.. ",
    ],
)
def test_the_number_of_an_epoch_counts_wherever_a_program_puts_it(run_of: Callable[[str], Run], form: str) -> None:
    run = run_of("\n".join(form.format(e=e, t=t, v=v) for e, t, v in zip(EPOCHS, LOSSES, HELD, strict=True)) + "\n")

    curves = {tuple(round(v, 4) for v in series.values.tolist()): series for series in run.series.values()}
    for wanted in (LOSSES, HELD):
        series = curves[tuple(round(v, 4) for v in wanted)]
        assert series.steps.tolist() == list(EPOCHS)


@pytest.mark.parametrize(
    ("within", "closes"),
    [
        ("  batch {i}: loss {b:.4f}", "Epoch {e} done, train loss {t:.4f}"),
        ("step {g} loss {b:.4f}", "Epoch {e} done, train loss {t:.4f}"),
        ("batch {i} loss {b:.4f}", "{e} - train loss {t:.4f}"),
        ("[{e}/7] loss: {b:.4f}", "Finished epoch {e}, train loss {t:.4f}"),
        ("epoch {e} iter {i} loss: {b:.4f}", "loss: {t:.4f}, mean_iou: 0.5{e}"),
    ],
)
@pytest.mark.parametrize("several", [2, 3, 5])
def test_iterations_belong_to_the_epoch_whose_line_closes_them(
    run_of: Callable[[str], Run], within: str, closes: str, several: int
) -> None:
    several = max(several, 3) if within.startswith("[") else several  # a bar may be drawn twice at its end
    batches, text, step = [], [], 0
    for e, t in zip(EPOCHS, LOSSES, strict=True):
        for i in range(1, several + 1):
            step += 10
            batches.append(round(t + 0.03125 * i, 4))
            text.append(within.format(e=e, i=10 * i, g=step, b=batches[-1]))
        text.append(closes.format(e=e, t=t))
    run = run_of("\n".join(text) + "\n")

    curves = [[round(v, 4) for v in series.values.tolist()] for series in run.series.values()]
    assert batches in curves
    assert [round(t, 4) for t in LOSSES] in curves


def test_a_score_below_the_loss_of_validation_is_of_validation(run_of: Callable[[str], Run]) -> None:
    lines = "[{e}] loss: {t:.4f}\nval loss: {v:.4f}\nAccuracy: 0.5{e} \n"
    run = run_of("".join(lines.format(e=e, t=t, v=v) for e, t, v in zip(EPOCHS, LOSSES, HELD, strict=True)))

    assert "val Accuracy" in run.series


def test_shares_behind_names_of_splits_that_rise_are_no_losses(run_of: Callable[[str], Run]) -> None:
    run = run_of("".join(f"Epoch {e}: train = {1 - 0.8 / e:.3f} test = {0.9 - 0.75 / e:.3f}\n" for e in range(1, 12)))

    assert {"train accuracy", "test accuracy"} <= set(run.series)


@pytest.mark.parametrize("form", ["train {i:03d} {x:.5f} {y:.3f} {z:.3f}", "train {i:03d} {x:.5f} {y:.3f}"])
def test_of_numbers_without_names_behind_a_split_the_first_is_the_loss(run_of: Callable[[str], Run], form: str) -> None:
    rows = [{"i": 10 * i, "x": 2 / (i + 1), "y": 20.25 + i, "z": 40.75 + i} for i in range(12)]
    run = run_of("".join(form.format(**row) + "\n" for row in rows))

    assert [round(v, 5) for v in run.series["train loss"].values.tolist()] == [round(row["x"], 5) for row in rows]


def test_a_total_among_losses_is_the_loss_and_among_times_a_time(run_of: Callable[[str], Run]) -> None:
    losses = "".join(
        f"Epoch {e}: mask_loss={t / 3:.4f}, edge_loss={t / 5:.4f}, total={t:.4f}\n" for e, t in enumerate(LOSSES)
    )

    assert "total loss" in run_of(losses).series


def test_p_and_r_beside_an_f_score_are_precision_and_recall(run_of: Callable[[str], Run]) -> None:
    run = run_of("".join(f"epoch: {e} | f1: 0.5{e} | p: 0.6{e} | r: 0.4{e}\n" for e in EPOCHS))

    assert {"precision", "recall"} <= set(run.series)


def test_a_measure_in_per_cent_between_two_bars_is_read(run_of: Callable[[str], Run]) -> None:
    run = run_of(
        "".join(f"Epoch {e}: train loss: {t:.3f}, acc: 6{e}.5% || val loss: {t:.3f}\n" for e, t in enumerate(LOSSES))
    )

    assert "train acc" in run.series
