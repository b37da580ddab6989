"""The settings in the text of a training program: what an optimizer is made with, batch sizes, epochs, options.

Plain constants only, and names that simple assignments lead to one. They weigh least of all: whatever a configuration,
a command line or the log itself says is taken before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.program.settings.called import Reader
from logdoc.program.settings.declared import declared
from logdoc.program.settings.found import Unknown, settled
from logdoc.program.settings.r_scripts import is_r, r_settings
from logdoc.program.settings.table import fact_of, load_table

if TYPE_CHECKING:
    from logdoc.model import ConfigValue, ProgramSetting
    from logdoc.program.tracing import Program

__all__ = ["fact_of", "is_r", "program_settings", "r_settings"]


def program_settings(program: Program) -> tuple[ProgramSetting, ...]:
    """Return the settings that a program shows, one for each meaning."""
    table = load_table()
    said = list(declared(program, table))
    by_name: dict[str, list[ConfigValue | Unknown]] = {}
    for one in said:
        by_name.setdefault(one.key, []).append(one.value)
    seen = [*Reader(program, table, by_name).seen(), *said]
    return settled(one for one in seen if one.key.lower() not in table.never)
