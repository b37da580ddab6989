"""Which lines make a row, which rows a run, and that no value of a log is lost to another."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.model import Defect, Run
from logdoc.readers import load


def test_the_mean_of_an_epoch_at_the_step_of_its_last_batch_replaces_nothing(run_of):
    text = ""
    for epoch in range(4):
        text += "".join(f"Epoch[{epoch}] Batch [{n}] Train-loss={9 - epoch - n / 100:.3f}\n" for n in (20, 40, 60))
        text += f"Epoch[{epoch}] Train-loss={8.5 - epoch:.3f}\n"

    run = run_of(text)

    assert len(run.series["Train-loss"]) == 12
    assert points(run, "Train-loss")[60] == 8.4
    assert run.series["epoch Train-loss"].values.tolist() == [8.5, 7.5, 6.5, 5.5]


def test_a_step_of_the_whole_run_is_not_counted_within_epochs(run_of):
    lines = [f"epoch: [{5 + n // 4}/90], global_step: {n + 1}, lr: 0.002, loss: {3 / (n + 1):.5f}" for n in range(8)]

    run = run_of("\n".join(lines))

    assert run.series["loss"].steps.tolist() == list(range(1, 9))


def test_a_validation_that_names_its_epoch_ends_it_though_it_follows_a_batch_at_once(run_of):
    text = ""
    for epoch in range(1, 5):
        text += "".join(f"Epoch [{epoch}][{n}/700] lr: 0.01, loss: {4 / epoch:.3f}\n" for n in (100, 200))
        text += f"Epoch(val) [{epoch}][350] mAP: 0.{epoch}00\n"

    run = run_of(text)

    assert points(run, "val mAP") == {700: 0.1, 1400: 0.2, 2100: 0.3, 2800: 0.4}


def test_rows_before_the_first_counter_are_a_run_of_their_own(runs_of):
    text = "".join(f"warm-up loss {40 - n}.25\n" for n in range(5)) + "now the real thing\n"
    text += "".join(f"Running 1-th stage\nepoch {n}\nmain loss: {3 / n:.4f}\n" for n in range(1, 7))

    before, after = runs_of(text)

    assert before.series["warm-up loss"].values.tolist() == [40.25, 39.25, 38.25, 37.25, 36.25]
    assert points(after, "main loss")[1] == 3.0
    assert len(after.series["main loss"]) == 6


def test_a_line_under_a_new_count_is_no_part_of_the_row_above_it(run_of):
    text = "AUC: 0.51, AP: 0.11\n" + "".join(
        f"Running 1-th epoch\nloss: {n}.5\n".replace("1-th", f"{n}-th") for n in range(1, 6)
    )

    assert points(run_of(text), "loss") == {1: 1.5, 2: 2.5, 3: 3.5, 4: 4.5, 5: 5.5}


def test_the_learning_rate_in_a_line_of_its_own_is_read(run_of):
    text = "".join(
        f"2031-05-0{n} 10:00:00.123456: Epoch {n}\n2031-05-0{n} 10:00:01.123456: Current learning rate: {0.01 / n:.5f}\n"
        f"2031-05-0{n} 10:00:02.123456: train_loss {1 / n:.4f}\n"
        for n in range(1, 7)
    )

    assert points(run_of(text), "learning rate")[2] == 0.005


def test_a_last_number_without_an_end_of_line_is_whole_if_it_has_all_its_decimals(run_of):
    text = "\n".join(f"epoch {n} loss: {300 / n:.4f}" for n in range(1, 6))

    assert points(run_of(text), "loss")[5] == 60.0


def test_a_last_number_with_fewer_decimals_was_cut(run_of):
    text = "\n".join(f"epoch {n} loss: {300 / n:.4f}" for n in range(1, 6))[:-2]

    assert 5 not in points(run_of(text), "loss")


def test_of_a_held_out_set_the_average_is_read_and_not_the_last_batch(run_of):
    text = ""
    for epoch in range(1, 5):
        text += f"Epoch: [{epoch}][10/20] Loss {2 / epoch:.3f} (9.000)\n"
        text += f"Test: [ 8/8] Loss 7.700 ({3 / epoch:.3f}) Acc@1 99.000 ({10 * epoch}.000)\n"

    run = run_of(text)

    assert run.series["test Loss"].values.tolist() == [3.0, 1.5, 1.0, 0.75]
    assert run.series["test Acc@1"].values.tolist() == [10, 20, 30, 40]
    assert run.series["Loss"].values.tolist() == [2.0, 1.0, 0.667, 0.5]


def test_the_groups_of_a_boxed_table_stay_with_every_one_of_its_names(run_of):
    box = "| play/  |      |\n|  len_mean | {0}.5 |\n|  reward_mean | {1} |\n| time/  |      |\n|  total_timesteps | {2} |\n-----\n"

    run = run_of("".join(box.format(n, 2 * n, 64 * n) for n in range(1, 6)))

    assert points(run, "play/reward_mean") == {64: 2, 128: 4, 192: 6, 256: 8, 320: 10}
    assert "reward_mean" not in run.series


def test_a_first_line_without_what_the_others_end_in_is_read(run_of):
    text = "loss = 5.25, step = 1\n" + "".join(
        f"loss = {4 / n:.3f}, step = {50 * n + 1} (0.2 sec)\n" for n in range(1, 6)
    )

    assert points(run_of(text), "loss")[1] == 5.25


def test_a_sentence_that_says_the_loss_is_nan_takes_no_place_of_a_value(run_of):
    text = "".join(f"step {n} loss: {4 / n:.3f}\n" for n in range(1, 6)) + "Giving up: loss is nan, ending the run\n"

    assert points(run_of(text), "loss")[5] == 0.8


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Ep. 1 : Up. {n}00 : Sen. 3,200 : Cost {v:.6f} : Time 61.2s", 100),
        ("1epoch:train:{m}01-{n}00batch: iter_time=0.1, loss={v:.6f}", 100),
        ("第{n}轮：训练损失：{v:.6f}，验证损失：{v:.6f}", 1),
        ("Epoche {n}/9, Verlust: {v:.6f}", 1),
        ("Itn {n} | loss {v:.6f}", 1),
    ],
)
def test_counters_and_names_in_other_words(run_of, line, step):
    run = run_of("\n".join(line.format(n=n, m=n - 1, v=5 / n) for n in range(1, 8)) + "\n")

    name = next(name for name in run.series if name.lower() in ("cost", "loss", "训练损失", "verlust"))
    assert points(run, name) == {step * n: pytest.approx(5 / n, abs=1e-6) for n in range(1, 8)}


def test_the_range_of_batches_of_an_average_counts_by_its_beginning(run_of):
    text = "".join(
        f"Average objective for minibatches {100 * n}-{100 * n + 99} is {-2 / (n + 1):.4f} over 640 frames\n"
        for n in range(6)
    )

    assert points(run_of(text), "Average objective")[500] == pytest.approx(-0.3333)


def test_layers_of_a_printed_model_and_its_settings_are_no_rows(run_of):
    text = "".join(f"  ({n}): Dropout(p=0.{n}, ratio=0.{9 - n})\n" for n in range(1, 5))
    text += "".join(f"  BOX:\n    POOL_RATIO: {0}\n" for _ in range(3))
    text += "".join(f"iter: {20 * n}  total_loss: {2 / n:.4f}\n" for n in range(1, 8))

    assert set(run_of(text).series) == {"total_loss"}


def test_an_evaluation_of_earlier_epochs_at_the_end_leaves_no_loss_out(tmp_path):
    text = "".join(
        f"epoch: {e}, batch: {b}, AUC: 0.{50 + e}, loss: {1 / (e + 1):.4f}\n" for e in range(5) for b in (0, 10)
    )
    text += "".join(f"epoch: {e}, batch: 0, AUC: 0.5{e}\n" for e in (1, 2, 3))
    path = tmp_path / "a.log"
    path.write_text(text)

    (run,) = load([path])

    assert isinstance(run, Run)
    assert not [defect for defect in run.defects if isinstance(defect, Defect) and defect.lost]


def test_a_table_drawn_with_the_codes_of_a_terminal_is_read(run_of):
    text = "epoch       main/loss   validation/main/loss  elapsed_time\n"
    text += "".join(f"\x1b[J{n}           {3 / n:<10.6g}  {4 / n:<20.6g}  {2.5 * n:.4g}\n" for n in range(1, 7))

    run = run_of(text)

    assert points(run, "main/loss")[2] == 1.5
    assert points(run, "validation/main/loss")[4] == 1.0
