from __future__ import annotations

from typing import get_args

import pytest

from logdoc.model.analysis import RunVerdict, Severity
from logdoc.model.words import SEVERITIES, VERDICTS, likelihood, percent, verdict_word


def test_every_verdict_and_severity_has_its_place_and_no_other_is_there() -> None:
    assert sorted(VERDICTS) == sorted(get_args(RunVerdict))
    assert sorted(SEVERITIES) == sorted(get_args(Severity))


def test_a_verdict_is_called_the_same_everywhere_and_a_run_with_info_only_is_healthy() -> None:
    assert {verdict: verdict_word(verdict) for verdict in VERDICTS if verdict_word(verdict) != verdict} == {
        "info": "healthy (info)"
    }


@pytest.mark.parametrize(
    ("probability", "word", "shown"),
    [
        (1.0, "almost certain", "99%"),
        (0.9, "almost certain", "90%"),
        (0.899, "probable", "90%"),
        (0.7, "probable", "70%"),
        (0.699, "quite possible", "70%"),
        (0.45, "quite possible", "45%"),
        (0.449, "possible", "45%"),
        (0.0, "possible", "1%"),
    ],
)
def test_a_probability_has_a_word_and_a_number(probability: float, word: str, shown: str) -> None:
    assert (likelihood(probability), percent(probability)) == (word, shown)
