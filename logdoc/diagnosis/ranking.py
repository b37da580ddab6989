"""From posteriors to a ranked list: why each cause is there, what it explains, and what to log to be surer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.diagnosis.inference import Beliefs, told
from logdoc.model import Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from logdoc.diagnosis.network import CauseNode, Network

WORTH = 0.3  # probability from which a cause is worth acting on
POSSIBLE = 0.1  # and from here on one is worth a line, where fewer than MOST are worth acting on
MOST = 3
DIGITS = 4  # of a probability as it is told; causes that are told alike are ordered by what came first
_EDGE = 1e-12
_KEPT = 64  # answers, each of some 200 symptoms


@dataclass(frozen=True, slots=True)
class Ranked:
    """One cause with its posterior, what it explains (strongest first) and what moved it (largest first)."""

    id: str
    probability: float
    explains: tuple[str, ...]
    because: tuple[Reason, ...]


def rank(
    network: Network,
    statuses: Mapping[str, str],
    onsets: Mapping[str, int | None] | None = None,
    prior_factors: Mapping[str, float] | None = None,
    serious: Collection[str] = (),
    *,
    beliefs: Beliefs | None = None,
) -> tuple[Ranked, ...]:
    """Return the causes worth acting on, most probable first.

    A fault always gets an answer: where no cause worth acting on explains any of the `serious` symptoms, the most
    probable one that does is listed as well, from `POSSIBLE` on.

    Between causes of equal probability the one whose symptoms came first stands first: what happened earlier is nearer
    to the cause.

    Args:
        network: causes and strengths.
        statuses: symptom -> verdict.
        onsets: symptom -> first step at which it shows.
        prior_factors: cause -> factor on its prior odds.
        serious: symptoms that fire as a fault.
        beliefs: what is believed under these verdicts and factors, where that is known already.
    """
    beliefs = beliefs or Beliefs(network, statuses, prior_factors)
    found = beliefs.posteriors
    listed = [c for c in network.causes if found[c.id] >= WORTH and _explained(c, statuses)]
    if serious and not any(set(serious) & set(c.explains) for c in listed):
        able = [c for c in network.causes if set(serious) & set(c.explains) and found[c.id] >= POSSIBLE]
        listed.extend(sorted(able, key=lambda c: (-found[c.id], c.id))[:1])
    listed.sort(key=lambda c: (-found[c.id], c.id))
    ordered = _by_onset(listed, found, statuses, onsets or {})
    return tuple(Ranked(c.id, found[c.id], _explained(c, statuses), _because(beliefs, c, statuses)) for c in ordered)


def possibilities(
    network: Network,
    statuses: Mapping[str, str],
    listed: Collection[str],
    symptoms: Collection[str],
    prior_factors: Mapping[str, float] | None = None,
    *,
    beliefs: Beliefs | None = None,
) -> tuple[tuple[str, float], ...]:
    """Return the causes (id, probability) of some symptoms below those that are listed, most probable first: as many as
    make up three with them. `beliefs` are those of these verdicts and factors, where they are known already.
    """
    found = (beliefs or Beliefs(network, statuses, prior_factors)).posteriors
    left = [
        (c.id, found[c.id])
        for c in network.causes
        if c.id not in listed and found[c.id] >= POSSIBLE and any(s in c.explains for s in symptoms)
    ]
    return tuple(sorted(left, key=lambda one: (-one[1], one[0]))[: max(0, MOST - len(listed))])


def _explained(cause: CauseNode, statuses: Mapping[str, str]) -> tuple[str, ...]:
    mine = [s for s in cause.explains if statuses.get(s) == "fires"]
    return tuple(sorted(mine, key=lambda s: (-cause.explains[s], s)))


def _by_onset(
    causes: Sequence[CauseNode],
    found: Mapping[str, float],
    statuses: Mapping[str, str],
    onsets: Mapping[str, int | None],
) -> list[CauseNode]:
    ordered = list(causes)

    def began(cause: CauseNode) -> float:
        steps = [onsets.get(s) for s in _explained(cause, statuses)]
        known = [s for s in steps if s is not None]
        return min(known) if known else math.inf

    # One pass of neighbour swaps: a cause moves up past one that is told as no more probable when its symptoms began
    # earlier or it leads to the other. A list in which a smaller number stands above a larger one is not believed.
    for i in range(len(ordered) - 1, 0, -1):
        above, below = ordered[i - 1], ordered[i]
        if round(told(found[above.id]), DIGITS) > round(told(found[below.id]), DIGITS):
            continue
        if above.id in below.leads_to or (below.id not in above.leads_to and began(below) < began(above)):
            ordered[i - 1], ordered[i] = below, above
    return ordered


def _because(beliefs: Beliefs, cause: CauseNode, statuses: Mapping[str, str]) -> tuple[Reason, ...]:
    """How much each finding moves the log-odds of a cause: with it against without it."""
    reasons = []
    probability = beliefs.posteriors[cause.id]
    for symptom in sorted({*cause.explains, *cause.against, *(s for s, v in statuses.items() if v == "fires")}):
        if statuses.get(symptom) not in ("fires", "clear"):
            continue
        without = beliefs.changed_by(symptom, None).get(cause.id, probability)
        weight = _log_odds(probability) - _log_odds(without)
        if abs(weight) >= 0.05:
            reasons.append(Reason(symptom, round(weight, 2)))
    return tuple(sorted(reasons, key=lambda r: (-abs(r.weight), r.finding)))


def _log_odds(probability: float) -> float:
    held = min(1.0 - _EDGE, max(_EDGE, probability))
    return math.log(held / (1.0 - held))


def explained_by(network: Network, ranked: Sequence[Ranked], statuses: Mapping[str, str]) -> dict[str, str]:
    """Return, for every firing symptom that a listed cause explains, the cause that contributes most to it (posterior
    times strength).
    """
    strengths = {c.id: c.explains for c in network.causes}
    result: dict[str, str] = {}
    for symptom in sorted(s for s, v in statuses.items() if v == "fires"):
        shares = [(r.probability * strengths[r.id].get(symptom, 0.0), -i, r.id) for i, r in enumerate(ranked)]
        best = max(shares, default=(0.0, 0, ""))
        if best[0] > 0.0:
            result[symptom] = best[2]
    return result


def next_symptoms(
    network: Network, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None = None
) -> tuple[tuple[str, float], ...]:
    """Return the symptoms that could not be judged, by how much judging them is expected to tell, in bits (causes'
    entropies summed), best first.

    Many runs of one study end under the same verdicts, and this is the dearest question about them: it is kept.
    """
    key = (frozenset(statuses.items()), frozenset((prior_factors or {}).items()))
    kept: dict[object, tuple[tuple[str, float], ...]] = network.computed.setdefault("next symptoms", {})
    if key not in kept:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = _next_symptoms(network, statuses, prior_factors)
    return kept[key]


def _next_symptoms(
    network: Network, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None
) -> tuple[tuple[str, float], ...]:
    beliefs = Beliefs(network, statuses, prior_factors)
    now = beliefs.posteriors
    entropies = {name: _entropy(p) for name, p in now.items()}
    before = sum(entropies.values())
    gains = []
    for symptom in sorted(s for s, v in statuses.items() if v == "not-judged" and s in network.explaining):
        mine = network.explaining[symptom]
        shows = 1.0 - (1.0 - network.leak_of(symptom)) * math.prod(1.0 - now[c.id] * c.explains[symptom] for c in mine)
        after = 0.0
        for verdict, weight in (("fires", shows), ("clear", 1.0 - shows)):
            changed = beliefs.changed_by(symptom, verdict)
            # Summed over all in one order, so that the result is the same to the last bit as without the short cut.
            after += weight * sum((entropies | {name: _entropy(p) for name, p in changed.items()}).values())
        gains.append((symptom, round(max(0.0, before - after), 4)))
    return tuple(sorted(gains, key=lambda g: (-g[1], g[0])))


def _entropy(p: float) -> float:
    return 0.0 if p <= 0.0 or p >= 1.0 else -(p * math.log2(p) + (1.0 - p) * math.log2(1.0 - p))
