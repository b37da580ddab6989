"""W&B's run folders and ``.wandb`` files, read without wandb."""

from __future__ import annotations

from logdoc.readers.wandb.folder import group, read, sniff

__all__ = ["group", "read", "sniff"]
