"""logdoc reads the logs of training runs and says what is wrong, why, how sure it is, and what to change first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logdoc.api import Analysis, analyze, load_runs
    from logdoc.model import Run

from logdoc.version import __version__

__all__ = ["Analysis", "Run", "__version__", "analyze", "load_runs"]

_HOMES = {"Analysis": "logdoc.api", "analyze": "logdoc.api", "load_runs": "logdoc.api", "Run": "logdoc.model"}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used, so that `import logdoc` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'logdoc' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
