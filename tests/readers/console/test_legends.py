"""Counters in brackets with what they count behind them."""

from __future__ import annotations

import pytest

PLACES = [(epoch, batch) for epoch in (1, 2, 3, 4) for batch in (50, 100, 150)]


@pytest.mark.parametrize(
    "line",
    [
        "Loss [{epoch}, {batch}](epoch, minibatch):  {loss!r}",
        "Cost ({epoch}, {batch}) [epoch, iter]: {loss:.4f}",
        "running loss [{epoch}, {batch}] (Epoch, Step) = {loss:.3f}",
    ],
)
def test_brackets_count_what_the_brackets_behind_them_say(run_of, line):
    losses = [0.9 - 0.01 * i for i in range(len(PLACES))]
    rows = zip(PLACES, losses, strict=True)
    run = run_of("".join(line.format(epoch=e, batch=b, loss=loss) + "\n" for (e, b), loss in rows))

    (name,) = [name for name in run.series if "oss" in name or name == "Cost"]
    assert run.series[name].values.tolist() == pytest.approx(losses, abs=1e-3)
    assert run.series[name].steps.tolist() == [150 * (e - 1) + b for e, b in PLACES]


def test_a_bracket_of_other_words_counts_nothing(run_of):
    run = run_of(
        "".join(f"epoch {i} size [{i}, 32](height, width): {1 / i:.3f} loss {2 / i:.3f}\n" for i in range(1, 9))
    )

    assert run.series["loss"].steps.tolist() == list(range(1, 9))
