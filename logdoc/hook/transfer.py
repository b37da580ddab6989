"""From the device to the host without waiting for either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable


def to_host(data: torch.Tensor) -> tuple[Any, Callable[[], None] | None]:
    """Start the copy of float32[n] to the host.

    Returns:
        The array (float32[n]) and a function that waits until it is filled, None where nothing needs to be waited for.
    """
    if data.device.type == "cpu":
        return data.numpy(), None
    if data.device.type != "cuda":
        return data.cpu().numpy(), None
    # Pinned memory comes from PyTorch's pool, which hands out a block again only when the copy into it is over.
    pinned = torch.empty(data.shape, dtype=data.dtype, pin_memory=True)
    pinned.copy_(data, non_blocking=True)
    event: Any = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # the thread sleeps instead of spinning
    event.record()
    return pinned.numpy(), event.synchronize
