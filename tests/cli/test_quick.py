"""A plain call of ``analyze`` is read without Typer, and means what Typer reads in it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as st

from logdoc.cli import analysing, reports, run
from logdoc.cli.app import app
from logdoc.cli.quick import FLAGS, VALUES, plain_call

WITH_SENSE = {"--fail-on": ["error", "never"], "--jobs": ["1", "12"], "-j": ["3"]}
words = st.text("ab/.=*:1", min_size=1, max_size=6)
options = st.one_of(
    st.sampled_from(sorted(FLAGS)).map(lambda name: [name]),
    st.sampled_from(sorted(VALUES)).flatmap(
        lambda name: st.builds(
            lambda value, glued: [f"{name}={value}"] if glued and name.startswith("--") else [name, value],
            st.sampled_from(WITH_SENSE[name]) if name in WITH_SENSE else words,
            st.booleans(),
        )
    ),
    words.map(lambda path: [path]),
    st.just(["-"]),
)


def parameters() -> dict[str, Any]:
    command = typer.main.get_command(app).commands["analyze"]  # type: ignore[attr-defined]
    return {name: parameter for parameter in command.params for name in parameter.opts}


def by_typer(arguments: list[str]) -> analysing.Wanted:
    caught: list[analysing.Wanted] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reports, "analysed", lambda wanted: caught.append(wanted) or 0)
        app(args=arguments, prog_name="logdoc", standalone_mode=False)
    return caught[0]


def test_every_option_that_is_read_quickly_is_one_of_the_verb_and_of_its_kind() -> None:
    known = parameters()

    for name, parameter in FLAGS.items():
        assert (known[name].name, known[name].is_flag) == (parameter, True)
    for name, option in VALUES.items():
        assert (known[name].name, known[name].is_flag) == (option.parameter, False)
        assert known[name].multiple is option.many


def test_what_is_wanted_has_the_parameters_of_the_verb() -> None:
    assert {f.name for f in dataclasses.fields(analysing.Wanted)} == {p.name for p in parameters().values()} - {"help"}


@given(st.lists(options, max_size=6))
def test_a_plain_call_means_what_typer_reads_in_it(parts: list[list[str]]) -> None:
    arguments = ["analyze", *(word for part in parts for word in part)]
    quick = plain_call(arguments)

    if quick is not None:
        assert normal(quick) == normal(by_typer(arguments))


def normal(wanted: analysing.Wanted) -> dict[str, Any]:
    """An option that is not given is None or empty, whoever reads it."""
    return {name: value or None for name, value in dataclasses.asdict(wanted).items()}


@pytest.mark.parametrize(
    "rest",
    [
        [],
        ["--help"],
        ["log.csv", "--hepl"],
        ["log.csv", "--jobs", "0"],
        ["log.csv", "--jobs", "two"],
        ["log.csv", "--fail-on", "sometimes"],
        ["log.csv", "--output"],
        ["log.csv", "-o", "-q"],
        ["log.csv", "-qv"],
        ["log.csv", "-oreport.html"],
        ["log.csv", "--quiet=yes"],
        ["log.csv", "--format", "json", "--format", "text"],
        ["--", "log.csv"],
        ["log.csv", "--ask"],
    ],
)
def test_what_is_not_plain_is_left_to_typer(rest: list[str]) -> None:
    assert plain_call(["analyze", *rest]) is None


def test_other_verbs_and_completion_are_left_to_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain_call([]) is None
    assert plain_call(["watch", "log.csv"]) is None
    assert plain_call(["analyze", "log.csv"]) is not None
    monkeypatch.setenv("_LOGDOC_COMPLETE", "complete_bash")

    assert plain_call(["analyze", "log.csv"]) is None


def test_a_mistake_is_told_by_typer_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "log.csv", "--jobs", "two"]) == 2
    assert "--jobs" in capsys.readouterr().err
