"""How much is computed for a run does not depend on the machine: so often and no more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import logdoc
from logdoc.diagnosis.inference import Beliefs
from logdoc.engine import EngineInput, evaluate, inputs, load_rules, loader, on_demand, remedies, remembering
from logdoc.judging.pipeline import judge_run, make_judge, prepare, weighed_causes
from logdoc.model import Run, Series
from logdoc.signals.profile import Profile


def log(folder: Path, names: list[str], points: int) -> Path:
    chance = np.random.default_rng(5)
    falling = 0.3 + 2 * np.exp(-np.arange(points) / (points / 6))
    columns = [falling + 0.02 * chance.standard_normal(points) for _ in names]
    rows = [",".join([str(step), *(f"{column[step]:.5f}" for column in columns)]) for step in range(points)]
    path = folder / "log.csv"
    path.write_text("\n".join([",".join(["step", *names]), *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many objects of a class were made."""
    counts = {"Beliefs": 0, "Profile": 0}
    for kind in (Beliefs, Profile):
        real = kind.__init__

        def counting(self: object, *rest: object, _real: object = real, _name: str = kind.__name__, **more: object):
            counts[_name] += 1
            return _real(self, *rest, **more)  # type: ignore[operator]

        monkeypatch.setattr(kind, "__init__", counting)
    return counts


def test_the_network_is_solved_a_few_times_whatever_is_not_logged(tmp_path: Path, made: dict[str, int]) -> None:
    logdoc.analyze(log(tmp_path, ["train/loss"], 300))

    # The causes, and what to log next; not once or twice for each of some seventy symptoms without a curve.
    assert 0 < made["Beliefs"] <= 2


def test_a_curve_has_one_profile_however_many_rules_ask_for_it(tmp_path: Path, made: dict[str, int]) -> None:
    layers = [f"grad_norm/layers.{i}.{part}.weight" for i in range(20) for part in ("attn", "mlp")]
    logdoc.analyze(log(tmp_path, ["train/loss", "val/loss", *layers], 200))

    # Each curve, and at most four windows of it that rules look at; 5.5 a curve were those of whole curves alone once.
    assert 0 < made["Profile"] <= 5 * 42


def test_what_is_behind_a_source_is_looked_up_once_in_a_run_however_many_rules_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = make_judge(load_rules(), {}, {})
    steps = np.arange(200)
    run = Run("a", "made", ("a",), series={"train/loss": Series("train/loss", steps, 2.0 + np.exp(-steps / 50))})
    seen = prepare(run, judge)
    asked: Counter[str] = Counter()
    real = inputs.lookup

    def counting(run: EngineInput, source: str, entity: str | None) -> object:
        asked[source] += entity is None
        return real(run, source, entity)

    monkeypatch.setattr(inputs, "lookup", counting)
    judge_run(run, seen, judge)

    assert len(asked) > 50
    assert set(asked.values()) == {1}


def test_what_a_rule_says_of_a_log_without_its_curves_is_put_together_once_for_all_runs() -> None:
    judge = make_judge(load_rules(), {}, {})
    steps = np.arange(50)
    runs = [Run(name, "made", (name,), series={"lr": Series("lr", steps, np.full(50, 1e-3))}) for name in "ab"]

    one, other = (evaluate(judge.rules.rules, prepare(run, judge)) for run in runs)

    silent = [(a, b) for a, b in zip(one, other, strict=True) if a.status == "not-judged"]
    assert len(silent) > 50
    assert all(a is b for a, b in silent)


def test_causes_that_see_the_same_in_two_runs_are_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loader._bundled_rules.cache_clear()  # what other tests of this process weighed is not remembered
    judge = make_judge(load_rules(), {}, {})
    steps = np.arange(50)
    runs = [Run(name, "made", (name,), series={"lr": Series("lr", steps, np.full(50, 1e-3))}) for name in "ab"]
    weighed: list[str] = []
    real = remedies._weighed
    monkeypatch.setattr(remedies, "_weighed", lambda cause, *rest: weighed.append(cause.cause.id) or real(cause, *rest))

    one = weighed_causes({}, prepare(runs[0], judge), judge)
    first = len(weighed)
    other = weighed_causes({}, prepare(runs[1], judge), judge)

    assert one == other
    assert len(weighed) - first < len(one) / 4 < first <= len(one)


def test_what_no_silent_rule_needs_is_not_compiled_where_rules_were_checked_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(tmp_path / "cache"))
    path = log(tmp_path, ["train/loss", "val/loss"], 200)
    remembering._bundled.cache_clear()
    logdoc.analyze(path)
    remembering._bundled.cache_clear()
    compiled: list[str] = []
    real = on_demand.compile_expression
    monkeypatch.setattr(
        on_demand, "compile_expression", lambda text, *rest, **more: compiled.append(text) or real(text, *rest, **more)
    )

    logdoc.analyze(path)
    rules = remembering.remembered_rules()
    remembering._bundled.cache_clear()

    texts = sum(len(r.rule.let) + 1 + (r.rule.applies is not None) for r in rules.rules if r.rule.scope == "run")
    assert 0 < len(compiled) < texts / 2
