"""One run, logged by several tools side by side: found by its values, read from the richest log, compared with the
others.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import DISAGREEMENT
from logdoc.redaction import cut
from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.model import Series
    from logdoc.readers.source import RunSource
    from logdoc.vocabulary.names import Names

# Folders that tools make inside the folder of a run; what lies in them belongs to the folder above.
_TOOLS = (
    "vis_data tensorboard tb tb_logs tf_logs tensorboard_logs tensorboard_log runs logs log events csv "
    "csv_logs metrics plots scalars dvclive "
    "wandb files lightning_logs train validation val eval test mlruns output results"
)
_MADE = frozenset(_TOOLS.split())
_MADE_LIKE = re.compile(
    r"(?:offline-)?run-\d{8}_\d{6}-\w+|checkpoint-\d+|[A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}_.*|(?:PPO|A2C|SAC|DQN|TD3|DDPG)_\d+"
)
_BOOKKEEPING = "lr rate epoch step steps time iter iteration fps eta memory mem percentage seconds runtime timestamp"
_NOT_TELLING = frozenset(_BOOKKEEPING.split())
_ALIKE = 0.9  # of the common points; writers round, and the last points of a killed run may be missing on one side
_SUSPECT = 0.3
_MOST_SERIES = 200


def home_of(source: RunSource, root: Path) -> str:
    """Return the folder of the run that a source logs, without the folders that tools make in it; sources of one home
    may be one run.
    """
    folder = Path(os.path.commonpath([path.parent for path in source.files]))
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else folder.parts
    return "/".join(part for part in parts if part.lower() not in _MADE and not _MADE_LIKE.fullmatch(part))


def joined(runs: Sequence[Run], names: Names | None = None) -> list[Run]:
    """Return the runs, those that different formats hold of one training as one, in the order of the first of them.

    Two runs are one when a telling curve, under the same words, has the same values in both. The one with most
    points is kept; of the
    others it gets the curves that it lacks, their settings and their defects. Where they disagree, a defect says so.
    """
    tables = names or load_names()
    left = list(runs)
    result: list[Run] = []
    while left:
        first = left.pop(0)
        family = [first]
        for other in list(left):
            if all(member.format != other.format for member in family) and _compare(first, other, tables).same:
                family.append(other)
                left.remove(other)
        result.append(first if len(family) == 1 else _merged(family, tables))
    return result


@dataclass(slots=True)
class _Comparison:
    equal: dict[str, str]  # name in the second -> name in the first
    differing: list[tuple[str, str, float]]
    same_steps: bool
    same: bool


def _compare(first: Run, second: Run, tables: Names) -> _Comparison:
    words: dict[tuple[str, ...], list[Series]] = {}
    for series in list(first.series.values())[:_MOST_SERIES]:
        words.setdefault(_words(series.name, tables), []).append(series)
    equal: dict[str, str] = {}
    differing: list[tuple[str, str, float]] = []
    telling = 0
    aligned = False
    for series in list(second.series.values())[:_MOST_SERIES]:
        candidates = words.get(_words(series.name, tables), [])
        found = [(share, mine.name, on_steps) for mine in candidates for share, on_steps in [_agreement(mine, series)]]
        if not found:
            continue
        share, name, on_steps = max(found)
        if share >= _ALIKE:
            equal[series.name] = name
            aligned = aligned or on_steps
            varied = min(_distinct(series), _distinct(first.series[name]))
            if varied >= 3 and not _NOT_TELLING.intersection(_words(series.name, tables)):
                telling += 1 if varied < 5 else 2
        elif share >= _SUSPECT and len(candidates) == 1 and on_steps:
            differing.append((series.name, name, share))
    return _Comparison(equal, differing, aligned, telling >= 2)


def _distinct(series: Series) -> int:
    return int(np.unique(series.values[np.isfinite(series.values)]).size)


def _words(name: str, tables: Names) -> tuple[str, ...]:
    dropped = {*tables.splits, *tables.grains, *tables.fillers}
    # Ray puts its own name in front; CatBoost numbers a metric by its data set in some of its files: ``Logloss:0``.
    own = re.sub(r":\d+$", "", name.removeprefix("ray/tune/"))
    tokens = [token for token in tables.tokens(own) if token not in dropped]
    return tuple(sorted(set(tokens)))


def _agreement(a: Series, b: Series) -> tuple[float, bool]:
    """Return the share of common points that are equal as far as they were written, and whether common steps told which
    are common.
    """
    if len(a) < 3 or len(b) < 3:
        return 0.0, False
    shorter = min(len(a), len(b))
    common, i, j = np.intersect1d(a.steps, b.steps, return_indices=True)
    shares = [(0.0, False)]
    if common.size >= max(3, 0.5 * shorter):
        shares.append((_close(a.values[i], b.values[j]), True))
    if len(a) == len(b):
        shares.append((_close(a.values, b.values), False))
    with np.errstate(over="ignore"):  # what is beyond float32 is one infinity
        single, other = a.values.astype(np.float32), b.values.astype(np.float32)
    exact = np.intersect1d(single, other)
    if exact.size >= 10:
        distinct = min(np.unique(single).size, np.unique(other).size)
        shares.append((exact.size / distinct, False))
    return max(shares)


def _close(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the share of values that are equal as far as the coarser of the two was written."""
    size = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.power(10.0, np.floor(np.log10(np.where(size > 0, size, 1.0))))
        tolerance = np.maximum(
            np.maximum(_half_a_decimal(a), _half_a_decimal(b)),
            np.maximum(_half_a_digit(a), _half_a_digit(b)) * magnitude,
        )
        near = np.abs(a - b) <= np.maximum(tolerance, 1e-6 * size)
    return float(np.mean(near | (a == b) | (np.isnan(a) & np.isnan(b))))


def _half_a_decimal(values: NDArray[np.float64]) -> float:
    """Return half a unit of the last decimal that the values were written with, up to six decimals; 0 for more."""
    finite = values[np.isfinite(values)][:500]
    for decimals in range(1, 7):
        if np.allclose(finite, np.round(finite, decimals), rtol=0.0, atol=1e-9):
            return 0.51 * 10.0**-decimals
    return 0.0


def _half_a_digit(values: NDArray[np.float64]) -> float:
    """Return half a unit of the last significant digit that the values were written with, relative to the first, up to
    six digits; 0 for more.
    """
    finite = values[np.isfinite(values) & (values != 0)][:500]
    if not finite.size:
        return 0.0
    scale = np.power(10.0, np.floor(np.log10(np.abs(finite))))
    for digits in range(2, 7):
        if np.allclose(finite / scale, np.round(finite / scale, digits - 1), rtol=0.0, atol=1e-7):
            return 0.51 * 10.0 ** (1 - digits)
    return 0.0


def _merged(family: Sequence[Run], tables: Names) -> Run:
    richest = max(family, key=_richness)
    series, left_out = dict(richest.series), dict(richest.left_out)
    config, texts, histograms = dict(richest.config), dict(richest.texts), dict(richest.histograms)
    defects = list(richest.defects)
    sources = list(richest.sources)
    notes = [richest.note]
    for other in family:
        if other is richest:
            continue
        seen = _compare(richest, other, tables)
        added = 0
        for name, curve in other.series.items():
            if name in seen.equal:
                mine = series[seen.equal[name]]
                series[mine.name], count = _with_no_numbers(mine, curve) if seen.same_steps else (mine, 0)
                if count:
                    defects.append(_unsaid(other, richest, name, count))
                left_out.setdefault(f"{name} ({other.format})", f"the same values as '{seen.equal[name]}'")
            elif (
                seen.same_steps
                and name not in series
                and _words(name, tables) not in {_words(known, tables) for known in richest.series}
            ):
                series[name] = curve
                added += 1
            else:
                left_out.setdefault(
                    f"{name} ({other.format})", f"the run was read from its richest log, {richest.format}"
                )
        defects.extend(_disagreement(other, richest, name, mine, share) for name, mine, share in seen.differing[:3])
        histograms.update(
            {name: h for name, h in other.histograms.items() if name not in histograms and seen.same_steps}
        )
        config = {**other.config, **config}
        texts = {**other.texts, **texts}
        defects.extend(other.defects)
        sources.extend(name for name in other.sources if name not in sources)
        more = f", {added} more taken from there" if added else ""
        equal = "1 curve" if len(seen.equal) == 1 else f"{len(seen.equal)} curves"
        notes.append(f"also in {other.id} ({other.format}): {equal} the same{more}")
    return replace(
        richest,
        series=series,
        histograms=histograms,
        left_out=left_out,
        config=config,
        texts=texts,
        defects=tuple(dict.fromkeys(defects)),
        sources=tuple(sources),
        note="; ".join(notes),
        program=next((run.program for run in (richest, *family) if run.program), ()),
    )


def _with_no_numbers(mine: Series, other: Series) -> tuple[Series, int]:
    """Return the curve with the NaNs and infinities that only the other log has of it, and how many they are.

    Ray's and other writers of TensorBoard files leave out what is not finite; the table beside them has it.
    """
    held = np.isin(other.steps, mine.steps)
    fresh = ~held & ~np.isfinite(other.values)
    if not fresh.any() or 2 * np.count_nonzero(held) < len(other):
        return mine, 0
    steps = np.concatenate([mine.steps, other.steps[fresh]])
    order = np.argsort(steps, kind="stable")
    values = np.concatenate([mine.values, other.values[fresh]])[order]
    times = mine.times
    if times is not None:
        times = np.concatenate([times, np.interp(other.steps[fresh], mine.steps, times)])[order]
    return replace(mine, steps=steps[order], values=values, times=times), int(np.count_nonzero(fresh))


def _unsaid(other: Run, richest: Run, name: str, count: int) -> Defect:
    values = "1 value" if count == 1 else f"{count:,} values"
    what = (
        f"{values} of '{cut(name, 80)}' that are not finite stand here only, the {richest.format} log leaves them out"
    )
    return Defect(other.sources[0], what, id=DISAGREEMENT)


def _richness(run: Run) -> float:
    """Return the number of points; those of a console log, which are rounded, count half."""
    points = sum(map(len, run.series.values())) + sum(len(h) for h in run.histograms.values())
    return points * (0.5 if run.format == "console" else 1.0)


def _disagreement(other: Run, richest: Run, name: str, mine: str, share: float) -> Defect:
    what = (
        f"'{cut(name, 80)}' agrees with '{cut(mine, 80)}' of the {richest.format} log in {share:.0%} of the common "
        f"steps only; the {richest.format} log was judged"
    )
    return Defect(other.sources[0], what, id=DISAGREEMENT)
