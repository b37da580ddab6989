"""What kind of learner a run is of, where it is no network: boosted trees log losses, too, and have no layers."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from logdoc.model import Fact

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
    keys = {part: key for key in run.config for part in (key.lower(), key.lower().replace("/", ".").split(".")[-1])}
    model = str(facts["meta.model"].value).lower() if "meta.model" in facts else ""
    for entry in learners:
        logged = next((name for pattern in entry["names"] for name in names if fnmatchcase(name, pattern)), None)
        if logged is not None:
            return {FACT: Fact(entry["learner"], f"'{logged}' is logged")}
        path = next((path for end in entry["files"] for path in run.sources if path.endswith(end)), None)
        if path is not None or run.boosted:
            return {
                FACT: Fact(entry["learner"], f"'{path}' is read" if path else "CatBoost prints its rounds like this")
            }
        if any(fnmatchcase(model, pattern) for pattern in entry["models"]):
            return {FACT: Fact(entry["learner"], f"the configuration names '{model}'")}
        said = next((keys[key] for key in entry["config"] if key in keys), None)
        if said is not None:
            return {FACT: Fact(entry["learner"], f"the configuration holds '{said}'")}
    return {}
