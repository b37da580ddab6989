"""Which name a list of shell patterns means first."""

from __future__ import annotations

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from logdoc.context.shell_patterns import first_named

PIECES = st.sampled_from(["loss", "val", "d", "_", "*", "?", "[/_. ]", "[0-9]", "'s", "-"])
PATTERNS = st.lists(st.lists(PIECES, min_size=1, max_size=5).map("".join), max_size=5)
WORDS = st.sampled_from(["loss", "val", "d", "_", "/", "3", "'s", "-", " "])
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map("".join), max_size=6)


@given(PATTERNS, NAMES, st.sets(st.sampled_from(["loss", "val_loss", "d_loss"])))
def test_the_first_pattern_with_a_name_wins_as_when_each_is_tried_on_each(
    patterns: list[str], names: list[str], without: set[str]
) -> None:
    tried = [name for one in patterns for name in names if fnmatchcase(name, one) and name not in without]
    assert first_named(patterns, names, without) == (tried[0] if tried else None)


def test_an_earlier_pattern_counts_more_than_an_earlier_name() -> None:
    assert first_named(["valid_[0-9]'s*", "*loss"], ["train loss", "valid_0's auc"]) == "valid_0's auc"


def test_no_name_is_none() -> None:
    assert first_named(["*loss"], []) is None
