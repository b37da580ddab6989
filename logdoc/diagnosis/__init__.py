"""Ranks causes over findings: a noisy-OR belief network. Gets plain data; knows neither YAML nor reports."""

from logdoc.diagnosis.explaining import arithmetic
from logdoc.diagnosis.inference import Beliefs, posteriors, told
from logdoc.diagnosis.network import LEAKS, CauseNode, Network
from logdoc.diagnosis.ranking import Ranked, explained_by, next_symptoms, possibilities, rank

__all__ = [
    "LEAKS",
    "Beliefs",
    "CauseNode",
    "Network",
    "Ranked",
    "arithmetic",
    "explained_by",
    "next_symptoms",
    "possibilities",
    "posteriors",
    "rank",
    "told",
]
