"""How many examples the parts of the data hold is no measure of theirs, and tells the size of the training set."""

from __future__ import annotations

import pytest

ROWS = "".join(f"epoch {n}: loss {2 / n:.4f} val loss {2.1 / n:.4f}\n" for n in range(1, 9))
MEASURES = {"loss", "val loss"}


@pytest.mark.parametrize(
    "line",
    [
        "Dataset split: train=5410, val=720, test=650",
        "Split sizes - train: 5410, validation: 720",
        "Train: 5410 | Val: 720",
        "Train set: 5410, Test set: 720",
        "{'train': 5410, 'val': 720}",
        "[data] train=5,410 val=720",
        "Loaded data: train 5410 / val 720 / test 650",
        "train samples: 5410 val samples: 720",
        "Number of training examples: 5410",
        "Train size: 5410, Val size: 720",
    ],
)
def test_sizes_of_splits_are_no_scores(run_of, line):
    run = run_of(f"{line}\n{ROWS}")

    assert set(run.series) == MEASURES
    assert run.config["train_size"] == 5410


@pytest.mark.parametrize(
    "line",
    [
        "FOLD {k} | train=23{k} val=5{r}",
        "Fold {k}/3 - train: 6{k}, val: 1{r}",
        "Train: 54{k}0 | Val: 7{r}0",
        "=== seed {k}: train: 54{k}0 test: 700 ===",
    ],
)
def test_sizes_of_each_fold_are_no_scores(runs_of, line):
    runs = runs_of("".join(f"{line.format(k=k, r=9 - k)}\n{ROWS}" for k in (1, 2, 3)))

    assert [set(run.series) for run in runs] == [MEASURES] * 3
    assert all(run.config["train_size"] > 60 for run in runs)


def test_sets_of_different_sizes_tell_no_size(runs_of):
    runs = runs_of("".join(f"Dataset split: train={k}000, val=500\n{ROWS}" for k in (1, 2, 3)))

    assert all("train_size" not in run.config for run in runs)


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("epoch {n} train: {a} val: {b}", 80),
        ("Fold 1 epoch {n} | train={a} val={b}", 80),
        ("epoch {n}\ntrain: {a} val: {b}", 80),
    ],
)
def test_scores_that_are_whole_numbers_stay_scores(run_of, line, last):
    run = run_of("".join(line.format(n=n, a=90 + n, b=60 + 2 * n) + "\n" for n in range(1, 11)))

    assert [series.values.tolist()[-1] for series in run.series.values()] == [100, last]


def test_settings_in_one_line_count_no_epochs(run_of):
    settings = "config=1/2 data=beans lags=24 batch_size=64 lr=0.01 epochs=900 steps=900 seed=3\n"
    rows = "".join(f"step={100 * n} loss={3 / n:.4f}\n" for n in range(1, 10))
    run = run_of(settings + rows)
    assert run.series["loss"].steps.tolist() == [100 * n for n in range(1, 10)]
