"""Writes a report whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.model import Analysis


def write_report(analysis: Analysis, path: Path) -> None:
    """Write a report; the suffix decides: .html .htm .md .markdown .json .txt.

    Raises:
        RenderError: the suffix is not known, or the file could not be written; an older report at this place is then
            untouched.
    """
    write_text(_renderer(path)(analysis), path)


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8 beside its place first and move it there when it is complete.

    Raises:
        RenderError: the file could not be written; what was there is then untouched.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise RenderError(
            f"the report could not be written: {error.strerror}",
            where=str(path),
            hint="Does the folder exist, and may you write there?",
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise RenderError(f"the report could not be written: {error.strerror}", where=str(path)) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _renderer(path: Path) -> Callable[[Analysis], str]:
    from logdoc.report import to_html, to_json, to_markdown, to_text

    known = {
        ".html": to_html,
        ".htm": to_html,
        ".md": to_markdown,
        ".markdown": to_markdown,
        ".json": to_json,
        ".txt": to_text,
    }
    renderer = known.get(path.suffix.lower())
    if renderer is None:
        raise RenderError(
            f"no report has the suffix '{path.suffix}'", where=str(path), hint=f"Known are {', '.join(known)}."
        )
    return renderer
