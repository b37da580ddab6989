"""What is computed on the device: sums from which the host makes means, deviations and ratios.

Nothing here waits for the device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.hook.names import Probe

MOST_VALUES = 1 << 17  # of one output; an activation's deviation is known to half a percent from far fewer
PER_TENSOR = (
    2048  # elements of a parameter that stand for it in its update; the ratio is then right within 4 % (median 0 %)
)


@dataclass(frozen=True, slots=True)
class CallSums:
    """The sums of one call of one module.

    Attributes:
        count: values that were looked at.
        sums: float32 0-d tensors: sum, Euclidean norm, lowest, highest; then for a bounded activation how many
            values lie at the bounds minus how
            many do not, for a rectified one how many are positive.
        peaks: float32[units], the highest value of every unit ("rectified" only).
    """

    count: int
    sums: list[torch.Tensor]
    peaks: torch.Tensor | None = None


def first_tensor(output: Any) -> torch.Tensor | None:
    """Return the first dense tensor of real numbers with at least one element in whatever a module returned,
    or None.
    """
    if isinstance(output, torch.Tensor):
        usable = (
            output.is_floating_point()
            and output.layout == torch.strided
            and not output.is_nested
            and output.numel() > 0
        )
        return output if usable else None
    if isinstance(output, dict):
        output = list(output.values())
    elif hasattr(output, "__dataclass_fields__"):
        output = [getattr(output, name, None) for name in output.__dataclass_fields__]
    if isinstance(output, (list, tuple)):
        return next((found for item in output[:8] if (found := first_tensor(item)) is not None), None)
    return None


def call_sums(output: torch.Tensor, probe: Probe, units: int) -> CallSums:
    """Return the sums of one output; of a large one the first rows of the batch stand for all.

    Args:
        output: floating point, dense, of any shape and memory format.
        probe: what kind of activation it is.
        units: the dimension of the units.
    """
    values = _part(local(output.detach()))
    if values.dtype != torch.float32:
        values = (
            values.float()
        )  # sums of half precision overflow; a float64 model loses nothing that the log could hold
    sums = [values.sum(), torch.linalg.vector_norm(values)]
    peaks = None
    if probe.kind == "rectified":
        # What a rectifier puts out is never negative, so the signs count what is not zero.
        low = values.amin() if probe.of_input else values.new_zeros(())
        others = [d for d in range(values.dim()) if d != units % values.dim()] if values.dim() else []
        peaks = values.amax(dim=others) if others else None
        sums += [low, (values if peaks is None else peaks).amax(), values.sign().sum()]
    else:
        low, high = torch.aminmax(values)
        sums += [low, high]
        if probe.kind == "bounded":
            begin, end = probe.bounds
            inside = (end - begin) / 2
            sums.append(((values - (begin + end) / 2).abs() - inside).sign().sum())
    return CallSums(values.numel(), sums, peaks)


def _part(values: torch.Tensor) -> torch.Tensor:
    if values.numel() <= MOST_VALUES or values.dim() < 2:
        return values
    row = values.numel() // values.shape[0]
    values = values[: max(1, MOST_VALUES // row)]
    if values.dim() > 2 and values.numel() > 2 * MOST_VALUES:
        values = values[..., :: math.ceil(values.numel() / MOST_VALUES), :]
    return values


def unit_dimension(values: torch.Tensor, told: int | None) -> int:
    """Return the dimension of the units: what the last layer with weights tells, else channels for images and features
    for the rest.
    """
    if told is None:
        told = 1 if values.dim() >= 4 else -1
    return told if values.dim() > 1 else 0


def local(tensor: torch.Tensor) -> torch.Tensor:
    """Return the part of a sharded tensor that this rank holds; an ordinary tensor as it is."""
    shard = getattr(tensor, "to_local", None)
    return shard() if shard is not None else tensor


def gradient_norms(parameters: Sequence[torch.nn.Parameter], device: torch.device) -> torch.Tensor:
    """Return float32[n]: the Euclidean norm of every gradient, 0 for one that is absent."""
    norms: list[torch.Tensor] = [torch.zeros((), device=device)] * len(parameters)
    places, gradients = [], []
    for i, parameter in enumerate(parameters):
        gradient = parameter.grad
        if gradient is None:
            continue
        gradient = local(gradient)
        if gradient.layout != torch.strided:
            gradient = gradient.coalesce().values()
        places.append(i)
        gradients.append(torch.view_as_real(gradient) if gradient.is_complex() else gradient)
    for place, norm in zip(places, norms_of(gradients), strict=True):
        norms[place] = norm
    return torch.stack(norms)


def norms_of(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Return the Euclidean norm of every tensor as float32 0-d, accumulated in single precision at least."""
    plain = [t.detach() for t in tensors]
    if not plain:
        return []
    if all(t.dtype == torch.float32 for t in plain):
        return list(torch._foreach_norm(plain, 2))
    return [torch.linalg.vector_norm(t, dtype=torch.promote_types(t.dtype, torch.float32)).float() for t in plain]


def strided_sample(parameters: Sequence[torch.nn.Parameter]) -> tuple[torch.Tensor, list[int]]:
    """Return a copy of up to 2,048 evenly spaced elements of every parameter, joined, and how many are of each."""
    views = [_spaced(local(p.detach())) for p in parameters]
    return torch.cat(views), [v.numel() for v in views]


def _spaced(values: torch.Tensor) -> torch.Tensor:
    if values.is_complex():
        values = torch.view_as_real(values)
    spacing = _spacing(values.shape, values.stride())
    if spacing is None:
        return values.reshape(-1)[:: _stride(values.numel())]
    return values.as_strided(*spacing, values.storage_offset())


@lru_cache(maxsize=4096)
def _spacing(shape: torch.Size, strides: tuple[int, ...]) -> tuple[tuple[int], tuple[int]] | None:
    """Return number and distance in memory of the elements of a dense tensor of any memory format; None for one with
    holes.
    """
    dense = 1
    for stride, size in sorted(zip(strides, shape, strict=True)):
        if size > 1 and stride != dense:
            return None
        dense *= size
    step = _stride(dense)
    return (-(-dense // step),), (step,)


def _stride(count: int) -> int:
    step = -(-count // PER_TENSOR)
    # A stride that has a divisor in common with a dimension would look at few of its rows or columns only.
    while step > 1 and math.gcd(step, count) > 1:
        step += 1
    return step


def joined(numbers: Sequence[torch.Tensor], device: torch.device) -> torch.Tensor:
    """Return 0-d tensors as one, on the device; of a model that is spread over devices they come from several."""
    if any(n.device != device for n in numbers):
        numbers = [n.to(device) for n in numbers]
    return torch.stack(list(numbers))
