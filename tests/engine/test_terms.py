from __future__ import annotations

import pytest

from logdoc.engine.terms import TEXTS, lapses, name_lapses, terms


def test_every_refused_word_is_found_in_a_sentence_whatever_its_case() -> None:
    for section in TEXTS:
        for term in terms(section):
            for word in term.refused:
                sentence = f"Here stands {word.replace('*', 'ing').upper()}, among others."
                assert term.use in {lapse.use for lapse in lapses(sentence)}, word


def test_no_term_to_use_is_refused_itself() -> None:
    assert [(term.use, lapses(term.use)) for term in terms("terms") if lapses(term.use)] == []


@pytest.mark.parametrize(
    "text",
    [
        "The learning rate is zero.",
        "The clock rate of the device.",
        "A reagent, an agenda and a mender.",
        "The optimizer minimises the loss.",
        "logits of 0",
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    assert lapses(text) == []


def test_a_word_that_means_something_else_in_a_phrase_is_left_alone_there_only() -> None:
    assert [lapse.offset for lapse in lapses("A coding agent asks what the agent did.")] == [29]


def test_a_phrase_may_be_broken_over_two_lines() -> None:
    assert [(lapse.offset, lapse.found) for lapse in lapses("three powers\n  of ten")] == [(6, "powers of ten")]


def test_a_name_of_a_test_may_hold_the_words_that_it_may_not_begin_with() -> None:
    assert [lapse.found for lapse in name_lapses("short of decades")] == ["short of"]
    assert list(name_lapses("a run that is short of memory")) == []
