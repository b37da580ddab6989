"""Boosted trees log losses, too: they are told from networks, and are asked for nothing that only networks have."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.api import analyze, inspect
from logdoc.context.learners import learner_of
from logdoc.model import Fact, Run
from logdoc.vocabulary.loading import load_names

ROWS = {
    "xgboost": "[{i}]\tvalidation_0-logloss:{a:.5f}\tvalidation_1-logloss:{b:.5f}\n",
    "lightgbm": "[{i}]\ttraining's l2: {a:.5f}\tvalid_1's l2: {b:.5f}\n",
    "catboost": "{i}:\tlearn: {a:.7f}\ttest: {b:.7f}\tbest: {b:.7f} ({i})\ttotal: 12ms\tremaining: 1s\n",
}
NETWORK = "epoch {i} train-loss: {a:.5f} val-loss: {b:.5f}\n"


def log_of(row: str, place: Path, rounds: int = 14) -> Path:
    lines = [row.format(i=i, a=0.58 * 0.83**i + 0.11, b=0.57 * 0.86**i + 0.19) for i in range(rounds)]
    place.write_text("".join(lines), encoding="utf-8")
    return place


@pytest.mark.parametrize("library", ROWS)
def test_what_boosting_libraries_print_tells_that_trees_are_trained(library: str, tmp_path: Path) -> None:
    facts = inspect(log_of(ROWS[library], tmp_path / "train.log")).runs[0].facts
    assert facts["meta.learner"].value == "boosted-trees"


def test_a_network_whose_names_hold_a_dash_is_none(tmp_path: Path) -> None:
    facts = inspect(log_of(NETWORK, tmp_path / "train.log")).runs[0].facts
    assert "meta.learner" not in facts


def test_rounds_of_one_score_tell_it_whatever_the_set_is_called(tmp_path: Path) -> None:
    place = tmp_path / "train.log"
    place.write_text("".join(f"[{n}]:\ttest's auc:{1 - 0.1 / n}\n" for n in range(1, 12)), encoding="utf-8")

    assert inspect(place).runs[0].facts["meta.learner"].value == "boosted-trees"


@pytest.mark.parametrize("library", ROWS)
def test_trees_are_asked_for_no_layers_and_blamed_for_no_optimizer(library: str, tmp_path: Path) -> None:
    run = analyze(log_of(ROWS[library], tmp_path / "train.log")).runs[0]
    fired = {f.id for f in run.findings}
    assert not fired & {"log-missing-internals", "log-missing-lr"}
    asked = " ".join(f"{s.signal} {s.line}" for s in run.suggestions)
    assert not any(word in asked for word in ("grad", "weight", "update"))
    named = {c.id for c in run.causes} | {p.id for p in run.possible}
    assert not named & {"optimizer-unsuited", "lr-schedule-missing", "gradient-vanishing", "init-poor"}


def test_a_network_with_the_same_curves_is_asked_for_its_layers(tmp_path: Path) -> None:
    run = analyze(log_of(NETWORK, tmp_path / "train.log")).runs[0]
    assert "log-missing-internals" in {f.id for f in run.findings}


@pytest.mark.parametrize("key", ["num_leaves", "params/boosting_type", "model.min_child_weight"])
def test_a_setting_of_a_boosting_library_tells_it_where_names_do_not(key: str) -> None:
    run = Run(id="r", format="csv", sources=("history.csv",), config={key: 31})
    fact = learner_of(run, {}, load_names().learners)["meta.learner"]
    assert (fact.value, key in fact.why) == ("boosted-trees", True)


def test_the_files_of_a_catboost_folder_tell_it() -> None:
    run = Run(id="r", format="csv", sources=("catboost_info/learn_error.tsv",))
    assert "learn_error.tsv" in learner_of(run, {}, load_names().learners)["meta.learner"].why


def test_settings_of_a_network_tell_nothing() -> None:
    run = Run(id="r", format="csv", sources=("history.csv",), config={"hidden_size": 31, "lr": 0.1})
    assert learner_of(run, {}, load_names().learners) == {}


def test_the_model_that_a_configuration_names_tells_it() -> None:
    run = Run(id="r", format="csv", sources=("history.csv",))
    known = {"meta.model": Fact("LGBMClassifier", "model")}
    assert "lgbm" in learner_of(run, known, load_names().learners)["meta.learner"].why
