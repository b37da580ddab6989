"""Counts that are printed in thousands are the whole numbers they stand for."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.thousands import Thousands, has_thousands

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


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("step 1k", True),
        ("global_step=2K", True),
        ("[2K] loss", True),
        ("steps 3k/s", True),
        ("step 1 of", False),
        ("step 5 at 12K tok", False),
        ("loss [2K]", False),
        ("mystep 3k", False),
        ("step 3k%", False),
        ("step 3km", False),
    ],
)
def test_a_count_in_thousands_stands_behind_a_word_that_counts_or_begins_the_line(text: str, has: bool) -> None:
    assert has_thousands(text) == has


def test_thousands_at_the_end_of_a_long_log_are_found() -> None:
    assert has_thousands("step 5 loss 0.5\n" * 20_000 + "step 320k loss 0.5\n")


@pytest.mark.parametrize(
    ("lines", "spelt"),
    [
        (["400", "800", "1K", "2K", "2K"], ["400", "800", "1200", "1600", "2000"]),
        (["1.0k", "1.0k"], ["1000", "1000"]),
        (["1K", "2K"], ["1000", "2000"]),
        (["400", "800", "1.5k", "1.2k"], ["400", "800", "1500", "1200"]),
        (["500", "500", "1K", "2K"], ["500", "500", "1000", "1500"]),
        (["300", "600", "900", "1K"], ["300", "600", "900", "1200"]),
        (["900", "1550", "2.1K"], ["900", "1550", "2100"]),
        (["950", "1500", "2.1K"], ["950", "1500", "2050"]),
        (["950", "1500", "2.2K"], ["950", "1500", "2200"]),
        (["1500000", "1900000", "2M", "3M"], ["1500000", "1900000", "2300000", "2700000"]),
        (["2/5K"], ["2/5000"]),
        (["2k/1.5M"], ["2000/1500000"]),
        (["2k / 3"], ["2000 / 3"]),
        (["3/10", "1.5", "1.25M"], ["3/10", "1.5", "1250000"]),
    ],
)
def test_counts_are_spelt_out_as_they_grew(lines: list[str], spelt: list[str]) -> None:
    counts = Thousands()

    assert [counts.spelt_out(f"x step {line} loss 2K") for line in lines] == [f"x step {one} loss 2K" for one in spelt]


def test_a_line_without_a_count_stays() -> None:
    assert Thousands().spelt_out("loss 2K of 3M") == "loss 2K of 3M"
