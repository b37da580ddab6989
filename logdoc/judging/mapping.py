"""What the user says with ``--map ROLE=NAME``, held against the vocabulary and against what was read."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from logdoc.model import Run
    from logdoc.vocabulary.registry import Registry

_OPTION = "--map"
_NEAR = 3
_SHOWN = 5


def require_roles(mapping: Mapping[str, str], registry: Registry) -> None:
    """Refuse a mapping to what is no role.

    Raises:
        ConfigError: with the nearest role.
    """
    for role in mapping:
        fault = registry.mapped_fault(role)
        if fault is not None:
            raise ConfigError(fault[0], where=_OPTION, hint=fault[1])


def require_names(mapping: Mapping[str, str], runs: Iterable[Run]) -> None:
    """Refuse a mapping of a name that no run has; where no run was read at all, nothing is asked.

    Raises:
        ConfigError: with the nearest names.
    """
    read = list(runs)
    if not read:
        return
    known = dict.fromkeys(name for run in read for name in run.series)
    for name in mapping.values():
        if name not in known:
            raise ConfigError(f"no log read has a series '{name}'", where=_OPTION, hint=_why_not(name, read, known))


def _why_not(name: str, runs: Iterable[Run], known: Iterable[str]) -> str:
    for run in runs:
        if name in run.histograms:
            return "It is a histogram, and only series can be mapped."
        if name in run.left_out:
            return f"It was left out: {run.left_out[name]}."
    near = _nearest(name, list(known))
    if near:
        return f"Near it are {', '.join(near)}."
    shown = sorted(known)[:_SHOWN]
    return (
        f"There are {', '.join(shown)}{' ...' if len(list(known)) > _SHOWN else ''}." if shown else "It has no series."
    )


def _nearest(name: str, known: list[str]) -> list[str]:
    """The names most alike, case apart: of the same words, one within the other, of nearly the same letters."""
    lower = name.lower()
    words = _words(name)
    same = [one for one in known if _words(one) == words]
    holding = [one for one in known if lower in one.lower() or one.lower() in lower]
    by_lower = {one.lower(): one for one in known}
    alike = [by_lower[one] for one in difflib.get_close_matches(lower, list(by_lower), n=_NEAR)]
    return list(dict.fromkeys([*same, *holding[:_NEAR], *alike]))[:_NEAR]


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower()))
