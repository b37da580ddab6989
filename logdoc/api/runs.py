"""A run as Python users get it: with its curves by what they are."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from typing import TYPE_CHECKING

from logdoc import model
from logdoc.errors import ConfigError, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import Reading, Series


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run(model.Run):
    """One training run as its logs tell it; `logdoc.model.Run` lists what it holds.

    Attributes:
        mapping: ``role -> name as logged``, where the caller knows better than the tables of names.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    _understood: list[Reading] = field(default_factory=list)

    @property
    def roles(self) -> dict[str, Series]:
        """The curves by what they are: ``train.loss``, ``val.accuracy``, ``grad_norm[fc.weight]``."""
        reading = self._reading()
        once = {role: signal.series for role, signal in reading.one.items()}
        each = {
            f"{role}[{entity}]": signal.series for role, mine in reading.each.items() for entity, signal in mine.items()
        }
        return {**once, **each}

    def role(self, role: str) -> Series:
        """Return the curve of a role, whatever it is called in the log.

        Args:
            role: ``train.loss``, or with the layer, term or metric that it belongs to ``grad_norm[fc.weight]``;
                `logdoc roles` lists them all.

        Raises:
            ConfigError: the run has no such curve; the message names those it has.
        """
        known = self.roles
        if role in known:
            return known[role]
        shown = ", ".join(list(known)[:8]) + (", ..." if len(known) > 8 else "")
        has = f"It has {shown}." if known else "No name in it was understood; see logdoc inspect."
        raise ConfigError(f"nothing in it is {role!r}", where=self.id, hint=f"{suggest(role, known)} {has}".strip())

    def _reading(self) -> Reading:
        if not self._understood:
            from logdoc.judging.pipeline import read_names

            self._understood.append(read_names(self, self.mapping))
        return self._understood[0]


def with_roles(run: model.Run, mapping: Mapping[str, str]) -> Run:
    """Return the run with its curves by role."""
    kept = {one.name: getattr(run, one.name) for one in dataclasses.fields(model.Run)}
    return Run(**kept, mapping=mapping)
