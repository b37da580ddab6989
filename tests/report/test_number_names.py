"""What the numbers behind a finding are called."""

from __future__ import annotations

import re

import pytest

from logdoc.api import load_rules
from logdoc.report.wording import number_name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("val_end", "validation end"),
        ("fallen_se", "fallen in standard errors"),
        ("late_z", "late in standard errors"),
        ("late_d", "late discriminator"),
        ("best_lr", "best learning rate"),
        ("final (lowest)", "final (lowest)"),
        ("val_rise_se (median)", "validation rise in standard errors (median)"),
        ("z", "z"),
    ],
)
def test_names_of_a_rule_become_words(name: str, told: str) -> None:
    assert number_name(name) == told


def test_no_step_of_any_rule_keeps_an_abbreviation() -> None:
    names = {name for rule in load_rules().rules for name in rule.rule.let}

    assert {name for name in names if re.search(r"_|\b(se|val|lr|eps)\b", number_name(name))} == set()
