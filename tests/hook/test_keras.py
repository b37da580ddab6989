"""Real trainings with Keras: the files hold what History and the weights say, and the training is as without the
callback.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from logdoc.context.roles import understand
from logdoc.errors import ConfigError
from logdoc.hook.sidecar import TEXT_TAG
from logdoc.model import Run
from logdoc.readers import load

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="the callback for Keras needs Keras")
hook = importlib.import_module("logdoc.hook.keras")
values = importlib.import_module("logdoc.hook.keras_values")
LogdocCallback = hook.LogdocCallback

# Keras 3.15 turns torch's tensors into arrays in a way that NumPy 2 deprecates.
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

ROWS, BATCH = 40, 10
STEPS = ROWS // BATCH  # of an epoch


def data(rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("float32")


def make_model(rate: Any = 0.1, **compiling: Any) -> Any:
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((4,)),
        keras.layers.Dense(6, activation="relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "binary_crossentropy", metrics=["accuracy"], **compiling)
    return model


def fit(model: Any, *callbacks: Any, epochs: int = 3, **settings: Any) -> Any:
    x, y = data()
    chosen = {"validation_data": (x[:20], y[:20]), "batch_size": BATCH, "verbose": 0, **settings}
    return model.fit(x, y, epochs=epochs, callbacks=list(callbacks), **chosen)


def weights(model: Any) -> dict[str, np.ndarray]:
    return {v.path: np.array(keras.ops.convert_to_numpy(v), dtype=np.float64) for v in model.trainable_variables}


class Watch(keras.callbacks.Callback):
    """Keeps the weights before training, and after each batch."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.seen = [weights(self.model)]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen.append(weights(self.model))


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def ratio(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def ratios(
    seen: list[dict[str, np.ndarray]], path: str, batches: dict[int, tuple[int, int]]
) -> list[tuple[int, float]]:
    """From {step: (batches before it, batches after it)}; none where the weights were 0."""
    return [
        (step, ratio(seen[one][path], seen[other][path]))
        for step, (one, other) in batches.items()
        if seen[one][path].any()
    ]


def text(folder: Path) -> list[tuple[int, str]]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [(e.step, e.tensor_proto.string_val[0].decode()) for e in events.Tensors(TEXT_TAG)]


def read(folder: Path) -> Run:
    (run,) = load([folder])
    assert isinstance(run, Run)
    assert run.defects == ()
    return run


def sidecar(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "logdoc.json").read_text())


def own(said: Any) -> list[str]:
    """The warnings that are not Keras' own."""
    return [str(one.message) for one in said if not issubclass(one.category, DeprecationWarning)]


def close(points: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    assert [step for step, _ in points] == [step for step, _ in expected]
    np.testing.assert_allclose([value for _, value in points], [value for _, value in expected], rtol=2e-6)


def test_an_epoch_has_the_values_of_history(tmp_path: Path):
    model = make_model()
    history = fit(model, LogdocCallback(tmp_path)).history

    found = scalars(tmp_path)

    for key, tag in (
        ("loss", "train/loss"),
        ("accuracy", "train/accuracy"),
        ("val_loss", "val/loss"),
        ("val_accuracy", "val/accuracy"),
    ):
        close(found[tag], [(STEPS * (epoch + 1), value) for epoch, value in enumerate(history[key])])
    close(found["train/lr"], [(0, 0.1), (4, 0.1), (8, 0.1), (12, 0.1)])
    close(found["epoch"], [(0, 0), (4, 1), (8, 2), (12, 3)])


@pytest.mark.parametrize("every", ["epoch", 1, 2, 3, 11])
def test_the_statistics_are_those_of_the_weights(tmp_path: Path, every: Any):
    model, watch = make_model(), Watch()
    fit(model, LogdocCallback(tmp_path, every), watch)
    apart = STEPS if every == "epoch" else every

    found = scalars(tmp_path)

    samples = range(0, 12 + 1, apart)
    for path in watch.seen[0]:
        at = {step: watch.seen[step][path] for step in samples}
        close(found[f"weight_norm/{path}"], [(step, float(np.linalg.norm(at[step]))) for step in samples])
        close(found[f"weight_std/{path}"], [(step, float(at[step].std())) for step in samples])
        close(
            found.get(f"update_ratio/{path}", []),
            ratios(watch.seen, path, {s + 1: (s, s + 1) for s in samples if s < 12}),
        )
    assert any(not norm.any() for norm in watch.seen[0].values()), "biases start at 0, where there is no ratio"


def test_an_epoch_of_one_step(tmp_path: Path):
    model, watch = make_model(), Watch()
    fit(model, LogdocCallback(tmp_path), watch, batch_size=ROWS)

    found = scalars(tmp_path)

    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"], ratios(watch.seen, path, {1: (0, 1), 2: (1, 2), 3: (2, 3)}))


def test_ratios_where_keras_reports_the_end_of_a_batch_late(tmp_path: Path):
    class Late(LogdocCallback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            reporting.add(threading.current_thread())
            time.sleep(0.02)
            super().on_train_batch_end(batch, logs)

    reporting: set[threading.Thread] = set()
    one, other, watch = make_model(), make_model(), Watch()
    keras.utils.set_random_seed(1)
    fit(one, watch)  # which makes Keras wait
    keras.utils.set_random_seed(1)
    fit(other, Late(tmp_path / "late"))

    found = scalars(tmp_path / "late")

    assert threading.main_thread() not in reporting, "this Keras waits, and the test tests nothing"
    for path, twin in zip(watch.seen[0], weights(other), strict=True):
        close(found[f"update_ratio/{twin}"], ratios(watch.seen, path, {1: (0, 1), 5: (4, 5), 9: (8, 9)}))


@pytest.mark.parametrize("every", ["epoch", 1, 2])
def test_one_copy_of_the_weights_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: Any):
    def copy(variable: Any) -> Any:
        copies.append(weakref.ref(made := original(variable)))
        most.append(alive())
        return made

    def alive() -> int:
        return sum(ref() is not None for ref in copies)

    original, copies, most = values._host_copy, [], [0]
    monkeypatch.setattr(values, "_host_copy", copy)
    model = make_model()
    fit(model, LogdocCallback(tmp_path, every))

    assert max(most) <= len(model.trainable_variables) + 1, "all that are kept and the one that is compared"
    assert alive() == 0


def test_an_interval_has_its_own_mean_and_not_the_running_one_of_the_epoch(tmp_path: Path):
    class Losses(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.running = [0.0]

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.running.append(logs["loss"] * (batch + 1))
            each.append(self.running[-1] - self.running[-2])

    each: list[float] = []
    history = fit(make_model(), LogdocCallback(tmp_path, 2), Losses()).history

    found = scalars(tmp_path)

    steps, values = zip(*found["train/loss"], strict=True)
    assert steps == (2, 4, 6, 8, 10, 12)
    np.testing.assert_allclose(values, np.reshape(each, (6, 2)).mean(axis=1), rtol=1e-5)
    close(found["train/loss_epoch"], [(4 * (n + 1), value) for n, value in enumerate(history["loss"])])
    close(found["val/accuracy"], [(4 * (n + 1), value) for n, value in enumerate(history["val_accuracy"])])
    close(found["epoch"], [(2 * n, n / 2) for n in range(7)])


def test_an_interval_over_two_epochs_has_the_mean_of_the_second_part(tmp_path: Path):
    log = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: running.append(logs["loss"]))
    running: list[float] = []
    fit(make_model(), LogdocCallback(tmp_path, 3), log)

    # step 6 is the second of its epoch; Keras' running mean of it covers steps 5 and 6
    close(
        scalars(tmp_path)["train/loss"],
        [(3, running[2]), (6, running[5]), (9, running[8]), (12, (running[11] * 4 - running[8]) / 3)],
    )


def test_a_metric_that_is_no_mean_has_no_value_for_an_interval(tmp_path: Path):
    model = make_model()
    model.compile("sgd", "binary_crossentropy", metrics=[keras.metrics.Precision(name="precision"), "mae"])
    fit(model, LogdocCallback(tmp_path, 2))

    found = scalars(tmp_path)

    assert "train/mae" in found
    assert "train/precision" not in found
    assert [step for step, _ in found["train/precision_epoch"]] == [4, 8, 12]


@pytest.mark.parametrize("every", ["epoch", 1])
def test_training_is_bit_for_bit_as_without_the_callback(tmp_path: Path, every: Any):
    plain, logged = make_model(), make_model()
    keras.utils.set_random_seed(1)
    expected = fit(plain).history
    keras.utils.set_random_seed(1)
    history = fit(logged, LogdocCallback(tmp_path, every)).history

    assert history == expected
    for one, other in zip(plain.variables, logged.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other))


def test_every_tag_has_a_role(tmp_path: Path):
    fit(make_model(), LogdocCallback(tmp_path, 2))
    run = read(tmp_path)

    reading = understand(run)

    assert reading.left_out == {}
    assert {
        "train.loss",
        "val.loss",
        "train.accuracy",
        "val.accuracy",
        "train.lr",
        "log.epoch",
        "train.loss_epoch",
    } <= set(reading.one)
    assert reading.one["train.loss"].series.name == "train/loss"
    assert reading.one["train.loss_epoch"].series.name == "train/loss_epoch"
    paths = [v["name"] for v in sidecar(tmp_path)["model"]["params"]]
    for role in ("weight_norm", "weight_std", "update_ratio"):
        assert set(reading.each[role]) == set(paths)
    assert list(reading.each["weight_norm"]) == paths, "in the order of the layers"


def test_the_sidecar_says_what_the_run_is(tmp_path: Path):
    model = make_model()
    model.layers[0].trainable = False
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "binary_crossentropy")
    fit(model, LogdocCallback(tmp_path))

    said = sidecar(tmp_path)

    assert (said["schema"], said["writer"], said["exit"]) == ("logdoc-log/1", "keras", {"kind": "ok", "text": ""})
    assert said["versions"]["keras"] == keras.__version__
    assert said["optimizer"]["class"] == "AdamW"
    assert said["optimizer"]["lr"] == 0.01
    assert said["optimizer"]["weight_decay"] == 0.1
    assert (said["model"]["parameters"], said["model"]["trainable"]) == (4 * 6 + 6 + 6 + 1, 7)
    assert [(m["type"], m["depth"], m["trainable"]) for m in said["model"]["modules"] if m["type"] != "InputLayer"] == [
        ("Dense", 1, False),
        ("Dropout", 2, True),
        ("Dense", 3, True),
    ]
    first = said["model"]["params"][0]
    assert (first["shape"], first["requires_grad"]) == ([4, 6], False)
    assert first["name"].endswith("/kernel")
    assert sorted(p.name for p in tmp_path.iterdir() if "tfevents" not in p.name) == ["logdoc.json"]
    assert text(tmp_path) == [(12, (tmp_path / "logdoc.json").read_text())]


def test_layers_in_wrappers_are_in_the_sidecar(tmp_path: Path):
    model = keras.Sequential(
        [keras.Input((5, 2)), keras.layers.Bidirectional(keras.layers.GRU(2)), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 5, 2)), np.zeros(4), verbose=0, callbacks=[LogdocCallback(tmp_path)])

    types = [m["type"] for m in sidecar(tmp_path)["model"]["modules"]]

    assert types[-1] == "Dense"
    assert types.count("GRU") == 2


def test_two_fits_in_a_row_are_one_run(tmp_path: Path):
    model, callback = make_model(), LogdocCallback(tmp_path, 2)
    first = fit(model, callback).history["loss"]
    second = fit(model, callback, epochs=2).history["loss"]

    run = read(tmp_path)

    assert len(list(tmp_path.glob("*tfevents*"))) == 2
    assert run.restarts == ()
    np.testing.assert_allclose(run.series["train/loss_epoch"].values, [*first, *second], rtol=1e-6)
    assert run.series["train/loss_epoch"].steps.tolist() == [4, 8, 12, 16, 20]
    assert run.series["train/loss"].steps.tolist() == list(range(2, 21, 2))
    assert run.series["epoch"].values.tolist() == [n / 2 for n in range(11)]
    paths = [name for name in run.series if name.startswith("weight_norm/")]
    assert all(run.series[name].steps.tolist() == list(range(0, 21, 2)) for name in paths)


def test_a_loaded_model_goes_on_at_its_step(tmp_path: Path):
    model = make_model()
    fit(model)
    model.save(tmp_path / "model.keras")

    fit(keras.models.load_model(tmp_path / "model.keras"), LogdocCallback(tmp_path / "logs"), epochs=5, initial_epoch=3)

    run = read(tmp_path / "logs")
    assert run.series["val/loss"].steps.tolist() == [16, 20]
    assert run.series["epoch"].values.tolist() == [4, 5]


def test_accumulated_batches_are_one_step(tmp_path: Path):
    model = make_model()
    model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), "binary_crossentropy")
    fit(model, LogdocCallback(tmp_path, 1), epochs=2)

    assert [step for step, _ in scalars(tmp_path)["train/loss"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("every", "expected"), [("epoch", {1: (0, 2), 2: (3, 4), 4: (6, 8), 5: (9, 10)}), (3, {1: (0, 2), 4: (6, 8)})]
)
def test_the_ratio_of_accumulated_batches(tmp_path: Path, every: Any, expected: Any):
    model, watch = make_model(), Watch()
    model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), "binary_crossentropy")
    fit(
        model, LogdocCallback(tmp_path, every), watch, epochs=4, batch_size=14
    )  # three batches; every second epoch begins within a step

    found = scalars(tmp_path)

    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"], ratios(watch.seen, path, expected))


def test_a_fit_goes_on_with_the_gradient_that_the_last_one_left(tmp_path: Path):
    model, callback, watch = make_model(), LogdocCallback(tmp_path), Watch()
    model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2), "binary_crossentropy")
    fit(model, callback, epochs=1, batch_size=14)
    fit(model, callback, watch, epochs=1, batch_size=14)

    found = scalars(tmp_path)

    assert [step for step, _ in found["val/loss"]] == [1, 3]
    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"][-1:], ratios(watch.seen, path, {2: (0, 1)}))


def test_weights_that_are_set_between_two_fits_are_no_step(tmp_path: Path):
    model, callback, watch = make_model(), LogdocCallback(tmp_path), Watch()
    fit(model, callback)
    model.set_weights([10 * values for values in model.get_weights()])
    fit(model, callback, watch)

    found = scalars(tmp_path)

    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"][-3:], ratios(watch.seen, path, {13: (0, 1), 17: (4, 5), 21: (8, 9)}))


def test_weights_that_are_set_when_an_epoch_ends_are_no_step(tmp_path: Path):
    model, watch = make_model(), Watch()
    double = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: model.set_weights([2 * values for values in model.get_weights()])
    )
    fit(model, double, LogdocCallback(tmp_path, 3), watch, epochs=2)

    found = scalars(tmp_path)

    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"], ratios(watch.seen, path, {1: (0, 1), 4: (3, 4), 7: (6, 7)}))


@pytest.mark.parametrize(
    ("every", "expected"),
    [("epoch", {3: (2, 3), 5: (4, 5)}), (1, {3: (2, 3), 4: (3, 4), 5: (4, 5), 7: (6, 7), 8: (7, 8)})],
)
def test_a_skipped_step_has_no_ratio(tmp_path: Path, every: Any, expected: Any):
    model, watch = make_model(), Watch()
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    finite = iter([False, False, True, True, True, False, True, True])
    optimizer.check_finite = lambda gradients: next(finite)
    model.compile(optimizer, "binary_crossentropy")
    fit(model, LogdocCallback(tmp_path, every), watch, epochs=2)

    found = scalars(tmp_path)

    for path in watch.seen[0]:
        close(found[f"update_ratio/{path}"], ratios(watch.seen, path, expected))


def test_several_steps_in_one_call(tmp_path: Path):
    callback = LogdocCallback(tmp_path, 1)
    callback.set_model(make_model())
    callback.set_params({"epochs": 1, "steps": 5})

    callback.on_train_begin()
    callback.on_epoch_begin(0)
    for last in (1, 3, 4):  # as Keras reports steps_per_execution=2
        callback.on_train_batch_end(last, {"loss": 0.5})
    callback.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.25})
    callback.on_train_end()

    found = scalars(tmp_path)
    assert found["epoch"] == [(step, pytest.approx(step / 5)) for step in (0, 2, 4, 5)]
    assert found["val/loss"] == [(5, 0.25)]
    assert [step for step, _ in found["update_ratio/" + callback.model.layers[0].kernel.path]] == [5], (
        "only the last call made one step"
    )


def test_schedules_and_functions_as_learning_rates(tmp_path: Path):
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([3, 7], [0.1, 0.01, 0.001])
    fit(make_model(schedule), LogdocCallback(tmp_path / "schedule"))
    calls: list[int] = []

    def rate() -> float:
        calls.append(1)
        return 0.1

    fit(make_model(rate))
    alone = len(calls)
    fit(make_model(rate), LogdocCallback(tmp_path / "function", 1))

    close(scalars(tmp_path / "schedule")["train/lr"], [(0, 0.1), (4, 0.01), (8, 0.001), (12, 0.001)])
    assert sidecar(tmp_path / "schedule")["optimizer"]["schedule"] == "PiecewiseConstantDecay"
    assert len(calls) == 2 * alone, "the user's function is never called by the callback"
    assert "train/lr" not in scalars(tmp_path / "function")
    assert sidecar(tmp_path / "function")["optimizer"]["lr"] is None


def test_values_that_are_not_finite_are_logged(tmp_path: Path):
    model = make_model(1e30)
    model.compile(keras.optimizers.SGD(1e30), "mse")
    fit(model, LogdocCallback(tmp_path, 1), epochs=2)

    found = scalars(tmp_path)

    assert not np.isfinite(found["train/loss"][-1][1])
    assert sidecar(tmp_path)["exit"]["kind"] == "ok"


def test_a_folder_that_cannot_be_written_costs_one_warning(tmp_path: Path):
    (tmp_path / "file").write_text("")
    callback, model = LogdocCallback(tmp_path / "file" / "logs", 1), make_model()

    with pytest.warns(RuntimeWarning, match="logdoc writes no more") as said:
        histories = [fit(model, callback).history for _ in range(2)]

    assert len(own(said)) == 1
    assert [len(history["loss"]) for history in histories] == [3, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        fit(make_model(), LogdocCallback(tmp_path / "file" / "logs"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("every", ["epoch", 1])
def test_a_full_disk_costs_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: Any):
    class Full(hook.EventFile):
        def scalars(self, *record: Any) -> None:
            if record[0] == 4:
                self._stream.close()
                self._stream = Path("/dev/full").open("wb")  # noqa: SIM115
            super().scalars(*record)

    monkeypatch.setattr(hook, "EventFile", Full)

    with pytest.warns(RuntimeWarning, match="No space left") as said:
        history = fit(make_model(), LogdocCallback(tmp_path, every)).history

    assert len(own(said)) == 1
    assert len(history["loss"]) == 3
    assert sidecar(tmp_path)["exit"]["kind"] == "unknown"
    assert scalars(tmp_path)["epoch"][0] == (0, 0.0)


def test_a_fault_of_the_callback_itself_costs_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(values, "_host_copy", lambda variable: 1 / 0)

    with pytest.warns(RuntimeWarning, match="ZeroDivisionError") as said:
        fit(make_model(), LogdocCallback(tmp_path))

    assert len(own(said)) == 1


def test_a_training_that_fails_leaves_the_reason(tmp_path: Path):
    code = f"""
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
from logdoc.hook.keras import LogdocCallback
def fail(epoch, logs):
    if epoch == 1:
        raise ValueError("out of luck")
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
callbacks = [LogdocCallback({str(tmp_path)!r}), keras.callbacks.LambdaCallback(on_epoch_end=fail)]
model.fit(np.zeros((8, 2)), np.zeros(8), epochs=3, verbose=0, callbacks=callbacks)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)

    assert done.returncode == 1
    assert sidecar(tmp_path)["exit"] == {"kind": "exception", "text": "ValueError: out of luck"}
    assert [step for step, _ in scalars(tmp_path)["train/loss"]] == [1, 2]
    assert text(tmp_path) == [(2, (tmp_path / "logdoc.json").read_text())]


def test_a_fit_after_one_that_failed(tmp_path: Path):
    def fail(epoch: int, logs: Any) -> None:
        raise ValueError("out of luck")

    model, callback = make_model(), LogdocCallback(tmp_path)
    with pytest.raises(ValueError, match="out of luck"):
        fit(model, callback, keras.callbacks.LambdaCallback(on_epoch_end=fail))
    assert sidecar(tmp_path)["exit"]["kind"] == "running"
    fit(model, callback, epochs=2)

    assert sidecar(tmp_path)["exit"]["kind"] == "ok"
    assert read(tmp_path).series["val/loss"].steps.tolist() == [4, 8, 12]


def test_early_stopping_is_told(tmp_path: Path):
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(stop.model, "stop_training", epoch == 1)
    )
    fit(make_model(), LogdocCallback(tmp_path), stop)

    assert sidecar(tmp_path)["exit"] == {"kind": "ok", "text": "stopped after 2 of 3 epochs by a callback"}


@pytest.mark.parametrize("every", [0, -1, True, 1.5, "batch"])
def test_an_interval_that_is_none(every: Any):
    with pytest.raises(ConfigError, match="neither 'epoch' nor a number"):
        LogdocCallback("logs", every)
