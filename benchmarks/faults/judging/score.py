"""Scores what was said against what was done.

    python -m benchmarks.faults.judging.score [--part train|test|fresh|third|blind|fourth|known|unseen|all] [--seeds N]
                                              [--show]

A fault counts only when it shows: some summary of some logged signal differs from the healthy twin over the seeds
(Welch's t-test, p < 0.05 after Bonferroni's correction, and a difference of at least half a deviation). With one seed
nothing can be tested, and every fault counts. Where the labels of a set require symptoms, it is told how often they
were said. `--show` lists what goes wrong, case by case, and is refused for parts that are unseen (`parts`): whoever
looks has used them up.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import Said, say_all
from benchmarks.faults.judging.logs import signals_of
from benchmarks.faults.kit.case import Case
from benchmarks.faults.parts import CHOICES, chosen, part_of
from benchmarks.faults.sets.eighth import labels as eighth
from benchmarks.faults.sets.seventh import labels as seventh
from logdoc.engine import load_rules

SEEDS = 5
REQUIRED, TWO = seventh.REQUIRED | eighth.REQUIRED, seventh.TWO
SIDE = ("log-missing-internals", "log-missing-lr", "log-missing-validation", "log-irregular", "log-truncated")


def wilson(hits: float, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    centre, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return max(0.0, (centre - half) / (1 + z * z / of)), min(1.0, (centre + half) / (1 + z * z / of))


def told(hits: int, of: int, cases: int) -> str:
    """Return a share with its interval, which is that of so many cases: runs of one case that differ in the seed alone
    are far from independent.
    """
    if not of:
        return "0/0"
    low, high = wilson(cases * hits / of, cases)
    return f"{hits}/{of} = {hits / of:.0%} [{low:.0%}, {high:.0%}]"


def share(said: Sequence[Said], what: Callable[[Said], bool]) -> str:
    """Return the share of runs for which something holds, with its interval."""
    return told(sum(map(what, said)), len(said), len({s.case for s in said}))


def symptoms_right(shown: Sequence[Said], healthy: Sequence[Said]) -> str:
    """Return the share of findings at warning or above that belong to the fault; on a control none does."""
    right = sum(name in allowed(CASES[s.case]) for s in shown for name in loud(s))
    spoke = [s for s in (*shown, *healthy) if loud(s)]
    return told(right, sum(len(loud(s)) for s in spoke), len({s.case for s in spoke}))


def first(said: Said) -> bool:
    """Whether the first cause that the report shows counts as right."""
    return said.told > 0 and fires(said) and said.ranking[0][0] in CASES[said.case].causes


def in_three(said: Said) -> bool:
    """Whether one of the first three causes that the report shows does, the merely possible included."""
    return fires(said) and any(cause in CASES[said.case].causes for cause, _ in said.ranking[:3])


def _features(case: Case, seed: int, layers: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (_, values) in signals_of(case, seed, layers=layers).items():
        v = np.where(np.isfinite(values), values, np.nan)
        n = len(v)
        lost = float(np.mean(~np.isfinite(values)))
        found[f"{name} not finite"] = lost
        if lost > 0.9 or n < 2:
            continue
        parts = {
            "start": v[: max(1, n // 5)],
            "end": v[-max(1, n // 5) :],
            "middle": v[n // 3 : max(n // 3 + 1, 2 * n // 3)],
        }
        for part, w in parts.items():
            if np.isfinite(w).any():
                found[f"{name} {part}"] = float(np.sign(np.nanmedian(w)) * np.log1p(abs(np.nanmedian(w)) * 1e4))
        moves = np.abs(np.diff(v))
        if np.isfinite(moves).any():
            found[f"{name} noise"] = float(np.log1p(np.nanmedian(moves) * 1e4))
            found[f"{name} jump"] = float(np.log1p(np.nanmax(moves) * 1e4))
    return found


def visible(case: Case, seeds: int, layers: bool) -> bool:
    """Whether the logs of a fault differ from those of its healthy twin; one seed cannot tell, and passes."""
    if seeds < 2:
        return True
    from scipy import stats

    twin = CASES[case.twin]
    mine = [_features(case, s, layers) for s in range(seeds)]
    other = [_features(twin, s, layers) for s in range(seeds)]
    extra = set.union(*(set(f) for f in mine)) - set.union(*(set(f) for f in other))
    if any(
        name.split(" ")[0] in ("step_time", "loss_scale", "class_acc/1") or name.startswith(("loss_", "memory"))
        for name in extra
    ):
        return True  # it logs what its twin has not: judged by eye, once
    names = set.intersection(*(set(f) for f in mine), *(set(f) for f in other))
    for name in sorted(names):
        a, b = np.array([f[name] for f in mine]), np.array([f[name] for f in other])
        spread = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        if spread < 1e-12:
            if abs(a.mean() - b.mean()) > 1e-9:
                return True
            continue
        if abs(a.mean() - b.mean()) / spread >= 0.5 and stats.ttest_ind(a, b, equal_var=False).pvalue < 0.05 / max(
            1, len(names)
        ):
            return True
    return False


def allowed(case: Case) -> set[str]:
    """Symptoms that a fault may show: those that the causes counted as right explain."""
    causes = {c.cause.id: c.cause for c in load_rules().causes}
    return {symptom for cause in case.causes for symptom in causes[cause].explains} | set(SIDE)


def at_error(said: Said) -> bool:
    """Whether anything stands at error."""
    return any(severity == "error" for _, severity in said.findings)


def loud(said: Said) -> list[str]:
    """Findings at warning or above."""
    return [name for name, severity in said.findings if severity != "info"]


def report(said: Sequence[Said], seen: dict[tuple[str, bool], bool], *, show: bool) -> None:
    """Print the table of one part."""
    for layers in (True, False):
        mine = [s for s in said if s.layers == layers and s.until == 1.0]
        faults = [s for s in mine if not CASES[s.case].healthy]
        shown = [s for s in faults if seen[s.case, layers]]
        healthy = [s for s in mine if CASES[s.case].healthy]
        alarmed = sorted({s.case for s in healthy if loud(s)})
        print(f"\n{'with layer statistics' if layers else 'scalars only'}")
        print(f"  visible faults           {len({s.case for s in shown})} of {len({s.case for s in faults})} cases")
        print(f"  root cause first         {share(shown, first)}")
        print(f"  root cause in three      {share(shown, in_three)}")
        print(f"  something at warning+    {share(shown, lambda s: bool(loud(s)))}")
        print(f"  symptom precision        {symptoms_right(shown, healthy)}")
        print(
            f"  controls with an alarm   {share(healthy, lambda s: bool(loud(s)))}, "
            f"cases {alarmed if show else len(alarmed)}"
        )
        print(f"  controls at error        {sum(at_error(s) for s in healthy)}")
        _report_required([s for s in shown if s.case in REQUIRED])
        if show:
            _show(shown, healthy)


def _report_required(said: Sequence[Said]) -> None:
    """Print how often the symptoms that the labels require were told, where they require any."""
    if not said:
        return
    print(f"  a required symptom told  {share(said, required)}")
    print(f"    at warning+            {share(said, lambda s: required(s, aloud=True))}")
    two = [s for s in said if s.case in TWO]
    if two:
        print(f"  two faults: both causes  {share(two, both_in_three)}")
        print(f"    symptoms of both       {share(two, lambda s: required(s, every=True))}")


def required(said: Said, *, aloud: bool = False, every: bool = False) -> bool:
    """Whether a symptom that the labels require was told, at warning or above, or one of each of two faults."""
    names = set(loud(said)) if aloud else {name for name, _ in said.findings}
    return (all if every else any)(names & set(group) for group in REQUIRED[said.case])


def both_in_three(said: Said) -> bool:
    """Whether the causes of both faults are among the first three."""
    names = {cause for cause, _ in said.ranking[:3]}
    return fires(said) and all(names & set(causes) for causes in TWO[said.case])


def fires(said: Said) -> bool:
    """Whether anything about training fires at all."""
    return any(name not in SIDE for name, _ in said.findings)


def _show(shown: Sequence[Said], healthy: Sequence[Said]) -> None:
    by_case: dict[str, list[Said]] = defaultdict(list)
    for s in shown:
        by_case[s.case].append(s)
    for name, mine in sorted(by_case.items()):
        firsts = Counter(s.ranking[0][0] if s.told else "no cause" if fires(s) else "nothing" for s in mine)
        good = sum(map(first, mine))
        if good == len(mine):
            continue
        fired = Counter(f"{f}({sev[0]})" for s in mine for f, sev in s.findings if f not in SIDE)
        print(
            f"    {good}/{len(mine)} {name} [{CASES[name].habit}] wants {CASES[name].causes[0]}: "
            f"{dict(firsts.most_common(3))}; {dict(fired.most_common(7))}"
        )
    for s in healthy:
        if loud(s):
            print(f"    ALARM {s.case}.{s.seed} [{CASES[s.case].habit}]: {loud(s)}")
    for s in shown:
        wrong = [f for f in loud(s) if f not in allowed(CASES[s.case])]
        if wrong and s.seed == 0:
            print(f"    off   {s.case}.{s.seed}: {wrong}")


def main() -> None:
    """Judge and score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", "--half", choices=CHOICES, default="known")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    names, part = chosen(options.part), part_of()
    if options.show and any(part[name].unseen for name in names):
        parser.error("cases that nobody has looked at are not shown")
    said = say_all(
        (name, seed, layers, 1.0) for name in names for seed in range(options.seeds) for layers in (True, False)
    )
    seen = {
        (name, layers): visible(CASES[name], options.seeds, layers)
        for name in names
        if not CASES[name].healthy
        for layers in (True, False)
    }
    report(said, seen, show=options.show)


if __name__ == "__main__":
    main()
