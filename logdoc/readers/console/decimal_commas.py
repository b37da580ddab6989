"""Numbers with a decimal comma, as .NET, R and MATLAB print them where German, French or Turkish is spoken:
``Accuracy: 0,4882``, ``7,08E+12``. Whether commas are decimal is decided for a text as a whole.
"""

from __future__ import annotations

import re

from logdoc.readers.console.ends import ends_of
from logdoc.readers.console.words import counter_before

_NUMBER = re.compile(
    # Nothing of a list in front or behind (1,2,3), no clock (10:15:30,123), no word (conv1,2).
    r"(?<![\w.,])(?<!\d:)(?<!\d:\d)(?P<whole>\d{1,3}(?:\.\d{3})+|\d+),(?P<part>\d+)(?P<power>[eE][-+]?\d+)?"
    r"(?!\w*[A-Za-z]\w*[\d_])(?!\d|[.,]\d)"
)
# What has a name in front is a measure, and no list in brackets: betas=(0,9), sizes [64,64].
_NAMED = re.compile(r"[A-Za-z)\]%\"'][\"']?(?:\s*[:=]\s*|\s+)[-+]?$")
_POINT = re.compile(r"(?<![\w.,:/\\-])[-+]?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.,/\\-]*\w)")
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3}){2,}(?![\d,])|(?<![\w.,])\d{1,3},\d{3}\.\d")
# What a decimal comma that is sure looks like from the comma on; the text of most logs has none, and is told so by it.
_MAY_BE_SURE = re.compile(r",(?<=\d,)(?:\d{4}|\d+[eE][-+]?\d|(?<=[^\w.,]0,)\d\d)")
_LONG = 4  # digits behind the comma; three may be thousands
_OF_THOUSANDS = 3  # digits
_FEWEST = 2  # different numbers that can be read in no other way
_POINTS = 10  # decimal commas to each decimal point that is allowed: of another program in between


def has_decimal_commas(text: str) -> bool:
    """Tell whether the commas within the numbers of a text are decimal commas.

    They are where several different numbers behind names can be nothing else (``0,4882`` and ``7,08E+12``, but neither
    ``1,234`` nor ``gpus: 0,1``), none has commas between its thousands, and next to none has a decimal point.
    """
    pieces = ends_of(text)
    if not any(_MAY_BE_SURE.search(piece) for piece in pieces):
        return False
    sure: set[str] = set()
    commas = points = 0
    for piece in pieces:
        if _THOUSANDS.search(piece):
            return False
        for match in _NUMBER.finditer(piece):
            if not _NAMED.search(piece, max(0, match.start() - 40), match.start()):
                continue
            commas += 1
            zero = match["whole"] == "0" and len(match["part"]) > 1
            if zero or len(match["part"]) >= _LONG or match["power"]:
                sure.add(match[0])
        points += sum(1 for _ in _POINT.finditer(piece)) if commas else 0
    return len(sure) >= _FEWEST and points * _POINTS <= commas


def with_points(line: str) -> str:
    """Return a line whose numbers have decimal points for their commas, and no points between thousands; a count keeps
    the comma between its thousands, ``Step 1,000 Loss 0,7512``.
    """

    def spelt(found: re.Match[str]) -> str:
        whole, part, power = found["whole"], found["part"], found["power"] or ""
        thousands = len(part) == _OF_THOUSANDS and not power and whole[0] != "0"
        if thousands and counter_before(line[: found.start()], first=False) is not None:
            return found[0]
        return f"{whole.replace('.', '')}.{part}{power}"

    return _NUMBER.sub(spelt, line)
