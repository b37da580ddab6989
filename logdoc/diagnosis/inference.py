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

import math
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

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
    return Beliefs(network, statuses, prior_factors).posteriors


class Beliefs:
    """What is believed of every cause under some verdicts, and what would be if one verdict were another.

    A verdict touches the causes that explain its symptom or that it speaks against, and those that share a firing
    symptom with them; the posteriors of all others stay what they are, so only that part is summed again.

    Attributes:
        posteriors: cause -> posterior probability, in the order of the network.
    """

    def __init__(
        self, network: Network, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None = None
    ) -> None:
        self._network, self._factors = network, prior_factors or {}
        self._shows: dict[tuple[tuple[str, ...], str], NDArray[np.float64]] = {}
        self._changed: dict[tuple[str, str | None], dict[str, float]] = {}
        self._silences = _silences(network)
        self._firing = {s for s, verdict in statuses.items() if verdict == "fires"}
        self._clear = {s for s, verdict in statuses.items() if verdict == "clear"}
        self._odds = {c.id: self._prior_odds(c, self._firing) for c in network.causes}
        self._silence = {c.id: self._silent(c, self._clear) for c in network.causes}
        self._weights = {name: odds * self._silence[name] for name, odds in self._odds.items()}
        firing = [s for s in sorted(self._firing) if s in network.explaining]
        self._parts = self._split(firing)
        self._part_of = {cause.id: i for i, (_, causes) in enumerate(self._parts) for cause in causes}
        found = {name: weight / (1.0 + weight) for name, weight in self._weights.items()}
        for symptoms, causes in self._parts:
            found.update(self._summed(symptoms, causes, self._weights))
        self.posteriors = found

    def changed_by(self, symptom: str, verdict: str | None) -> dict[str, float]:
        """Return the posteriors of the causes that another verdict on one symptom touches; None takes its verdict away.

        They are, to the last bit, what `posteriors` gives for the changed verdicts.
        """
        key = (symptom, verdict)
        if key not in self._changed:
            self._changed[key] = self._change(symptom, verdict)
        return self._changed[key]

    def _change(self, symptom: str, verdict: str | None) -> dict[str, float]:
        explaining = self._network.explaining.get(symptom, ())
        touched = {c.id: c for c in (*explaining, *self._network.opposed.get(symptom, ()))}
        # Computed anew only where this verdict counts.
        odds, silence = self._odds, self._silence
        if (symptom in self._firing) is not (verdict == "fires"):
            shown = self._firing ^ {symptom}
            odds = {n: self._prior_odds(c, shown) if symptom in c.against else odds[n] for n, c in touched.items()}
        if (symptom in self._clear) is not (verdict == "clear"):
            clear = self._clear ^ {symptom}
            silence = {n: self._silent(c, clear) if symptom in c.explains else silence[n] for n, c in touched.items()}
        moved = {name: odds[name] * silence[name] for name in touched}
        changed = {name: weight / (1.0 + weight) for name, weight in moved.items()}
        fires = verdict == "fires" and bool(explaining)
        parts = sorted({self._part_of[name] for name in touched if name in self._part_of})
        if not parts:
            return changed | self._summed_alone(symptom, moved) if fires else changed
        weights = self._weights | moved
        firing = {s for i in parts for s in self._parts[i][0]} - {symptom}
        if fires:
            firing.add(symptom)
        for cause in (cause for i in parts for cause in self._parts[i][1]):
            changed[cause.id] = weights[cause.id] / (1.0 + weights[cause.id])
        for symptoms, causes in self._split(sorted(firing)):
            changed.update(self._summed(symptoms, causes, weights))
        return changed

    def _prior_odds(self, cause: CauseNode, firing: AbstractSet[str]) -> float:
        """Return the odds of a cause before the symptoms that it explains, under those that speak against it."""
        odds = cause.prior / (1.0 - cause.prior) * self._factors.get(cause.id, 1.0)
        for symptom, against in cause.against.items():
            if symptom in firing:
                odds *= against
        return odds

    def _silent(self, cause: CauseNode, clear: AbstractSet[str]) -> float:
        """Return how probable it is that the clear symptoms of a cause stay silent under it."""
        return math.prod([factor for s, factor in self._silences[cause.id] if s in clear])

    def _split(self, firing: Sequence[str]) -> list[tuple[list[str], list[CauseNode]]]:
        """Split into groups of firing symptoms that share causes; causes of no firing symptom are in none."""
        left = list(firing)
        parts: list[tuple[list[str], list[CauseNode]]] = []
        while left:
            symptoms = [left.pop(0)]
            causes: set[str] = set()
            grown = True
            while grown:
                causes = {cause.id for s in symptoms for cause in self._network.explaining[s]}
                joined = [s for s in left if any(cause.id in causes for cause in self._network.explaining[s])]
                left = [s for s in left if s not in joined]
                symptoms.extend(joined)
                grown = bool(joined)
            parts.append((symptoms, [cause for name, cause in self._network.by_id.items() if name in causes]))
        return parts

    def _summed(
        self, firing: Sequence[str], causes: Sequence[CauseNode], weights: Mapping[str, float]
    ) -> dict[str, float]:
        """Sum over the combinations of the causes of one part."""
        if len(firing) == 1:
            return self._summed_alone(firing[0], weights)
        chance = _chances(causes, weights)
        for symptom in firing:
            chance *= self._chance_to_show(symptom, causes)
        return _shares(causes, chance)

    def _summed_alone(self, symptom: str, weights: Mapping[str, float]) -> dict[str, float]:
        """Sum over the combinations of all causes of one firing symptom that shares none with another."""
        causes = self._network.explaining[symptom]
        shows = self._network.computed.get(("shows", symptom))
        if shows is None:
            shows = self._network.computed["shows", symptom] = _shown(self._network, symptom, causes)
        return _shares(causes, _chances(causes, weights) * shows)

    def _chance_to_show(self, symptom: str, causes: Sequence[CauseNode]) -> NDArray[np.float64]:
        """Return float64[combinations]: how probable it is that a symptom shows under each combination of causes."""
        key = (tuple(c.id for c in causes), symptom)
        if key not in self._shows:
            self._shows[key] = _shown(self._network, symptom, causes)
        return self._shows[key]


def _silences(network: Network) -> Mapping[str, Sequence[tuple[str, float]]]:
    """Return for each cause its symptoms and how probable their silence is under it.

    In the order of the symptoms' names: a product is the same to the last bit only in one order.
    """
    found: Mapping[str, Sequence[tuple[str, float]]] | None = network.computed.get(("silences", SILENCE))
    if found is None:
        found = network.computed["silences", SILENCE] = {
            cause.id: [(s, (1.0 - min(cause.explains[s], SUREST)) ** SILENCE) for s in sorted(cause.explains)]
            for cause in network.causes
        }
    return found


def _shown(network: Network, symptom: str, causes: Sequence[CauseNode]) -> NDArray[np.float64]:
    """Return float64[combinations]: how probable it is that a symptom shows under each combination of causes."""
    miss = np.log([1.0 - min(c.explains.get(symptom, 0.0), SUREST) for c in causes])
    return 1.0 - (1.0 - network.leak_of(symptom)) * np.exp(_subsets(len(causes)) @ miss)


def _chances(causes: Sequence[CauseNode], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Return float64[combinations]: how probable each combination of causes is, all by one factor."""
    weight = np.array([max(weights[c.id], 1e-300) for c in causes])
    made: NDArray[np.float64] = np.exp(_subsets(len(causes)) @ np.log(weight))
    return made


def _shares(causes: Sequence[CauseNode], chance: NDArray[np.float64]) -> dict[str, float]:
    """Return the share of each cause in the combinations."""
    shares = ((chance @ _subsets(len(causes))) / float(chance.sum())).tolist()
    return {c.id: min(1.0, max(0.0, share)) for c, share in zip(causes, shares, strict=True)}


def told(posterior: float) -> float:
    """Return the probability to tell for a posterior in [0, 1]: what is above an even chance is held back, see `KEPT`.
    Keeps the order.
    """
    if posterior <= 0.5:
        return posterior
    odds: float = (posterior / max(1.0 - posterior, 1e-12)) ** KEPT
    return odds / (1.0 + odds)


@lru_cache(maxsize=32)
def _subsets(count: int) -> NDArray[np.float64]:
    """Return 0/1 of [combinations, count]: no cause, each alone, each pair ...

    as many whole sizes as there is room for, at least pairs.
    """
    chosen: list[tuple[int, ...]] = []
    for size in range(count + 1):
        if size > 2 and len(chosen) + math.comb(count, size) > MOST_COMBINATIONS:
            break
        chosen.extend(combinations(range(count), size))
    table = np.zeros((len(chosen), count))
    for row, members in enumerate(chosen):
        table[row, list(members)] = 1.0
    return table
