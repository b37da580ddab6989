from __future__ import annotations

import dataclasses
import math
import pickle
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import logdoc
from logdoc.model import (
    Cause,
    Chart,
    Citation,
    Curve,
    Defect,
    Fact,
    Finding,
    HeatMap,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    SilentRule,
    Suggestion,
)
from logdoc.model.packed import PackedRun, packed

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
TEXT = st.text(max_size=12)
NUMBER = st.floats() | st.integers(-(2**62), 2**62)
VALUE = st.none() | st.booleans() | NUMBER | TEXT
CITATION = Citation("a", "T", "B", "https://example.org", "says")


def whole(text: str, number: float, value: bool | float | str | None) -> RunAnalysis:
    """A run in which every field of every class is filled."""
    finding = Finding(
        *("loss-nan", "fires", "error", text, text, {"v": value, text: number}, (1, 2), (text, "b"), ("m",), text),
        *((Chart((text,), {"l": number}, (0.5, number), "log"), Chart(("x",))), text, text, (text,), (CITATION,)),
        *("cause", (3, 4), text, True),
    )
    cause = Cause(
        "c", text, 0.5, ("s",), (Reason("f", number, text),), (Remedy("minutes", text),), text, "", (CITATION,)
    )
    return RunAnalysis(
        *(text, "csv", (text, "b"), None, "error", text),
        *({"lr": Fact(value, text)}, {text: value}, {text: "train.loss"}, (finding, Finding("x", "error", "info"))),
        *((cause,), (Possibility("p", text, 0.1),), (SilentRule("a", text, text, text),), (SilentRule("b", "", ""),)),
        *((SilentRule("c", text, ""),), (Suggestion(text, text, text),), (Defect(text, text, text, True, True),)),
        (Curve(text, "train.loss", "step", (1, 2), (number, math.nan), 7),),
        (HeatMap("r", text, "step", ("a",), (1, 5), 9, ((number, None),), 3, "linear", (0.1, 0.2)),),
    )


@given(TEXT, st.floats(), VALUE)
def test_a_run_comes_back_as_it_was(text: str, number: float, value: bool | float | str | None) -> None:
    run = whole(text, number, value)

    back = packed(run).unpacked()

    assert repr(back) == repr(run)
    assert type(back) is RunAnalysis


@given(st.lists(st.floats(width=32) | st.floats(), max_size=6), st.lists(st.floats(width=32), max_size=6))
def test_values_of_32_and_of_64_bits_come_back_to_the_last_bit(mixed: list[float], singles: list[float]) -> None:
    for values in (mixed, singles):
        curve = Curve("loss", "train.loss", "step", tuple(range(len(values))), tuple(values), len(values))
        run = RunAnalysis("r", "csv", (), None, "healthy", "", curves=(curve,))

        back = packed(run).unpacked().curves[0].values

        assert [value.hex() for value in back] == [value.hex() for value in values]


def test_values_of_32_bits_are_kept_with_the_digits_that_say_something() -> None:
    single = tuple(0.1 + 2**-23 * n for n in range(400))
    as_written = tuple(struct.unpack("f", struct.pack("f", value))[0] for value in single)
    curves = [Curve("loss", "train.loss", "step", tuple(range(400)), values, 400) for values in (single, as_written)]

    long, short = (
        sum(map(len, packed(RunAnalysis("r", "csv", (), None, "healthy", "", curves=(c,))).written())) for c in curves
    )

    assert short < 0.7 * long


def test_every_field_is_filled_by_the_run_of_these_tests() -> None:
    empty = RunAnalysis("", "", (), None, "error", "")
    run = whole("t", 1.0, 2)

    unfilled = [f.name for f in dataclasses.fields(run) if getattr(run, f.name) == getattr(empty, f.name)]

    assert unfilled == ["steps", "verdict"]


def test_a_packed_run_is_the_run_to_whoever_reads_it() -> None:
    run = logdoc.analyze(SAMPLES / "digits-cnn").runs[0]

    small = packed(run)

    assert isinstance(small, RunAnalysis)
    assert small == run
    assert small.findings == run.findings
    assert small.curves == run.curves
    assert small.renamed("b").id == "b"
    assert small.renamed("b").headline == run.headline
    assert packed(small) is small
    assert PackedRun.read(small.written()) == run
    assert pickle.loads(pickle.dumps(small)) == run  # noqa: S301
    assert sum(map(len, small.written())) < 20_000


@pytest.mark.parametrize(
    "damage", [lambda texts: texts[:2], lambda texts: ["a", "0" * 40, texts[2]], lambda texts: [1, *texts[1:]]]
)
def test_what_is_damaged_is_an_error_and_no_other_run(damage: object) -> None:
    texts = packed(whole("t", 1.0, None)).written()

    with pytest.raises((ValueError, TypeError)):
        _ = PackedRun.read(damage(texts)).verdict  # type: ignore[operator]
