"""Every case of the benchmark by name, set after set. How a case is logged goes by its place, among all or in
its set where the set has habits of its own, so that the order counts: new cases come last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.faults.kit.case import HABITS, HABITS_OF, Case
from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.sets.eighth import cases as eighth
from benchmarks.faults.sets.fifth.sequences import cases as fifth_sequences
from benchmarks.faults.sets.fifth.supervised import cases as fifth_supervised
from benchmarks.faults.sets.first import cases as first
from benchmarks.faults.sets.fourth.sequences import cases as fourth_sequences
from benchmarks.faults.sets.fourth.supervised import cases as fourth_supervised
from benchmarks.faults.sets.second import cases as second
from benchmarks.faults.sets.seventh import cases as seventh
from benchmarks.faults.sets.sixth.sequences import cases as sixth_sequences
from benchmarks.faults.sets.sixth.supervised import cases as sixth_supervised
from benchmarks.faults.sets.third.sequences import cases as third_sequences
from benchmarks.faults.sets.third.supervised import cases as third_supervised

CASES: dict[str, Case] = {}
SETS = (
    ("first", first.register),
    ("second", second.register),
    ("third", third_supervised.register),
    ("third", third_sequences.register),
    ("fourth", fourth_supervised.register),
    ("fourth", fourth_sequences.register),
    ("fifth", fifth_supervised.register),
    ("fifth", fifth_sequences.register),
    ("sixth", sixth_sequences.register),
    ("sixth", sixth_supervised.register),
    ("seventh", seventh.register),
    ("eighth", eighth.register),
)


def _add(
    origin: str,
    name: str,
    family: str,
    causes: tuple[str, ...],
    fault: str,
    train: Callable[[int], Logged],
    config: dict[str, Any],
) -> None:
    if name in CASES:
        raise ValueError(f"there are two cases named {name}")
    habits, place = HABITS, len(CASES)
    if origin in HABITS_OF:
        habits, place = HABITS_OF[origin], sum(case.origin == origin for case in CASES.values())
    habit = habits[place % len(habits)]
    CASES[name] = Case(name, family, causes, fault, train, f"{family}-healthy", config, habit, origin)


for origin, register in SETS:
    register(partial(_add, origin))
