"""Every note about data has a kind, and a kind keeps its id."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from logdoc.model import notes

HERE = Path(notes.__file__).resolve().parents[1]


def test_the_ids_are_one_each_and_as_they_were_given_out():
    ids = [kind.id for kind in notes.NOTE_KINDS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"DATA\d{3}", one) for one in ids)
    assert (notes.CUT, notes.DAMAGED, notes.ZEROS, notes.NOTHING, notes.UNREADABLE) == (
        "DATA001",
        "DATA002",
        "DATA003",
        "DATA010",
        "DATA011",
    )
    named = {value for name, value in vars(notes).items() if name.isupper() and isinstance(value, str)}
    assert named == set(ids)


def test_no_note_is_made_without_its_kind():
    without = []
    for path in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Defect"
            if made and not any(keyword.arg == "id" for keyword in node.keywords):
                without.append(f"{path.relative_to(HERE)}:{node.lineno}")
    assert without == []
