"""Fits single strengths and priors of the belief network on the cases that rules may be fitted on: ``python -m
benchmarks.faults.fitting.fit [--gain 4] [--hold-out]``.

One number at a time is tried at a few multiples of its present value and kept when that helps by more than `--gain`
runs' worth: a mixture of the share of belief that goes to the right causes (log), of the first cause being right, and
of a right one among three. Few and coarse changes are wanted; the experts' numbers stand where the runs say little.
With `--hold-out` the numbers are fitted on every second case of each kind of fault and scored on the others, which
tells whether the fitting carries over. The unseen parts are never looked at. Prints the changes; values taken over into
`rules/_causes` are marked "fitted" there.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks.faults.cases import CASES
from benchmarks.faults.fitting.calibrate import Seen, look
from benchmarks.faults.parts import part_of
from logdoc.diagnosis import Network, posteriors
from logdoc.diagnosis.ranking import WORTH
from logdoc.engine import load_rules
from logdoc.judging.pipeline import make_judge

Weights = Mapping[tuple[str, str], float]
FEWEST = 3  # cases in which a symptom must fire before its strengths are touched


def changed(network: Network, weights: Weights) -> Network:
    """Return the network with some strengths (cause, symptom) and priors (cause, "prior") replaced."""
    causes = tuple(
        dataclasses.replace(
            c,
            prior=weights.get((c.id, "prior"), c.prior),
            explains={symptom: weights.get((c.id, symptom), v) for symptom, v in c.explains.items()},
        )
        for c in network.causes
    )
    return dataclasses.replace(network, causes=causes)


Figures = tuple[float, float, float]


def figures_of(network: Network, explains: Mapping[str, set[str]], run: Seen) -> Figures:
    """Return of one run: log of the share of belief on the right causes, first cause right, a right one among three."""
    name, statuses, factors, serious = run
    found, right = posteriors(network, statuses, factors), CASES[name].causes
    fired = {s for s, v in statuses.items() if v == "fires"}
    told = {c for c in found if explains[c] & fired}
    own = sum(found[c] ** 2 for c in right)
    every = sum(found[c] ** 2 for c in told | set(right)) + 1e-9
    named = [c for c in told if found[c] >= WORTH]
    first_right = bool(named) and min(named, key=lambda c: (not serious & explains[c], -found[c], c)) in right
    in_three = any(c in right for c in sorted(told, key=lambda c: -found[c])[:3])
    return math.log(0.02 + 0.98 * own / every), float(first_right), float(in_three)


def figures(network: Network, runs: Sequence[Seen]) -> Figures:
    """Return the means over runs."""
    explains = {c.id: set(c.explains) for c in network.causes}
    each = [figures_of(network, explains, run) for run in runs]
    log_share, first, three = (sum(part) / len(runs) for part in zip(*each, strict=True))
    return log_share, first, three


def _worth(of_one: Figures) -> float:
    return 0.5 * of_one[0] + of_one[1] + 0.5 * of_one[2]


def _touched(network: Network, runs: Sequence[Seen]) -> dict[str, list[int]]:
    """Return for every cause the runs whose figures it has a part in: it explains something that fires there, or it is
    right.
    """
    made: dict[str, list[int]] = {}
    for cause in network.causes:
        own = set(cause.explains)
        made[cause.id] = [
            i
            for i, (name, statuses, _, _) in enumerate(runs)
            if cause.id in CASES[name].causes or any(statuses.get(s) == "fires" for s in own)
        ]
    return made


def fit(network: Network, runs: Sequence[Seen], gain: float) -> dict[tuple[str, str], float]:
    """Return the numbers that are worth changing."""
    fires: dict[str, set[str]] = {}
    for name, statuses, _, _ in runs:
        for symptom in (s for s, v in statuses.items() if v == "fires"):
            fires.setdefault(symptom, set()).add(name)
    explains = {c.id: set(c.explains) for c in network.causes}
    base = {(c.id, s): v for c in network.causes for s, v in c.explains.items() if len(fires.get(s, ())) >= FEWEST}
    base |= {(c.id, "prior"): c.prior for c in network.causes}
    touched = _touched(network, runs)
    now = [_worth(figures_of(network, explains, run)) for run in runs]
    weights: dict[tuple[str, str], float] = {}
    for key, value in base.items():
        top, factors = (0.3, (0.5, 0.7, 1.4, 2.0)) if key[1] == "prior" else (0.95, (0.35, 0.6, 1.5, 2.2))
        mine, best = touched[key[0]], (gain, 0.0, list[float]())
        for tried in sorted({round(min(top, value * factor), 3) for factor in factors}):
            other = changed(network, {**weights, key: tried})
            after = [_worth(figures_of(other, explains, runs[i])) for i in mine]
            best = max(best, (sum(after) - sum(now[i] for i in mine), tried, after))
        if best[2]:
            weights[key] = best[1]
            for i, worth in zip(mine, best[2], strict=True):
                now[i] = worth
    return weights


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gain", type=float, default=4.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--hold-out", action="store_true")
    options = parser.parse_args()
    network = make_judge(load_rules(), {}, {}).network
    part = part_of()
    names = [c.name for c in CASES.values() if not c.healthy and part[c.name].fitted_on]
    with ProcessPoolExecutor(2) as pool:
        runs = list(
            pool.map(
                look,
                [(name, seed, layers) for name in names for seed in range(options.seeds) for layers in (True, False)],
                chunksize=8,
            )
        )
    turn = {
        name: i % 2
        for kind in {CASES[n].fault for n in names}
        for i, name in enumerate(n for n in names if CASES[n].fault == kind)
    }
    parts = [[r for r in runs if turn[r[0]] == which] for which in (0, 1)]
    for mine, other in ((parts[0], parts[1]), (parts[1], parts[0])) if options.hold_out else ((runs, runs),):
        weights = fit(network, mine, options.gain)
        for title, runs_of in (("fitted on", mine), ("scored on", other)):
            before, after = figures(network, runs_of), figures(changed(network, weights), runs_of)
            print(f"{title}: " + ", ".join(f"{b:.3f} -> {a:.3f}" for b, a in zip(before, after, strict=True)))
        for (cause, what), value in sorted(weights.items()):
            print(f"  {cause}: {what}: {value}")


if __name__ == "__main__":
    main()
