"""One training, written by its tool as event files and as something else: CatBoost's tables, Ray's JSON lines."""

from __future__ import annotations

import json
import math

from event_bytes import VERSION, scalar

from logdoc.model import Run
from logdoc.readers import load


def write_events(path, tags):
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [scalar(step, tag.encode(), value) for tag, points in tags.items() for step, value in points]
    path.write_bytes(VERSION + b"".join(records))


def test_the_tables_and_the_event_files_of_catboost_are_one_run(tmp_path):
    folder = tmp_path / "catboost_info"
    for name, start in (("learn", 1.0), ("test", 1.5)):
        points = [(i, start / (i + 1)) for i in range(40)]
        write_events(folder / name / "events.out.tfevents", {"Logloss": points})
        rows = "".join(f"{i}\t{value:.9f}\n" for i, value in points)
        (folder / f"{name}_error.tsv").write_text(f"iter\tLogloss\n{rows}")
    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert len(run.series) == 2
    assert "train/Logloss" in run.series


def test_the_event_file_and_the_result_of_a_ray_trial_are_one_run(tmp_path):
    rows = [
        {"loss": "null" if i == 6 else 1 / i, "reward": i * 1.5, "training_iteration": i, "timesteps_total": i * 100}
        for i in range(1, 15)
    ]
    (tmp_path / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tags = {
        f"ray/tune/{key}": [(row["timesteps_total"], math.nan if row[key] == "null" else row[key]) for row in rows]
        for key in rows[0]
    }
    write_events(tmp_path / "events.out.tfevents.1700000000.host", tags)
    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert len([name for name in run.series if name.endswith("loss")]) == 1
