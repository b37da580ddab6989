"""An open watch: what it does at every step of the training that it was put on, between two steps, and at the end.

`watching.watch` makes it. It measures and hands over; what is written is up to `recorder`.
"""

from __future__ import annotations

import os
import time
import weakref
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from logdoc.hook import description
from logdoc.hook.alarms import Alarm, Follower
from logdoc.hook.csvfile import CsvFile, table_path
from logdoc.hook.endings import ENDINGS
from logdoc.hook.eventfile import EventFile, event_path
from logdoc.hook.guarding import guarded
from logdoc.hook.hostside import SamplePlan, Shape
from logdoc.hook.names import choose, in_optimizers
from logdoc.hook.notices import warn
from logdoc.hook.parameters import ParameterProbe
from logdoc.hook.recorder import Output, Recorder, Sample, Text
from logdoc.hook.scaling import Scaling
from logdoc.hook.sidecar import TEXT_TAG, write_sidecar
from logdoc.hook.statistics import joined
from logdoc.hook.taps import Link, Taps
from logdoc.hook.transfer import to_host
from logdoc.hook.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from torch import nn
    from torch.optim import Optimizer

    from logdoc.hook.cadence import Cadence

_DENSE = 3  # steps that are sampled after something went wrong
OPEN: weakref.WeakKeyDictionary[Any, Watch] = weakref.WeakKeyDictionary()


def _inert() -> Watch:
    copy = Watch.__new__(Watch)
    copy.closed = True
    return copy


class Watch:
    """An open watch of one model; made by `watch`. A copy of it (deepcopy, pickle) does nothing."""

    def __init__(
        self,
        model: nn.Module,
        optimizers: Sequence[Optimizer],
        logdir: Path,
        cadence: Cadence,
        *,
        activations: bool,
        as_csv: bool,
        scaler: Any,
        max_tags: int,
    ) -> None:
        self.closed = False
        self._follower: Follower | None = None
        self.step = cadence.first
        self._process = os.getpid()
        self._model, self._optimizers, self._cadence = model, list(optimizers), cadence
        self._activations, self._as_csv, self._max_tags = activations, as_csv, max_tags
        self._scaling = Scaling(scaler)
        self._rank, self._world = description.rank_and_world()
        self.logdir = logdir / f"rank{self._rank}" if self._rank else logdir
        self._meta: dict[str, Any] = {}
        self._exit, self._exit_step = {"kind": "running", "text": ""}, 0
        self._triggers: list[dict[str, Any]] = []
        self._values = Values()
        self._log_after: bool | None = None
        self._durations: list[float] = []
        self._spent = 0.0
        self._described = False
        self._taps = Taps(model, self._aborted)
        self._recorder = Recorder(self._open, self._triggered)
        self._handles = [
            one.register_step_post_hook(Link(partial(self._after_step, i))) for i, one in enumerate(self._optimizers)
        ]
        self._step_hooks: list[Any] = []
        self._prepare()
        self._describe()
        ENDINGS.add(self)
        self._begin()

    def __reduce__(self) -> tuple[Any, ...]:
        return _inert, ()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.ended("exception", f"{type(error).__name__}: {error}"[:500])
        self.close()

    @guarded
    def log(self, /, *, step: int | None = None, **values: Any) -> None:
        """Log values of the current step: ``log(loss=loss, val_accuracy=0.9)``.

        Args:
            step: of the optimizer; by default the one that runs, or has just run.
            values: numbers or tensors of one element, which are not waited for. ``loss`` becomes ``train/loss``,
                ``val_loss`` ``val/loss``; another name
                with a slash stays. Several values of one step (micro-batches) are averaged.
        """
        begin = time.perf_counter()
        if self._log_after is None:
            self._log_after = self.step > self._cadence.first
        at = int(step) if step is not None else self.step - (self._log_after and self.step > self._cadence.first)
        wall = time.time()
        if self._values.add(values, at, wall):
            self._hand_over(SamplePlan(self.step, wall), [])
        self._spent += time.perf_counter() - begin

    @guarded
    def meta(self, /, **facts: Any) -> None:
        """State facts that no curve tells: ``meta(num_classes=10, loss="cross_entropy", batch_size=64,
        label_smoothing=0.1)``.
        """
        self._meta.update(facts)
        self._describe()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What was raised so far: ``if watching.alarms: break``."""
        follower = getattr(self, "_follower", None)  # a copy has none
        return () if follower is None else tuple(follower.raised)

    @guarded
    def follow(self, alarm: Callable[[Alarm], None] | None, interval: float) -> None:
        """Begin to raise alarms."""
        if self._rank == 0 and self._follower is None:
            self._follower = Follower(self.logdir, alarm, interval=interval)

    @guarded
    def flush(self) -> None:
        """Bring everything logged so far to the disk."""
        self._hand_over(SamplePlan(self.step, time.time()), [])
        self._recorder.flush()

    @guarded
    def close(self) -> None:
        """Write what is left, take every hook off, write the sidecar. Safe to call twice."""
        # After a signal that somebody handled training may have gone on to its end.
        if self._exit["kind"] == "running" or self.step > self._exit_step + 1:
            self._exit = {"kind": "ok", "text": ""}
        self._hand_over(SamplePlan(self.step, time.time()), [])
        self._recorder.flush()
        if self._recorder.loss_lost and self._exit["kind"] == "ok":
            self._exit = {"kind": "nan", "text": "the last loss was not finite"}
        self._describe()
        self._recorder.close()
        self._take_off()

    def ended(self, kind: str, text: str) -> None:
        """Bring everything to the disk because the program ends; called by exceptions, signals and at exit."""
        if self.closed:
            return
        if kind == "ok":
            self.close()
            return
        if self._exit["kind"] == "running":
            self._exit, self._exit_step = {"kind": kind, "text": text}, self.step
        self.flush()
        self._describe()
        self._recorder.flush(2.0)

    def _open(self) -> Output:
        now = time.time()
        if self._as_csv:
            return CsvFile(table_path(self.logdir))
        return EventFile(event_path(self.logdir, now), now)

    def _prepare(self) -> None:
        """Choose what is watched; again when an optimizer has got parameters since."""
        watched = choose(self._model, self._max_tags, activations=self._activations)
        self._watched = watched
        self._groups = self._signature()
        held = [in_optimizers([one]) for one in self._optimizers]
        everywhere = set().union(*held)
        rest = [(n, p) for n, p in watched.parameters if id(p) not in everywhere]
        self._probes = [
            ParameterProbe([(n, p) for n, p in watched.parameters if id(p) in mine] + (rest if i == 0 else []))
            for i, mine in enumerate(held)
        ]

    def _signature(self) -> tuple[int, ...]:
        return tuple(len(group["params"]) for one in self._optimizers for group in one.param_groups)

    @guarded
    def _begin(self) -> None:
        """A step begins: put the hooks on when it is sampled, take them off when it is not."""
        self._sampled = self._cadence.wants(self.step)
        self._spent = 0.0
        self._taps.begin()
        for probe in self._probes:
            probe.begin()
        if not self._sampled:
            self._disarm()
        elif not self._step_hooks:
            begin = time.perf_counter()
            if self._activations:
                self._taps.attach(self._watched.probes)
            self._step_hooks = [
                one.register_step_pre_hook(Link(partial(self._before_step, i)))
                for i, one in enumerate(self._optimizers)
            ]
            self._spent = time.perf_counter() - begin
        self._taps.waiting()

    def _disarm(self) -> None:
        self._taps.detach()
        for handle in self._step_hooks:
            handle.remove()
        self._step_hooks = []

    @guarded
    def _aborted(self) -> None:
        """The forward raised: nothing is left on the model; the next step decides anew."""
        self._disarm()
        self._sampled = False

    @guarded
    def _before_step(self, index: int, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        begin = time.perf_counter()
        closure = kwargs.get("closure") or next(
            (a for a in args if callable(a) and not isinstance(a, torch.optim.Optimizer)), None
        )
        self._probes[index].before_step(optimizer, with_closure=closure is not None)
        self._spent += time.perf_counter() - begin

    @guarded
    def _after_step(self, index: int, *_: Any) -> None:
        begin = time.perf_counter()
        if self._sampled:
            self._probes[index].after_step()
        if index:
            self._spent += time.perf_counter() - begin
            return
        now = time.time()
        rates = self._values.rates(self._optimizers, self.step, now, sampled=self._sampled)
        if self._sampled:
            self._sample(now, rates)
        cost = self._spent + self._taps.spent + time.perf_counter() - begin
        took = self._cadence.finished(self.step, sampled=self._sampled, cost=cost)
        if took == took:
            self._durations.append(took)
        self.step += 1
        if self._follower:
            self._follower.deliver()
        self._begin()

    def _sample(self, now: float, extra: dict[str, float]) -> None:
        plans, numbers = self._taps.taken()
        probes = [p for p in self._probes if p.complete]
        device = next((t.device for p in probes for t in p.norms()), None) or next(
            (t.device for t in numbers), torch.device("cpu")
        )
        parts = [joined(numbers, device)] if numbers else []
        for which in (0, 1):
            parts.extend(p.norms()[which].to(device) for p in probes)
        self._values.add(self._scaling.on_device(probes), self.step, now)
        if self._durations:
            extra["perf/step_s"] = sorted(self._durations)[len(self._durations) // 2]
            self._durations = []
        if self._taps.forwards:
            extra["perf/data_wait_s"] = self._taps.wait
            extra.update(self._scaling.skipped(self._taps.forwards, probes))
        if device.type == "cuda":
            extra["perf/mem_peak_gib"] = torch.cuda.max_memory_allocated(device) / 2**30
        elements = [p.elements() for p in probes]
        tail = [e[which].to(device) for which in (0, 1) for e in elements]
        shape = Shape(
            tuple(plans),
            tuple(n for p in probes for n in p.names),
            tuple(t for p in probes for t in p.trainable),
            tuple(s for p in probes for s in p.sizes),
            tuple(s for p in probes for s in p.spreads),
        )
        self._hand_over(SamplePlan(self.step, now, shape, extra), parts, tail, device)
        if not self._described and shape.parameters:
            self._described = True
            self._describe()
        if self._signature() != self._groups:
            self._disarm()
            self._prepare()

    def _hand_over(
        self,
        plan: SamplePlan,
        parts: list[torch.Tensor],
        tail: Sequence[torch.Tensor] = (),
        device: torch.device | None = None,
    ) -> None:
        """Give a sample and the values that wait to the thread, in one copy from the device."""
        singles, waiting = self._values.take()
        if device is None:
            device = waiting[0].device if waiting else torch.device("cpu")
        if waiting:
            parts = [*parts, torch.stack([v.to(device, torch.float32) for v in waiting])]
        every = [part.float() for part in (*parts, *tail)]
        if not every and not singles and not plan.extra:
            return
        host, ready = to_host(torch.cat(every) if every else torch.zeros(0))
        self._recorder.put(Sample(replace(plan, singles=singles), host, ready))

    def _triggered(self, step: int, reason: str) -> None:
        """Something went wrong in training; called from the thread that writes."""
        self._cadence.dense = _DENSE
        self._triggers.append({"step": step, "reason": reason})
        self._describe()

    @guarded
    def _describe(self) -> None:
        """Write the sidecar, and the same as a text into the log so that it explains itself when it is copied alone."""
        if self._recorder.failure:
            return
        content = {
            "writer": "torch",
            **description.about_machine(next((p.device for p in self._model.parameters()), torch.device("cpu"))),
            "exit": {**self._exit, "step": self.step},
            **description.sorted_meta(
                {"batch_size": self._taps.batch or None, "world_size": self._world, **self._meta}
            ),
            "optimizer": description.about_optimizers(self._optimizers),
            "amp": self._taps.autocast,
            "model": description.about_model(
                self._model, self._watched, in_optimizers(self._optimizers), self._taps.order
            ),
            "sampling": {
                "every": self._cadence.fixed or "auto",
                "overhead": self._cadence.overhead(),
                "dropped_samples": self._recorder.dropped,
                "failed_modules": self._taps.failed,
            },
            "triggers": self._triggers[-20:],
        }
        try:
            self.logdir.mkdir(parents=True, exist_ok=True)
            text = write_sidecar(self.logdir, content)
        except OSError as error:
            self._recorder.failure = f"{type(error).__name__}: {error}"
            warn(
                f"logdoc.hook cannot write to {self.logdir}: {error.strerror or error}; training goes on without a log."
            )
            return
        if self._described or self._exit["kind"] != "running":
            self._recorder.put(Text(TEXT_TAG, text, self.step))

    def _failed(self, error: Exception) -> None:
        warn(f"logdoc.hook gave up watching: {type(error).__name__}: {error}; training goes on without it.")
        try:
            self._recorder.close(2.0)
            self._take_off()
        except Exception:  # the hooks that could not be taken off do nothing once this is closed
            self.closed = True

    def _take_off(self) -> None:
        self.closed = True
        if self._follower is not None:
            self._follower.close()
        self._disarm()
        for handle in self._handles:
            handle.remove()
        self._handles = []
        ENDINGS.remove(self)
        if OPEN.get(self._optimizers[0]) is self:
            del OPEN[self._optimizers[0]]
