"""An analysis from paths to the last group: listed, divided, judged, put together."""

from __future__ import annotations

import dataclasses
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError
from logdoc.judging import judge_groups, require_names
from logdoc.model import Analysis, Defect, Run
from logdoc.readers import Family, format_named, read_family, survey
from logdoc.readers.places import Scratch, located
from logdoc.scale.collecting import Collector
from logdoc.scale.items import Judged
from logdoc.scale.work import judge_family, judge_of, judge_one
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from logdoc.judging import Judge
    from logdoc.model import RunAnalysis
    from logdoc.readers import Format
    from logdoc.scale.cache import Cache
    from logdoc.scale.counting import Counting
    from logdoc.scale.items import Item
    from logdoc.scale.processes import Place
    from logdoc.scale.work import Task


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """How runs are judged; the report is the same.

    Attributes:
        jobs: how many processes judge; 1 is this one alone, None decides by what there is to judge.
        keep: what is judged is kept for later calls, and what was judged in an earlier one is found again.
        note: is told what a person should know of that.
        dask: the address of a Dask scheduler whose workers judge, or ``local``; empty for none.
    """

    jobs: int | None = 1
    keep: bool = False
    note: Callable[[str], None] | None = None
    dask: str = ""


def analyse(
    paths: Sequence[Path | str],
    task: Task,
    work: Work,
    input_format: str | None = None,
    *,
    far: Counting | None = None,
    each: Callable[[RunAnalysis], None] | None = None,
    held: Sequence[Run] = (),
) -> Analysis:
    """Judge every run below the paths, and runs that the program holds.

    Args:
        paths: files, folders, patterns, URLs, or ``-``.
        task: what is asked of every run.
        work: how it is done.
        input_format: read everything as this format.
        far: is told how far it is.
        each: called with every run, in order, as soon as those before it are judged.
        held: runs that are judged after those of the paths.

    Raises:
        ReadError: a path does not exist or cannot be read.
        RuleErrors: the rule base is wrong.
        ConfigError: the task names what is not there.
    """
    judge = judge_of(task)
    chosen = format_named(input_format) if input_format is not None else None
    with Scratch() as scratch:
        cache = _cache_of(task, work)
        entries = _listed(paths, chosen, scratch, far, cache)
        collector = Collector(each)
        families = [(place, entry) for place, entry in enumerate(entries) if isinstance(entry, Family)]
        for place, entry in enumerate(entries):
            if isinstance(entry, Defect):
                collector.add(place, [entry])
        for place, items in _counted(_Working(task, judge, work, scratch, cache).done(families), families, far):
            collector.add(place, items)
        for place, run in enumerate(held, len(entries)):
            collector.add(place, [judge_one(run, judge)])
            if far is not None:
                far.judging(run.id)
        _require_names(collector, families, task, held)
    groups = judge_groups(collector.summaries, judge) if len(collector.runs) > 1 else ()
    return Analysis(__version__, tuple(collector.runs), groups, tuple(collector.defects), judge.rules.digest)


def analyse_part(
    paths: Sequence[Path | str],
    task: Task,
    work: Work,
    input_format: str | None,
    shard: tuple[int, int],
    target: Path,
    *,
    far: Counting | None = None,
) -> tuple[int, int]:
    """Judge every n-th of the logs below the paths and write what comes of them as a part of the report.

    Args:
        paths, task, work, input_format, far: as for `analyse`.
        shard: (number, of how many), the first is 1.
        target: the file to write, whole or not at all.

    Returns:
        How many places of the report it holds, and how many there are.

    Raises:
        ReadError, RuleErrors, ConfigError: as for `analyse`; also where the target is one of the logs.
        RenderError: the file could not be written.
    """
    from logdoc.report.saving import whole
    from logdoc.scale.parts import in_shard, write_part

    judge = judge_of(task)
    chosen = format_named(input_format) if input_format is not None else None
    with Scratch() as scratch:
        cache = _cache_of(task, work)
        entries = _listed(paths, chosen, scratch, far, cache)
        written = target.resolve()
        if any(
            written == file.resolve()
            for e in entries
            if isinstance(e, Family)
            for _, s in e.sources
            for file in s.files
        ):
            raise ConfigError("this is a log, and would be lost", where=str(target), hint="Choose another name.")
        mine = [(place, entry) for place, entry in enumerate(entries) if in_shard(place, shard)]
        families = [(place, entry) for place, entry in mine if isinstance(entry, Family)]
        defects = [(place, (entry,)) for place, entry in mine if isinstance(entry, Defect)]
        results = _counted(_Working(task, judge, work, scratch, cache).done(families), families, far)
        with whole(target) as out:
            count = write_part(out, shard, task, judge.rules.digest, entries, chain(defects, results))
        return count, len(entries)


def _cache_of(task: Task, work: Work) -> Cache | None:
    if not work.keep:
        return None
    from logdoc.scale.cache import Cache

    return Cache.of(task)


def _listed(
    paths: Sequence[Path | str], chosen: Format | None, scratch: Scratch, far: Counting | None, cache: Cache | None
) -> tuple[Family | Defect, ...]:
    """Return what lies below the paths; what files were recognised as in an earlier call is not asked again."""
    roots = located(paths, scratch)
    asked_before = cache is not None and chosen is None and not any(map(scratch.holds, roots))
    recognised = cache.recognised(roots) if cache is not None and asked_before else None
    entries = survey(roots, chosen, scratch, None if far is None else far.listing, recognised)
    if cache is not None and recognised is not None:
        cache.keep_recognised(roots, recognised)
    return entries


class _Working:
    """Judges families: they are found again, or judged by other processes, or here."""

    def __init__(self, task: Task, judge: Judge, work: Work, scratch: Scratch, cache: Cache | None) -> None:
        self._task, self._judge, self._work, self._scratch = task, judge, work, scratch
        self._cache = cache

    def done(self, families: Sequence[Place]) -> Iterator[tuple[int, Sequence[Item]]]:
        """Yield what comes of each family, with its place."""
        left = dict(families)
        if self._cache is not None:
            for place, family in families:
                found = self._cache.find(family) if self._lasting(family) else None
                if found is not None:
                    del left[place]
                    yield place, found
        # One run is judged here, without a look at what several would need.
        if left and self._work.dask:
            from logdoc.scale.cluster import judged_by_cluster

            shared = [(place, family) for place, family in left.items() if self._lasting(family)]
            for place, items in judged_by_cluster(shared, self._task, self._work.dask):
                del left[place]
                yield place, items
        elif len(left) > 1 and self._work.jobs != 1:
            for place, items in self._elsewhere(list(left.items())):
                del left[place]
                yield place, items
        for place, family in left.items():
            yield place, self._here(family)
        if self._cache is not None:
            self._cache.end()
            for text in dict.fromkeys(self._cache.notes):
                if self._work.note is not None:
                    self._work.note(text)

    def _elsewhere(self, places: Sequence[Place]) -> Iterator[tuple[int, Sequence[Item]]]:
        """Yield what comes of each family from other processes, as far as they come."""
        from logdoc.scale.processes import jobs_for, judged_by_processes, possible

        jobs = jobs_for([family for _, family in places], self._work.jobs)
        if jobs > 1 and possible():
            yield from judged_by_processes(places, self._task, jobs, self._cache)

    def _here(self, family: Family) -> tuple[Item, ...]:
        step = partial(judge_family, family, self._judge, self._task.program)
        return self._cache.kept(family, step) if self._cache is not None and self._lasting(family) else step()

    def _lasting(self, family: Family) -> bool:
        """Whether the files are the user's own: what was unpacked or fetched lies elsewhere in the next call."""
        return not any(self._scratch.holds(source.root) for _, source in family.sources)


def _counted(
    results: Iterator[tuple[int, Sequence[Item]]], families: Sequence[Place], far: Counting | None
) -> Iterator[tuple[int, Sequence[Item]]]:
    """Hand the results on, and tell how far it is."""
    sizes = {place: len(family.sources) for place, family in families}
    total, done = sum(sizes.values()), 0
    if far is not None:
        far.reading(done, total)
    for place, items in results:
        yield place, items
        done += sizes[place]
        if far is not None:
            for item in items:
                if isinstance(item, Judged):
                    far.judging(item.run.id)
            far.reading(done, total)


def _require_names(collector: Collector, families: Sequence[Place], task: Task, held: Sequence[Run]) -> None:
    """Refuse a mapping of a name that no run has; only then are the runs read again, for the hint.

    Raises:
        ConfigError: with the nearest names.
    """
    found = {name for summary in collector.summaries for name in summary.mapped}
    if collector.summaries and not found.issuperset(task.mapping.values()):
        read = (item for _, family in families for item in read_family(family, task.program))
        require_names(task.mapping, chain(held, (item for item in read if isinstance(item, Run))))
