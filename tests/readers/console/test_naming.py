"""Names that stand together in front of their numbers."""

from __future__ import annotations

import pytest
from curves import points


@pytest.mark.parametrize("names", ["IS, FID:", "IS,FID:", "Acc, F1 =", "loss, accuracy:"])
def test_two_names_in_front_of_two_numbers_are_each_of_one(run_of, names):
    run = run_of("".join(f"Epoch {i}  {names} {1 + i / 8:.3f}, {90 / i:.3f}\n" for i in range(1, 13)))
    first, second = names.rstrip(":= ").replace(" ", "").split(",")

    assert points(run, first)[8] == 2.0
    assert points(run, second)[9] == 10.0


def test_words_of_a_sentence_in_front_of_a_name_are_none(run_of):
    run = run_of("".join(f"Epoch {i}, train, loss: {1 / i:.3f}, {2 / i:.3f}\n" for i in range(1, 13)))

    assert points(run, "train loss")[4] == 0.25


def test_the_size_of_a_batch_counts_nothing_beside_a_number_that_grows_to_its_bound(run_of):
    text = "".join(
        f"[{500 * i:06d}/50000] {'ABC'[i % 3]}  | loss {0.1 - 0.004 * i:.4f} | {3.1:.2f} it/s | batch 16\n"
        for i in range(20)
    )

    assert run_of(text).series["loss"].steps.tolist() == list(range(0, 10_000, 500))
