"""The tables of the benchmark: ``python -m benchmarks.faults.judging.tables [--seeds N] [-o RESULTS.md]`` judges every
run and writes them.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging import reliability
from benchmarks.faults.judging.beside import JUDGED, beside_twins
from benchmarks.faults.judging.judge import Said, say_all
from benchmarks.faults.judging.logs import PASTED
from benchmarks.faults.judging.robustness import abstention, changed, stability
from benchmarks.faults.judging.score import (
    SEEDS,
    SIDE,
    allowed,
    at_error,
    fires,
    first,
    in_three,
    loud,
    share,
    symptoms_right,
    visible,
)
from benchmarks.faults.parts import PARTS, UNSEEN, part_of

SHARES = (0.1, 0.25, 0.5, 1.0)
FEWEST = 8
TOGETHER = "**blind, together**"
HERE = Path(__file__).resolve().parents[1]
MEASURED = HERE.parents[1] / "rules" / "_measured" / "findings.yaml"


def main_table(said: Sequence[Said], seen: dict[tuple[str, bool], bool]) -> list[str]:
    """The figures that count, per part and set of signals."""
    titles = (
        "part",
        "signals",
        "faults that show",
        "first cause right",
        "right in three",
        "something at warning+",
        "a symptom of the fault found",
    )
    titles += ("symptoms right", "controls with an alarm", "at error")
    rows = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    part = part_of()
    lines = {**{one.title: (one.name,) for one in PARTS}, TOGETHER: UNSEEN}
    for title, names in lines.items():
        for layers in (True, False):
            mine = [s for s in said if s.layers == layers and s.until == 1.0 and part[s.case].name in names]
            shown = [s for s in mine if not CASES[s.case].healthy and seen[s.case, layers]]
            healthy = [s for s in mine if CASES[s.case].healthy]
            cells = [title, "with layers" if layers else "scalars", str(len({s.case for s in shown}))]
            cells += [
                share(shown, first),
                share(shown, in_three),
                share(shown, lambda s: bool(loud(s))),
                share(shown, recalled),
            ]
            cells += [
                symptoms_right(shown, healthy),
                share(healthy, lambda s: bool(loud(s))),
                str(sum(map(at_error, healthy))),
            ]
            rows.append(f"| {' | '.join(cells)} |")
    return rows


def recalled(said: Said) -> bool:
    """Whether a finding, remarks included, belongs to the fault."""
    return any(name in allowed(CASES[said.case]) and name not in SIDE for name, _ in said.findings)


def by(said: Sequence[Said], key: Callable[[Said], str], title: str) -> list[str]:
    """First cause right and alarms on controls, split by something; scalars and layers together."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for s in said:
        if s.until == 1.0:
            groups[key(s)].append(s)
    rows = [f"| {title} | first cause right | right in three | controls with an alarm |", "|---|---|---|---|"]
    for name, mine in sorted(groups.items()):
        faults, healthy = [s for s in mine if not CASES[s.case].healthy], [s for s in mine if CASES[s.case].healthy]
        alarms = share(healthy, lambda s: bool(loud(s)))
        rows.append(f"| {name} | {share(faults, first)} | {share(faults, in_three)} | {alarms} |")
    return rows


def by_cause(said: Sequence[Said]) -> list[str]:
    """First cause right and right in three, by the cause that was injected and the signals."""
    rows = [
        "| injected | cases | first, with layers | in three | first, scalars | in three |",
        "|---|---|---|---|---|---|",
    ]
    groups: dict[str, list[Said]] = defaultdict(list)
    for s in said:
        if s.until == 1.0 and not CASES[s.case].healthy:
            groups[CASES[s.case].causes[0]].append(s)
    for cause, mine in sorted(groups.items()):
        parts = [[s for s in mine if s.layers == layers] for layers in (True, False)]
        cells = [share(part, what) for part in parts for what in (first, in_three)]
        rows.append(f"| {cause} | {len({s.case for s in mine})} | {' | '.join(cells)} |")
    return rows


def early(said: Sequence[Said]) -> list[str]:
    """How early a fault is found: the same runs cut short."""
    rows = ["| part of the run | found at warning+ | first cause right | controls with an alarm |", "|---|---|---|---|"]
    for part in SHARES:
        mine = [s for s in said if s.until == part and s.layers]
        faults, healthy = [s for s in mine if not CASES[s.case].healthy], [s for s in mine if CASES[s.case].healthy]
        found, alarms = (share(runs, lambda s: bool(loud(s))) for runs in (faults, healthy))
        rows.append(f"| {part:.0%} | {found} | {share(faults, first)} | {alarms} |")
    return rows


def misses(said: Sequence[Said]) -> list[str]:
    """Cases whose first cause is right in less than half of the runs, with what is said instead."""
    groups: dict[tuple[str, bool], list[Said]] = defaultdict(list)
    for s in said:
        if s.until == 1.0 and not CASES[s.case].healthy:
            groups[s.case, s.layers].append(s)
    rows = ["| case | signals | injected | first cause right | why not |", "|---|---|---|---|---|"]
    for (name, layers), mine in sorted(groups.items()):
        hits = sum(map(first, mine))
        if hits * 2 < len(mine):
            why = Counter(why_not(s) for s in mine if not first(s)).most_common(1)[0][0]
            signals = "with layers" if layers else "scalars"
            rows.append(f"| {name} | {signals} | {CASES[name].causes[0]} | {hits} of {len(mine)} | {why} |")
    return rows


def outcomes(said: Sequence[Said]) -> list[str]:
    """What becomes of the runs with a fault: right, and the ways of not being right."""
    rows = [
        (
            "| signals | first is right | right one further down | another cause stands first "
            "| findings, but no cause | nothing stands out |"
        ),
        "|" + "---|" * 6,
    ]
    for layers in (True, False):
        mine = [s for s in said if s.until == 1.0 and s.layers == layers and not CASES[s.case].healthy]
        wrong = [s for s in mine if not first(s)]
        parts = [len(mine) - len(wrong), sum(map(in_three, wrong))]
        parts += [
            sum(s.told > 0 and fires(s) and not in_three(s) for s in wrong),
            sum(fires(s) and not s.told and not in_three(s) for s in wrong),
        ]
        parts.append(sum(not fires(s) for s in wrong))
        cells = ["with layers" if layers else "scalars", *(f"{n} ({n / max(1, len(mine)):.0%})" for n in parts)]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def why_not(said: Said) -> str:
    """Return what stands in the way of the right first cause."""
    if not fires(said):
        return "nothing stands out: without its twin beside it the run looks ordinary"
    if in_three(said):
        return f"{said.ranking[0][0]} stands before it" if said.told else "listed as possible, none is probable enough"
    return f"{said.ranking[0][0]} explains what shows" if said.told else "remarks, and no cause that is probable enough"


def measured(said: Sequence[Said]) -> str:
    """How often each rule is right when it speaks, by case: a case counts once for every rule that fires in one of its
    runs.
    """
    spoke: dict[str, set[str]] = defaultdict(set)
    for s in said:
        if s.until == 1.0:
            for name, _ in s.findings:
                spoke[name].add(s.case)
    about = [
        (
            "# How often a rule is right when it speaks: cases of the fault benchmark in which it fires, "
            "and among them those whose fault it belongs to."
        ),
        (
            "# Written by benchmarks/faults/judging/tables.py; rules about the log, and those that fire in fewer "
            "than eight cases, have no line."
        ),
    ]
    lines = []
    for name, cases in sorted(spoke.items()):
        if name in SIDE or len(cases) < FEWEST:
            continue
        right = sum(not CASES[case].healthy and name in allowed(CASES[case]) for case in cases)
        lines.append(f"  {name}: {{right: {right}, of: {len(cases)}}}")
    return "\n".join([*about, "measured:" if lines else "measured: {}", *lines, ""])


ABOUT = """\
Shares are of runs and carry Wilson's 95 % interval for the number of cases (runs of one case that differ in the seed
alone are far from independent). A cause counts as said first when the report names it first, at 30 % or more; in
three, when it is among the first three that the report shows. With one seed nothing can be tested against the healthy
twin, and every fault counts as one that shows.

The old cases are those that the rules were written with. All others have networks, data, variants and logging unlike
those before, and were written by people who had seen neither the rules nor what they say; each set was looked at after
its first totals had been told (`python -m benchmarks.faults.parts` says what of each).
{history}
**The lines of the blind part are the ones to believe**, and the first contacts above; what has been looked at was
mended with these very runs in view. Whoever looks at the cases of the blind part and changes a rule has used it up.
"""
HISTORY = """\
What was said of them before anything was changed for them; of the fresh, third and fourth sets five seeds, else
one (`../reading/RESULTS.md` tells more of these):

| first contact | signals | first cause right | right in three | controls with an alarm |
|---|---|---|---|---|
| fresh | with layers | 352/630 = 56% | 432/630 = 69% | 35/305 = 11% |
| fresh | scalars | 290/625 = 46% | 356/625 = 57% | 13/305 = 4% |
| third | with layers | 298/560 = 53% | 358/560 = 64% | 70/255 = 27% |
| third | scalars | 217/555 = 39% | 277/555 = 50% | 22/255 = 9% |
| fourth | with layers | 215/390 = 55% | 253/390 = 65% | 9/270 = 3% |
| fourth | scalars | 141/390 = 36% | 171/390 = 44% | 9/270 = 3% |
| fifth | with layers | 73/146 = 50% | 84/146 = 58% | 1/89 = 1% |
| fifth | scalars | 55/146 = 38% | 68/146 = 47% | 1/89 = 1% |
| sixth | with layers | 49/106 = 46% | 58/106 = 55% | 3/50 = 6% |
| sixth | scalars | 34/106 = 32% | 46/106 = 43% | 3/50 = 6% |
| seventh | scalars | 21/44 = 48% | 27/44 = 61% | 1/25 = 4% |
| eighth | with layers | 29/57 = 51% | 38/57 = 67% | 1/28 = 4% |
| eighth | scalars | 26/57 = 46% | 32/57 = 56% | 1/28 = 4% |

(The figures of the fresh set counted causes below 30 % as said, the others do not.)"""


def main() -> None:
    """Judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("-o", "--output", type=Path, default=HERE / "RESULTS.md")
    options = parser.parse_args()
    part, seeds = part_of(), range(options.seeds)
    wanted = [(name, seed, layers, 1.0) for name in CASES for seed in seeds for layers in (True, False)]
    said = say_all(
        [
            *wanted,
            *(
                (name, seed, True, share_of_run)
                for name in CASES
                if part[name].unseen
                for seed in list(seeds)[:2]
                for share_of_run in SHARES[:-1]
            ),
        ]
    )
    blind = [s for s in said if part[s.case].unseen]
    faults = [case for case in CASES.values() if not case.healthy]
    seen = {(case.name, layers): visible(case, options.seeds, layers) for case in faults for layers in (True, False)}
    unseen = [
        f"{name} ({'with layers' if layers else 'scalars'})"
        for (name, layers), shows in sorted(seen.items())
        if not shows
    ]
    shown = [s for s in said if CASES[s.case].healthy or seen[s.case, s.layers]]
    shown_blind = [s for s in shown if part[s.case].unseen]
    sections = {
        "": main_table(said, seen),
        "What becomes of the faults, blind": outcomes(shown_blind),
        "By injected cause, blind": by_cause(shown_blind),
        "By family, blind": by(shown_blind, lambda s: CASES[s.case].family, "family"),
        "By format and names, blind": by(shown_blind, lambda s: CASES[s.case].habit, "format"),
        "How early, blind": early([s for s in blind if s.seed < 2]),
        "Calibration, blind": [*reliability.table(blind), "", "![right share over given probability](reliability.svg)"],
        "What must not matter, blind": stability(blind, changed([name for name in CASES if part[name].unseen])),
        "What ten printed rows still tell, all but the blind part": stability(
            said, changed([name for name in CASES if not part[name].unseen], [PASTED]), [PASTED]
        ),
        "What cannot be judged, blind": [abstention(blind)],
        "With a healthy run to compare with, blind, scalars only": (
            beside_twins([name for name in CASES if part[name].unseen], blind)
            if options.seeds > max(JUDGED)
            else ["Not measured this time: it takes five seeds of every case."]
        ),
        "Where it falls short, all but the blind part": misses([s for s in shown if not part[s.case].unseen]),
        "Where it falls short, blind": misses(shown_blind),
    }
    kinds, families = len({c.fault for c in faults}), len({c.family for c in faults})
    text = ["# Results of the fault benchmark", ""]
    text += [
        (
            f"{len(faults)} faulty and {len(CASES) - len(faults)} healthy cases of {families} families, "
            f"{options.seeds} seed{'s' if options.seeds > 1 else ''} each, {kinds} kinds of fault;"
        )
    ]
    text += ["made by `python -m benchmarks.faults.judging.tables`.", ABOUT.format(history=HISTORY)]
    for title, lines in sections.items():
        text += (
            [f"## {title}", "", *lines, ""]
            if title
            else [*lines, "", f"Not visible in these logs: {', '.join(unseen) or 'none'}.", ""]
        )
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(measured(said), encoding="utf-8")
    options.output.with_name("reliability.svg").write_text(reliability.diagram(blind), encoding="utf-8")
    options.output.write_text("\n".join(text), encoding="utf-8")
    print("\n".join(sections[""]))


if __name__ == "__main__":
    main()
