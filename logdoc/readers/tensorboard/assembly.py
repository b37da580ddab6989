"""From the contents of a run's event files to a Run: one curve per tag, attempts apart, and every loss told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from logdoc.model import Defect, Histogram, Series
from logdoc.model.notes import CUT, DAMAGED, TENSOR, UNDECODABLE, ZEROS
from logdoc.readers.attempts import effective, parted, strays, unordered
from logdoc.readers.tensorboard import framing
from logdoc.readers.tensorboard.contents import Contents, shown_tag
from logdoc.readers.tensorboard.quick import fill_left_edges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.model.run import Axis
    from logdoc.readers.tensorboard.contents import HistogramPoint

Number = TypeVar("Number", np.int64, np.float64, np.bool_)

MOST_TAGS = 100_000
_WITHOUT_STEPS = 3  # so many records of a tag, all at step 0, were logged without steps
_MOST_DEFECTS = 20  # of one kind and file that are told one by one


@dataclass(slots=True)
class Rows:
    """The records of one tag in logged order, file after file: steps int64, times float64, values float64, and the file
    of each.
    """

    steps: list[NDArray[np.int64]] = field(default_factory=list)
    times: list[NDArray[np.float64]] = field(default_factory=list)
    values: list[NDArray[np.float64]] = field(default_factory=list)
    purged: list[NDArray[np.bool_]] = field(default_factory=list)


def scalar_rows(
    contents: Contents,
) -> dict[bytes, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]]:
    """Return (records, steps, times, values) by tag, each in logged order."""
    tags: dict[bytes, int] = {}
    parts: list[
        tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
    ] = []
    for decoded in contents.columns:
        for k in range(decoded.values.shape[1]):
            ids = np.array([tags.setdefault(s[k].tag, len(tags)) if s else 0 for s in decoded.slots], dtype=np.int32)
            parts.append((ids[decoded.template], decoded.records, decoded.steps, decoded.times, decoded.values[:, k]))
    contents.columns = []
    if contents.points:
        p = contents.points
        parts.append(
            (
                np.array([tags.setdefault(point.tag, len(tags)) for point in p], dtype=np.int32),
                np.array([point.record for point in p], dtype=np.int64),
                np.array([point.step for point in p], dtype=np.int64),
                np.array([point.time for point in p], dtype=np.float64),
                np.array([point.value for point in p], dtype=np.float64),
            )
        )
    if not parts:
        return {}
    columns = [np.concatenate([part[i] for part in parts]) for i in range(5)]
    parts.clear()
    order = _order(columns[0], columns[1], len(tags))
    columns = [column[order] for column in columns]
    ids, records, steps, times, values = columns
    names = list(tags)
    begins = [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist()]
    parts_of = zip(begins, [*begins[1:], ids.size], records[begins].tolist(), ids[begins].tolist(), strict=True)
    # Tags come in the order in which they were first logged, which is the order of depth for layers.
    return {
        names[number]: (records[begin:end], steps[begin:end], times[begin:end], values[begin:end])
        for begin, end, _, number in sorted(parts_of, key=lambda part: part[2:])
    }


def _order(ids: NDArray[np.int32], records: NDArray[np.int64], tags: int) -> NDArray[np.intp]:
    """By tag, then by record; both sorts are stable, the second one over small integers."""
    by_record = np.argsort(records, kind="stable")
    small = ids[by_record].astype(np.int16) if tags < 2**15 else ids[by_record]
    return by_record[np.argsort(small, kind="stable")]


def add_scalars(
    rows: dict[str, Rows], of_folder: dict[str, Rows], contents: Contents, name_of: dict[bytes, str]
) -> set[str]:
    """Append the scalars of one file to the rows of the run; `name_of` gives the series' names by tag.

    A session that starts at step s takes back what was logged from s on before it, in this file and in those before
    it in the same folder:
    `of_folder`. Other folders have writers, and session starts, of their own (torch's `purge_step` with train/ and
    val/ writes one in each).

    Returns:
        The names that were left out because a run has at most MOST_TAGS.
    """
    omitted: set[str] = set()
    for _, step in contents.starts:
        for earlier in of_folder.values():
            earlier.purged = [p | (s >= step) for p, s in zip(earlier.purged, earlier.steps, strict=True)]
    for tag, (records, steps, times, values) in scalar_rows(contents).items():
        name = name_of.setdefault(tag, shown_tag(tag))
        if name not in rows and len(rows) >= MOST_TAGS:
            omitted.add(name)
            continue
        mine = of_folder[name] = rows.setdefault(name, Rows())
        purged = np.zeros(records.size, dtype=np.bool_)
        for record, step in contents.starts:
            purged |= (records < record) & (steps >= step)
        mine.steps.append(steps)
        mine.times.append(times)
        mine.values.append(values)
        mine.purged.append(purged)
    return omitted


def curves(
    rows: dict[str, Rows], repeated: dict[str, int], strayed: dict[str, int]
) -> tuple[dict[str, Series], dict[str, tuple[Series, ...]], tuple[int, ...]]:
    """Return the effective curves, the attempts they replaced, and the steps at which later attempts began.

    `repeated` takes by name how many records were followed at once by another one of the same step, which counts;
    `strayed` how many stood at an older step than those around them, or before them, and were sorted in.
    """
    series: dict[str, Series] = {}
    attempts: dict[str, tuple[Series, ...]] = {}
    restarts: list[int] = []
    for name in list(rows):
        mine = rows.pop(name)
        steps, times, values, purged = (
            _joined(mine.steps),
            _joined(mine.times),
            _joined(mine.values),
            _joined(mine.purged),
        )
        if steps.size >= _WITHOUT_STEPS and not steps.any() and not purged.any():
            # Logged without a step: all of them stand at 0, and only their order is left.
            series[name] = Series(name, np.arange(steps.size, dtype=np.int64), values, times, "index")
            continue
        anew = purged.any()
        if not anew and (steps[1:] > steps[:-1]).all():  # nothing was logged twice, as in most runs
            series[name] = Series(name, steps, values, times, _axis(name))
            continue
        if not anew and (stray := unordered(steps) or int(np.count_nonzero(strays(steps)))):
            strayed[name] = stray
            order = np.argsort(steps, kind="stable")
            steps, times, values, purged = steps[order], times[order], values[order], purged[order]
        attempt, kept = effective(steps)
        if anew:
            attempt = attempt + np.concatenate(([0], np.cumsum(purged[:-1] & ~purged[1:])))
            kept = kept & ~purged
        twice = np.zeros(steps.size, dtype=np.bool_)
        twice[:-1] = steps[1:] == steps[:-1]
        if again := int(np.count_nonzero(twice & ~purged)):
            repeated[name] = again
        split = parted(name, steps, values, times, _axis(name), attempt, kept, twice & ~purged)
        series[name] = split.curve
        if split.replaced:
            attempts[name] = split.replaced
        begun = steps[split.starts].tolist()
        restarts = begun if len(begun) > len(restarts) else restarts
    return series, attempts, tuple(int(step) for step in restarts)


def _joined(columns: list[NDArray[Number]]) -> NDArray[Number]:
    return columns[0] if len(columns) == 1 else np.concatenate(columns)


def _axis(name: str) -> Axis:
    return "epoch" if name.rpartition("/")[2].startswith("epoch_") else "step"


def histograms(points: Sequence[tuple[str, HistogramPoint]]) -> dict[str, Histogram]:
    """Return the effective histograms by name; `points` are (name, point) in logged order."""
    by_name: dict[str, list[HistogramPoint]] = {}
    for name, point in points:
        by_name.setdefault(name, []).append(point)
    for name, mine in by_name.items():
        _, kept = effective(np.array([p.step for p in mine], dtype=np.int64))
        by_name[name] = [p for p, keep in zip(mine, kept.tolist(), strict=True) if keep]
    # All tags share three columns: NumPy asks for huge pages for large ones, which take a quarter of the time to fill.
    total = sum(p.value.counts.size for mine in by_name.values() for p in mine)
    left, right, counts = (np.empty(total, dtype=np.float64) for _ in range(3))
    made: dict[str, Histogram] = {}
    begin = 0
    for name, chosen in by_name.items():
        values = [p.value for p in chosen]
        offsets = np.concatenate(([0], np.cumsum([v.counts.size for v in values]))).astype(np.int64)
        part = slice(begin, begin + int(offsets[-1]))
        begin = part.stop
        np.concatenate([v.right for v in values], out=right[part])
        np.concatenate([v.counts for v in values], out=counts[part])
        fill_left_edges(values, right[part], left[part])
        made[name] = Histogram(
            name=name,
            steps=np.array([p.step for p in chosen], dtype=np.int64),
            times=np.array([p.time for p in chosen], dtype=np.float64),
            num=np.array([v.num for v in values], dtype=np.float64),
            total=np.array([v.total for v in values], dtype=np.float64),
            squares=np.array([v.squares for v in values], dtype=np.float64),
            low=np.array([v.low for v in values], dtype=np.float64),
            high=np.array([v.high for v in values], dtype=np.float64),
            left=left[part],
            right=right[part],
            counts=counts[part],
            offsets=offsets,
            exact=all(v.exact for v in values),
        )
    return made


def defects_of(contents: Contents, source: str) -> list[Defect]:
    """Return what was lost or odd in one file, each with its offset."""
    told: list[Defect] = []
    for hole in contents.holes[:_MOST_DEFECTS]:
        where = f"offset {hole.offset:,}"
        if hole.kind == framing.ZEROS:
            told.append(
                Defect(
                    source,
                    f"{hole.size:,} bytes of zeros where records should be (a network file system or a full disk)",
                    where,
                    lost=True,
                    id=ZEROS,
                )
            )
        elif hole.kind == framing.CUT:
            told.append(
                Defect(
                    source,
                    f"ends inside a record, {hole.size:,} bytes of it are there: the run was killed or is "
                    "still writing",
                    where,
                    lost=True,
                    id=CUT,
                )
            )
        else:
            told.append(
                Defect(source, f"{hole.size:,} bytes that are no record were skipped", where, lost=True, id=DAMAGED)
            )
    told.extend(
        Defect(
            source,
            f"a record of {size:,} bytes does not match its checksum and was skipped",
            f"offset {offset:,}",
            lost=True,
            id=DAMAGED,
        )
        for offset, size in contents.damaged[:_MOST_DEFECTS]
    )
    told.extend(
        Defect(
            source,
            "a record with a right checksum that is no event was skipped",
            f"offset {offset:,}",
            lost=True,
            id=UNDECODABLE,
        )
        for offset in contents.undecodable[:_MOST_DEFECTS]
    )
    told.extend(
        Defect(source, f"a tensor declares {declared:,} elements and holds {held:,}", f"record {record}", id=TENSOR)
        for record, declared, held in contents.swollen[:_MOST_DEFECTS]
    )
    more = sum(max(0, len(found) - _MOST_DEFECTS) for found in (contents.holes, contents.damaged, contents.undecodable))
    if more:
        told.append(Defect(source, f"{more:,} more damaged places", lost=True, id=DAMAGED))
    return told
