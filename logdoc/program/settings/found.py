"""Settings as they were seen, and which of them hold: what is done in a call before what is only declared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from logdoc.model import ProgramSetting
from logdoc.program.settings.table import fact_of, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logdoc.model import ConfigValue

    # Last part of a name -> the values that options, constants and configurations give it.
    Declared = Mapping[str, Sequence["ConfigValue | Unknown"]]


class Unknown(Enum):
    """A value that the text does not show."""

    COMPUTED = "it is computed, or set to several values"
    UNTRACED = "it comes from where the text does not show it"


class Source(IntEnum):
    """Where a setting stands: the smaller, the nearer to what was trained."""

    CALL = 0
    CONSTANT = 1
    DEFAULT = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """One setting at one place."""

    key: str
    value: ConfigValue | Unknown
    path: str
    line: int
    source: Source


def settled(seen: Iterable[Seen]) -> tuple[ProgramSetting, ...]:
    """Return the settings that are plain: one value for each meaning.

    What is computed in a call is unknown whatever is declared; what a call takes from elsewhere is as declared. Two
    values for one meaning are none, except where a declared default is one of them by name.
    """
    by_meaning: dict[str, list[Seen]] = {}
    for one in seen:
        by_meaning.setdefault(fact_of(one.key) or one.key, []).append(one)
    found = [_settled(mine) for _, mine in sorted(by_meaning.items())]
    return tuple(
        ProgramSetting(one.key, one.value, f"{one.path}:{one.line}")
        for one in found
        if one is not None and not isinstance(one.value, Unknown)
    )


def _settled(mine: Sequence[Seen]) -> Seen | None:
    fitting = [one for one in mine if _fits(one)]
    for source in Source:
        here = [one for one in fitting if one.source == source]
        if not here or all(one.value is Unknown.UNTRACED for one in here):
            continue
        first = min(here, key=lambda one: (one.path, one.line))
        if all(one.value == first.value for one in here):
            return first
        names = {one.value.lower() for one in here if isinstance(one.value, str)}
        declared = [one for one in fitting if one.source > source and isinstance(one.value, str)]
        chosen = [one for one in declared if str(one.value).lower() in names]
        return chosen[0] if len(chosen) == len(declared) == 1 else None
    return None


def _fits(one: Seen) -> bool:
    """Tell whether a value is unknown, or of the kind that its meaning has: a number, or no number."""
    if isinstance(one.value, Unknown):
        return True
    if one.value is None or one.value == "":
        return False
    if one.key == "betas":
        return True
    number = not isinstance(one.value, bool) and (isinstance(one.value, int | float) or _is_numeral(one.value))
    fact = fact_of(one.key)
    return number if is_number(fact) else not number or fact in ("precision", "seed", "")


def _is_numeral(value: ConfigValue) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True
