"""The public interface: load runs, analyse them, write reports, and look after the rule base. Prints nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import IO, TYPE_CHECKING

from logdoc import model
from logdoc.api.analysis import Analysis
from logdoc.api.asking import public, task_of
from logdoc.api.asserting import UnhealthyError
from logdoc.api.given import Logs, load_given, parted, paths_in
from logdoc.api.runs import Run, with_roles
from logdoc.errors import ConfigError, ReadError
from logdoc.judging import facts_of, make_judge, prepare, require_names, stray
from logdoc.readers import discover
from logdoc.readers.files import shown_path
from logdoc.readers.places import Scratch, located
from logdoc.scale.analysing import Work, analyse
from logdoc.scale.counting import Counting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from logdoc.engine import RuleSet
    from logdoc.model import Defect, Fact, Reading
    from logdoc.readers.console.lines import LineKind

PathLike = str | Path
__all__ = [
    "Analysis",
    "InspectedRun",
    "Inspection",
    "Logs",
    "PathLike",
    "Run",
    "UnhealthyError",
    "analyze",
    "compare",
    "explain",
    "export",
    "inspect",
    "inspect_lines",
    "load_report",
    "load_rules",
    "load_runs",
    "write_comparison",
    "write_report",
]


@dataclasses.dataclass(frozen=True, slots=True)
class InspectedRun:
    """One run as it was read and understood."""

    run: model.Run
    reading: Reading
    facts: Mapping[str, Fact]

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return (name, role, points, why) for every name that was understood."""
        return [
            (name, role, f"{len(self.run.series[name]):,}" if name in self.run.series else "", why)
            for name, (role, why) in self.reading.names.items()
        ]


@dataclasses.dataclass(frozen=True, slots=True)
class Inspection:
    """What `inspect` found."""

    runs: tuple[InspectedRun, ...]
    defects: tuple[Defect, ...]


def load_runs(
    path: Logs,
    *,
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
) -> list[Run]:
    """Read every run below a path, or below several.

    Args:
        path: a log file or a folder, curves that the program holds (`Logs`), or a list of them.
        mapping: ``role -> name as logged``, for `Run.role`.
        format: read everything as this format instead of detecting it.
        code: where the text of the training program lies; True looks beside each log, False nowhere.

    Raises:
        ReadError: there is no such path.
    """
    items = load_given(path, format=format, code=code)
    return [with_roles(item, mapping or {}) for item in items if isinstance(item, model.Run)]


def analyze(
    path: Logs,
    *,
    rules: Sequence[PathLike] = (),
    settings: Mapping[str, str | float] | None = None,
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    overfit_test: bool = False,
    answers: Mapping[str, str | int | float] | None = None,
    progress: Callable[[model.Progress], None] | None = None,
    jobs: int | None = 1,
    each: Callable[[model.RunAnalysis], None] | None = None,
    cache: bool = False,
    note: Callable[[str], None] | None = None,
    dask: str = "",
) -> Analysis:
    """Judge every run below a path, or below several.

    Args:
        path: a log file or a folder, curves that the program holds (`Logs`), or a list of them.
        rules: folders with further rules.
        settings: ``rule.parameter -> value``.
        mapping: ``role -> name as logged``.
        format: read everything as this format instead of detecting it.
        code: where the text of the training program lies, a file or a folder; True looks beside each log, False
            nowhere. It is parsed, never run, and is evidence for causes only.
        select: only these rules (ids or tags).
        ignore: not these rules (ids or tags).
        overfit_test: every run is a test that overfits a small set on purpose.
        answers: question -> answer, of an interview (`logdoc.api.answers`).
        progress: called when logs were found, when one was read, and when a run was judged.
        jobs: how many processes judge the runs; 1 is this one alone, None takes the cores that there are where the
            runs are many. The result is the same.
        each: called with every run, in order, as soon as those before it are judged.
        cache: what is judged is kept in the user's cache folder for later calls, and found there as long as neither a
            file nor the rules nor the arguments have changed.
        note: called with what a person should know of the cache.
        dask: the address of a Dask scheduler, whose workers judge the runs, or ``local``; they must see the logs under
            the same paths. Needs ``logdoc[cluster]``.

    Raises:
        ReadError: there is no such path.
        RuleErrors: the rule base is wrong.
        ConfigError: an option names something that is not there.
    """
    task = task_of(rules, settings, mapping, code, select, ignore, overfit_test=overfit_test)
    task = dataclasses.replace(task, answers=dict(answers or {}))
    work = Work(jobs, keep=cache, note=note, dask=dask)
    paths, held = parted(path)
    return public(analyse(paths, task, work, format, far=Counting(progress), each=each, held=held))


def explain(
    path: Logs,
    cause: str | None = None,
    *,
    run: str | None = None,
    rules: Sequence[PathLike] = (),
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
    answers: Mapping[str, str | int | float] | None = None,
) -> tuple[model.Explanation, ...]:
    """Return the arithmetic behind one cause, or else behind each run's most probable one, for every run below a path
    or for the one whose id is, or ends with, `run`; `code` and `answers` as for `analyze`.

    Raises:
        ReadError: there is no such path.
        ConfigError: there is no such cause or run, or no cause stands out.
    """
    from logdoc.judging.explaining import explain_cause, first_cause

    judge = make_judge(load_rules(rules), {}, mapping or {})
    runs = load_runs(path, format=format, code=code)
    require_names(mapping or {}, runs)
    chosen = [one for one in runs if run is None or one.id == run or one.id.endswith(f"/{run}")]
    if not chosen:
        raise ConfigError(
            f"there is no run '{run}'" if run else "there is no run",
            hint=f"There are {', '.join(r.id for r in runs[:5])}." if runs else "",
        )
    if cause is None and len(chosen) > 1:  # of several runs those are explained in which a cause stands out
        named = [(one, first_cause(one, judge, answers, default="")) for one in chosen]
        asked = [(one, name) for one, name in named if name] or [(chosen[0], "")]
    else:
        asked = [(one, cause or "") for one in chosen]
    return tuple(explain_cause(one, name or first_cause(one, judge, answers), judge, answers) for one, name in asked)


def compare(
    baseline: Logs,
    candidate: Logs,
    *,
    tolerance: float = 0.02,
    rules: Sequence[PathLike] = (),
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
) -> tuple[model.Comparison, ...]:
    """Return, for every run of `candidate`, whether it is worse than its baseline beyond noise, from which step on,
    and why.

    Args:
        baseline: one run, the same runs as in `candidate` under the same names, or repetitions of one run, whose
            spread is the yardstick.
        candidate: the runs to judge.
        tolerance: share of the baseline's result by which a candidate may be worse.
        rules, mapping, format: as for `analyze`.

    Raises:
        ReadError: there is no such path.
        ConfigError: one of the two holds no run.
    """
    from logdoc.judging.comparing import compare_runs, named_apart

    judge = make_judge(load_rules(rules), {}, mapping or {})
    old, new = load_runs(baseline, format=format), load_runs(candidate, format=format)
    for runs, place in ((old, baseline), (new, candidate)):
        if not runs:
            raise ConfigError("there is no run to compare", where=_place(place))
    require_names(mapping or {}, [*old, *new])
    return named_apart(compare_runs(old, new, judge, tolerance), _place(baseline), _place(candidate))


def inspect(
    path: Logs,
    *,
    mapping: Mapping[str, str] | None = None,
    rules: Sequence[PathLike] = (),
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
) -> Inspection:
    """Return what was read below a path, how each name was understood, and what was left out.

    `code` is as for `analyze`.
    """
    judge = make_judge(load_rules(rules), {}, mapping or {})
    runs, defects = stray(list(load_given(path, format=format, code=code)))
    require_names(mapping or {}, runs)
    shown = []
    for run in runs:
        prepared = prepare(run, judge)
        shown.append(InspectedRun(run, prepared.reading, facts_of(prepared)))
    return Inspection(tuple(shown), tuple(defects))


def inspect_lines(path: PathLike | Sequence[PathLike]) -> dict[str, list[LineKind]]:
    """Return ``file -> kinds of lines`` for the console logs among files or below folders: how each kind of line was
    understood, and which were not.

    Raises:
        ReadError: there is no such path.
    """
    from logdoc.readers.console.lines import line_kinds

    found: dict[str, list[LineKind]] = {}
    with Scratch() as scratch:
        for root in located(_paths(path), scratch):
            for known, source in discover(root, None, scratch).sources:
                if known.name == "console":
                    found.update((shown_path(str(file)), line_kinds(file)) for file in source.files)
    return found


def export(
    path: Logs,
    target: PathLike | IO[bytes],
    *,
    to: str | None = None,
    attempts: bool = False,
    format: str | None = None,  # noqa: A002 - the name of the option
) -> tuple[int, int, tuple[Defect, ...]]:
    """Write the effective curves of every run below a path as one tidy table: run, tag, step, wall_time, value,
    attempt.

    Args:
        path: as for `analyze`.
        target: the file to write, or an open binary stream.
        to: ``csv``, ``jsonl`` or ``parquet``; by default the suffix of the file decides.
        attempts: also what restarts replaced.
        format: read everything as this format instead of detecting it.

    Returns:
        How many runs and rows were written, and what was wrong with the logs.

    Raises:
        ReadError: there is no such path.
        ConfigError: an unknown table format, or the target is one of the logs.
        RenderError: the file could not be written.
    """
    from logdoc.api.targets import refuse_inputs
    from logdoc.report.table import write_table

    place = Path(target) if isinstance(target, str | Path) else target
    defects: list[Defect] = []
    runs = 0

    def only_runs() -> Iterator[model.Run]:
        """Yield the runs, counted; what is no run is kept as a defect."""
        nonlocal runs
        for item in load_given(path, format=format, code=False):
            if isinstance(item, model.Run):
                runs += 1
                defects.extend(item.defects)
                refuse_inputs(paths_in(path), item.sources, [place] if isinstance(place, Path) else [])
                yield item
            else:
                defects.append(item)

    kind = to or (place.suffix.lower().lstrip(".") if isinstance(place, Path) else "csv")
    rows = write_table(only_runs(), kind, place, attempts=attempts)
    return runs, rows, tuple(defects)


def write_report(analysis: model.Analysis, path: PathLike) -> None:
    """Write a report whole or not at all; the suffix decides the form (`logdoc.report.forms`).

    Raises:
        RenderError: an unknown suffix, or the file could not be written.
    """
    from logdoc.report import write_report as write

    write(analysis, Path(path))


def write_comparison(comparisons: Sequence[model.Comparison], path: PathLike) -> None:
    """Write a comparison whole or not at all; the suffix decides the form (`logdoc.report.forms`).

    Raises:
        RenderError: an unknown suffix, or the file could not be written.
    """
    from logdoc.report.forms import COMPARISON_FORMS, form_for
    from logdoc.report.saving import write_text

    place = Path(path)
    form = form_for(place, COMPARISON_FORMS)
    write_text(form.render(comparisons), place)


def load_report(path: PathLike) -> Analysis:
    """Load a saved JSON report.

    Raises:
        ReadError: it is not there, or not a report of logdoc.
    """
    from logdoc.report import from_json
    from logdoc.resources.files import read_text

    try:
        text = read_text(Path(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Give a report.json that logdoc wrote.",
        ) from error
    try:
        return public(from_json(text))
    except ReadError as error:
        raise ReadError(error.what, where=str(path), hint=error.hint) from None


def load_rules(folders: Sequence[PathLike] = ()) -> RuleSet:
    """Load the bundled rules and those of further folders.

    Raises:
        RuleErrors: with every fault of every file.
    """
    from logdoc.engine import remembered_rules

    return remembered_rules([Path(folder) for folder in folders])


def _paths(path: PathLike | Sequence[PathLike]) -> list[PathLike]:
    return [path] if isinstance(path, str | Path) else list(path)


def _place(given: Logs) -> str:
    """Return what was handed over as an error names it."""
    return str(given) if isinstance(given, str | Path) else ", ".join(map(str, paths_in(given)))
