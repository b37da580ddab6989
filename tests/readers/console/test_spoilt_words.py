"""Words where numbers stand in other lines of the kind: the number is lost and told, and no other is read for it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from logdoc import api
from logdoc.model import Run
from logdoc.readers import load


def loss(i: int) -> float:
    return round(2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5), 4)


FORMS = (
    "step {} loss {} acc {}",
    "step {} loss: {} acc: {}",
    "epoch {} - loss: {} - acc: {}",
    "[{}] loss={}, acc={}",
    "Epoch {} | loss {} | acc {}",
    "{{'epoch': {}, 'loss': {}, 'acc': {}}}",
    "2026-01-02 03:04:05,678 INFO step {} loss {} acc {}",
)


def printed(folder: Path, form: str, word: str, where: Iterable[int]) -> Path:
    places = set(where)
    lines = [form.format(i, word if i in places else loss(i), f"{i / 200:.3f}") for i in range(100)]
    (folder / "train.log").write_text("\n".join(lines) + "\n")
    return folder / "train.log"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("word", ["ERR", "Error", "#REF!", "???", "overflow"])
@pytest.mark.parametrize("where", [(50,), (20, 50, 51), range(60, 100)], ids=["one", "three", "to the end"])
def test_a_word_for_an_error_is_lost_data_and_what_stands_beside_it_is_read(
    tmp_path: Path, form: str, word: str, where: Iterable[int]
) -> None:
    log = printed(tmp_path, form, word, where)
    (run,) = api.analyze(log, code=False).runs
    assert run.verdict == "incomplete"
    assert any(defect.id == "DATA018" and defect.lost for defect in run.defects)
    assert any(f"such as '{word}'" in defect.what for defect in run.defects)
    (read,) = (item for item in load([log]) if isinstance(item, Run))
    assert read.series["loss"].values.tolist() == [loss(i) for i in range(100) if i not in set(where)]
    assert read.series["acc"].values.tolist() == [round(i / 200, 3) for i in range(100)]
    assert not [name for name in read.series if word in name]


@pytest.mark.parametrize("form", FORMS)
def test_a_number_that_outgrew_its_field_to_the_end_is_nan(tmp_path: Path, form: str) -> None:
    (run,) = api.analyze(printed(tmp_path, form, "########", range(60, 100)), code=False).runs
    assert run.verdict == "error"
    assert "loss-nan" in [finding.id for finding in run.findings]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("word", ["N/A", "None", "null"])
def test_a_word_that_says_that_nothing_was_measured_is_no_loss_of_data(tmp_path: Path, form: str, word: str) -> None:
    log = printed(tmp_path, form, word, range(5, 100, 5))
    (run,) = api.analyze(log, code=False).runs
    assert run.verdict in ("healthy", "info")
    (read,) = (item for item in load([log]) if isinstance(item, Run))
    assert len(read.series["loss"]) == 81
    assert len(read.series["acc"]) == 100


@pytest.mark.parametrize(
    "line",
    ["WARNING: error in the loader, step 50 is done again", "### Epoch 50 ###", "error 0.5", "step 50 has an error"],
)
def test_an_error_that_is_spoken_of_is_no_number(tmp_path: Path, line: str) -> None:
    lines = [f"step {i} loss {loss(i)} error {i / 200:.3f}" for i in range(100)]
    (tmp_path / "train.log").write_text("\n".join([*lines[:50], line, *lines[50:]]) + "\n")
    (run,) = (item for item in load([tmp_path / "train.log"]) if isinstance(item, Run))
    assert len(run.series["loss"]) == 100
    assert not [defect for defect in run.defects if defect.lost]
