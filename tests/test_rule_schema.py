from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from logdoc.documents import load_yaml
from logdoc.engine.schema import CauseFile, ContextFile, Rule

RULES = Path(__file__).resolve().parent.parent / "rules"
SCHEMA = json.loads((RULES / "schema.json").read_text(encoding="utf-8"))
FILES = sorted(
    path
    for path in RULES.glob("*/*.yaml")
    if path.parent.name not in ("_names", "_playbook", "_measured", "_program", "_questions", "_vocabulary")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rule_and_cause_is_of_the_schema_for_editors(path: Path) -> None:
    data = load_yaml(path.read_text(encoding="utf-8"), where=path.name).data

    assert [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)] == []


def test_the_schema_for_editors_knows_every_key_of_the_code() -> None:
    text = json.dumps(SCHEMA)

    missing = [
        field.alias or name
        for model in (Rule, CauseFile, ContextFile)
        for name, field in model.model_fields.items()
        if f'"{field.alias or name}"' not in text
    ]
    assert missing == [], "run: logdoc rules validate --schema rules/schema.json"
