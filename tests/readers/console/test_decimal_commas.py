"""Decimal commas of a text are told from commas of lists and between thousands."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.decimal_commas import has_decimal_commas, with_points

LOSSES = [2.75, 1.625, 1.25, 0.875, 0.75, 0.625]


def comma(value: float, digits: int = 5) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


@pytest.mark.parametrize(
    "line",
    [
        "Epoche {n}: loss:    {loss}, acc: {acc}",
        "Epoch {n} | Loss = {loss} | Accuracy = {acc}",
        "epoch {n} loss {loss} acc {acc}",
        "2026-03-04 10:11:12,345 INFO epoch {n} loss: {loss} (acc: {acc}%)",
    ],
)
def test_a_text_with_decimal_commas_is_read_and_says_so(run_of, line):
    text = "".join(line.format(n=n, loss=comma(v), acc=comma(n / 8, 3)) + "\n" for n, v in enumerate(LOSSES, 1))
    run = run_of(text)

    assert list(run.series["loss" if "loss" in run.series else "Loss"].values) == LOSSES
    accuracy = next(series for name, series in run.series.items() if name.lower().startswith("acc"))
    assert accuracy.values.tolist() == [n / 8 for n in range(1, 7)]
    assert run.note.endswith("decimal commas")


def test_exponents_and_points_between_thousands_belong_to_the_number(run_of):
    text = "".join(f"Epoch: {n}, Loss: {n},5E+12, Error: 1.23{n},75\n" for n in range(1, 6))
    run = run_of(text)

    assert points(run, "Loss") == {n: (n + 0.5) * 1e12 for n in range(1, 6)}
    assert points(run, "Error") == {n: 1230 + n + 0.75 for n in range(1, 6)}


@pytest.mark.parametrize(
    "text",
    [
        "step 1,234 loss 0.5\nstep 2,345 loss 0.4\nstep 3,456 loss 0.25\n",
        "gpus: 0,1\ngpus: 0,2\nepoch 1,loss 0.5\n",
        "Adam(betas=(0,9999), x=[0,1234])\n",
        "examples: 12,345,678 loss: 0,1234 acc: 0,2345\n",
        "epoch 3, loss 0.5, sizes 0,1234,5678\n",
        "".join(f"loss: 0,123{n} lr: 0.001 acc: 0.5\n" for n in range(5)),
        "2026-03-04 10:11:12,3456 a\n2026-03-04 10:11:13,4567 b\n",
        "loss: 0,4321\nloss: 0,4321\n",
    ],
)
def test_other_commas_are_no_decimal_commas(text):
    assert not has_decimal_commas(text)


def test_lists_and_clocks_are_left_as_they_are():
    line = "at 10:11:12,345 ids 1,2,3 conv1,2 loss 0,25 rate 1,5e-3 of 2.345,5."
    assert with_points(line) == "at 10:11:12,345 ids 1,2,3 conv1,2 loss 0.25 rate 1.5e-3 of 2345.5."


def test_counts_keep_the_comma_between_their_thousands():
    assert with_points("Step 1,500 Loss 1,500 of 0,1234") == "Step 1,500 Loss 1.500 of 0.1234"


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("loss: 0,25\nloss: 0,50\n", True),
        ("loss: 0,25\nloss: 0,25\n", False),
        ("loss: 0,25\nacc: 0,5\nf1: 0,7\n", False),
        ("loss: 0,25\nloss: 10,25\nloss: 20,50\n", False),
        ("loss: 1,2345\nloss: 2,3456\n", True),
        ("loss: 0,25\nloss: 1,234\nloss: 2,345\n", False),
        ("loss: 1,5E+3\nloss: 2,5E+3\n", True),
        ("loss: 0,25\nloss: 2,5E+3\n", True),
        ("0,25\n0,35\n", False),
        ("loss: 0,25\n(0,35)\n(0,45)\n", False),
    ],
    ids=[
        *("two", "one twice", "one digit", "another whole number", "four digits", "three digits", "powers"),
        *("two kinds", "no name", "one name"),
    ],
)
def test_two_named_numbers_that_can_be_nothing_else_are_the_fewest(text: str, decimal: bool):
    assert has_decimal_commas(text) == decimal


@pytest.mark.parametrize(("commas", "points", "decimal"), [(10, 1, True), (9, 1, False), (20, 2, True), (19, 2, False)])
def test_one_decimal_point_is_allowed_to_ten_decimal_commas(commas: int, points: int, decimal: bool):
    text = "".join(f"loss: 0,{n + 10}\n" for n in range(commas)) + "lr: 0.5\n" * points

    assert has_decimal_commas(text) == decimal


def test_points_of_another_program_at_the_end_of_a_long_log_are_counted():
    text = "".join(f"loss: 0,{n % 90 + 10}\n" for n in range(30_000))

    assert has_decimal_commas(text)
    assert not has_decimal_commas(text + "lr: 0.5\n" * 12_000)
    assert not has_decimal_commas(text + "seen: 1,234,567\n")


@pytest.mark.parametrize(
    ("line", "spelt"),
    [
        ("Step 12,345 of", "Step 12,345 of"),
        ("Step 0,500", "Step 0.500"),
        ("Step 1,50", "Step 1.50"),
        ("Step 1,5000", "Step 1.5000"),
        ("Step 1,500e3 x", "Step 1.500e3 x"),
        ("e: 1,500", "e: 1.500"),
        ("n 1.234.567,5", "n 1234567.5"),
    ],
)
def test_only_three_digits_behind_a_word_that_counts_are_thousands(line: str, spelt: str):
    assert with_points(line) == spelt
