"""From a console log to a run: lines that repeat are rows, the rest is talk."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import CELLS, ENDED, LEFT_OUT, LINES, NO_NUMBERS, NOTHING, STEPS, TOO_LARGE, ZEROS
from logdoc.readers.console.acceptance import is_log
from logdoc.readers.console.behaviour import settle
from logdoc.readers.console.cleaning import broken_numbers, without_line_numbers
from logdoc.readers.console.crashes import Crash, crashes_in
from logdoc.readers.console.decimal_commas import has_decimal_commas
from logdoc.readers.console.echoes import drop_echoes
from logdoc.readers.console.endless import drop_endless, told_endless
from logdoc.readers.console.examples import counts_examples
from logdoc.readers.console.gaps import drop_cut_number, drop_repeated, gaps_in, told_cut
from logdoc.readers.console.held_out_files import of_held_out
from logdoc.readers.console.marks import marked
from logdoc.readers.console.masking import Grammar, grammar_of
from logdoc.readers.console.messages import Said, said_in, told_said
from logdoc.readers.console.parts import count_down, parts_of
from logdoc.readers.console.presets import drop_first_sums, restore_nan
from logdoc.readers.console.printed_settings import drop_settings
from logdoc.readers.console.rows import Rows, rows_of
from logdoc.readers.console.sizes import SIZE, training_size
from logdoc.readers.console.spoilt import restore_spoilt, told_spoilt
from logdoc.readers.console.stamps import NAME, times_of
from logdoc.readers.console.steps import ENOUGH, Numbered, number_rows
from logdoc.readers.console.words import STEP, is_measure
from logdoc.readers.console.wrapped import of_old_variables
from logdoc.readers.delimited.dialect import detect_encoding
from logdoc.readers.dumps import settings_in
from logdoc.readers.files import HEAD_SIZE, describe_bytes, read_regular, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import RunSource
from logdoc.readers.starts import again
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.rows import sparse_columns
from logdoc.readers.tables.wide import arrange_wide
from logdoc.readers.walk import printed_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue
    from logdoc.readers.tables.column import Column
    from logdoc.readers.tables.curves import Curves

MAX_FILE = 512 << 20
_SUFFIXES = (".log", ".txt", ".out", ".err", ".stdout", ".stderr")
_END = 1 << 20  # characters in which the end of a program is looked for
_HOLE = bytes(8)  # no text has so many zero bytes in a row, not even in UTF-32
_DIGITS = re.compile(rb"[-+.\d\s]+")
_ALIKE_WITHIN = 8 << 10  # bytes in which another line like the first is looked for
_HOLES = re.compile(rb"\0{8,}")
_WITH_HOLE = re.compile(rb"[^\n\0]*\0{8,}[^\n]*")
# ASCII in UTF-16 of which a byte is missing: every character stands half in the next. Lines drawn with one of these
# signs ("──────") are no text.
_SHIFTED = re.compile(f"[{''.join(chr(code << 8) for code in range(0x09, 0x7F))}]{{12,}}")
_LETTERS = 6  # different ones in a dozen characters of text
_BAR = re.compile(r"\d%\|.{0,200}\d+/\d+ \[\d\d:\d\d")  # a bar of tqdm: a program that counts its steps
# What a queue or a shell says of a program that the system killed: a training may end so before its first row.
_KILLED = re.compile(
    r"\boom_kill event|^\S+: line \d+: +\d+ Killed\s+\S*(?:python|torchrun)"
    r"|\bDUE TO (?:TIME LIMIT|PREEMPTION|NODE FAILURE)\b|\bTERM_RUNLIMIT\b",
    re.MULTILINE,
)
_TRACEBACK = "Traceback (most recent call last)"


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a console log: lines that repeat, with a counter and a measure."""
    # Terminals are sent colours and backspaces, which make a text look like binary data.
    encoding = _encoding(head)
    file = printed_as(name.rpartition("/")[2])
    if encoding is None or ("." in file and not file.lower().endswith(_SUFFIXES)):
        return None
    if not encoding.startswith("utf-16") and describe_bytes(_shown(head)) not in {"a text", "a JSON document"}:
        return None
    text = _plain(without_holes(_behind_zeros(head)[0])[0].decode(encoding, "replace"))
    if is_log(understood(text)):
        return "console log"
    ended = _TRACEBACK in text or _BAR.search(text) is not None or _KILLED.search(text) is not None
    return "console log that ends in an exception" if ended and crashes_in(text) else None


def _shown(head: bytes) -> bytes:
    return without_holes(_behind_zeros(head)[0])[0].replace(b"\x1b", b"").replace(b"\x08", b"").replace(b"\r", b"\n")


def _encoding(head: bytes) -> str | None:
    return detect_encoding(_shown(head))


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return [RunSource(shown_relative(path, root), "console", root, (path,)) for path in files]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one log."""
    path = source.files[0]
    shown, beside = shown_relative(path, source.root), read_beside(path.parent, source.root)
    config, sources, more = beside
    data, emptied = _behind_zeros(read_regular(path, MAX_FILE + 1))
    if emptied:
        what = f"{emptied:,} zero bytes stand at the beginning: the file was emptied while its program went on writing"
        more = (Defect(shown, what, id=ZEROS), *more)
    data, holes = without_holes(data)
    if holes:
        what = (
            f"{holes:,} zero bytes stand in the text (a network file system or a full disk); their lines are left out"
        )
        more = (Defect(shown, what, lost=True, id=ZEROS), *more)
    text = _text_of(data)
    if broken := broken_numbers(text):
        what = f"control characters stand inside {broken:,} numbers, which are left out"
        more = (Defect(shown, what, lost=True, id=CELLS), *more)
    if shifted := sum(len(part) for part in _SHIFTED.findall(text) if len(set(part)) >= _LETTERS):
        what = f"{shifted:,} characters cannot be read: a byte of UTF-16 is missing in front of them"
        more = (Defect(shown, what, lost=True, id=LINES), *more)
    said = _said(text)
    del text  # it is let go before its numbers are copied
    return of_held_out(_runs_of(said, source, shown, config, sources, more), path)


def runs_of_text(text: str, source: RunSource, shown: str) -> list[Run | Defect]:
    """Return the runs of a text that was printed and kept elsewhere than in a file of its own; none if it is no log.

    Args:
        text: what was printed.
        source: where it was kept; `shown` is its name for the user.
    """
    text = _plain(text)
    if not text.strip() or not is_log(understood(text[:HEAD_SIZE])):
        return []
    return _runs_of(_said(text), source, shown)


@dataclass(slots=True)
class _Said:
    """What a text says: its rows, how its program ended, what libraries said, and the settings that it printed."""

    rows: Rows
    crashes: list[Crash]
    messages: list[Said]
    settings: dict[str, ConfigValue]


def _said(text: str) -> _Said | None:
    """Return what a text says, None for one that is too long."""
    if len(text) > MAX_FILE:
        return None
    grammar = understood(text)
    rows = rows_of(grammar)
    rows.times, rows.commas = times_of(text, rows.at), has_decimal_commas(text)
    settings = settings_in(text)
    if (size := training_size(grammar.shapes)) is not None:
        settings.setdefault(SIZE, size)
    return _Said(rows, crashes_in(_end_of(text)), said_in(text), settings)


def _runs_of(
    said: _Said | None,
    source: RunSource,
    shown: str,
    config: Mapping[str, ConfigValue] = MappingProxyType({}),
    sources: Sequence[str] = (),
    more: Sequence[Defect] = (),
) -> list[Run | Defect]:
    if said is None:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)]
    rows, crashes, settings = said.rows, said.crashes, said.settings
    restored = restore_nan(rows)
    drop_first_sums(rows)
    numbered = number_rows(rows)
    if not numbered.values or (crashes and not _measures(numbered)):
        what = "not judged: a text in which no line names a step or epoch and a measure"
        ends = "; ".join(f"the program {crash.what}: {crash.text}" for crash in crashes)
        return [Defect(shown, f"{what}; {ends}" if ends else what, id=NOTHING)]
    counted_down = count_down(numbered, rows.times)
    parts = parts_of(numbered, marked(rows.marks, np.array(rows.at, dtype=np.int64)[numbered.rows]))
    begins = [int(numbered.rows[part[0]]) for part in parts]
    told = [_ended(shown, crash, rows, begins[-1]) for crash in crashes]
    told += [*gaps_in(rows, shown, begins), *told_cut(rows.broken, shown, unmeasured=rows.unmeasured)]
    told += [*told_endless(rows.endless, shown), *told_spoilt(rows.spoilt, shown)]
    if numbered.uncounted >= ENOUGH:
        what = f"{numbered.uncounted:,} rows name no step or epoch, unlike most, and were left out"
        told.append(Defect(shown, what, id=LINES))
    if counted_down:
        what = "the count falls from row to row while time goes on: it tells what is left, and the rows were numbered"
        told.append(Defect(shown, what, id=STEPS))
    if numbered.apart:
        what = "several counts run side by side, as where two processes write into one file; each is a run of its own"
        told.append(Defect(shown, what, id=STEPS))
    if numbered.rounds:
        what = f"the count starts again {numbered.rounds - 1:,} times while the loss goes on; the rounds were joined"
        told.append(Defect(shown, what, id=STEPS))
    if restored:
        rows_leave = "1 row leaves" if restored == 1 else f"{restored:,} rows leave"
        what = f"{rows_leave} out the loss, as Megatron-LM does when it is NaN; it was read as NaN"
        told.append(Defect(shown, what, id=NO_NUMBERS))
    notes = [told_said(mine, shown) for mine in _by_part(said.messages, rows, numbered, parts)]
    notes[-1][:0] = told
    return _runs(source, (shown, *sources), rows, numbered, parts, {**config, **settings}, notes, more)


def _by_part(
    messages: Sequence[Said], rows: Rows, numbered: Numbered, parts: Sequence[NDArray[np.int64]]
) -> list[list[Said]]:
    """Return the messages of every run of a log: those above its last row, and of the last run all that are left."""
    lasts = [rows.at[numbered.rows[part[-1]]] for part in parts[:-1]]
    mine: list[list[Said]] = [[] for _ in parts]
    for one in messages:
        mine[next((i for i, last in enumerate(lasts) if one.line <= last), -1)].append(one)
    return mine


def _measures(numbered: Numbered) -> bool:
    """Tell whether rows name a measure; ``CommandError: "0" is no port`` is an exception that was said once."""
    return any(
        (is_measure(name) or has_measure(name)) and (at.size > 1 or not name.endswith(("Error", "Exception")))
        for name, (at, _) in numbered.values.items()
    )


def _ended(shown: str, crash: Crash, rows: Rows, first: int) -> Defect:
    """Return what is told of the end of a program; where the run of the `first` row began later it is not its end."""
    where = f"line {crash.line:,}"
    if crash.followed and crash.line < rows.at[first]:
        what = f"above its first row a program {crash.what}: {crash.text}; what is below went on or began anew"
        return Defect(shown, what, where, id=LINES)
    return Defect(shown, f"the program {crash.what}: {crash.text}", where, ended=True, id=ENDED)


def read_text(path: Path) -> str:
    """Return the text of a file, one character longer than `MAX_FILE` where the file is longer than that.

    Raises:
        OSError: the file could not be read.
    """
    return _text_of(without_holes(_behind_zeros(read_regular(path, MAX_FILE + 1))[0])[0])


def _behind_zeros(data: bytes) -> tuple[bytes, int]:
    """Return a text without the zero bytes at its beginning, and how many these are, where a whole line stands behind
    them: of a line that begins in the middle the rest was lost.
    """
    if not data.startswith(_HOLE):
        return data, 0
    text = data.lstrip(b"\0")
    first, *others = [_DIGITS.sub(b"#", line) for line in text[:_ALIKE_WITHIN].split(b"\n")]
    return (text, len(data) - len(text)) if first in others[:-1] else (data, 0)


def _text_of(data: bytes) -> str:
    return _plain(data.decode(_encoding(data[: 64 << 10]) or "utf-8", "replace"))


def _plain(text: str) -> str:
    return of_old_variables(without_line_numbers(text))


def without_holes(data: bytes) -> tuple[bytes, int]:
    """Return a text without the lines that a hole of zero bytes goes through, which are empty then, and the number of
    these bytes; UTF-16, in which every other byte is zero, is returned as it is.
    """
    if _HOLE not in data:
        return data, 0
    return _WITH_HOLE.sub(b"", data), sum(len(found) for found in _HOLES.findall(data))


def _end_of(text: str) -> str:
    """Return the end of a long text behind as many empty lines as stand before it, so that lines keep their numbers."""
    if len(text) <= _END:
        return text
    cut = text.find("\n", len(text) - _END)
    cut = len(text) - _END if cut < 0 else cut
    return "\n" * text.count("\n", 0, cut) + text[cut:]


def understood(text: str) -> Grammar:
    """Return the kinds of lines of a text, each with what its numbers are."""
    grammar = grammar_of(text)
    drop_cut_number(grammar)
    drop_settings(grammar)
    drop_repeated(grammar)
    drop_echoes(grammar)
    endless = drop_endless(grammar, text)
    grammar.spoilt = restore_spoilt(grammar)
    settle(grammar)
    grammar.endless = sum(grammar.shapes[place].kind == "row" for place in endless)
    return grammar


def _runs(
    source: RunSource,
    sources: tuple[str, ...],
    rows: Rows,
    numbered: Numbered,
    parts: list[NDArray[np.int64]],
    config: dict[str, ConfigValue],
    told: list[list[Defect]],
    more: Sequence[Defect],
) -> list[Run | Defect]:
    settled = (numbered.note or (numbered.settled and len(parts) > 1)) and STEP in numbered.counters
    runs: list[Run | Defect] = []
    for i, part in enumerate(parts, 1):
        columns, left_out = _columns(numbered, part, rows.times)
        piece = arrange_wide(columns, part.size, counter=STEP if settled else "")
        piece.curves.left_out.update(left_out)
        _tell_resumes(piece.curves, marked(rows.resumed, np.array(rows.at, dtype=np.int64)[numbered.rows[part]]))
        lines = [rows.at[row] for row in numbered.rows[part[[0, -1]]].tolist()]
        note = numbered.note or piece.note
        commas = ", decimal commas" if rows.commas else ""
        piece.note = f"console log, {part.size:,} rows in lines {lines[0]:,} to {lines[1]:,}, {note}{commas}"
        id_ = source.id if len(parts) == 1 else f"{source.id}/part {i}"
        mine = [*told[i - 1], *more]
        if len(parts) > 1:
            mine.append(Defect(sources[0], again(i, len(parts)), f"line {lines[0]:,}", id=STEPS))
        if rows.others and i == 1:
            mine.append(
                Defect(
                    sources[0],
                    f"{rows.others:,} lines of further processes were left out; they repeat the first one's",
                    id=LEFT_OUT,
                )
            )
        run = run_of(id_, source, sources, piece, config=config, defects=mine)
        by_examples = numbered.settled and counts_examples(rows.shared, config)
        runs.append(replace(run, counts_examples=by_examples, boosted=rows.catboost or 2 * rows.rounds > len(rows)))
    return runs


def _tell_resumes(curves: Curves, resumed: NDArray[np.bool_]) -> None:
    """Note the steps of the rows in front of which a line says that the training goes on from a checkpoint, unless the
    counters show already where it was resumed.
    """
    whole = [curve for curve in curves.series.values() if curve.steps.size == resumed.size]
    if resumed.any() and whole and not curves.restarts:
        curves.restarts[whole[0].name] = tuple(whole[0].steps[resumed].tolist())


def _columns(
    numbered: Numbered, part: NDArray[np.int64], times: NDArray[np.float64] | None
) -> tuple[list[Column], dict[str, str]]:
    """Return the columns of the rows of one run: its counters, then its measures, then when they were printed."""
    inside = np.zeros(numbered.rows.size, dtype=np.bool_)
    inside[part] = True
    place = np.cumsum(inside) - 1
    found: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    for kind, column in numbered.counters.items():
        here = inside & np.isfinite(column)
        found[kind] = (place[here], column[here])
    for name, (at, values) in numbered.values.items():
        here = inside[at]
        if here.any() and name not in found:
            found[name] = (place[at[here]], values[here])
    if times is not None and NAME not in found:
        found[NAME] = (np.arange(part.size), times[numbered.rows[part]])
    columns, left_out = sparse_columns(part.size, {name: pair for name, pair in found.items() if pair[0].size})
    left_out.update(dict.fromkeys(numbered.rare, "said too seldom in this log to be a curve"))
    return columns, left_out
