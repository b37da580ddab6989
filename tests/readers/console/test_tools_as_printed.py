"""What well-known tools print, each with the trap that lies in it."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load


def role(run: Run, name: str) -> str:
    return understand(run).names.get(name, ("", ""))[0]


def test_right_of_all_in_brackets_is_no_average_of_the_accuracy(run_of):
    bar = " [=====>]  Step: 3ms | Tot: 9s | Loss: {:.3f} | Acc: {:.3f}% ({}/{}) {}/{}\n"
    text = ""
    for epoch in range(5):
        text += f"\nEpoch: {epoch}\n" + bar.format(2 - epoch / 5, 30.0 + epoch, 15000 + 500 * epoch, 50000, 391, 391)
        text += bar.format(2.5 - epoch / 5, 28.0 + epoch, 2800 + 100 * epoch, 10000, 100, 100)

    run = run_of(text)

    assert points(run, "val Acc") == {n: 28.0 + n for n in range(5)}
    assert points(run, "Acc") == {n: 30.0 + n for n in range(5)}


def test_the_best_row_that_boosting_says_again_is_no_row(run_of):
    row = "[{}]\ttraining's auc: {}\tvalid_0's auc: {}\n"
    text = "".join(row.format(10 * n, 0.6 + n / 50, 0.55 + n / 60) for n in range(1, 6))
    text += "Early stopping, best iteration is:\n" + row.format(30, 0.66, 0.6)

    assert run_of(text).series["valid_0 auc"].steps.tolist() == [10, 20, 30, 40, 50]


def test_a_heading_of_two_lines_names_the_columns_and_a_cell_between_percents_is_no_bar(run_of):
    text = (
        "|  Epoch  |  Iteration  |  Time Elapsed  |  Mini-batch  |  Validation  |  Mini-batch  |  Base Learning  |\n"
        "|         |             |   (hh:mm:ss)   |   Accuracy   |   Accuracy   |     Loss     |      Rate       |\n"
    )
    for n in range(6):
        text += f"|  {1 + n // 3:6} |  {1 + 50 * n:9} |       00:00:0{n} |  {20 + 9 * n:.2f}% |  {18 + 7 * n:.2f}% |"
        text += f" {2.3 - n / 4:.4f} |          0.0100 |\n"

    run = run_of(text)

    assert points(run, "Validation Accuracy") == {1 + 50 * n: 18.0 + 7 * n for n in range(6)}
    assert points(run, "Mini-batch Accuracy") == {1 + 50 * n: 20.0 + 9 * n for n in range(6)}
    assert role(run, "Mini-batch Loss") == "train.loss"
    assert role(run, "Base Learning Rate") == "train.lr"


@pytest.mark.parametrize("validated", [True, False])
def test_of_a_bar_of_keras_3_its_end_is_read(run_of, validated):
    text = ""
    for epoch in range(4):
        text += f"Epoch {epoch + 1}/4\n"
        for batch in (1, 40, 80):
            bar = "\x1b[32m" + "\u2501" * (batch // 5) + "\x1b[37m" + "\u2501" * (20 - batch // 5)
            text += f"\x1b[1m{batch}/99\x1b[0m {bar} \x1b[1m1s\x1b[0m 3ms/step - loss: {9 - epoch}.5\b\b\b\r"
        text += "\x1b[1m99/99\x1b[0m " + "\u2501" * 20 + f" 2s 3ms/step - loss: {2 - epoch / 4}"
        text += f" - val_loss: {3 - epoch / 4}\n" if validated else "\n"

    run = run_of(text)

    assert points(run, "loss") == {1: 2.0, 2: 1.75, 3: 1.5, 4: 1.25}
    assert ("val_loss" in run.series) == validated


def test_what_an_estimator_saves_for_a_step_is_its_evaluation(run_of):
    text = ""
    for step in (100, 200, 300, 400):
        text += f"INFO:tensorflow:loss = {500 / step}, step = {step} (0.8 sec)\n"
        if step % 200 == 0:
            text += f"INFO:tensorflow:Saving dict for global step {step}: accuracy = 0.{step}, global_step = {step}"
            text += f", loss = {600 / step}\n"

    run = run_of(text)

    assert points(run, "loss") == {100: 5.0, 200: 2.5, 300: 500 / 300, 400: 1.25}
    assert points(run, "val loss") == {200: 3.0, 400: 1.5}


def test_rows_without_the_loss_of_the_validation_hide_no_nan(run_of):
    text = ""
    for n in range(1, 9):
        text += f" iteration {n * 10:8}/  80 | consumed samples: {n * 640} | learning rate: 1.0E-04 |"
        text += f" lm loss: {9 / n:.6E} | number of skipped iterations:   0 | number of nan iterations:   0 |\n"
        if n % 2 == 0:
            text += f"{'-' * 60}\n validation loss at iteration {n * 10} | lm loss value: {9.5 / n:.6E} | "
            text += f"lm loss PPL: {2**n:.6E} |\n{'-' * 60}\n"

    run = run_of(text)

    assert not [defect for defect in run.defects if "NaN" in defect.what]
    assert run.series["val lm loss value"].steps.tolist() == [20, 40, 60, 80]
    assert role(run, "val lm loss value") == "val.loss"
    assert role(run, "val lm loss PPL") == "val.perplexity"


def test_what_darknet_says_of_one_layer_is_no_iteration(run_of):
    text = ""
    for n in range(1, 6):
        for layer in (82, 94):
            text += f"v3 (mse loss) Region {layer} Avg (IOU: 0.3), count: 4, class_loss = 4{n}.5, total_loss = 51.5\n"
        text += (
            f" {n}: {90 / n:.3f}, {95 / n:.3f} avg loss, 0.001 rate, 4.9 seconds, {64 * n} images, -1.0 hours left\n"
        )

    run = run_of(text)

    assert points(run, "loss") == {n: float(f"{90 / n:.3f}") for n in range(1, 6)}
    assert "total_loss" not in run.series


def test_a_duration_behind_the_last_column_needs_no_heading(run_of):
    text = "Total time: 00:40\nepoch  train_loss  valid_loss  accuracy\n"
    text += "".join(f"{n}      {2 / n:.6f}    {3 / n:.6f}    0.{n}00000  (00:0{n})\n" for n in range(1, 6))

    run = run_of(text)

    assert points(run, "valid_loss") == {n: float(f"{3 / n:.6f}") for n in range(1, 6)}
    assert points(run, "accuracy") == {n: n / 10 for n in range(1, 6)}


def test_an_exponent_as_fortran_prints_it_is_one(run_of):
    values = [6.9315e01, 4.2e00, 3.1e-01, 2.2e-02]
    lines = [f"At iterate {n:4}    f=  {v:.5E}    |proj g|=  {v / 2:.5E}\n" for n, v in enumerate(values)]

    run = run_of("".join(lines).replace("E", "D").replace("At", "At"))

    assert points(run, "objective") == dict(enumerate(values))
    assert role(run, "objective") == "train.loss"
    assert role(run, "grad_norm") == "train.grad_norm"


def test_the_mean_of_an_epoch_is_no_point_among_its_batches(run_of):
    text = ""
    for epoch in (1, 2, 3):
        text += "".join(f"Epoch {epoch} Batch {n} Loss {9 - epoch - n / 200:.3f}\n" for n in (0, 50, 100, 150))
        text += f"Epoch {epoch} Loss {8.5 - epoch:.3f}\nTime taken for 1 epoch: 41.2 secs\n\n"

    run = run_of(text)

    assert run.series["Loss"].steps.tolist() == [200 * e + n for e in range(3) for n in (0, 50, 100, 150)]
    assert run.series["epoch Loss"].values.tolist() == [7.5, 6.5, 5.5]


def test_the_accuracy_in_the_brackets_of_a_player_is_that_player_s(run_of):
    text = "".join(f"{n} [D loss: 0.6{n}, acc.: 5{n}.5%] [G loss: {1 + n / 10}]\n" for n in range(6))

    run = run_of(text)

    assert role(run, "D acc") == "gan.d_accuracy"
    assert points(run, "D acc") == {n: 50.5 + n for n in range(6)}


def test_an_epoch_before_the_name_of_a_split_is_no_place_in_a_program(run_of):
    text = ""
    for epoch in (1, 2):
        for n in (1, 101, 201):
            text += f"[gpu7] 2024-05-05 22:12:57,123 (trainer:732) INFO: {epoch}epoch:train:{n}-{n + 99}batch: "
            text += f"iter_time=1.2e-04, loss_ctc={300 / (epoch * n + 9):.3f}, loss={400 / (epoch * n + 9):.3f}\n"

    assert run_of(text).series["loss"].steps.tolist() == [100, 200, 300, 400, 500, 600]


def test_every_line_of_a_block_is_read_though_no_table_knows_its_name(run_of):
    text = ""
    for n in range(5):
        text += f"{'#' * 40}\n          Learning iteration {n}/1500\n\n   Surrogate loss: -0.0{n}1\n"
        text += f"   Mean wobble of the arm: {n}.25\n   Iteration time: 1.5s\n"

    assert points(run_of(text), "wobble of the arm") == {n: n + 0.25 for n in range(5)}


def test_the_heading_of_a_detection_table_is_no_row_and_its_parts_are_of_the_loss(run_of):
    text = ""
    for n in range(5):
        text += "\n     Epoch   gpu_mem       box       obj       cls    labels  img_size\n"
        text += f"       {n}/4     3.3G    0.{50 - n}    0.{60 - n}    0.0{17 - n}    197    640: 100%|####| 8/8 [00:07<00:00]\n"
        text += (
            "               Class     Images     Labels          P          R     mAP@.5 mAP@.5:.95: 100%|####| 4/4\n"
        )
        text += f"                 all        128        929      0.7{n}      0.5{n}      0.6{n}      0.4{n}\n"

    run = run_of(text)

    assert {role(run, name) for name in ("box_loss", "obj_loss", "cls_loss")} == {
        "train.loss_term[box]",
        "train.loss_term[obj]",
        "train.loss_term[cls]",
    }
    assert all(np.unique(series.values).size == 5 for name, series in run.series.items() if "mAP" in name)


def test_the_step_that_leads_a_line_goes_before_the_episode_in_it(run_of):
    row = "{:6}/9000: episode: {}, duration: 1.2s, episode steps: 200, episode reward: {:.3f}, loss: {:.4f}\n"
    text = "".join(row.format(900 * n, 5 * n, -200.0 + n, 3 / n) for n in range(1, 6))

    run = run_of(text)

    assert run.series["episode reward"].steps.tolist() == [900, 1800, 2700, 3600, 4500]


def test_a_log_of_tests_alone_keeps_its_own_count(run_of):
    text = "".join(f"Last test reward: {n}.50. Training step: {n * 50}/900. Played games: {n}.\r" for n in range(1, 7))

    assert run_of(text + "\n").series["Last test reward"].steps.tolist() == [50, 100, 150, 200, 250, 300]


def test_the_final_value_of_an_optimizer_replaces_no_iteration(run_of):
    text = "# weights:  19\ninitial  value 192.123456 \n"
    text += "".join(f"iter  {10 * n} value {90 / n:.6f}\n" for n in range(1, 6)) + "final  value 3.01 \nconverged\n"

    assert points(run_of(text), "value") == {10 * n: float(f"{90 / n:.6f}") for n in range(1, 6)}


def test_a_norm_beside_a_rate_is_that_of_the_gradient(run_of):
    row = "step {:4}/900 | loss {:.6f} (+nanz)| norm {:.4f} (+nanz)| lr 8.57e-07 | 50.12 ms | 40.1% bf16 MFU\n"

    run = run_of("".join(row.format(n, 9 / n, 2 / n) for n in range(1, 6)))

    assert role(run, "grad_norm") == "train.grad_norm"
    assert points(run, "loss") == {n: float(f"{9 / n:.6f}") for n in range(1, 6)}


def test_a_prose_line_with_a_share_keeps_its_defects_out(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("| item | share | rest |\n| rent | 40% | 5 |\n| food | 30% | 7 |\n| fun | 10% | 9 |\n")

    assert all(isinstance(item, Defect) for item in load([path]))


def test_a_step_behind_an_epoch_is_no_ordinal(run_of):
    row = "| epoch {:3} step {:8} | {:6} batches | lr 0.00025 | ms/batch 50.12 | loss {:5.2f} | ppl {:9.3f}\n"
    text = "".join(row.format(1 + n // 3, 200 * n, 200 * n, 9 / n, 90 / n) for n in range(1, 6))
    text += "| Eval   1 at step     1000 | time: 20.12s | valid loss  4.50 | valid ppl    90.017\n"

    run = run_of(text)

    assert run.series["loss"].steps.tolist() == [200, 400, 600, 800, 1000]
    assert points(run, "valid loss") == {1000: 4.5}
    assert not [name for name in run.series if "accuracy" in name]


def test_two_bounds_behind_the_name_of_a_split_are_epoch_and_iteration(run_of):
    front = "[2023-05-01 12:00:00 tiny_net](main.py {}): INFO "
    text = ""
    for epoch in range(3):
        for n in (0, 10, 20):
            text += f"{front.format(237)}Train: [{epoch}/90][{n}/30]\teta 0:10:00 lr 0.0001\tloss {9 - epoch - n / 40:.4f}\n"
        text += f"{front.format(277)}Test: [0/9]\tLoss 5.1 (5.1)\tAcc@1 40.0 (40.0)\n"
        text += f"{front.format(283)} * Acc@1 {50 + epoch}.25 Acc@5 {70 + epoch}.5\n"

    run = run_of(text)

    assert run.series["train loss"].steps.tolist() == [30 * e + n for e in range(3) for n in (0, 10, 20)]
    assert points(run, "val Acc@1") == {29: 50.25, 59: 51.25, 89: 52.25}


def test_how_many_steps_validate_says_nothing_of_the_loss_behind_it(run_of):
    row = "Epoch: {}/9 Train steps: 90 Val steps: 20 3.4s loss: {:.4f} acc: {:.2f} val_loss: {:.4f}\n"

    run = run_of("".join(row.format(n, 3 / n, 40.0 + n, 4 / n) for n in range(1, 6)))

    assert role(run, "loss") == "train.loss"
    assert points(run, "val_loss") == {n: float(f"{4 / n:.4f}") for n in range(1, 6)}


def test_a_count_with_its_share_of_the_whole_behind_it_is_the_step(run_of):
    text = "".join(f"{n}m {10 + n}s (- 7m {n}s) ({500 * n} {n * 5}%) {3 / n:.4f}\n" for n in range(1, 7))

    assert points(run_of(text), "loss") == {500 * n: float(f"{3 / n:.4f}") for n in range(1, 7)}


@pytest.mark.parametrize("name", ["Val.", "Valid.", "Dev."])
def test_a_split_may_be_cut_short_with_a_point(run_of, name):
    text = ""
    for n in range(1, 6):
        text += f"Epoch: 0{n} | Time: 0m 26s\n\tTrain Loss: {3 / n:.3f} | Train PPL: {9 / n:.3f}\n"
        text += f"\t {name} Loss: {4 / n:.3f} |  {name} PPL: {12 / n:.3f}\n"

    run = run_of(text)
    held_out = next(name for name in run.series if role(run, name) == "val.loss")

    assert points(run, held_out) == {n: float(f"{4 / n:.3f}") for n in range(1, 6)}
    assert len(run.series) == 4


def test_a_sentence_names_its_measures_behind_with(run_of):
    text = "".join(f"Epoch {n} finished with loss {3 / n:.3f} and accuracy 0.{n}5.\n" for n in range(1, 6))

    run = run_of(text)

    assert points(run, "loss") == {n: float(f"{3 / n:.3f}") for n in range(1, 6)}
    assert points(run, "accuracy") == {n: float(f"0.{n}5") for n in range(1, 6)}


def test_a_comma_before_four_digits_is_a_decimal_comma_and_before_three_parts_a_thousand(run_of):
    text = "".join(f"Step {n * 1000:,} Loss {f'{3 / n:.4f}'.replace('.', ',')}\n" for n in range(1, 6))

    assert points(run_of(text), "Loss") == {n * 1000: float(f"{3 / n:.4f}") for n in range(1, 6)}


def test_ranks_with_a_colon_are_told_apart(run_of):
    text = "".join(f"Rank: {r} Epoch: {n} Loss: {3 / n + r:.3f}\n" for n in range(1, 6) for r in (1, 0))

    assert points(run_of(text), "Loss") == {n: float(f"{3 / n:.3f}") for n in range(1, 6)}


def test_the_states_of_a_bar_are_the_curve_where_there_is_one_epoch(run_of):
    bar = "Epoch 0: {:3}%|{:10}| {}/90 [00:0{}<00:09,  9.9it/s, loss={:.3f}, v_num=3]"
    text = "\r".join(bar.format(n * 10, "#" * n, n * 9, n, 3 / n) for n in range(1, 9))

    run = run_of(text + "\n")

    assert run.series["loss"].values.tolist() == [float(f"{3 / n:.3f}") for n in range(1, 9)]


def test_a_log_that_powershell_wrote_is_read(tmp_path):
    path = tmp_path / "train.log"
    text = "".join(f"Epoch {n}/8 - loss: {3 / n:.4f} - lr: 0.001\r\n" for n in range(1, 9))
    path.write_bytes(text.encode("utf-16"))

    (run,) = load([path])

    assert isinstance(run, Run)
    assert len(run.series["loss"]) == 8


def test_headings_behind_a_hash_name_the_columns(run_of):
    text = "training\n# Epoch batch         loss       loss_f        f_mae\n"
    text += "".join(
        f"      {1 + n // 4}     {1 + n % 4}        {3 / (n + 1):.4f}        0.4{n}       0.3{n}\n" for n in range(8)
    )

    run = run_of(text)

    assert run.series["loss"].steps.tolist() == list(range(1, 9))


def test_a_sentence_without_a_count_is_no_row_though_it_says_with(run_of):
    text = "".join(f"step {n} loss: {3 / n:.3f}\n" for n in range(1, 6))

    run = run_of(text + "RuntimeError: Model diverged with loss = NaN.\n")

    assert points(run, "loss") == {n: float(f"{3 / n:.3f}") for n in range(1, 6)}


def test_bars_of_training_and_validation_by_turns_are_two_curves(run_of):
    bar = "{}: 100%|{}| {}/{} [00:10<00:00,  9.9it/s, loss={:.3f}]\n"
    text = ""
    for n in range(1, 6):
        text += bar.format("Training", "#" * 10, 90, 90, 3 / n) + bar.format("Validation", "#" * 10, 20, 20, 4 / n)

    run = run_of(text)

    assert run.series["train loss"].values.tolist() == [float(f"{3 / n:.3f}") for n in range(1, 6)]
    assert run.series["val loss"].values.tolist() == [float(f"{4 / n:.3f}") for n in range(1, 6)]


def test_batches_of_which_nothing_is_measured_count_no_step(run_of):
    text = ""
    for n in range(1, 6):
        text += f"======== Epoch {n} / 5 ========\nTraining...\n  Batch    40  of    90.    Elapsed: 0:00:08.\n"
        text += f"  Batch    80  of    90.    Elapsed: 0:00:16.\n\n  Average training loss: {3 / n:.2f}\n"
        text += f"Running Validation...\n  Accuracy: 0.8{n}\n  Validation Loss: {4 / n:.2f}\n"

    run = run_of(text)

    assert points(run, "Validation Loss") == {n: float(f"{4 / n:.2f}") for n in range(1, 6)}


def test_a_validation_in_brackets_is_of_the_measure_before_it(run_of):
    row = "epoch {} | loss: {:.3f} (val {:.3f}) | acc: 0.5{} (val 0.4{})\n"

    run = run_of("".join(row.format(n, 3 / n, 4 / n, n, n) for n in range(1, 6)))

    assert points(run, "val loss") == {n: float(f"{4 / n:.3f}") for n in range(1, 6)}
    assert points(run, "val acc") == {n: float(f"0.4{n}") for n in range(1, 6)}


def test_a_heading_of_validation_below_rows_of_training_heads_a_table_of_its_own(run_of):
    text = "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
    for n in range(1, 9):
        text += f"      {n}/50      6.2G      {1.4 / n:.3f}      {1.9 / n:.3f}      1.10{n}         41        640: 100%|████| 231/231 [00:49<00:00,  4.6it/s]\n"
        text += (
            "                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|██| 9/9\n"
        )
        text += f"                   all        502       1899      0.{n}1      0.{n}2      0.{n}3      0.{n}05\n"

    run = run_of(text)

    assert points(run, "val mAP50") == {n: float(f"0.{n}3") for n in range(1, 9)}
    assert not [name for name in run.series if "Instances" in name]


def test_what_a_stopper_says_of_its_best_value_is_no_curve(run_of):
    text, best = "", "inf"
    for n in range(1, 9):
        text += f"Epoch: {n}\tTraining Loss: {3 / n:.6f}\tValidation Loss: {4 / n:.6f}\n"
        text += f"Validation loss decreased ({best} --> {4 / n:.6f}).  Saving model ...\n"
        best = f"{4 / n:.6f}"

    assert set(run_of(text).series) == {"Training Loss", "Validation Loss"}


def test_a_score_with_a_number_in_its_name_is_read_under_all_of_it(run_of):
    text = ""
    for n in range(1, 9):
        text += f"[Epoch {n}] Training:   loss={3 / n:.3f}, top-1={50 + n}.5%\n"
        text += f"[Epoch {n}] Validation: loss={4 / n:.3f}, top-1={40 + n}.5%\n"

    run = run_of(text)

    assert points(run, "val top-1") == {n: 40.5 + n for n in range(1, 9)}
    assert role(run, "val top-1") == "val.accuracy"


def test_lists_behind_the_name_of_a_split_are_of_that_split(run_of):
    row = "Epoch {}: train=[loss: {:.3f} acc: 0.5{}] | dev=[loss: {:.3f} acc: 0.4{}]\n"

    run = run_of("".join(row.format(n, 3 / n, n, 4 / n, n) for n in range(1, 9)))

    assert points(run, "val loss") == {n: float(f"{4 / n:.3f}") for n in range(1, 9)}
    assert len(run.series) == 4


def test_losses_that_pytorch_yolo_calls_by_a_letter_have_their_total(run_of):
    text = "".join(
        f"[Epoch {e}/4, Batch {b}/5] [Losses: x 0.25{b}, y 0.24, w 1.5, h 1.3, conf 3.1{e}, cls 0.7, "
        f"total {9 - e - b / 5:.6f}, recall: 0.1{b}, precision: 0.0{b}]\n"
        for e in range(4)
        for b in range(5)
    )

    run = run_of(text)

    assert list(run.series) == [
        "epoch", "x loss", "y loss", "w loss", "h loss", "conf loss", "cls loss", "loss", "recall", "precision"
    ]  # fmt: skip
    assert points(run, "loss") == {5 * e + b: 9 - e - b / 5 for e in range(4) for b in range(5)}
