"""Lines as programs print them that nobody has seen before: saved weights, windows, headings, cells and labels."""

from __future__ import annotations

import pytest
from curves import points
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.model import Run
from logdoc.readers import load

SAVED = (
    "  saved best weights (loss: {0:.4f})",
    "-> Saving model.pt with loss {0:.4f}",
    "best checkpoint saved, val_loss={0:.4f}",
    "\u4fdd\u5b58\u6700\u4f73\u6a21\u578b (val_loss={0:.4f})",
    "Modell gespeichert, beste loss: {0:.4f}",
)


@pytest.mark.parametrize("saved", SAVED)
def test_what_is_said_of_saved_weights_is_no_further_loss(run_of, saved):
    text = "".join(
        f"Epoch {i} | train loss: {2 / i:.4f} | val loss: {3 / i:.4f}\n"
        + (saved.format(3 / i) + "\n" if i in (1, 2, 4, 5, 9) else "")
        for i in range(1, 13)
    )
    run = run_of(text)

    assert set(run.series) == {"train loss", "val loss"}
    assert points(run, "val loss")[4] == 0.75


def test_a_log_whose_only_rows_announce_saved_weights_keeps_their_loss(run_of):
    run = run_of("".join(f"epoch {i}: model saved with loss {2 / i:.4f}\n" for i in range(1, 13)))

    assert points(run, "loss")[4] == 0.5


def test_a_saved_model_beside_further_losses_keeps_a_score_that_nothing_else_says_every_epoch(run_of):
    text = "".join(
        f"epoch {i} step 10 loss {2 / i:.4f}\nepoch {i}: model saved, val accuracy {0.5 + (i % 3) / 10:.2f}\n"
        for i in range(1, 13)
    )

    assert points(run_of(text), "val accuracy").keys()


@pytest.mark.parametrize(
    ("said", "name"),
    [("MeanScore(250)", "MeanScore"), ("mean reward (last 250)", "mean reward"), ("Reward (250 games)", "Reward")],
)
def test_the_window_of_a_mean_in_brackets_is_not_the_mean(run_of, said, name):
    run = run_of(
        "".join(f"Game {i} of the match, episode {i} | {said}: {i / 8:.3f} | loss: {2 / i:.3f}\n" for i in range(1, 30))
    )
    curves = [dict(zip(s.steps.tolist(), s.values.tolist(), strict=True)) for s in run.series.values()]

    assert any(curve.get(8) == 1.0 and curve.get(16) == 2.0 for curve in curves)
    assert not any(set(curve.values()) == {250.0} for curve in curves)
    assert not name or name in run.series


def test_a_score_at_a_rank_is_no_clock_where_no_blank_stands_behind_the_colon(run_of):
    run = run_of("".join(f"Test Epoch: [{i}/20] Hit@3:{10 + i}.25%\n" for i in range(1, 20)))

    assert points(run, "test Hit@3")[7] == 17.25


def test_percentages_in_the_cells_of_a_table_are_no_bars(run_of):
    rows = "".join(
        f"{i:5d}     {2 / i:8.4f}     {10 + i:5.2f}%     {3 / i:8.4f}      {9 + i:5.2f}%\n" for i in range(1, 15)
    )
    run = run_of("epoch   train_loss  train_acc   val_loss    val_acc\n" + rows)

    assert points(run, "train_acc")[4] == 14.0
    assert points(run, "val_acc")[4] == 13.0
    assert points(run, "val_loss")[3] == 1.0


def test_an_empty_bar_before_its_count_is_one_still(run_of):
    text = "".join(
        f"\rEpoch {i}:   0%               0/40 [00:00<?]\rEpoch {i}: 100%|####| 40/40 [00:09<00:00, loss={2 / i:.4f}]\n"
        for i in range(1, 9)
    )

    assert points(run_of(text), "loss")


def test_an_error_with_the_unit_of_what_is_predicted_is_no_time(run_of):
    run = run_of("".join(f"epoch {i} loss: {2 / i:.3f}, MAE={1 / i:.4f}s, took 4.1s\n" for i in range(1, 13)))

    assert points(run, "MAE")[4] == 0.25


def test_lines_of_a_block_that_differ_in_their_label_are_not_one_measure(run_of):
    text = "".join(
        f"epoch {i}\n  train loss: {3 / i:.3f}\n  left-eye: MAE={1 / i:.4f}, F1={0.5 + i / 40:.4f}\n"
        f"  right-eye: MAE={2 / i:.4f}, F1={0.4 + i / 40:.4f}\n"
        for i in range(1, 13)
    )
    run = run_of(text)

    assert points(run, "left-eye MAE")[4] == 0.25
    assert points(run, "right-eye MAE")[4] == 0.5
    assert points(run, "right-eye F1")[4] == 0.5


def test_a_line_named_in_brackets_does_not_mix_with_those_that_count(run_of):
    text = "".join(
        f"epoch {e} batch {b}/30 d_loss: {1 / e + b / 1000:.4f}, g_loss: {2 / e:.4f}\n"
        for e in range(1, 9)
        for b in (10, 20, 30)
    ).splitlines()
    lines = [
        line + ("\n[Preview] d_loss: 0.1250, g_loss: 0.2500" if (i + 1) % 3 == 0 else "") for i, line in enumerate(text)
    ]
    run = run_of("\n".join(lines) + "\n")

    assert set(run.series["Preview d_loss"].values.tolist()) == {0.125}
    assert 0.125 not in run.series["g_loss"].values
    assert run.series["d_loss"].values.size == len(text)


def test_a_heading_holds_for_the_block_below_it_where_the_epoch_is_said_again(run_of):
    text = "".join(
        f"[epoch {i}, images 9000]\nLoss: {2 / i:.4f}\nValidation:\n[epoch {i}, images 700]\nIoU: {0.5 + i / 50:.3f}\nLoss: {3 / i:.4f}\n"
        for i in range(12)
        if i
    )
    run = run_of(text)

    assert points(run, "Loss")[4] == 0.5
    assert points(run, "val Loss")[4] == 0.75
    assert points(run, "val IoU")[5] == 0.6


def test_names_with_slashes_between_them_go_with_the_numbers_in_turn(run_of):
    run = run_of(
        "".join(
            f"Train epoch {i}: loss {2 / i:.3f}\n"
            f"Val at epoch {i}: mIoU/fwIoU/allAcc {i / 20:.4f}/{i / 25:.4f}/{i / 16:.4f}.\n"
            for i in range(1, 13)
        )
    )

    assert points(run, "val allAcc")[8] == 0.5
    assert points(run, "val mIoU")[10] == 0.5


def test_dots_in_front_of_a_name_are_no_part_of_it(run_of):
    run = run_of("".join(f"epoch {i},..train acc:{0.5 + i / 64},...test acc:{0.25 + i / 64}\n" for i in range(1, 13)))

    assert points(run, "train acc")[8] == 0.625
    assert points(run, "test acc")[8] == 0.375


def test_a_step_before_its_share_of_the_whole_counts_behind_the_time(run_of):
    run = run_of("".join(f"[{i}m {7 * i % 60}s ({40 * i} {5 * i}%) {2 / i:.4f}]\n" for i in range(1, 20)))

    assert run.series["loss"].steps.tolist() == [40 * i for i in range(1, 20)]
    assert run.series["loss"].values[3] == 0.5


def test_a_perplexity_beside_measures_of_an_evaluation_alone_is_of_it(run_of):
    run = run_of("".join(f"epoch {i}: perplexity: {40 / i:.3f} eval_loss: {2 / i:.3f}\n" for i in range(1, 13)))
    both = run_of(
        "".join(f"epoch {i}: loss: {1 / i:.3f} ppl: {40 / i:.3f} eval_loss: {2 / i:.3f}\n" for i in range(1, 13))
    )

    assert "val perplexity" in run.series
    assert "ppl" in both.series


def test_terms_without_a_known_name_are_read_in_a_block_and_beside_a_loss(run_of):
    text = "".join(
        f"Epoch = {i}\n| Warp: {3 / i:.4f}   Hue: {2 / i:.4f} |\nTrain. Total Loss: {5 / i:.3f}, Smear.: {1 / i:.3f}\n"
        for i in range(1, 13)
    )
    run = run_of(text)

    assert points(run, "Hue")[4] == 0.5
    assert points(run, "train Smear")[4] == 0.25


def test_the_accuracy_of_an_epoch_on_images_is_named_so(run_of):
    run = run_of(
        "".join(f"Accuracy at epoch {i} of the model on the 900 test images: {20 + i}.5%\n" for i in range(1, 13))
    )

    assert points(run, "test Accuracy")[4] == 24.5


def test_the_training_loss_of_an_evaluation_is_read_where_the_validation_beside_it_overfits(run_of):
    text = "".join(
        f"[eval] iter {50 * i}: train {3 / i:.3f} val {3.2 / min(i, 4):.3f}\n[train] iter {50 * i}: loss {3 / i + 0.01:.3f}\n"
        for i in range(1, 15)
    )
    run = run_of(text)

    assert run.series["val loss"].values[-1] == 0.8
    assert any(name.lower().startswith("train") and "loss" in name.lower() for name in run.series)


@given(
    st.sampled_from(SAVED),
    st.lists(st.floats(0.05, 9), min_size=8, max_size=30),
    st.sampled_from((", ", " | ", "  ")),
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_saved_the_curves_hold_what_the_rows_say(tmp_path_factory, saved, losses, between):
    path = tmp_path_factory.mktemp("saved") / "train.log"
    best, lines = 99.0, []
    for i, loss in enumerate(losses, 1):
        lines.append(f"epoch {i}{between}train_loss: {loss / 2:.4f}{between}val_loss: {loss:.4f}")
        if loss < best:
            best = loss
            lines.append(saved.format(loss))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run,) = load([path])

    assert isinstance(run, Run)
    assert set(run.series) == {"train_loss", "val_loss"}
    assert run.series["val_loss"].values.tolist() == [round(loss, 4) for loss in losses]


def test_a_count_of_the_block_does_not_replace_that_of_the_last_line_in_it(run_of):
    text = "".join(
        f"Validation step [{i:3d}/ 20]\nValidation Loss {3 / (i + 1):.4f}\nTraining step [{i:3d}/ 20]\n"
        f"Training Iteration {90 * (i + 1):5d}  Loss {2 / (i + 1):.4f}\n"
        for i in range(20)
    )

    assert points(run_of(text), "Loss")[360] == 0.5


def test_the_results_above_the_line_that_names_the_epoch_are_of_that_epoch(run_of):
    text = "".join(
        f"* Acc@1 {20 + i}.125 loss {2 / (i + 1):.3f}\nAccuracy at epoch {i} of the model on the 900 test images: {20 + i}.1%\n"
        f"Max accuracy so far: {20 + i}.12%\n"
        for i in range(14)
    )

    assert points(run_of(text), "val loss")[3] == 0.5


def test_a_phase_behind_an_equals_sign_is_the_part_of_the_data(run_of):
    run = run_of(
        "".join(
            f"epoch={i} phase=train loss={2 / i:.4f} acc={i / 40:.4f}\nepoch={i} phase=val loss={3 / i:.4f} acc={i / 50:.4f}\n"
            for i in range(1, 20)
        )
    )

    assert points(run, "train loss")[4] == 0.5
    assert points(run, "val loss")[4] == 0.75


def test_a_number_behind_the_name_of_a_split_counts_where_measures_follow_it(run_of):
    run = run_of(
        "".join(
            f"Train {i}, loss: {2 / (i + 1):.5f}, train acc: {i / 40:.5f}\nTest {i}, loss: {3 / (i + 1):.5f}, test acc: {i / 50:.5f}\n"
            for i in range(18)
        )
    )

    assert points(run, "train loss")[3] == 0.5
    assert points(run, "test loss")[3] == 0.75


def test_a_loss_named_in_front_of_its_epoch_may_have_a_verb_and_a_colon(run_of):
    run = run_of("".join(f"DiceLoss for epoch {i} is :  {2 / i}\n" for i in range(1, 15)))

    assert points(run, "DiceLoss")[4] == 0.5


def test_an_epoch_and_its_batch_with_a_slash_between_them_are_no_share(run_of):
    run = run_of(
        "".join(
            f"TRAIN Batch {e}/{b} loss {2 / (e + 1) + b / 10000:.5f} rank 0\n" for e in range(8) for b in (0, 100, 200)
        )
    )

    assert run.series["train loss"].steps.size == 24
    assert run.series["train loss"].values[3] == 1.0


def test_ranks_of_what_was_retrieved_are_scores(run_of):
    text = "".join(
        f"Validation Results - Epoch: {i}\nmAP: {10 + i}.5%\nCMC, Rank-1  :{20 + i}.5%\nCMC, Rank-5  :{30 + i}.5%\n"
        for i in range(1, 15)
    )
    run = run_of(text)

    assert points(run, "val Rank-1")[4] == 24.5
    assert points(run, "val Rank-5")[4] == 34.5


def test_the_subject_that_a_network_is_tested_on_is_no_loss(run_of):
    run = run_of("".join(f"=== epoch: #{i}, Test: 4 ===\nloss: {2 / (i + 1):.4f}\n" for i in range(15)))

    assert set(run.series) == {"loss"}


def _bar(names):
    losses = ", ".join(f"{name}: {{{name}:.2f}}" for name in names)
    rows = ((i, {name: k + 1900 / (1 + i) for k, name in enumerate(names)}) for i in range(1, 40))
    return "".join(
        f"{losses.format(**row)}, epoch: 0/50::   1%|          | {i}/1419 [00:03<04:31]\n" for i, row in rows
    )


def test_a_loss_and_its_terms_called_by_a_letter_are_read_before_a_bar(run_of):
    run = run_of(_bar(["L", "L_crf", "L_selection"]))

    assert run.series["L"].steps.size == 39
    assert run.series["L_crf"].values[0] == 951
