"""Facts from what a program printed beside its rows."""

from __future__ import annotations

from logdoc.context.printed import said_of_run
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, SAID


def facts(*defects: Defect, format_: str = "console") -> dict[str, object]:
    return {name: fact.value for name, fact in said_of_run(Run("r", format_, ("r.log",), defects=defects)).items()}


def test_a_message_becomes_a_fact_with_its_place() -> None:
    said = facts(Defect("r.log", "Keras says: Found 9 files belonging to 1 classes.", "line 3", id=SAID))

    assert said == {"log.printed": True, "said.one_class": "r.log:3: Found 9 files belonging to 1 classes"}


def test_one_line_may_say_several_things() -> None:
    said = facts(
        Defect(
            "r.log", "Keras says: Learning rate reduction is conditioned on metric `a` which is not available", id=SAID
        )
    )

    assert {"said.callback_idle", "said.rate_callback_idle"} < set(said)


def test_a_note_on_the_data_says_nothing_of_the_training() -> None:
    assert facts(Defect("r.log", "Keras says: Found 9 files belonging to 1 classes.", id=CUT)) == {"log.printed": True}


def test_a_file_of_curves_holds_nothing_that_was_printed() -> None:
    assert facts(format_="csv") == {"log.printed": False}
