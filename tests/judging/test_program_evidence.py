"""The text of a program is evidence for causes: it moves their odds and nothing else."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import logdoc
from logdoc.cli import run as command
from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import Cause, ProgramText, RunAnalysis
from logdoc.program import read_program
from logdoc.program.settings import fact_of
from logdoc.report import from_json, to_html, to_json, to_markdown
from logdoc.report.text import plain_text
from tests.healthy_runs import RUNS, run_of

JUDGE = make_judge(load_rules(), {}, {})
ODD = """\
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
model, other = make(), make()
criterion = nn.CrossEntropyLoss(reduction="sum")
train_loader = DataLoader(train_set, shuffle=False)
val_loader = DataLoader(train_set)
optimizer = torch.optim.SGD(other.parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3)
for epoch in range(9):
    for x, y in train_loader:
        out = F.softmax(model(x), dim=1)
        loss = criterion(out, y) + torch.log(out).sum()
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        total += loss
    for x, y in val_loader:
        seen = model(x)
"""
LOG = "step,train_loss,val_loss,val_accuracy\n" + "".join(
    f"{i},{1.6 + 1e-3 * (-1) ** i},{1.61 + 1e-3 * (-1) ** i},0.2\n" for i in range(60)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "train.py").write_text(ODD)
    return tmp_path


def cause(run: RunAnalysis, name: str) -> Cause | None:
    return next((one for one in run.causes if one.id == name), None)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_a_healthy_run_with_an_odd_program_is_judged_as_with_its_settings_in_a_configuration(name: str) -> None:
    run = run_of(name, 0)
    settings = {one.key: one.value for one in read_program((ProgramText("train.py", ODD, main=True),)).settings}
    known = prepare(run, JUDGE).facts
    unknown = {key: value for key, value in settings.items() if f"meta.{fact_of(key)}" not in known}
    beside = dataclasses.replace(run, program=(ProgramText("train.py", ODD, main=True),))

    configured = dataclasses.replace(run, config={**run.config, **unknown})
    without, with_text = (judge_run(one, prepare(one, JUDGE), JUDGE) for one in (configured, beside))

    assert settings["lr"] == 1.0
    assert len(prepare(beside, JUDGE).facts) >= len(prepare(run, JUDGE).facts) + 5
    assert with_text.verdict == without.verdict
    assert [f.id for f in with_text.findings] == [f.id for f in without.findings]


def test_a_fact_multiplies_the_odds_and_stands_among_the_reasons(folder: Path) -> None:
    text = (
        "import torch.nn.functional as F\nfor x, y in data:\n    out = F.softmax(net(x), dim=1)\n"
        "    F.cross_entropy(out, y).backward()\n    optimizer.step()\n"
    )
    (folder / "train.py").write_text(text)

    run = logdoc.analyze(folder).runs[0]

    found = cause(run, "gradient-accumulating") or cause(run, "loss-input-wrong")
    assert found is not None
    reasons = {r.about: r.weight for r in found.because if r.finding == "program"}
    assert any(about.startswith("train.py:") for about in reasons)
    assert all(weight == pytest.approx(math.log(round(math.exp(weight))), abs=0.01) for weight in reasons.values())


def test_no_code_and_an_empty_folder_come_to_the_same(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    alone = tmp_path_factory.mktemp("alone")
    (alone / "log.csv").write_text(LOG)

    off, absent = logdoc.analyze(folder, code=False), logdoc.analyze(alone)

    assert off.to_json() == absent.to_json()


def test_a_program_elsewhere_can_be_named(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    script = tmp_path_factory.mktemp("elsewhere") / "fit_model.py"
    script.write_text(ODD)

    context = logdoc.analyze(folder / "log.csv", code=script).runs[0].context

    assert str(context["code.training_not_shuffled"].value).startswith("fit_model.py:7: ")


def reports(analysis: logdoc.Analysis) -> Iterator[str]:
    yield plain_text(analysis)
    yield to_markdown(analysis)
    yield to_html(analysis)


def test_every_report_shows_the_place_in_the_program_and_json_keeps_it(folder: Path) -> None:
    analysis = logdoc.analyze(folder)
    told = [place for one in analysis.runs[0].causes for place in one.in_program]

    assert told
    assert from_json(to_json(analysis)).runs[0].causes == analysis.runs[0].causes
    assert all(told[0].partition(": ")[0] in text for text in reports(analysis))


def test_a_program_of_another_python_is_a_note_that_changes_nothing(folder: Path) -> None:
    without = logdoc.analyze(folder, code=False).runs[0]
    (folder / "train.py").write_text("exec 'step' in names\n")

    run = logdoc.analyze(folder).runs[0]

    assert [d.source for d in run.defects if "not of this version of Python" in d.what] == ["train.py"]
    assert (run.verdict, run.findings, run.causes) == (without.verdict, without.findings, without.causes)


def test_names_in_a_program_reach_reports_escaped(folder: Path) -> None:
    (folder / "train.py").write_text(ODD.replace("train_loader", "trainЖ_loader"))
    (folder / "train.py").rename(folder / "<b>train.py")

    analysis = logdoc.analyze(folder)

    assert "<b>train.py" not in to_html(analysis)
    assert "<b>train.py" in to_json(analysis)


def test_the_command_line_shows_the_program_and_can_leave_it_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(["inspect", str(folder)])
    command(["inspect", str(folder), "--no-code"])
    first, _, second = capsys.readouterr().out.partition("code.training_not_shuffled")

    assert first
    assert "train.py:7" in second
    assert "code." not in second.partition("delimited")[2]
    assert command(["analyze", str(folder), "-q", "--code", str(folder / "nowhere.py")]) == 2
    assert command(["analyze", str(folder), "-q", "--no-code", "--code", str(folder / "train.py")]) == 2


def test_explain_tells_what_the_program_shows(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(["explain", str(folder), "data-not-shuffled"])
    command(["explain", str(folder), "data-not-shuffled", "--no-code"])

    beside, without = capsys.readouterr().out.split("in log.csv")[1:]
    assert "train.py:7: 'train_loader' has shuffle=False" in beside
    assert "train.py" not in without


def test_settings_of_the_text_count_where_nothing_else_says_them(folder: Path) -> None:
    (folder / "config.yaml").write_text("learning_rate: 0.01\n")

    run = logdoc.analyze(folder).runs[0]
    facts = {name: (fact.value, fact.why) for name, fact in run.context.items()}

    assert facts["lr"] == (0.01, "configuration learning_rate")
    assert facts["optimizer"] == ("sgd", "train.py:9")
    assert run.config == {"learning_rate": 0.01, "loss": "crossentropyloss", "optimizer": "sgd"} | {
        key: run.config[key] for key in ("reduction", "scheduler")
    }
    assert "optimizer" not in logdoc.analyze(folder, code=False).runs[0].context


def test_a_logged_learning_rate_is_known_before_that_of_the_text(folder: Path) -> None:
    rows = "".join(f"{i},{1.6 - 1e-3 * i},0.002\n" for i in range(60))
    (folder / "log.csv").write_text("step,train_loss,lr\n" + rows)

    assert logdoc.analyze(folder).runs[0].context["lr"].value == 0.002


@pytest.mark.parametrize(("epochs", "planned"), [("text", False), ("configuration", True)])
def test_epochs_in_the_text_alone_are_no_plan(folder: Path, epochs: str, planned: bool) -> None:
    rows = "".join(f"{i},{1.6 - 1e-3 * i}\n" for i in range(20))
    (folder / "log.csv").write_text("epoch,train_loss\n" + rows)
    if epochs == "text":
        (folder / "train.py").write_text("num_epochs = 100\nloss.backward()\n")
    else:
        (folder / "config.yaml").write_text("num_epochs: 100\n")

    run = logdoc.analyze(folder).runs[0]

    assert run.context["epochs"].value == 100
    assert ("run-cut-short" in [one.id for one in run.findings]) is planned


def test_a_comparison_tells_settings_of_the_text_that_changed(folder: Path, tmp_path: Path) -> None:
    for name, rate in (("old", 0.1), ("new", 0.2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(LOG)
        (tmp_path / name / "train.py").write_text(f"opt = SGD(net.parameters(), lr={rate})\nloss.backward()\n")

    (found,) = logdoc.compare(tmp_path / "old", tmp_path / "new")

    assert found.changed == {"lr": (0.1, 0.2)}
