"""Whether a setting is a secret by the key in front of it."""

from __future__ import annotations

import re

_WORDS = (
    "password passwd passphrase passcode psk pwd pw pass secret apikey credential credentials creds auth authorization"
    " sas dsn cookie cookies bearer webhook"
)
_SECRET_WORDS = frozenset(_WORDS.split())
_PAIRS = (
    "api key, access key, private key, secret key, storage key, account key, encryption key, signing key, license key,"
    " wandb key, huggingface key, hf key, openai key, ssh key, conn str, connection string, webhook url, secret access"
)
_SECRET_PAIRS = frozenset(tuple(pair.split()) for pair in _PAIRS.split(","))
_ISSUERS = frozenset(
    [
        "access",
        "api",
        "auth",
        "bot",
        "github",
        "gitlab",
        "hf",
        "hub",
        "huggingface",
        "id",
        "refresh",
        "secret",
        "session",
        "slack",
        "wandb",
    ]
)
TOKEN_MIN = 16  # an unknown kind of token shorter than this is a word of a vocabulary or a number of tokens
_TOKEN_SHORT = 6  # the same for a token whose key says who issued it
_CUT = re.compile(r"[_\-./\s]+|(?<=[a-z])(?=[A-Z])")
_SPECIAL = re.compile(r"[<\[(][^'\",]*[>\])]|\W*")
NAMED_AT_END = ("password", "passwd", "passphrase")  # PGPASSWORD, dbpasswd
_WORDY = re.compile(r"(?:[A-Za-z]{1,20}|\d{1,3})(?:[_.\-](?:[A-Za-z]{1,20}|\d{1,3}))+")  # image_pad_token_0
_KEYLIKE = re.compile(r"[0-9a-f]{32,}|(?=\S*\d)(?=\S*[A-Z])(?=\S*[a-z])[A-Za-z0-9+/=_\-]{20,}")
_CALL = re.compile(r"[A-Za-z_][\w.]*\(")  # program text: token = Attention(config)
_LOGIN = re.compile(r"[^\s:/]{1,60}:[^\s:/]{3,100}")


def is_secret(key: str, text: str) -> bool:
    """Tell whether a setting is a secret by its key; numbers and truth values never are."""
    words = [word.lower() for word in _CUT.split(key) if word]
    if not words or not text or _is_number(text) or _SPECIAL.fullmatch(text):
        return False
    last = words[-1]
    if last == "pwd" and text.startswith(("/", "~", ".")):
        return False  # the working directory
    if last in _SECRET_WORDS or tuple(words[-2:]) in _SECRET_PAIRS or last.endswith(NAMED_AT_END):
        return True
    if last == "key":
        return _KEYLIKE.fullmatch(text) is not None
    if last in ("token", "tokens"):
        known = len(words) == 1 or words[-2] in _ISSUERS or key.lower().endswith((".token", "/token"))
        if last == "tokens" or " " in text or _CALL.match(text) or (not known and _WORDY.fullmatch(text)):
            return False
        return len(text) >= (_TOKEN_SHORT if known else TOKEN_MIN)
    return last in ("login", "user", "username") and _LOGIN.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false", "none", "null")
    return True
