"""The tables of the benchmark: ``python benchmarks/faults/tables.py [--seeds N] [-o RESULTS.md]`` judges every run and writes them."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from cases import CASES, CONTROLS, FAULTS
from judge import Said, say_all
from score import SEEDS, SIDE, allowed, fires, halves, loud, told, visible

PARTS = (0.1, 0.25, 0.5, 1.0)
FEWEST = 8
HALVES = {"train": "fitted on", "test": "fitted on later", "seen": "fresh, then looked at", "blind": "**fresh, blind**"}
FIRST_CONTACT = (
    "Before anything was changed for them, all fresh cases together gave, with layer statistics: first cause right 352/630 = 56%, right in\n"
    "three 432/630 = 69%, symptoms right 846/1137 = 74%, controls with an alarm 35/305 = 11%; scalars only: 290/625 = 46%, 356/625 = 57%,\n"
    "496/651 = 76%, 13/305 = 4%."
)
MEASURED = Path(__file__).resolve().parents[2] / "rules" / "_measured" / "findings.yaml"


def first(said: Said) -> bool:
    """Whether the first cause counts as right."""
    return fires(said) and bool(said.ranking) and said.ranking[0][0] in CASES[said.case].causes


def in_three(said: Said) -> bool:
    """Whether one of the first three does."""
    return fires(said) and any(cause in CASES[said.case].causes for cause, _ in said.ranking[:3])


def _share(said: Sequence[Said], what: Callable[[Said], bool]) -> str:
    return told(sum(map(what, said)), len(said))


def main_table(said: Sequence[Said], seen: dict[tuple[str, bool], bool], half: dict[str, str]) -> list[str]:
    """The figures that count, per half and set of signals."""
    rows = [
        "| half | signals | faults that show | first cause right | right in three | found at warning+ | symptoms right | controls with an alarm | at error |",
        "|" + "---|" * 9,
    ]
    for which, title in HALVES.items():
        for layers in (True, False):
            mine = [s for s in said if s.layers == layers and s.until == 1.0 and half[s.case] == which]
            shown = [s for s in mine if not CASES[s.case].healthy and seen[s.case, layers]]
            healthy = [s for s in mine if CASES[s.case].healthy]
            right = sum(name in allowed(CASES[s.case]) for s in shown for name in loud(s))
            every = sum(len(loud(s)) for s in (*shown, *healthy))
            errors = sum(any(severity == "error" for _, severity in s.findings) for s in healthy)
            count = len({s.case for s in shown})
            cells = [title, "with layers" if layers else "scalars", str(count)]
            cells += [_share(shown, first), _share(shown, in_three), _share(shown, lambda s: bool(loud(s)))]
            cells += [told(right, every), _share(healthy, lambda s: bool(loud(s))), str(errors)]
            rows.append(f"| {' | '.join(cells)} |")
    return rows


def by(said: Sequence[Said], key: Callable[[Said], str], title: str) -> list[str]:
    """First cause right and alarms on controls, split by something; both halves, scalars and layers together."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for s in said:
        if s.until == 1.0:
            groups[key(s)].append(s)
    rows = [f"| {title} | first cause right | right in three | controls with an alarm |", "|---|---|---|---|"]
    for name, mine in sorted(groups.items()):
        faults, healthy = [s for s in mine if not CASES[s.case].healthy], [s for s in mine if CASES[s.case].healthy]
        rows.append(f"| {name} | {_share(faults, first)} | {_share(faults, in_three)} | {_share(healthy, lambda s: bool(loud(s)))} |")
    return rows


def early(said: Sequence[Said]) -> list[str]:
    """How early a fault is found: the same runs cut short."""
    rows = ["| part of the run | found at warning+ | first cause right | controls with an alarm |", "|---|---|---|---|"]
    for part in PARTS:
        mine = [s for s in said if s.until == part and s.layers]
        faults, healthy = [s for s in mine if not CASES[s.case].healthy], [s for s in mine if CASES[s.case].healthy]
        rows.append(f"| {part:.0%} | {_share(faults, lambda s: bool(loud(s)))} | {_share(faults, first)} | {_share(healthy, lambda s: bool(loud(s)))} |")
    return rows


def reliability(said: Sequence[Said], half: dict[str, str]) -> list[str]:
    """How often the first cause is right, by the probability that was given, on the blind half; and the Brier score."""
    mine = [
        (s.ranking[0][1], first(s))
        for s in said
        if s.until == 1.0 and half[s.case] == "blind" and not CASES[s.case].healthy and fires(s) and s.ranking[0][1] >= 0.3
    ]
    rows = ["| probability given | right |", "|---|---|"]
    for low, high in ((0.3, 0.45), (0.45, 0.6), (0.6, 0.75), (0.75, 0.9), (0.9, 1.01)):
        inside = [right for p, right in mine if low <= p < high]
        rows.append(f"| {low:.0%} to {min(high, 1.0):.0%} | {told(sum(inside), len(inside))} |")
    brier = sum((p - right) ** 2 for p, right in mine) / max(1, len(mine))
    return [*rows, "", f"Brier score {brier:.3f} over {len(mine)} runs whose first cause is given 30 % or more."]


def misses(said: Sequence[Said]) -> list[str]:
    """Cases whose first cause is right in less than half of the runs, with what is said instead."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for s in said:
        if s.until == 1.0 and not CASES[s.case].healthy and s.layers:
            groups[s.case].append(s)
    rows = ["| case | injected | first cause right | most often said instead |", "|---|---|---|---|"]
    for name, mine in sorted(groups.items()):
        if sum(map(first, mine)) * 2 < len(mine):
            instead = [s.ranking[0][0] if fires(s) and s.ranking[0][1] >= 0.3 else "no cause" for s in mine if not first(s)]
            rows.append(f"| {name} | {CASES[name].causes[0]} | {sum(map(first, mine))} of {len(mine)} | {max(set(instead), key=instead.count)} |")
    return rows


def measured(said: Sequence[Said]) -> str:
    """How often each rule is right when it speaks, by case: a case counts once for every rule that fires in one of its runs."""
    spoke: dict[str, set[str]] = defaultdict(set)
    for s in said:
        if s.until == 1.0:
            for name, _ in s.findings:
                spoke[name].add(s.case)
    lines = [
        "# How often a rule is right when it speaks: cases of the fault benchmark in which it fires, and among them those whose fault it belongs to.",
        "# Written by benchmarks/faults/tables.py; rules about the log, and those that fire in fewer than eight cases, have no line.",
        "measured:",
    ]
    for name, cases in sorted(spoke.items()):
        if name in SIDE or len(cases) < FEWEST:
            continue
        right = sum(not CASES[case].healthy and name in allowed(CASES[case]) for case in cases)
        lines.append(f"  {name}: {{right: {right}, of: {len(cases)}}}")
    return "\n".join([*lines, ""])


def main() -> None:
    """Judge and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).resolve().parent / "RESULTS.md")
    options = parser.parse_args()
    half = halves()
    seeds = range(options.seeds)
    wanted = [(name, seed, layers, 1.0) for name in CASES for seed in seeds for layers in (True, False)]
    wanted += [(name, seed, True, part) for name in CASES if half[name] in ("train", "test") for seed in list(seeds)[:2] for part in PARTS[:-1]]
    said = say_all(wanted)
    old = [s for s in said if half[s.case] in ("train", "test")]
    blind = [s for s in said if half[s.case] == "blind"]
    faults = [case for case in CASES.values() if not case.healthy]
    seen = {(case.name, layers): visible(case, options.seeds, layers) for case in faults for layers in (True, False)}
    unseen = sorted(name for (name, layers), shows in seen.items() if layers and not shows)
    controls = [case for case in CASES.values() if case.healthy]
    families, kinds = len({c.family for c in faults}), len({c.fault for c in faults})
    text = [
        "# Results of the fault benchmark",
        "",
        f"{len(faults)} faulty and {len(controls)} healthy cases of {families} families, {options.seeds} seeds each,",
        f"{kinds} kinds of fault; made by `python benchmarks/faults/run.py`. Shares carry Wilson's 95 % interval; runs of one case are not",
        "independent, so that the intervals are too narrow.",
        "",
        f"{len(FAULTS)} faults and {len(CONTROLS)} controls are those that the rules were written and fitted with; half of them were held out at first.",
        "The fresh ones have other networks, data and variants, and were written by somebody who had seen neither the rules nor what they say.",
        FIRST_CONTACT,
        "After that one half of the fresh cases was looked at and rules were mended; of the other half nothing but totals, and the names of the",
        "controls with an alarm, was ever seen (one such name prompted one change: smoothed labels are not judged for a double softmax).",
        "**Its lines are the ones to believe.**",
        "",
        *main_table(said, seen, half),
        "",
        f"Not visible in these logs: {', '.join(unseen) or 'none'}.",
        "",
        "## How early, cases that were fitted on",
        "",
        *early(old),
        "",
        "## Calibration, blind half",
        "",
        *reliability(said, half),
        "",
        "## By family, blind half",
        "",
        *by(blind, lambda s: CASES[s.case].family, "family"),
        "",
        "## By format and names, blind half",
        "",
        *by(blind, lambda s: CASES[s.case].habit, "format"),
        "",
        "## Where it falls short, all but the blind half",
        "",
        *misses([s for s in said if half[s.case] != "blind"]),
        "",
    ]
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(measured(said), encoding="utf-8")
    options.output.write_text("\n".join(text), encoding="utf-8")
    print("\n".join(main_table(said, seen, half)))


if __name__ == "__main__":
    main()
