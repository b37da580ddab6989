"""What the text of the program beside a log adds to a run: facts, settings that nothing else tells, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import ConfigValue, Fact, Run
    from logdoc.program import ProgramReading


def program_of(run: Run) -> ProgramReading | None:
    """Return what the program beside a run's log says; most runs have none."""
    if not run.program:
        return None
    from logdoc.program import read_program

    return read_program(run.program)


def settings_with_program(run: Run, facts: Mapping[str, Fact]) -> Mapping[str, ConfigValue]:
    """Return the configuration of a run, and behind it the settings of its program that made a fact.

    Args:
        run: as read.
        facts: of this run.
    """
    read = program_of(run)
    if read is None or not read.settings:
        return run.config
    from logdoc.program.settings import fact_of

    known = dict(run.config)
    for one in read.settings:
        fact = facts.get(f"meta.{fact_of(one.key)}")
        if fact is not None and fact.why == one.place:
            known.setdefault(one.key, one.value)
    return known
