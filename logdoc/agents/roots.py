"""Which files may be asked about: those below the roots that whoever started the server named, and no others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError, ReadError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Roots:
    """Folders (or files) that may be read.

    Raises:
        ConfigError: a root does not exist.
    """

    def __init__(self, roots: Sequence[Path | str]) -> None:
        self.roots = tuple(Path(os.path.realpath(root)) for root in roots)
        for root, given in zip(self.roots, roots, strict=True):
            if not root.exists():
                raise ConfigError("there is no such file or folder", where=str(given))

    def inside(self, path: str) -> Path:
        """Return the real place of a path below the roots; a relative one is looked for below each of them.

        Links are resolved first, so that none leads out.

        Raises:
            ReadError: it is outside of the roots, or there is no such path. Both are told alike, so that nothing is
                learned about what lies outside.
        """
        if not path.strip() or "\0" in path:
            raise ReadError("a path is needed", hint=self._hint())
        for root in self.roots:
            base = root if root.is_dir() else root.parent
            place = Path(os.path.realpath(base / path))
            allowed = place == root or (root.is_dir() and place.is_relative_to(root))
            if allowed and os.path.exists(place):  # noqa: PTH110 - `Path.exists` raises for a name that is too long
                return place
        raise ReadError("there is no such path below the roots", where=path[:200], hint=self._hint())

    def _hint(self) -> str:
        return f"The roots are {', '.join(map(str, self.roots))}."
