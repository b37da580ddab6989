"""One thing to train: what is wrong with it, which causes count as right, and how it is logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.faults.kit.logged import Logged

HABITS = ("keras-csv", "lightning-csv", "slashes-tb", "words-tb", "jsonl")
_KEPT = (
    "epochs-text",
    "hydra-jsonl",
    "trainer-state",
    "namespace-text",
    "hparams-csv",
    "iterations-text",
    "args-tb",
    "dicts-text",
    "offline-folder",
)
_HOME = (
    "home-text",
    "history-json",
    "hparams-csv",
    "trainer-state",
    "args-tb",
    "bar-text",
    "hydra-jsonl",
    "plain-csv",
    "namespace-text",
    "dicts-text",
    "epochs-text",
)
_DESK = (
    "under-text",
    "keras-csv",
    "bar-text",
    "slashes-tb",
    "home-text",
    "trainer-state",
    "grid-text",
    "lightning-csv",
    "history-json",
    "jsonl",
    "epochs-text",
    "hydra-jsonl",
    "words-tb",
)
HABITS_OF = {  # sets that do not take turns with all before; new habits come last, as a case is logged by its place
    "fifth": _KEPT,
    "sixth": _KEPT,
    "seventh": _HOME,
    "eighth": _DESK,
}


@dataclass(frozen=True)
class Case:
    """One thing to train.

    Attributes:
        name: family, fault and variant.
        family: what is trained.
        causes: what counts as the right first cause; empty for a healthy control. The first is the one injected.
        fault: the kind of fault, over families; the split into halves is by family and variant of it.
        train: trains with a seed.
        twin: name of the healthy run of the same family; a fault counts only when its logs differ from it.
        config: what the configuration says.
        habit: how the run is logged: format and names.
        origin: the set that it belongs to.
    """

    name: str
    family: str
    causes: tuple[str, ...]
    fault: str
    train: Callable[[int], Logged]
    twin: str
    config: dict[str, Any]
    habit: str
    origin: str

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.causes
