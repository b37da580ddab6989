"""What ``analyze`` and ``render`` do, once their options are read; nothing here knows by whom."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from logdoc.cli.asking import gathered
from logdoc.cli.exits import DAMAGED, FOUND, NOTHING, OK, USAGE
from logdoc.cli.values import STANDARD_OUTPUT, FailOn, code_of, formats, known_forms, pairs, part_target, shard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.api import Analysis
    from logdoc.api.configuration import Configuration
    from logdoc.cli.terminal import Detail
    from logdoc.model import Defect, RunAnalysis


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The options of ``analyze``, called as its parameters are (`logdoc.cli.reports`)."""

    paths: Sequence[str]
    output: Sequence[Path] | None = None
    format_: str | None = None
    fail_on: FailOn | None = None
    exit_zero: bool = False
    strict: bool = False
    mapping: list[str] | None = None
    rules: Sequence[Path] | None = None
    settings: list[str] | None = None
    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    input_format: str | None = None
    code: Path | None = None
    no_code: bool = False
    jobs: int | None = None
    shard: str | None = None
    dask: str | None = None
    no_cache: bool = False
    overfit_test: bool = False
    ask: bool = False
    answers: Path | None = None
    baseline: Path | None = None
    new_baseline: Path | None = None
    run: Sequence[str] | None = None
    brief: bool = False
    verbose: bool = False
    quiet: bool = False
    config: Path | None = None
    no_config: bool = False


class Asked(TypedDict):
    """What the options say about every run."""

    rules: Sequence[Path]
    settings: Mapping[str, str]
    mapping: Mapping[str, str]
    format: str | None
    code: Path | bool
    select: Sequence[str]
    ignore: Sequence[str]
    overfit_test: bool
    jobs: int | None
    cache: bool
    note: Callable[[str], None] | None
    dask: str


def analysed(wanted: Wanted) -> int:
    """Analyse the runs below the paths, print and write what is asked for, and return the exit code."""
    from logdoc import api
    from logdoc.api.targets import refuse_inputs
    from logdoc.cli import progress, terminal

    form, input_format = formats(wanted.format_, wanted.input_format)
    decided = decided_by(wanted.config, wanted.no_config)
    known = dataclasses.replace(decided, baseline=wanted.baseline or decided.baseline)
    targets, quiet = tuple(wanted.output or decided.output), wanted.quiet
    known_forms(targets)
    asked = _asked(wanted, decided, input_format)
    if wanted.shard is not None:
        return _part(wanted.paths, wanted.shard, targets, asked, quiet=quiet)
    reading = {"rules": asked["rules"], "mapping": asked["mapping"], "format": asked["format"], "code": asked["code"]}
    said = gathered(wanted.paths, ask=wanted.ask, file=wanted.answers, targets=targets, **reading)
    stream = None if quiet or form != "jsonl" or wanted.new_baseline else _Stream(asked["rules"], known)
    with progress.shown(quiet=quiet) as moved:
        analysis = api.analyze(
            wanted.paths, answers=said, progress=moved, each=stream.tell if stream else None, **asked
        )
    written = (*targets, *([wanted.new_baseline] if wanted.new_baseline else []))
    refuse_inputs(wanted.paths, (source for one in analysis.runs for source in one.sources), written)
    analysis = marked(analysis, known, wanted.new_baseline)
    if stream is not None:
        stream.end(analysis)
    detail = terminal.Detail(tuple(wanted.run or ()), verbose=wanted.verbose, brief=wanted.brief)
    give(analysis, form, targets, detail, quiet=quiet or stream is not None)
    fail_on = wanted.fail_on or FailOn(decided.fail_on or "error")
    status = exit_code(analysis, fail_on, strict=wanted.strict or decided.strict)
    return OK if wanted.exit_zero and status == FOUND else status


def _asked(wanted: Wanted, decided: Configuration, input_format: str | None) -> Asked:
    """Return what the options, and what the project has decided, say about every run."""
    from logdoc.cli import terminal

    return Asked(
        rules=wanted.rules or decided.rules,
        settings={**decided.settings, **pairs(wanted.settings, "--set")},
        mapping={**decided.mapping, **pairs(wanted.mapping, "--map")},
        format=input_format or decided.input_format,
        code=code_of(wanted.code, no_code=wanted.no_code),
        select=wanted.select or decided.select,
        ignore=wanted.ignore or decided.ignore,
        overfit_test=wanted.overfit_test or decided.overfit_test,
        jobs=wanted.jobs,
        cache=not wanted.no_cache,
        note=None if wanted.quiet else terminal.note,
        dask=wanted.dask or "",
    )


def _part(paths: Sequence[str], shard: str, targets: Sequence[Path], asked: Asked, *, quiet: bool) -> int:
    """Write one part of a report, for `merge`."""
    from logdoc.api.parts import analyze_part
    from logdoc.cli import progress, terminal

    target = part_target(targets)
    with progress.shown(quiet=quiet) as moved:
        count, of = analyze_part(paths, shard_of(shard), target, progress=moved, **asked)
    if not quiet:
        terminal.note(f"wrote {target}: {count:,} of {of:,} logs")
    return OK


class _Stream:
    """Prints the line of every run as soon as it is judged; what is accepted or known is marked as in every report."""

    def __init__(self, rules: Sequence[Path], decided: Configuration) -> None:
        from logdoc import api
        from logdoc.api import accepting

        self._ruleset = api.load_rules(rules).digest
        self._mark = accepting.marker(accept=decided.accept, baseline=decided.baseline)
        self._begun = False

    def tell(self, run: RunAnalysis) -> None:
        from logdoc.cli import terminal
        from logdoc.report.jsonlines import run_line

        self._begin()
        terminal.print_document(run_line(self._mark(run)))

    def end(self, analysis: Analysis) -> None:
        from logdoc.cli import terminal
        from logdoc.report.jsonlines import last_lines

        self._begin()
        terminal.print_document(last_lines(analysis))

    def _begin(self) -> None:
        from logdoc.cli import terminal
        from logdoc.report.jsonlines import first_line
        from logdoc.version import __version__

        if not self._begun:
            terminal.print_document(first_line(__version__, self._ruleset))
        self._begun = True


def rendered(
    report: Path, output: Sequence[Path], format_: str | None, runs: Sequence[str], *, brief: bool, verbose: bool
) -> int:
    """Print and write a saved report in other formats, and return the exit code."""
    from logdoc import api
    from logdoc.cli import terminal
    from logdoc.errors import ReadError

    form, _ = formats(format_, None)
    detail = terminal.Detail(tuple(runs), verbose=verbose, brief=brief)
    analysis = api.load_report(report)
    try:
        give(analysis, form, output, detail, quiet=bool(output) and format_ is None)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        # Whatever the schema lets through and no version of logdoc would have written.
        raise ReadError(
            f"it cannot be drawn ({type(error).__name__})",
            where=str(report),
            hint="Give a report.json that logdoc wrote.",
        ) from error
    return OK


def give(analysis: Analysis, form: str, output: Sequence[Path], detail: Detail, *, quiet: bool) -> None:
    """Print an analysis in one form, unless `quiet` says otherwise, and write it to files; ``-`` prints it anyway."""
    from logdoc import api
    from logdoc.api import reporting
    from logdoc.cli import terminal

    if not quiet or STANDARD_OUTPUT in output:
        if form == "text":
            terminal.print_analysis(analysis, detail)
        else:
            terminal.print_document(reporting.render_report(analysis, form))
    for path in output:
        if path != STANDARD_OUTPUT:
            api.write_report(analysis, path)
            if not quiet:
                terminal.note(f"wrote {path}")


def exit_code(analysis: Analysis, fail_on: FailOn, *, strict: bool = False) -> int:
    """Return the exit code of an analysis; findings that are accepted or known count for nothing.

    Where several codes hold, a fault of logdoc or of a rule comes first, then that nothing could be judged, then, with
    `strict`, that data were lost, then findings.
    """
    from logdoc.model.notes import FAULT  # here, for the help of the command needs no numerics

    findings = [f for group in analysis.groups for f in group.findings]
    of_runs: list[Defect] = []
    judged = False
    for run in analysis.runs:  # once: each of many is unpacked for it
        findings += run.findings
        of_runs += run.defects
        nothing = run.verdict in ("undecidable", "unreadable") or (run.verdict == "running" and not run.clear)
        judged = judged or not nothing
    if any(f.status == "error" for f in findings) or any(d.id == FAULT for d in of_runs):
        return USAGE
    if not judged:
        return NOTHING
    if strict and any(d.lost for d in (*of_runs, *analysis.defects)):
        return DAMAGED
    order = ["error", "warning", "info"]
    if fail_on is FailOn.never:
        return OK
    failing = set(order[: order.index(fail_on.value) + 1])
    return FOUND if failing.intersection(f.severity for f in findings if f.counts) else OK


def decided_by(place: Path | None, none: bool) -> Configuration:
    """Return what the project has decided: in the file that is named, the closest one, or nothing."""
    from logdoc.api import configuration

    found = None if none else place or configuration.find(Path.cwd())
    return configuration.read(found) if found else configuration.Configuration()


def marked(analysis: Analysis, decided: Configuration, new_baseline: Path | None) -> Analysis:
    """Mark what is accepted or known; a baseline that is written now is known at once."""
    from logdoc.api import accepting
    from logdoc.cli import terminal

    analysis, notes = accepting.marked(
        analysis, accept=decided.accept, baseline=None if new_baseline else decided.baseline
    )
    for text in notes:
        terminal.note(text)
    if new_baseline is None:
        return analysis
    count = accepting.write_baseline(analysis, new_baseline)
    terminal.note(f"wrote {new_baseline}: {count} known findings")
    return accepting.marked(analysis, accept=decided.accept, baseline=new_baseline)[0]
