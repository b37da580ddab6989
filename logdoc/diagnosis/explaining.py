"""The arithmetic behind one posterior: evidence is added piece by piece, and every piece moves the log-odds
by so much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logdoc.diagnosis.inference import posteriors, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.diagnosis.network import Network

_MOVES = 0.005  # smaller changes of the log-odds are not told


def arithmetic(
    network: Network, cause_id: str, statuses: Mapping[str, str], prior_factors: Mapping[str, float] | None = None
) -> tuple[tuple[str, float, float], ...]:
    """Return (what, change of the log-odds, probability after it), beginning with ``prior`` and ``context``; the
    last is the
    probability that is told, after ``held back`` where that is less than the posterior.

    Findings that fire come first, the most telling ahead, then those that are clear. What one finding adds depends
    on those before it: a symptom
    that another cause explains already adds less.

    Raises:
        KeyError: the network has no such cause.
    """
    cause = next((c for c in network.causes if c.id == cause_id), None)
    if cause is None:
        raise KeyError(cause_id)
    probability = cause.prior
    made = [("prior", 0.0, probability)]
    known: dict[str, str] = {}
    begin = posteriors(network, known, prior_factors)[cause_id]
    if abs(begin - probability) > 1e-9:
        made.append(("context", _log_odds(begin) - _log_odds(probability), begin))
    probability = begin
    for symptom in sorted(
        (s for s, v in statuses.items() if v in ("fires", "clear")),
        key=lambda s: (statuses[s] != "fires", _distance(cause.explains, s), s),
    ):
        known[symptom] = statuses[symptom]
        after = posteriors(network, known, prior_factors)[cause_id]
        weight = _log_odds(after) - _log_odds(probability)
        if abs(weight) >= _MOVES:
            made.append((symptom, weight, after))
        probability = after
    if told(probability) < probability:
        made.append(("held back", _log_odds(told(probability)) - _log_odds(probability), told(probability)))
    return tuple(made)


def _distance(explains: Mapping[str, float], symptom: str) -> float:
    return -explains.get(symptom, 0.0)


def _log_odds(probability: float) -> float:
    held = min(1.0 - 1e-12, max(1e-12, probability))
    return math.log(held / (1.0 - held))
