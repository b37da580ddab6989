"""Mixed precision: the scale of the loss, and the steps that were skipped because a gradient overflowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from logdoc.hook.parameters import ParameterProbe


class Scaling:
    """What is known of the scaler in a sampled step.

    Args:
        scaler: the `torch.amp.GradScaler`, or None; a fused optimizer tells the same without it.
    """

    def __init__(self, scaler: Any) -> None:
        self._scaler = scaler
        self._usual_forwards = 0

    def on_device(self, probes: Sequence[ParameterProbe]) -> dict[str, Tensor]:
        """Return the scale and whether the step is skipped, as far as they are tensors on the device."""
        scale = next((p.scale for p in probes if p.scale is not None), None)
        if scale is None:
            scale = getattr(self._scaler, "_scale", None)
        found = next((p.found_inf for p in probes if p.found_inf is not None), None)
        return {
            tag: tensor for tag, tensor in (("train/loss_scale", scale), ("train/skipped", found)) if tensor is not None
        }

    def skipped(self, forwards: int, probes: Sequence[ParameterProbe]) -> dict[str, float]:
        """Return how many steps were skipped since the last one where nothing on the device tells it.

        Without a fused optimizer a skipped step calls no hook: there are then more forwards than usual before the
        next one.
        """
        self._usual_forwards = min(self._usual_forwards or forwards, forwards)
        told = any(p.found_inf is not None for p in probes)
        return {} if self._scaler is None or told else {"train/skipped": float(forwards // self._usual_forwards - 1)}
