"""What the wheel carries of the bundled rules beside their files: the entries that a first call would make."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from logdoc.engine import load_rules
from logdoc.judging.denials import read_denied
from logdoc.judging.pairs import read_pairs
from logdoc.judging.pipeline import read_measured
from logdoc.resources import bundled
from logdoc.resources.store import ship
from logdoc.vocabulary.endings import read_endings
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.messages import read_messages
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from pathlib import Path


def ship_bundled(folder: Path) -> list[Path]:
    """Write every entry of the bundled rules into an empty folder and return the files.

    Raises:
        RuleErrors: the rules are wrong.
        OSError: a file cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    rules = bundled("rules")
    made = {
        "rules": load_rules(),
        "names": load_names(rules / "_names"),
        "registry": load_registry(),
        "measured": read_measured(),
        "denied": read_denied(),
        "pairs": read_pairs(),
        "endings": read_endings(),
        "messages": read_messages(),
    }
    for kind, value in made.items():
        ship(folder, kind, [rules], value)
    return sorted(folder.glob("*.json"))
