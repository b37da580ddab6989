"""Passes over one batch of experience: what policy gradients call epochs as well, and no epochs of the training."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from logdoc.model import ConfigValue

_PARTED = re.compile(r"[./]")
_SURE = 3  # settings that only policy gradients have
_TWO = 2


def without_passes(
    config: Mapping[str, ConfigValue], words: Mapping[str, Collection[str]]
) -> Mapping[str, ConfigValue]:
    """Return a configuration without the epochs that are passes over the experience of one update.

    Args:
        config: as read.
        words: which keys may mean either, and what tells: see ``passes`` in `rules/_names/config.yaml`.
    """
    either = [key for key in config if _last(key) in words.get("either", ())]
    if not either:
        return config
    kept = {_last(key): value for key, value in config.items()}
    sure = sum(name in words["policy"] for name in kept)
    enough = sure and sure + sum(name in words["beside"] for name in kept) >= _TWO
    if not enough or any(name in words["planning"] for name in kept):
        return config
    long = sure >= _SURE or any(_counts(kept[name]) for name in words["lengths"] if name in kept)
    dropped = {key for key in either if long or _last(key) in words["alone"]}
    return {key: value for key, value in config.items() if key not in dropped}


def _last(key: str) -> str:
    """Return the last part of a key, as options of a command line and attributes of an object are spelt, too."""
    return _PARTED.split(key.lower())[-1].replace("-", "_").strip("_")


def _counts(value: ConfigValue) -> bool:
    """Tell whether a setting is a number that the training ends at."""
    try:
        return not isinstance(value, bool) and value is not None and float(value) > 0
    except ValueError:
        return False
