"""What a program printed beside its rows: how it ended, and what libraries said of the training by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model import Fact
from logdoc.model.notes import SAID
from logdoc.vocabulary.endings import most_telling
from logdoc.vocabulary.messages import messages_of

if TYPE_CHECKING:
    from logdoc.model import Run

_PRINTED = ("console", "notebook")  # formats that hold all that a program printed


def ending_of_run(run: Run) -> dict[str, Fact]:
    """Return what the readers found about the end of the program: the words, and which kind of ending they mean."""
    words, ending = most_telling(d.what.rstrip(".") for d in run.defects if d.ended)
    if not words and run.growing:
        why = "the log became longer while it was read"
        return {"log.ended_how": Fact("no sign", why), "log.ending": Fact("running", why)}
    if not words:
        return {"log.ended_how": Fact("no sign", "from the reader"), "log.ending": Fact("unknown", "no sign of an end")}
    kind = ending.kind if ending is not None else "unknown"
    return {"log.ended_how": Fact(words, "from the reader"), "log.ending": Fact(kind, words)}


def said_of_run(run: Run) -> dict[str, Fact]:
    """Return what libraries said of the training, ``said.<name>``, each with the place where it is said first."""
    facts = {"log.printed": Fact(run.format in _PRINTED, f"from {run.format}")}
    for note in run.defects:
        if note.id == SAID:
            text = note.what.partition(" says: ")[2].rstrip(".")
            place = f"{note.source}:{note.where.removeprefix('line ')}"
            for message in messages_of(text):
                facts.setdefault(f"said.{message.name}", Fact(f"{place}: {text}", f"in {place}"))
    return facts
