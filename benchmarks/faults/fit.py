"""Fits single strengths and priors of the belief network on the cases that rules may be fitted on: ``python benchmarks/faults/fit.py [--gain 4] [--hold-out]``.

One number at a time is tried at a few multiples of its present value and kept when that helps by more than `--gain` runs' worth: a mixture of the share of
belief that goes to the right causes (log), of the first cause being right, and of a right one among three. Few and coarse changes are wanted; the
experts' numbers stand where the runs say little. With `--hold-out` the numbers are fitted on one half of the old cases and scored on the other, which tells
whether the fitting carries over. The fresh cases are never looked at. Prints the changes; values taken over into `rules/_causes` are marked "fitted" there.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

from calibrate import Seen, look
from cases import CASES, FAULTS
from score import SEEDS, halves

from logdoc.api.pipeline import make_judge
from logdoc.diagnosis import Network, posteriors
from logdoc.engine import load_rules

Weights = Mapping[tuple[str, str], float]
FEWEST = 3  # cases in which a symptom must fire before its strengths are touched
CERTAIN = 0.3  # probability from which a cause is named


def changed(network: Network, weights: Weights) -> Network:
    """Return the network with some strengths (cause, symptom) and priors (cause, "prior") replaced."""
    causes = tuple(
        dataclasses.replace(
            c, prior=weights.get((c.id, "prior"), c.prior), explains={symptom: weights.get((c.id, symptom), v) for symptom, v in c.explains.items()}
        )
        for c in network.causes
    )
    return dataclasses.replace(network, causes=causes)


def figures(network: Network, runs: Sequence[Seen]) -> tuple[float, float, float]:
    """Return per run: log of the share of belief on the right causes, first cause right, a right one among three."""
    explains = {c.id: set(c.explains) for c in network.causes}
    share_log = first_right = in_three = 0.0
    for name, statuses, factors, serious in runs:
        found, right = posteriors(network, statuses, factors), CASES[name].causes
        fired = {s for s, v in statuses.items() if v == "fires"}
        told = {c for c in found if explains[c] & fired}
        own = sum(found[c] ** 2 for c in right)
        every = sum(found[c] ** 2 for c in told | set(right)) + 1e-9
        share_log += math.log(0.02 + 0.98 * own / every)
        named = [c for c in told if found[c] >= CERTAIN]
        first_right += bool(named) and min(named, key=lambda c: (not serious & explains[c], -found[c], c)) in right
        in_three += any(c in right for c in sorted(found, key=lambda c: -found[c])[:3])
    return share_log / len(runs), first_right / len(runs), in_three / len(runs)


def fit(network: Network, runs: Sequence[Seen], gain: float) -> dict[tuple[str, str], float]:
    """Return the numbers that are worth changing."""
    fires: dict[str, set[str]] = {}
    for name, statuses, _, _ in runs:
        for symptom in (s for s, v in statuses.items() if v == "fires"):
            fires.setdefault(symptom, set()).add(name)
    base = {(c.id, s): v for c in network.causes for s, v in c.explains.items() if len(fires.get(s, ())) >= FEWEST}
    base |= {(c.id, "prior"): c.prior for c in network.causes}

    def worth(weights: Weights) -> float:
        share_log, first_right, in_three = figures(changed(network, weights), runs)
        return 0.5 * share_log + first_right + 0.5 * in_three

    weights: dict[tuple[str, str], float] = {}
    now = worth(weights)
    for key, value in base.items():
        top, factors = (0.3, (0.5, 0.7, 1.4, 2.0)) if key[1] == "prior" else (0.95, (0.35, 0.6, 1.5, 2.2))
        tried = {round(min(top, value * factor), 3) for factor in factors}
        best, after = max((worth({**weights, key: v}), v) for v in sorted(tried))
        if best > now + gain / len(runs):
            weights[key], now = after, best
    return weights


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gain", type=float, default=4.0)
    parser.add_argument("--hold-out", action="store_true")
    options = parser.parse_args()
    network = make_judge(load_rules(), {}, {}).network
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(look, [(c.name, seed, layers) for c in FAULTS for seed in range(SEEDS) for layers in (True, False)], chunksize=8))
    half = halves()
    parts = [[r for r in runs if half[r[0]] == which] for which in ("train", "test")]
    for mine, other in ((parts[0], parts[1]), (parts[1], parts[0])) if options.hold_out else ((runs, runs),):
        weights = fit(network, mine, options.gain)
        for title, part in (("fitted on", mine), ("scored on", other)):
            before, after = figures(network, part), figures(changed(network, weights), part)
            print(f"{title}: " + ", ".join(f"{b:.3f} -> {a:.3f}" for b, a in zip(before, after, strict=True)))
        for (cause, what), value in sorted(weights.items()):
            print(f"  {cause}: {what}: {value}")


if __name__ == "__main__":
    main()
