from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from logdoc.report.wrapping import common_folder, wrap_words

NAMES = st.text(st.sampled_from("ab1/-_.,= "), max_size=80)


@given(NAMES, st.integers(4, 40))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    lines = wrap_words(text, width)

    assert all(len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["seed", "rate", "layer", "run"]), min_size=1, max_size=12), st.sampled_from("/-_."))
def test_a_name_breaks_only_after_a_separator(parts: list[str], separator: str) -> None:
    for line in wrap_words(separator.join(parts), 9)[:-1]:
        assert line.endswith(separator)


def test_a_slash_is_a_better_place_than_a_dot() -> None:
    assert wrap_words("digits-crawl/training.log.csv", 22) == ["digits-crawl/", "training.log.csv"]


def test_spaces_between_words_stay_as_they_are() -> None:
    assert wrap_words("Loss rises  [loss-rises]", 80) == ["Loss rises  [loss-rises]"]


def test_the_folders_that_all_names_share_are_said_once() -> None:
    assert common_folder(["runs/a/x.csv", "runs/a/y.csv"]) == "runs/a/"
    assert common_folder(["runs/a", "runs/a/b"]) == "runs/"
    assert common_folder(["a", "b"]) == ""
    assert common_folder(["runs/a"]) == ""


@given(st.lists(st.text(st.sampled_from("ab/"), min_size=1, max_size=12), min_size=2, max_size=5))
def test_no_name_is_empty_without_the_shared_folders(names: list[str]) -> None:
    prefix = common_folder(names)

    assert all(name.startswith(prefix) for name in names)
    assert not prefix or re.fullmatch(r".*/", prefix)
