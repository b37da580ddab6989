"""Zeros that stand for epochs without a validation are no measured values."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.model import Run, Series
from logdoc.readers import load
from logdoc.readers.unvalidated import only_validated

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


def _measured(**curves: list[float]) -> Run:
    series = {
        (key := name.replace("__", "/")): Series(key, np.arange(len(values)), np.array(values, dtype=float), times)
        for name, values in curves.items()
        for times in (10.0 * np.arange(len(values)),)
    }
    return Run("r", "csv", ("results.csv",), series=series)


def test_what_was_validated_keeps_the_times_at_which_it_was():
    run = only_validated(_measured(val__a_loss=[0, 3, 0, 2], val__b_loss=[0, 1, 0, 1], metrics__map=[0, 0.4, 0, 0.5]))

    assert [series.times.tolist() for series in run.series.values()] == [[10.0, 30.0]] * 3
    assert [defect.what.partition(" not validated")[0] for defect in run.defects] == ["2 epochs were"]


def test_one_epoch_without_a_validation_is_told_as_one():
    run = only_validated(_measured(val__a_loss=[3, 0], val__b_loss=[1, 0], metrics__map=[0.4, 0]))

    assert [defect.what.partition(" not validated")[0] for defect in run.defects] == ["1 epoch was"]


@pytest.mark.parametrize(
    "curves",
    [
        {"val__a_loss": [0.0, 3.0], "metrics__map": [0.0, 0.4]},
        {"val__a_loss": [0.0, 3.0], "val__b_loss": [0.0, 1.0]},
        {"metrics__map": [0.0, 0.4], "metrics__recall": [0.0, 0.3]},
    ],
    ids=["one loss", "no metric", "no loss"],
)
def test_zeros_of_fewer_curves_were_measured(curves):
    run = _measured(**curves)

    assert only_validated(run) is run
