"""What a report says twice, and differently: a pure function of the analysis of one run. What needs knowledge of the
rules is data in ``rules/_vocabulary/contradictions.yaml``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from logdoc.documents import load_yaml
from logdoc.model import Cause, Curve, Finding, RunAnalysis
from logdoc.resources import bundled

FILE = "_vocabulary/contradictions.yaml"
SECTIONS = {"denied", "forbidden", "green", "promised"}
_NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
_FACTORS = {"two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0}
_FACTOR = rf"(?:{'|'.join(_FACTORS)}|{_NUMBER})"
_SCALED = re.compile(
    rf"(?P<verb>divide|multiply|halve|double)\b(?P<how>[^.;]*?),? from (?P<old>{_NUMBER}) to (?P<new>{_NUMBER})",
    re.IGNORECASE,
)
_BY = re.compile(rf"\bby (?:about )?(?P<factor>{_FACTOR})\b", re.IGNORECASE)
_CHANGED = re.compile(rf"from (?P<old>{_NUMBER}) to (?P<new>{_NUMBER})")
_NO_NUMBER = re.compile(r"\b(?:unknown|infinite|nan|inf)\b(?! or | gradient| in )")
_EXTREME = re.compile(
    rf"\b(?P<which>lowest|highest|best)\b(?P<between>[^.;]*?)\bat (?:step|epoch) (?P<step>{_NUMBER})(?P<rest>[^;]*)"
)
_ABOUT_LEVELS = re.compile(r"\b(?:level|levels|smoothed|average|mean|median|typical|typically)\b")
_CLOSE = 0.1  # two digits are printed


@dataclass(frozen=True)
class Forbidden:
    """Where one of the rules fires, no remedy matches the pattern."""

    rules: frozenset[str]
    remedy: re.Pattern[str]
    why: str


@dataclass(frozen=True)
class Table:
    """The file, checked for its form."""

    denied: Mapping[str, frozenset[str]]
    forbidden: tuple[Forbidden, ...]
    green: tuple[str, ...]
    promised: tuple[tuple[str, str], ...]

    def rules(self) -> frozenset[str]:
        """Return every id of a rule that the table names."""
        return frozenset(self.denied).union(*self.denied.values(), *(one.rules for one in self.forbidden))


@lru_cache(maxsize=1)
def table() -> Table:
    """Return the bundled table.

    Raises:
        ValueError: a section or a key that is not known, or one that is missing.
    """
    return read_table((bundled("rules") / FILE).read_text(encoding="utf-8"))


def read_table(text: str) -> Table:
    """Return a table from YAML.

    Raises:
        ValueError: a section or a key that is not known, or one that is missing.
    """
    data = load_yaml(text, where=f"rules/{FILE}").data
    _same_keys("the file", set(data), SECTIONS)
    for row in data["forbidden"]:
        _same_keys("a row of 'forbidden'", set(row), {"rules", "remedy", "why"})
    for row in data["promised"]:
        _same_keys("a row of 'promised'", set(row), {"phrase", "role"})
    return Table(
        denied={name: frozenset(others) for name, others in data["denied"].items()},
        forbidden=tuple(
            Forbidden(frozenset(r["rules"]), re.compile(r["remedy"], re.IGNORECASE), r["why"])
            for r in data["forbidden"]
        ),
        green=tuple(data["green"]),
        promised=tuple((r["phrase"], r["role"]) for r in data["promised"]),
    )


def _same_keys(what: str, found: set[str], wanted: set[str]) -> None:
    if found != wanted:
        raise ValueError(f"rules/{FILE}: {what} has {sorted(found)} and wants {sorted(wanted)}")


def contradictions(run: RunAnalysis) -> list[str]:
    """Return a sentence for everything in the analysis of a run that denies something else in it."""
    firing = [f for f in run.findings if f.status == "fires"]
    return [
        *_denied(run, firing),
        *_forbidden(run, firing),
        *_not_logged(run),
        *_green(run),
        *(said for cause in run.causes for said in _remedies(cause, run)),
        *_empty_suggestions(run),
        *_order(run),
        *_twice(run),
        *(said for finding in firing for said in _extremes(finding, run)),
    ]


def _denied(run: RunAnalysis, firing: list[Finding]) -> Iterator[str]:
    clear = {one.id: one.title for one in run.clear}
    for finding in firing:
        for other in sorted(table().denied.get(finding.id, frozenset()) & set(clear)):
            yield f"{finding.id} fires, and {other} is clear: {clear[other]}"


def _forbidden(run: RunAnalysis, firing: list[Finding]) -> Iterator[str]:
    for row in table().forbidden:
        by = sorted(row.rules & {f.id for f in firing})
        for cause in run.causes if by else ():
            for remedy in cause.remedies:
                if row.remedy.search(remedy.do):
                    yield f"{cause.id} says '{remedy.do}' where {by[0]} fires: {row.why}"


def _not_logged(run: RunAnalysis) -> Iterator[str]:
    read = {role.partition("[")[0] for role in run.names.values()}
    for one in run.not_judged:
        if one.reason.startswith("not logged: "):
            for role in _read_all_the_same(one.reason.removeprefix("not logged: "), read):
                yield f"{one.id} says that {role} is not logged, which was read"
    for wanted in run.suggestions:
        for role in _read_all_the_same(wanted.signal, read):
            yield f"a suggestion asks for {role}, which was read"


def _read_all_the_same(named: str, read: set[str]) -> list[str]:
    """Of roles that are named as missing, ``a, b[kind] or c``, those that were read."""
    return sorted({role.partition("[")[0] for role in re.split(r", | or ", named)} & read)


def _green(run: RunAnalysis) -> Iterator[str]:
    if run.verdict not in ("healthy", "info"):
        return
    for word in table().green:
        if re.search(rf"\b{re.escape(word)}", run.headline, re.IGNORECASE):
            yield f"the verdict is {run.verdict} and the headline speaks of '{word}': {run.headline}"


def _remedies(cause: Cause, run: RunAnalysis) -> Iterator[str]:
    for remedy in cause.remedies:
        text = remedy.do
        if _NO_NUMBER.search(text):
            yield f"{cause.id}: no number where one is promised: '{text}'"
        if re.search(
            r"\b(?:stop at|best step was|up to) (?:step|epoch) 0\b|\bbest (?:step|epoch) was 0\b", text, re.IGNORECASE
        ):
            yield f"{cause.id}: a step at which there is nothing to keep: '{text}'"
        for change in _CHANGED.finditer(text):
            if _value(change["old"]) == _value(change["new"]):
                yield f"{cause.id}: a change from a value to itself: '{text}'"
        for change in _SCALED.finditer(text):
            if not math.isclose(_scaled(change), _value(change["new"]), rel_tol=_CLOSE):
                yield f"{cause.id}: the numbers are not what the words say: '{text}'"
        for phrase, role in table().promised:
            if (
                phrase in text
                and role in run.names.values()
                and not re.search(rf"(?<!\d){_NUMBER}", text.replace(phrase, ""))
            ):
                yield f"{cause.id}: the {phrase} is known and not told: '{text}'"


def _scaled(change: re.Match[str]) -> float:
    old, verb = _value(change["old"]), change["verb"].lower()
    by = _BY.search(change["how"])
    word = by["factor"].lower() if by else "two"
    factor = _FACTORS[word] if word in _FACTORS else _value(word)
    return old * factor if verb in ("multiply", "double") else old / factor


def _value(text: str) -> float:
    return float(text.replace(",", ""))


def _empty_suggestions(run: RunAnalysis) -> Iterator[str]:
    for wanted in run.suggestions:
        if "(0.00 bits)" in wanted.why:
            yield f"a suggestion that tells nothing: {wanted.signal}, {wanted.why}"


def _order(run: RunAnalysis) -> Iterator[str]:
    for listed in (run.causes, run.possible):
        for above, below in pairwise(listed):
            if below.probability > above.probability:
                yield f"{above.id} ({above.probability}) stands above {below.id} ({below.probability})"


def _twice(run: RunAnalysis) -> Iterator[str]:
    titles = [(c.id, c.title) for c in (*run.causes, *run.possible)]
    firsts = [(c.id, _gist(c.remedies[0].do)) for c in run.causes if c.remedies]
    for said, what in ((titles, "title"), (firsts, "first remedy")):
        seen: dict[object, str] = {}
        for cause_id, text in said:
            if text in seen:
                yield f"{seen[text]} and {cause_id} have the same {what}: {text}"
            seen.setdefault(text, cause_id)


def _gist(remedy: str) -> object:
    """A remedy with numbers is what it does and with which numbers; one without is its first clause."""
    numbers = tuple(sorted(set(re.findall(rf"(?<![\w.]){_NUMBER}", remedy))))
    words = remedy.lower().split()
    return (words[0], numbers) if numbers else re.split(r"[,.;:]", remedy.lower())[0]


def _extremes(finding: Finding, run: RunAnalysis) -> Iterator[str]:
    """A number called lowest, highest or best at a step is the value that was logged there. The decimated curves keep
    their extremes, so an extreme is one of their points.
    """
    curves = [c for c in run.curves if any(c.name in chart.series for chart in finding.charts)]
    for match in _EXTREME.finditer(finding.evidence):
        if (
            not curves
            or _ABOUT_LEVELS.search(match["between"])
            or _ABOUT_LEVELS.search(finding.evidence[: match.start()][-30:])
        ):
            continue
        step = int(_value(match["step"]))
        numbers = [_value(n) for n in re.findall(rf"(?<![\w.]){_NUMBER}", match["between"] + match["rest"])]
        if not any(_logged(curve, step, numbers) for curve in curves):
            yield f"{finding.id}: '{match.group().strip()}' is not the value that was logged at step {step}"


def _logged(curve: Curve, step: int, numbers: list[float]) -> bool:
    there = [v for s, v in zip(curve.steps, curve.values, strict=True) if s == step and math.isfinite(v)]
    return any(math.isclose(value, number, rel_tol=2e-3, abs_tol=1e-12) for value in there for number in numbers)
