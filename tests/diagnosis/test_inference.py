from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.diagnosis import CauseNode, Network, posteriors, told
from logdoc.diagnosis.inference import SILENCE, Beliefs

STRENGTH = st.floats(0.02, 0.98)


@st.composite
def networks(draw: st.DrawFn) -> tuple[Network, dict[str, str]]:
    symptoms = [f"s{i}" for i in range(draw(st.integers(1, 6)))]
    causes = []
    for i in range(draw(st.integers(1, 7))):
        explains = draw(st.dictionaries(st.sampled_from(symptoms), STRENGTH, min_size=1))
        causes.append(CauseNode(f"c{i}", draw(st.floats(0.01, 0.6)), explains))
    statuses = {s: draw(st.sampled_from(["fires", "clear", "not-judged", "not-applicable"])) for s in symptoms}
    leaks = draw(st.dictionaries(st.sampled_from(symptoms), st.floats(0.005, 0.3)))
    return Network(tuple(causes), leak=draw(st.floats(0.005, 0.3)), leaks=leaks), statuses


def by_enumeration(network: Network, statuses: dict[str, str]) -> dict[str, float]:
    """Sum over all combinations of causes: the definition itself."""
    weight = dict.fromkeys((c.id for c in network.causes), 0.0)
    total = 0.0
    for present in itertools.product((False, True), repeat=len(network.causes)):
        p = math.prod(c.prior if on else 1 - c.prior for c, on in zip(network.causes, present, strict=True))
        for symptom, status in statuses.items():
            none = math.prod(
                1 - c.explains.get(symptom, 0.0) for c, on in zip(network.causes, present, strict=True) if on
            )
            if status == "fires":
                p *= 1 - (1 - network.leak_of(symptom)) * none
            elif status == "clear":
                p *= ((1 - network.leak_of(symptom)) * none) ** SILENCE
        total += p
        for cause, on in zip(network.causes, present, strict=True):
            weight[cause.id] += p * on
    return {c: w / total for c, w in weight.items()}


@settings(deadline=None, max_examples=100)
@given(networks())
def test_posteriors_equal_the_sum_over_all_combinations(case: tuple[Network, dict[str, str]]) -> None:
    network, statuses = case

    # Symptoms that no cause explains carry no information about causes; the enumeration sees them as a constant.
    assert posteriors(network, statuses) == pytest.approx(by_enumeration(network, statuses), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_told_keeps_the_order_and_never_says_more(one: float, other: float) -> None:
    assert 0.0 <= told(one) <= one
    assert told(one) == one or one > 0.5
    assert (told(one) <= told(other)) == (one <= other) or told(one) == told(other)


def test_what_is_told_of_a_sure_cause_is_less_sure() -> None:
    assert told(0.96) == pytest.approx(0.87, abs=0.01)
    assert told(1.0) < 1.0


def test_without_findings_the_prior_stays() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9}),))

    assert posteriors(network, {}) == pytest.approx({"a": 0.1})


def test_a_firing_symptom_raises_and_a_clear_one_lowers() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9, "t": 0.8}),))

    raised = posteriors(network, {"s": "fires"})["a"]
    lowered = posteriors(network, {"s": "fires", "t": "clear"})["a"]

    assert 0.1 < lowered < raised


def test_a_cause_that_explains_it_better_takes_the_blame_from_the_other() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.5}), CauseNode("b", 0.1, {"s": 0.5, "t": 0.95})))

    alone = posteriors(network, {"s": "fires"})
    explained_away = posteriors(network, {"s": "fires", "t": "fires"})

    assert explained_away["b"] > alone["b"]
    assert explained_away["a"] < alone["a"]


def test_what_speaks_against_a_cause_lowers_it() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9}, against={"u": 0.1}), CauseNode("b", 0.1, {"u": 0.9})))

    assert posteriors(network, {"s": "fires", "u": "fires"})["a"] < posteriors(network, {"s": "fires"})["a"]


def test_forty_causes_and_twenty_firing_symptoms_stay_probabilities() -> None:
    causes = tuple(CauseNode(f"c{i}", 0.05, {f"s{(i + j) % 20}": 0.3 + 0.03 * j for j in range(6)}) for i in range(40))

    found = posteriors(Network(causes), {f"s{i}": "fires" for i in range(20)})

    assert all(0.0 <= p <= 1.0 for p in found.values())
    assert len(found) == 40


def test_twelve_symptoms_of_one_weak_cause_do_not_cancel() -> None:
    symptoms = [f"s{i}" for i in range(12)]
    causes = (CauseNode("a", 0.01, dict.fromkeys(symptoms, 0.1)), CauseNode("b", 0.01, {"s0": 0.1}))
    network = Network(causes, leak=0.005)
    statuses = dict.fromkeys(symptoms, "fires")

    assert posteriors(network, statuses) == pytest.approx(by_enumeration(network, statuses), abs=1e-9)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1])
def test_a_prior_that_is_no_probability_is_refused(prior: float) -> None:
    with pytest.raises(ValueError, match="prior"):
        Network((CauseNode("a", prior, {"s": 0.5}),))


def test_a_circle_of_causes_is_refused() -> None:
    with pytest.raises(ValueError, match="leads to itself"):
        Network((CauseNode("a", 0.1, {"s": 0.5}, leads_to=("b",)), CauseNode("b", 0.1, {"s": 0.5}, leads_to=("a",))))


@settings(deadline=None, max_examples=150)
@given(networks(), st.sampled_from(["fires", "clear", "not-judged", None]), st.data())
def test_what_one_other_verdict_changes_is_what_solving_anew_gives_to_the_last_bit(
    case: tuple[Network, dict[str, str]], verdict: str | None, data: st.DataObject
) -> None:
    network, statuses = case
    symptom = data.draw(st.sampled_from(sorted(statuses)))
    beliefs = Beliefs(network, statuses)
    others = {s: v for s, v in statuses.items() if s != symptom}

    changed = beliefs.posteriors | beliefs.changed_by(symptom, verdict)

    assert changed == posteriors(network, others | ({symptom: verdict} if verdict else {}))
