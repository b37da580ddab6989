"""The parts of the benchmark: who wrote each, what has been looked at since, and what it may be used for.

``python -m benchmarks.faults.parts`` prints the table. Every case is in exactly one part; a set that is divided is
divided by family and kind of fault, never by seed. Of an unseen part nothing but totals is ever printed: whoever looks
at its cases and changes a rule has used it up.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.faults.cases import CASES
from benchmarks.faults.kit.case import Case


@dataclass(frozen=True)
class Part:
    """Cases that were written and looked at together.

    Attributes:
        name: as options call it.
        title: as the tables call it.
        origin: the set that it is taken from.
        turn: which half of that set, 0 or 1; None is all of it.
        written: by whom.
        looked_at: what has been seen of it since it was written.
        unseen: nothing but totals was seen.
        fitted_on: rules, causes and numbers may be changed for its sake (`fitting`).
        gated: runs of it are kept with the tests (`fitting.gate`).
        faults: how many of its cases have a fault.
        controls: how many are healthy.
    """

    name: str
    title: str
    origin: str
    turn: int | None
    written: str
    looked_at: str
    unseen: bool
    fitted_on: bool
    gated: bool
    faults: int
    controls: int


PARTS = (
    Part(
        "train",
        "old, first half",
        "first",
        0,
        "with the rules, by their author",
        "everything, always",
        unseen=False,
        fitted_on=True,
        gated=True,
        faults=55,
        controls=25,
    ),
    Part(
        "test",
        "old, second half",
        "first",
        1,
        "with the rules, by their author",
        "everything, since the first figures were told",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=53,
        controls=25,
    ),
    Part(
        "fresh",
        "fresh",
        "second",
        None,
        "by somebody who had not seen the rules",
        "everything, since its first totals were told",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=126,
        controls=61,
    ),
    Part(
        "third",
        "third, looked at",
        "third",
        0,
        "by others, who had seen neither the rules nor what they say",
        "everything, since the first totals of the set were told",
        unseen=False,
        fitted_on=True,
        gated=True,
        faults=58,
        controls=26,
    ),
    Part(
        "blind",
        "third, second half",
        "third",
        1,
        "by others, who had seen neither the rules nor what they say",
        "totals through three sessions of work on the rules; everything, since the sixth set was written",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=55,
        controls=25,
    ),
    Part(
        "fourth",
        "fourth",
        "fourth",
        None,
        "by others again, who had seen neither the rules nor what they say",
        "everything, since a reader without logdoc read forty runs of it",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=79,
        controls=54,
    ),
    Part(
        "fifth",
        "fifth, looked at",
        "fifth",
        0,
        "by others once more, who had seen neither the rules nor what they say; logged in the formats of users",
        "everything, since the first totals of the set were told",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=73,
        controls=45,
    ),
    Part(
        "fifth-blind",
        "fifth, second half",
        "fifth",
        1,
        "by others once more, who had seen neither the rules nor what they say; logged in the formats of users",
        "totals through two sessions of work on the rules; everything, since the sixth set was written",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=73,
        controls=44,
    ),
    Part(
        "sixth",
        "sixth, looked at",
        "sixth",
        0,
        "by two more, who had seen neither the rules nor what they say",
        "everything, since the first totals of the set were told",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=54,
        controls=25,
    ),
    Part(
        "sixth-blind",
        "sixth, second half",
        "sixth",
        1,
        "by two more, who had seen neither the rules nor what they say",
        "totals until 30 November 2026; everything since",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=52,
        controls=25,
    ),
    Part(
        "seventh",
        "seventh",
        "seventh",
        None,
        "by one more, who had seen names of causes, symptoms and evidence, and no rule; half of it logs little",
        "everything, since the first totals of the set were told: its misses were studied on 30 November 2026",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=44,
        controls=25,
    ),
    Part(
        "eighth",
        "eighth, looked at",
        "eighth",
        0,
        "by one more, who had seen names of causes, symptoms and families, and no rule; half of it logs scalars only",
        "everything, since the first totals of the set were told",
        unseen=False,
        fitted_on=True,
        gated=False,
        faults=29,
        controls=14,
    ),
    Part(
        "eighth-blind",
        "eighth, blind",
        "eighth",
        1,
        "by one more, who had seen names of causes, symptoms and families, and no rule; half of it logs scalars only",
        "totals",
        unseen=True,
        fitted_on=False,
        gated=False,
        faults=28,
        controls=14,
    ),
)
UNSEEN = tuple(part.name for part in PARTS if part.unseen)
KNOWN = tuple(part.name for part in PARTS if not part.unseen)
CHOICES = (*(part.name for part in PARTS), "known", "unseen", "all")


def members(part: Part) -> list[str]:
    """Return the names of the cases of one part, in the order of `CASES`."""
    cases = [case for case in CASES.values() if case.origin == part.origin]
    if part.turn is None:
        return [case.name for case in cases]
    turns = _turns([c for c in cases if not c.healthy])
    turns |= {case.name: i % 2 for i, case in enumerate(c for c in cases if c.healthy)}
    return [case.name for case in cases if turns[case.name] == part.turn]


def _turns(faults: Sequence[Case]) -> dict[str, int]:
    """Cases of one kind of fault go to the two halves in turn, kinds with one case by their place."""
    by_kind: dict[str, list[Case]] = defaultdict(list)
    for case in faults:
        by_kind[case.fault].append(case)
    made: dict[str, int] = {}
    singles = 0
    for number, (_, cases) in enumerate(sorted(by_kind.items())):
        if len(cases) == 1:
            made[cases[0].name] = singles % 2
            singles += 1
            continue
        for i, case in enumerate(cases):
            made[case.name] = (i + number) % 2
    return made


def part_of() -> dict[str, Part]:
    """Return the part of every case, in the order of `CASES`."""
    made = {name: part for part in PARTS for name in members(part)}
    return {name: made[name] for name in CASES}


def chosen(which: str) -> list[str]:
    """Return the cases of one of `CHOICES`: a part, all parts that may be looked at, all unseen ones, or all."""
    wanted = {"known": KNOWN, "unseen": UNSEEN, "all": (*KNOWN, *UNSEEN)}.get(which, (which,))
    return [name for name, part in part_of().items() if part.name in wanted]


def complaints() -> list[str]:
    """Return what is wrong with the table: cases in no part or in several, and parts that have grown or shrunk."""
    places = Counter(name for part in PARTS for name in members(part))
    wrong = [f"{name} is in {places[name]} parts" for name in CASES if places[name] != 1]
    for part in PARTS:
        healthy = sum(CASES[name].healthy for name in members(part))
        counts = (len(members(part)) - healthy, healthy)
        if counts != (part.faults, part.controls):
            wrong.append(
                f"{part.name} has {counts[0]} faults and {counts[1]} controls, not {part.faults} and {part.controls}"
            )
        if part.unseen and (part.fitted_on or part.gated):
            wrong.append(f"{part.name} is unseen, and nothing may be fitted on it or kept of it")
    return wrong


def main() -> int:
    """Print the table and what is wrong with it."""
    print("| part | set | faults | controls | written | looked at | may be fitted on |\n|---|---|---|---|---|---|---|")
    for part in PARTS:
        cells = (part.name, part.origin, part.faults, part.controls, part.written, part.looked_at)
        print(f"| {' | '.join(map(str, cells))} | {'yes' if part.fitted_on else 'no'} |")
    for line in complaints():
        print(f"error: {line}", file=sys.stderr)
    return 1 if complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
