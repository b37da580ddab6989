"""The naming tables come whole from their files, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from logdoc.errors import RuleError, RuleErrors
from logdoc.resources import bundled
from logdoc.vocabulary.loading import load_names

TABLES = Path(str(bundled("rules"))) / "_names"


def test_the_tables_that_are_kept_are_those_of_the_files() -> None:
    assert load_names() == load_names(TABLES)


@pytest.mark.parametrize(
    ("table", "old", "new", "error", "message"),
    [
        ("tokens", "fillers:", "filers:", RuleError, "a naming table is not of the expected form: KeyError"),
        ("quantities", 'role: "train.lr"', 'role: "train.lrr"', RuleErrors, "unknown role 'train.lrr'"),
    ],
)
def test_tables_of_another_form_or_with_unknown_roles_are_refused(
    tmp_path: Path, table: str, old: str, new: str, error: type[Exception], message: str
) -> None:
    shutil.copytree(TABLES, tmp_path / "_names")
    path = tmp_path / "_names" / f"{table}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(error, match=message):
        load_names(tmp_path / "_names")
