"""A line that repeats another one is read as if it were taken apart: quicker, and to the last number the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logdoc.readers.console import masking, walking, words
from logdoc.readers.console.behaviour import settle
from logdoc.readers.console.masking import Grammar, grammar_of
from logdoc.readers.console.reading import understood
from logdoc.readers.console.rows import rows_of

LONG = 10**9
PIECES = (
    "· ·  ·: ·=· = ·, ·,·/·-·+·.·e·E·x·%·s ·@·@0.5:·@.50: ·*·** ·loss·Loss_D:·acc ·epoch·epoch_·iter ·step ·T·h·m·1x·v2 ·(·)"
    "·[·]·nan·inf ·None·null,· of ·N/A ·|·\t·#·\u2502·\u8f6e·_·n·I·d: ·{'a': "
)
TEXTS = st.lists(st.sampled_from(PIECES.split("·")), max_size=4).map("".join)
NUMBERS = st.one_of(
    st.integers(0, 20_000).map(str),
    st.floats(-99, 99).map(lambda x: f"{x:.3f}"),
    st.floats(1e-9, 1e9).map(lambda x: f"{x:.2e}"),
    st.integers(1_000, 10**8).map(lambda n: f"{n:,}"),
    st.sampled_from(["nan", "-inf", "None", "NaN", "1.", ".5", "+3", "0,5", "1e5", "****", "-0", "1.#QNAN", "007"]),
)
FRONTS = st.sampled_from(
    [
        "",
        "2031-05-06 07:08:{s:02d},123 INFO fit: ",
        "[{s:02d}:08:09] ",
        "[rank{s}]: ",
        "INFO:root:",
        "I0506 07:08:{s:02d}.000001 4321 loop.cc:88] ",
    ]
)


@st.composite
def logs(draw: st.DrawFn) -> str:
    """Lines of a few forms by turns, with numbers of any spelling."""
    forms = draw(st.lists(st.tuples(FRONTS, st.lists(TEXTS, min_size=1, max_size=5)), min_size=1, max_size=3))
    plain = draw(st.booleans())
    lines = []
    for i in range(draw(st.integers(1, 24))):
        front, texts = forms[i % len(forms)]
        numbers = [draw(st.integers(0, 999).map(str) if plain else NUMBERS) for _ in texts[1:]]
        line = front.format(s=draw(st.integers(0, 59))) + texts[0]
        lines.append(line + "".join(number + text for number, text in zip(numbers, texts[1:], strict=True)))
    return "\n".join(lines)


def told(grammar: Grammar) -> list[object]:
    """Everything that a grammar says, NaN equal to itself."""
    shapes = [
        (
            s.texts,
            s.raw,
            s.tokens,
            s.line,
            s.number,
            s.above,
            list(map(repr, s.values)),
            list(s.at),
            s.missing,
            s.unread,
        )
        for s in grammar.shapes
    ]
    return [shapes, list(grammar.order), grammar.uncounted]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(logs())
@example("loss: 1,2\n" * 3 + "loss: 1,234\n" + "loss: 1,2\n")
@example("mAP@0.5: 0.1 x\n" * 4 + "mAP@0.7: 0.1 x\n")
@example("0001,000,000\n0,123.5")
@example("a 1 -2\n" * 4 + "a 1 - 2\na 1 -nan\na -1 -2e3\n")
def test_repeats_are_read_as_if_taken_apart(monkeypatch, text):
    monkeypatch.setattr(masking, "_OFTEN", LONG)
    apart = grammar_of(text)
    monkeypatch.setattr(masking, "_OFTEN", 2)
    matched = grammar_of(text)

    assert told(apart) == told(matched)
    assert all(a.last[-1:] == list(b.last)[-1:] for a, b in zip(apart.shapes, matched.shapes, strict=True))


PARTS = st.sampled_from(
    [
        ["epoch {e}/9", "step {i} loss: {x:.3f}", "step {i} loss: {x:.3f}"],
        ["step {i} loss: {x:.3f} lr: {x:.2e}"],
        ["[{e}/9][{i}/50] loss: {x:.3f}", "  acc: {x:.3f}"],
        ["val loss: {x:.3f}"],
        ["Validation:", "loss: {x:.3f}"],
        ["| rollout/ | |", "| reward | {x:.3f} |", "| steps | {i} |"],
        ["epoch {e} val loss: {x:.3f}"],
        ["[rank{r}]: step {i} loss: {x:.3f}"],
        ["loss: None"],
        ["saved a checkpoint"],
        ["epoch {e} [{i}/50] val loss: {x:.3f} ({x:.2f})"],
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(PARTS, st.integers(1, 20)), min_size=1, max_size=6))
def test_lines_taken_together_make_the_rows_that_they_make_one_by_one(monkeypatch, blocks):
    lines, i = [], 0
    for parts, times in blocks * 2:
        for _ in range(times):
            i += 1
            lines += [part.format(e=i // 40, i=i % 40, x=9 / i, r=i % 2) for part in parts]
    text = "\n".join(lines)

    found = []
    for long in (LONG, 4):
        monkeypatch.setattr(walking, "_LONG", long)
        mine = rows_of(understood(text))
        found.append(
            [list(mine.at), list(map(repr, mine.bound)), list(mine.whole), mine.missing, mine.others]
            + [mine.own_epochs, mine.global_steps, mine.quoted, list(mine.counters), list(mine.values)]
            + [list(map(repr, column)) for column in mine.counters.values()]
            + [(at.tolist(), list(map(repr, values.tolist()))) for at, values in mine.values.values()]
        )
    assert found[0] == found[1]


def long_log(lines: int) -> str:
    return "".join(
        f"2031-05-06 07:{i // 60 % 60:02d}:{i % 60:02d},123 INFO fit: step {i} loss: {9 / (1 + i):.4f} lr: 1.0e-03\n"
        + (f"2031-05-06 07:00:00,123 INFO fit: val loss: {9 / (2 + i):.4f}\n" if i % 50 == 49 else "")
        for i in range(lines)
    )


def test_of_a_long_log_only_the_first_lines_of_each_kind_are_taken_apart():
    grammar = grammar_of(long_log(5_000))

    assert len(grammar.order) == 5_100
    assert grammar.cuts <= 2 * masking._OFTEN + 4


def counting(judge, judged):
    def judge_and_count(name):
        judged.append(name)
        return judge(name)

    return judge_and_count


def test_names_are_judged_once_for_each_kind_of_line(monkeypatch):
    counts = []
    for lines in (200, 4_000):
        judged = []
        with monkeypatch.context() as patched:
            patched.setattr(words, "is_measure", counting(words.is_measure, judged))
            settle(grammar_of(long_log(lines)))
        counts.append(len(judged))

    assert counts[0] == counts[1] < 30


def test_numbers_of_time_stamps_are_not_kept():
    shape = max(grammar_of(long_log(300)).shapes, key=len)

    assert len(shape.tokens) == 9
    assert shape.unread == 6
    assert len(shape.values) == 3 * len(shape)
    assert np.isnan(shape.column(0)).all()
    assert shape.column(6).tolist() == list(range(300))


@pytest.mark.parametrize(
    "line", ["a: 1,2", "a 1.", "a-1 b", "mAP@0.5: 1", "a 1e b", "a None", "\u8f6e1 a", "x" * 700 + " 1"]
)
def test_a_line_that_could_be_cut_otherwise_with_other_numbers_gets_no_pattern(line):
    grammar = grammar_of(f"{line}\n" * 60)

    assert grammar.cuts == 60
