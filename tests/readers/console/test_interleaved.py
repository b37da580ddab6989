"""Two processes that write into one file are two runs."""

from __future__ import annotations

import numpy as np
import pytest


def lines(count: int, scale: float, form: str) -> list[str]:
    return [form.format(n=n, v=scale / (n + 2)) for n in range(count)]


def turns(first: list[str], second: list[str], seed: int) -> list[str]:
    """Return the lines of both in one file, as they come."""
    rng, mixed, one, other = np.random.default_rng(seed), [], list(first), list(second)
    while one or other:
        mine = one if one and (not other or rng.random() < 0.5) else other
        mixed.append(mine.pop(0))
    return mixed


@pytest.mark.parametrize(
    "form", ["Epoch {n}, Loss {v:.4f}", "epoch {n} train loss: {v:.4f} acc: 0.5", "step {n} | loss {v:.5f}"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_counts_that_run_side_by_side_are_a_run_each(runs_of, form, seed):
    before, first, second = lines(20, 2, form), lines(50, 2, form), lines(35, 9, form)
    runs = runs_of("\n".join([*before, *first[:10], *turns(first[10:], second, seed)]) + "\n")

    losses = [next(series for name, series in run.series.items() if "oss" in name) for run in runs]
    assert [len(loss) for loss in losses] == [20, 50, 35]
    assert losses[1].values.tolist() == pytest.approx([2 / (n + 2) for n in range(50)], abs=1e-4)
    assert losses[2].values.tolist() == pytest.approx([9 / (n + 2) for n in range(35)], abs=1e-4)
    assert any("run side by side" in defect.what for defect in runs[-1].defects)


def test_runs_in_turn_and_resumed_ones_do_not_run_side_by_side(runs_of):
    form = "Epoch {n}, Loss {v:.4f}"
    whole = lines(40, 2, form)
    resumed = [line for start in range(0, 40, 5) for line in whole[max(start - 3, 0) : start + 5]]
    (run,) = runs_of("\n".join(resumed) + "\n")
    assert run.series["Loss"].steps.tolist() == list(range(40))
    assert len(runs_of("\n".join([*whole, *lines(30, 5, form), *lines(30, 7, form)]) + "\n")) == 3


def test_a_batch_that_is_called_i_counts(run_of):
    run = run_of(
        "".join(
            f"2025-01-02 03:04:{n:02d}, batch i:{n}, episode_len:{20 + n}\nkl:0.0{n},loss:{4 / n:.4f}\n"
            + (f"current self-play batch: {n}\n" if n % 10 == 0 else "")
            for n in range(1, 31)
        )
    )
    assert run.series["loss"].steps.tolist() == list(range(1, 31))
