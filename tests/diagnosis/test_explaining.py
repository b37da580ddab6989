from __future__ import annotations

import pytest
from hypothesis import given, settings

from logdoc.diagnosis import CauseNode, Network, arithmetic, posteriors, told
from tests.diagnosis.test_inference import networks


@settings(deadline=None, max_examples=60)
@given(networks())
def test_the_arithmetic_ends_at_what_is_told(case: tuple[Network, dict[str, str]]) -> None:
    network, statuses = case
    for cause in network.causes:
        steps = arithmetic(network, cause.id, statuses)

        # Moves too small to be told are left out, so the last step may be off by a few of them.
        assert steps[-1][2] == pytest.approx(told(posteriors(network, statuses)[cause.id]), abs=0.02)


def test_prior_context_and_findings_stand_in_order() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9, "t": 0.5}),))

    steps = arithmetic(network, "a", {"t": "clear", "s": "fires"}, {"a": 2.0})

    assert [what for what, _, _ in steps] == ["prior", "context", "s", "t", "held back"]
    assert steps[0][2] == pytest.approx(0.1)
    assert steps[1][1] == pytest.approx(0.6931, abs=1e-3)
    assert steps[2][1] > 0 > steps[3][1]


def test_what_is_held_back_of_a_sure_cause_is_a_step_of_its_own() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9, "t": 0.9}),))

    *_, before, last = arithmetic(network, "a", {"s": "fires", "t": "fires"})

    assert last[0] == "held back"
    assert last[1] < 0
    assert last[2] == pytest.approx(told(before[2]))
    assert 0.5 < last[2] < before[2]


def test_an_unknown_cause_is_an_error() -> None:
    with pytest.raises(KeyError):
        arithmetic(Network((CauseNode("a", 0.1, {"s": 0.9}),)), "b", {})
