"""Alarms in process: `logdoc watch` beside a real training, and what the callbacks do about them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, ClassVar

import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch")

import logdoc.hook  # noqa: E402
from logdoc.hook import alarms  # noqa: E402
from logdoc.hook.alarms import Alarm, Alerts, Follower  # noqa: E402
from tests.hook.training import batch, mlp, train  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NAN = Alarm("loss-nan", "error", "NaN", 3, "lr-too-high", 0.9, "Lower it.")


class Loud:
    """Stands for a follower: an alarm at the fifth question."""

    made: ClassVar[list[Loud]] = []

    def __init__(self, folder: Path, alarm: Any, **_: Any) -> None:
        self.folder, self.alarm, self.asked, self.closed = folder, alarm, 0, False
        self.raised: list[Alarm] = []
        Loud.made.append(self)

    def __bool__(self) -> bool:
        self.asked += 1
        return self.asked == 5

    def deliver(self) -> None:
        self.raised.append(NAN)
        self.alarm(NAN)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> type[Loud]:
    Loud.made = []
    for module in ("watched", "keras"):
        if f"logdoc.hook.{module}" in sys.modules:
            monkeypatch.setattr(f"logdoc.hook.{module}.Follower", Loud)
    return Loud


def until(true: Any, seconds: float = 90.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(true())


def test_nan_in_a_real_training_calls_the_function_in_the_thread_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    told: list[tuple[Alarm, str]] = []
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    watching = logdoc.hook.watch(
        model,
        optimizer,
        tmp_path,
        alarm=lambda alarm: told.append((alarm, threading.current_thread().name)),
        alarm_interval=0.2,
    )
    train(model, optimizer, 40, watching)
    end = time.monotonic() + 120
    step = 40

    while not watching.alarms and time.monotonic() < end:
        x, y = batch(step)
        loss = torch.nn.functional.cross_entropy(model(x), y) * float("nan")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watching.log(loss=loss)
        step += 1
        time.sleep(0.01)
    process = watching._follower._process
    watching.close()

    assert "loss-nan" in [alarm.rule for alarm, _ in told]
    assert {thread for _, thread in told} == {"MainThread"}
    assert told[0][0].first
    assert process.poll() is not None
    assert [one for one in watching.alarms if one.rule == "loss-nan"]


def test_the_hook_imports_no_analyser(tmp_path: Path) -> None:
    code = (
        "import sys, torch, logdoc.hook as h; m = torch.nn.Linear(2, 2); o = torch.optim.SGD(m.parameters(), 0.1)\n"
        f"w = h.watch(m, o, {str(tmp_path)!r}, alarm=print); o.step(); w.close()\n"
        "print([n for n in sys.modules if n.startswith('logdoc.') and n.split('.')[1] in "
        "('api', 'cli', 'judging', 'readers', 'watching', 'engine', 'report')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    assert done.stdout.strip() == "[]", done.stderr


def test_a_function_that_fails_is_one_warning_and_training_goes_on(tmp_path: Path, loud: type[Loud]) -> None:
    def fails(alarm: Alarm) -> None:
        raise ValueError("out of luck")

    follower = Follower.__new__(Follower)
    follower.raised, follower._alarm, follower._failed = [], fails, False
    follower._waiting = alarms.deque([NAN, NAN])

    with pytest.warns(RuntimeWarning, match="the alarm function failed"):
        follower.deliver()
    follower._waiting.append(NAN)
    follower.deliver()

    assert len(follower.raised) == 3


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_a_watch_that_cannot_run_is_one_warning(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms.sys, "executable", program)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        follower = Follower(tmp_path, None)
        assert until(lambda: follower._failed, 20)
        follower.close()

    assert sum("raises no more alarms" in str(one.message) for one in caught) == 1


def test_an_action_is_done_once_and_never_by_one_process_of_several() -> None:
    one, several = Alerts(None, ["save", "stop"]), Alerts(None, "stop")
    assert one.due() == ()
    one.take(NAN)
    several.take(NAN)

    assert one.due() == ("save", "stop")
    one.take(NAN)
    assert one.due() == ()
    with pytest.warns(RuntimeWarning, match="one of 2 processes"):
        assert several.due(processes=2) == ()


def test_an_unknown_action_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="none of stop, save"):
        Alerts(None, "explode")
    assert not Alerts(None, None).wanted


@pytest.mark.filterwarnings("ignore:.*does not have many workers.*")
@pytest.mark.filterwarnings("ignore:.*number of training batches.*smaller than the logging interval.*")
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning")
def test_lightning_saves_and_stops(tmp_path: Path, loud: type[Loud]) -> None:
    from logdoc.hook.lightning import LogdocCallback
    from tests.hook.test_lightning import fitted

    told: list[Alarm] = []
    trainer, _ = fitted(tmp_path, LogdocCallback(alarm=told.append, on_alarm=["save", "stop"]), max_epochs=5)

    assert told == [NAN]
    assert trainer.current_epoch < 4
    assert [path.suffix for path in (tmp_path / "logdoc").glob("alarm-step*")] == [".ckpt"]
    assert loud.made[0].closed


@pytest.mark.filterwarnings("ignore:.*pin_memory.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")
def test_transformers_saves_and_stops(tmp_path: Path, loud: type[Loud]) -> None:
    from logdoc.hook.transformers import LogdocCallback
    from tests.hook.test_transformers import STEPS, trainer

    made = trainer(tmp_path, LogdocCallback(on_alarm=("save", "stop")), save_strategy="steps", save_steps=1000)
    made.train()

    assert made.state.global_step < STEPS
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == [f"checkpoint-{made.state.global_step}"]


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_keras_saves_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.hook.test_keras import LogdocCallback, fit, make_model

    Loud.made = []
    monkeypatch.setattr("logdoc.hook.keras.Follower", Loud)
    history = fit(make_model(), LogdocCallback(tmp_path, on_alarm=["save", "stop"]), epochs=30)

    assert len(history.epoch) < 30
    assert len(list(tmp_path.glob("alarm-step*.keras"))) == 1
    assert Loud.made[0].closed
