"""What is suggested to be logged next is what tells most for its trouble, in words that name nothing which is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.api import analyze
from logdoc.model import RunAnalysis
from logdoc.vocabulary.registry import load_registry

LAYERS = ("weight", "update ratio", "module", "per parameter")


def judged(place: Path, head: str, *columns: object) -> RunAnalysis:
    rows = [",".join([str(i), *(f"{column(i):.5f}" for column in columns)]) for i in range(40)]  # type: ignore[operator]
    rows.insert(0, head)
    place.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return analyze(place).runs[0]


def falling(i: int) -> float:
    return 2.1 * 0.93**i + 0.2 + 0.01 * (i % 3)


def test_a_loss_alone_is_first_asked_for_scalars_and_not_for_statistics_of_layers(tmp_path: Path) -> None:
    run = judged(tmp_path / "log.csv", "step,loss", falling)
    lines = [s.line for s in run.suggestions]
    assert len(lines) == 3
    assert "validation loss" in " ".join(lines)
    assert not any(word in line for line in lines[:2] for word in LAYERS)


def test_what_is_logged_is_not_asked_for(tmp_path: Path) -> None:
    run = judged(tmp_path / "log.csv", "step,loss,val_loss,lr", falling, lambda i: falling(i) + 0.1, lambda i: 0.001)
    lines = " ".join(s.line for s in run.suggestions)
    assert lines
    assert not any(name in lines for name in ("training loss", "validation loss", "learning rate at every step"))


def test_what_is_suggested_first_counts_as_logged_for_the_second(tmp_path: Path) -> None:
    run = judged(tmp_path / "log.csv", "step,loss", falling)
    signals = [s.signal for s in run.suggestions]
    assert len(set(signals)) == len(signals)
    assert all(not set(a.split(", ")) & set(b.split(", ")) for a in signals for b in signals if a is not b)


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("step,d_loss,g_loss", (lambda i: 0.6 + 0.01 * (i % 4), lambda i: 1.1 + 0.02 * (i % 5))),
        ("step,ep_rew_mean,approx_kl", (lambda i: 20 + 3 * i + i % 3, lambda i: 0.01 + 0.001 * (i % 2))),
    ],
    ids=["GAN", "policy"],
)
def test_a_task_is_not_asked_for_what_its_runs_do_not_have(
    head: str, columns: tuple[object, ...], tmp_path: Path
) -> None:
    run = judged(tmp_path / "log.csv", head, *columns)
    lines = " ".join(s.line for s in run.suggestions)
    assert lines
    assert not any(name in lines for name in ("validation loss", "accuracy", "number of classes"))


def test_every_task_that_lacks_a_role_is_a_task() -> None:
    registry = load_registry()
    named = {task for role in registry.roles.values() for task in role.not_in}
    assert named
    assert named <= set(registry.facts["meta.task"].values)


@pytest.mark.parametrize(
    ("signals", "words"),
    [
        (("train.lr", "val.loss"), "the learning rate at every step and the validation loss at every epoch"),
        (("meta.batch_size", "meta.optimizer"), "the batch size and the name of the optimizer in the configuration"),
        (
            ("val.loss", "meta.chance_loss", "meta.num_classes"),
            "the validation loss at every epoch, and the number of classes in the configuration",
        ),
        (
            ("weight_skew[parameter] or weight_std[parameter]",),
            "the standard deviation of every weight from the first step on",
        ),
        (("perf.mfu",), ""),
    ],
)
def test_signals_are_put_into_words_once_each(signals: tuple[str, ...], words: str) -> None:
    assert load_registry().to_log(signals) == words
