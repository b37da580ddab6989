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


def rows(count):
    return "".join(f"epoch {n}: loss {2 / n:.4f} val loss {2.1 / n:.4f}\n" for n in range(1, count + 1))


@pytest.mark.parametrize(
    ("line", "count", "size"),
    [
        ("Train: 5410 | Val: 720", 5, 5410),
        ("Train: 5410 | Val: 720", 4, None),
        ("Split: train: 5410, val: 720", 4, 5410),
        ("Train: 101 | Val: 20", 8, 101),
        ("Train: 100 | Val: 20", 8, None),
        ("Split: train: 64, val: 16", 8, 64),
        ("Split: train: -64, val: 16", 8, None),
        ("Split: train: 5410.0, val: 720.0", 8, None),
        ("Split: train: 5410, train: 720", 8, None),
        ("Split: train: 5410, other: 720", 8, None),
        ("Split: train acc: 5410, val acc: 720", 8, None),
        ("Score of the split: train: 5410, val: 720", 8, None),
        ("Split: train: 5410", 8, None),
        ("train samples: 5410", 8, 5410),
        ("train samples: 1", 8, 1),
        ("train samples: 0", 8, None),
        ("train samples: 80%", 8, None),
        ("val samples: 720", 8, None),
        ("dev samples: 720, training examples: 5410", 8, 5410),
    ],
)
def test_what_is_said_of_the_parts_of_the_data_tells_the_size_of_the_training_set(run_of, line, count, size):
    assert run_of(f"{line}\n{rows(count)}").config.get("train_size") == size


@pytest.mark.parametrize(("second", "size"), [(1000, 1000), (1050, 1000), (1051, None), (953, 1000), (952, None)])
def test_training_sets_that_differ_by_a_twentieth_are_of_one_size(runs_of, second, size):
    runs = runs_of("".join(f"train samples: {n}\n{rows(8)}" for n in (1000, second)))

    assert [run.config.get("train_size") for run in runs] == [size] * 2


@pytest.mark.parametrize(("second", "size"), [("65 | Val: 16", 64), ("63 | Val: 16", 64), ("66 | Val: 16", None)])
def test_small_parts_that_are_the_same_data_again_are_sizes(runs_of, second, size):
    runs = runs_of(f"Train: 64 | Val: 16\n{rows(8)}Train: {second}\n{rows(8)}")

    assert [run.config.get("train_size") for run in runs] == [size] * 2


@pytest.mark.parametrize(("first", "size"), [(101, 101), (100, None)])
def test_a_line_about_a_fold_with_more_than_a_hundred_in_a_part_is_of_sizes(run_of, first, size):
    text = f"Fold 1: train {first} val 20\nFold 2: train {first - 4} val 20\n{rows(3)}"

    assert run_of(text).config.get("train_size") == size
