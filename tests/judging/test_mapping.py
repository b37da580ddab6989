from __future__ import annotations

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.errors import ConfigError
from logdoc.judging import make_judge
from logdoc.judging.mapping import require_names
from logdoc.model import Run, Series


def run_with(*names: str, left_out: dict[str, str] | None = None) -> Run:
    steps = np.arange(3)
    series = {name: Series(name, steps, np.ones(3)) for name in names}
    return Run(id="run", sources=("run.csv",), format="csv", series=series, left_out=left_out or {})


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("train.los", r"unknown role 'train.los'. Did you mean 'train.loss'\?"),
        ("nonsense", "unknown role 'nonsense'. `logdoc roles` lists them all"),
        ("meta.task", "'meta.task' is a fact"),
        ("grad_norm", "there is one 'grad_norm' per parameter. Name the parameter"),
        ("train.loss_term[]", "there is one 'train.loss_term' per term"),
        ("train.loss[box]", "a run has one 'train.loss'. Write train.loss=NAME"),
    ],
)
def test_what_is_no_role_cannot_be_mapped(role: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_judge(load_rules(), {}, {role: "loss"})


@pytest.mark.parametrize("role", ["train.loss", "train.loss_term[box]", "grad_norm[fc.weight]", "rl.return"])
def test_a_role_can_be_mapped(role: str) -> None:
    assert make_judge(load_rules(), {}, {role: "loss"}).mapping == {role: "loss"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("train/loss", "Near it are Loss/train"),
        ("Loss/trian", "Near it are Loss/train"),
        ("LOSS/TRAIN", "Near it are Loss/train"),
        ("xyz", r"There are Loss/train, lr\."),
        ("note", r"It was left out: a text\."),
    ],
)
def test_a_name_that_no_log_has_is_refused_with_those_near_it(name: str, hint: str) -> None:
    run = run_with("Loss/train", "lr", left_out={"note": "a text"})

    with pytest.raises(ConfigError, match=f"no log read has a series '{name}'. {hint}"):
        require_names({"train.loss": name}, [run])


def is_refused(mapping: dict[str, str], *runs: Run) -> bool:
    try:
        require_names(mapping, runs)
    except ConfigError:
        return True
    return False


def test_a_name_that_one_of_the_runs_has_is_enough() -> None:
    assert is_refused({"train.loss": "a"}, run_with("b"))
    assert not is_refused({"train.loss": "a"}, run_with("b"), run_with("a"))


def test_every_name_that_is_mapped_must_be_there() -> None:
    assert is_refused({"train.loss": "a", "val.loss": "c"}, run_with("b"), run_with("a"))


def test_where_nothing_was_read_no_name_is_asked_for() -> None:
    assert not is_refused({"train.loss": "a"})
