"""How a program ended, from the last lines it printed. The signs are data: `rules/_names/endings.yaml`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from logdoc.readers.console.cleaning import lines_of
from logdoc.readers.console.fronts import own_words
from logdoc.redaction import cut
from logdoc.vocabulary.endings import ending_of, load_skips

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAIL = 400  # lines
_TAIL_SIZE = 1 << 20  # characters; four hundred lines with their progress bars
_GOES_ON = 3  # rows of a kind before a sign and as many after it: the program went on
_MOST = 3
_HELD_BACK = 8192  # characters that stand in the buffer of a program at most
_OF_A_CLOCK = 3  # numbers; hours, minutes and seconds at least
_LAST = 12  # lines; a step that is skipped so near to the end is the last thing that happened
_TRACEBACK = re.compile(r"(?:^|[\s:\]|])Traceback \(most recent call last\)")
_LOGGING_FAILED = "--- Logging error ---"  # a message could not be written, and the program goes on without it
_FRAME = re.compile(r"^(?:\[?rank ?\d+\]?:?\s*)?(?:File \"|\^|~|\.\.\. |raise )")
_EXCEPTION = re.compile(
    r"^(?:\[?rank ?\d+\]?:?\s*)?(?:[\w.]+\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning)?)(?::\s.*)?$"
)
_DIGITS = re.compile(r"[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?|nan|inf(?:inity)?)\b", re.IGNORECASE)
_MEASURED = re.compile(r"\d\.\d|\bnan\b|\binf\b", re.IGNORECASE)
_EXCEPTION_SAYS = "ended with an exception"


class Crash(NamedTuple):
    """A sign of the end: what it says, the number of the line, the line, and whether what stands behind it was printed
    later for certain: a program that is not waited for prints what it held back below its exception.
    """

    what: str
    line: int
    text: str
    followed: bool = False


def crashes_in(text: str) -> list[Crash]:
    """Return what the last lines of a log say about the end of the program, the most telling first; at most three.

    Memory that ran out for one batch, or a NaN in one layer, is no end where the rows of the log go on after it.
    """
    lines = _last_lines(text)
    rows = [_DIGITS.sub("#", line) if _MEASURED.search(line) else "" for _, line in lines]
    before, after = Counter[str](), Counter(rows)
    found: dict[str, tuple[int, Crash]] = {}
    in_traceback = of_logging = False
    for (number, line), row in zip(lines, rows, strict=True):
        before[row] += 1
        after[row] -= 1
        of_logging = of_logging or line.rstrip().endswith(_LOGGING_FAILED)
        if _TRACEBACK.search(line):
            in_traceback, of_logging = not of_logging, False
        says, rank = _sign(line, in_traceback)
        if not says:
            continue
        if says not in found and not _went_on(before, after):
            found[says] = (rank, Crash(says, number, cut(line, 200)))
        in_traceback = False
    told = [crash for _, crash in sorted(found.values(), key=lambda item: item[0])]
    return [crash._replace(followed=_is_followed(crash, text)) for crash in (told or _skips(lines))[:_MOST]]


def _is_followed(crash: Crash, text: str) -> bool:
    """Tell whether more stands behind a sign than a program holds back, or a line of a logger, which holds nothing."""
    behind = "".join(text.split("\n", crash.line)[crash.line :]).lstrip()
    front = behind[: own_words(behind.partition("\n")[0])]
    return len(re.findall(r"\d+", front)) >= _OF_A_CLOCK or len(behind) > _HELD_BACK


def _skips(lines: Sequence[tuple[int, str]]) -> list[Crash]:
    """Return that a log ends in steps that are skipped with hardly any loss scale left."""
    skips = load_skips()
    for number, line in reversed(lines[-_LAST:]):
        scale = skips.scale_in(line)
        if scale is not None:
            return [Crash(skips.ending.says, number, cut(line, 200))] if scale <= skips.at_most else []
    return []


def _last_lines(text: str) -> list[tuple[int, str]]:
    start = 0 if len(text) <= _TAIL_SIZE else text.find("\n", len(text) - _TAIL_SIZE) + 1
    skipped = text.count("\n", 0, start)
    return [(skipped + number, line) for number, line in lines_of(text[start:])][-_TAIL:]


def _sign(line: str, in_traceback: bool) -> tuple[str, int]:
    """Return what a line says about the end and how telling that is, the less the more; nothing of an ordinary line."""
    if in_traceback and _FRAME.match(line):
        return "", 0
    ending = ending_of(line)
    if ending is not None:
        return ending.says, ending.rank
    if in_traceback and _EXCEPTION.match(line):
        plain = ending_of(_EXCEPTION_SAYS)
        return _EXCEPTION_SAYS, plain.rank if plain is not None else 0
    return "", 0


def _went_on(before: Counter[str], after: Counter[str]) -> bool:
    return any(
        row and times >= _GOES_ON and before[row] >= _GOES_ON for row, times in after.items() if times >= _GOES_ON
    )
