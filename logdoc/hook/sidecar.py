"""The file beside the event files that says what the run is: optimizer, model, versions, and how it ended."""

from __future__ import annotations

import itertools
import json
import math
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NUMBERS = itertools.count()
SIDECAR = "logdoc.json"
SCHEMA = "logdoc-log/1"
TEXT_TAG = (
    "logdoc/text_summary"  # the same text in the log itself, so that an event file that is copied alone explains itself
)


def write_sidecar(folder: Path, content: Mapping[str, Any]) -> str:
    """Write ``logdoc.json`` into `folder`, whole or not at all (a reader never meets half of it), and return its text.

    Raises:
        OSError: the disk is full or the folder cannot be written; what was there before stays.
    """
    text = json.dumps({"schema": SCHEMA, **_plain(content)}, allow_nan=False, indent=1, ensure_ascii=False) + "\n"
    draft = (
        folder / f".{SIDECAR}.{os.getpid()}.{next(_NUMBERS)}"
    )  # a signal, or the thread that writes, may come in between
    try:
        draft.write_text(text, encoding="utf-8", errors="replace")
        draft.replace(folder / SIDECAR)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    return text


def _plain(value: Any) -> Any:
    """JSON has neither NaN nor infinities."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
