"""logdoc reads the logs of training runs and says what is wrong, why, how sure it is, and what to change first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logdoc.api import Analysis, Run, UnhealthyError, analyze, compare, explain, load_runs

from logdoc.version import __version__

_PUBLIC = ("Analysis", "Run", "UnhealthyError", "analyze", "compare", "explain", "load_runs")

__all__ = ["Analysis", "Run", "UnhealthyError", "__version__", "analyze", "compare", "explain", "load_runs"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used, so that `import logdoc` costs nothing."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'logdoc' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module("logdoc.api"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
