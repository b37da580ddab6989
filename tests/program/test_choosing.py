"""Which file of several trains, and what counts as training."""

from __future__ import annotations

import pytest
from programs import line_of

from logdoc.model import ProgramText
from logdoc.program import read_program

BY_HAND = """\
import numpy as np

w, offset, cost = np.zeros(6), 0.0, 0.0
for epoch in range(40):
    guess = 1 / (1 + np.exp(-(x @ w + offset)))
    cost += -np.mean(y * np.log(guess) + (1 - y) * np.log(1 - guess))
    {w}
    offset -= 0.3 * np.mean(guess - y)
    print(epoch, cost)
"""


@pytest.mark.parametrize(
    "step", ["w = w - 0.3 * x.T @ (guess - y) / len(y)", "w -= 0.3 * (x.T @ (guess - y))", "w = w + 0.0"]
)
def test_a_network_whose_steps_are_written_out_is_a_program_that_trains(step) -> None:
    text = BY_HAND.format(w=step)

    facts = read_program((ProgramText("train.py", text),)).facts

    assert str(facts["code.total_never_reset"].value).startswith(f"train.py:{line_of(text, 'cost +=')}: ")


@pytest.mark.parametrize(
    "text",
    [
        "left = 9.0\nfor day in range(9):\n    left = left - 0.1 * left\n    print(left)\n",
        "loss = 0.0\nfor year in range(9):\n    loss += sales[year]\n    print(loss)\n",
        "loss = 0.0\nfor year in range(9):\n    loss += sales[year]\n    print(loss)\nrest = rest - 2 * loss\n",
    ],
    ids=["no loss", "no step downhill", "no step in the loop"],
)
def test_numbers_that_only_look_like_a_training_are_none(text) -> None:
    assert not read_program((ProgramText("train.py", text),)).facts
