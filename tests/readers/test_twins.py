from __future__ import annotations

import json
import math

from logdoc.model import Run
from logdoc.readers import load

STEPS = range(0, 200, 5)


def loss(step):
    return 2.0 * math.exp(-step / 40) + 0.1


def write_csv(path, names=("loss",), digits=17, factor=1.0, steps=STEPS):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "step,"
        + ",".join(names)
        + "\n"
        + "".join(f"{s}," + ",".join(f"{loss(s) * factor:.{digits}g}" for _ in names) + "\n" for s in steps)
    )


def write_lines(path, wrong=(), **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(
            json.dumps({"step": s, "train/loss": loss(s) + (0.5 if s in wrong else 0.0), **more}) + "\n" for s in STEPS
        )
    )


def runs(folder):
    return [item for item in load([folder]) if isinstance(item, Run)]


def test_the_same_values_in_two_formats_are_one_run(tmp_path):
    write_csv(tmp_path / "metrics.csv")
    write_lines(tmp_path / "logs" / "log.jsonl", lr=0.1)
    (run,) = runs(tmp_path)
    assert "1 curve the same" in run.note
    assert len(run.sources) == 2
    assert set(run.series) >= {"lr"}


def test_values_that_one_tool_rounded_are_the_same(tmp_path):
    write_csv(tmp_path / "metrics.csv", digits=3)
    write_lines(tmp_path / "log.jsonl")
    assert len(runs(tmp_path)) == 1


def test_other_values_are_another_run(tmp_path):
    write_csv(tmp_path / "metrics.csv", factor=1.01)
    write_lines(tmp_path / "log.jsonl")
    assert len(runs(tmp_path)) == 2


def test_two_files_of_one_format_are_two_runs(tmp_path):
    write_csv(tmp_path / "a.csv")
    write_csv(tmp_path / "b.csv")
    assert len(runs(tmp_path)) == 2


def test_the_same_schedule_alone_does_not_make_two_runs_one(tmp_path):
    (tmp_path / "a.csv").write_text("step,lr,loss\n" + "".join(f"{s},{0.1 / (s + 1)},{loss(s)}\n" for s in STEPS))
    (tmp_path / "b.jsonl").write_text(
        "".join(json.dumps({"step": s, "lr": 0.1 / (s + 1), "loss": 3 - loss(s)}) + "\n" for s in STEPS)
    )
    assert len(runs(tmp_path)) == 2


def test_a_disagreement_is_told(tmp_path):
    wrong = set(list(STEPS)[::2])
    path = tmp_path / "log.jsonl"
    path.write_text(
        "".join(
            json.dumps({"step": s, "acc": 1 - loss(s) / 3, "train/loss": loss(s) + (0.5 if s in wrong else 0)}) + "\n"
            for s in STEPS
        )
    )
    (tmp_path / "metrics.csv").write_text(
        "step,acc,loss\n" + "".join(f"{s},{1 - loss(s) / 3!r},{loss(s)!r}\n" for s in STEPS)
    )
    (run,) = runs(tmp_path)
    assert any("agrees with" in defect.what and "50%" in defect.what for defect in run.defects)


def test_runs_in_other_folders_are_not_compared(tmp_path):
    write_csv(tmp_path / "a" / "metrics.csv")
    write_lines(tmp_path / "b" / "log.jsonl")
    assert len(runs(tmp_path)) == 2


def test_what_is_not_finite_is_taken_from_the_log_that_has_it(tmp_path):
    odd = {50: "nan", 55: "inf"}
    lines = [f"{s},{odd.get(s, loss(s))},{loss(s) / 2},{loss(s) / 3}" for s in STEPS]
    (tmp_path / "metrics.csv").write_text("\n".join(["step,loss,val_loss,grad_norm", *lines, ""]))
    rows = [
        {
            "step": s,
            **({} if s in odd else {"loss": loss(s)}),
            "val_loss": loss(s) / 2,
            "grad_norm": loss(s) / 3,
            "lr": 0.1,
        }
        for s in STEPS
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run,) = runs(tmp_path)
    assert run.format == "jsonlines"
    assert run.series["loss"].steps.tolist() == list(STEPS)
    assert math.isnan(run.series["loss"].values[10])
    assert run.series["loss"].values[11] == math.inf
    assert any(defect.what.startswith("2 values of 'loss'") for defect in run.defects)


def test_a_curve_that_ends_early_in_one_log_is_not_filled_with_numbers(tmp_path):
    write_csv(tmp_path / "metrics.csv", names=("loss",))
    rows = [{"step": s, **({"loss": loss(s)} if s < 150 else {}), "lr": 0.1, "epoch": 0.5} for s in STEPS]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run,) = runs(tmp_path)
    assert run.format == "jsonlines"
    assert run.series["loss"].steps.tolist() == list(range(0, 150, 5))
