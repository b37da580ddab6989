"""Posterior probabilities of causes: noisy-OR with leak, summed over combinations of causes.

Only causes that explain a firing symptom can be drawn into an explanation together; every other one is independent
of them. The sum runs over all
combinations of those causes, smallest first, as far as `MOST_COMBINATIONS` reaches: exact for a dozen causes, and up
to three or four at a time for
many. With priors of a few percent more causes at once weigh nothing. All terms are positive, so that nothing
cancels: Quickscore (Heckerman 1989),
the exact sum over subsets of symptoms, loses all digits to cancellation from about eight firing symptoms on.
Symptoms that share no cause are summed apart.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.diagnosis.network import CauseNode, Network

MOST_COMBINATIONS = 6_000
# How much a clear finding counts beside a firing one: rules are built to stay silent when in doubt. Fitted with
# benchmarks/faults/fitting/calibrate.py.
SILENCE = 0.3
# How much of the log-odds above an even chance is kept when a probability is told. Strengths are fitted on known
# networks and faults; on networks that nobody
# had fitted on, causes given 82 % were right in 63 % of the runs, and those given 96 % in 87 % (520 runs,
# benchmarks/faults).
KEPT = 0.6
SUREST = 0.9999  # noisy-OR strengths are held below one, so that nothing is ever impossible


def posteriors(
    network: Network, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the posterior probability of every cause.

    Args:
        network: causes and strengths.
        statuses: symptom -> verdict; "fires" raises, "clear" lowers, everything else says nothing.
        prior_factors: cause -> factor on its prior odds, from the context.
    """
    odds = {
        cause.id: _prior_odds(cause, statuses, (prior_factors or {}).get(cause.id, 1.0)) for cause in network.causes
    }
    firing = [s for s in sorted(statuses) if statuses[s] == "fires" and any(s in c.explains for c in network.causes)]
    clear = [s for s in sorted(statuses) if statuses[s] == "clear"]
    result: dict[str, float] = {}
    for symptoms, causes in _parts(network, firing):
        result.update(_summed(network, causes, symptoms, clear, odds))
    return {cause.id: result[cause.id] for cause in network.causes}


def told(posterior: float) -> float:
    """Return the probability to tell for a posterior in [0, 1]: what is above an even chance is held back, see `KEPT`.
    Keeps the order.
    """
    if posterior <= 0.5:
        return posterior
    odds: float = (posterior / max(1.0 - posterior, 1e-12)) ** KEPT
    return odds / (1.0 + odds)


def _prior_odds(cause: CauseNode, statuses: Mapping[str, str], factor: float) -> float:
    odds = cause.prior / (1.0 - cause.prior) * factor
    for symptom, against in cause.against.items():
        if statuses.get(symptom) == "fires":
            odds *= against
    return odds


def _parts(network: Network, firing: Sequence[str]) -> list[tuple[list[str], list[CauseNode]]]:
    """Split into groups of firing symptoms that share causes; causes of no firing symptom make the last group."""
    left = list(firing)
    parts: list[tuple[list[str], list[CauseNode]]] = []
    used: set[str] = set()
    while left:
        symptoms, causes = [left.pop(0)], dict[str, "CauseNode"]()
        grown = True
        while grown:
            causes = {c.id: c for c in network.causes if any(s in c.explains for s in symptoms)}
            joined = [s for s in left if any(s in c.explains for c in causes.values())]
            left = [s for s in left if s not in joined]
            symptoms.extend(joined)
            grown = bool(joined)
        used.update(causes)
        parts.append((symptoms, list(causes.values())))
    rest = [c for c in network.causes if c.id not in used]
    return [*parts, ([], rest)] if rest else parts


def _summed(
    network: Network,
    causes: Sequence[CauseNode],
    firing: Sequence[str],
    clear: Sequence[str],
    odds: Mapping[str, float],
) -> dict[str, float]:
    # A cause that is present and leaves its clear symptoms silent, against its absence.
    weight = np.array([odds[c.id] * _silence(c, clear) for c in causes])
    if not firing:
        return {c.id: float(weight[i] / (1.0 + weight[i])) for i, c in enumerate(causes)}
    present = _subsets(len(causes))
    with np.errstate(divide="ignore"):
        chance = np.exp(present @ np.log(np.maximum(weight, 1e-300)))
    for symptom in firing:
        miss = np.log([1.0 - min(c.explains.get(symptom, 0.0), SUREST) for c in causes])
        chance *= 1.0 - (1.0 - network.leak_of(symptom)) * np.exp(present @ miss)
    joint = chance @ present
    evidence = float(chance.sum())
    return {c.id: float(min(1.0, max(0.0, joint[i] / evidence))) for i, c in enumerate(causes)}


def _silence(cause: CauseNode, clear: Sequence[str]) -> float:
    return float(np.prod([(1.0 - min(cause.explains[s], SUREST)) ** SILENCE for s in clear if s in cause.explains]))


@lru_cache(maxsize=32)
def _subsets(count: int) -> NDArray[np.float64]:
    """Return 0/1 of [combinations, count]: no cause, each alone, each pair ...

    as many whole sizes as there is room for, at least pairs.
    """
    chosen: list[tuple[int, ...]] = []
    for size in range(count + 1):
        if size > 2 and len(chosen) + comb(count, size) > MOST_COMBINATIONS:
            break
        chosen.extend(combinations(range(count), size))
    table = np.zeros((len(chosen), count))
    for row, members in enumerate(chosen):
        table[row, list(members)] = 1.0
    return table
