"""Histories that a program saved of itself: NumPy arrays (``.npy``, ``.npz``, Stable-Baselines' evaluations), pickled
dicts of lists. Arrays of objects and pickles are walked by :mod:`logdoc.readers.pickled`, never unpickled.
"""

from __future__ import annotations

import io
import pickletools
import re
import tokenize
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import DAMAGED, NOTHING, TOO_LARGE
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.history import pieces_of
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.one_measure import tells_history, together, told_by
from logdoc.readers.pickled import PickleDamagedError, PickleRefusedError, plain_values
from logdoc.readers.source import RunSource, in_folder
from logdoc.readers.tables.building import runs_of
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.readers.tables.wide import Piece

MAX_FILE = 64 << 20
MAX_MEMBERS = 1_000
_MAX_CURVES = 64  # columns of a table that is saved as one array
_NUMPY, _ZIP = b"\x93NUMPY", b"PK\x03\x04"
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\((?:dp|lp)\d|[}\]]q[\x00-\xff]|c(?:collections|numpy[\w.]*|copy_reg)\n")
_OTHERS = re.compile(r"(?:pandas|torch|keras|sklearn|tensorflow)\.")
_HEADER = 10_000  # characters of an array's description, as NumPy's own limit
# What NumPy raises for headers that are no description of an array.
_BENT = (ValueError, TypeError, OverflowError, MemoryError, EOFError, SyntaxError, RecursionError, tokenize.TokenError)
_EVALUATIONS = {"timesteps", "results", "ep_lengths"}


def sniff(head: bytes, name: str) -> str | None:
    """Return how the file was recognised. In a folder only a file that is named like a history is one, for data sets
    are saved in the same forms.
    """
    folder = in_folder(name)
    if folder and not tells_history(name):
        return None
    if head.startswith(_NUMPY):
        return "NumPy array"
    if head.startswith(_ZIP) and re.match(rb".{26}.{2}.{2}[\w./ -]{1,100}\.npy", head[:160], re.DOTALL):
        return "NumPy archive"
    if _PICKLE.match(head) and (not folder or _may_be_plain(head)):
        return "pickle (walked, not unpickled)"
    return None


def _may_be_plain(head: bytes) -> bool:
    """Tell whether the first instructions of a pickle name nothing but NumPy's arrays."""
    try:
        for operation, argument, _ in pickletools.genops(head):
            if operation.name == "GLOBAL" and not re.match(r"numpy|_codecs|collections", str(argument)):
                return False
            if operation.name in ("BINUNICODE", "SHORT_BINUNICODE") and _OTHERS.match(str(argument)):
                return False
    except (ValueError, IndexError):
        pass  # the head ends in the middle of it
    return True


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files as runs: arrays of one measure each that are named alike are one."""
    kinds = [path.suffix if path.suffix == ".npy" else None for path in files]
    sources = []
    for mine in together(files, kinds):
        run = told_by(mine[0].stem).run
        several = shown_relative(mine[0].parent / run if run else mine[0].parent, root)
        alone = len(mine) == 1
        id_ = shown_relative(mine[0], root) if alone else several if several != "." else shown_path(root.name)
        note = "" if alone else "a NumPy array per measure"
        sources.append(RunSource(id_, "saved", root, tuple(mine), note))
    return sources


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run, or the runs, of one file or of files with a measure each."""
    values: dict[str, Any] = {}
    faults: list[Defect] = []
    shown = []
    for path in source.files:
        name = shown_relative(path, source.root)
        data = read_regular(path, MAX_FILE + 1)
        try:
            if len(data) > MAX_FILE:
                raise PickleRefusedError(f"more than {MAX_FILE >> 20} MiB")
            found = _content(data)
        except PickleRefusedError as error:
            what = f"not judged: it holds {error}; nothing was unpickled. Save the history as JSON or CSV."
            damaged = isinstance(error, PickleDamagedError)
            faults.append(Defect(name, what, lost=damaged, id=DAMAGED if damaged else TOO_LARGE))
            continue
        measure = told_by(path.stem).measure or shown_path(path.stem)
        values.update(found if isinstance(found, dict) and len(source.files) == 1 else {measure: found})
        shown.append(name)
    pieces = _pieces(values)
    if not pieces:
        why = "not judged: no list of numbers in it that is named like a measure"
        return [*faults, *([Defect(shown[0], why, id=NOTHING)] if shown else [])]
    config, sources, more = read_beside(source.files[0].parent, source.root)
    for piece in pieces:
        piece.note = f"saved {piece.note}"
    return list(runs_of(source, (*shown, *sources), pieces, config=config, defects=[*faults, *more]))


def _content(data: bytes) -> Any:
    """Return what the file holds as dicts and lists.

    Raises:
        PickleRefusedError: with what it holds instead.
    """
    if data.startswith(_NUMPY):
        return _array(data)
    if not data.startswith(_ZIP):
        return _walked(data)
    found: dict[str, Any] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            left = MAX_FILE
            for member in archive.infolist()[:MAX_MEMBERS]:
                with archive.open(member) as stream:
                    raw = stream.read(left + 1)
                left -= len(raw)
                if left < 0:
                    raise PickleRefusedError(f"arrays of more than {MAX_FILE >> 20} MiB")
                found[shown_path(member.filename.removesuffix(".npy"))] = _array(raw)
    except PickleRefusedError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise PickleDamagedError(f"a damaged archive ({cut(str(error), 80)})") from None
    return _evaluations(found) if set(found) >= _EVALUATIONS - {"ep_lengths"} else found


def _walked(data: bytes) -> Any:
    """Return what a pickle holds; a file that does not begin like one was overwritten since it was recognised."""
    try:
        return plain_values(data)
    except PickleRefusedError:
        if _PICKLE.match(data):
            raise
        raise PickleDamagedError("a damaged pickle (it does not begin like one)") from None


def _array(data: bytes) -> Any:
    """Return an array as lists; one of objects is a pickle behind a header, and is walked like one."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        reads = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = reads(stream, max_header_size=_HEADER)
        if kind.hasobject:
            return plain_values(data[stream.tell() :])
        if len(data) - stream.tell() < int(np.prod(shape, dtype=np.float64)) * kind.itemsize:
            raise PickleDamagedError("an array that is cut short")
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False, max_header_size=_HEADER)
    except PickleRefusedError:
        raise
    except _BENT as error:
        raise PickleDamagedError(f"a damaged array ({cut(str(error), 80)})") from None
    if array.dtype.names:
        return {shown_path(name): array[name].ravel().tolist() for name in array.dtype.names}
    if array.dtype.kind not in "biuf":
        raise PickleRefusedError(f"an array of the type {array.dtype}")
    return _columns(array)


def _columns(array: np.ndarray[Any, Any]) -> Any:
    """Return a list of numbers, or of a table with a few columns a dict of them."""
    array = array.squeeze()
    if array.ndim <= 1:
        return array.ravel().tolist()
    if array.ndim == 2 and array.shape[1] <= _MAX_CURVES:
        return {f"column {i + 1}": array[:, i].tolist() for i in range(array.shape[1])}
    raise PickleRefusedError(f"an array of the shape {array.shape}, no curve")


def _evaluations(found: dict[str, Any]) -> dict[str, Any]:
    """Return what Stable-Baselines 3 logs of its evaluations: of every one the means over its episodes."""

    def mean(name: str) -> list[float]:
        value = found.get(name)
        table = np.array(list(value.values()) if isinstance(value, dict) else [value or []], dtype=np.float64)
        return [float(number) for number in table.mean(axis=0)] if table.size else []

    named = {"eval/mean_reward": "results", "eval/mean_ep_length": "ep_lengths", "eval/success_rate": "successes"}
    means = {name: mean(key) for name, key in named.items()}
    return {"timesteps": found["timesteps"], **{name: curve for name, curve in means.items() if curve}}


def _pieces(values: dict[str, Any]) -> list[Piece]:
    """Return the curves: a table is taken for a list of its columns where they are not all of another length."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value and all(name.startswith("column ") for name in value):
            flat.update({f"{key}/{name}": column for name, column in value.items()})
        else:
            flat[key] = value
    if len(flat) == 1 and isinstance(next(iter(flat.values())), dict):
        flat = next(iter(flat.values()))
    (first,) = flat.values() if len(flat) == 1 else (None,)
    if isinstance(first, list) and len(first) == 1 and isinstance(first[0], dict):
        flat = first[0]
    return pieces_of(flat)
