"""Trainings that were appended to one file of JSON lines: a run for each start, none for a resume or a second curve."""

from __future__ import annotations

import json

import pytest

from logdoc.readers import load


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
    rows = [row for again in range(3) for row in [*front, *steps(0, 200 + 50 * again, again)]]
    runs = runs_of(tmp_path, rows)

    assert [run.id.rpartition("/")[2] for run in runs] == ["part 1", "part 2", "part 3"]
    for again, run in enumerate(runs):
        assert run.series["loss"].steps.tolist() == list(range(0, 200 + 50 * again, 10))
        assert run.series["loss"].values.tolist() == [loss(n, again) for n in range(0, 200 + 50 * again, 10)]
        assert f"this is run {again + 1} of 3 in the file" in " ".join(defect.what for defect in run.defects)
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
