"""What to log next: the signals whose rules would tell most about the causes, for the trouble of logging them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.diagnosis import next_symptoms
from logdoc.model import Suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.judging.pipeline import Judge
    from logdoc.model import Finding

_MOST = 3
_TOLD_BITS = 0.005  # less would be written as 0.00
# A statistic of every layer takes a hook and fills the log; a loss, a rate or a line of the configuration is one line
# of code. So it must tell three times as much.
_OF_LAYERS = 3.0
_PER_LAYER = ("[parameter]", "[module]")


def suggested(findings: Sequence[Finding], judge: Judge) -> tuple[Suggestion, ...]:
    """Return what to log next, the most useful first.

    A signal is worth what all the checks tell that it would allow: those that lack nothing else, by the bits that each
    is expected to tell about the causes. What is suggested first counts as logged for the second.

    Args:
        findings: of one run.
        judge: whose causes they are about; nothing is suggested for its rules about the program and the machine.
    """
    by_id = {f.id: f for f in findings}
    bits = {
        symptom: gain
        for symptom, gain in next_symptoms(judge.network, {f.id: f.status for f in findings})
        if by_id[symptom].missing and by_id[symptom].log and symptom not in judge.side_rules
    }
    lacking = {symptom: frozenset(by_id[symptom].missing) for symptom in bits}
    made: list[Suggestion] = []
    logged: frozenset[str] = frozenset()
    while len(made) < _MOST:
        left = {symptom: lacks - logged for symptom, lacks in lacking.items() if not lacks <= logged}
        if not left:
            break
        signals, more = _dearest(left, bits)
        best = max((s for s, lacks in left.items() if lacks == signals), key=lambda s: bits[s])
        wanted = tuple(signal for signal in by_id[best].missing if signal in signals)
        # In words of the signals; where they have none, in those of the check that tells most of them.
        line = judge.rules.registry.to_log(wanted) or by_id[best].log
        made.append(Suggestion(", ".join(wanted), line, _why(by_id[best].title, bits[best], more)))
        logged |= signals
    return tuple(made)


def _dearest(left: Mapping[str, frozenset[str]], bits: Mapping[str, float]) -> tuple[frozenset[str], int]:
    """Return the signals that tell most for their trouble, and how many checks they allow beside the first."""
    told: dict[frozenset[str], list[float]] = {}
    for symptom, lacks in left.items():  # a hundred checks lack some thirty different things
        told.setdefault(lacks, []).append(bits[symptom])
    totals = {lacks: (sum(gains), len(gains)) for lacks, gains in told.items()}

    def worth(signals: frozenset[str]) -> float:
        return sum(total for lacks, (total, _) in totals.items() if lacks <= signals) / sum(map(_trouble, signals))

    signals = max(totals, key=worth)
    return signals, sum(count for lacks, (_, count) in totals.items() if lacks <= signals) - 1


def _trouble(signal: str) -> float:
    return _OF_LAYERS if all(one.endswith(_PER_LAYER) for one in signal.split(" or ")) else 1.0


def _why(title: str, bits: float, more: int) -> str:
    told = f" ({bits:.2f} bits)" if bits >= _TOLD_BITS else ""
    return f"{title}{told}" + (f", and {more} more check{'s' if more > 1 else ''}" if more else "")
