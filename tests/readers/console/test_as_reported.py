"""Lines as people paste them into reports: behind a logger of Java, in their own language, without ends of lines."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.readers.console.cleaning import apart, without_line_numbers


def test_the_logger_of_log4j_stands_in_front_of_a_round(run_of):
    rows = ((12 + n, 0.4 - n / 100, 0.6 + n / 50) for n in range(8))
    run = run_of(
        "".join(
            f"21/03/04 11:02:0{n} WARN Tracker$Out: 2021-03-04 11:02:0{n},123 INFO [{at}]\ttrain-rmse:{a}\teval-rmse:{b}\n"
            for n, (at, a, b) in enumerate(rows)
        )
    )

    assert points(run, "train-rmse")[12] == 0.4
    assert points(run, "eval-rmse")[19] == 0.74


def test_a_measure_behind_the_level_of_log4j_is_no_logger(run_of):
    run = run_of("".join(f"21/03/04 11:02:0{n} INFO Loss: {1.5 - n / 9:.4f}\n" for n in range(9)))

    assert len(points(run, "Loss")) == 9


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Episode {}/240 | Avg reward (100 ep): {:.1f}\n", "Avg reward"),
        ("Episode {}/240 | Reward moyen: {:.1f}\n", "Reward moyen"),
        ("Épisode {}/240 | Récompense moyenne: {:.1f}\n", "Récompense moyenne"),
        ("Episodio {}/240 | Recompensa media: {:.1f}\n", "Recompensa media"),
        ("Episódio {}/240 - recompensa média: {:.2f}\n", "recompensa média"),
        ("Эпизод {} | средняя награда: {:.2f}\n", "средняя награда"),
    ],
)
def test_the_return_of_episodes_is_counted_by_them_in_other_languages_as_well(run_of, line, name):
    run = run_of("".join(line.format(20 * n, 12.5 + n) for n in range(1, 11)))

    assert points(run, name) == {20 * n: 12.5 + n for n in range(1, 11)}
    assert understand(run).names[name][0] == "rl.return"


def boosting(best: float) -> str:
    line = "{}:     learn: {:.6f}    test: {:.6f} best: {:.6f} (3)    total: {:g}s    remaining: {}\n"
    rows = ((41 + n, 0.9 + n / 1000, 0.8 - n / 1000) for n in range(9))
    return "".join(
        line.format(at, a, b, best, at / 2, "1h 40m" if n == 4 else f"1h 39m {50 - n}s")
        for n, (at, a, b) in enumerate(rows)
    )


def test_a_best_value_above_all_others_is_that_of_a_score(run_of):
    run = run_of(boosting(0.8125))

    assert points(run, "train accuracy")[41] == 0.9
    assert points(run, "test accuracy")[49] == 0.792


def test_a_best_value_below_all_others_is_that_of_a_loss(run_of):
    assert points(run_of(boosting(0.7)), "test loss")[49] == 0.792


def test_numbers_in_front_of_one_and_the_same_measure_are_none_of_lines():
    text = boosting(0.7)

    assert without_line_numbers(text) == text


def test_records_that_a_stamp_begins_are_apart_where_their_ends_of_lines_were_lost(run_of):
    record = "[2021/05/06 10:0{}:11] root INFO: epoch: [1/9], iter: {}, lr: 0.001, loss: {:.4f}, acc: 0.25, batch_cost: 2.5 s"
    run = run_of("es: 640, ips: 51.2 " + " ".join(record.format(n, 40 + 10 * n, 3 - n / 4) for n in range(7)) + "\n")

    assert points(run, "loss") == {40 + 10 * n: 3 - n / 4 for n in range(7)}


def test_two_stamps_in_a_line_are_no_records():
    line = "[2021/05/06 10:00:11] worker INFO: said at [2021/05/06 10:00:10] that its queue of 64 batches is empty now"

    assert apart(line) == (line,)
