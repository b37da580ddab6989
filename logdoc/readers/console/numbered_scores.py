"""Scores with a number inside their name: ``top-1=76.1%``, ``BLEU-2 65.76``, ``metrics/mAP50-95(B): 0.4``."""

from __future__ import annotations

import re

_SCORE = re.compile(
    r"(?<![\w-])(?:(?:metrics|val|test|eval)/)?(?:top|prec|acc|hits?|m?ap(?:@?\.?\d+)?|recall|precision|rouge|bleu|ndcg"
    r"|pck|rank)[-_]$",
    re.IGNORECASE,
)
_REST = re.compile(r"(\([A-Za-z]\))?\s*[:=]\s*$")


def numbered_score(before: str, token: str, after: str) -> tuple[str, int]:
    """Return the name of a score that a number belongs to, and how much of the text behind the number does.

    Args:
        before: the text in front of the number, `token`; `after` the one behind it, up to the next number.

    Returns:
        The name, "" where the number is part of no such name, and a count of characters.
    """
    score, rest = _SCORE.search(before), _REST.match(after)
    if score is None or (rest is None and after != " "):
        return "", 0
    kind = rest[1] or "" if rest is not None else ""
    return f"{score[0]}{token}{kind}", len(kind)
