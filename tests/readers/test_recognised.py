"""What a file was recognised as is asked once for its beginning and its name."""

from __future__ import annotations

from logdoc.readers.recognised import Answer, Recognised


def _asked(known: Recognised, head: bytes, name: str, answer: Answer) -> tuple[Answer, bool]:
    """Return the answer, and whether it had to be asked for."""
    asked: list[bool] = []

    def ask() -> Answer:
        asked.append(True)
        return answer

    return known.answer(head, name, ask), bool(asked)


def test_a_known_beginning_under_a_known_name_is_not_asked_again() -> None:
    first = Recognised({})
    assert _asked(first, b"step,loss\n", "a.csv", ("csv", "a header")) == (("csv", "a header"), True)
    assert _asked(first, b"\x00\x01", "b.bin", None) == (None, True)
    again = Recognised(first.answers)

    assert _asked(again, b"step,loss\n", "a.csv", ("csv", "another")) == (("csv", "a header"), False)
    assert _asked(again, b"\x00\x01", "b.bin", ("csv", "another")) == (None, False)
    assert (first.fresh, again.fresh) == (True, False)


def test_another_beginning_or_another_name_is_asked_for() -> None:
    first = Recognised({})
    _asked(first, b"step,loss\n", "a.csv", ("csv", "a header"))

    assert _asked(Recognised(first.answers), b"step,los", "a.csv", None)[1]
    assert _asked(Recognised(first.answers), b"step,loss\n", "b.csv", None)[1]
    assert _asked(Recognised(first.answers), b".csvstep,loss\n", "a", None)[1]
    assert _asked(Recognised(first.answers), b"step,loss\n", "a.csv\udcff", None)[1]


def test_an_answer_that_nobody_asked_for_any_more_is_forgotten() -> None:
    first = Recognised({})
    _asked(first, b"a", "a", None)
    _asked(first, b"b", "b", None)
    again = Recognised(first.answers)
    _asked(again, b"a", "a", None)

    assert again.fresh
    assert len(again.answers) == 1
