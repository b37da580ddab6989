"""A callback for Keras 3, with any backend: losses, metrics, learning rate and what the weights do, in files that
TensorBoard and logdoc read.

It is used as ``model.fit(x, y, validation_data=..., callbacks=[LogdocCallback("logs/run-1")])``.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

import keras
import numpy as np

from logdoc.errors import ConfigError
from logdoc.hook.alarms import Alerts, Follower
from logdoc.hook.eventfile import EventFile, event_path
from logdoc.hook.keras_model import RATES, about, accumulation, inner, iterations, learning_rate, pending
from logdoc.hook.keras_values import IntervalMeans, Weights, scalars
from logdoc.hook.notices import warn
from logdoc.hook.sidecar import TEXT_TAG, write_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.hook.alarms import Alarm

    Array = NDArray[np.floating[Any]]

P = ParamSpec("P")
_COUNTING = threading.Lock()  # Keras may report batches from several threads
_TEXT = 500  # characters of a message that are kept


def _guarded(method: Callable[Concatenate[LogdocCallback, P], None]) -> Callable[Concatenate[LogdocCallback, P], None]:
    """Make a method end in one warning where it would raise: a training is worth more than its log."""

    @functools.wraps(method)
    def safe(self: LogdocCallback, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.inert:
            return
        try:
            with np.errstate(all="ignore"):
                method(self, *args, **kwargs)
        except Exception as error:
            self.give_up(error)

    return safe


class LogdocCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes one event file per `fit`, and what the run is to ``logdoc.json`` beside it.

    The axis of all scalars is the step of the optimizer. A second `fit` of the same model goes on where the first
    one ended, in a file of its own;
    another model starts at 0, which readers take for a restart, so give it a callback and a folder of its own. With
    several processes hand the
    callback to one of them only.

    - ``every="epoch"``: ``train/<name>`` and ``val/<name>`` as in Keras' History.
    - ``every=n``: ``train/<name>`` is the mean over the batches since the last sample or the start of the epoch,
      whichever is later. Keras itself
      reports running means of the epoch, which hide spikes and jump where an epoch begins. Metrics that are no means
      (AUC, precision) have no value
      for an interval. The values of History are ``train/<name>_epoch`` and ``val/<name>``, logged when an epoch ends.
    - ``train/lr`` (unless the rate is a function of the user's, which might count its calls) and ``epoch``, the
      number of epochs done.
    - ``weight_norm/<path>``, ``weight_std/<path>`` of each trainable weight, first as they are before training, in
      the order of the layers.
    - ``update_ratio/<path>``: the norm of the change that one step made, divided by the norm before it: of the step
      after each sample, at that step.
      So with "epoch" it is the first step of every epoch, and the first value is that of step 1. Left out while the
      norm is 0, where Keras makes
      several steps at once (`steps_per_execution`), whose parts may cancel, and for a step that a scaled loss made
      the optimizer skip.

    Every sample copies the trainable weights to the host, which keeps the copy until the next step is made and never
    has two of them; the weights
    after that step are copied one by one. Weights and random numbers are never touched. Nothing is raised into the
    training: on a full disk or any
    other failure there is one warning, and the callback does nothing from then on.

    Args:
        logdir: folder of the run; made when it is missing.
        every: "epoch", or a number of optimizer steps.
        alarm: called with every alarm that `logdoc watch` raises over the log.
        on_alarm: ``"stop"`` the training, ``"save"`` the model beside the log, or both, at the first alarm.
        alarm_interval: seconds between two looks at the log.

    Raises:
        ConfigError: `every` is something else.
        ValueError: an unknown action.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str],
        every: Literal["epoch"] | int = "epoch",
        *,
        alarm: Callable[[Alarm], None] | None = None,
        on_alarm: str | Sequence[str] | None = None,
        alarm_interval: float = 10.0,
    ) -> None:
        if every != "epoch" and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise ConfigError(f"every={every!r} is neither 'epoch' nor a number of steps", where="LogdocCallback")
        super().__init__()
        self.folder = Path(logdir)
        self.every = every
        self.inert = False
        # Without samples at batches nothing needs the values of a batch at once, so Keras need not wait for the device.
        self.async_safe = every == "epoch"
        self._alerts, self._alarm_interval = Alerts(alarm, on_alarm), alarm_interval
        self._follower: Follower | None = None
        self._log: _RunLog | None = None
        self._weights = Weights()
        self._means = IntervalMeans()
        self._trained: Any = None
        self._step = self._start = self._sampled = 0  # of the optimizer: now, when this fit began, at the last sample
        self._batches = self._in_epoch = 0  # of this fit before this epoch, of this epoch
        self._accumulation = 1
        self._pending = 0  # batches before this fit that wait in the accumulated gradient
        self._epoch = self._epochs_done = self._epoch_shift = 0
        self._first_epoch = True

    @_guarded
    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Open the files and sample the weights before the first step."""
        self._unfollow()
        if self._log is not None:  # the last fit ended in an exception, which Keras does not report
            self._log.finish("exception", "the training ended before its time")
        model = self.model
        optimizer = getattr(model, "optimizer", None)
        if model is not self._trained:
            self._step = self._epochs_done = 0
        self._trained = model
        self._weights = Weights()  # since the last fit anyone may have set others
        self._accumulation = accumulation(optimizer)
        self._pending = pending(optimizer)
        self._start = self._step = max(self._step, iterations(optimizer))
        self._batches = self._in_epoch = 0
        self._first_epoch = True
        self._log = _RunLog(self.folder, about(model, self.params or {}), self._step)
        if self._alerts.wanted:
            self._follower = Follower(self.folder, self._alerts.take, interval=self._alarm_interval)
        values = self._sample()
        if self._step == 0:  # later the last fit's file, or the one that was loaded, has them
            self._log.record(0, {"epoch": 0.0, **self._rate({}), **values})

    @_guarded
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count on from the last `fit` where this one counts its epochs from 0 again."""
        if self._first_epoch:
            self._epoch_shift = max(self._epochs_done - epoch, 0)
        self._first_epoch = False
        self._epoch = epoch + self._epoch_shift
        self._batches += self._in_epoch
        self._in_epoch = 0
        self._means.restart()

    @_guarded
    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the update ratios when the step after a sample was made: Keras may report the end of a batch late, while
        the next one changes the weights.
        """
        self._settle(self._step_after(int(batch)))
        self._act()

    @_guarded
    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count the steps; sample when enough of them were made."""
        with _COUNTING:
            self._in_epoch = max(self._in_epoch, int(batch) + 1)
        if not isinstance(self.every, int):
            return
        self._count()
        if self._log is None:
            return
        if self._step - self._sampled < self.every:
            self._settle(self._step)  # here already: Keras waits, and no other callback can have set weights since
            return
        steps = (self.params or {}).get("steps")
        epoch = self._epoch + (min(self._in_epoch / steps, 1.0) if steps else 0)
        model = self.model
        values = {f"train/{name}": value for name, value in self._means.since_last(model, logs or {}).items()}
        values |= {"epoch": float(epoch), **self._rate(logs or {}), **self._sample()}
        self._log.record(self._step, values)

    @_guarded
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the values of History."""
        self._count()
        self._epochs_done = self._epoch + 1
        if self._log is None:
            return
        tail = "" if self.every == "epoch" else "_epoch"
        values: dict[str, float] = {}
        for name, value in scalars(logs or {}):
            values[f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}{tail}"] = value
        if self.every == "epoch" or self._sampled < self._step:
            values |= {"epoch": float(self._epochs_done), **self._rate(logs or {})}
        if self.every == "epoch":
            values |= self._sample()
        self._log.record(self._step, values)
        self._act()

    def _act(self) -> None:
        """Hand over what was raised, and stop or save where an alarm asks for it."""
        if not self._follower:
            return
        self._follower.deliver()
        actions = self._alerts.due()
        if "save" in actions:
            self.model.save(self.folder / f"alarm-step{self._step}.keras")
        if "stop" in actions:
            self.model.stop_training = True

    def _unfollow(self) -> None:
        if self._follower is not None:
            self._follower.close()

    @_guarded
    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Close the files."""
        self._weights = Weights()
        self._unfollow()
        if self._log is None:
            return
        self._log.content |= about(self.model, self.params or {})
        planned = (self.params or {}).get("epochs")
        early = (
            bool(getattr(self.model, "stop_training", False))
            and planned
            and self._epochs_done - self._epoch_shift < planned
        )
        log, self._log = self._log, None
        log.finish(
            "ok",
            f"stopped after {self._epochs_done - self._epoch_shift} of {planned} epochs by a callback" if early else "",
        )

    def give_up(self, error: Exception) -> None:
        """Warn once and do nothing from now on."""
        self.inert = True
        self._unfollow()
        said = f"logdoc writes no more to {self.folder}: {type(error).__name__}: {error}"[:_TEXT]
        log, self._log = self._log, None
        self._weights, self._trained = Weights(), None
        if log is not None:
            with suppress(Exception):
                log.finish("unknown", said)
        warn(said)

    def _count(self) -> None:
        self._step = self._step_after(self._in_epoch)

    def _step_after(self, in_epoch: int) -> int:
        return self._start + (self._pending + self._batches + in_epoch) // self._accumulation

    def _sample(self) -> dict[str, float]:
        """Return what the weights are now, with their ratios where the last sample is one step ago, and keep a copy."""
        model, self._sampled = self.model, self._step
        one_step = self._weights.kept and self._steps_since_kept(self._step) == 1
        return self._weights.sample(
            model.trainable_variables, one_step, self._step, iterations(getattr(model, "optimizer", None))
        )

    def _settle(self, step: int) -> None:
        """Log the update ratios if the step after the sample is made by now, and drop the copy."""
        if self._log is None or not self._weights.kept or step == self._weights.step:
            return
        steps = self._steps_since_kept(step)
        if steps == 1:
            self._log.record(step, self._weights.ratios(self.model.trainable_variables))
        elif steps:
            self._weights.drop()

    def _steps_since_kept(self, step: int) -> int:
        """Steps that changed the weights since they were kept.

        The optimizer knows best, but a training may use others than that of the model.
        """
        optimizer = getattr(self.model, "optimizer", None)
        made = iterations(optimizer) - self._weights.iterations
        skipped = made == 0 and inner(optimizer) is not optimizer
        return made or (0 if skipped else step - self._weights.step)

    def _rate(self, logs: Mapping[str, Any]) -> dict[str, float]:
        rate = learning_rate(getattr(self.model, "optimizer", None))
        if rate is None:  # callbacks that set it report it
            rate = next((value for name, value in scalars(logs, rates=True) if name in RATES), None)
        return {} if rate is None else {"train/lr": rate}


class _RunLog:
    """The files of one `fit`; knows nothing of the model, so that a training that fails leaves nothing large behind."""

    def __init__(self, folder: Path, content: dict[str, Any], step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        self.folder = folder
        self.content = {"writer": "keras", "exit": {"kind": "running", "text": ""}, **content}
        self._step = step  # of the last record
        self._events = EventFile(event_path(folder, now), now)
        try:
            write_sidecar(folder, self.content)
        except OSError:
            self._events.close()
            raise
        self._process = os.getpid()
        atexit.register(self._at_exit)

    def record(self, step: int, values: Mapping[str, float]) -> None:
        self._step = step
        self._events.scalars(step, time.time(), tuple(values), np.array(list(values.values()), dtype=np.float64))
        self._events.flush()

    def finish(self, kind: str, text: str) -> None:
        atexit.unregister(self._at_exit)
        self.content["exit"] = {"kind": kind, "text": text[:_TEXT]}
        try:
            self._events.text(TEXT_TAG, write_sidecar(self.folder, self.content), self._step, time.time())
        finally:
            self._events.close()

    def _at_exit(self) -> None:
        """Say how a training ended that never came to its end: the interpreter keeps what it died of."""
        if os.getpid() != self._process:  # a fork
            return
        error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        with suppress(Exception):
            if error is None:
                self.finish("unfinished", "the process ended before the training did")
            else:
                self.finish("exception", f"{type(error).__name__}: {error}")
