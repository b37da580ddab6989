"""Lists of records among the other things of a JSON document."""

from __future__ import annotations

import json

import pytest

from logdoc.model import Run
from logdoc.readers import load


def read(tmp_path, document):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document, indent=1))
    return list(load([path]))


@pytest.mark.parametrize("deep", [False, True])
def test_a_history_of_records_is_read_with_the_settings_beside_it(tmp_path, deep):
    history = [{"epoch": n, "train_loss": 3 / (n + 1), "val_loss": 3.1 / (n + 1)} for n in range(9)]
    document = {"lr": 0.02, "best": 0.3, "results": {"history": history}} if deep else {"lr": 0.02, "history": history}
    (run,) = read(tmp_path, document)

    assert isinstance(run, Run)
    assert run.series["val_loss"].steps.tolist() == list(range(9))
    assert deep or run.config["lr"] == 0.02


def test_the_measures_of_a_record_may_lie_a_level_below_its_count(tmp_path):
    rows = [{"step": 10 * n, "metrics": {"loss": 2 / (n + 1), "avg_reward": n / 10}} for n in range(9)]
    (run,) = read(tmp_path, {"best_reward": 0.8, "training_history": rows})

    assert isinstance(run, Run)
    assert run.series["metrics/loss"].steps.tolist() == list(range(0, 90, 10))


def test_records_of_classes_beside_the_history_are_no_curve(tmp_path):
    history = [{"epoch": n, "loss": 3 / (n + 1)} for n in range(9)]
    classes = [{"class": name, "f1": 0.8} for name in "abcdef"]
    (run,) = read(tmp_path, {"per_class": classes, "history": history, "layers": [64, 32]})

    assert isinstance(run, Run)
    assert list(run.series) == ["loss"]


@pytest.mark.parametrize(
    "records",
    [
        [{"model": "small", "accuracy": 0.8}, {"model": "large", "accuracy": 0.9}],
        [{"steps": n, "reward": n / 9, "file_path": f"net-{n}.onnx"} for n in range(9)],
        [{"step": 1, "text": "mix the flour"}, {"step": 2, "text": "bake it"}],
    ],
)
def test_records_that_do_not_count_or_measure_are_no_log(tmp_path, records):
    assert not any(isinstance(item, Run) for item in read(tmp_path, {"title": "x", "items": records}))
