from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from logdoc.model import ProgramText
from logdoc.program import read_program

Seen = Callable[..., Mapping[str, str]]


@pytest.fixture
def seen() -> Seen:
    """Return the facts of programs by name, without what only says that something is in order."""
    good = {"gradients_cleared", "eval_mode", "training_shuffled"}

    def read(text: str, *, keep_good: bool = False, **others: str) -> Mapping[str, str]:
        texts = (
            ProgramText("train.py", text, main=True),
            *(ProgramText(f"{n}.py", t) for n, t in others.items()),
        )
        facts = read_program(texts).facts
        named = {name.removeprefix("code."): str(fact.value) for name, fact in facts.items()}
        return named if keep_good else {name: value for name, value in named.items() if name not in good}

    return read
