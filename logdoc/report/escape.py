"""Makes log text harmless before it reaches a terminal, a page or a path, and hides what looks like a secret."""

from __future__ import annotations

import hashlib
import re

CAP = 512

# Control characters, direction overrides, zero-width characters and surrogates: what a reader cannot see or a terminal
# would obey.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)

_SECRET_KEYS = frozenset(
    ["password", "passwd", "pwd", "secret", "apikey", "credential", "credentials", "auth", "sas", "dsn"]
)
_SECRET_PAIRS = (
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("conn", "str"),
    ("connection", "string"),
)
_TOKEN_MIN = 16  # a value under the key "token" shorter than this is a word or a number of tokens
_CUT = re.compile(r"[_\-./\s]+|(?<=[a-z])(?=[A-Z])")
_SECRET_VALUES = re.compile(
    r"""
    hf_[A-Za-z0-9]{30,}
  | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}
  | gh[pousr]_[A-Za-z0-9]{36,}
  | github_pat_[A-Za-z0-9_]{22,}
  | glpat-[A-Za-z0-9_\-]{20,}
  | xox[abprs]-[A-Za-z0-9\-]{10,}
  | AIza[A-Za-z0-9_\-]{35}
  | sk-[A-Za-z0-9_\-]{20,}
  | eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*
  | -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY-----
  | ://[^\s/:@]{1,100}:[^\s/@]{1,200}@
  | [?&](?:sig|token|key|password|access_token)=[^&\s]{8,500}
    """,
    re.VERBOSE,
)


def show(text: str, cap: int = CAP) -> str:
    r"""Return text that can be shown anywhere: hidden characters stand as ``\xNN`` or ``\uNNNN``, long texts are cut
    and told apart by a hash.
    """
    made = _HIDDEN.sub(_visible, text)
    if len(made) <= cap:
        return made
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{made[: max(0, cap - 10)]}…#{digest}"


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def redact(key: str, value: object) -> str:
    """Return a configuration value as text, or ``[redacted]`` when its key or its form is that of a secret.

    Numbers and truth values are never hidden, so that ``max_tokens`` and ``num_key_value_heads`` stay readable.
    """
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    text = str(value)
    if _SECRET_VALUES.search(text) or _is_secret_key(key, text):
        return "[redacted]"
    return show(text)


def _is_secret_key(key: str, text: str) -> bool:
    words = [word.lower() for word in _CUT.split(key) if word]
    if not words or not text or _is_number(text):
        return False
    if words[-1] in _SECRET_KEYS or tuple(words[-2:]) in _SECRET_PAIRS:
        return True
    return words[-1] == "token" and len(text) >= _TOKEN_MIN


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false", "none", "null")
    return True


def slug(text: str) -> str:
    """Return a name for anchors and files: letters, digits, dot, dash and underscore, at most 60, with a hash that
    tells alike ones apart.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:60]
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{plain}-{digest}" if plain != text else plain
