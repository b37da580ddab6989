"""TensorBoard event files: found, taken apart with NumPy, checked, and put together as one run a folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import CHANGED, DUPLICATES, ENCODING, LEFT_OUT, STEPS, UNREADABLE
from logdoc.readers.files import HEAD_SIZE, describe_bytes, read_regular, shown_path
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.tensorboard.assembly import MOST_TAGS, Rows, add_scalars, curves, defects_of, histograms
from logdoc.readers.tensorboard.checksum import masked_crc
from logdoc.readers.tensorboard.clocks import without_impossible_times
from logdoc.readers.tensorboard.contents import Contents, read_contents, shown_tag
from logdoc.readers.tensorboard.fallback import ask_tbparse
from logdoc.readers.tensorboard.grouping import group, is_summary_folder, series_name
from logdoc.readers.tensorboard.merging import merged, rank_of
from logdoc.readers.tensorboard.pieces import read_pieces
from logdoc.readers.tensorboard.ranks import disagreement, other_ranks
from logdoc.redaction import cut

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue
    from logdoc.readers.source import RunSource
    from logdoc.readers.tensorboard.contents import HistogramPoint

__all__ = ["group", "is_event_name", "read", "sniff"]

_LARGE = 4 << 20
_HUGE = 256 << 20  # read in pieces, so that memory is bounded
_PLACEHOLDER = "hp_metric"  # Lightning logs it as -1 when nobody set it


def sniff(head: bytes) -> str | None:
    """Return why the first bytes are those of an event file, or None.

    The CRC of the first length decides, or the version record behind a damaged one.
    """
    if len(head) >= 12 and masked_crc(head[:8]) == int.from_bytes(head[8:12], "little"):
        return "the checksum of the first record's length is right"
    if b"brain.Event:" in head[:64]:
        return "a version record stands at the start"
    return None


def is_event_name(name: str) -> bool:
    """Whether a file is named like an event file."""
    return "tfevents" in name and not name.endswith((".profile-empty", ".meta", ".yaml", ".txt", ".json"))


def read(source: RunSource) -> Run:
    """Read the event files of one run.

    Damage never raises: what is left is read, and every loss is a defect of the run. A run in which nothing is
    readable says so.
    """
    ranks: dict[int, list[Path]] = {}
    for path in source.files:
        below = path.parent != source.root
        ranks.setdefault((rank_of(path.parent) if below else None) or 0, []).append(path)
    runs = {rank: _read_files(replace(source, files=tuple(files)), rank) for rank, files in ranks.items()}
    first = runs.pop(0, None) or runs.pop(min(runs))
    return merged(first, runs)


def _read_files(source: RunSource, rank: int) -> Run:
    folder = _Folder(source, home=source.files[0].parent if rank else source.root)
    for path in source.files:
        folder.add(path)
    return folder.run()


class _Folder:
    """Collects the files of one run in the order of their names, which is the order of time."""

    def __init__(self, source: RunSource, home: Path) -> None:
        self.source = source
        self.home = home
        self.rows: dict[str, Rows] = {}
        self.by_folder: dict[Path, dict[str, Rows]] = {}
        self.omitted: set[str] = set()
        self.no_utf8: dict[bytes, str] = {}
        self.histograms: list[tuple[str, HistogramPoint]] = []
        self.config: dict[str, ConfigValue] = {}
        self.texts: dict[str, str] = {}
        self.left_out: dict[str, str] = {}
        self.defects: list[Defect] = []
        self.sources: list[str] = []
        self.files: list[tuple[Path, Contents]] = []
        self.readable = 0
        self.records = 0

    def add(self, path: Path) -> None:
        """Read one file; what it holds is joined with the others when all of them are known."""
        shown = self._shown(path)
        self.sources.append(shown)
        try:
            size = path.stat().st_size
            if size > _HUGE and path.is_file():
                self._add_huge(path, shown, size)
                return
            data = _bytes_of(path, size)
        except OSError as error:
            self.defects.append(
                Defect(shown, f"could not be opened: {error.strerror or error}", lost=True, id=UNREADABLE)
            )
            return
        self._note_shrunk(shown, data.size, size)
        if self._is_another(shown, data):
            return
        contents = read_contents(data)
        if contents.tensors:
            ask_tbparse(path, contents)
        self._add_contents(path, shown, contents)

    def _add_huge(self, path: Path, shown: str, size: int) -> None:
        head = np.frombuffer(read_regular(path, HEAD_SIZE), dtype=np.uint8)
        if head.any() and self._is_another(shown, head):  # a hole at the start may be as large as it likes
            return
        contents, got = read_pieces(path, size)
        self._note_shrunk(shown, got, size)
        self._add_contents(path, shown, contents)

    def _note_shrunk(self, shown: str, got: int, size: int) -> None:
        if got < size:
            what = f"it shrank while it was read: {got:,} of {size:,} bytes are left"
            self.defects.append(Defect(shown, what, lost=True, id=CHANGED))

    def _is_another(self, shown: str, data: NDArray[np.uint8]) -> bool:
        """Tell, and note, that what is named like an event file is none."""
        reason = _not_an_event_file(data) if sniff(data[:64].tobytes()) is None else ""
        if reason:
            what = f"is named like an event file, but is {reason}"
            self.defects.append(Defect(shown, what, lost=True, id=UNREADABLE))
        return bool(reason)

    def _add_contents(self, path: Path, shown: str, contents: Contents) -> None:
        self.readable += contents.records > 0
        self.records += contents.records
        self.defects.extend(defects_of(contents, shown))
        self.files.append((path, contents))

    def _shown(self, path: Path) -> str:
        return shown_path(path.relative_to(self.source.root).as_posix())

    def _join(self) -> None:
        """Take the files in their order, without those of other ranks; each is let go once it is taken."""
        left = other_ranks(self.files)
        names = [self._shown(path) for path, _ in self.files]
        others: list[tuple[str, str, Path, Contents]] = []
        self.files.reverse()
        for i, name in enumerate(names):
            path, contents = self.files.pop()
            if i in left:
                others.append((name, names[left[i]], path, contents))
            else:
                self._take(path, contents)
        for name, kept, path, contents in others:
            said = disagreement(self.by_folder.get(path.parent, {}), self._named(path, contents), contents)
            what = f"written at the same time as {kept}: another rank; left out{said}"
            self.defects.append(Defect(name, what, id=LEFT_OUT))

    def _take(self, path: Path, contents: Contents) -> None:
        home, folder = self.home, path.parent
        self.config.update(contents.config)
        if contents.session_end:
            self.texts["_hparams_/session_end"] = contents.session_end
        self.left_out.update({name: why for name, why in contents.left_out.items() if name not in self.left_out})
        self.texts.update({shown_tag(tag): text for tag, text in contents.texts.items()})
        if is_summary_folder(home, folder, holds_settings=bool(contents.config)):
            for point in contents.points:
                self.left_out.setdefault(f"{folder.name}/{shown_tag(point.tag)}", "the summary that add_hparams writes")
            return
        names = self._named(path, contents)
        self.no_utf8.update({tag: name for tag, name in names.items() if "\\x" in name and b"\\x" not in tag})
        self._purge_histograms(home, folder, contents)
        self.omitted |= add_scalars(self.rows, self.by_folder.setdefault(folder, {}), contents, names)

    def _named(self, path: Path, contents: Contents) -> dict[bytes, str]:
        """Return the names of a file's curves by their tags."""
        tags = {slot.tag: None for decoded in contents.columns for slots in decoded.slots for slot in slots}
        tags.update({point.tag: None for point in contents.points})
        return {tag: series_name(self.home, path.parent, shown_tag(tag)) for tag in tags}

    def _purge_histograms(self, home: Path, folder: Path, contents: Contents) -> None:
        """Add the histograms of one file; a session that starts at step s takes back those of its folder from s on."""
        mine = [(series_name(home, folder, shown_tag(p.tag)), p) for p in contents.histograms]
        for record, step in contents.starts:
            self.histograms = [
                (name, p)
                for name, p in self.histograms
                if p.step < step or series_name(home, folder, shown_tag(p.tag)) != name
            ]
            mine = [(name, p) for name, p in mine if p.step < step or p.record > record]
        self.histograms.extend(mine)

    def run(self) -> Run:
        """Put the run together."""
        self._join()
        repeated: dict[str, int] = {}
        strayed: dict[str, int] = {}
        series, attempts, restarts = curves(self.rows, repeated, strayed)
        if strayed:
            name, count = max(strayed.items(), key=lambda item: item[1])
            what = "single records have an older step than those around them; they were sorted in"
            if 3 * count >= len(series[name]):
                what = "the records are not in the order of their steps; they were sorted"
            self.defects.append(Defect(self.sources[0], f"{what}: {count:,} of '{cut(name, 80)}'", id=STEPS))
        if repeated:
            self.defects.append(_told_repeated(repeated, self.sources[0]))
        self.defects.extend(without_impossible_times(series, self.sources[0]))
        no_utf8 = {tag: name for tag, name in self.no_utf8.items() if name in series}  # others: of damaged records
        if no_utf8:
            self.defects.append(_told_no_utf8(no_utf8, self.sources[0]))
        placeholder = series.get(_PLACEHOLDER)
        if placeholder is not None and np.all(placeholder.values == -1.0):
            del series[_PLACEHOLDER]
            self.left_out[_PLACEHOLDER] = "Lightning's placeholder"
        self.defects.extend(
            Defect(
                self.sources[0],
                f"'{name}' was logged without steps; its {len(s):,} records are taken in their order",
                id=STEPS,
            )
            for name, s in series.items()
            if s.axis == "index"
        )
        if self.omitted:
            self.left_out["further tags"] = f"{len(self.omitted):,} tags; at most {MOST_TAGS:,} of a run are read"
            self.defects.append(
                Defect(
                    self.sources[0],
                    f"{len(self.omitted):,} tags beyond the first {MOST_TAGS:,} were left out",
                    id=LEFT_OUT,
                )
            )
        beside, files, defects = read_beside(self.source.root)
        return Run(
            id=self.source.id,
            format=self.source.format,
            sources=(*self.sources, *files),
            series=series,
            attempts=attempts,
            histograms=histograms(self.histograms),
            config={**beside, **self.config},
            texts=self.texts,
            restarts=restarts,
            left_out=self.left_out,
            defects=(*self.defects, *defects),
            note=f"{self.source.note}, {self.records:,} records",
            readable=self.readable > 0,
        )


def _told_repeated(repeated: dict[str, int], source: str) -> Defect:
    """Return what is told of records of one step in a row; of many curves the worst is named."""
    name, count = max(repeated.items(), key=lambda item: item[1])
    points, stand, their = ("1 point", "stands", "its") if count == 1 else (f"{count:,} points", "stand", "their")
    more = len(repeated) - 1
    others = f", and {more:,} more {'curve has' if more == 1 else 'curves have'} such points" if more else ""
    what = (
        f"{points} of '{cut(name, 80)}' {stand} at the step of the next one, which is judged in {their} place{others}"
    )
    return Defect(source, what, id=DUPLICATES)


def _told_no_utf8(names: dict[bytes, str], source: str) -> Defect:
    name = next(iter(names.values()))
    tags = (
        f"the tag '{cut(name, 80)}' is" if len(names) == 1 else f"{len(names):,} tags are, such as '{cut(name, 80)}',"
    )
    return Defect(source, f"{tags} not UTF-8; bytes that are no text are shown as \\xNN", id=ENCODING)


def _bytes_of(path: Path, size: int) -> NDArray[np.uint8]:
    """Return the bytes of a file that had `size` of them a moment ago; fewer where it was cut short since."""
    if size < _LARGE or not path.is_file():
        return np.frombuffer(read_regular(path), dtype=np.uint8)
    # NumPy asks for huge pages where `bytes` does not: four times faster to fill.
    data = np.empty(size, dtype=np.uint8)
    got = 0
    with path.open("rb", buffering=0) as stream:
        while got < size and (count := stream.readinto(data.data[got:])):
            got += count
    return data[:got]


def _not_an_event_file(data: NDArray[np.uint8]) -> str:
    """What a file without a right first record is; an empty text when it may be a damaged event file."""
    what = describe_bytes(data[: 64 << 10].tobytes())
    hole_at_the_start = data.size > 64 << 10 and not data[: 64 << 10].any() and bool(data.any())
    return "" if what == "binary data" or hole_at_the_start else what
