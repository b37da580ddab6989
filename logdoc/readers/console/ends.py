"""Either end of a long text, by which it is decided how the text as a whole is written."""

from __future__ import annotations

_LOOKED_AT = 1 << 17  # characters at either end: counts grow, so that a long log ends with the largest


def ends_of(text: str) -> tuple[str, ...]:
    """Return the beginning and the end of a text; a short one once and whole."""
    return (text,) if len(text) <= _LOOKED_AT else (text[:_LOOKED_AT], text[-_LOOKED_AT:])
