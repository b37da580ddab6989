"""Evaluations that name little, blocks of scores for each class, and rows at the end that say less than those before."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.readers import load


def test_losses_of_an_evaluation_that_only_splits_name_are_losses(run_of):
    lines = []
    for step in range(0, 1200, 20):
        loss = 0.9 + 9 / (1 + step / 100)
        if step % 200 == 0:
            lines.append(
                f"(eval) iter {step}: train {loss - 0.01:.4f} val {loss + 0.02:.4f} lr 3.0e-0{3 + step // 600}"
            )
        lines.append(f"(fit) iter {step}: loss {loss:.4f} 412 ms/iter")
    run = run_of("\n".join(lines) + "\n")

    assert list(points(run, "val loss")) == list(range(0, 1200, 200))
    assert points(run, "val loss")[0] == pytest.approx(9.92)
    assert {understand(run).names[name][0] for name in set(run.series) - {"lr"}} == {"train.loss", "val.loss"}


def test_scores_that_only_splits_name_stay_scores_beside_a_loss(run_of):
    lines = [
        f"step {n} loss {3 / n:.4f}\nstep {n} train {40 + 5 * n**0.5:.2f} val {38 + 4 * n**0.5:.2f}"
        for n in range(1, 40)
    ]
    run = run_of("\n".join(lines) + "\n")

    assert {"train accuracy", "val accuracy"} <= set(run.series)


def test_rows_of_another_kind_at_the_end_leave_nothing_out(run_of, tmp_path):
    rows = [f"step:{n}/400 val_loss:{3 / (1 + n):.4f} val_bpb:{2 / (1 + n):.4f}" for n in range(0, 401, 100)]
    rows += [f"chunk [{n}/90] val_bpb:1.1{n} time:{n}.0s" for n in range(11, 21)]
    run = run_of("\n".join(rows) + "\n")

    assert not any(defect.lost for defect in run.defects)


def test_a_field_that_is_left_out_at_the_end_is_told_in_the_run_that_had_it_only(runs_of):
    with_it = [f"Iter: {n} | Train Loss: {3 / (1 + n):.4f} | Dev Loss: {4 / (1 + n):.4f}" for n in range(0, 1200, 100)]
    without = [f"Iter: {n} | Dev Loss: {4 / (1 + n):.4f}" for n in range(0, 2200, 100)]
    first, second = runs_of("\n".join(with_it + without) + "\n")

    assert len(points(first, "Train Loss")) == 12
    assert not any(defect.lost for run in (first, second) for defect in run.defects)
    (broken,) = runs_of("\n".join(with_it + without[13:]) + "\n")
    assert [defect.lost for defect in broken.defects] == [True]


@pytest.mark.parametrize("front", ["2021-05-14 10:00:00,123 - lstm.log - INFO - ", ""])
def test_scores_of_each_class_stand_apart_from_those_of_all(run_of, front):
    lines = []
    for n in range(1, 13):
        lines.append(f"{front}iteration:{n} step:{n * 40}/480, NER loss:{9 / n:.4f}")
        for split, less in (("dev", 0), ("test", 2)):
            lines += [
                f"{front}evaluate:{split}",
                f"{front}processed 999 tokens with 90 phrases; found: 80 phrases; correct: {n}.",
            ]
            lines += [
                f"{front}accuracy: {80 + n - less:6.2f}%; precision: {30 + n - less:6.2f}%; recall: {20 + n:6.2f}%; FB1: {25 + n - less:6.2f}"
            ]
            lines += [
                f"{front}{kind:>17}: precision: {k + n:6.2f}%; recall: {k + 1:6.2f}%; FB1: {k + 2 * n:6.2f}  {n}"
                for k, kind in ((5, "CITY"), (40, "RIVER"))
            ]
    run = run_of("\n".join(lines) + "\n")

    names = understand(run).names
    for split, less in (("val", 0), ("test", 2)):
        assert list(points(run, f"{split} FB1").values()) == [25 + n - less for n in range(1, 13)]
        assert list(points(run, f"{split} precision").values()) == [30 + n - less for n in range(1, 13)]
        assert list(points(run, f"{split} CITY FB1").values()) == [5 + 2 * n for n in range(1, 13)]
        assert list(points(run, f"{split} RIVER precision").values()) == [40 + n for n in range(1, 13)]
        assert names[f"{split} FB1"][0] == f"{split}.metric[f1]"


def test_a_digit_behind_a_slash_is_part_of_a_name(run_of):
    lines = []
    for n in range(1, 8):
        lines += [f"batch: {n * 20}", f"mean stage_loss: {3 / n:.4f}"]
        lines += [f"mean stage_acc/{angle}_degree: 0.{angle + n:03}" for angle in (0, 15, 30)]
    run = run_of("\n".join(lines) + "\n")

    for angle in (0, 15, 30):
        assert list(points(run, f"mean stage_acc/{angle}_degree").values()) == [(angle + n) / 1000 for n in range(1, 8)]


def test_names_with_a_comma_between_them_name_the_numbers_behind(run_of):
    lines = [f"epoch {n} lr 0.01\nloss_near,loss_far {3 / n:.4f} {5 / n:.4f}" for n in range(1, 8)]
    run = run_of("\n".join(lines) + "\n")

    assert list(points(run, "loss_near").values()) == pytest.approx([3 / n for n in range(1, 8)], abs=1e-4)
    assert list(points(run, "loss_far").values()) == pytest.approx([5 / n for n in range(1, 8)], abs=1e-4)


def test_a_name_and_a_comma_name_the_number_behind(run_of):
    run = run_of("".join(f"epoch 1, phase train, step {n}, loss_train, {9 / n:.3f}\n" for n in range(10, 100, 10)))

    assert points(run, "loss_train") == pytest.approx({n: 9 / n for n in range(10, 100, 10)}, abs=1e-3)


def test_what_a_measure_improved_from_and_to_is_said_again(run_of):
    lines, best = [], "inf"
    for n in range(1, 20):
        lines.append(
            f"[2022-05-14 10:{n:02}:00,123 INFO] Step {n * 50}/ 1000; acc: {50 + n}.25; ppl: {9 / n:.2f}; lr: 0.00{n}1;"
        )
        if n % 5 == 0:
            lines.append(f"[2022-05-14 10:{n:02}:09,123 INFO] Validation perplexity: {8 / n:.5f}")
            lines.append(f"[2022-05-14 10:{n:02}:09,133 INFO] Model is improving ppl: {best} --> {8 / n:.5f}.")
            best = f"{8 / n:.5f}"
    run = run_of("\n".join(lines) + "\n")

    assert not [name for name in run.series if "improving" in name]
    assert len(points(run, "Validation perplexity")) == 3


def test_a_count_in_brackets_behind_the_name_of_a_split_is_the_step(run_of):
    rows = "".join(f"[Train {i}/300] {{'loss': {3 / i + 0.1:.4f}, 'lr': 0.01}}\n" for i in range(10, 301, 10))
    behind = "".join(f"Evaluated {i}/40 with L2 loss {0.2 + i * 0.0001:.4f}\n" for i in range(4, 41, 4))
    run = run_of(rows + behind)

    assert run.series["train loss"].steps.tolist() == list(range(10, 301, 10))


def test_what_was_trained_and_evaluated_with_are_two_losses(run_of):
    run = run_of(
        "".join(
            f"Epoch {e} trained with loss: {3 / (e + 1):.4f}. The running time is 12.5.\n"
            f"Epoch {e} evaluated with loss: {4 / (e + 1):.4f}, dice score: {0.9 - 0.5 / (e + 1):.4f}.\n"
            for e in range(6)
        )
    )

    assert points(run, "train loss")[5] == 0.5
    assert points(run, "val loss")[5] == round(4 / 6, 4)
    assert "val dice score" in run.series


def test_a_line_that_says_eval_mode_heads_the_next_row_of_the_same_epoch(run_of):
    run = run_of(
        "".join(
            f"epoch: {e}, loss is: {3 / (e + 1):.4f}\nvalidating in eval mode...\n"
            f"epoch: {e}, loss is: {4 / (e + 1):.4f}\nNow continue training...\n"
            for e in range(6)
        )
    )

    assert points(run, "loss")[2] == 1.0
    assert points(run, "val loss")[3] == 1.0


def test_the_first_state_of_a_bar_counts_like_the_others(run_of):
    """Its 0 never moves; with the step of the epoch before, every epoch began a run of its own."""
    text = ""
    for epoch in range(1, 5):
        losses = [3 / (epoch + n / 40) for n in range(0, 41, 4)]
        text += f"Training:   0%|          | 0/40 [00:00<?, ?it/s, loss={losses[0]:.3f}]\n"
        text += f"Training:   0%|          | 0/40 [00:00<?, ?it/s, loss={losses[0]:.3f}]\n"
        text += "".join(
            f"Training: {100 * n // 40:3d}%|###       | {n}/40 [00:0{n // 5}<00:09, {10 + n / 7:.2f}it/s, loss={v:.3f}]\n"
            for n, v in zip(range(4, 41, 4), losses[1:], strict=True)
        )
        text += (
            f"Epoch {epoch}/4 | Train Loss: {losses[-1]:.4f} | Val Loss: {losses[-1] + 0.2:.4f} | Time: 4.{epoch}s\n"
        )
    run = run_of(text)

    assert len(run.series["Val Loss"]) == 4


def test_a_bar_over_epochs_counts_nothing_that_is_printed_behind_it(run_of):
    """The bar stands at the epoch before for the training loss, and at the epoch for its validation loss."""
    text = "  0%|          | 0/5 [00:00<?, ?it/s]Epoch : 1\n"
    for epoch in range(1, 6):
        bar = f" {20 * epoch - 20}%|##   | {epoch - 1}/5 [00:2{epoch}<03:1{epoch}, 2{epoch}.42s/it]"
        after = f" {20 * epoch}%|##   | {epoch}/5 [00:3{epoch}<03:0{epoch}, 2{epoch}.42s/it]"
        text += f"{bar}Training loss: {2 / epoch:.4f}\n{after}Validation loss: {2.5 / epoch:.4f}\nEpoch : {epoch + 1}\n"
    run = run_of(text)

    assert points(run, "Training loss") == {epoch: round(2 / epoch, 4) for epoch in range(1, 6)}
    assert points(run, "Validation loss") == {epoch: round(2.5 / epoch, 4) for epoch in range(1, 6)}


def test_scores_of_an_evaluation_far_below_the_last_row_are_of_its_step(run_of):
    talk = "".join(f"closing workspace {name}\n" for name in "abcdefgh")
    text = ""
    for turn in range(4):
        text += "".join(
            f"Score at iteration {turn * 800 + i * 100} is {2 / (1 + i + 8 * turn):.5f}\n" for i in range(8)
        )
        text += f"{talk}======Evaluation Metrics======\n # of classes:    5\n Accuracy:        {0.6 + turn / 50:.4f}\n{talk}"
    run = run_of(text)

    assert points(run, "val Accuracy") == {700: 0.6, 1500: 0.62, 2300: 0.64, 3100: 0.66}


def test_a_pass_over_held_out_data_that_repeats_its_loss_has_the_step_once(run_of):
    rows = "".join(f"step {i} loss {3 / i + 0.1:.4f}\n" for i in range(10, 301, 10))
    run = run_of(rows + "".join(f"Evaluated {i}/40 with L2 loss {0.2 + i / 9000:.4f}\n" for i in range(2, 41, 2)))

    assert len(points(run, "loss")) == 30
    assert len(run.series.get("val L2 loss", ())) <= 1


BAR = " [==============================] - "


@pytest.mark.parametrize(
    ("fit", "evaluate"),
    [
        (
            f"500/500{BAR}2s 4ms/step - loss: {{0:.4f}} - acc: {{1:.4f}}",
            f"80/80{BAR}0s 3ms/step - loss: 1.7125 - acc: 0.4375",
        ),
        (
            f"500/500{BAR}2s 4ms/step - loss: {{0:.4f}} - acc: {{1:.4f}} - val_loss: {{2:.4f}} - val_acc: {{3:.4f}}",
            f"80/80{BAR}0s 3ms/step - loss: 1.7125 - acc: 0.4375",
        ),
        ("500/500 - 2s - loss: {0:.4f} - acc: {1:.4f}", "80/80 - 0s - loss: 1.7125 - acc: 0.4375"),
        (
            "500/500 - 2s - loss: {0:.4f} - acc: {1:.4f} - 2s/epoch - 4ms/step",
            "80/80 - 0s - loss: 1.7125 - acc: 0.4375 - 240ms/epoch - 3ms/step",
        ),
        (
            "500/500 \u2501\u2501\u2501\u2501 2s 4ms/step - acc: {1:.4f} - loss: {0:.4f}",
            "80/80 \u2501\u2501\u2501\u2501 0s 3ms/step - acc: 0.4375 - loss: 1.7125",
        ),
    ],
)
def test_what_keras_evaluates_behind_its_last_epoch_is_of_the_test_set_and_no_row_of_training(run_of, fit, evaluate):
    lines = []
    for epoch in range(1, 7):
        values = (0.9 * 0.7**epoch, 1 - 0.3 * 0.8**epoch, 0.95 * 0.75**epoch, 1 - 0.35 * 0.85**epoch)
        lines += [f"Epoch {epoch}/6", fit.format(*values)]
    run = run_of("\n".join([*lines, evaluate]) + "\n")

    assert points(run, "loss")[6] == pytest.approx(0.9 * 0.7**6, abs=1e-4)
    assert points(run, "test loss") == {6: 1.7125}
    assert points(run, "test acc") == {6: 0.4375}


def test_what_keras_evaluates_on_both_sets_is_told_apart_by_its_amount(run_of):
    lines = []
    for epoch in range(1, 7):
        lines += [f"Epoch {epoch}/6", f"500/500{BAR}2s - loss: {0.9 * 0.7**epoch:.4f} - val_loss: {0.8**epoch:.4f}"]
    run = run_of("\n".join([*lines, f"500/500{BAR}1s - loss: 0.0903", f"80/80{BAR}0s - loss: 1.7125"]) + "\n")

    assert points(run, "test loss") == {6: 1.7125}


def test_a_second_fit_over_less_data_is_no_evaluation(runs_of):
    lines = []
    for amount in (500, 80):
        for epoch in range(1, 7):
            lines += [f"Epoch {epoch}/6", f"{amount}/{amount}{BAR}2s - loss: {amount / 500 * 0.9 * 0.7**epoch:.4f}"]
    runs = runs_of("\n".join(lines) + "\n")

    assert [sorted(run.series) for run in runs] == [["loss"], ["loss"]]


def test_how_many_batches_were_evaluated_counts_no_steps(run_of):
    lines = []
    for step in range(100, 1601, 100):
        lines.append(
            f"2023-06-11 08:{step // 60:02d}:07,310 - mmseg - INFO - Iter [{step}/9000]\tlr: 6.0e-03, loss: {9 / step:.4f}"
        )
        if step % 400 == 0:
            lines.append(
                f"2023-06-11 08:{step // 60:02d}:41,772 - mmseg - INFO - Iter(val) [75]\taAcc: 0.{80 + step // 400}11, mIoU: 0.{40 + step // 400}27"
            )
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "val mIoU") == {400: 0.4127, 800: 0.4227, 1200: 0.4327, 1600: 0.4427}


def test_evaluations_alone_are_numbered_in_their_order(run_of):
    rows = [
        f"2023-06-11 08:0{n}:41,772 - mmseg - INFO - Iter(val) [75]\taAcc: 0.8{n}11, mIoU: 0.4{n}27" for n in range(4)
    ]

    assert points(run_of("\n".join(rows) + "\n"), "val mIoU") == {0: 0.4027, 1: 0.4127, 2: 0.4227, 3: 0.4327}


def test_what_a_trainer_evaluates_once_is_kept(run_of):
    rows = [f"{{'loss': {2.6 - n / 20}, 'learning_rate': 4e-05, 'epoch': {n / 10}}}" for n in range(1, 30)]
    rows.append("{'eval_loss': nan, 'eval_runtime': 31.5, 'eval_samples_per_second': 20.1, 'epoch': 2.9}")

    assert len(points(run_of("\n".join(rows) + "\n"), "eval_loss")) == 1


def test_a_text_without_a_number_says_that_the_queue_ended_it(tmp_path):
    text = "".join(f"pass {n} done, weights saved\n" for n in range(1, 9))
    (tmp_path / "job.out").write_text(
        f"{text}slurmstepd: error: *** JOB 17 ON a3 CANCELLED AT 2024-01-05T10:00:00 DUE TO TIME LIMIT ***\n"
    )
    (told,) = load([tmp_path / "job.out"])

    assert "reached its time limit" in told.what
