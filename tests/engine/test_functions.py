from __future__ import annotations

import inspect

import logdoc.signals
from logdoc.engine.functions import functions
from logdoc.engine.kinds import FACT, MASK, NUMBER, SERIES, TEXT, TRUTH, Type

FOR_REPORTS = {"decimate"}  # thins curves for drawing; no business of rules


def test_every_public_signal_can_be_called_in_rules() -> None:
    public = {name for name in logdoc.signals.__all__ if inspect.isfunction(getattr(logdoc.signals, name))}

    assert public - set(functions()) == FOR_REPORTS


def test_signatures_come_from_annotations() -> None:
    known = functions()

    assert known["median"].parameters == (SERIES,)
    assert known["median"].result == NUMBER
    assert known["share"].parameters == (MASK,)
    assert known["smooth"].result == SERIES
    assert known["which"].parameters == (Type("truth", many=True),)
    assert known["which"].result == TEXT
    assert known["one_of"].variadic == TEXT
    assert known["one_of"].parameter(7) == TEXT
    assert known["is_known"].parameters == (FACT,)
    assert known["within"].result == TRUTH
    assert known["median"].parameter(1) is None


def test_every_function_says_what_it_does() -> None:
    assert [f.name for f in functions().values() if not f.about.endswith((".", ";"))] == []
