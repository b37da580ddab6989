"""Tables of two columns between rules of dashes, as rllab and its successors print the measures of an iteration:
their lines are those of a table drawn with bars.

    --------  ----
    Return    -200
    Entropy    1.4
    --------  ----
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console.ends import ends_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RULE = re.compile(r"^(.*?)(-{3,} {2}-{3,})\s*$")
_RULES = re.compile(r"-{3,} {2}-{3,}[ \t]*\r?$", re.MULTILINE)
_ROW = re.compile(r"^([A-Za-z][^|]{0,78}?) {2,}([-+]?(?:\d\S*|\.\d+|nan|inf|None))\s*$", re.IGNORECASE)
_MOST = 400  # rows of a table


def has_rules(text: str) -> bool:
    """Tell whether tables of a text may stand between rules."""
    return any(_RULES.search(part) is not None for part in ends_of(text))


def barred(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines; those of a table that stands between two rules as cells between bars, the rules as they are.

    Where a logger puts its time and a word in front of every line of a table, they are left out in the table.
    """
    held: list[tuple[int, str]] = []
    rows: list[str] = []
    front = 0
    for number, line in lines:
        rule = _RULE.match(line)
        if held:
            if rule is not None and rows:
                yield held[0]
                yield from ((at, row) for (at, _), row in zip(held[1:], rows, strict=True))
                yield number, line
                held, rows = [], []
                continue
            row = _ROW.match(line[front:])
            if rule is None and row is not None and len(rows) < _MOST:
                held.append((number, line))
                rows.append(f"| {row[1]} | {row[2]} |")
                continue
            yield from held
            held, rows = [], []
        if rule is not None:
            held, front = [(number, line)], len(rule[1])
        else:
            yield number, line
    yield from held
