"""What may be written where: never over a log that was read."""

from __future__ import annotations

import contextlib
import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError
from logdoc.readers.files import shown_relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def refuse_inputs(paths: Sequence[Path | str], sources: Iterable[str], targets: Sequence[Path]) -> None:
    """Refuse to write over a log.

    Args:
        paths: what was asked for: files, folders, patterns.
        sources: the files that were read, relative to their path as runs name them.
        targets: what is to be written.

    Raises:
        ConfigError: a target is one of the files that were read.
    """
    # `Path.is_file` raises for a name that is too long; whoever writes says so.
    existing = [target for target in targets if os.path.isfile(target)]  # noqa: PTH113
    if not existing:
        return
    named = frozenset(sources)
    read: set[Path] = set()
    bases: set[Path] = set()
    for path in paths:
        for root in map(Path, glob.glob(str(path)) or [str(path)]):  # noqa: PTH207 - a pattern may be absolute
            base = root if root.is_dir() else root.parent
            bases.add(base.resolve())
            # A name that is no text of the system's is shown otherwise than it is written; it is compared as shown.
            with contextlib.suppress(ValueError):
                read.update((base / source).resolve() for source in named)
            if root.is_file():
                read.add(root.resolve())
    for target in existing:
        real = target.resolve()
        if real in read or any(
            real.is_relative_to(base) and _is_of(shown_relative(real, base), named) for base in bases
        ):
            raise ConfigError(
                "this is a log that was read, and would be lost", where=str(target), hint="Choose another name."
            )


def _is_of(shown: str, named: frozenset[str]) -> bool:
    """Tell whether a file was read, itself or, where it is an archive, a member of it."""
    return shown in named or any(source.startswith(f"{shown}/") for source in named)
