"""The words in front of a number that name it."""

from __future__ import annotations

import re

from logdoc.readers.console import words

_WRAPPER = re.compile(r"(?:\b(?:tensor|array|Tensor|float|np\.\w+|torch\.\w+|jnp\.\w+|Array|DeviceArray)\()+\s*\[*$")
_DELIMITER = re.compile(
    r"[,;|{}<\t\[]|\s+[-–—>*~•]+\s|\s{2,}|\]\s*|\)\s+(?=\w)"
    # Disc. Loss, Mel-Spec. Error: words that are cut short go on; so do those for validation and training in Russian.
    r"|(?<![Dd]isc)(?<![Gg]en)(?<![Ss]pec)(?<![Rr]ec)(?<![Rr]econ)(?<![Rr]eg)(?<![Aa]dv)"
    r"(?<![\u0412\u0432]\u0430\u043b)(?<!\u0431\u0443\u0447)(?<![\u0422\u0442]\u0440\u0435\u043d)\.\s+"
    r"|:\s*(?=\S)|=>|->|\s\(|^\("
)
_LINKING = re.compile(r"(?:^|(?<=\s))(is|was|are|equals|reached|now|of|at|got)$", re.IGNORECASE)
_WORD = re.compile(r"^\(?[A-Za-z_\u00c0-\uffff][\w@/.()%+*'\u2019\u2190-\u21ff-]*$")
_OPEN_ENDS = frozenset(("or", "nor", "not", "became", "becomes", "contains"))  # what follows belongs to a sentence
_ARTICLES = frozenset(("the", "The", "a", "an", "our", "and", "with", "current", "-", "of", "then", "got"))
_LINK = re.compile(r"\b(?:after|at|in|for|of|on|during|@)\s*(?:the\s+)?[(\[]?\s*$|[(\[,]\s*$", re.IGNORECASE)
_CHANGED = re.compile(r"\b((?:reduc|increas|decreas)\w+ (?:loss[ _]scale|learning[ _]rate)) to\s*$", re.IGNORECASE)
_SPLIT_INSIDE = re.compile(r"(?<=\w)\s\((?:train|val|valid|validation|test)\)\s(?=[A-Za-z])")  # Avg KLD (train) loss
_SPLIT_BEHIND = re.compile(
    r"(?<=[A-Za-z\d])(?:\[|\s\[(?=\w+\]\s*[:=]\s*$))"
    r"(tr|trn|train(?:ing)?|va|vali?|valid|validation|dev|eval|te|test(?:ing)?)\]",
    re.IGNORECASE,
)  # loss[val], loss [val] = 0.5
_CELL = re.compile(r"^[^|]*[A-Za-z]\w*\s+\|$")  # of a table with bars on both sides of a name, it may be anything
_PERCENT = re.compile(r"(?<=[A-Za-z\d])\s?[(\[]\s?%\s?[)\]](\s*[:=]*\s*)$")  # Acc (%): 93.1
_TAG = re.compile(r"_\d")  # the rest of a word with numbers in it: net_batch:16_64x64
# An objective of something: Obj(log[Pzx]) = -8.3
_OF_SOMETHING = re.compile(r"(?:^|[\s,;|:])([A-Za-z_]\w*\([^()\s]*\[[^()\s]*\][^()\s]*\))\s*[:=]\s*$")
# The norm of something, between bars that touch it: |GParam|: 25.9, ||grad|| = 3.1
_NORM = re.compile(r"(?:^|[\s,;(])[|\u2016]{1,2}(\u2207?[A-Za-z_]\w*)[|\u2016]{1,2}\s*[:=]\s*$")
_NABLA = "\u2207"  # the gradient of something
# top 5 acc, head 1 loss
_TOP = re.compile(rf"\b([Tt]op|(?i:{'|'.join(words.NUMBERED)})) (\d+)(?= [A-Za-z])")
_WORDS_IN_NAME = 4
_LONGEST = 160  # characters in front of a number that may name it


def name_in_front(before: str) -> tuple[str, bool]:
    """Return the name that the text before a number ends with, and whether a colon or the like stands between them."""
    changed = _CHANGED.search(before)
    if changed is not None:
        return changed[1], True
    if (whole := _OF_SOMETHING.search(before[-_LONGEST:])) is not None:
        return whole[1], True
    if (norm := _NORM.search(before[-_LONGEST:])) is not None:
        return f"{'grad' if norm[1][0] == _NABLA else norm[1]} norm", True
    before = _SPLIT_BEHIND.sub(r" (\1)", _TOP.sub(r"\1\2", before))
    head, paired = _without_link(_WRAPPER.sub("", _SPLIT_INSIDE.sub(" ", before[-_LONGEST:])))
    group, own = _groups(head)
    parts = [word.strip("\"'`").removesuffix("'s") for word in own.replace("'s ", " ").split()]
    kept: list[str] = []
    for part in reversed(parts):
        word = part.strip("-\u2013\u2014\u2022[]|>\"'*#~").rstrip(".")
        word = word if word.count("(") == word.count(")") else word.strip("()").strip("\"'")
        if (
            _TAG.match(word)
            or "=" in word
            or not _WORD.match(word)
            or (kept and "." in word)
            or len(kept) == _WORDS_IN_NAME
        ):
            break
        kept.insert(0, word)
    if kept and kept[-1].lower() in _OPEN_ENDS:
        return "", False  # Loss became infinite or NaN at iteration=703
    while kept and kept[0] in _ARTICLES:
        del kept[0]
    while len(kept) > 1 and kept[0] == "Current":
        del kept[0]
    name = " ".join(kept)
    if group and name and group.lower() != name.lower():
        name = group if name.lower() in group.lower().split("_") else f"{group}/{name}"
    return name, paired


def _without_link(text: str) -> tuple[str, bool]:
    """Return the text without the colon, verb and brackets at its end, and whether there was such a link."""
    head, paired = text.rstrip(" \t[({'\""), False
    head = _PERCENT.sub(r"\1", head)
    while head:
        if head[-1] in ":=>\u2192\uff1a" or _CELL.search(head):
            head, paired = head[:-1].removesuffix("-").rstrip(" \t'\""), True
        elif (link := _LINKING.search(head)) is not None:
            paired = paired or link[1].lower() in ("is", "reached", "was", "equals")
            head = head[: link.start()].rstrip(" \t'\"")
        else:
            break
    return head, paired


def _groups(head: str) -> tuple[str, str]:
    """Return the name of the bracket that was opened last and touches it, and the words behind all delimiters."""
    group = ""
    opened = re.search(r"([A-Za-z_]\w*)['\"]?(?:\[|:?\s?\{)\s*['\"]?[A-Za-z_][\w ]*['\"]?$", head)
    if opened and words.counter_before(opened[1], first=False) is None:
        group = opened[1]
    cut = 0
    for match in _DELIMITER.finditer(head):
        if "(" not in match[0] or ")" not in head[match.end() :]:
            cut = match.end()
    return group, head[cut:]


def carried_name(front: str, *, only: bool = False) -> str:
    """Return the measure that the words in front of a counter name: ``Loss after epoch 3: 0.5``; without a word between
    them and the counter where the number behind it is the `only` one that they can name: ``Loss epoch[3] = 0.5``.
    """
    text = front.rstrip()
    if not text or not (only or _LINK.search(front)):
        return ""
    name, _ = name_in_front(_LINK.sub("", front) + " ")
    return name if words.is_measure(name) or words.split_of(name) else ""
