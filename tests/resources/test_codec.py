from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.engine.kinds import Type
from logdoc.engine.schema import CauseFile, Param
from logdoc.resources.codec import Record, decode, encode

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=6), inner, max_size=4)
        | st.dictionaries(st.tuples(st.text(max_size=3)), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_encoded_comes_back_the_same_through_json(value: object) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_sets_patterns_and_dataclasses_of_logdoc_come_back_as_what_they_were() -> None:
    value = (frozenset({"a", "b"}), re.compile("x.z", re.IGNORECASE), Type("number", many=True))

    found = decode(json.loads(json.dumps(encode(value))))

    assert found == value
    assert found[1].flags == value[1].flags


def test_a_model_comes_back_as_a_record_with_the_same_fields_and_cannot_be_changed() -> None:
    found = decode(json.loads(json.dumps(encode(Param(value=0.5, why="a guard")))))

    assert (found.value, found.unit, found.why) == (0.5, "", "a guard")
    with pytest.raises(AttributeError, match="cannot be changed"):
        found.value = 1.0
    with pytest.raises(AttributeError, match="no field 'anything'"):
        _ = found.anything


def test_large_parts_of_a_record_stay_text_until_they_are_asked_for() -> None:
    remedy = {"effort": "minutes", "do": "x" * 600}
    cause = CauseFile.model_validate(
        {
            "id": "a",
            "title": "A",
            "summary": "s",
            "prior": 0.1,
            "explains": {"b": 0.5},
            "remedies": [remedy],
            "verify": "v",
            "refute": "r",
            "references": [{"practice": "of this test", "says": "y"}],
        }
    )

    encoded = encode(cause)
    found = decode(encoded)

    assert isinstance(encoded["!r"]["remedies"], dict)
    assert isinstance(found, Record)
    assert [(r.effort, r.do) for r in found.remedies] == [("minutes", "x" * 600)]
    assert found.remedies is found.remedies


@pytest.mark.parametrize(
    "name", ["os:system", "logdoc.errors:suggest", "logdoc.engine.kinds:Nothing", "subprocess:Popen"]
)
def test_nothing_but_a_dataclass_of_logdoc_is_ever_made(name: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        decode({"!c": name, "!v": {}})


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="a function cannot be kept"):
        encode({"a": [test_what_is_no_data_is_refused]})
