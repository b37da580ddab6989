"""Puts into the wheel what is made of the bundled rules when they are read and checked, so that no first call need."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledRules(BuildHookInterface):  # type: ignore[type-arg]
    """Writes `logdoc/_data/compiled`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the entries, and add them to the wheel; an editable install reads its rules from the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        folder = root / "build" / "compiled"
        sys.path.insert(0, str(root))
        try:
            from logdoc.judging.shipping import ship_bundled

            written = ship_bundled(folder)
        finally:
            sys.path.remove(str(root))
        for path in written:
            build_data["force_include"][str(path)] = f"logdoc/_data/compiled/{path.name}"
