"""Trainings that were appended to one file of JSON lines: a run for each start, none for a resume or a second curve."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from logdoc.readers import load
from logdoc.readers.starts import again, starts_in
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column


def loss(step, again=0):
    return 2 / (1 + step / 50) + again / 10


def steps(start, stop, again=0, **more):
    return [{"step": n, "loss": loss(n, again), **more} for n in range(start, stop, 10)]


def runs_of(tmp_path, rows):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(load([path]))


FRONTS = [
    [],
    [{"config": {"lr": 0.02, "batch_size": 24}}],
    [{"lr": 0.02, "batch_size": 24, "optimizer": "lion"}],
    [{"event": "start", "seed": 5, "batch_size": 24}],
]


@pytest.mark.parametrize("front", FRONTS)
def test_every_start_is_a_run_with_what_it_printed_in_front(tmp_path, front):
    rows = [row for part in range(3) for row in [*front, *steps(0, 200 + 50 * part, part)]]
    runs = runs_of(tmp_path, rows)

    assert [run.id.rpartition("/")[2] for run in runs] == ["part 1", "part 2", "part 3"]
    for part, run in enumerate(runs):
        assert run.series["loss"].steps.tolist() == list(range(0, 200 + 50 * part, 10))
        assert run.series["loss"].values.tolist() == [loss(n, part) for n in range(0, 200 + 50 * part, 10)]
        assert f"this is run {part + 1} of 3 in the file" in " ".join(defect.what for defect in run.defects)
        assert ("batch_size" in " ".join(run.config)) == bool(front)
        assert not run.attempts
        assert not any(defect.lost for defect in run.defects)


def test_a_shorter_start_below_a_longer_one_is_another_run(tmp_path):
    rows = [{"iteration": i, "total_loss": 1.0, "data_time": 0.1, "eta_seconds": 1} for i in range(0, 100, 10)]
    first, second = runs_of(tmp_path, rows + [{**row, "total_loss": 2.0} for row in rows[:5]])

    assert first.series["total_loss"].values.tolist() == [1.0] * 10
    assert second.series["total_loss"].values.tolist() == [2.0] * 5
    assert "medians" in second.note


def test_epochs_and_iterations_within_them_start_a_run_only_where_both_do(tmp_path):
    rows = [{"epoch": e, "iter": i, "loss": 3 / (5 * e + i)} for e in range(1, 6) for i in range(1, 5)]
    (one,) = runs_of(tmp_path, rows)
    two = runs_of(tmp_path, rows + rows)

    assert [len(run.series["loss"]) for run in (one, *two)] == [20, 20, 20]


def test_nested_rows_start_again(tmp_path):
    rows = [{"epoch": e, "train": {"loss": 3 / (e + 1)}, "valid": {"loss": 4 / (e + 1)}} for e in range(8)]

    assert [run.series["valid/loss"].steps.tolist() for run in runs_of(tmp_path, rows * 2)] == [list(range(8))] * 2


@pytest.mark.parametrize("front", FRONTS)
def test_a_training_that_was_resumed_stays_one_run(tmp_path, front):
    (run,) = runs_of(tmp_path, [*front, *steps(0, 500), *front, *steps(400, 900)])

    assert run.series["loss"].steps.tolist() == list(range(0, 900, 10))
    assert len(run.attempts["loss"][0]) == 10


def test_a_start_that_was_broken_off_at_once_is_no_run(tmp_path):
    (run,) = runs_of(tmp_path, [*steps(0, 20), *steps(0, 300)])

    assert len(run.series["loss"]) == 30


def test_batches_that_start_again_while_the_loss_goes_on_are_one_training(tmp_path):
    rows = [{"batch": i, "loss": 9 / (1 + e + i / 20)} for e in range(6) for i in range(20)]

    assert len(runs_of(tmp_path, rows)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [*steps(0, 200), *({"step": n, "val_acc": n / 900} for n in range(0, 200, 10))],
        [*steps(0, 200, head="coarse"), *steps(0, 200, 3, head="fine")],
        [*steps(0, 200, rank=0), *steps(0, 200, rank=1)],
    ],
)
def test_a_curve_below_another_is_no_start(tmp_path, rows):
    assert not any("in the file" in defect.what for run in runs_of(tmp_path, rows) for defect in run.defects)


def test_two_counts_by_turns_are_no_starts(tmp_path):
    rows = [row for n in range(0, 400, 10) for row in ({"step": n, "loss": loss(n)}, {"step": n // 4, "d_loss": 0.5})]

    (run,) = runs_of(tmp_path, rows)

    assert run.series["loss"].steps.tolist() == list(range(0, 400, 10))
    assert run.series["d_loss"].steps.tolist() == sorted({n // 4 for n in range(0, 400, 10)})


def test_a_start_of_a_program_that_logs_less_than_before_is_a_run(tmp_path):
    def episode(n, start, *, more):
        row = {"episode": n, "reward": 3.0 * n - start, "avg_loss": 2.0 / n + start, "steps": 400 - 37 * (n % 5)}
        return {**row, "policy_loss": 0.1, "value_loss": 0.5 / n, "entropy": 1.2} if more else row

    rows = [episode(n, 0, more=True) for n in range(1, 31)]
    rows += [episode(1, 1, more=False), *(episode(n, 2, more=False) for n in range(1, 26))]

    first, second = runs_of(tmp_path, rows)

    assert first.series["reward"].values.tolist() == [3.0 * n for n in range(1, 31)]
    assert second.series["reward"].steps.tolist() == list(range(1, 26))
    assert second.series["reward"].values.tolist() == [3.0 * n - 2 for n in range(1, 26)]


def column(name, rows):
    cells = [row.get(name) for row in rows]
    state = [HOLE if cell is None else TEXT if isinstance(cell, str) else NUMBER for cell in cells]
    values = [cell if kind == NUMBER else math.nan for cell, kind in zip(cells, state, strict=True)]
    texts = [str(cell) for cell in cells] if TEXT in state else None
    whole = not any(state)
    return Column(name, np.array(values, dtype=float), None if whole else np.array(state, dtype=np.uint8), texts)


def begins(rows):
    """Return the rows at which a training begins."""
    names = dict.fromkeys(name for row in rows for name in row)
    return starts_in([column(name, rows) for name in names], rows)


def counted(*lengths, first=0, name="epoch", **more):
    return [{name: n, "loss": 2 / (n + 2), **more} for length in lengths for n in range(first, first + length)]


@pytest.mark.parametrize(
    ("lengths", "found"),
    [
        ((3, 3), [0, 3]),
        ((3, 2), [0]),
        ((2, 5), [0]),
        ((5, 2, 4), [0, 5]),
        ((5, 4, 2), [0, 5]),
        ((9, 9, 9), [0, 9, 18]),
        ((3,) * 1_000, list(range(0, 3_000, 3))),
        ((3,) * 1_001, [0]),
    ],
)
def test_a_start_counts_to_three_numbers_and_there_are_at_most_a_thousand(lengths, found):
    assert begins(counted(*lengths)) == found


@pytest.mark.parametrize("first", [0, 1, 100])
def test_a_counter_starts_again_where_it_is_at_its_beginning_or_below(first):
    assert begins(counted(6, 6, first=first)) == [0, 6]
    assert begins([*counted(6, first=first + 1), *counted(6, first=first)]) == [0, 6]
    assert begins([*counted(6, first=first), *counted(6, first=first + 1)]) == [0]


def test_a_counter_that_stands_starts_nothing():
    assert begins([{"epoch": 1, "loss": 2 / n} for n in range(1, 9)]) == [0]


def test_where_one_counter_goes_on_nothing_starts():
    rows = counted(6, 6)

    assert begins([{**row, "global_step": n} for n, row in enumerate(rows)]) == [0]
    assert begins([{**row, "global_step": math.nan if n == 3 else n} for n, row in enumerate(rows)]) == [0, 6]


def test_a_counter_that_was_logged_twice_counts_nothing():
    rows = counted(6, 6)
    rows[0]["step"], rows[6]["step"] = 5, 7

    assert begins(rows) == [0, 6]


MANY = {"acc": 0.5, "f1": 0.5, "auc": 0.5}


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"acc": 1}, {"acc": 2, "f1": 1}, True),
        ({"acc": 1}, {"f1": 2}, False),
        ({"acc": 1, "f1": 1}, {"acc": 1, "auc": 1}, False),
        ({"acc": 1}, {}, False),
        (MANY, {"acc": 1}, True),
        (MANY, {}, False),
    ],
    ids=["more", "others", "half", "one of two", "two of four", "one of four"],
)
def test_a_start_measures_what_the_first_one_did(first, second, alike):
    assert begins([*counted(6, **first), *counted(6, **second)]) == ([0, 6] if alike else [0])


@pytest.mark.parametrize(("row", "alike"), [(19, True), (20, False)])
def test_the_first_twenty_rows_tell_what_is_measured(row, alike):
    rows = counted(30, 30)
    rows[5].update(MANY)
    rows[30 + row].update(MANY)

    assert begins(rows) == ([0, 30] if alike else [0])


def test_what_every_row_of_a_start_says_alone_makes_it_a_curve_of_its_own():
    def two(first, second):
        return [*counted(6, **first), *counted(6, **second)]

    assert begins(two({"head": "fine"}, {"head": "coarse"})) == [0]
    assert begins(two({"head": "fine"}, {"head": "fine"})) == [0, 6]
    assert begins(two({"rank": 0}, {"rank": 1})) == [0]
    assert begins(two({"rank": 1}, {"rank": 1})) == [0, 6]
    assert begins([{**row, "head": f"h{n % 3}"} for n, row in enumerate(counted(6, 6))]) == [0, 6]


BACK, ON = [5.0, 4.0, 3.0, 2.0, 1.0], [1.0, 0.75, 0.5, 0.25, 0.125]


@pytest.mark.parametrize(
    ("name", "losses", "found"),
    [
        ("batch", [BACK, ON, ON], [0]),
        ("epoch", [BACK, ON, ON], [0, 5, 10]),
        ("batch", [BACK, BACK, BACK], [0, 5, 10]),
        ("batch", [BACK, ON], [0, 5]),
        ("batch", [BACK, ON, BACK], [0]),
        ("batch", [BACK, BACK, ON, BACK], [0, 5, 10, 15]),
        ("batch", [BACK, ON[:4], ON], [0, 5, 9]),
        ("batch", [BACK, ON, ON[:4]], [0]),
        ("batch", [BACK, [math.nan] * 5, ON], [0]),
        ("batch", [BACK, [math.nan] * 5, BACK], [0, 5, 10]),
        ("batch", [BACK, [math.nan] * 5, [math.nan] * 5], [0, 5, 10]),
        ("batch", [BACK, [3.0] * 5, [1.0] * 5], [0]),
        ("train/iter", [BACK, ON, ON], [0]),
    ],
)
def test_batches_are_of_one_training_where_the_loss_goes_on_from_where_it_was(name, losses, found):
    rows = [{name: n, "loss": value} for part in losses for n, value in enumerate(part)]

    assert begins(rows) == found


def test_batches_without_a_loss_start_again():
    assert begins([{"batch": n % 5, "acc": n / 20} for n in range(15)]) == [0, 5, 10]


def test_all_rows_of_settings_in_front_belong_to_a_start():
    front = [{"batch_size": 24, "seed": 7}, {"dropout": 0.25}]
    rows = [*front, *counted(4), *front, *counted(4)]

    assert begins(rows) == [0, 6]
    assert begins([*counted(4), {"loss": 0.5}, *counted(4)]) == [0, 5]


@pytest.mark.parametrize(("count", "often"), [(2, "once"), (3, "2 times"), (1_235, "1,234 times")])
def test_it_is_told_how_often_the_counters_start_again(count, often):
    assert again(1, count) == f"the counters start again {often}: this is run 1 of {count} in the file"
