from __future__ import annotations

from pathlib import Path

import numpy as np

from logdoc.hook.csvfile import CsvFile
from logdoc.model import Run
from logdoc.readers import load


def test_parts_of_a_step_are_one_row_and_new_names_new_columns(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    file = CsvFile(path)
    file.scalars(0, 0.0, ["train/loss"], np.array([2.5]))
    file.scalars(0, 0.0, ["act_std/0"], np.array([np.nan]))
    file.scalars(1, 0.0, ["train/loss"], np.array([2.25]))
    file.scalars(2, 0.0, ["val/loss", "train/loss"], np.array([np.inf, 1e-17]))
    file.close()
    file.close()
    assert path.read_text().splitlines() == [
        "step,train/loss,act_std/0,val/loss",
        "0,2.5,nan,",
        "1,2.25,,",
        "2,1e-17,,inf",
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.csv"]
    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert run.series["train/loss"].values.tolist() == [2.5, 2.25, 1e-17]
    assert run.series["act_std/0"].steps.tolist() == [0]
