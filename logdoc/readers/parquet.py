"""Parquet tables: W&B's complete history (artifact type ``wandb-history``) and tables of one's own. Needs pyarrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import DAMAGED, NOTHING, OTHER_TOOL, TOO_LARGE
from logdoc.readers.files import shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.building import runs_of
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column
from logdoc.readers.tables.long import arrange_columns
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.rows import MAX_CELLS
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_COLUMNS = 20_000


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
        import pyarrow.parquet as pq
    except ImportError:
        return [
            Defect(
                shown,
                "not judged: reading Parquet needs pyarrow (pip install 'logdoc[parquet]')",
                lost=True,
                id=OTHER_TOOL,
            )
        ]
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            plain = {f.name: f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema}
            numeric = [
                n
                for n, t in plain.items()
                if pa.types.is_integer(t) or pa.types.is_floating(t) or pa.types.is_boolean(t)
            ]
            others = [
                n
                for n, t in plain.items()
                if pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_timestamp(t)
            ]
            long = "tag" in others and "value" in numeric
            if not any(map(known_counter, numeric)) or not (
                long or any(has_measure(n) for n in (*numeric, *others) if not known_counter(n))
            ):
                return [
                    Defect(shown, "not judged: a Parquet table without a step or epoch and a known measure", id=NOTHING)
                ]
            if file.metadata.num_rows * len(schema.names) > MAX_CELLS or len(schema.names) > MAX_COLUMNS:
                return [
                    Defect(
                        shown,
                        f"not judged: it holds more than {MAX_CELLS:,} cells or {MAX_COLUMNS:,} columns",
                        lost=True,
                        id=TOO_LARGE,
                    )
                ]
            table: Any = file.read(columns=[*numeric, *others])
    except (OSError, pa.ArrowException, ValueError) as error:
        return [Defect(shown, f"not judged: pyarrow could not read it ({cut(str(error), 120)})", lost=True, id=DAMAGED)]
    columns = [_column(name, table.column(name), pa) for name in table.column_names]
    pieces = arrange_columns(columns, table.num_rows)
    left = [name for name in schema.names if name not in table.column_names]
    for piece in pieces:
        piece.curves.left_out.update(dict.fromkeys(left, "lists, objects or binary values"))
        piece.note = f"Parquet table, {piece.note}"
    config, sources, defects = read_beside(path.parent, source.root)
    return list(runs_of(source, (shown, *sources), pieces, config=config, defects=defects))


def _column(name: str, chunks: Any, pa: Any) -> Column:
    """Return a column; a null is a hole, a NaN was logged."""
    if pa.types.is_dictionary(chunks.type):
        chunks = chunks.cast(chunks.type.value_type)
    null = np.asarray(chunks.is_null().to_numpy(), dtype=bool)
    if pa.types.is_timestamp(chunks.type):
        micro = chunks.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0)
        values = micro.to_numpy().astype(np.float64) / 1e6
        return Column(
            name, np.where(null, np.nan, values), np.where(null, HOLE, NUMBER).astype(np.uint8) if null.any() else None
        )
    if pa.types.is_string(chunks.type) or pa.types.is_large_string(chunks.type):
        from logdoc.readers.tables.rows import number_in

        texts = ["" if text is None else text for text in chunks.to_pylist()]
        numbers = [number_in(text) for text in texts]
        state = np.array(
            [
                HOLE if gone else NUMBER if n is not None else TEXT
                for gone, n in zip(null.tolist(), numbers, strict=True)
            ],
            dtype=np.uint8,
        )
        values = np.array([np.nan if n is None else n for n in numbers], dtype=np.float64)
        return Column(name, values, state if state.any() else None, texts if (state == TEXT).any() else None)
    values = chunks.fill_null(0).to_numpy().astype(np.float64)
    exact = chunks.fill_null(0).to_numpy().astype(np.int64) if pa.types.is_integer(chunks.type) else None
    large = exact is not None and exact.size > 0 and int(np.abs(exact).max()) >= 2**53
    return Column(
        name,
        np.where(null, np.nan, values),
        np.where(null, HOLE, NUMBER).astype(np.uint8) if null.any() else None,
        exact=exact if large else None,
    )
