"""The healthy range of a quantity, as the rules that fire outside it draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.engine.compiled import split_source
from logdoc.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.engine.compiled import CompiledRule
    from logdoc.engine.schema import Rule


def healthy_bands(rules: Sequence[CompiledRule]) -> Mapping[str, tuple[float, float]]:
    """Return role -> (low, high) for every quantity of layers of which a rule plots a band.

    Raises:
        RuleError: two rules draw different bands for one quantity, so that a map could not agree with both.
    """
    bands: dict[str, tuple[float, float]] = {}
    drawn_by: dict[str, str] = {}
    for compiled in rules:
        for role, band in _bands_of(compiled.rule).items():
            if bands.setdefault(role, band) != band:
                raise RuleError(
                    f"the band of '{role}' is {band} here and {bands[role]} in {drawn_by[role]}",
                    where=compiled.where,
                    hint="The map of the layers shows one healthy range; let both rules draw the same band.",
                )
            drawn_by.setdefault(role, compiled.rule.id)
    return bands


def _bands_of(rule: Rule) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for evidence in rule.evidence:
        for name in evidence.plot or ():
            if evidence.band is None or name not in rule.inputs:
                continue
            role, entity = split_source(rule.inputs[name].from_[0])
            ends = [rule.params[end].value if isinstance(end, str) else end for end in evidence.band]
            if entity:
                found[role] = (float(ends[0]), float(ends[1]))
    return found
