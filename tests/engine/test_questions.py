"""The files of questions: every fault of every file is told with its place, before anybody is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from logdoc.engine import EngineInput, questions
from logdoc.engine.questions import load_questions
from logdoc.errors import RuleErrors

ASKED = """\
id: {id}
ask: Was the data shuffled?
why: Batches of one class are common without it.
optional:
  task: {{from: meta.task, default: unknown}}
when: {when}
choices:
  - {{id: "yes", says: "Yes"}}
  - {{id: "no", says: "No", causes: {{data-unshuffled: 4}}}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(questions, "bundled", lambda name: tmp_path)
    (tmp_path / questions.FOLDER).mkdir()
    return tmp_path / questions.FOLDER


def put(folder: Path, name: str, when: str = '"one_of(task, \\"classification\\")"', more: str = "") -> None:
    (folder / f"{name}.yaml").write_text(ASKED.format(id=name, when=when) + more, encoding="utf-8")


def test_questions_come_in_the_order_of_their_ids(folder: Path) -> None:
    for name in ("shuffled", "again", "machine"):
        put(folder, name)

    assert [one.question.id for one in load_questions()] == ["again", "machine", "shuffled"]


def test_a_question_is_asked_where_its_condition_holds_and_not_where_it_is_unknown(
    folder: Path, run_of: Callable[..., EngineInput]
) -> None:
    put(folder, "shuffled")
    put(folder, "longer", when="task > 3")
    longer, shuffled = load_questions()

    assert shuffled.fits(run_of({}, task="classification"))
    assert not shuffled.fits(run_of())
    assert not longer.fits(run_of())


def test_every_fault_of_every_file_is_told_with_its_file(folder: Path) -> None:
    put(folder, "fine")
    put(folder, "unknown-key", more="colour: blue\n")
    put(folder, "wrong-condition", when='"shuffle(task)"')

    with pytest.raises(RuleErrors) as refused:
        load_questions()

    told = str(refused.value)
    assert "rules/_questions/unknown-key.yaml" in told
    assert "colour" in told
    assert "rules/_questions/wrong-condition.yaml" in told
    assert "unknown function 'shuffle'" in told
    assert "fine.yaml" not in told
