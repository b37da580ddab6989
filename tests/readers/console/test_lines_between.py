"""What stands between the rows of a log: learning rates, evaluations and messages in lines of their own."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.context.roles import understand


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Updating learning rate to {}", "learning rate"),
        ("Adjusting learning rate of group 0 to {}.", "learning rate"),
        ("lr set to {}", "learning rate"),
        ("The learning rate was changed to {}", "learning rate"),
    ],
)
def test_a_line_that_only_tells_the_learning_rate_belongs_to_the_row_above(run_of, line, name):
    rows = (
        f"Epoch: {n}, Steps: 9 | Train Loss: {2 / n:.4f} Vali Loss: {3 / n:.4f}\n{line.format(f'{0.01 / 2**n:.4e}')}\n"
        for n in range(1, 7)
    )
    run = run_of("".join(rows))

    assert list(points(run, name).values()) == pytest.approx([0.01 / 2**n for n in range(1, 7)], rel=1e-4)
    assert list(points(run, name)) == [1, 2, 3, 4, 5, 6]
    assert understand(run).names[name][0] == "train.lr"
    assert set(run.series) == {"Train Loss", "Vali Loss", name}
