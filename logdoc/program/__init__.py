"""What the text of the training program says, where it lies beside the log: facts and settings with file and line,
never a verdict.

The text is parsed and never run. Nothing here knows of logs, rules or causes; how much a fact weighs for which cause
is said in `rules/_causes/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.model import Defect, Fact
from logdoc.model.notes import SETTINGS
from logdoc.program.choosing import chosen, undecided
from logdoc.program.meanings import load_meanings
from logdoc.program.parsing import parse
from logdoc.program.patterns import PATTERNS
from logdoc.program.settings import is_r, program_settings, r_settings
from logdoc.program.tracing import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model.program import ProgramSetting, ProgramText
    from logdoc.program.patterns.sign import Sign

__all__ = ["ProgramReading", "read_program"]

_SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True)
class ProgramReading:
    """What was found in a program.

    Attributes:
        facts: ``code.<name>`` -> what was seen, with its place: "train.py:83: softmax before CrossEntropyLoss".
        settings: what it sets, by the keys of configurations; the least that is known of a run.
        notes: which files were not read, and why. None of them is a fault of the run.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    notes: tuple[Defect, ...] = ()
    settings: tuple[ProgramSetting, ...] = ()


@lru_cache(maxsize=64)
def read_program(texts: tuple[ProgramText, ...]) -> ProgramReading:
    """Return the facts and settings of a program. Any text may come in; what cannot be read is a note."""
    scripts, problems = parse([one for one in texts if not is_r(one)])
    meanings = load_meanings()
    scripts, ambiguous = chosen(scripts, meanings)
    facts: Mapping[str, Fact] = {}
    settings: tuple[ProgramSetting, ...] = ()
    if ambiguous:
        problems.append(undecided(ambiguous))
    elif scripts:
        program = Program(scripts, meanings)
        facts = _facts([sign for pattern in PATTERNS for sign in pattern(program)])
        settings = program_settings(program)
    else:
        settings, faults = r_settings([one for one in texts if is_r(one)])
        problems.extend(faults)
    return ProgramReading(facts, tuple(Defect(path, what, id=SETTINGS) for path, what in problems), settings)


def _facts(signs: Sequence[Sign]) -> dict[str, Fact]:
    """Put the signs of one kind together; the first in the order of the text speaks for all."""
    by_fact: dict[str, list[Sign]] = {}
    for sign in sorted(set(signs), key=lambda s: (s.path, s.line, s.fact, s.says)):
        by_fact.setdefault(sign.fact, []).append(sign)
    facts: dict[str, Fact] = {}
    for name, mine in sorted(by_fact.items()):
        first = mine[0]
        places = list(dict.fromkeys(f"{s.path}:{s.line}" for s in mine))
        facts[f"code.{name}"] = Fact(f"{places[0]}: {first.says}", f"in {', '.join(places[:_SHOWN_PLACES])}")
    return facts
