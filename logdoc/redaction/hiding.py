"""Hides in a running text what looks like a secret; what stands around it stays."""

from __future__ import annotations

import json
import re

from logdoc.redaction.forms import FORM
from logdoc.redaction.keys import NAMED_AT_END, TOKEN_MIN, is_secret
from logdoc.redaction.worded import hide_announced

HIDDEN = "[redacted]"
FAR = 65_536  # what stands further behind in a text is never shown, so no secret is looked for there

# In a running text or a command line: a key that is a secret word, a sign or a blank after ``--key``, and the value.
_NAMED = (
    r"(?:[A-Za-z0-9]{1,40}[_\-.]){0,4}(?:password|passwd|passphrase|pwd|secret|api[_\-]?key|access[_\-]?key|secret[_\-]?key"
    r"|private[_\-]?key|storage[_\-]?key|account[_\-]?key|auth[_\-]?token|access[_\-]?token|api[_\-]?token"
    r"|hub[_\-]?token|hf[_\-]?token|wandb[_\-]?key|refresh[_\-]?token|client[_\-]?secret)"
)
_QUOTE = r"\\{0,3}['\"]"  # also inside a text that stands in quotes itself
_VALUE = (
    r"(?P<value>(?!None\b|null\b|True\b|False\b|true\b|false\b|\*|\[|\{|[\d.e+\-]+(?:[\s,;'\")\]]|$))"
    r"[^\s'\",;&)\]}]{3,500})"
)
_IN_TEXT = re.compile(
    rf"(?P<key>(?<![A-Za-z0-9])--{_NAMED}['\"]?[=\s,'\"]+|(?<![A-Za-z0-9]){_NAMED}(?:{_QUOTE})?\s*(?:[:=]|=>|->)\s*"
    rf"(?:!{{1,2}}[a-z]{{2,12}}\s+)?(?:[bru]?{_QUOTE})?"
    r"|(?<![A-Za-z0-9])--(?:admin|db|http|mysql|proxy|redis|root|smtp|user)[_\-]pass['\"]?[=\s,'\"]+"
    r"|(?<![A-Za-z0-9])--(?:(?:auth|api|hf|hub|access|github|wandb)[_\-])?token['\"]?[=\s,'\"]+"
    r"|\b(?:Proxy-)?Authorization['\"]?\s*[:=]\s*['\"]?(?:(?:token|bearer|basic|digest|apikey)\s+)?"
    r"|(?<![A-Za-z0-9])(?:api|access|secret|wandb)[_\- ]key\s+(?:is\s+)?(?=[A-Za-z0-9]{24,}\b)"
    r"|\bwandb[ .]login\s+(?:--[a-z]{1,20}\s+){0,3}(?=[A-Za-z0-9_\-]{32,})"
    rf"|(?:\b(?:auth|creds?|credentials|login)\s?[=:]\s?|BasicAuth|DigestAuth)\(\s?{_QUOTE}[^'\"]{{1,100}}{_QUOTE}\s?,\s?"
    rf"{_QUOTE}|\bkey\s[^\n:]{{0,80}}\bnetrc\b[^\n:]{{0,80}}:\s"
    r"|\bmachine\s+\S{1,200}\s+login\s+\S{1,200}\s+password\s+"
    r"|\b(?:(?:docker|podman|az|helm\s+registry)\s+login|mongo(?:sh|dump|restore)?)\s(?:[^\n|;]{0,100}?\s)?-p\s+['\"]?"
    rf"|\bsshpass\s+-p\s?['\"]?|\bmysql(?:dump|admin)?\s[^\n|;]{{0,100}}?\s-p){_VALUE}",
    re.IGNORECASE,
)
# A secret word, and behind nothing but a blank, "is", or as the second of a pair what no word of a language is.
_BESIDE = re.compile(
    rf"(?P<key>(?<![A-Za-z0-9]){_NAMED}(?:{_QUOTE}\s*,?\s*{_QUOTE}|\s+(?:is|was)\s+['\"]?|\s+(?=[^\s]{{12}})))"
    r"(?P<value>(?=[^\s'\",;]{0,100}\d)(?=[^\s'\",;]{0,100}[A-Za-z])(?![a-z]+(?:[_.\-][a-z]+)*\d{0,3}(?:[\s,;'\")\]]|$))"
    r"[A-Za-z0-9!#$%^*+][A-Za-z0-9+/=_\-!@#$%^*~]{5,500})(?![A-Za-z0-9=(\[]|\.\w)",
    re.IGNORECASE,
)
# Any key and a sign; whether the key is that of a secret is looked up as for a setting.
_KEYED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<key>[A-Za-z][A-Za-z0-9_.\-]{{1,80}}+)(?:{_QUOTE})?\s{{0,3}}(?:=>|->|[:=])\s{{0,3}}"
    rf"(?:[bru]?{_QUOTE})?"
)
_ASSIGNED = re.compile(r"(?!\[)[^\s'\",;&)\]}]{3,500}")
_WHERE = re.compile(r"(?<![A-Za-z])pwd\W*$", re.IGNORECASE)  # the working directory, where a path stands behind it
_SIGNS = (":", "=", "--", "->", " -p")  # without one of them there is no key in front of a value
_WORDS_IN_TEXT = re.compile(r"pass|pwd|\bpw\b|secret|key|token|login|auth|cred|bearer|otp", re.IGNORECASE)


def hide(text: str) -> str:
    """Return a text with every part that looks like a secret replaced by ``[redacted]``; what stands around stays."""
    made = FORM.sub(HIDDEN, text)
    named = _WORDS_IN_TEXT.search(made) is not None
    if named:
        made = hide_announced(_BESIDE.sub(lambda match: f"{match['key']}{HIDDEN}", made), HIDDEN)
    if named or any(sign in made for sign in _SIGNS):
        made = _without_assigned(_IN_TEXT.sub(_without_value, made))
    return made


def _without_value(match: re.Match[str]) -> str:
    folder = match["value"].startswith(("/", "~/", "./")) and _WHERE.search(match["key"])
    return match.group() if folder else f"{match['key']}{HIDDEN}"


def _without_assigned(text: str) -> str:
    """Hide the values behind the keys of secrets. What is no value of a secret may be a key itself (``row: token: x``),
    so it is looked at again.
    """
    parts: list[str] = []
    done = at = 0
    while (found := _KEYED.search(text, at)) is not None:
        at = found.end()
        value = _ASSIGNED.match(text, at)
        if value is not None and _is_assigned(found["key"], value.group()):
            parts += [text[done:at], HIDDEN]
            done = at = value.end()
    return "".join([*parts, text[done:]])


def _is_assigned(key: str, value: str) -> bool:
    """Tell whether a value in a text is a secret; in a sentence (``unexpected token: identifier``) a plain word is
    none.
    """
    word = value.isalpha() and len(value) < TOKEN_MIN and not key.lower().endswith(("secret", *NAMED_AT_END))
    return not word and is_secret(key, value.lstrip("([{"))


def hides_in_list(text: str) -> bool:
    """Tell whether a list of texts, such as a command line, holds a secret that only its neighbours tell."""
    if not text.startswith("["):
        return False
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        return False
    line = " ".join(items)
    return hide(line) != line


def cut(text: str, most: int) -> str:
    """Return the beginning of a text that a person is shown, at most `most` characters: secrets are hidden first, for
    half of one is no longer known by its form. A short text stays as it is; it is hidden where it is shown.
    """
    return text if len(text) <= most else hide(text[:FAR])[:most]
