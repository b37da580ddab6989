"""Exact posterior probabilities of causes: noisy-OR with leak, by Quickscore.

Heckerman, "A tractable inference algorithm for diagnosing multiple diseases" (UAI 1989): for n causes and m firing symptoms the sum over all 2^n
combinations of causes becomes one over the 2^m subsets of the firing symptoms. Symptoms that share no cause are summed apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.diagnosis.network import CauseNode, Network

MOST_FIRING = 14  # firing symptoms of one connected part that are summed exactly; of more, the most telling are kept
SILENCE = 0.5  # how much a clear finding counts beside a firing one: rules are built to stay silent when in doubt
SUREST = 0.9999  # noisy-OR strengths are held below one, so that nothing is ever impossible


def posteriors(network: Network, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the posterior probability of every cause.

    Args:
        network: causes and strengths.
        statuses: symptom -> verdict; "fires" raises, "clear" lowers, everything else says nothing.
        prior_factors: cause -> factor on its prior odds, from the context.
    """
    odds = {cause.id: _prior_odds(cause, statuses, (prior_factors or {}).get(cause.id, 1.0)) for cause in network.causes}
    firing = [s for s in sorted(statuses) if statuses[s] == "fires" and any(s in c.explains for c in network.causes)]
    clear = [s for s in sorted(statuses) if statuses[s] == "clear"]
    result: dict[str, float] = {}
    for symptoms, causes in _parts(network, firing):
        result.update(_quickscore(network, causes, symptoms, clear, odds))
    return {cause.id: result[cause.id] for cause in network.causes}


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


def _quickscore(network: Network, causes: Sequence[CauseNode], firing: Sequence[str], clear: Sequence[str], odds: Mapping[str, float]) -> dict[str, float]:
    kept = _most_telling(causes, firing)
    prior = np.array([odds[c.id] / (1.0 + odds[c.id]) for c in causes])
    silent = np.array([np.prod([(1.0 - min(c.explains[s], SUREST)) ** SILENCE for s in clear if s in c.explains]) for c in causes])
    miss = np.array([[1.0 - min(c.explains.get(s, 0.0), SUREST) for s in kept] for c in causes]).reshape(len(causes), len(kept))
    subsets = np.arange(2 ** len(kept))
    inside = (subsets[:, None] >> np.arange(len(kept))[None, :]) & 1
    silent_anyway = np.log([1.0 - network.leak_of(s) for s in kept]) if kept else np.zeros(0)
    sign = np.where(inside.sum(axis=1) % 2 == 0, 1.0, -1.0) * np.exp(inside @ silent_anyway)
    # present[s, c]: probability that cause c is present and none of the symptoms in subset s, nor a clear one, comes from it.
    present = prior * silent * np.exp(inside @ np.log(miss).T)
    either = present + (1.0 - prior)
    total = either.prod(axis=1)
    evidence = float((sign * total).sum())
    joint: NDArray[np.float64] = (sign[:, None] * total[:, None] * (present / either)).sum(axis=0)
    return {c.id: float(min(1.0, max(0.0, joint[i] / evidence))) for i, c in enumerate(causes)}


def _most_telling(causes: Sequence[CauseNode], firing: Sequence[str]) -> list[str]:
    """Keep at most `MOST_FIRING` symptoms: those that separate the causes most (largest spread of strengths)."""
    if len(firing) <= MOST_FIRING:
        return list(firing)

    def spread(symptom: str) -> float:
        strengths = [c.explains.get(symptom, 0.0) for c in causes]
        return max(strengths) - min(strengths)

    return sorted(sorted(firing, key=lambda s: (-spread(s), s))[:MOST_FIRING])
