"""When a finding becomes an alarm, and when it is over: it must hold for two evaluations, and be gone for two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from logdoc.model import Finding

HOLDS = 2  # evaluations; half a look at a curve that is being written is no alarm (pulseml confirms as often)


class Alarms:
    """The findings of one run over time. What is over may be raised again."""

    def __init__(self) -> None:
        self.raised: dict[str, Finding] = {}
        self._held: dict[str, int] = {}  # evaluations in a row in which it fired
        self._gone: dict[str, int] = {}  # evaluations in a row in which a raised one did not
        self._latest: Mapping[str, Finding] = {}

    def evaluated(
        self, firing: Mapping[str, Finding], *, final: bool = False
    ) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Take the findings of an evaluation of new data; return what is an alarm now, and what is over.

        Args:
            firing: the findings that fire, by rule.
            final: no more data will come, so that nothing needs to be waited for.
        """
        self._latest = firing
        self._held = {name: self._held.get(name, 0) + 1 for name in firing}
        new = tuple(
            finding
            for name, finding in firing.items()
            if name not in self.raised and (final or self._held[name] >= HOLDS)
        )
        self._gone = {name: self._gone.get(name, 0) + 1 for name in self.raised if name not in firing}
        over = tuple(self.raised[name] for name, times in self._gone.items() if final or times >= HOLDS)
        for finding in over:
            del self.raised[finding.id], self._gone[finding.id]
        self.raised.update({finding.id: finding for finding in new})
        return new, over

    def unchanged(self, sure: Collection[str]) -> tuple[Finding, ...]:
        """Take an evaluation without new data; return what is an alarm now.

        Only findings in `sure` are confirmed by it: those that a single value proves and no later one can disprove.
        """
        new = tuple(f for name, f in self._latest.items() if name in sure and name not in self.raised)
        self.raised.update({finding.id: finding for finding in new})
        return new

    @property
    def waiting(self) -> bool:
        """Whether a finding fires that is no alarm yet."""
        return any(name not in self.raised for name in self._latest)
