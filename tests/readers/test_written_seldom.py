"""Logs of searches by evolution, of online learning, and of trainers with tables of their own, as written by them
(tests/written/make_seldom.py), hold what was logged.
"""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from curves import points
from written_runs import WRITTEN, only_run

from logdoc.api import analyze
from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load


def found(*parts: str) -> dict[str, object]:
    return json.loads(WRITTEN.joinpath(*parts).read_text())


def role(run: Run, name: str) -> list[str]:
    return [known for known, signal in understand(run).one.items() if signal.series.name == name]


def run_of(tmp_path: Path, text: str) -> Run:
    (tmp_path / "train.log").write_text(text)
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    return run


def test_a_triangle_behind_each_loss_of_mlx_lm_is_no_cell_of_its_table():
    logged, run = found("mlx_lm", "found.txt"), only_run("mlx_lm", "train.log")
    train = {int(step): value for step, value in logged["train"].items()}
    assert points(run, "train_loss") == pytest.approx(train, abs=6e-4)
    assert points(run, "val loss") == pytest.approx(
        dict(zip((1, 10, 20, 30, 40), logged["val"], strict=True)), abs=6e-4
    )
    assert set(run.series) == {"train_loss", "val loss"}
    assert "train.loss" in role(run, "train_loss")
    assert "val.loss" in role(run, "val loss")


@pytest.mark.parametrize("mark", ["\u25b2", "\u25bc", "\u25b4", "\u25bd"])
def test_marks_of_a_trend_are_passed_over_wherever_a_number_ends(tmp_path, mark):
    rows = "".join(f"{i:6d}  {3 - i / 10:8.3f} {mark}  {i * 2.5:6.1f}k\n" for i in range(1, 9))
    run = run_of(tmp_path, f"  iter  train_loss    tokens\n{rows}")
    assert points(run, "train_loss") == pytest.approx({i: 3 - i / 10 for i in range(1, 9)})
    assert set(run.series) == {"train_loss"}


def test_what_pfrl_logs_at_an_evaluation_is_what_stands_in_its_scores():
    with (WRITTEN / "pfrl" / "scores.txt").open() as file:
        table = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file, delimiter="\t")]
    scores, log = only_run("pfrl", "scores.txt"), only_run("pfrl", "train.log")
    for name in ("average_q", "average_loss", "mean", "median", "stdev", "max", "min"):
        assert points(scores, name) == {int(row["steps"]): row[name] for row in table}
    for name in ("average_q", "average_loss"):
        said = points(log, name)
        assert {step: said[step] for step in points(scores, name)} == pytest.approx(points(scores, name), rel=1e-6)
    assert role(scores, "mean") == ["rl.return"]
    assert role(log, "average_q") == ["rl.q_value"]


def test_every_pair_that_pfrl_logs_as_numpy_writes_it_is_read():
    lines = (WRITTEN / "pfrl" / "train.log").read_text().splitlines()
    run = only_run("pfrl", "train.log")
    number = r"(?:np\.float\d\d\()?(nan|[-\d.e]+)"
    for name in ("average_q", "average_loss"):
        said = [float(re.search(rf"'{name}', {number}", line)[1]) for line in lines if "statistics" in line]
        np.testing.assert_array_equal(run.series[name].values, said)
    earned = [float(line.rpartition("R:")[2]) for line in lines if "outdir" in line and "R:" in line]
    assert run.series["R"].values.tolist() == earned
    assert run.series["R"].steps.tolist() == list(range(10, 401, 10))


@pytest.mark.parametrize("file", ["scores.txt", "train.log"])
def test_a_policy_that_does_not_learn_before_its_buffer_is_filled_has_no_fault(file):
    (result,) = analyze([WRITTEN / "pfrl" / file]).runs
    assert result.verdict in ("healthy", "info")


def test_a_bare_mean_without_the_episodes_it_is_over_is_no_return(tmp_path):
    head = "steps\tmean\tmedian\tstdev\tmax\tmin\tloss\n"
    rows = "".join(f"{i}\t{i}\t{i}\t1\t{i + 1}\t{i - 1}\t{9 - i}\n" for i in range(1, 9))
    (tmp_path / "scores.txt").write_text(head + rows)
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    assert role(run, "mean") == []


def test_rows_of_vowpal_wabbit_with_an_h_are_of_held_out_examples():
    lines = (WRITTEN / "vowpal_wabbit" / "train.log").read_text().splitlines()
    rows = [line.split() for line in lines if re.match(r"\d+\.\d+ \d", line)]
    run = only_run("vowpal_wabbit", "train.log")
    for held_out, front in ((False, ""), (True, "val ")):
        mine = [row for row in rows if (row[-1] == "h") is held_out]
        assert len(mine) == (24 if held_out else 8)
        for at, name in enumerate(
            ("average loss", "since last", None, "example weight", "current label", "current predict")
        ):
            if name is not None:
                assert points(run, front + name) == {int(row[2]): float(row[at]) for row in mine}
    assert "train.loss" in role(run, "average loss")
    assert "val.loss" in role(run, "val average loss")


def test_an_h_behind_the_rows_of_another_table_is_no_mark(tmp_path):
    rows = "".join(f"{i:4d}  {3 - i / 10:6.2f}  {i / 10:5.1f} h\n" for i in range(1, 9))
    run = run_of(tmp_path, f"epoch  loss  spent\n{rows}")
    assert not any(name.startswith("val") for name in run.series)


def test_the_best_of_a_generation_is_read_beside_its_mean_and_its_worst():
    with (WRITTEN / "evotorch" / "found.csv").open() as file:
        table = list(csv.DictReader(file))
    run = only_run("evotorch", "train.log")
    assert len(run.series) == 5
    for name in run.series:
        assert points(run, name) == pytest.approx({int(row["iter"]): float(row[name]) for row in table}, rel=1e-6)


def test_a_best_value_without_the_worst_beside_it_is_the_best_so_far(tmp_path):
    blocks = "".join(f"epoch : {i}\nmean_loss : {2 - i / 10}\nbest_loss : {1.5 - i / 10}\n\n" for i in range(1, 9))
    assert set(run_of(tmp_path, blocks).series) == {"mean_loss"}


def test_the_table_of_pymoo_holds_the_mean_and_the_least_of_every_generation():
    run = only_run("pymoo", "train.log")
    for at, name in enumerate(("n_eval", "f_avg", "f_min")):
        logged = {int(step): values[at] for step, values in found("pymoo", "found.txt").items()}
        assert points(run, name) == pytest.approx(logged, rel=1e-6)


def test_the_logbook_of_deap_is_read_by_generations():
    run = only_run("deap", "train.log")
    for name in ("avg", "std", "min", "max"):
        logged = {int(row["gen"]): row[name] for row in found("deap", "found.txt")}
        assert points(run, name) == pytest.approx(logged, rel=1e-5)


def test_a_table_of_generations_without_evaluations_needs_the_name_of_a_measure(tmp_path):
    rows = "".join(f"{i}  {3 - i / 10:.2f}  {i / 7:.3f}\n" for i in range(1, 9))
    (tmp_path / "notes.txt").write_text(
        "What follows is about birds, by generation.\n" * 9 + "gen  wings  beak\n" + rows
    )
    assert not [item for item in load([tmp_path]) if isinstance(item, Run)]


def test_composers_file_of_metrics_holds_its_console_once_more_and_counts_as_it_logged():
    logged = {name: dict(curve) for name, curve in found("composer", "found.txt").items()}
    told, file = only_run("composer", "train.log"), only_run("composer", "log0.txt")
    for name, curve in logged.items():
        assert points(file, name) == pytest.approx(curve, abs=6e-5)
    assert set(file.series) == set(logged)
    loss, metric = logged.values()
    assert told.series["Train loss/train/total"].steps.tolist() == [at + 1 for at in loss]
    np.testing.assert_allclose(told.series["Train loss/train/total"].values, list(loss.values()), atol=6e-5)
    assert points(told, "Eval metrics/eval/MeanSquaredError") == pytest.approx(metric, abs=6e-5)
    assert set(told.series) == {"epoch", "Train loss/train/total", "Eval metrics/eval/MeanSquaredError"}


def test_how_far_an_evaluation_is_is_no_measure(tmp_path):
    blocks = "".join(
        f"[epoch={i}][batch=1/2]:\n Train loss: {1 / i:.4f}\n"
        + "".join(f"[Eval batch={at}/3] Eval on data\n" for at in range(1, 4))
        for i in range(1, 9)
    )
    assert not any("batch" in name for name in run_of(tmp_path, blocks).series)


def test_what_litgpt_prints_is_what_stands_in_its_table():
    with (WRITTEN / "litgpt" / "metrics.csv").open() as file:
        table = list(csv.DictReader(file))
    printed, run = only_run("litgpt", "train.log"), only_run("litgpt", "metrics.csv")
    train = [row for row in table if row["loss"]]
    assert len(train) == 30
    for name in ("loss", "learning_rate"):
        assert points(run, name) == {int(row["step"]): float(row[name]) for row in train}
    val = [(int(row["step"]), float(row["val_loss"])) for row in table if row["val_loss"]]
    assert points(run, "val_loss") == dict(val)
    assert points(printed, "train loss") == pytest.approx(
        {int(row["iter"]): float(row["loss"]) for row in train}, abs=6e-4
    )
    said = points(printed, "val loss")
    assert [said[20], said[40], said[60]] == pytest.approx([value for _, value in val[:3]], abs=6e-4)


@pytest.mark.parametrize("name", ["loss", "binary_crossentropy", "auc", "val_binary_crossentropy", "val_auc"])
def test_lines_of_deepctr_are_its_history(name):
    run = only_run("deepctr", "train.log")
    assert points(run, name) == pytest.approx(dict(enumerate(found("deepctr", "found.txt")[name], 1)), abs=6e-5)


def test_rounds_of_gpboost_are_its_history():
    run = only_run("gpboost", "train.log")
    (name,) = run.series
    history = found("gpboost", "found.txt")["valid_0"]["test_neg_log_likelihood"]
    np.testing.assert_allclose(run.series[name].values, history, rtol=1e-5)
    assert not math.isnan(run.series[name].values[0])
    assert role(run, name) == ["val.loss"]
