"""Names that a unit, a bar, a split or a level of a logger could be mistaken for, and measures without a usual name."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.api import inspect

FALLS = [2.5, 1.9, 1.6, 1.2, 1.1, 0.9, 0.8, 0.75]


def printed(line: str) -> str:
    """The line once an epoch, with a number that falls and one that rises."""
    return "".join(line.format(e=e, i=e - 1, v=v, w=1 - v / 4) + "\n" for e, v in enumerate(FALLS, 1))


def falls(digits: int = 4) -> dict[int, float]:
    return {e: round(v, digits) for e, v in enumerate(FALLS, 1)}


def rises(digits: int = 4) -> dict[int, float]:
    return {e: round(1 - v / 4, digits) for e, v in enumerate(FALLS, 1)}


@pytest.mark.parametrize(
    "line", ["EPOCH {e} loss {v} seconds 12.{e} nll {w}", "epoch {e} loss: {v} seconds: 12.{e} nll: {w}"]
)
def test_the_name_of_a_time_behind_a_measure_is_no_unit_of_it(run_of, line):
    run = run_of(printed(line))
    assert points(run, "loss") == falls()
    assert points(run, "nll") == rises()


def test_a_percentage_between_double_bars_is_no_progress(run_of):
    rows = [(e, b) for e in (1, 2) for b in (20, 40, 60, 80)]
    run = run_of(
        "".join(
            f"Epoch[{e}/2]({b}/80) || training loss {v} || training accuracy {90 - 8 * v:.2f}% || lr 0.001\n"
            for (e, b), v in zip(rows, FALLS, strict=True)
        )
    )
    assert list(points(run, "training loss")) == [20, 40, 60, 80, 100, 120, 140, 160]
    assert points(run, "training accuracy")[160] == 84.0


def test_a_set_that_is_evaluated_is_named_in_front_of_the_word(run_of):
    run = run_of(printed("Epoch: {e}\nTrain Eval: Avg.Loss: {v}\nValid Eval: Avg.Loss: {w}"))
    assert points(run, "train Avg.Loss") == falls()
    assert points(run, "val Avg.Loss") == rises()


@pytest.mark.parametrize(("train", "held"), [("trn", "val"), ("train", "tst"), ("trn", "held out")])
def test_short_names_of_splits_belong_to_their_measure_only(run_of, train, held):
    run = run_of(printed(f"epoch {{e}} | {train} loss: {{v}} | {held} loss: {{w}} | {train} mae: {{v}}"))
    assert points(run, f"{train} loss") == falls()
    assert points(run, f"{train} mae") == falls()
    assert any(points(run, name) == rises() for name in run.series)


def test_a_heading_that_says_error_is_no_level_of_a_logger(run_of):
    run = run_of(printed("Epoch {e}\nloss: {v}  [ 100/ 600]\nTest Error: \n Accuracy: {w}, Avg loss: {v}"))
    assert {"test Avg loss", "test Accuracy"} <= set(run.series)


def test_the_error_of_a_fit_is_told_from_its_other_norms(run_of):
    run = run_of(printed("***** Iteration #{e} *****\nLoss: {v}\nFeature norm: {w}\nError norm: {v}"))
    assert points(run, "Error norm") == falls()
    assert points(run, "Feature norm") == rises()


def test_a_name_before_a_bar_is_that_of_the_number_behind_it(run_of):
    run = run_of(printed("Step  {e}: train CrossEntropyLoss |  {v}\nStep  {e}: eval  Accuracy |  {w}"))
    assert points(run, "train CrossEntropyLoss") == falls()
    assert points(run, "val Accuracy") == rises()


def test_a_number_that_touches_the_word_loss_is_its_value(run_of):
    assert points(run_of(printed("EPOCH[{e}/8] loss{v:.3f}-|Sample:8.{e}|")), "loss") == falls()


def test_right_answers_of_the_test_set_are_an_accuracy(run_of):
    right = [9120, 9231, 9260, 9342, 9331, 9380, 9411, 9420]
    run = run_of("".join(f"Epoch {e}: {n} / 10000\n" for e, n in enumerate(right)))
    assert points(run, "accuracy") == {e: n / 10000 for e, n in enumerate(right)}


def test_a_bar_that_counts_up_to_its_bound_is_no_accuracy(tmp_path):
    path = tmp_path / "copy.log"
    path.write_text("".join(f"Epoch 1: {n} / 80\n" for n in range(10, 90, 10)))
    assert not any("accuracy" in run.run.series for run in inspect(path).runs)


def test_the_likelihood_of_topics_and_a_rate_of_success_are_measures(run_of):
    run = run_of("".join(f"<{10 * e}> LL/token: {-8 - v}\n" for e, v in enumerate(FALLS, 1)))
    assert list(points(run, "LL/token")) == [10 * e for e in range(1, 9)]
    assert points(run_of(printed("epoch: {e} success rate: {w}")), "success rate") == rises()


def test_the_extremes_of_a_return_are_read_beside_its_mean(run_of):
    run = run_of(printed("Iter: {e}, Mean Reward: {v}, Min Reward: {w}, Max Reward: {v}, Max Steps: 0.5{e}"))
    assert points(run, "Min Reward") == rises()
    assert points(run, "Max Reward") == falls()
    assert "Max Steps" not in run.series


@pytest.mark.parametrize("line", ["Epoch {e}: {v:.4f}", "Fold 1 Epoch {e} - {v:.4f}", "iteration {e}: {v:.4f}"])
def test_a_lone_number_behind_words_that_count_is_the_loss_where_it_falls(run_of, line):
    assert points(run_of(printed(line)), "loss") == falls()


def test_a_split_inside_a_name_leaves_the_name_whole(run_of):
    run = run_of(printed("Epoch {e}\nAvg KLD_A (train) Loss: {v}\nAvg OT (train) Loss: {w}"))
    assert points(run, "train Avg KLD_A Loss") == falls()
    assert points(run, "train Avg OT Loss") == rises()


def test_lists_in_the_cells_of_a_table_are_curves_each(run_of):
    rows = "".join(f"{500 * e:<9} [{v:.2e}, 1.{e}0e-01]  [{v:.2e}]   [3.{e}0e-02]   \n" for e, v in enumerate(FALLS, 1))
    run = run_of("Step      Train loss            Test loss    Test metric   \n" + rows)
    assert points(run, "Train loss") == {500 * e: float(f"{v:.2e}") for e, v in enumerate(FALLS, 1)}
    assert points(run, "Train loss 2")[500] == 0.11
    assert points(run, "Test metric")[1000] == 0.032


def test_a_speed_in_thousands_is_none_of_the_rates_before_it(run_of):
    run = run_of(printed("step {e} | loss {v} | lr 3.0e-04 | 12.{e}k tok/s"))
    assert set(run.series) == {"loss", "lr"}


def test_rows_of_stars_around_a_count_are_no_numbers(run_of):
    run = run_of(printed("***** Iteration #{e} *****\nLoss: {v}"))
    assert set(run.series) == {"loss"} or set(run.series) == {"Loss"}


def test_a_name_in_brackets_behind_the_time_is_the_logger_s(run_of):
    rows = [(e, b) for e in (0, 1) for b in (0, 30, 60, 90)]
    run = run_of(
        "".join(
            f"[2026-11-30 10:00:0{b // 30} vit_small] (main.py 222): INFO Train: [{e}/9][{b}/100]\teta 0:20:07 "
            f"lr 0.001\ttime 0.95 (1.01)\tloss {v:.4f} (6.9)\tmem 812MB\n"
            for (e, b), v in zip(rows, FALLS, strict=True)
        )
    )
    assert list(points(run, "train loss").values()) == FALLS
    assert np.diff(list(points(run, "train loss"))).tolist() == [30, 30, 30, 10, 30, 30, 30]


def test_epochs_of_nequip_take_their_headings_from_the_line_above(run_of):
    head = "\n  Train      #    Epoch      wal       LR       loss_f         loss        f_mae\n"
    rows = "! Train     {e}  1{e}.3  0.005  {v}  {v}  {w}\n! Validation   {e}  1{e}.3  0.005  {w}  {w}  {v}"
    run = run_of(printed(head + rows + "\nWall time: 1{e}.3"))
    assert points(run, "train loss") == falls()
    assert points(run, "val f_mae") == falls()
    assert points(run, "train f_mae") == rises()


def test_the_rate_of_marian_has_the_role_of_a_rate(tmp_path):
    path = tmp_path / "train.log"
    path.write_text(printed("[2026-11-30 10:00:0{i}] Ep. 1 : Up. {e}00 : Cost {v} : gNorm 1.2 : L.r. 1.{e}000e-05"))
    (run,) = inspect(path).runs
    assert run.reading.names["learning rate"][0] == "train.lr"


def test_words_cut_short_with_a_point_belong_to_the_name(run_of):
    run = run_of(printed("Epoch {e} done. Disc. Loss: {v} Gen. Loss {w}, Mel-Spec. Error : {v}"))
    assert points(run, "Disc Loss") == falls()
    assert points(run, "Gen Loss") == rises()
    assert points(run, "Mel-Spec Error") == falls()


def test_a_split_in_brackets_behind_the_name_is_the_name_s_own(run_of):
    run = run_of(printed("Epoch No.: {e}\tTrain Loss = {v}\tVal Loss = {v}\t acc(tr) = {w}\t acc(val) = {w}"))
    assert {"acc(tr)", "acc(val)"} <= set(run.series)


@pytest.mark.parametrize(
    "line",
    ["epoch {e}: PSNR {v} dB SSIM {w}", "epoch {e} | PSNR: {v}dB | SSIM: {w}", "epoch {e} PSNR {v} db, SSIM {w}"],
)
def test_a_unit_of_decibels_is_no_name(run_of, line):
    run = run_of(printed(line))
    assert points(run, "PSNR") == falls()
    assert points(run, "SSIM") == rises()


@pytest.mark.parametrize("held_out", [False, True])
def test_the_meters_of_torchvision_are_read_where_no_loss_is_among_them(run_of, held_out):
    lines = []
    for epoch in range(5):
        lines += [
            f"Epoch: [{epoch}]  [{i:2d}/60]  eta: 0:00:{40 - i // 2:02d}  lr: 0.020000  acc1: {10 + 5 * epoch + i / 10:.4f}"
            f" ({9 + 5 * epoch + i / 12:.4f})  time: 0.2{i:02d}1  data: 0.01{i:02d}  max mem: 4242"
            for i in range(0, 60, 12)
        ]
        lines.append(f"Epoch: [{epoch}] Total time: 0:00:41")
        if held_out:
            lines += ["Test:  [0/9]  eta: 0:00:03  acc1: 11.1000 (11.1000)  time: 0.3", "Test: Total time: 0:00:04"]
            lines.append(f" * Acc@1 {12 + 5 * epoch:.3f}")
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "acc1") == {60 * e + i: 10 + 5 * e + i / 10 for e in range(5) for i in range(0, 60, 12)}
    assert ("val Acc@1" in run.series) == held_out


def test_seconds_in_front_of_a_name_that_follows_without_a_comma_are_no_part_of_it(run_of):
    run = run_of(printed("INFO Walker: Step: {e}000. Time Elapsed: 1{e}.250 s Mean Reward: {w}. Std of Reward: 0.311."))
    assert points(run, "Mean Reward") == {1000 * e: w for e, w in rises(6).items()}
