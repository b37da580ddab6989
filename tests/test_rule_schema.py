from __future__ import annotations

import json
from pathlib import Path

from logdoc.api.rulebase import schema_text

SCHEMA = Path(__file__).resolve().parent.parent / "rules" / "schema.json"


def test_the_schema_for_editors_is_the_one_of_the_code() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run: logdoc rules validate --schema rules/schema.json"
    assert json.loads(schema_text())["title"]
