"""What a rule computes under `let` is computed when its verdict, or its words, ask for it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from logdoc.engine import evaluate, load_rules
from logdoc.engine.binding import Bound
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import Run, Series


def healthy() -> Run:
    steps = np.arange(300)
    noise = np.random.default_rng(3).normal(size=300)
    curves = {"train/loss": 0.3 + 2 * np.exp(-steps / 50) + 0.02 * noise, "val/loss": 0.35 + 2 * np.exp(-steps / 50)}
    curves |= {"lr": np.full(300, 1e-3), "train/acc": 0.95 - 0.85 * np.exp(-steps / 50)}
    return Run("run", "made", ("made",), series={name: Series(name, steps, v) for name, v in curves.items()})


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a value under `let` was computed."""
    counts: Counter[str] = Counter()
    real = Bound.__missing__

    def counting(self: Bound, name: str) -> object:
        counts["lets"] += 1
        return real(self, name)

    monkeypatch.setattr(Bound, "__missing__", counting)
    return counts


def test_judging_a_healthy_run_computes_less_than_all_evidence(computed: Counter[str]) -> None:
    judge = make_judge(load_rules(), {}, {})
    seen = prepare(healthy(), judge)

    judge_run(healthy(), seen, judge)
    for_verdicts = computed.pop("lets")
    evaluate(judge.rules.rules, seen)

    assert 0 < for_verdicts < 0.5 * computed["lets"]


def test_verdicts_and_what_fires_are_the_same_with_and_without_the_evidence_of_silent_rules() -> None:
    judge = make_judge(load_rules(), {}, {})
    run = healthy()
    spoilt = dict(run.series)
    spoilt["val/loss"] = Series("val/loss", np.arange(300), np.linspace(2, 9, 300))
    seen = prepare(Run("run", "made", ("made",), series=spoilt), judge)

    whole = {f.id: f for f in evaluate(judge.rules.rules, seen)}
    asked = evaluate(judge.rules.rules, seen, evidence=False)

    assert any(f.status == "fires" for f in asked)
    assert [(f.id, f.status, f.evidence) for f in asked] == [(f.id, f.status, f.evidence) for f in whole.values()]
    assert all(f == whole[f.id] for f in asked if f.status == "fires")
