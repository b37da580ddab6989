from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from logdoc import api
from logdoc.errors import ConfigError, RenderError
from logdoc.model import Step
from logdoc.report.comparison import comparison_lines, comparison_markdown
from logdoc.report.explanation import explanation_lines

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def write(folder: Path, floor: float, seed: int, *, epochs: int = 40, **config: object) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = [
        f"{e},{floor + 1.8 * math.exp(-e / 6) + rng.normal(0, 0.01):.5f},"
        f"{floor + 0.1 + 1.7 * math.exp(-e / 6) + rng.normal(0, 0.01):.5f}"
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


def test_steps_that_hardly_move_anything_are_told_together() -> None:
    about = [
        ("prior", 0.0, 0.2),
        ("a", 2.0, 0.6),
        ("b", -0.02, 0.6),
        ("c", 0.01, 0.6),
        ("d", -0.03, 0.59),
        ("e", 1, 0.8),
    ]
    steps = tuple(Step(what, f"says {what}", weight, at) for what, weight, at in about)
    explanation = dataclasses.replace(api.explain(SAMPLES / "clouds-small-set")[0], steps=steps)

    lines = explanation_lines(explanation)

    assert [line for line in lines if "says" in line or "more, each" in line] == [
        "                   20.0%   prior: says prior",
        "     +2.00         60.0%   a: says a",
        "     -0.04         59.0%   3 more, each less than 0.1",
        "     +1.00         80.0%   e: says e",
    ]


def test_without_a_cause_the_most_probable_one_is_explained() -> None:
    path = SAMPLES / "letters-hot"

    assert api.explain(path) == api.explain(path, api.analyze(path).runs[0].causes[0].id)


def test_of_several_runs_those_are_explained_in_which_a_cause_stands_out(tmp_path: Path) -> None:
    for name in ("digits-cnn", "clouds-small-set"):
        shutil.copytree(SAMPLES / name, tmp_path / name)

    assert [one.run for one in api.explain(tmp_path)] == ["clouds-small-set/metrics.csv"]
    with pytest.raises(ConfigError, match="no cause stands out"):
        api.explain(tmp_path, run="digits-cnn")


def test_a_run_without_a_cause_asks_for_one() -> None:
    with pytest.raises(ConfigError, match="no cause stands out in digits-cnn"):
        api.explain(SAMPLES / "digits-cnn")


def test_the_reason_of_the_context_has_the_numbers_of_the_run() -> None:
    explanation = api.explain(SAMPLES / "digits-deep-sigmoid", "gradient-vanishing")[0]

    context = next(step for step in explanation.steps if step.what == "context")
    assert "fades by 6.9 orders of magnitude" in context.about
    assert not any("{" in step.about for step in explanation.steps)


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
    assert any("72% of the values" in f.evidence for f in found.findings)
    assert not any("reinforcement learning" in line for line in comparison_lines((found,)))
    assert api.compare(broken, base)[0].verdict == "better"


def rewarded(folder: Path, most: float, seed: int) -> Path:
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = [f"{i},{most * (1 - math.exp(-i / 10)) + rng.normal(0, 5):.3f},{1 + 0.02 * seed * i:.3f}" for i in range(60)]
    (folder / "progress.csv").write_text("\n".join(["step,rollout/ep_rew_mean,train/loss", *rows]) + "\n")
    return folder


def test_rl_runs_are_compared_by_their_return_not_by_their_loss(tmp_path: Path) -> None:
    base = rewarded(tmp_path / "a", 100.0, 1)

    assert api.compare(base, rewarded(tmp_path / "b", 50.0, 2))[0].verdict == "worse"
    assert api.compare(base, rewarded(tmp_path / "c", 100.0, 9))[0].verdict == "same"
    assert api.compare(base, rewarded(tmp_path / "d", 150.0, 2))[0].verdict == "better"


def test_repetitions_of_an_rl_run_lie_as_far_apart_as_their_returns(tmp_path: Path) -> None:
    for name, most in (("one", 60.0), ("two", 100.0), ("three", 140.0)):
        rewarded(tmp_path / "a" / name, most, len(name))

    assert api.compare(tmp_path / "a", rewarded(tmp_path / "b", 50.0, 2))[0].verdict == "same"


def test_nothing_to_compare_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no run to compare"):
        api.compare(SAMPLES / "letters-hot", tmp_path / "empty")


def test_an_overfit_test_is_judged_when_the_user_says_that_it_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "run", 0.8, 1)

    plain = {f.id for f in api.analyze(path).runs[0].findings if f.status == "fires"}
    marked = {f.id for f in api.analyze(path, overfit_test=True).runs[0].findings if f.status == "fires"}

    assert marked - plain == {"small-set-not-overfit"}


def with_losses(folder: Path, losses: list[str], **config: object) -> Path:
    folder.mkdir(parents=True)
    rows = [f"{step},{loss}" for step, loss in enumerate(losses)]
    (folder / "log.csv").write_text("\n".join(["step,loss", *rows]) + "\n")
    (folder / "config.yaml").write_text("".join(f"{key}: {value}\n" for key, value in config.items()))
    return folder


def lrewarded(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"{0.5 + 1.8 * math.exp(-i / (count / 8)) + rng.normal(0, 0.01):.5f}" for i in range(count)]


@pytest.mark.parametrize(
    "ending",
    [["70.0"] * 60, [f"{1.2 + 0.001 * i:.4f}" for i in range(100)], ["nan"] * 50, ["6.0"]],
    ids=["diverged to 70", "a jump for the last sixth", "NaN in the last 50 of 600", "a last value of 6"],
)
def test_a_candidate_that_loses_at_its_end_what_it_had_is_worse(tmp_path: Path, ending: list[str]) -> None:
    base = with_losses(tmp_path / "base", lrewarded(600, 1))
    new = with_losses(tmp_path / "new", [*lrewarded(600, 2)[: 600 - len(ending)], *ending])

    found = api.compare(base, new)[0]

    assert found.verdict == "worse"
    assert not any("-" in word for line in comparison_lines([found]) for word in line.split() if word.endswith("worse"))
    assert "100%" not in " ".join(f.evidence for f in found.findings if f.status == "fires")


def test_an_error_that_the_baseline_has_not_makes_a_candidate_worse(tmp_path: Path) -> None:
    base = with_losses(tmp_path / "base", lrewarded(200, 1))
    new = with_losses(tmp_path / "new", lrewarded(200, 2))
    (new / "log.csv").write_text((new / "log.csv").read_text().replace("\n100,", "\n100,nan\n101,nan\n102,"))

    found = api.compare(base, new)[0]

    assert {f.severity for f in found.new} >= {"error"}
    assert found.verdict == "worse"


def test_two_keys_that_mean_one_setting_are_one_row(tmp_path: Path) -> None:
    base = with_losses(tmp_path / "base", lrewarded(60, 1), lr=0.1, batch_size=8)
    new = with_losses(tmp_path / "new", lrewarded(60, 2), learning_rate=0.3, bs=8)

    assert api.compare(base, new)[0].changed == {"lr / learning_rate": (0.1, 0.3)}


def test_a_comparison_is_written_in_every_form_of_a_report_with_both_curves(tmp_path: Path) -> None:
    base = with_losses(tmp_path / "<b>base", lrewarded(60, 1), lr=0.1, api_key="sk-abcdef0123456789abcdef")
    new = with_losses(tmp_path / "new", [*lrewarded(60, 2)[:30], *["nan"] * 30], lr=0.3)
    found = api.compare(base, new)

    for suffix in ("html", "md", "json", "txt"):
        api.write_comparison(found, tmp_path / f"c.{suffix}")

    texts = {suffix: (tmp_path / f"c.{suffix}").read_text() for suffix in ("html", "md", "json", "txt")}
    assert all("worse" in text and "sk-abcdef" not in text for text in texts.values())
    assert texts["html"].count('<svg class="chart"') >= 1
    assert "<b>base" not in texts["html"]
    document = json.loads(texts["json"])
    assert document["schema"] == "logdoc-comparison/1"
    assert [c["role"] for c in document["comparisons"][0]["curves"]] == ["train.loss"]
    with pytest.raises(RenderError, match=r"\.json"):
        api.write_comparison(found, tmp_path / "c.yaml")
