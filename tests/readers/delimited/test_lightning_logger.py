from __future__ import annotations

import math

import pytest

from logdoc.readers import load


@pytest.mark.filterwarnings("ignore")
def test_what_lightnings_csv_logger_writes_is_read_back(tmp_path):
    loggers = pytest.importorskip("lightning.pytorch.loggers")
    logger = loggers.CSVLogger(tmp_path, name="exp", version=0)
    logger.log_hyperparams({"lr": 0.001, "model": {"width": 64}})
    for epoch in range(3):
        for step in range(epoch * 10, epoch * 10 + 10, 5):
            loss = math.nan if step == 25 else 1 / (step + 1)
            logger.log_metrics({"train_loss": loss, "epoch": epoch}, step=step)
        logger.log_metrics({"val_loss": 2.0 - epoch / 2, "epoch": epoch}, step=epoch * 10 + 9)
    logger.save()
    (run,) = load([tmp_path])
    assert run.id == "exp/version_0/metrics.csv"
    assert run.series["train_loss"].steps.tolist() == [0, 5, 10, 15, 20, 25]
    assert [math.isnan(value) for value in run.series["train_loss"].values] == [False] * 5 + [True]
    assert run.series["val_loss"].steps.tolist() == [9, 19, 29]
    assert run.series["val_loss"].values.tolist() == [2.0, 1.5, 1.0]
    assert run.config["lr"] == 0.001
    assert run.defects == ()
