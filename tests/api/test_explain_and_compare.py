from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from logdoc import api
from logdoc.errors import ConfigError
from logdoc.report.answers import comparison_lines, comparison_markdown, explanation_lines

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def write(folder: Path, floor: float, seed: int, *, epochs: int = 40, **config: object) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = [
        f"{e},{floor + 1.8 * math.exp(-e / 6) + rng.normal(0, 0.01):.5f},{floor + 0.1 + 1.7 * math.exp(-e / 6) + rng.normal(0, 0.01):.5f}"
        for e in range(epochs)
    ]
    (folder / "log.csv").write_text("\n".join(["epoch,loss,val_loss", *rows]) + "\n")
    (folder / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in {"seed": seed, **config}.items()))
    return folder


def test_the_arithmetic_ends_at_the_probability_in_the_report() -> None:
    path = SAMPLES / "letters-hot"
    cause = api.analyze(path).runs[0].causes[0]

    explanation = api.explain(path, cause.id)[0]

    assert explanation.steps[0].what == "prior"
    assert explanation.steps[-1].probability == pytest.approx(cause.probability, abs=0.01)
    assert explanation.cause.remedies == cause.remedies
    text = "\n".join(explanation_lines(explanation))
    assert "What would refute it" in text
    assert "fires: " in text


def test_a_cause_without_symptoms_says_so() -> None:
    explanation = api.explain(SAMPLES / "digits-cnn", "activation-saturating")[0]

    assert "None of its symptoms fires." in explanation_lines(explanation)
    assert "act-saturated" in explanation.silent


def test_a_wrong_cause_or_run_is_refused_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="no cause 'lr-to-high'") as error:
        api.explain(SAMPLES / "letters-hot", "lr-to-high")
    assert "lr-too-high" in error.value.hint
    with pytest.raises(ConfigError, match="no run 'nowhere'"):
        api.explain(SAMPLES / "letters-hot", "lr-too-high", run="nowhere")


def test_a_worse_run_is_worse_from_a_step_on_with_what_changed(tmp_path: Path) -> None:
    base = write(tmp_path / "a" / "run", 0.5, 1, lr=0.01)
    new = write(tmp_path / "b" / "run", 0.7, 2, lr=0.03)

    comparison = api.compare(base, new)[0]

    assert comparison.verdict == "worse"
    assert comparison.changed["lr"] == (0.01, 0.03)
    assert comparison.findings[0].window is not None
    assert "worse than its baseline" in comparison_lines([comparison])[0]
    assert "| `lr` | `0.01` | `0.03` |" in comparison_markdown([comparison])


def test_the_same_run_with_another_seed_is_no_different(tmp_path: Path) -> None:
    comparison = api.compare(write(tmp_path / "a" / "run", 0.5, 1), write(tmp_path / "b" / "run", 0.5, 2))[0]

    assert comparison.verdict == "same"


def test_a_better_run_is_better(tmp_path: Path) -> None:
    assert (
        api.compare(write(tmp_path / "a" / "run", 0.5, 1), write(tmp_path / "b" / "run", 0.3, 2))[0].verdict == "better"
    )


def test_repetitions_of_the_baseline_are_the_yardstick(tmp_path: Path) -> None:
    for seed, floor in enumerate((0.5, 0.6, 0.75)):
        write(tmp_path / "base" / f"s{seed}", floor, seed)
    new = write(tmp_path / "new" / "run", 0.72, 9)

    comparison = api.compare(tmp_path / "base", new)[0]

    assert comparison.verdict == "same"
    assert "3 baselines lie 0.2" in comparison.yardstick


def test_runs_of_the_same_names_are_compared_one_by_one(tmp_path: Path) -> None:
    for side, shift in (("old", 0.0), ("new", 0.3)):
        write(tmp_path / side / "small", 0.5, 1)
        write(tmp_path / side / "large", 0.5 + shift, 2)

    found = {c.candidate.id: c.verdict for c in api.compare(tmp_path / "old", tmp_path / "new")}

    assert found == {"large/log.csv": "worse", "small/log.csv": "same"}


def test_a_run_of_two_points_cannot_be_compared(tmp_path: Path) -> None:
    comparison = api.compare(write(tmp_path / "a" / "run", 0.5, 1), write(tmp_path / "b" / "run", 0.5, 2, epochs=2))[0]

    assert comparison.verdict == "unclear"
    assert any("three points" in line for line in comparison_lines((comparison,)))
    assert "three points" in comparison_markdown((comparison,))


def test_a_run_whose_loss_becomes_nan_is_worse(tmp_path: Path) -> None:
    base = write(tmp_path / "a", 0.5, 1)
    broken = write(tmp_path / "b", 0.5, 2)
    lines = (broken / "log.csv").read_text().splitlines()
    (broken / "log.csv").write_text("\n".join([*lines[:12], *(f"{e},nan,nan" for e in range(11, 40))]) + "\n")

    found = api.compare(base, broken)[0]

    assert found.verdict == "worse"
    assert any("no number: 72%" in f.evidence for f in found.findings)
    assert not any("no agent" in line for line in comparison_lines((found,)))
    assert api.compare(broken, base)[0].verdict == "better"


def earning(folder: Path, most: float, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = [f"{i},{most * (1 - math.exp(-i / 10)) + rng.normal(0, 5):.3f},{1 + 0.02 * seed * i:.3f}" for i in range(60)]
    (folder / "progress.csv").write_text("\n".join(["step,rollout/ep_rew_mean,train/loss", *rows]) + "\n")
    return folder


def test_agents_are_compared_by_what_they_earn_not_by_their_loss(tmp_path: Path) -> None:
    base = earning(tmp_path / "a", 100.0, 1)

    assert api.compare(base, earning(tmp_path / "b", 50.0, 2))[0].verdict == "worse"
    assert api.compare(base, earning(tmp_path / "c", 100.0, 9))[0].verdict == "same"
    assert api.compare(base, earning(tmp_path / "d", 150.0, 2))[0].verdict == "better"


def test_repetitions_of_an_agent_lie_as_far_apart_as_their_returns(tmp_path: Path) -> None:
    for name, most in (("one", 60.0), ("two", 100.0), ("three", 140.0)):
        earning(tmp_path / "a" / name, most, len(name))

    assert api.compare(tmp_path / "a", earning(tmp_path / "b", 50.0, 2))[0].verdict == "same"


def test_nothing_to_compare_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no run to compare"):
        api.compare(SAMPLES / "letters-hot", tmp_path / "empty")


def test_an_overfit_test_is_judged_when_the_user_says_that_it_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "run", 0.8, 1)

    plain = {f.id for f in api.analyze(path).runs[0].findings if f.status == "fires"}
    marked = {f.id for f in api.analyze(path, overfit_test=True).runs[0].findings if f.status == "fires"}

    assert marked - plain == {"small-set-not-overfit"}
