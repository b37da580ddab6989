"""Finding logs: which files under a path are logs, of which format, and which of them make one run."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import LogdocError
from logdoc.model import Defect
from logdoc.model.notes import ARCHIVE, LINES, NOTHING, OTHER_TOOL, PASSED_OVER, UNREADABLE, ZEROS
from logdoc.readers.archives import archive_kind, unpack
from logdoc.readers.companion import SIDECAR
from logdoc.readers.files import (
    HEAD_SIZE,
    NotRegularError,
    behind_zeros,
    describe_bytes,
    only_zeros,
    read_regular,
    read_tail,
    shown_path,
    shown_relative,
)
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.registry import FORMATS, Format, format_named
from logdoc.readers.stores import store_of
from logdoc.readers.unread import PRINTED, Unread, attributed, format_by_name, grouped, names_split
from logdoc.readers.walk import may_hold_log, named_like_log, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.readers.places import Scratch
    from logdoc.readers.recognised import Recognised
    from logdoc.readers.source import RunSource

TELL_AFTER = 64  # files, a fraction of a second, between two words on how far the search is
_QUICK_HEAD = 4096
_ZEROS = bytes(64)
_PAGE = ".md"
_MOST_PAGES = 20
_LONG_HEAD = 2 << 20
MAX_RUNS = 2_000  # of one archive; a folder of files is judged whole, however many
_NOTHING = (describe_bytes(b""), describe_bytes(b"\0"))
_KINDS = {_NOTHING[0]: NOTHING, _NOTHING[1]: ZEROS}
_POINTER = describe_bytes(b"version https://git-lfs")[:16]


@dataclass(slots=True)
class Found:
    """What lies under one path: the sources of runs by format, and what was odd, both sorted by path."""

    sources: list[tuple[Format, RunSource]] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


def discover(
    path: Path,
    chosen: Format | None = None,
    scratch: Scratch | None = None,
    told: Callable[[int], None] | None = None,
    recognised: Recognised | None = None,
) -> Found:
    """Return the logs under a folder, or the log that a single file is.

    Folders are walked without following links out of them, only regular files are opened, and what is no log is
    passed over in silence,
    unless its name says that it is one or it was named itself: then a defect says what it is. With `chosen` only
    that format is looked for.
    Archives are unpacked into `scratch`; without one they are left alone. `told` is called after every `TELL_AFTER`
    files, with that number. What `recognised` knows is not asked of the formats again.
    """
    found = Found()
    root = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would replace the name by which the user knows the folder
    if root.is_dir():
        count, archives = _discover_folder(root, chosen, found, told=told, recognised=recognised)
        if archives and scratch is not None:
            _discover_archives(root, archives, chosen, found, scratch)
        if not found.sources and not found.defects:
            looked = (
                "an empty folder"
                if count == 0
                else "1 file, no known log"
                if count == 1
                else f"{count} files, none of them a known log"
            )
            found.defects.append(Defect(shown_path(root.name) or ".", f"nothing to judge: {looked}", id=NOTHING))
    else:
        _discover_file(root, chosen, found, scratch)
    found.sources.sort(key=lambda pair: pair[1].id)
    found.defects.sort(key=lambda defect: defect.source)
    return found


def _discover_file(path: Path, chosen: Format | None, found: Found, scratch: Scratch | None) -> None:
    shown = shown_path(path.name)
    try:
        head = head_of(path, named=True)
    except NotRegularError:
        found.defects.append(
            Defect(shown, "not judged: it is a pipe, a socket or a device and was not opened", id=PASSED_OVER)
        )
        return
    except OSError as error:
        found.defects.append(Defect(shown, _not_opened(error), lost=True, id=UNREADABLE))
        return
    store = store_of(path, head) if chosen is None else None
    if store is not None:
        found.defects.append(Defect(shown, store.what, id=OTHER_TOOL))
        return
    if chosen is not None:
        matched: tuple[Format, str] | None = (chosen, f"read as {chosen.name} as told")
    else:
        matched = _match(head, path, path.name, FORMATS) or _as_console(path, head)
    if archive_kind(path.name, head) and scratch is not None:
        _discover_archives(path.parent, [path], chosen, found, scratch)
        if not found.sources and not found.defects:
            found.defects.append(
                Defect(shown, f"not judged: it is {describe_bytes(head)} without a known log in it", id=NOTHING)
            )
        return
    if matched is None:
        what = (
            "a configuration; name the folder in which the log lies"
            if is_config_name(path.name)
            else describe_bytes(head)
        )
        found.defects.append(
            Defect(
                shown, f"not judged: it is {what}" + (" that is no known log" if what == "a text" else ""), id=NOTHING
            )
        )
        return
    sources = matched[0].group(path.parent, [path])
    for source in sources:
        id_ = shown if len(sources) == 1 else source.id
        found.sources.append(
            (matched[0], replace(source, id=id_, note=source.note or matched[1], told=chosen is not None))
        )


def _discover_archives(
    root: Path, archives: Sequence[Path], chosen: Format | None, found: Found, scratch: Scratch
) -> None:
    """Unpack the archives beside each other under their own paths, and look for logs there as in any folder."""
    for path in archives:
        target = scratch.folder()
        shown = shown_relative(path, root)
        unread: list[Unread] = []
        try:
            unread = unpack(path, target / path.relative_to(root))
        except (OSError, LogdocError) as error:
            found.defects.append(Defect(shown, f"the archive could not be read: {error}", lost=True, id=ARCHIVE))
        inside = Found()
        _, inner = _discover_folder(target, chosen, inside, unread)
        found.defects.extend(inside.defects)
        inside.sources.sort(key=lambda pair: pair[1].id)
        found.sources.extend(inside.sources[:MAX_RUNS])
        if (more := len(inside.sources) - MAX_RUNS) > 0:
            what = f"{more:,} of the logs in it were not judged, after {MAX_RUNS:,}; unpack it to have all judged"
            found.defects.append(Defect(shown, what, lost=True, id=ARCHIVE))
        found.defects.extend(
            Defect(shown_relative(path, target), "an archive in an archive; it was not opened", id=PASSED_OVER)
            for path in inner
        )


def _discover_folder(
    root: Path,
    chosen: Format | None,
    found: Found,
    unread: Sequence[Unread] = (),
    told: Callable[[int], None] | None = None,
    recognised: Recognised | None = None,
) -> tuple[int, list[Path]]:
    """Look for logs in a folder, of which `unread` is known not to be readable; return how many files it holds and the
    archives among them.
    """
    unread = list(unread)
    closed: list[tuple[Path, str]] = []
    formats = (chosen,) if chosen is not None else FORMATS
    by_format: dict[str, list[Path]] = {}
    notes: dict[Path, str] = {}
    archives: list[Path] = []
    stores: dict[Path, str] = {}
    pages: list[Path] = []
    count = 0
    for path in walk(root, found.defects, closed):
        count += 1
        if told is not None and count % TELL_AFTER == 0:
            told(TELL_AFTER)
        if not may_hold_log(path.name) or path.name == SIDECAR:
            if chosen is None and path.name.lower().endswith(_PAGE) and len(pages) < _MOST_PAGES:
                pages.append(path)
            continue
        named = named_like_log(path.name)
        try:
            head = head_of(path, named=named)
        except OSError as error:
            unread.append(Unread(path, _not_opened(error)))
            continue
        store = store_of(path, head) if chosen is None else None
        if store is not None:
            stores[store.path] = store.what
            continue
        matched = _match(head, path, f"{root.name}/{_below(path, root)}", formats, recognised)
        if matched is not None:
            by_format.setdefault(matched[0].name, []).append(path)
            notes[path] = matched[1]
        elif archive_kind(path.name, head):
            archives.append(path)
        elif (gone := _without_content(path, head)) is not None:
            unread.append(replace(gone, quiet=not named or chosen is not None))
        elif chosen is None and format_by_name(path) == "mlflow":
            what = f"not judged: it lies among metrics of MLflow, but is {describe_bytes(head)} that holds none"
            unread.append(Unread(path, what, quiet=True, kind=LINES))
        elif named and chosen is None and not path.name.lower().endswith(".profile-empty"):
            what = f"not judged: it is named like a log, but is {describe_bytes(head)}"
            if format_by_name(path):  # of a run that keeps several such files, one is missing
                unread.append(Unread(path, what, lost=False, kind=NOTHING))
            else:
                found.defects.append(Defect(shown_relative(path, root), what, id=NOTHING))
    for path, what in stores.items():
        found.defects.append(
            Defect(shown_path(root.name) if path == root else shown_relative(path, root), what, id=OTHER_TOOL)
        )
    if not by_format and not archives and not found.defects:
        for path in pages:
            if (matched := _as_console(path, head_of(path, named=True))) is not None:
                by_format.setdefault(matched[0].name, []).append(path)
                notes[path] = matched[1]
    unread.extend(Unread(path, what, below=True) for path, what in closed)
    _group(root, formats, by_format, notes, found, unread)
    return count, archives


def _group(
    root: Path,
    formats: Sequence[Format],
    by_format: Mapping[str, Sequence[Path]],
    notes: Mapping[Path, str],
    found: Found,
    unread: list[Unread],
) -> None:
    """Group the files of every format as runs, and give what could not be read to the run that it belongs to."""
    made: list[tuple[Format, RunSource]] = []
    for known in formats:
        files = sorted(by_format.get(known.name, ()), key=lambda path: _below(path, root))
        if files:
            sources, unread = grouped(known, root, files, unread)
            made.extend((known, replace(s, note=s.note or notes.get(s.files[0], ""))) for s in sources)
    made, stray = attributed(unread, made, root)
    found.sources.extend(made)
    found.defects.extend(stray)


def _as_console(path: Path, head: bytes) -> tuple[Format, str] | None:
    """Return that a page of Markdown is what a program printed: pasted there, it is looked at where nothing else is a
    log.
    """
    if not path.name.lower().endswith(_PAGE):
        return None
    console = format_named("console")
    note = console.sniff(head, f"{path.stem}.log")
    return None if note is None else (console, f"{note} in Markdown")


def _not_opened(error: OSError) -> str:
    return f"the file could not be read: {error.strerror or type(error).__name__}"


def _without_content(path: Path, head: bytes) -> Unread | None:
    """Return a file that should hold a log, but holds nothing, zero bytes only, or the pointer of Git LFS."""
    what = describe_bytes(head)
    if not (what in _NOTHING or what.startswith(_POINTER)) or path.name.lower().endswith(".profile-empty"):
        return None
    printed = path.suffix.lower() == ".log" or (path.suffix.lower() in PRINTED and names_split(path))
    if not (printed or named_like_log(path.name) or format_by_name(path) == "mlflow"):
        return None
    if what == _NOTHING[1] and not only_zeros(path):
        return None
    return Unread(
        path,
        f"not judged: it is named like a log, but is {what}",
        lost=what != _NOTHING[0],
        kind=_KINDS.get(what, UNREADABLE),
    )


def head_of(path: Path, *, named: bool) -> bytes:
    """Return the first bytes of a file: more of them where a few leave open what it is."""
    head = read_regular(path, HEAD_SIZE if named else _QUICK_HEAD)
    if head.startswith(_ZEROS):
        return behind_zeros(path, HEAD_SIZE) or head
    more = describe_bytes(head) in {"a text", "a JSON document", "an SQLite database"}
    if len(head) == _QUICK_HEAD and (more or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))):
        return _with_a_line(read_regular(path, HEAD_SIZE), path)
    return _with_a_line(head, path)


def _with_a_line(head: bytes, path: Path) -> bytes:
    """Return more of a file of JSON whose first lines are longer than the head: a metric for each of 2,000 layers."""
    if len(head) < HEAD_SIZE or not head.lstrip().startswith(b"{") or head.count(b"\n") > 1:
        return head
    return read_regular(path, _LONG_HEAD)


def _below(path: Path, root: Path) -> str:
    """Return the path below the root with slashes."""
    below = os.fspath(path)[len(os.fspath(root)) :].lstrip(os.sep)
    return below if os.sep == "/" else below.replace(os.sep, "/")


def _match(
    head: bytes, path: Path, name: str, formats: Sequence[Format], recognised: Recognised | None = None
) -> tuple[Format, str] | None:
    """Return the format that recognises the beginning of a file; of a long text also its end, for there may be a
    program before the log.
    """

    def asked() -> tuple[str, str] | None:
        found = ((known.name, known.sniff(head, name)) for known in formats)
        return next(((format_, note) for format_, note in found if note is not None), None)

    answer = asked() if recognised is None else recognised.answer(head, name, asked)
    if answer is not None:
        return format_named(answer[0]), answer[1]
    if len(head) >= HEAD_SIZE and describe_bytes(head) == "a text":
        tail = read_tail(path, HEAD_SIZE)
        for known in formats:
            if known.by_tail and (note := known.sniff(tail, name)) is not None:
                return known, note
    return None
