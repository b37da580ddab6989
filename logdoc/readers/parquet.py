"""Parquet tables: W&B's complete history (artifact type ``wandb-history``) and tables of one's own. Needs pyarrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import DAMAGED, NOTHING, OTHER_TOOL, ROWS, TOO_LARGE
from logdoc.readers.files import shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.building import runs_of
from logdoc.readers.tables.column import EXACT_LIMIT, HOLE, NUMBER, TEXT, Column
from logdoc.readers.tables.long import arrange_columns
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.rows import MAX_CELLS, number_in
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MAX_COLUMNS = 20_000
MAX_TEXT = 256 << 20
_TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a Parquet file under a name that does not say it holds data of another kind."""
    if not head.startswith(b"PAR1"):
        return None
    return "Parquet table"


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return [RunSource(shown_relative(path, root), "parquet", root, (path,)) for path in files]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one file; only columns that count or measure are read."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    try:
        import pyarrow as pa
    except ImportError:
        what = "not judged: reading Parquet needs pyarrow (pip install 'logdoc[parquet]')"
        return [Defect(shown, what, lost=True, id=OTHER_TOOL)]
    try:
        found = _contents(path, shown)
    except (OSError, pa.ArrowException, ValueError) as error:
        return [Defect(shown, f"not judged: pyarrow could not read it ({_short(error)})", lost=True, id=DAMAGED)]
    if isinstance(found, Defect):
        return [found]
    pieces = arrange_columns(found.columns, found.rows)
    for piece in pieces:
        piece.curves.left_out.update(found.left_out)
        piece.note = f"Parquet table, {piece.note}"
    config, sources, defects = read_beside(path.parent, source.root)
    defects = (*found.defects, *defects)
    return list(runs_of(source, (shown, *sources), pieces, config=config, defects=defects))


@dataclass(slots=True)
class _Contents:
    """The columns of a table that count or measure, ``column -> why`` of the others, and what was odd."""

    rows: int
    columns: list[Column] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)


def _contents(path: Path, shown: str) -> _Contents | Defect:
    """Return what a file holds, or why it is not judged; the exceptions of pyarrow are the caller's."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema, metadata = file.schema_arrow, file.metadata
    kinds = [_kind(one.type) for one in schema]
    numeric = [name for name, kind in zip(schema.names, kinds, strict=True) if kind == "number"]
    others = [name for name, kind in zip(schema.names, kinds, strict=True) if kind in ("text", "moment")]
    long = "tag" in others and "value" in numeric
    measured = any(has_measure(name) for name in (*numeric, *others) if not known_counter(name))
    if not any(map(known_counter, numeric)) or not (long or measured):
        return Defect(shown, "not judged: a Parquet table without a step or epoch and a known measure", id=NOTHING)
    if metadata.num_rows * len(schema.names) > MAX_CELLS or len(schema.names) > MAX_COLUMNS:
        what = f"not judged: it holds more than {MAX_CELLS:,} cells or {MAX_COLUMNS:,} columns"
        return Defect(shown, what, lost=True, id=TOO_LARGE)
    found = _Contents(metadata.num_rows)
    large = _large_texts(metadata)
    texts = [name for name, kind in zip(schema.names, kinds, strict=True) if kind == "text" and name not in large]
    # A text that stands in every row is in the file once: as a dictionary it is once in memory, too.
    with pq.ParquetFile(
        path, metadata=metadata, read_dictionary=texts, memory_map=False, page_checksum_verification=True
    ) as file:
        _take_columns(found, file, {*numeric, *others} - large, shown)
    left = [name for name in schema.names if name in large or name not in (*numeric, *others)]
    found.left_out.update(
        (name, f"texts of more than {MAX_TEXT >> 20} MiB" if name in large else "lists, objects or binary values")
        for name in left
    )
    return found


def _take_columns(found: _Contents, file: Any, wanted: set[str], shown: str) -> None:
    """Read the wanted columns; where one is damaged it is lost and told, and the others are read.

    Names that stand twice are told apart by their place, for pyarrow knows columns by their names only.
    """
    import pyarrow as pa

    names = file.schema_arrow.names
    several = len(set(names)) < len(names)
    tables: list[Any] = []
    try:
        tables.append(file.read() if several else file.read(columns=sorted(wanted, key=names.index)))
    except (OSError, pa.ArrowException) as error:
        for name in sorted(wanted, key=names.index):
            try:
                tables.append(file.read(columns=[name]))
            except (OSError, pa.ArrowException):
                what = f"the column '{cut(name, 80)}' is damaged and was left out ({_short(error)})"
                found.defects.append(Defect(shown, what, lost=True, id=DAMAGED))
        if not tables:
            raise
    seen: dict[str, int] = {}
    for table in tables:
        for one, chunks in zip(table.schema, table.columns, strict=True):
            kind = _kind(one.type)
            if one.name not in wanted or not kind:
                continue  # pyarrow takes `a.b` for the field `b` of `a` as well
            seen[one.name] = seen.get(one.name, 0) + 1
            name = one.name if seen[one.name] == 1 else f"{one.name} ({seen[one.name]})"
            found.columns.append(_READERS[kind](name, chunks))
    twice = next((name for name, times in seen.items() if times > 1), None)
    if twice is not None:
        what = f"the column name '{cut(twice, 80)}' stands in the schema more than once; later ones are numbered"
        found.defects.append(Defect(shown, what, id=ROWS))


def _large_texts(metadata: Any) -> set[str]:
    """Return the names of columns whose texts take more memory than any names of measures do."""
    sizes: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.physical_type == "BYTE_ARRAY":
                sizes[chunk.path_in_schema] = sizes.get(chunk.path_in_schema, 0) + chunk.total_uncompressed_size
    return {name for name, size in sizes.items() if size > MAX_TEXT}


def _kind(of: Any) -> str:
    """Return what a column of this type is read as: ``number``, ``moment`` or ``text``; else an empty text."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(of):
        of = of.value_type
    if types.is_integer(of) or types.is_floating(of) or types.is_boolean(of) or types.is_decimal(of):
        return "number"
    if types.is_timestamp(of):
        return "moment"
    view = getattr(types, "is_string_view", None)  # of newer versions only
    return "text" if types.is_string(of) or types.is_large_string(of) or (view is not None and view(of)) else ""


def _decoded(chunks: Any) -> tuple[Any, NDArray[np.bool_]]:
    """Return the values without a dictionary, and bool[n] where they are null: a null is a hole, a NaN was logged."""
    import pyarrow as pa

    if pa.types.is_dictionary(chunks.type):
        chunks = chunks.cast(chunks.type.value_type)
    return chunks, np.asarray(chunks.is_null().to_numpy(), dtype=bool)


def _made(
    name: str, values: NDArray[np.float64], null: NDArray[np.bool_], exact: NDArray[np.int64] | None = None
) -> Column:
    state = np.where(null, HOLE, NUMBER).astype(np.uint8) if null.any() else None
    return Column(name, np.where(null, np.nan, values), state, exact=exact)


def _numbers(name: str, chunks: Any) -> Column:
    import pyarrow as pa

    chunks, null = _decoded(chunks)
    if pa.types.is_boolean(chunks.type):
        chunks = chunks.cast(pa.int8())
    elif pa.types.is_decimal(chunks.type):
        chunks = chunks.cast(pa.float64())
    raw = chunks.fill_null(0).to_numpy()
    values = raw.astype(np.float64)
    if not pa.types.is_integer(chunks.type) or not values.size or float(np.abs(values).max()) < EXACT_LIMIT:
        return _made(name, values, null)
    exact = np.where(np.abs(values) < 2.0**63, raw, 0).astype(np.int64)
    return _made(name, values, null, exact)


def _moments(name: str, chunks: Any) -> Column:
    import pyarrow as pa

    chunks, null = _decoded(chunks)
    ticks = chunks.cast(pa.int64()).fill_null(0).to_numpy().astype(np.float64)
    return _made(name, ticks / _TICKS[chunks.type.unit], null)


def _texts(name: str, chunks: Any) -> Column:
    """Return a column of texts, each different one looked at once; bytes that are no UTF-8 are shown as ``\\xNN``."""
    import pyarrow as pa

    if not pa.types.is_dictionary(chunks.type):
        chunks = chunks.dictionary_encode()
    if not chunks.num_chunks:
        return Column(name, np.empty(0, dtype=np.float64))
    whole = chunks.unify_dictionaries().combine_chunks()
    raw = whole.dictionary.cast(pa.large_binary()).to_pylist()
    words = [(word or b"").decode("utf-8", "backslashreplace") for word in raw] or [""]
    numbers = [number_in(word) for word in words]
    null = np.asarray(whole.is_null().to_numpy(zero_copy_only=False), dtype=bool)
    at = whole.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    of_words = np.array([NUMBER if number is not None else TEXT for number in numbers], dtype=np.uint8)
    state = np.where(null, HOLE, of_words[at]).astype(np.uint8)
    values = np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)[at]
    values[null] = np.nan
    texts = ["" if gone else words[i] for gone, i in zip(null.tolist(), at.tolist(), strict=True)]
    return Column(name, values, state if state.any() else None, texts if (state == TEXT).any() else None)


_READERS: dict[str, Callable[[str, Any], Column]] = {"number": _numbers, "moment": _moments, "text": _texts}


def _short(error: Exception) -> str:
    return cut(" ".join(str(error).split()), 120)
