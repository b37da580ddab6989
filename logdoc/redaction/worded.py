"""Secrets that words announce where no sign does: ``the password is hunter2``, ``token Zq7Kp2Lm9``, and as part of a
name of a file, ``run_api_key_Zq7Kp2Lm9.csv``.

How odd the text behind the words must look depends on how surely they announce a secret: behind ``password is`` nearly
everything is one, behind ``key_`` only what nobody would give as a name.
"""

from __future__ import annotations

import re
from itertools import pairwise

_LOCKS = r"password|passwd|passphrase|passcode|pwd|pw"
_OWNERS = (
    r"api|app|access|account|auth|azure|bot|client|deploy|encryption|github|gitlab|hf|hub|huggingface|license|openai"
    r"|private|refresh|secret|service|session|signing|ssh|storage|wandb"
)
_SURE = rf"(?:{_OWNERS})[_\- ]?(?:key|token|secret)|secret"
_LOOSE = r"token|key|pass|auth|creds?|credentials?|bearer|otp"
_ODD = r"A-Za-z0-9!#$%^*+=~@"  # what a password is made of and no word is parted by
_ANNOUNCED = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<password>{_LOCKS})|(?P<sure>{_SURE})|(?P<loose>{_LOOSE}))"
    r"(?:(?P<said>[ _\-](?:is|was)[ _\-:]{1,2}|\s+(?:is|was)\s+)|(?P<blank>\s+(?:[:=]\s*)?)|(?P<joint>[_\-.@(\[:=]+))"
    rf"['\"`]?(?P<value>(?P<first>[{_ODD}]{{4,200}})(?:[.\-][{_ODD}]{{1,100}}){{0,6}})(?![{_ODD}(])",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(r"[a-z]+(?:ed|ly|ing)")
_EXTENSION = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,9}){1,3}$")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_CODE = re.compile(r"(?:[a-z]{1,4}\d+(?:e-?\d+)?)+[a-z]?")  # settings in a name: bs32lr1e4, b16x384
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Z]).*[a-z]")
_STEM = re.compile(r"[A-Za-z]{2,}")
_SPECIAL = re.compile(r"[A-Za-z0-9][!#$%^*~@][A-Za-z0-9]|[!#$%^*~]$")

# What is said of a password, and no password.
_SAID_WORDS = (
    "a an the not no now only too so very in on at of for from to by as with without none null empty blank set unset"
    " right wrong good bad valid invalid correct incorrect missing required needed optional unknown known used given"
    " stored kept saved hidden shown hashed encrypted changed expired asked checked ignored accepted rejected weak"
    " strong short long same different safe unsafe secure insecure default there here where what when this that it"
    " being never always also already still ok okay true false redacted"
)
_SAID = frozenset(_SAID_WORDS.split())
# Words that stand before a number in names of models, layers, data and runs.
_SPOKEN_WORDS = (
    "attn attention batch bert block branch ckpt class cnn conv data dataset dense depth dim embed embedding epoch"
    " eval exp experiment fold gpt head key layer length linear list llama lr lstm mlp model net network node norm"
    " pool proj query rank resnet resnext rnn run sample seed set size split stage step strength swin task test token"
    " train trial val value version vit vocab warmup width adam adamw sgd sha md step fp bf int float uint epochs"
    " steps tokens keys dropout hidden fc unet yolo clip gan vae mnist cifar imagenet efficientnet convnext mobilenet"
    " mistral qwen phi gemma falcon mamba deit dino opt pythia whisper wav phase"
)
_SPOKEN = frozenset(_SPOKEN_WORDS.split())


def hide_announced(text: str, hidden: str) -> str:
    """Return a text with what words announce as a secret replaced by `hidden`."""
    parts: list[str] = []
    done = at = 0
    while (found := _ANNOUNCED.search(text, at)) is not None:
        if not _is_told(found):
            at = found.start("value")
            continue
        end = found.end("value")
        if (tail := _EXTENSION.search(text, found.end("first"), end)) is not None:
            end = tail.start()
        parts += [text[done : found.start("value")], hidden]
        done = at = end
    return "".join([*parts, text[done:]])


def turns(text: str) -> int:
    """Return how often a text changes between small letters, capitals, digits and signs; a capital that begins a word
    is no change.
    """
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" if c.islower() else "s" for c in text]
    changes = 0
    for at, (one, other) in enumerate(pairwise(kinds)):
        begins = one == "u" and other == "l" and (at == 0 or kinds[at - 1] != "u")
        changes += one != other and not begins
    return changes


def _is_told(found: re.Match[str]) -> bool:
    first = found["first"]
    password, loose = found["password"] is not None, found["loose"] is not None
    if found["said"] and password:
        return first.lower() not in _SAID and not _PARTICIPLE.fullmatch(first) and not _is_number(first)
    if not any(c.isdigit() for c in first) and not (password and found["joint"] is None and _SPECIAL.search(first)):
        return False
    if _is_number(first) or not any(c.isalpha() for c in first) or _is_spoken(first):
        return False
    changes, length = turns(first), len(first)
    if loose:
        bare = found["loose"].lower() == "key"
        if bare and _HEX.fullmatch(first):
            return False
        if not found["said"] and _CODE.fullmatch(first):
            return False
        if found["said"]:
            return length >= (8 if bare else 6) and changes >= (3 if bare else 1)
        if bare or not found["blank"]:
            return (length >= (8 if _MIXED.match(first) else 12) and changes >= 4) or (
                length >= 12 and changes >= 3 and "=" in (found["joint"] or "")
            )
        return (length >= 8 and changes >= 4) or (length >= 12 and changes >= 3)
    if found["said"] or (password and found["blank"]):
        return length >= 5
    return length >= (6 if password or found["blank"] else 8) and changes >= 3


def _is_spoken(text: str) -> bool:
    """Tell whether a third of the letters are words: in a long key two letters spell one by chance."""
    spoken = sum(len(stem) for stem in _STEM.findall(text) if stem.lower() in _SPOKEN)
    return spoken > 0 and 3 * spoken >= sum(c.isalpha() for c in text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
