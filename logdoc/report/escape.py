"""Makes log text harmless before it reaches a terminal, a page or a path, and hides what looks like a secret."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from logdoc.redaction import FAR, HIDDEN, hide, hides_in_list, is_secret

CAP = 512

# Control characters, ends of lines, direction overrides, zero-width characters, tags and surrogates: what a reader
# cannot see or a terminal would obey.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    r"\U000e0000-\U000e0fff]"
)


@lru_cache(maxsize=8192)
def show(text: str, cap: int = CAP) -> str:
    r"""Return text that can be shown anywhere: secrets are hidden, control characters stand as ``\xNN`` or ``\uNNNN``,
    long texts are cut and told apart by a hash.
    """
    made = visible(hide(text[:FAR]))
    if len(made) <= cap and len(text) <= FAR:
        return made
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{made[: max(0, cap - 10)]}…#{digest}"


def visible(text: str) -> str:
    r"""Return a text in which what no reader sees stands as ``\xNN``, ``\uNNNN`` or ``\UNNNNNNNN``."""
    return _HIDDEN.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code >= 0x10000:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def redact(key: str, value: object) -> str:
    """Return a configuration value as text, or ``[redacted]`` when its key or its form is that of a secret.

    Numbers and truth values are never hidden, so that ``max_tokens`` and ``num_key_value_heads`` stay readable.
    """
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    near = text[:FAR]
    return HIDDEN if is_secret(key, near) or hide(near) != near or hides_in_list(near) else show(text)


def slug(text: str) -> str:
    """Return a name for anchors and files: letters, digits, dot, dash and underscore, at most 60, without secrets, with
    a hash that tells alike ones apart.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", hide(text[:FAR])).strip("-.")[:60]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{plain}-{digest}" if plain != text else plain
