"""How the names of a run were understood: name as logged -> role, and the series behind each role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model.run import Series


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """A series in its role.

    Attributes:
        role: ``train.loss``, ``val.accuracy``, ``train.lr``, ``grad_norm`` ...
        entity: the parameter, module, loss term or metric it belongs to; empty for a role that a run has once.
        series: the effective curve, under its name as logged.
        why: how the name was understood, for `logdoc inspect`.
        rank: the smaller, the better the name fits the role; decides which of several candidates is used.
    """

    role: str
    entity: str
    series: Series
    why: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All roles of one run.

    Attributes:
        one: ``role -> signal`` for roles that a run has once (the best candidate).
        each: ``role -> {entity: signal}`` for roles that a run has per parameter, module, term or metric; entities
            in logged order.
        names: ``name -> (role, why)`` for every name that was understood, the candidates that lost included.
        left_out: ``name -> why`` for every name that was not.
    """

    one: Mapping[str, Signal] = field(default_factory=dict)
    each: Mapping[str, Mapping[str, Signal]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
