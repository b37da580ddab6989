"""Settings in R scripts: the arguments of a few functions, looked for in the text without reading R as a language."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from logdoc.program.choosing import undecided
from logdoc.program.meanings import load_meanings, words_of
from logdoc.program.parsing import too_long
from logdoc.program.settings.found import Seen, Source, Unknown, settled
from logdoc.program.settings.table import fact_of, load_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logdoc.model import ConfigValue, ProgramSetting, ProgramText
    from logdoc.program.settings.table import Taken

_ENDINGS = (".r", ".rscript")
_MOST_CALLS = 400  # that are settings
_LONGEST_CALL = 4_000
_LONGEST_BEFORE = 400  # characters of the line before a call
_COMMENT = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')|#[^\n]*")
# No part of these gives back what it took, so that endless words and numbers cost no more than others.
_CALL = re.compile(r"(?<![\w.])(?:[A-Za-z][\w.]*+::)?([A-Za-z][\w.]*+)[ \t]*+\(")
_VALUE = r"(-?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?L?|\"[^\"\n]*\"|'[^'\n]*'|[A-Za-z.][\w.$]*+)"
_NAMED = re.compile(rf"(?:^|[\s,(])([A-Za-z.][\w.]*+)\s*+=\s*+{_VALUE}(?=\s*(?:[,\n]|$))")
_ALONE = re.compile(rf"\s*{_VALUE}\s*(?:,|$)")
_ASSIGNED = re.compile(rf"^([A-Za-z.][\w.]*+)[ \t]*+(?:<-|=)[ \t]*+{_VALUE}[ \t]*+(?:;[ \t]*+)?$", re.MULTILINE)
_SET = re.compile(r"^[ \t]*+([A-Za-z.][\w.]*+)[ \t]*+(?:<-|=)(?!=)", re.MULTILINE)
_LEARNS = ("compile", "fit", "fit_generator", "xgboost", "xgb.train", "lightgbm", "lgb.train")


def is_r(text: ProgramText) -> bool:
    """Tell whether a file is an R script, by its name."""
    return text.path.lower().endswith(_ENDINGS)


def r_settings(texts: Sequence[ProgramText]) -> tuple[tuple[ProgramSetting, ...], list[tuple[str, str]]]:
    """Return the settings of the R script that trains, and (path, note) of what could not be read; of several scripts,
    and none named, nothing.
    """
    notes = [(one.path, fault) for one in texts if (fault := too_long(one.text))]
    plain = [(one, _COMMENT.sub(lambda m: m[1] or "", one.text)) for one in texts if not too_long(one.text)]
    learning = [(one, text) for one, text in plain if any(c[1] in _LEARNS for c in _CALL.finditer(text))]
    started = [pair for pair in plain if pair[0].main] or learning
    if len(started) > 1:
        notes.append(undecided([one.path for one, _ in started]))
    return (settled(_seen(*started[0])) if len(started) == 1 else ()), notes


def _seen(one: ProgramText, text: str) -> Iterator[Seen]:
    table = load_table()
    constants = _constants(text)
    for name, (value, at) in constants.items():
        if (
            (name.isupper() or name.lower() not in table.not_alone)
            and fact_of(name)
            and name.lower() not in table.never
        ):
            yield Seen(name.lower(), value, one.path, _line(text, at), Source.CONSTANT)
    calls = ((call, t) for call in _CALL.finditer(text) if (t := table.in_r.of(call[1], call[1])) is not None)
    for call, taken in islice(calls, _MOST_CALLS):
        if taken.kind == "loader" and _is_for_validation(text, call.start()):
            continue
        inner = _arguments(text, call.end())
        for key, value, at in _pairs(taken, inner):
            yield Seen(key, _worth(value, constants), one.path, _line(text, call.end() + at), Source.CALL)
        if taken.own:
            yield Seen(taken.own, call[1].partition("_")[2].lower(), one.path, _line(text, call.start()), Source.CALL)


def _is_for_validation(text: str, at: int) -> bool:
    """Tell whether what stands in a line before a place speaks of data that are held out and not of the training's."""
    begin = max(text.rfind("\n", 0, at) + 1, at - _LONGEST_BEFORE)
    words, meanings = words_of(text[begin:at]), load_meanings()
    return bool(words & meanings.validation) and not words & meanings.training


def _arguments(text: str, begin: int) -> str:
    """Return what stands between the brackets of a call, blanks for what stands in brackets of its own."""
    made, depth, quote = [], 0, ""
    for letter in text[begin : begin + _LONGEST_CALL]:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth < 0:
                break
        made.append(letter if depth == 0 and letter not in ")]}" else "\0")
    return "".join(made)


def _pairs(taken: Taken, inner: str) -> Iterator[tuple[str, str, int]]:
    """Yield (key, value as written, place) of the arguments that are settings."""
    named = {m[1]: m for m in _NAMED.finditer(inner)}
    first = taken.first[0] if taken.first else taken.number
    alone = _ALONE.match(inner)
    fits = alone is not None and (not taken.number or alone[1][0] in "-.0123456789")
    if first and alone is not None and fits and first not in {taken.takes.get(name) for name in named}:
        yield first, alone[1], alone.start(1)
    for name, match in named.items():
        if name in taken.takes:
            yield taken.takes[name], match[2], match.start(2)


def _constants(text: str) -> dict[str, tuple[ConfigValue | Unknown, int]]:
    """Return the names that stand at the left margin and are set to a literal, once in all of the script."""
    times: dict[str, int] = {}
    for match in _SET.finditer(text):
        times[match[1]] = times.get(match[1], 0) + 1
    return {m[1]: (_literal(m[2]), m.start()) for m in _ASSIGNED.finditer(text) if times.get(m[1]) == 1}


def _worth(written: str, constants: Mapping[str, tuple[ConfigValue | Unknown, int]]) -> ConfigValue | Unknown:
    value = _literal(written)
    return constants[written][0] if isinstance(value, Unknown) and written in constants else value


def _literal(written: str) -> ConfigValue | Unknown:
    if written[0] in "\"'":
        return written[1:-1]
    if written in ("TRUE", "FALSE", "T", "F"):
        return written.startswith("T")
    try:
        value = float(written.removesuffix("L"))
    except ValueError:
        return Unknown.UNTRACED
    return int(value) if value.is_integer() and "." not in written and "e" not in written.lower() else value


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
