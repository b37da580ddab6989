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
from logdoc.program.choosing import chosen
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
    """Return the facts of a program. Any text may come in; what cannot be read is a note."""
    scripts, problems = parse([one for one in texts if not is_r(one)])
    meanings = load_meanings()
    scripts, ambiguous = chosen(scripts, meanings)
    if ambiguous:
        names = ", ".join(ambiguous[:4])
        problems.append(
            (
                ambiguous[0],
                f"several programs lie here ({names}); none was read. Name the one that was started with --code",
            )
        )
    notes = tuple(Defect(path, what, id=SETTINGS) for path, what in problems)
    if not scripts:
        return ProgramReading({}, notes, () if ambiguous else r_settings([one for one in texts if is_r(one)]))
    program = Program(scripts, meanings)
    signs = [sign for pattern in PATTERNS for sign in pattern(program)]
    return ProgramReading(_facts(signs, scripts), notes, program_settings(program))


def _facts(signs: Sequence[Sign], scripts: Sequence[object]) -> dict[str, Fact]:
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
