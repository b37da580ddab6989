"""Lines that come by turns: which of two that count and measure belong together."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.reading import understood
from logdoc.readers.console.rows import rows_of

ENTROPY = [2.25, 1.75, 1.5, 1.25, 1.125]


def estimator(n: int, value: float, pace: str = " (1.512 sec)") -> list[str]:
    return [
        f"INFO:tensorflow:xent_loss = {value}, acc = 0.{n + 1}{pace}",
        f"INFO:tensorflow:loss = {value + 0.5}, step = {n * 50}{pace}",
    ]


@pytest.mark.parametrize("between", [["INFO:tensorflow:global_step/sec: 31.5"], []])
def test_what_stands_in_front_of_the_line_that_counts_is_of_its_step(run_of, between):
    lines = [
        line
        for n, v in enumerate(ENTROPY)
        for line in (*(between if n else []), *estimator(n, v, "" if not n else " (1.512 sec)"))
    ]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "xent_loss") == {n * 50: v for n, v in enumerate(ENTROPY)}
    assert points(run, "loss") == {n * 50: v + 0.5 for n, v in enumerate(ENTROPY)}


def test_a_pair_that_was_cut_off_changes_nothing(run_of):
    lines = [line for n, v in enumerate(ENTROPY) for line in (*estimator(n, v), "global_step/sec: 31.5")]
    run = run_of("\n".join([*lines, estimator(5, 1.0)[0]]) + "\n")

    assert points(run, "xent_loss") == {n * 50: v for n, v in enumerate(ENTROPY)}


def test_what_follows_the_line_that_counts_is_of_its_step(run_of):
    lines = [line for n, v in enumerate(ENTROPY) for line in reversed(estimator(n, v))]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "xent_loss") == {n * 50: v for n, v in enumerate(ENTROPY)}


def test_a_first_evaluation_before_the_epochs_leads_none_of_them(run_of):
    lines = ["accuracy: 0.1"]
    for n, v in enumerate(ENTROPY, 1):
        lines += [f"Epoch {n} loss: {v}", f"accuracy: 0.{n + 1}"]
    run = run_of("\n".join(lines) + "\n")

    assert {n: value for n, value in points(run, "accuracy").items() if n} == {n: (n + 1) / 10 for n in range(1, 6)}


def test_a_word_behind_a_bar_counts_the_lines_below_it(run_of):
    bar = " {n}%|\u2588\u2588   | {n}/99 [00:0{n}<01:10,  1.4it/s]Iter: {at}"
    lines = []
    for n, v in enumerate(ENTROPY, 1):
        lines += [bar.format(n=n, at=700 + 10 * n), f"limb_loss:  {v}", f"joint_loss: {v / 2}"]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "limb_loss") == {700 + 10 * n: v for n, v in enumerate(ENTROPY, 1)}
    assert points(run, "joint_loss") == {700 + 10 * n: v / 2 for n, v in enumerate(ENTROPY, 1)}


def test_a_block_that_a_cut_left_at_the_beginning_moves_no_count():
    lines = ["limb_loss: 4.5", "joint_loss: 2.5", "saved"]
    for n, v in enumerate(ENTROPY, 1):
        lines += [f"Iter: {10 * n}", f"limb_loss: {v}", f"joint_loss: {v / 2}", "saved"]
    rows = rows_of(understood("\n".join(lines) + "\n"))

    at, values = rows.values["limb_loss"]
    counted = dict(zip(values.tolist(), [rows.counters["step"][row] for row in at.tolist()], strict=True))
    assert {value: counted[value] for value in ENTROPY} == {v: 10 * n for n, v in enumerate(ENTROPY, 1)}
