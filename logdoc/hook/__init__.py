"""The companion of the analyser: writes logs during training that hold what the playbook asks to look at. Needs
NumPy, and torch for `watch`.

Nothing is imported before it is used, so that ``import logdoc.hook`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logdoc.hook.checks import preflight
    from logdoc.hook.watched import Watch
    from logdoc.hook.watching import watch

__all__ = ["Watch", "preflight", "watch"]

_HOMES = {"watch": "logdoc.hook.watching", "Watch": "logdoc.hook.watched", "preflight": "logdoc.hook.checks"}


def __getattr__(name: str) -> Any:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'logdoc.hook' has no attribute '{name}'")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise ImportError("logdoc.hook needs PyTorch: pip install 'logdoc[torch]'") from error
        raise
