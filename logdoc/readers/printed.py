"""Lists and dicts as Python prints them into a file: ``[0.51, 0.48, nan]``, ``{'loss': [tensor(0.5), ...]}``.

The text is read token by token and never evaluated: brackets, names, numbers, and numbers in a shell such as
``tensor(0.5, device='cuda:0')``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logdoc.errors import ReadError
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, NOTHING, TOO_LARGE
from logdoc.readers.delimited.dialect import detect_encoding
from logdoc.readers.files import HEAD_SIZE, read_regular, shown_relative
from logdoc.readers.history import pieces_of
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.one_measure import tells_history, told_by
from logdoc.readers.source import RunSource, each_alone
from logdoc.readers.tables.building import runs_of
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_FILE = 64 << 20
MAX_TOKENS = 10_000_000
_MAX_DEPTH = 8
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)(?![\w.])"
_SHELL = r"(?:[A-Za-z_]\w*\.)*(?:tensor|array|float\d*|int\d+|Array|EagerTensor)\("
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})|(?P<open>[\[{{]|{_SHELL}|\()|(?P<close>[\]}})])|(?P<sign>[,:=]|<[^<>\n]{{0,80}}>)"
    r"|(?P<text>'[^'\n]{0,200}'|\"[^\"\n]{0,200}\")|(?P<name>[A-Za-z_][\w./ ]{0,80}))",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    rf"\s*(?:[A-Za-z_][\w ./-]{{0,60}}\s*[:=]\s*)?"
    rf"(?:\[\s*(?:{_NUMBER}|{_SHELL}|\[)|\{{\s*'[^']{{1,80}}'\s*:\s*\[)",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"loss|acc|reward|'\w*(?:val|train)", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_KEYWORDS: dict[str, Any] = {"none": None, "true": True, "false": False, "null": None}


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a printed list: it begins with one, and the file, a name before it, or its keys say of what."""
    file = name.rpartition("/")[2].lower()
    if "." in file and not file.endswith((".txt", ".log", ".out", ".json", ".list", ".dat")):
        return None
    encoding = detect_encoding(head)
    text = "" if encoding is None else head.decode(encoding, "replace")
    begun = _BEGINS.match(text)
    if begun is None or not (tells_history(file) or _MEASURED.search(begun[0])):
        return None
    try:
        # Log lines that begin with a bracket, "[1, 2000] loss: 0.5", are no lists: behind a list nothing is said.
        found = list(_values(text))
    except ReadError as error:
        return "a printed list" if len(head) >= HEAD_SIZE and "cut short" in str(error) else None
    return "a printed list" if found and not _are_rows(found) else None


def _are_rows(found: list[tuple[str, Any]]) -> bool:
    """Tell whether what looks like lists are lines of a log, ``loss at step 20 = [0.53]``: one number each, below names
    that differ in the number of the step.
    """
    names = [name for name, _ in found]
    bare = {_DIGITS.sub("#", name) for name in names}
    single = all(isinstance(value, list) and len(value) == 1 for _, value in found)
    return single and len(set(names)) > 1 and len(bare) < len(set(names))


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return each_alone("printed", root, files)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one file."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)]
    text = data.decode(detect_encoding(data[: 64 << 10]) or "utf-8", "replace")
    defects: list[Defect] = []
    found: list[tuple[str, Any]] = []
    try:
        found.extend(_values(text))  # what came before an error stays
    except ReadError as error:
        if not found:
            return [Defect(shown, f"not judged: {error}", id=NOTHING)]
        defects.append(Defect(shown, f"{error}; what stands before was read", lost=True, id=CUT))
    pieces = pieces_of(_named(found, told_by(path.stem).measure or path.stem))
    if not pieces:
        return [Defect(shown, "not judged: printed lists, none of them of numbers under a known measure", id=NOTHING)]
    config, sources, more = read_beside(path.parent, source.root)
    for piece in pieces:
        piece.note = f"printed {piece.note}"
    return list(runs_of(source, (shown, *sources), pieces, config=config, defects=[*defects, *more]))


def _named(found: list[tuple[str, Any]], measure: str) -> Any:
    """Return the lists by their names; the same name again, a line per epoch, goes on with its list."""
    if len(found) == 1 and not found[0][0]:
        return found[0][1] if isinstance(found[0][1], dict) else {measure: found[0][1]}
    result: dict[str, Any] = {}
    for number, (name, value) in enumerate(found):
        if isinstance(value, dict):
            result.update(value)
        else:
            key = name or (measure if number == 0 else f"{measure} ({number + 1})")
            result[key] = [*result[key], *value] if isinstance(result.get(key), list) else value
    return result


def _values(text: str) -> Iterator[tuple[str, Any]]:
    """Yield name (empty without one) and value of every list or dict that stands by itself in the text.

    Raises:
        ReadError: where the text is something else, or ends in the middle of a value.
    """
    stack: list[tuple[str, list[Any]]] = []
    name, at, tokens = "", 0, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        tokens += 1
        if match is None or tokens > MAX_TOKENS or len(stack) > _MAX_DEPTH:
            if not text[at:].strip():
                break
            line = text.count("\n", 0, at) + 1
            raise ReadError(f"a text that is no list of numbers (line {line:,}: '{text[at : at + 30].strip()}')")
        at = match.end()
        if match["open"]:
            stack.append((match["open"], []))
        elif match["close"]:
            if not stack:
                raise ReadError("a bracket that was never opened")
            value = _closed(*stack.pop())
            if stack:
                stack[-1][1].append(value)
            elif isinstance(value, list | dict):
                yield name, value
                name = ""
        elif stack:
            stack[-1][1].append(_token(match, shell=stack[-1][0][-1:] == "(" and len(stack[-1][0]) > 1))
        elif match["name"] or match["text"]:
            name = (match["name"] or match["text"][1:-1]).strip()
        elif match["number"]:
            raise ReadError("numbers outside of a list")
    if stack:
        raise ReadError("the list is cut short")


class _Sign(str):
    __slots__ = ()


def _token(match: re.Match[str], *, shell: bool) -> Any:
    """Return what a token inside of brackets is; words other than None, True and False stand in shells only.

    Raises:
        ReadError: for any other word.
    """
    if match["number"]:
        return float(match["number"])
    if match["text"]:
        return match["text"][1:-1]
    if match["sign"]:
        return _Sign(match["sign"])
    word = match["name"].strip()
    if word.lower() not in _KEYWORDS and not shell:
        raise ReadError(f"a list with '{cut(word, 40)}' in it")
    return _KEYWORDS.get(word.lower(), _Sign(word))


def _closed(opened: str, items: list[Any]) -> Any:
    """Return what stands between two brackets: a dict, a list, or of a shell its first item."""
    if opened == "{":
        pairs = [i for i in range(1, len(items) - 1) if items[i] == ":" and isinstance(items[i], _Sign)]
        return {str(items[i - 1]): items[i + 1] for i in pairs}
    values = [item for item in items if not isinstance(item, _Sign)]
    if opened in "[(":
        return values
    return values[0] if values else None
