"""What looks like a secret, and how it is hidden: by its own form, by the key in front of it, or by both.

The forms are those that issuers document for their keys and that secret scanners look for; the keys are the words that
people use. Numbers, truth values, special tokens of a vocabulary (``<|begin_of_text|>``) and commit hashes stay
readable. This hides what is easily pasted by accident; it replaces no scanner.
"""

from __future__ import annotations

import json
import re

HIDDEN = "[redacted]"

# Keys whose form tells them: (what issues it, pattern). The name is for the reader of this table.
_FORMS = (
    ("Hugging Face", r"\bhf_[A-Za-z0-9]{30,}"),
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    ("GitHub", r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"),
    ("GitLab", r"\bgl(?:pat|rt|dt|ptt|soat)-[A-Za-z0-9_\-]{20,}"),
    ("Slack", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-\d-[A-Za-z0-9\-]{10,}"),
    ("Google", r"\bAIza[A-Za-z0-9_\-]{35}|\bya29\.[A-Za-z0-9_\-]{20,}|\bGOCSPX-[A-Za-z0-9_\-]{20,}"),
    ("OpenAI, Anthropic and alike", r"\bsk-(?!(?:[a-z]{1,20}-){1,9}[a-z]{1,20}\b)[A-Za-z0-9_\-]{20,}"),
    ("Perplexity, xAI, NVIDIA, RunPod", r"\b(?:pplx|xai|nvapi)-[A-Za-z0-9_\-]{24,}|\brpa_[A-Za-z0-9]{30,}"),
    ("Fireworks, Modal", r"\bfw_(?=[A-Za-z]*\d)[A-Za-z0-9]{20,}|\ba[ks]-(?=[A-Za-z]*\d)[A-Za-z0-9]{22}\b"),
    ("LangSmith, Pinecone", r"\blsv2_(?:pt|sk)_[A-Za-z0-9_]{20,}|\bpcsk_[A-Za-z0-9_]{20,}"),
    (
        "Notion, Figma, Airtable",
        r"\bntn_[A-Za-z0-9]{30,}|\bfigd_[A-Za-z0-9_\-]{20,}|\bpat[A-Za-z0-9]{14}\.[0-9a-f]{40,}",
    ),
    ("Notion", r"\bsecret_(?=[A-Za-z]*\d)[A-Za-z0-9]{40,}"),
    ("Atlassian, Alibaba Cloud", r"\bATATT3[A-Za-z0-9_\-=]{20,}|\bLTAI[A-Za-z0-9]{12,20}\b"),
    ("Shopify, Twilio, Mailgun", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b"),
    (
        "Grafana, Sentry, New Relic",
        r"\bgl(?:sa|c)_[A-Za-z0-9_=+/]{20,}|\bsntry[su]_[A-Za-z0-9_=+/]{20,}|\bNRAK-[A-Z0-9]{20,}",
    ),
    (
        "Doppler, Supabase, Tailscale",
        r"\bdp\.(?:pt|st|sa)\.[A-Za-z0-9]{30,}|\bsbp_[0-9a-f]{30,}|\btskey-[A-Za-z0-9\-]{20,}",
    ),
    ("Postman, Terraform", r"\bPMAK-[0-9a-f\-]{40,}|\.atlasv1\.[A-Za-z0-9_\-]{40,}"),
    ("Stripe", r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("npm", r"\bnpm_[A-Za-z0-9]{30,}"),
    ("PyPI", r"\bpypi-[A-Za-z0-9_\-]{30,}"),
    ("SendGrid", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    ("Databricks", r"\bdapi[0-9a-f]{32}\b"),
    ("Vault", r"\bhv[sb]\.[A-Za-z0-9_\-]{20,}"),
    ("Docker", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,}"),
    ("DigitalOcean", r"\bdo[opr]_v1_[0-9a-f]{40,}"),
    ("Groq, Replicate, Linear", r"\bgsk_[A-Za-z0-9]{30,}|\br8_[A-Za-z0-9]{30,}|\blin_api_[A-Za-z0-9]{30,}"),
    ("Telegram", r"(?:\b|(?<=/bot))\d{8,10}:AA[A-Za-z0-9_\-]{32,}"),
    ("Heroku", r"\bHRKU-[A-Za-z0-9_\-]{30,}"),
    ("JSON web token", r"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    ("private key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,8000}(?:-----END [A-Z ]{0,38}-----)?"),
    ("age", r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    ("webhook", r"(?:\b|(?<=%2F))hooks\.slack\.com(?:/|%2F)(?:services|workflows)(?:/|%2F)[A-Za-z0-9/%_\-]{10,}"),
    ("webhook", r"\bdiscord(?:app)?\.com/api/webhooks/[A-Za-z0-9/_\-]{10,}|\.webhook\.office\.com/\S{10,}"),
    ("user and password in an address", r"(?:(?<=://)|(?<=:%2[Ff]%2[Ff]))[^\s/:@]{0,100}:[^\s/@]{1,200}(?=@)"),
    ("key in the place of a user", r"(?<=://)(?=[A-Za-z]*\d)[A-Za-z0-9]{30,200}(?=@)"),
    (
        "signature or token in an address",
        (
            r"(?<=[?&])(?:sig|Signature|X-(?:Amz|Goog)-(?:Signature|Security-Token)|(?:access_)?token|(?:api_)?key|password"
            r"|secret)=[^&\s]{6,500}"
        ),
    ),
    ("storage account", r"\bAccountKey=[A-Za-z0-9+/=]{20,}"),
    ("authorisation header", r"\b(?:[Bb]earer|[Bb]asic)\s+(?=\S*[\d+/=_.\-])[A-Za-z0-9+/=_.\-]{12,}"),
    ("user and password of curl", r"(?:(?<= -u )|(?<=--user ))(?!\d+:\d+\b)[^\s:/'\"]{1,60}:[^\s'\"]{3,200}"),
    ("passphrase", r"(?:(?<=passphrase=)|(?<=passphrase: )|(?<=PASSPHRASE=))(?!\[)[^\n;,'\"]{3,200}"),
    ("cookie header", r"(?:(?<=Cookie: )|(?<=cookie: ))\S[^\n]{3,500}"),
)
_FORM = re.compile("|".join(f"(?:{pattern})" for _, pattern in _FORMS))

_WORDS = (
    "password passwd passphrase pwd pw pass secret apikey credential credentials creds auth authorization sas dsn"
    " cookie cookies bearer webhook"
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
_TOKEN_MIN = 16  # an unknown kind of token shorter than this is a word of a vocabulary or a number of tokens
_TOKEN_SHORT = 6  # the same for a token whose key says who issued it
_CUT = re.compile(r"[_\-./\s]+|(?<=[a-z])(?=[A-Z])")
_SPECIAL = re.compile(r"[<\[(][^'\",]*[>\])]|\W*")
_NAMED_AT_END = ("password", "passwd", "passphrase")  # PGPASSWORD, dbpasswd
_WORDY = re.compile(r"(?:[A-Za-z]{1,20}|\d{1,3})(?:[_.\-](?:[A-Za-z]{1,20}|\d{1,3}))+")  # image_pad_token_0
_KEYLIKE = re.compile(r"[0-9a-f]{32,}|(?=\S*\d)(?=\S*[A-Z])(?=\S*[a-z])[A-Za-z0-9+/=_\-]{20,}")
_LOGIN = re.compile(r"[^\s:/]{1,60}:[^\s:/]{3,100}")

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
    rf"(?:{_QUOTE})?"
    r"|(?<![A-Za-z0-9])--(?:(?:auth|api|hf|hub|access|github|wandb)[_\-])?token['\"]?[=\s,'\"]+"
    r"|\b(?:Proxy-)?Authorization['\"]?\s*[:=]\s*['\"]?(?:(?:token|bearer|basic|digest|apikey)\s+)?"
    r"|(?<![A-Za-z0-9])(?:api|access|secret|wandb)[_\- ]key\s+(?:is\s+)?(?=[A-Za-z0-9]{24,}\b)"
    r"|\bwandb[ .]login\s+(?:--[a-z]{1,20}\s+){0,3}(?=[A-Za-z0-9_\-]{32,})"
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
    rf"(?<![A-Za-z0-9])(?P<key>[A-Za-z][A-Za-z0-9_.\-]{{1,80}}+)(?:{_QUOTE})?\s{{0,3}}(?:=>|->|[:=])\s{{0,3}}(?:{_QUOTE})?"
)
_ASSIGNED = re.compile(r"(?!\[)[^\s'\",;&)\]}]{3,500}")
_SIGNS = (":", "=", "--", "->", " -p")  # without one of them there is no key in front of a value
_WORDS_IN_TEXT = re.compile(r"pass|pwd|secret|key|token|login", re.IGNORECASE)


def hide(text: str) -> str:
    """Return a text with every part that looks like a secret replaced by ``[redacted]``; what stands around stays."""
    made = _FORM.sub(HIDDEN, text)
    named = _WORDS_IN_TEXT.search(made) is not None
    if named:
        made = _BESIDE.sub(lambda match: f"{match['key']}{HIDDEN}", made)
    if named or any(sign in made for sign in _SIGNS):
        made = _without_assigned(_IN_TEXT.sub(lambda match: f"{match['key']}{HIDDEN}", made))
    return made


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
    word = value.isalpha() and len(value) < _TOKEN_MIN and not key.lower().endswith(("secret", *_NAMED_AT_END))
    return not word and is_secret(key, value)


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


def is_secret(key: str, text: str) -> bool:
    """Tell whether a setting is a secret by its key; numbers and truth values never are."""
    words = [word.lower() for word in _CUT.split(key) if word]
    if not words or not text or _is_number(text) or _SPECIAL.fullmatch(text):
        return False
    last = words[-1]
    if last == "pwd" and text.startswith(("/", "~", ".")):
        return False  # the working directory
    if last in _SECRET_WORDS or tuple(words[-2:]) in _SECRET_PAIRS or last.endswith(_NAMED_AT_END):
        return True
    if last == "key":
        return _KEYLIKE.fullmatch(text) is not None
    if last in ("token", "tokens"):
        known = len(words) == 1 or words[-2] in _ISSUERS or key.lower().endswith((".token", "/token"))
        if last == "tokens" or " " in text or (not known and _WORDY.fullmatch(text)):
            return False
        return len(text) >= (_TOKEN_SHORT if known else _TOKEN_MIN)
    return last in ("login", "user", "username") and _LOGIN.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.lower() in ("true", "false", "none", "null")
    return True
