"""Any text may come in: it gives facts or notes, never an exception, and within bounds."""

from __future__ import annotations

import ast
import random
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import PLAIN

from logdoc.model import ProgramText
from logdoc.program import parsing, read_program

PARTS = PLAIN.splitlines(keepends=True)


def assert_read_or_noted(text: str) -> None:
    """A text is read, or one note says that it was not, and then nothing is said of what it does."""
    reading = read_program((ProgramText("train.py", text, main=True),))

    assert [note.source for note in reading.notes] in ([], ["train.py"])
    assert not (reading.notes and (reading.facts or reading.settings))


def assert_read_if_python_reads_it(text: str) -> None:
    assert_read_or_noted(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
        sound = True
    except (SyntaxError, ValueError):
        sound = False
    if sound:  # what is no Python may still be read as people paste it
        assert not read_program((ProgramText("train.py", text, main=True),)).notes


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_or_noted(text: str) -> None:
    assert_read_if_python_reads_it(text)


@given(st.lists(st.sampled_from(PARTS), max_size=40), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_lines_of_a_program_in_any_order_are_read_or_noted(lines: list[str], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    text = "".join(line if rng.random() < 0.8 else line.strip() + "\n" for line in lines)

    assert_read_if_python_reads_it(text)


@pytest.mark.parametrize("cut", range(0, len(PLAIN), 97))
def test_a_program_that_breaks_off_is_read_or_noted(cut: int) -> None:
    assert_read_if_python_reads_it(PLAIN[:cut])


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "x = " + "[" * 300 + "]" * 300,
        "x = " + "-" * 18_000 + "1",
        "x = " + "not " * 4_000 + "y",
        "x = " + "+".join(["1"] * 9_000),
        "x" + ".a" * 9_000,
        "f" + "()" * 9_000,
        "\n".join(" " * 4 * i + "if x:" for i in range(300)),
        "x = 1\0",
        "\ufeffx = 1",
        "a = b\nb = a\nloss = a\nloss.backward()\nfor i in a:\n    a = a(a)\n",
        "x = '" + "\\" * 1_000 + "'",
    ],
    ids=range(12),
)
def test_a_text_made_to_exhaust_the_parser_is_read_or_noted(text: str) -> None:
    assert_read_or_noted(text + "\nloss.backward()\n")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("print 'old Python'\nif x = 1:\n", "not of this version"),
        ("x = " + "(" * 200, "nested"),
        ("#" * 500_000, "longer than"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_note_with_its_reason(text: str, part: str) -> None:
    reading = read_program((ProgramText("old/train.py", text),))

    assert reading.facts == {}
    assert [note.source for note in reading.notes] == ["old/train.py"]
    assert part in reading.notes[0].what
    assert not reading.notes[0].lost


def test_a_file_that_cannot_be_read_does_not_hide_the_others() -> None:
    reading = read_program((ProgramText("old.py", "if x = 1:"), ProgramText("train.py", PLAIN)))

    assert "code.gradients_cleared" in reading.facts
    assert len(reading.notes) == 1


def test_the_number_of_nodes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_NODES", 100)

    scripts, notes = parsing.parse((ProgramText("a.py", "x = 1\n"), ProgramText("b.py", PLAIN)))

    assert [script.path for script in scripts] == ["a.py"]
    assert "larger than" in notes[0][1]


def test_nothing_of_a_program_is_run(tmp_path: object) -> None:
    text = f"open({str(tmp_path)!r} + '/made', 'w')\nraise SystemExit\nloss.backward()\n"

    assert_read_or_noted(text)

    assert list(tmp_path.iterdir()) == []  # type: ignore[attr-defined]


def test_of_several_programs_none_is_taken_unless_one_is_named() -> None:
    one, other = ProgramText("adam.py", PLAIN), ProgramText("sgd.py", PLAIN)

    open_, named = read_program((one, other)), read_program((one, ProgramText("sgd.py", PLAIN, main=True)))

    assert open_.facts == {}
    assert "--code" in open_.notes[0].what
    assert str(named.facts["code.eval_mode"].value).startswith("sgd.py:")


def test_the_program_called_train_is_taken_with_what_it_imports() -> None:
    texts = (
        ProgramText("evaluate_old.py", PLAIN),
        ProgramText("steps.py", "def learn(model, loss, optimizer):\n    loss.backward()\n    optimizer.step()\n"),
        ProgramText("train.py", "from steps import learn\nfor x in loader:\n    learn(model, model(x), optimizer)\n"),
    )

    reading = read_program(texts)

    assert str(reading.facts["code.gradients_not_cleared"].value).startswith("steps.py:2: ")


def test_a_text_in_which_nothing_is_learned_says_nothing() -> None:
    text = "from torch.utils.data import DataLoader\ntrain_loader = DataLoader(train_set, shuffle=False)\n"

    assert read_program((ProgramText("data.py", text),)).facts == {}
