"""What kind of learner a run is of, where it is no network: boosted trees log losses, too, and have no layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logdoc.context.shell_patterns import first_named
from logdoc.model import Fact
from logdoc.vocabulary.registry import BOOSTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Run

FACT = "meta.learner"


def learner_of(run: Run, facts: Mapping[str, Fact], learners: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    """Return the fact ``meta.learner`` of a run, or nothing where neither a name nor the configuration tells.

    Args:
        run: as read.
        facts: what is known of it; ``meta.model`` counts.
        learners: the table of learners: ``{learner, names, models, files, config}``.
    """
    names = [name.lower() for name in run.series]
    for entry in learners:
        why = _told(run, names, facts, entry)
        if why:
            return {FACT: Fact(entry["learner"], why)}
    return {}


def _told(run: Run, names: Sequence[str], facts: Mapping[str, Fact], entry: Mapping[str, Any]) -> str:
    """Return what tells that a run is of a learner of the table, "" where nothing does."""
    if (logged := first_named(entry["names"], names)) is not None:
        return f"'{logged}' is logged"
    if (path := next((path for path in run.sources if path.endswith(tuple(entry["files"]))), None)) is not None:
        return f"'{path}' is read"
    if entry["learner"] == BOOSTED and run.boosted:
        return "the rows are rounds as libraries of boosted trees print them"
    model = str(facts["meta.model"].value).lower() if "meta.model" in facts else ""
    if first_named(entry["models"], [model]) is not None:
        return f"the configuration names '{model}'"
    keys = {part: key for key in run.config for part in (key.lower(), key.lower().replace("/", ".").split(".")[-1])}
    said = next((keys[key] for key in entry["config"] if key in keys), None)
    return "" if said is None else f"the configuration holds '{said}'"
