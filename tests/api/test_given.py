from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import logdoc
from logdoc.errors import ConfigError, ReadError

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
EPOCHS = 30
LOSS = [2.0 * 0.8**e + 0.2 for e in range(EPOCHS)]
RISING = [max(1.0, 2.0 * 0.7**e) + 0.05 * max(0, e - 4) for e in range(EPOCHS)]


class History:
    """As Keras' callback of that name."""

    def __init__(self, history: dict[str, list[float]]) -> None:
        self.history = history
        self.epoch = list(range(len(next(iter(history.values())))))
        self.params = {"epochs": 50, "steps": 10, "verbose": 0}


def causes(given: Any) -> list[str]:
    return [cause.id for cause in logdoc.analyze(given).runs[0].causes]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"loss": LOSS, "val_loss": RISING}, id="lists"),
        pytest.param({"loss": np.array(LOSS, dtype=np.float32), "val_loss": tuple(RISING)}, id="arrays"),
        pytest.param(pd.DataFrame({"epoch": range(EPOCHS), "loss": LOSS, "val_loss": RISING}), id="table"),
        pytest.param(History({"loss": LOSS, "val_loss": RISING}), id="history"),
        pytest.param([{"epoch": e, "loss": LOSS[e], "val_loss": RISING[e]} for e in range(EPOCHS)], id="records"),
        pytest.param(
            SimpleNamespace(
                log_history=[{"step": 10 * e, "loss": LOSS[e], "eval_loss": RISING[e]} for e in range(EPOCHS)]
            ),
            id="log history",
        ),
    ],
)
def test_curves_in_memory_are_judged_as_those_of_a_file(given: object, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text("epoch,loss,val_loss\n" + "".join(f"{e},{LOSS[e]},{RISING[e]}\n" for e in range(EPOCHS)))

    assert causes(given)[0] == causes(file)[0] == "overfitting"


def test_a_tidy_table_of_load_runs_is_read_back() -> None:
    run = logdoc.load_runs(SAMPLES / "digits-crawl")[0]

    again = logdoc.load_runs(run.to_frame())[0]

    assert {name: list(s.values) for name, s in again.series.items()} == {
        name: list(s.values) for name, s in run.series.items()
    }


def test_nan_that_pads_a_table_is_not_logged_and_nan_at_the_end_is() -> None:
    table = pd.DataFrame({"step": range(100), "loss": np.linspace(2, 1, 100), "val_loss": np.nan})
    table.loc[[9, 23, 50, 81], "val_loss"] = [2.0, 1.7, 1.5, 1.4]
    lost = pd.DataFrame({"loss": [1.0, math.nan, 0.8, *[math.nan] * 20]}, index=range(10, 240, 10))

    padded, diverged = logdoc.load_runs([table, lost])

    assert padded.series["val_loss"].steps.tolist() == [9, 23, 50, 81]
    assert np.isnan(diverged.series["loss"].values).sum() == 21
    assert diverged.series["loss"].steps.tolist() == list(range(10, 240, 10))


def test_null_is_never_a_logged_nan() -> None:
    table = pd.DataFrame({"loss": pd.array([1.0, None, 0.5], dtype="Float64"), "acc": [None, 0.5, 0.75]})

    run = logdoc.load_runs({"only": table})[0]

    assert run.id == "only"
    assert run.series["loss"].values.tolist() == [1.0, 0.5]
    assert run.series["acc"].values.tolist() == [0.5, 0.75]


def test_the_index_of_a_table_counts_where_it_says_so() -> None:
    table = pd.DataFrame({"loss": LOSS}, index=pd.Index(range(0, 10 * EPOCHS, 10), name="step"))

    assert logdoc.load_runs(table)[0].series["loss"].steps.tolist()[:3] == [0, 10, 20]


def test_a_dict_of_tables_is_a_run_each_and_paths_and_tables_may_stand_together() -> None:
    table = pd.DataFrame({"step": range(EPOCHS), "loss": LOSS})

    runs = logdoc.load_runs([SAMPLES / "digits-crawl", {"a": table, "b": History({"loss": LOSS})}, table, table])

    assert [run.id for run in runs] == ["training.log.csv", "a", "b", "table", "table (2)"]


def test_a_logger_is_the_folder_into_which_it_writes(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("step,train_loss\n" + "".join(f"{e},{LOSS[e]}\n" for e in range(EPOCHS)))
    files = tmp_path / "run-20260101_000000-abc" / "files"
    files.mkdir(parents=True)

    assert logdoc.load_runs(SimpleNamespace(log_dir=str(tmp_path)))[0].id == "metrics.csv"
    assert logdoc.load_runs([SimpleNamespace(id="abc", dir=str(files))]) == []


def test_a_name_of_ones_own_is_kept_and_can_be_mapped() -> None:
    given = {"cost of it all": LOSS}

    assert list(logdoc.load_runs(given)[0].series) == ["cost of it all"]
    run = logdoc.load_runs(given, mapping={"train.loss": "cost of it all"})[0]
    assert run.role("train.loss").values.tolist() == LOSS


@pytest.mark.parametrize("given", [7, object(), {"note": "text"}, pd.DataFrame()])
def test_what_holds_no_curves_is_refused_with_what_can_be_given(given: object) -> None:
    with pytest.raises(ReadError, match="DataFrame"):
        logdoc.analyze(given)


def test_a_role_is_found_whatever_its_name_and_a_missing_one_names_those_there_are() -> None:
    run = logdoc.load_runs(SAMPLES / "letters-hot")[0]

    assert run.role("train.loss").name == "Loss/train"
    with pytest.raises(ConfigError, match=r"Did you mean 'train\.loss'"):
        run.role("train.los")


def test_a_role_of_a_layer_stands_in_brackets() -> None:
    run = logdoc.load_runs(SAMPLES / "digits-deep-sigmoid")[0]

    assert run.role("grad_norm[1.weight]") is run.roles["grad_norm[1.weight]"]


def test_compare_and_explain_are_public_and_take_curves() -> None:
    assert logdoc.compare({"loss": LOSS, "val_loss": LOSS}, {"loss": LOSS, "val_loss": RISING})[0].verdict == "worse"
    assert logdoc.explain({"loss": LOSS, "val_loss": RISING}, "overfitting")[0].cause.probability > 0.5


def test_real_objects_of_keras_and_lightning_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    from keras.callbacks import History as Real
    from lightning.pytorch.loggers import CSVLogger

    history = Real()
    history.set_model(SimpleNamespace())
    history.on_train_begin()
    for epoch in range(EPOCHS):
        history.on_epoch_end(epoch, {"loss": LOSS[epoch], "val_loss": RISING[epoch]})
    logger = CSVLogger(tmp_path)
    for epoch in range(EPOCHS):
        logger.log_metrics({"train_loss": LOSS[epoch], "val_loss": RISING[epoch]}, epoch)
    logger.save()

    assert causes(history)[0] == causes(logger)[0] == "overfitting"
