"""Zeros that stand for epochs without a validation are no measured values."""

from __future__ import annotations

import pytest

from logdoc.model import Run
from logdoc.readers import load

HEAD = "epoch,train/box_loss,train/cls_loss,metrics/mAP50(B),val/box_loss,val/cls_loss"


def run_of(tmp_path, rows):
    (tmp_path / "results.csv").write_text("\n".join([HEAD, *rows]))
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    return run


def test_epochs_that_ultralytics_did_not_validate_have_no_validation_loss(tmp_path):
    rows = [f"{i},{3 - i / 10},{2 - i / 10}," + ("0,0,0" if i < 8 else "0.4,1.5,1.25") for i in range(1, 9)]
    run = run_of(tmp_path, rows)
    assert run.series["val/box_loss"].steps.tolist() == [8]
    assert run.series["metrics/mAP50(B)"].values.tolist() == [0.4]
    assert len(run.series["train/box_loss"]) == 8
    (told,) = (defect for defect in run.defects if "not validated" in defect.what)
    assert told.what.startswith("7 epochs were")
    assert not told.lost


def test_a_training_without_any_validation_has_no_such_curves(tmp_path):
    run = run_of(tmp_path, [f"{i},{3 - i / 10},{2 - i / 10},0,0,0" for i in range(1, 9)])
    assert set(run.series) == {"train/box_loss", "train/cls_loss"}
    assert "without validation" in run.left_out["val/box_loss"]


@pytest.mark.parametrize("held_out", ["0,1.5,0", "0.5,0,0", "0,0,0.1"])
def test_a_metric_or_a_loss_of_zero_beside_another_value_was_measured(tmp_path, held_out):
    run = run_of(tmp_path, [f"{i},{3 - i / 10},{2 - i / 10},{held_out}" for i in range(1, 9)])
    assert len(run.series["val/box_loss"]) == 8
    assert run.defects == ()
