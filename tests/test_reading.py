"""A reader gets files, curves, configuration and words, and no name of a case; its answers are counted as logdoc's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging import train
from benchmarks.faults.judging.judge import Said
from benchmarks.faults.reading import answers, lay_out, score, sheets
from benchmarks.faults.reading.answers import Answer
from benchmarks.faults.reading.lay_out import Laid

KEPT = Path(__file__).resolve().parent / "fault_logs"
NAMES = ("mlp-healthy", "cnn-healthy-sgd", "mlp-few-examples", "mlp-no-zero-grad", "cnn-mispaired", "mlp-half")


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache with a few runs, those kept with the tests."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in NAMES:
        shutil.copy(KEPT / f"{name}.npz", cache / f"{name}.0.npz")
    monkeypatch.setattr(train, "CACHE", cache)


@pytest.mark.usefixtures("trained")
def test_runs_are_drawn_over_kinds_of_fault_with_one_in_four_healthy() -> None:
    wanted = lay_out.drawn([*NAMES, "mlp-sorted"], 4, seed=1)

    assert len(wanted) == 4
    assert sum(CASES[name].healthy for name, _ in wanted) == 1
    assert "mlp-sorted" not in dict(wanted)  # not trained
    assert wanted == lay_out.drawn([*NAMES, "mlp-sorted"], 4, seed=1)


@pytest.mark.usefixtures("trained")
def test_a_reader_gets_no_name_of_a_case_and_no_seed(tmp_path: Path) -> None:
    key = lay_out.lay_out(tmp_path / "out", [("mlp-few-examples", 0), ("mlp-healthy", 0)], layers=False)

    assert key == {"0001": Laid("mlp-few-examples", 0, False), "0002": Laid("mlp-healthy", 0, False)}
    for path in (tmp_path / "out").rglob("*"):
        assert not any(word in str(path.relative_to(tmp_path)) for word in ("few-examples", "healthy"))
        if path.suffix in (".md", ".json", ".html", ".csv", ".jsonl") and path.name != "README.md":
            text = path.read_text(encoding="utf-8")
            assert "few-examples" not in text
            assert '"seed"' not in text
    readme = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| overfitting |" in readme
    assert "| val-u-shape |" in readme
    sheet = (tmp_path / "out" / "0001" / "sheet.md").read_text(encoding="utf-8")
    assert "**val_loss**" in sheet
    assert (tmp_path / "out" / "0001" / "curves.html").read_text(encoding="utf-8").count("<svg") >= 4
    with pytest.raises(FileExistsError, match="not empty"):
        lay_out.lay_out(tmp_path / "out", [("mlp-healthy", 0)], layers=False)


def test_a_table_shows_the_first_points_and_those_before_a_nan() -> None:
    values = np.linspace(2.0, 1.0, 1000)
    values[600:] = np.nan

    shown = sheets.sheet({"loss": (np.arange(1000), values)}, {"lr": 0.1})

    cells = {cell.split(":")[0] for cell in shown.splitlines()[-1].split(" · ")}
    assert {str(step) for step in [*range(10), *range(595, 602)]} <= cells
    assert "600: nan" in shown
    assert "400 not finite" in shown
    assert '"lr": 0.1' in shown


def _written(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_answers_are_ranked_by_their_probability(tmp_path: Path) -> None:
    data = {"0001": {"healthy": False, "causes": [["a", 0.2], ["b", 0.7]], "symptoms": ["s"], "numbers": ["n"]}}

    read = answers.read_answers(_written(tmp_path / "a.json", data), ["0001"], {"a", "b"}, {"s"})

    assert read == {"0001": Answer(False, (("b", 0.7), ("a", 0.2)), ("s",), ("n",))}


@pytest.mark.parametrize(
    ("one", "message"),
    [
        ({"healthy": "no"}, "true or false"),
        ({"healthy": False, "causes": [["z", 0.2]]}, "'z' is no cause"),
        ({"healthy": False, "causes": [["a", 20]]}, "no pair of cause and probability"),
        ({"healthy": False, "symptoms": ["z"]}, "'z' is no symptom"),
        ({"healthy": True, "causes": [["a", 0.2]]}, "neither causes nor symptoms"),
    ],
)
def test_every_fault_of_the_answers_is_told(tmp_path: Path, one: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        answers.read_answers(_written(tmp_path / "a.json", {"0001": one}), ["0001"], {"a"}, {"s"})


def test_a_run_without_an_answer_and_one_too_many_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"0001: no answer\n0002: no such run"):
        answers.read_answers(_written(tmp_path / "a.json", {"0002": {"healthy": True}}), ["0001"], (), ())


def test_a_reader_is_counted_as_logdoc_is() -> None:
    right = score.as_said(Laid("mlp-few-examples", 0, False), Answer(False, (("overfitting", 0.9),), ("val-u-shape",)))
    without_words = score.as_said(Laid("mlp-few-examples", 0, False), Answer(False, (("overfitting", 0.9),)))
    wrong = score.as_said(Laid("cnn-mispaired", 0, False), Answer(False, (("lr-too-low", 0.6),), ("loss-at-chance",)))
    alarm = score.as_said(Laid("mlp-healthy", 0, False), Answer(False, (("overfitting", 0.4),), ("overfit-gap",)))

    rows = score.table({"a reader": [right, without_words, wrong, alarm]})

    assert rows[-1].startswith("| a reader | 2/3 = 67%")
    assert "| 2/3 = 67%" in rows[-1].split("warning", 1)[-1]
    assert rows[-1].rstrip(" |").split("|")[-1].strip().startswith("1/1 = 100%")


def test_what_the_reader_has_right_and_logdoc_has_not_is_a_question_to_the_rules() -> None:
    key = {"0001": Laid("mlp-few-examples", 0, False), "0002": Laid("cnn-mispaired", 0, False)}
    read = {
        "0001": Answer(False, (("overfitting", 0.9),), ("val-u-shape",), ("validation rises from step 99 on",)),
        "0002": Answer(False, (("labels-wrong", 0.9),), ("loss-at-chance",)),
    }
    silent = Said("mlp-few-examples", 0, False, 1.0, "healthy", (), (), (), 0)
    right = score.as_said(key["0002"], read["0002"])

    lines = score.differences(key, read, {"0001": silent, "0002": right})

    assert lines == ["0001 mlp-few-examples: overfitting, logdoc says no cause", "    validation rises from step 99 on"]
