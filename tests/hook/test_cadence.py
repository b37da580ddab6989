from __future__ import annotations

import itertools

import pytest

from logdoc.hook import cadence
from logdoc.hook.cadence import Cadence


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(cadence.time, "perf_counter", lambda: self.now)


def sampled(made: Cadence, clock: Clock, steps: int, *, plain: float, cost: float, first: int = 0) -> list[int]:
    chosen = []
    for step in range(first, first + steps):
        look = made.wants(step)
        clock.now += plain + (cost if look else 0)
        made.finished(step, sampled=look, cost=cost if look else 0.0)
        if look:
            chosen.append(step)
    return chosen


def test_ten_steps_and_then_as_seldom_as_one_percent_demands(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Cadence("auto")
    chosen = sampled(made, Clock(monkeypatch), 400, plain=0.1, cost=0.05)
    assert chosen[:10] == list(range(10))
    gaps = [b - a for a, b in itertools.pairwise(chosen[9:])]
    assert set(gaps) <= {50, 51}
    assert made.overhead()["share"] == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize(("cost", "every"), [(0.0001, 10), (500.0, 1000)])
def test_the_distance_stays_within_its_bounds(monkeypatch: pytest.MonkeyPatch, cost: float, every: int) -> None:
    made = Cadence("auto")
    chosen = sampled(made, Clock(monkeypatch), 2100, plain=0.1, cost=cost)
    assert chosen[11] - chosen[10] == every


def test_a_sampled_step_that_is_slower_than_the_hook_itself_counts_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    made = Cadence("auto")
    for step in range(300):
        look = made.wants(step)
        clock.now += 0.1 + (0.2 if look else 0)  # compiled code that runs uncompiled while it is looked at
        made.finished(step, sampled=look, cost=0.001)
    assert 199 <= made.every <= 201


def test_a_fixed_distance_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sampled(Cadence(7, 100), Clock(monkeypatch), 30, plain=0.1, cost=9.0, first=100) == [100, 107, 114, 121, 128]


def test_a_trigger_makes_the_next_steps_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    made = Cadence(50)
    assert sampled(made, clock, 20, plain=0.1, cost=0.0) == [0]
    made.dense = 3
    assert sampled(made, clock, 10, plain=0.1, cost=0.0, first=20) == [20, 21, 22]


@pytest.mark.parametrize("every", [0, -1, "often", 2.5, True])
def test_what_is_no_distance_is_refused(every: object) -> None:
    with pytest.raises(ValueError, match="every"):
        Cadence(every)  # type: ignore[arg-type]
