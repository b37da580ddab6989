"""What a row says of the best so far, ``(best 0.31 @ epoch 4)``: neither its own counter nor a measure of its own."""

from __future__ import annotations

import re

_BEST = r"(?<![a-z])(?:best|lowest|highest|record(?![a-z])|optimal|last[ _]improv\w*|(?:min|max)(?:imum)?(?![a-z]))"
_NUMBER = r"(?<![\w.])[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?\s?%?|inf(?:inity)?|nan|none)"
_COUNTER = (
    r"(?<![a-z])(?:epoch|ep|step|iter|iteration|it|round|batch|update)s?\.?\s?(?:no\.?|number)?\s?[:=#]?\s*[\[(]?\s*$"
)
_JOINT = r",?\s*(?:@|[(\[]|[(\[]?\s*(?:at|in|from|of|on|during|reached|achieved)\b)[\s:]*(?:the\s)?"
_WORD, _COUNTS = re.compile(_BEST, re.IGNORECASE), re.compile(_COUNTER, re.IGNORECASE)
# "best 0.31 @ epoch 4", "lowest loss: 0.2 (epoch 3)", "best acc 93.1% at step 400"
_VALUE_FIRST = re.compile(rf"{_BEST}[^\d|;,()\[\]]{{0,40}}?{_NUMBER}{_JOINT}{_COUNTER}", re.IGNORECASE)
# "best at epoch 4", "best @ epoch 4: 0.31", "best was epoch 4"
_COUNT_FIRST = re.compile(
    rf"{_BEST}[^\d|;()\[\]]{{0,40}}?(?:@|\b(?:at|in|from|was|is)\b)[\s:]*{_COUNTER}", re.IGNORECASE
)
_SPREAD = re.compile(
    r"(?<![a-z])(?:mean|avg|average|std|median|med)(?![a-z])", re.IGNORECASE
)  # of one row, beside its extremes
_BRACKET = re.compile(r"[(\[]\s*(?:[a-z]+[ :,]\s*)?(?=" + _BEST + ")", re.IGNORECASE)
_COUNTED = re.compile(r"(?<![a-z])(?:epoch|ep|step|iter|iteration|it|round|batch|update)s?(?![a-z])", re.IGNORECASE)
_CLOSED = re.compile(r"[(\[][^()\[\]]*[)\]]")
_REACH = 160  # characters in front of a number that are looked at


def names_best(line: str) -> bool:
    """Tell whether a line has any word for the best so far."""
    return _WORD.search(line) is not None


def counts_best(before: str, *, measured: bool) -> bool:
    """Tell whether the text before a whole number ends with a word that counts where the best value was.

    Args:
        before: the line up to the number, without what its logger put in front.
        measured: a measure stands in front of it; a line that begins with ``New best at epoch 4`` counts itself.
    """
    before = before[-_REACH:]
    if _COUNTS.search(before) is None:
        return False
    told = _VALUE_FIRST.search(before)
    if told is not None and not (told[0][:1] in "mM" and _SPREAD.search(before)):
        return True
    return measured and (_COUNT_FIRST.search(before) is not None or _inside(before) is not None)


def measures_best(before: str, name: str, said: frozenset[str]) -> bool:
    """Tell whether a number stands in a bracket about the best so far: under a name of the row, or behind its epoch.

    Args:
        before: as for :func:`counts_best`.
        name: of the number.
        said: what the row measured in front of it.
    """
    inside = _inside(before[-_REACH:])
    return inside is not None and bool(said) and (name in said or _COUNTED.search(inside) is not None)


def _inside(before: str) -> str | None:
    """Return what stands in the bracket that is open at the end of a text and begins with the best; None outside."""
    while (rest := _CLOSED.sub("", before)) != before:
        before = rest
    found = None
    for match in _BRACKET.finditer(before):
        found = match
    return None if found is None else before[found.end() :]
