"""Further forms of lines: cycles, tables in logged lines, bars without a bound, one epoch of Keras."""

from __future__ import annotations

import pytest

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load


def test_cycles_count_and_an_average_utility_is_the_return(run_of):
    text = "".join(f"after cycle={n} avg(utility)={200 + n / 3} avg(wins)={n / 20}\n" for n in range(12))
    run = run_of(text)

    assert run.series["avg(utility)"].steps.tolist() == list(range(12))
    assert understand(run).one["rl.return"].series.name == "avg(utility)"


@pytest.mark.parametrize("front", ["2022-05-06 07:08:{s:02d} [INFO]: ", "[07:08:{s:02d}] ", ""])
def test_a_header_that_is_logged_once_names_the_numbers_below_it(run_of, front):
    head = front.format(s=0) + "   Epoch       Batch       box      conf        id     total  nTargets      time\n"
    text = head + front.format(s=1) + "loading the data\n"
    for n in range(12):
        text += front.format(s=n + 2)
        text += f"     {n // 6}/9      {n % 6 * 20}/110     {3 / (n + 1):.3f}      1.9{n}      1{9 - n % 9}.7       {120 - n}      8{n % 10}.4      7.1{n}\n"
    run = run_of(text)

    assert {"box_loss", "conf_loss", "id_loss", "total_loss"} <= set(run.series)
    assert run.series["box_loss"].values.tolist()[:3] == [3.0, 1.5, 1.0]
    assert run.series["total_loss"].values.tolist()[-1] == 109


@pytest.mark.parametrize(
    "line", ["loss for step: {k} = [-{a:.3f}]", "loss at iteration {k} = [-{a:.3f}]", "step {k} loss = [-{a:.3f}]"]
)
def test_a_loss_in_brackets_behind_its_step_is_read(run_of, line):
    run = run_of("".join(line.format(k=n * 10, a=n / 8) + "\n" for n in range(1, 11)))

    assert run.series["loss"].values.tolist() == [-n / 8 for n in range(1, 11)]
    assert run.series["loss"].steps.tolist() == [n * 10 for n in range(1, 11)]


@pytest.mark.parametrize("line", ["Training: 0it [00:00, ?it/s]", "Validation: 0it [00:00, ?it/s]"])
def test_a_bar_without_a_bound_says_nothing_at_its_beginning(run_of, line):
    run = run_of("".join(f"{line}\nepoch {n} loss {2 / n:.4f}\n" for n in range(1, 9)))

    assert set(run.series) == {"loss"}


def test_a_bar_without_a_bound_counts_what_it_has_done(run_of):
    run = run_of("".join(f"Training: {n * 10}it [00:{n:02d}, 4.0it/s, loss={2 / n:.4f}]\n" for n in range(1, 13)))

    assert run.series["loss"].steps.tolist() == [n * 10 for n in range(1, 13)]


@pytest.mark.parametrize(
    "bar",
    [
        "40/40 [==============================] - 2s 50ms/step - loss: 0.7123 - accuracy: 0.5150 - val_loss: 0.6911\n",
        "40/40 \u2501\u2501\u2501\u2501\u2501\u2501\u2501\u2501 2s 50ms/step - accuracy: 0.5150 - loss: 0.7123 - val_loss: 0.6911\n",
    ],
)
def test_a_single_epoch_of_keras_is_a_run_of_one_row(run_of, bar):
    run = run_of(f"Using some backend.\nEpoch 1/1\n{bar}")

    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "loss": [0.7123],
        "accuracy": [0.515],
        "val_loss": [0.6911],
    }


def test_a_loss_scale_that_is_reduced_is_the_loss_scale(run_of):
    scaler = "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to {s}.0\n"
    run = run_of("".join(f"step {n} loss {2 / n:.3f}\n{scaler.format(s=2 ** (20 - n))}" for n in range(1, 10)))

    assert understand(run).one["train.loss_scale"].series.values.tolist() == [2.0 ** (20 - n) for n in range(1, 10)]


@pytest.mark.parametrize("metric", ["rmspe", "mape", "smape", "wape", "mase", "rmsle"])
def test_errors_of_regressions_are_what_boosting_minimises(run_of, metric):
    rows = (f"[{n}]\ttrain-{metric}:{3 / n:.5f}\teval-{metric}:{4 / n:.5f}\n" for n in range(1, 15))
    reading = understand(run_of("".join(rows)))

    assert reading.one["train.loss"].series.name == f"train-{metric}"
    assert reading.one["val.loss"].series.name == f"eval-{metric}"


@pytest.mark.parametrize(
    "wrong",
    [
        "unrecognized arguments: --fold=2",
        "the following arguments are required: --data",
        "argument --lr: invalid float value: 'x'",
    ],
)
def test_wrong_arguments_are_the_end_before_what_a_launcher_makes_of_it(tmp_path, wrong):
    text = (
        f"usage: fit.py [-h] [--lr LR]\nfit.py: error: {wrong}\n"
        "WARNING:launcher.api:Sending process 13 closing signal SIGTERM\n"
        "ERROR:launcher.api:failed (exitcode: 2) local_rank: 0 (pid: 12) of binary: python\n"
        'Traceback (most recent call last):\n  File "launch.py", line 3, in <module>\nlauncher.ChildFailedError: \n'
    )
    (tmp_path / "train.log").write_text(text)
    (item,) = load([tmp_path / "train.log"])

    assert isinstance(item, Defect)
    assert "started with arguments that it does not know" in item.what
    rows = "".join(f"epoch {n} loss {2 / n:.4f}\n" for n in range(1, 9))
    (tmp_path / "train.log").write_text(rows + text)
    (run,) = load([tmp_path / "train.log"])
    assert isinstance(run, Run)
    assert "arguments that it does not know" in run.defects[0].what


def test_a_tuple_of_python_2_counts_by_a_step_that_is_a_float_though_its_episode_stays_the_same(run_of):
    line = "('Episode', 7, 'Step', {}.0, 'Action', array([-0.5,  {:.2f}], dtype=float32), 'Reward', {!r})\n"
    run = run_of("".join(line.format(12 * i, i / 20, i / 8) for i in range(1, 9)))

    assert run.series["Reward"].steps.tolist() == [12 * i for i in range(1, 9)]
    assert run.series["Reward"].values.tolist() == [i / 8 for i in range(1, 9)]


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Accuracy on 45,000 training images: {:.2f} %", "train.accuracy"),
        ("Accuracy on the 800 validation samples: {:.2f}%", "val.accuracy"),
        ("accuracy over all 1200 test examples is {:.2f}", "test.accuracy"),
    ],
)
def test_how_many_examples_a_score_was_taken_on_is_no_measure(run_of, line, role):
    run = run_of("".join(f"epoch {i} loss {2 - i / 10:.3f}\n{line.format(50 + 3 * i)}\n" for i in range(1, 9)))

    assert understand(run).one[role].series.values.tolist() == [50 + 3 * i for i in range(1, 9)]
    assert not any(45_000 in series.values or 800 in series.values for series in run.series.values())
