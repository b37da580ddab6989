"""The tables of `rules/_program/`: how programs write what they do, as data."""

from __future__ import annotations

from typing import Any

from logdoc.documents import load_yaml
from logdoc.resources import bundled


def bundled_table(name: str) -> Any:
    """Return what a table of `rules/_program/` holds, by its name: calls, settings."""
    file = bundled("rules") / "_program" / f"{name}.yaml"
    return load_yaml(file.read_text(encoding="utf-8"), where=f"rules/_program/{name}.yaml").data
