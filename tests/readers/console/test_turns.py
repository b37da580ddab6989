"""Lines that come by turns: which of two that count and measure belong together."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.readers.console.prepared import prepare
from logdoc.readers.console.reading import understood
from logdoc.readers.console.rows import rows_of
from logdoc.readers.console.turns import heads_rows, lead_their_rows, row_lines

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


@pytest.mark.parametrize(
    ("at", "rows", "first", "heads"),
    [
        ([10, 20, 30], [4, 11, 21, 31], 1, True),
        ([10, 20, 30], [9, 19, 29, 35], 1, False),
        ([10, 20], [8, 12, 18, 22], 1, False),
        ([10, 20], [8, 12, 18, 22], 2, True),
        ([10, 20], [8, 13, 18, 22], 2, False),
        ([10, 20, 30], [11, 12, 21, 28], 5, True),
        ([1, 2], [5, 6], 5, False),
        ([7, 8], [5, 6], 5, False),
        ([1, 10, 40], [2, 12, 13], 5, True),
    ],
    ids=[
        *("nearer to the next", "nearer to the one before", "between, from 1", "between, from 2", "a little nearer"),
        *("in the sum", "all above", "all below", "one within"),
    ],
)
def test_a_line_heads_the_row_that_it_stands_nearer_to(at, rows, first, heads):
    assert heads_rows(np.array(at), np.array(rows), {"epoch": float(first)}) == heads


def test_between_two_rows_what_counts_nothing_heads_none():
    assert not heads_rows(np.array([10]), np.array([8, 12]), {})


def leading(text: str) -> set[str]:
    """Return the first word of the lines that stand in front of the line that counts for them."""
    lines, _ = prepare(understood(text))
    lead_their_rows(lines)
    return {line.shape.line.split()[0] for line in lines if line is not None and line.leads}


def pairs(count: int, name: str = "cross_entropy", *, within: int = 0, between: int = 0, first: int = 1) -> str:
    lines: list[str] = []
    for n in range(first, first + count):
        lines += [f"{name} = {2.5 / n:.4f}, acc = 0.{n}", *["- - -"] * within]
        lines += [f"loss = {3 / n:.4f}, step = {50 * n}", *["- - -"] * between]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        (pairs(5, "f1", between=1), True),
        (pairs(5, "f1"), False),
        (pairs(5), True),
        (pairs(5, within=1), False),
        (pairs(5, within=1, between=1), True),
        (pairs(5, within=1, between=2), True),
        (pairs(3, between=1), True),
        (pairs(2, between=1), False),
        (pairs(5, "loss", between=1), False),
        (pairs(5) + "cross_entropy = 0.5, acc = 0.9\n", False),
        (pairs(5, between=1) + "cross_entropy = 0.5, acc = 0.9\n", True),
        ("loss = 3.5, step = 0\n" + pairs(5, between=1), False),
        (pairs(4, between=1) + "loss = 0.5, step = 300\n", True),
        (pairs(3, between=1) + "loss = 0.5, step = 300\n", False),
        (pairs(3, between=1) + "cross_entropy = 0.5, acc = 0.9\n" + pairs(3, between=1, first=5), False),
    ],
    ids=[
        *("nearer", "a score as near", "a cost as near", "further", "a cost as near, apart", "apart but nearer"),
        *("three pairs", "two pairs", "one name in both", "as near and cut", "nearer and cut", "a count first"),
        *("one of five alone", "one of four alone", "two in front"),
    ],
)
def test_a_line_leads_where_the_pairs_say_so(text, leads):
    assert leading(text) == ({text.split()[0]} if leads else set())


def test_rows_stand_in_their_order_whatever_their_kind():
    assert row_lines(prepare(understood(pairs(3, between=1)))[0]).tolist() == [1, 2, 4, 5, 7, 8]
    assert row_lines([None]).tolist() == []
