"""A report in parts, for arrays of jobs, and a report whose runs are told while the others are still judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.api.asking import public, task_of
from logdoc.errors import ConfigError
from logdoc.scale.analysing import Work, analyse_part
from logdoc.scale.counting import Counting
from logdoc.scale.parts import merge_parts, refuse_other_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.api import PathLike
    from logdoc.api.analysis import Analysis
    from logdoc.model import Progress, RunAnalysis


def analyze_part(
    path: PathLike | Sequence[PathLike],
    shard: tuple[int, int],
    target: PathLike,
    *,
    rules: Sequence[PathLike] = (),
    settings: Mapping[str, str | float] | None = None,
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    overfit_test: bool = False,
    progress: Callable[[Progress], None] | None = None,
    jobs: int | None = 1,
    cache: bool = False,
    note: Callable[[str], None] | None = None,
    dask: str = "",
) -> tuple[int, int]:
    """Judge every n-th run below a path and write what comes of them, whole or not at all, for `merge`.

    Args:
        path: as for `logdoc.analyze`, and the same for every part.
        shard: (number, of how many), the first is 1.
        target: the file to write.
        rules, settings, mapping, format, code, select, ignore, overfit_test, progress, jobs, cache, note, dask: as for
            `logdoc.analyze`.

    Returns:
        How many logs the part holds, and how many there are.

    Raises:
        ReadError, RuleErrors, ConfigError: as for `logdoc.analyze`; also where there is no such part, or the target is
            there and no part.
        RenderError: the file could not be written.
    """
    number, of = shard
    if not 1 <= number <= of:
        raise ConfigError(f"there is no part {number} of {of}", where="--shard", hint="Write 1/4 to 4/4.")
    refuse_other_files(Path(target))
    task = task_of(rules, settings, mapping, code, select, ignore, overfit_test=overfit_test)
    paths = [path] if isinstance(path, str | Path) else list(path)
    far = Counting(progress)
    return analyse_part(paths, task, Work(jobs, keep=cache, note=note, dask=dask), format, shard, Path(target), far=far)


def merge(parts: Sequence[PathLike], *, each: Callable[[RunAnalysis], None] | None = None) -> Analysis:
    """Return the analysis that parts make together: the same as of one call.

    Args:
        parts: every file that `analyze_part` wrote, in any order.
        each: called with every run, in order, as soon as those before it are read.

    Raises:
        ReadError: a part cannot be read, is damaged, or is none.
        ConfigError: parts are missing, doubled, or of different analyses.
    """
    return public(merge_parts([Path(part) for part in parts], each))
