"""The forward hooks of a sampled step: attached before it, gone after it."""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from logdoc.hook.hostside import INPUT, Seen
from logdoc.hook.names import Probe
from logdoc.hook.statistics import CallSums, call_sums, first_tensor, unit_dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

_MOST_CALLS = 16  # of one module in one step: a cell that is called for every time step would otherwise fill the memory


def detached(*_: Any, **__: Any) -> None:
    """Do nothing: what a hook turns into in a copy or a pickle of the model."""


def _detached() -> Callable[..., None]:
    return detached


class Link:
    """A hook function that leads back to a watch; a copy of it (EMA, pickle, torch.save) leads nowhere."""

    __slots__ = ("_method",)

    def __init__(self, method: Callable[..., None]) -> None:
        self._method = method

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Call it; never returns a value, which would replace what the module computed."""
        self._method(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return _detached, ()


class Taps:
    """Takes the statistics of the activations of one step.

    Args:
        model: whose forward is counted.
        aborted: called when the forward raised.
    """

    def __init__(self, model: nn.Module, aborted: Callable[[], None]) -> None:
        self._model = model
        self._aborted = aborted
        self._handles: list[Any] = []
        self._stance: Any = None
        self._records: dict[str, list[CallSums]] = {}
        self._probes: dict[str, Probe] = {}
        self._units: int | None = None
        self._in_training = False
        self._began = time.perf_counter()
        self._places: dict[str, int] = {}
        self.failed: dict[str, str] = {}
        self.forwards = 0
        self.wait = 0.0
        self.batch = 0
        self.spent = 0.0
        self.autocast = ""

    @property
    def attached(self) -> bool:
        """Whether hooks are on the model now."""
        return bool(self._handles)

    def begin(self) -> None:
        """Forget the last step: a new one begins."""
        self._records = {}
        self._units = None
        self.forwards, self.wait, self.spent = 0, 0.0, 0.0

    def waiting(self) -> None:
        """Start the clock of what passes until the forward: loading data, mostly."""
        self._began = time.perf_counter()

    def attach(self, probes: Sequence[Probe]) -> None:
        """Put the hooks on. Compiled code is set aside until `detach`, or it would be compiled anew with them."""
        if (
            "torch._dynamo" in sys.modules and self._stance is None and hasattr(torch.compiler, "set_stance")
        ):  # from 2.6 on
            self._stance = torch.compiler.set_stance("force_eager")
        self._probes = {probe.name: probe for probe in probes}
        self._handles = [probe.module.register_forward_hook(Link(partial(self._saw, probe))) for probe in probes]
        self._handles.append(self._model.register_forward_pre_hook(Link(self._before_forward), with_kwargs=True))
        self._handles.append(self._model.register_forward_hook(Link(self._after_forward), always_call=True))

    def detach(self) -> None:
        """Take all hooks off and let compiled code run again."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        if self._stance is not None:
            self._stance.__exit__(None, None, None)
            self._stance = None

    def taken(self) -> tuple[list[Seen], list[torch.Tensor]]:
        """Return what was seen in the step: what the numbers mean, and the numbers, float32 0-d."""
        plans: list[Seen] = []
        numbers: list[torch.Tensor] = []
        for name in sorted(self._records, key=lambda name: self._places.get(name.removesuffix(".input"), -1)):
            calls = self._records[name]
            probe = self._probes.get(name)
            for call in calls:
                numbers.extend(call.sums)
            peaks = [call.peaks for call in calls if call.peaks is not None]
            units = peaks[0].numel() if len(peaks) == len(calls) and len({p.shape for p in peaks}) == 1 else 0
            if units:
                highest = peaks[0]
                for other in peaks[1:]:
                    highest = torch.maximum(highest, other)
                numbers.append((highest <= 0).sum(dtype=torch.float32))
            kind, of_input = (probe.kind, probe.of_input) if probe else ("plain", False)
            plans.append(Seen(name, kind, tuple(call.count for call in calls), of_input, units))
        return plans, numbers

    @property
    def order(self) -> list[str]:
        """Names of the modules in the order of their first call."""
        return list(self._places)

    def _counts(self, module: nn.Module) -> bool:
        """Whether this forward is one of training: not of an evaluation between two steps, nor of a compiler that
        traces.
        """
        if not torch.is_grad_enabled() or torch.compiler.is_compiling():
            return False
        training = self._model.training or module.training
        self._in_training |= training
        return training or not self._in_training

    def _before_forward(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        if not self._counts(module):
            return
        begin = time.perf_counter()
        self.forwards += 1
        if self.forwards == 1:
            self.wait = begin - self._began
        device = next((p.device.type for p in module.parameters()), "cpu")
        self.autocast = (
            str(torch.get_autocast_dtype(device)).removeprefix("torch.") if torch.is_autocast_enabled(device) else ""
        )
        if self.forwards == 1:
            given = next((v for v in (*args, *kwargs.values()) if isinstance(v, torch.Tensor) and v.dim()), None)
            self.batch = int(given.shape[0]) if given is not None else 0
        if self.forwards == 1 and (values := first_tensor((*args, *kwargs.values()))) is not None:
            self._record(Probe(INPUT, module), values, 0)
        self.spent += time.perf_counter() - begin

    def _after_forward(self, module: nn.Module, args: Any, output: Any) -> None:
        if output is None and sys.exc_info()[0] is not None:
            self._aborted()

    def _saw(self, probe: Probe, module: nn.Module, args: Any, output: Any) -> None:
        if not self._counts(module):
            return
        if probe.units is not None:
            self._units = probe.units
        values = first_tensor(args if probe.of_input else output)
        if values is None or probe.name in self.failed:
            return
        begin = time.perf_counter()
        try:
            self._record(probe, values, unit_dimension(values, self._units))
        except Exception as error:  # an exotic tensor loses its own statistics, nothing else
            self.failed[probe.name] = f"{type(error).__name__}: {error}"[:200]
            self._records.pop(probe.name, None)
        self.spent += time.perf_counter() - begin

    def _record(self, probe: Probe, values: torch.Tensor, units: int) -> None:
        calls = self._records.setdefault(probe.name, [])
        # Checkpointing computes a forward again while gradients are computed: the same values a second time.
        again = bool(calls) and torch._C._current_graph_task_id() != -1
        if len(calls) >= _MOST_CALLS or again:
            return
        if probe.name not in self._places and probe.name != INPUT and not probe.of_input:
            self._places[probe.name] = len(self._places)
        calls.append(call_sums(values, probe, units))
