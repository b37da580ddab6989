from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logdoc.model import Finding
from logdoc.watching import Alarms


def firing(*names: str) -> dict[str, Finding]:
    return {name: Finding(name, "fires", "error") for name in names}


def ids(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.id for finding in findings]


def test_a_finding_is_an_alarm_once_it_held_for_two_evaluations() -> None:
    alarms = Alarms()

    first, _ = alarms.evaluated(firing("a"))
    second, _ = alarms.evaluated(firing("a"))
    third, _ = alarms.evaluated(firing("a"))

    assert (ids(first), ids(second), ids(third)) == ([], ["a"], [])


def test_one_look_without_it_begins_anew() -> None:
    alarms = Alarms()

    told = [alarms.evaluated(found)[0] for found in (firing("a"), {}, firing("a"), {})]

    assert not any(told)


def test_it_is_over_after_two_evaluations_without_it_and_may_come_again() -> None:
    alarms = Alarms()
    alarms.evaluated(firing("a"))
    alarms.evaluated(firing("a"))

    over = [ids(alarms.evaluated({})[1]) for _ in range(3)]
    again = [ids(alarms.evaluated(firing("a"))[0]) for _ in range(2)]

    assert over == [[], ["a"], []]
    assert again == [[], ["a"]]


def test_a_look_without_new_data_confirms_only_what_one_value_proves() -> None:
    alarms = Alarms()
    alarms.evaluated(firing("nan", "trend"))

    assert ids(alarms.unchanged({"nan"})) == ["nan"]
    assert ids(alarms.unchanged({"nan"})) == []
    assert alarms.waiting


def test_when_nothing_more_will_come_nothing_is_waited_for() -> None:
    alarms = Alarms()

    assert ids(alarms.evaluated(firing("a"), final=True)[0]) == ["a"]
    assert ids(alarms.evaluated({}, final=True)[1]) == ["a"]


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=30))
def test_what_is_raised_is_never_raised_twice_without_being_over_between(looks: list[set[str]]) -> None:
    alarms = Alarms()
    standing: set[str] = set()

    for found in looks:
        new, over = alarms.evaluated(firing(*sorted(found)))
        assert not standing & set(ids(new))
        assert set(ids(over)) <= standing
        assert set(ids(new)) <= found
        assert not set(ids(over)) & found
        standing = (standing | set(ids(new))) - set(ids(over))
        assert standing == set(alarms.raised)
