"""A comparison in every form that a report has, with both runs named and settings told by what they mean."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import logdoc
from logdoc.cli import run
from logdoc.report.forms import COMPARISON_FORMS, FORMS


def write(folder: Path, end: list[float], **config: object) -> Path:
    folder.mkdir(parents=True)
    wave = [0.01 * ((7 * i) % 5 - 2) for i in range(400)]
    losses = [0.5 + 1.8 * math.exp(-i / 50) + wave[i] for i in range(400 - len(end))] + end
    rows = "".join(f"{i},{loss:.5f}\n" for i, loss in enumerate(losses))
    (folder / "log.csv").write_text(f"step,loss\n{rows}", encoding="utf-8")
    (folder / "config.yaml").write_text("".join(f"{k}: {v}\n" for k, v in config.items()), encoding="utf-8")
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write(tmp_path / "june", [], lr=0.1), write(tmp_path / "july", [70.0] * 40, learning_rate=0.3)


@pytest.fixture
def compared(pair: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def call(*options: str) -> tuple[int, str]:
        code = run(["compare", *map(str, pair), *options])
        return code, capfd.readouterr().out

    return call


Compared = Callable[..., tuple[int, str]]


def test_a_comparison_has_every_form_that_a_report_has() -> None:
    assert [(form.name, form.suffixes) for form in COMPARISON_FORMS] == [(form.name, form.suffixes) for form in FORMS]


@pytest.mark.parametrize("form", [form.name for form in FORMS])
def test_every_form_says_which_run_lost_what_its_baseline_had(form: str, compared: Compared) -> None:
    code, told = compared("--format", form)

    assert code == 1
    assert "july" in told
    assert "regression-at-end" in told or "ends at 70" in told


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_both_curves_are_in_the_forms_that_draw(form: str, compared: Compared) -> None:
    _, told = compared("--format", form)

    if form == "json":
        (curve,) = json.loads(told)["comparisons"][0]["curves"]
        assert curve["baseline"]["values"][-1] < 1 < curve["candidate"]["values"][-1]
    elif form == "html":
        assert '<svg class="chart"' in told
        assert "Baseline: <b>june/<wbr>log.<wbr>csv</b>" in told
        assert "</svg>baseline</span>" in told
    else:
        assert [line.split()[0] for line in told.splitlines() if "█" in line] == ["baseline", "candidate"]


@pytest.mark.parametrize("suffix", [form.suffixes[0] for form in FORMS])
def test_the_suffix_of_the_file_decides_the_form(suffix: str, compared: Compared, tmp_path: Path) -> None:
    out = tmp_path / f"out{suffix}"
    code, _ = compared("-o", str(out))

    assert code == 1
    text = out.read_text(encoding="utf-8")
    if suffix.endswith(("json", "sarif")):
        assert json.loads(text)
    elif suffix == ".jsonl":
        assert [json.loads(line)["kind"] for line in text.splitlines()] == ["comparisons", "comparison", "end"]
    elif suffix == ".xml":
        assert ElementTree.fromstring(text.encode()).get("failures") != "0"  # noqa: S314 - our own text
    assert "july" in text


def test_a_suffix_without_a_form_is_refused(compared: Compared, tmp_path: Path) -> None:
    code, _ = compared("-o", str(tmp_path / "out.pdf"))

    assert code == 2
    assert not (tmp_path / "out.pdf").exists()


def test_two_logs_of_one_name_are_called_by_what_their_paths_differ_in(pair: tuple[Path, Path]) -> None:
    for first, second in (pair, tuple(path / "log.csv" for path in pair)):
        found = logdoc.compare(first, second)[0]
        assert (found.baseline.id, found.candidate.id) == ("june/log.csv", "july/log.csv")


def test_a_pipeline_is_told_only_what_the_baseline_has_not(compared: Compared) -> None:
    _, told = compared("--format", "junit")
    suite = ElementTree.fromstring(told.encode())  # noqa: S314 - our own text
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}

    assert {"regression-at-end", "loss-diverging"} <= failed
    assert "log-missing-validation" not in failed


def test_rates_under_two_names_are_one_setting_and_no_percentage_is_absurd(compared: Compared) -> None:
    _, told = compared()

    assert "lr / learning_rate: 0.1 -> 0.3" in told
    assert "100 %" not in told
    assert "100%" not in told
