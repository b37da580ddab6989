"""Episodes: how long each was, and blocks of many games."""

from __future__ import annotations

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load


def test_the_steps_of_an_episode_are_its_length_and_count_nothing(run_of):
    lengths = [31, 118, 7, 64, 90, 12, 200, 45, 88, 9, 140, 33]
    text = "".join(
        f"Episode {n:03d}/400 | Score: {n % 5:3d} | Reward: {n - 20.5:.1f} | Steps: {length:3d}\n"
        for n, length in enumerate(lengths, 1)
    )
    run = run_of(text)
    assert run.series["Reward"].steps.tolist() == list(range(1, 13))
    assert run.series["episode steps"].values.tolist() == lengths
    assert "rl.episode_length" in understand(run).one


def test_steps_that_only_grow_over_the_episodes_still_count(run_of):
    text = "".join(f"Episode {n} Step {n * 130} loss {3 / n:.3f}\n" for n in range(1, 12))
    assert "episode steps" not in run_of(text).series


def test_steps_within_an_episode_still_count(run_of):
    text = "".join(
        f"Episode {episode} Step {step} loss {2 / (4 * episode + step / 10):.4f}\n"
        for episode in range(1, 6)
        for step in range(10, 50, 10)
    )
    assert "episode steps" not in run_of(text).series


def test_a_block_of_games_is_one_row_and_its_table_of_tiles_none(run_of):
    text = "".join(
        f"{n * 500}\tavg = {400 + 30 * n}, max = {2000 + n}, ops = {70000 + n} (1204|3391)\n"
        f"\t12\t100%\t(0.4%)\n\t24\t{98 - n / 10:.1f}%\t(5.{n % 10}%)\n\t48\t{70 - n}%\t(31.2%)\n\n"
        for n in range(1, 15)
    )
    run = run_of(text)
    assert run.series["episode score"].steps.tolist() == [500 * n for n in range(1, 15)]
    assert understand(run).one["rl.return"].series.values.tolist() == [400 + 30 * n for n in range(1, 15)]


def test_a_share_in_percent_behind_a_count_is_no_loss(tmp_path):
    (tmp_path / "train.log").write_text("".join(f"{n}\t{100 - 2.5 * n}%\n" for n in range(1, 20)))
    assert not any(isinstance(item, Run) and "loss" in item.series for item in load([tmp_path]))


def test_two_numbers_behind_a_count_are_loss_and_accuracy_where_they_move_against_each_other(run_of):
    run = run_of("".join(f"{n} {1.4 / (n + 1):.4f} {1 - 0.7 / (n + 1):.4f}\n" for n in range(40)))
    assert {"train.loss", "train.accuracy"} <= understand(run).one.keys()


def test_two_numbers_behind_a_count_that_fall_together_have_no_names(run_of):
    run = run_of("".join(f"{n} {1.4 / (n + 1):.4f} {0.9 / (n + 1):.4f}\n" for n in range(40)))
    assert {"value 1", "value 2"} <= run.series.keys()
