"""Headings: of an epoch and the part of the data that is gone through below it, and of the columns of a table that
stands behind what a program printed first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Run

RunOf = Callable[[str], Run]
RunsOf = Callable[[str], list[Run]]


@pytest.mark.parametrize("heads", [("training", "validate"), ("train", "validation"), ("training", "test")])
def test_a_heading_that_counts_an_epoch_tells_whose_loss_the_counted_line_below_it_says(
    run_of: RunOf, heads: tuple[str, str]
) -> None:
    blocks = (
        f"====== {heads[0]} epoch {i} ======\nEpoch {i - 1} | mean_loss = {3 / i:.3f}\n".replace("= ", "=", 1)
        + f"======{heads[1]} epoch {i}======\nEpoch {i - 1} | mean_loss = {3 / i + 0.5:.3f}\nit took 0.4 second\n"
        for i in range(1, 13)
    )

    run = run_of("".join(blocks))

    held_out = "test mean_loss" if heads[1] == "test" else "val mean_loss"
    (train,) = (series for name, series in run.series.items() if "mean_loss" in name and name != held_out)
    np.testing.assert_allclose(train.values, [round(3 / i, 3) for i in range(1, 13)])
    np.testing.assert_allclose(run.series[held_out].values, [round(3 / i + 0.5, 3) for i in range(1, 13)])


def test_a_heading_of_an_epoch_in_rules_begins_no_training(runs_of: RunsOf) -> None:
    text = "".join(f"=====training epoch {i}=====\nEpoch {i} | loss = {2 / i:.3f}\n" for i in range(1, 9))

    (run,) = runs_of(text)

    assert run.series["loss"].values.size == 8


def test_what_is_said_further_below_a_heading_of_held_out_data_is_the_trainings(run_of: RunOf) -> None:
    text = "".join(
        f"== validation epoch {i} ==\nval loss: {2.5 / i:.3f}\nsaved\nlogged\nEpoch {i + 1} loss: {2 / i:.3f}\n"
        for i in range(1, 13)
    )

    run = run_of(text)

    np.testing.assert_allclose(run.series["loss"].values, [round(2 / i, 3) for i in range(1, 13)])


def test_a_table_without_a_counter_behind_printed_settings_is_read(run_of: RunOf) -> None:
    head = "==> Arguments:\nmodel:narrow\nepochs:40\ndecay:0.2\n==> Log:\nLearning Rate\tTrain Loss\tValid Loss\tValid Acc\t\n"
    rows = "".join(f"0.020000\t{3 / i:.6f}\t{3.2 / i:.6f}\t{20 + i:.6f}\t\n" for i in range(1, 21))

    run = run_of(head + rows)

    assert list(run.series) == ["Learning Rate", "Train Loss", "Valid Loss", "Valid Acc"]
    np.testing.assert_allclose(run.series["Valid Acc"].values, [20 + i for i in range(1, 21)])


def test_numbers_below_a_line_of_other_words_stay_what_they_are(runs_of: RunsOf) -> None:
    steps = "".join(f"step {i} loss {2 / i:.3f}\n" for i in range(1, 9))
    text = "width\theight\tdepth\n" + "".join(f"{i}.5\t{i}.25\t{i}.75\n" for i in range(1, 9)) + steps

    (run,) = runs_of(text)

    assert list(run.series) == ["loss"]


def test_a_heading_with_a_counter_over_tables_of_several_runs_is_not_one_of_all_rows(runs_of: RunsOf) -> None:
    text = "epoch, step, ppl\n" + "".join(f"{i}\t{i * 30}\t{9.5 / i:.3f}\t{i / 7:.3f}\n" for i in range(1, 9))

    assert not any("ppl" in run.series for run in runs_of(text + "".join(f"step {i} loss 0.5\n" for i in range(9))))


def test_the_headings_of_a_wide_table_between_bars_are_read_behind_a_list_of_settings(run_of: RunOf) -> None:
    wide = [
        "Training Loss",
        "Epoch",
        "Step",
        "Validation Loss",
        *(f"Quality of part {k} of the text" for k in "ABCDEF"),
    ]
    head = "| " + " | ".join(wide) + " |\n|" + "|".join(":" + "-" * (len(name) + 1) for name in wide) + "|\n"
    rows = (
        f"| {2 / k:.4f} | {k}.0 | {50 * k} | {2.2 / k:.4f} | " + " | ".join(f"{0.1 * k:.2f}" for _ in "ABCDEF") + " |\n"
        for k in range(1, 8)
    )

    run = run_of("The settings were:\n- learning_rate: 3e-05\n- seed: 7\n- num_epochs: 7\n\n" + head + "".join(rows))

    np.testing.assert_allclose(run.series["Training Loss"].values, [round(2 / k, 4) for k in range(1, 8)])
    np.testing.assert_allclose(run.series["Validation Loss"].values, [round(2.2 / k, 4) for k in range(1, 8)])
    assert run.series["Training Loss"].steps.tolist() == [50 * k for k in range(1, 8)]


def test_dictionaries_in_cells_of_a_table_give_its_columns_no_names_of_their_own(run_of: RunOf) -> None:
    cell = "{'precision': 0.25, 'recall': 0.5, 'f1': 0.33, 'number': 61}"
    head = "| Training Loss | Epoch | Step | Validation Loss | Person | Place | Overall F1 |\n"
    head += "|:---:|:---:|:---:|:---:|:---:|:---:|:---:|\n"
    rows = (
        f"| {1.8 / k:.4f} | {k}.0 | {30 * k} | {1.9 / k:.4f} | {cell} | {cell} | {0.1 * k:.2f} |\n" for k in range(1, 8)
    )

    run = run_of("# tagger\n\n- seed: 7\n\n" + head + "".join(rows))

    np.testing.assert_allclose(run.series["Training Loss"].values, [round(1.8 / k, 4) for k in range(1, 8)])
    np.testing.assert_allclose(run.series["Overall F1"].values, [round(0.1 * k, 2) for k in range(1, 8)])
    assert not any("precision" in name or "recall" in name for name in run.series)
