"""From the curves of a table to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.readers.files import shown_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import ConfigValue
    from logdoc.readers.source import RunSource
    from logdoc.readers.tables.wide import Piece


def run_of(
    id_: str,
    source: RunSource,
    sources: tuple[str, ...],
    piece: Piece,
    *,
    config: Mapping[str, ConfigValue] | None = None,
    defects: Sequence[Defect] = (),
    texts: Mapping[str, str] | None = None,
) -> Run:
    """Return the run whose curves `piece` holds; what was odd about them becomes defects of the first of `sources`."""
    curves = piece.curves
    problems = [Defect(sources[0], one.what, lost=one.lost, id=one.kind) for one in curves.problems]
    return Run(
        id=id_,
        format=source.format,
        sources=sources,
        series=curves.series,
        attempts=curves.attempts,
        config={**(config or {}), **piece.config},
        texts=dict(texts or {}),
        restarts=curves.all_restarts(),
        left_out=curves.left_out,
        defects=(*defects, *problems),
        note=piece.note,
    )


def runs_of(
    source: RunSource,
    sources: tuple[str, ...],
    pieces: Sequence[Piece],
    *,
    config: Mapping[str, ConfigValue] | None = None,
    defects: Sequence[Defect] = (),
) -> list[Run]:
    """Return the runs of one source; where it holds several, each is named by its piece."""
    several = len(pieces) > 1
    ids = [f"{source.id}/{shown_path(piece.run)}" if several else source.id for piece in pieces]
    return [
        run_of(id_, source, sources, piece, config=config, defects=defects)
        for id_, piece in zip(ids, pieces, strict=True)
    ]
