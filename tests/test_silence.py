"""No rule speaks at warning or above on a healthy run; what stands in silence_exceptions.yaml is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from logdoc.engine import evaluate, load_rules
from logdoc.judging.pipeline import make_judge, prepare
from tests.healthy_runs import RUNS, run_of

HERE = Path(__file__).resolve().parent
EXCEPTIONS = yaml.safe_load((HERE / "silence_exceptions.yaml").read_text())["exceptions"]
KNOWN = {(e["run"], e["rule"]) for e in EXCEPTIONS}
JUDGE = make_judge(load_rules(), {}, {})
SEEDS = 5


@pytest.mark.parametrize("name", sorted(RUNS))
def test_every_rule_is_silent_on_a_healthy_run(name: str) -> None:
    loud = set()
    for seed in range(SEEDS):
        for finding in evaluate(JUDGE.rules.rules, prepare(run_of(name, seed), JUDGE)):
            if finding.status in ("fires", "error") and finding.severity != "info" and (name, finding.id) not in KNOWN:
                loud.add((seed, finding.id, finding.evidence))

    assert loud == set()


def test_the_healthy_runs_are_judged_by_most_rules_about_curves() -> None:
    judged = {
        f.id
        for name in RUNS
        for f in evaluate(JUDGE.rules.rules, prepare(run_of(name, 0), JUDGE))
        if f.status in ("fires", "clear")
    }
    elsewhere = {"layers", "weights", "activations", "preflight", "few"}  # "few": rules for runs shorter than these
    # What only an odd setting or an odd curve makes them look at, so that no healthy run is judged by them.
    odd = {
        "augmented-train-far-worse",
        "codebook-collapsed",
        "contrastive-temperature",
        "entropy-punished",
        "loss-weights-apart",
        "lr-reduced-away",
        "narrow-network",
        "preference-reversed",
        "reference-weight-high",
        "score-out-of-range",
        "target-network-still",
        "test-score-disagrees",
        "train-stays-below-val",
    }
    without = {
        r.rule.id for r in JUDGE.rules.rules if r.rule.scope == "run" and not elsewhere & {*r.rule.tags, r.area}
    } - judged
    assert odd <= without

    # What no healthy run here can log: restarts, late beginnings, ranks, crashes, attention logits, groups of rewards,
    # classes, tests on a small set or on a test set, guessing, perplexities, penalties beside their data term, a
    # program that stopped itself, a gradient of the output bias alone.
    assert len(without - odd) <= 23, sorted(without - odd)


def test_exceptions_carry_a_reason_and_a_date() -> None:
    assert all(set(e) == {"run", "rule", "why", "since"} for e in EXCEPTIONS)
