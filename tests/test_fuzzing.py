"""The targets of `benchmarks/fuzzing` hold on a few inputs each; CI tries 65,000."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.fuzzing.__main__ import COUNT, TARGETS
from benchmarks.fuzzing.damage import damage_parts


@pytest.mark.parametrize("target", TARGETS, ids=[one.name for one in TARGETS])
def test_a_target_holds_on_damaged_inputs(target, tmp_path: Path) -> None:
    for number in range(min(60, max(3, target.share // 50))):
        tried, fault = target.tried(Random(f"test {target.name} {number}"), tmp_path)  # noqa: S311 - the same each time
        assert not fault, tried


def test_the_shares_are_those_of_a_run_in_ci() -> None:
    assert sum(target.share for target in TARGETS) == COUNT


def test_parts_that_are_not_damaged_stand_in_the_damaged_bytes() -> None:
    parts = [bytes([65 + number]) * 30 for number in range(20)]
    for number in range(50):
        data, whole = damage_parts(parts, Random(number))  # noqa: S311
        assert all(parts[at] in data for at in whole)
        assert data != b"".join(parts) or len(whole) < 20
