"""Exports of trackers, searches, libraries of single fields (tests/written/make_others.py): what was logged is read."""

from __future__ import annotations

import ast
import math
from pathlib import Path

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
TRAINING = {step: 2.3 * math.exp(-step / 15) + 0.1 for step in range(40) if step != 25}


def only_run(*parts: str) -> Run:
    (run,) = (item for item in load([WRITTEN.joinpath(*parts)]) if isinstance(item, Run))
    return run


def points(run: Run, name: str) -> dict[int, float]:
    series = run.series[name]
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def test_what_logdoc_tells_to_export_from_aim_holds_the_run(tmp_path):
    run = only_run("aim")
    loss = points(run, "train loss")
    assert math.isnan(loss.pop(25))
    assert loss == TRAINING
    assert points(run, "grad_norm")[26] == math.inf
    assert points(run, "val accuracy") == {step: 1 - math.exp(-step / 12) for step in (9, 19, 29, 39)}
    assert understand(run).one["val.loss"].series.name == "val loss"
    (tmp_path / ".aim").mkdir()
    (tmp_path / ".aim" / "VERSION").write_text("x")
    (told,) = (item.what for item in load([tmp_path]) if isinstance(item, Defect))
    made = ast.parse((WRITTEN / "make_others.py").read_text())
    (command,) = (
        node.value for node in made.body if isinstance(node, ast.Assign) and node.targets[0].id == "AIM_EXPORT"
    )
    assert f'aim storage reindex --yes && python -c "{ast.literal_eval(command)}"' in told
