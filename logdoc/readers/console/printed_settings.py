"""Settings that a program prints when it starts: no numbers of theirs are measures, counters or steps."""

from __future__ import annotations

import re
from array import array
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts
from logdoc.readers.console.gaps import drop_rows
from logdoc.readers.dumps import names_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar

_FEWEST = 5  # settings in a block
_MOST_STARTS = 1_000  # in one log; what is printed more often is no setting
_FEWEST_KEYS = 8  # of a dictionary in one line
_OTHERS = 3  # values of it that are no numbers
_PAIR = re.compile(
    r"\s*['\"]?([A-Za-z_][\w.\-/]{0,60})['\"]?\s*(?:=|:(?=\s|$))\s*"
    r"(\[[^\t]*\]|\{[^\t]*\}|\([^\t]*\)|'.*'|\".*\"|(?:(?![:=]\s|\t|\s\|\s).)*?)\s*,?\s*"
)
_COUNTS = frozenset(("epoch", "step", "iter", "iteration", "batch", "round", "episode"))  # what heads the first row
_BRACE = re.compile(r"\s*(?:[A-Za-z_][\w.]*\s*:?\s*\{|\}),?\s*")
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?%?|nan|[-+]?inf", re.IGNORECASE)
_MEASURED = re.compile(r"(?:loss|acc|accuracy|reward|return|score|error|ppl|perplexity)$", re.IGNORECASE)
_KEY = re.compile(r"'([A-Za-z_]\w*)': (?:('|True|False|None|\[|\{)|([-+]?\d*\.\d))?")


def drop_settings(grammar: Grammar) -> None:
    """Leave out blocks of lines of which each is ``key: value``, and dictionaries in one line, that name settings.

    A start of a program prints them, at the head of a log and again behind the rows of an earlier start: their
    ``epochs: 400`` would be a row at epoch 400 there. A block of measures names no settings, and holds numbers only.
    """
    pairs = [_pair(shape.line) if len(shape) <= _MOST_STARTS else None for shape in grammar.shapes]
    whole = {place for place, shape in enumerate(grammar.shapes) if _is_dictionary(shape.line)}
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}")
    member = np.array([pair is not None for pair in pairs], dtype=np.bool_)
    inside = np.zeros(order.size, dtype=np.bool_)
    if member.any():
        edges = np.diff(np.concatenate(([0], member[order].astype(np.int8), [0])))
        for begin, end in zip(np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True):
            said = [pair for place in order[begin:end].tolist() if (pair := pairs[place]) is not None]
            for first, end_ in pairwise(_cuts(said)):
                behind = end_ - 1 if said[end_ - 1][0].lower() in _COUNTS else end_
                inside[begin + first : begin + behind] = _are_settings(said[first:behind])
    if whole:
        inside |= np.isin(order, list(whole))
    if inside.any():
        drop_lines(grammar, order.copy(), inside)


def drop_lines(grammar: Grammar, order: NDArray[np.int_], inside: NDArray[np.bool_]) -> None:
    """Leave out the lines of which `inside` is true.

    Args:
        grammar: changed.
        order: int64[lines], a copy of its order.
        inside: bool[lines].
    """
    places = np.unique(order[inside])
    dropped = np.zeros(len(grammar.shapes), dtype=np.bool_)
    dropped[places] = True
    at = np.flatnonzero(dropped[order])  # the lines of these kinds, few of the log
    kinds, gone = order[at], inside[at]
    for place in places.tolist():
        drop_rows(grammar.shapes[place], np.flatnonzero(gone[kinds == place]).tolist())
    grammar.order = array(grammar.order.typecode, order[~inside].tobytes())


def _pair(line: str) -> tuple[str, str] | None:
    """Return the key and the value of a line that is a setting, two empty texts for a brace alone, None for others."""
    own = line[fronts.own_words(line) :]
    if _BRACE.fullmatch(own):
        return "", ""
    match = _PAIR.fullmatch(own)
    return None if match is None else (match[1], match[2])


def _cuts(pairs: Sequence[tuple[str, str]]) -> list[int]:
    """Return where blocks begin in lines of pairs, and where the last ends: where a key comes again, but in braces."""
    cuts = [0]
    if all(key for key, _ in pairs):
        seen: set[str] = set()
        for number, (key, _) in enumerate(pairs):
            if key in seen:
                cuts.append(number)
                seen.clear()
            seen.add(key)
    return [*cuts, len(pairs)]


def _are_settings(pairs: Sequence[tuple[str, str]]) -> bool:
    """Tell whether lines of a block are settings: some value is a text, and names of settings are among the keys."""
    named = [(key, value) for key, value in pairs if key]
    keys = {key for key, _ in named}
    if len(named) < _FEWEST:
        return False
    if any(_MEASURED.search(key) and "." in value and _NUMBER.fullmatch(value) for key, value in named):
        return False
    return any(value and not _NUMBER.fullmatch(value) for _, value in named) and names_settings(keys)


def _is_dictionary(line: str) -> bool:
    """Tell whether a line is a dictionary of settings: many keys, texts and truth values among what they hold."""
    if "{'" not in line:
        return False
    found = list(islice(_KEY.finditer(line), 200))
    others = sum(1 for match in found if match[2])
    measured = any(_MEASURED.search(match[1]) and match[3] for match in found)
    return len(found) >= _FEWEST_KEYS and others >= _OTHERS and not measured and names_settings(m[1] for m in found)
