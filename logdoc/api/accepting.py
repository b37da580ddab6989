"""Accept a finding, write a baseline, and mark in an analysis what is known: the files around `judging.accepting`."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc import model
from logdoc.api.configuration import read
from logdoc.errors import ConfigError
from logdoc.judging.accepting import BASELINE, accepted, baseline_of, load_baseline, mark
from logdoc.report.saving import write_text
from logdoc.resources.files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logdoc.api import Analysis, PathLike
    from logdoc.judging.accepting import Acceptance
    from logdoc.model import RunAnalysis

__all__ = ["BASELINE", "accept", "marked", "marker", "write_baseline"]


def accept(
    report: PathLike, run: str, rule: str, *, because: str, until: datetime.date | None = None, place: PathLike
) -> Acceptance:
    """Accept one finding of a saved report: add an entry to a configuration file, which is made if it is not there.

    Args:
        report: the JSON report.
        run: the id of its run or group.
        rule: the id of its rule.
        because: the reason.
        until: the last day on which it holds.
        place: ``logdoc.toml`` or ``pyproject.toml``; what stands in it stays as it is.

    Raises:
        ReadError: the report cannot be read.
        ConfigError: there is no such run or finding, no reason, or it is accepted already.
        RenderError: the file cannot be written.
    """
    from logdoc.api import load_report

    made = accepted(load_report(report), run, rule, because, until)
    path = Path(place)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if before:
        for one in read(path).accept:
            if one.fingerprint == made.fingerprint and (one.until == made.until or one.until is None):
                raise ConfigError(f"'{rule}' of '{run}' is accepted already: {one.told()}", where=str(path))
    table = "tool.logdoc.accept" if path.name == "pyproject.toml" else "accept"
    lines = [f"[[{table}]]", *(f"{key} = {_quoted(getattr(made, key))}" for key in _TEXTS)]
    if until:
        lines.append(f"until = {until.isoformat()}")
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    write_text(before + gap + "\n".join(lines) + "\n", path)
    return made


_TEXTS = ("fingerprint", "run", "rule", "because")


def _quoted(text: str) -> str:
    """Return a text as a TOML string: what JSON writes in ASCII is one, but for the pairs of surrogates."""
    made = "".join(c if c.isascii() else _escape(c) for c in json.dumps(text, ensure_ascii=False))
    return made.replace("\x7f", "\\u007f")


def _escape(character: str) -> str:
    code = ord(character)
    if 0xD800 <= code < 0xE000:
        return "\\uFFFD"
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def write_baseline(analysis: Analysis, path: PathLike) -> int:
    """Write every finding of an analysis that is not accepted as a baseline, and return how many there are.

    Raises:
        RenderError: the file cannot be written.
    """
    text = baseline_of(analysis)
    write_text(text, Path(path))
    return len(load_baseline(text, str(path)))


def marked(
    analysis: Analysis,
    *,
    accept: Sequence[Acceptance] = (),
    baseline: PathLike | None = None,
    today: datetime.date | None = None,
) -> tuple[Analysis, tuple[str, ...]]:
    """Return the analysis with every finding marked that is accepted or in the baseline file, and notes about
    acceptances that are over or no longer needed.

    Args:
        analysis: as judged.
        accept: what a person accepts.
        baseline: a file of `write_baseline`.
        today: acceptances whose last day is before it no longer hold; by default the day of the call.

    Raises:
        ConfigError: the baseline cannot be read or is none.
    """
    return mark(analysis, accept, _known(baseline), today or datetime.date.today())


def marker(
    *, accept: Sequence[Acceptance] = (), baseline: PathLike | None = None
) -> Callable[[RunAnalysis], RunAnalysis]:
    """Return the function that marks one run as `marked` marks all.

    Raises:
        ConfigError: the baseline cannot be read or is none.
    """
    known, today = _known(baseline), datetime.date.today()

    def one(run: RunAnalysis) -> RunAnalysis:
        return mark(model.Analysis("", (run,)), accept, known, today)[0].runs[0]

    return one


def _known(baseline: PathLike | None) -> frozenset[str]:
    known: frozenset[str] = frozenset()
    if baseline is not None:
        try:
            text = read_text(Path(baseline))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"cannot be read: {error}", where=str(baseline), hint="Make one with --write-baseline."
            ) from None
        known = load_baseline(text, str(baseline))
    return known
