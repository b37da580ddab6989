"""Counts that are printed in thousands are the whole numbers they stand for."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.thousands import has_thousands

FALLS = [2.5, 1.9, 1.6, 1.2, 1.1, 0.9, 0.8, 0.75]


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("step {h:.1f}k | loss {v}", 500),
        ("Step: {k}K/1M loss: {v}", 25_000),
        ("[{k}k/1.0M] loss {v} | lr 3e-4", 25_000),
        ("iter={k}M loss={v}", 25_000_000),
    ],
)
def test_a_count_in_thousands_is_spelt_out(run_of, line, first):
    run = run_of("".join(line.format(h=i / 2, k=25 * i, v=v) + "\n" for i, v in enumerate(FALLS, 1)))
    assert points(run, "loss") == {first * i: v for i, v in enumerate(FALLS, 1)}


def test_counts_that_are_rounded_to_the_same_thousand_go_on_as_they_grew(run_of):
    counts = ["400", "800", "1K", "2K", "2K", "2K", "3K", "3K"]
    run = run_of(
        "".join(f"INFO step:{n} smpl:{i}K loss:{v}\n" for i, (n, v) in enumerate(zip(counts, FALLS, strict=True), 1))
    )
    assert points(run, "loss") == {400 * i: v for i, v in enumerate(FALLS, 1)}


def test_after_a_jump_the_printed_thousands_hold(run_of):
    counts = ["400", "800", "1K", "7K", "7K", "8K", "9K", "9.5K"]
    run = run_of("".join(f"step {n} loss {v}\n" for n, v in zip(counts, FALLS, strict=True)))
    assert list(points(run, "loss"))[:4] == [400, 800, 1200, 7000]


def test_amounts_of_other_things_are_no_counts():
    assert not has_thousands("epoch 3 loss 0.5 | 12K tok/s | mem 3M\nlearned in 2 steps of 3.5km each\n")
