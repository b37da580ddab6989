"""Every bundled cause leads when all that it usually shows is there and nothing else is."""

from __future__ import annotations

import pytest

from logdoc.diagnosis import posteriors, rank
from logdoc.engine import load_rules
from logdoc.judging.pipeline import make_judge

RULES = load_rules()
NETWORK = make_judge(RULES, {}, {}).network
USUAL = 0.5


@pytest.mark.parametrize("cause", NETWORK.causes, ids=lambda cause: cause.id)
def test_a_cause_leads_when_its_usual_symptoms_fire_and_the_others_are_clear(cause) -> None:  # type: ignore[no-untyped-def]
    usual = {symptom for symptom, strength in cause.explains.items() if strength >= USUAL}
    statuses = {rule.rule.id: "fires" if rule.rule.id in usual else "clear" for rule in RULES.rules}

    found = posteriors(NETWORK, statuses)

    assert usual
    assert max(found, key=lambda cause_id: found[cause_id]) == cause.id
    assert found[cause.id] > 2 * cause.prior


@pytest.mark.parametrize("cause", NETWORK.causes, ids=lambda cause: cause.id)
def test_a_cause_is_not_blamed_when_its_symptoms_are_clear(cause) -> None:  # type: ignore[no-untyped-def]
    statuses = {rule.rule.id: "clear" for rule in RULES.rules}

    assert cause.id not in [r.id for r in rank(NETWORK, statuses)]
