"""Scores without a split beside twins that name theirs."""

from __future__ import annotations

import numpy as np

from logdoc.context.roles import understand
from logdoc.model import Run, Series


def run_with(**curves: list[float]) -> Run:
    steps = np.arange(6, dtype=np.int64)
    named = {name.replace("_at_", "@"): values for name, values in curves.items()}
    series = {name: Series(name, steps, np.array(values)) for name, values in named.items()}
    return Run("r", "console", ("r.log",), series=series)


def role_of(run: Run, name: str) -> str:
    return understand(run).names[name][0]


def test_a_score_beside_its_twin_of_validation_is_of_training():
    run = run_with(ndcg_at_5=[0.2, 0.3, 0.4, 0.5, 0.6, 0.7], val_ndcg_at_5=[0.1, 0.2, 0.25, 0.3, 0.31, 0.32])

    assert role_of(run, "ndcg@5").startswith("train.metric")


def test_a_score_that_was_printed_twice_is_of_validation_both_times():
    values = [0.123456, 0.234567, 0.3, 0.4, 0.5, 0.6]
    run = run_with(ndcg_at_5=[value + 4e-7 for value in values], val_ndcg_at_5=values)

    assert role_of(run, "ndcg@5").startswith("val.metric")
