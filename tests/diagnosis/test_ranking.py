from __future__ import annotations

from logdoc.diagnosis import Beliefs, CauseNode, Network, explained_by, next_symptoms, possibilities, rank, ranking


def test_causes_come_most_probable_first_with_their_reasons() -> None:
    network = Network((CauseNode("weak", 0.05, {"s": 0.4}), CauseNode("strong", 0.05, {"s": 0.9, "t": 0.9})))

    ranked = rank(network, {"s": "fires", "t": "fires"})

    assert ranked[0].id == "strong"
    assert ranked[0].explains == ("s", "t")
    assert {r.finding for r in ranked[0].because} == {"s", "t"}
    assert all(r.weight > 0 for r in ranked[0].because)


def test_a_cause_that_explains_nothing_is_not_listed() -> None:
    network = Network((CauseNode("idle", 0.4, {"t": 0.9}), CauseNode("a", 0.1, {"s": 0.9})))

    assert [r.id for r in rank(network, {"s": "fires"})] == ["a"]


def test_nothing_fires_nothing_is_blamed() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9}),))

    assert rank(network, {"s": "clear"}) == ()


def test_a_fault_that_no_cause_explains_well_gets_the_most_probable_one() -> None:
    network = Network(
        (CauseNode("a", 0.005, {"s": 0.3}), CauseNode("b", 0.003, {"s": 0.3}), CauseNode("c", 0.3, {"t": 0.9}))
    )
    statuses = {"s": "fires", "t": "fires"}

    assert [r.id for r in rank(network, statuses)] == ["c"]
    assert [r.id for r in rank(network, statuses, serious=["s"])] == ["c", "a"]
    assert [r.id for r in rank(network, statuses, serious=["t"])] == ["c"]


def test_a_cause_that_is_hardly_possible_is_no_answer_to_a_fault() -> None:
    network = Network((CauseNode("a", 0.0001, {"s": 0.3}),))

    assert rank(network, {"s": "fires"}, serious=["s"]) == ()


def test_possible_causes_make_up_three_with_those_told_and_explain_what_they_should() -> None:
    causes = [
        CauseNode(name, prior, {"s": 0.9})
        for name, prior in (("a", 0.2), ("b", 0.1), ("c", 0.08), ("d", 0.07), ("rare", 0.004))
    ]
    network = Network((*causes, CauseNode("other", 0.3, {"t": 0.9})))
    statuses = {"s": "fires", "t": "fires"}

    left = possibilities(network, statuses, ["a"], ["s"])

    assert [name for name, _ in left] == ["b", "c"]
    assert left[0][1] > left[1][1] >= 0.1
    assert possibilities(network, statuses, ["a", "b", "c"], ["s"]) == ()
    assert "rare" not in dict(possibilities(network, statuses, [], ["s"]))


def test_of_two_equal_causes_the_one_whose_symptom_came_first_leads() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9}), CauseNode("b", 0.1, {"t": 0.9})))

    ranked = rank(network, {"s": "fires", "t": "fires"}, onsets={"s": 500, "t": 20})

    assert [r.id for r in ranked] == ["b", "a"]


def test_every_symptom_goes_to_the_cause_that_contributes_most() -> None:
    network = Network((CauseNode("a", 0.1, {"s": 0.9, "t": 0.1}), CauseNode("b", 0.1, {"t": 0.9})))
    statuses = {"s": "fires", "t": "fires"}

    assert explained_by(network, rank(network, statuses), statuses) == {"s": "a", "t": "b"}


def test_the_missing_symptom_that_separates_the_suspects_is_asked_for_first() -> None:
    network = Network(
        (
            CauseNode("a", 0.1, {"s": 0.8, "tell": 0.95}),
            CauseNode("b", 0.1, {"s": 0.8}),
            CauseNode("c", 0.02, {"other": 0.9}),
        )
    )

    asked = next_symptoms(network, {"s": "fires", "tell": "not-judged", "other": "not-judged"})

    assert asked[0][0] == "tell"
    assert asked[0][1] > asked[1][1]


def test_what_runs_of_equal_verdicts_should_log_next_is_worked_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(ranking, "Beliefs", lambda *args: asked.append(args) or Beliefs(*args))
    network = Network((CauseNode("a", 0.1, {"s": 0.8, "tell": 0.9}), CauseNode("b", 0.1, {"s": 0.8})), leak=0.01)
    first = next_symptoms(network, {"s": "fires", "tell": "not-judged"})
    assert next_symptoms(network, {"tell": "not-judged", "s": "fires"}) == first
    assert len(asked) == 1
    assert next_symptoms(network, {"s": "clear", "tell": "not-judged"}) != first
    assert next_symptoms(network, {"s": "fires", "tell": "not-judged"}, {"b": 3.0}) != first
    assert len(asked) == 3
    monkeypatch.setattr(ranking, "_KEPT", 2)
    for factor in (4.0, 5.0):
        next_symptoms(network, {"s": "fires", "tell": "not-judged"}, {"b": factor})
    assert len(network.computed["next symptoms"]) <= 2
