"""The divergence of a policy step under the name of a loss."""

from __future__ import annotations

import numpy as np

from logdoc.context.roles import understand
from logdoc.model import Reading, Run, Series

FALLING = np.linspace(0.02, 0.01, 20)


def read(*names: str) -> Reading:
    series = {name: Series(name, np.arange(20), FALLING + i) for i, name in enumerate(names)}
    return understand(Run(id="run", sources=("log.csv",), format="csv", series=series))


def test_loss_kl_beside_a_surrogate_loss_and_a_return_is_the_divergence_of_the_policy_step() -> None:
    reading = read("loss_kl", "loss_pol_surr", "loss_vf_loss", "EpRewMean")

    assert reading.one["rl.kl"].series.name == "loss_kl"
    assert "kl" not in reading.each.get("train.loss_term", {})


def test_loss_kl_beside_other_losses_is_a_term_of_the_loss() -> None:
    for names in (("loss_kl", "loss_recon", "loss"), ("loss_kl", "policy_loss", "EpRewMean")):
        reading = read(*names)

        assert "rl.kl" not in reading.one
        assert "kl" in reading.each["train.loss_term"]


def test_a_divergence_that_is_logged_as_one_comes_first() -> None:
    assert read("loss_kl", "loss_pol_surr", "EpRewMean", "approx_kl").one["rl.kl"].series.name == "approx_kl"
