"""Lines that count for those below them: folds and seeds in front, time steps, how far a part of the data is gone."""

from __future__ import annotations

import pytest
from curves import points

LOSSES = [1.9, 1.2, 0.9, 0.7, 0.6, 0.5, 0.45, 0.4]


@pytest.mark.parametrize("front", ["[Fold {k}] Epoch {n} summary:", "* Seed {k} - epoch {n}", "Fold {k}, Epoch {n}"])
def test_a_heading_of_a_fold_and_an_epoch_counts_the_epoch_and_every_fold_is_a_run(runs_of, front):
    rows = [
        front.format(k=k, n=n) + f"\n   loss: {loss + k / 100:.3f}\n"
        for k in (1, 2)
        for n, loss in enumerate(LOSSES, 1)
    ]
    first, second = runs_of("".join(rows))

    assert points(first, "loss") == {n: round(loss + 0.01, 3) for n, loss in enumerate(LOSSES, 1)}
    assert points(second, "loss") == {n: round(loss + 0.02, 3) for n, loss in enumerate(LOSSES, 1)}


def test_a_line_of_time_steps_counts_for_the_returns_below_it(run_of):
    text = "".join(
        f"Num timesteps: {500 * n}\nLast mean reward per episode: {-loss}\n" for n, loss in enumerate(LOSSES, 1)
    )
    (curve,) = run_of(text).series.values()

    assert curve.steps.tolist() == [500 * n for n in range(1, 9)]


def test_percent_of_a_part_of_the_data_that_start_again_with_every_epoch_are_no_score(run_of):
    text = "".join(
        "".join(f"Epoch {n} : [train : {share}%]\n" for share in (20, 60, 100)) + f"Epoch {n} : train loss {loss}\n"
        for n, loss in enumerate(LOSSES, 1)
    )
    run = run_of(text)

    assert [name for name in run.series if "acc" in name] == []
    assert points(run, "train loss") == dict(enumerate(LOSSES, 1))


def test_a_number_behind_at_counts_where_a_loss_is_said(run_of):
    run = run_of("".join(f"Loss at {20 * n} is {loss:.2f}\n" for n, loss in enumerate(LOSSES, 1)))

    assert points(run, "Loss") == {20 * n: loss for n, loss in enumerate(LOSSES, 1)}


def test_the_best_fitness_of_every_generation_is_a_curve(run_of):
    run = run_of("".join(f"Generation {n}\n  Best fitness: {1 - loss / 2:.3f}\n" for n, loss in enumerate(LOSSES)))

    assert points(run, "Best fitness") == {n: round(1 - loss / 2, 3) for n, loss in enumerate(LOSSES)}


@pytest.mark.parametrize("form", ["{part} epoch {n} {loss}", "epoch {n} | {part} | {loss}"])
def test_the_only_number_behind_an_epoch_and_a_part_of_the_data_is_its_loss(run_of, form):
    rows = [
        form.format(part=part, n=n, loss=loss + k)
        for n, loss in enumerate(LOSSES, 1)
        for k, part in enumerate(("TRAIN", "VALID"))
    ]
    run = run_of("\n".join(rows) + "\n")

    assert points(run, "train loss") == dict(enumerate(LOSSES, 1))
    assert points(run, "val loss") == {n: loss + 1 for n, loss in enumerate(LOSSES, 1)}


def test_a_term_called_data_is_one_beside_a_loss_without_any_time(run_of):
    run = run_of(
        "".join(f"[Epoch {n}] loss: {loss} | pde: {loss / 2} | data: {loss / 4}\n" for n, loss in enumerate(LOSSES))
    )

    assert points(run, "data") == {n: loss / 4 for n, loss in enumerate(LOSSES)}


def test_numbers_that_are_keys_of_texts_are_no_measures(run_of):
    text = "".join(f"epoch {n} loss {loss}\n  layers: {{0: 'conv', 1: 'pool'}}\n" for n, loss in enumerate(LOSSES))

    assert "conv" not in run_of(text).series


def test_the_score_of_a_fold_as_a_whole_is_no_row_of_it(run_of):
    rows = [f"Epoch {n}/8 - loss: {loss} - val_loss: {loss + 0.1:.2f}\n" for n, loss in enumerate(LOSSES, 1)]
    run = run_of("".join(rows) + "Score for fold 1: loss of 0.77; accuracy of 81.5%\n")

    assert points(run, "loss") == dict(enumerate(LOSSES, 1))


def test_steps_that_an_episode_took_are_its_length_where_a_line_says_nothing_else(run_of):
    lengths = [12, 30, 18, 44, 25, 60, 31, 75, 40, 90, 55, 110]
    run = run_of("".join(f"Episode: {n} steps: {steps}\nloss: {9 / (n + 9):.4f}\n" for n, steps in enumerate(lengths)))

    assert points(run, "episode steps") == dict(enumerate(map(float, lengths)))
    assert run.series["loss"].steps.tolist() == list(range(12))


def test_a_count_behind_the_name_of_a_part_beside_the_steps_is_no_score(run_of):
    rows = (
        f"train: {k} @ epoch:{n}/8 global_step:{4 * n + k} loss: {loss + (4 - k) / 50:.2f}\n"
        for n, loss in enumerate(LOSSES)
        for k in range(1, 5)
    )
    run = run_of("".join(rows))

    assert [name for name in run.series if "acc" in name or "score" in name] == []
