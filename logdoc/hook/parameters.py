"""Gradients, weights and updates of the parameters of one optimizer, around one of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from logdoc.hook.statistics import gradient_norms, local, norms_of, strided_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.optim import Optimizer


class ParameterProbe:
    """What is seen of some parameters in the step of one optimizer.

    Args:
        parameters: (name, parameter); those of this optimizer, or of none.
    """

    def __init__(self, parameters: Sequence[tuple[str, torch.nn.Parameter]]) -> None:
        usable = [
            (name, p)
            for name, p in parameters
            if p.numel() and (p.is_floating_point() or p.is_complex()) and p.layout == torch.strided
        ]
        self.names = tuple(name for name, _ in usable)
        # Biases start at zero and gains at one: how they spread tells nothing.
        self.spreads = tuple(p.dim() >= 2 for _, p in usable)
        self._parameters = [p for _, p in usable]
        self.trainable: tuple[bool, ...] = ()
        self.sizes: tuple[int, ...] = ()
        self.found_inf: torch.Tensor | None = None
        self.scale: torch.Tensor | None = None
        self._before: torch.Tensor | None = None
        self._gradients: torch.Tensor | None = None
        self._change: torch.Tensor | None = None
        self._weights: torch.Tensor | None = None

    @property
    def complete(self) -> bool:
        """Whether a whole step was seen."""
        return bool(self.names) and self._change is not None

    def begin(self) -> None:
        """Forget what was seen."""
        self._before = self._gradients = self._change = self._weights = self.found_inf = self.scale = None

    def before_step(self, optimizer: Optimizer, *, with_closure: bool) -> None:
        """Look at the weights, and at the gradients unless a closure computes them only now."""
        if not self.names:
            return
        self.begin()  # an optimizer that steps several times while another counts the steps is seen in its last step
        self.trainable = tuple(p.requires_grad for p in self._parameters)
        # A fused optimizer unscales the gradients itself; the scaler leaves both here for it.
        self.scale, self.found_inf = getattr(optimizer, "grad_scale", None), getattr(optimizer, "found_inf", None)
        with torch.no_grad():
            if not with_closure:
                self._gradients = self._norms()
            joined, sizes = strided_sample(self._parameters)
            self._before, self.sizes = joined, tuple(sizes)
            self._weights = torch.stack(norms_of([local(p) for p in self._parameters]))

    def after_step(self) -> None:
        """Look at the weights again."""
        if self._before is None:
            return
        with torch.no_grad():
            if self._gradients is None:
                self._gradients = self._norms()
            after, _ = strided_sample(self._parameters)
            self._change = after - self._before

    def norms(self) -> list[torch.Tensor]:
        """Return the norms of the gradients and of the weights, float32[n] each."""
        return [part for part in (self._gradients, self._weights) if part is not None]

    def elements(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the changes of the sampled elements and the elements before the step, float32 each.

        Raises:
            RuntimeError: when no whole step was seen (`complete`).
        """
        if self._change is None or self._before is None:
            raise RuntimeError("no step was seen")
        return self._change.float(), self._before.float()

    def _norms(self) -> torch.Tensor:
        norms = gradient_norms(self._parameters, self._parameters[0].device)
        return norms if self.scale is None else norms / self.scale.float()
