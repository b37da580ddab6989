"""From the arguments of the public functions to what is asked of every run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from logdoc import model
from logdoc.api.analysis import Analysis
from logdoc.errors import ConfigError
from logdoc.readers import given_program
from logdoc.scale.work import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def task_of(
    rules: Sequence[Path | str],
    settings: Mapping[str, str | float] | None,
    mapping: Mapping[str, str] | None,
    code: Path | str | bool,
    select: Sequence[str],
    ignore: Sequence[str],
    *,
    overfit_test: bool,
) -> Task:
    """Return what is asked of every run, from the arguments of `analyze`.

    Raises:
        ReadError: there is no program at `code`.
        ConfigError: a setting is no number.
    """
    return Task(
        rules=tuple(str(folder) for folder in rules),
        settings=numbers_of(settings or {}),
        mapping=dict(mapping or {}),
        select=tuple(select),
        ignore=tuple(ignore),
        overfit_test=overfit_test,
        program=given_program(code),
    )


def numbers_of(settings: Mapping[str, str | float]) -> dict[str, float]:
    """Return the settings of parameters as numbers.

    Raises:
        ConfigError: one is none.
    """
    numbers: dict[str, float] = {}
    for key, value in settings.items():
        try:
            numbers[key] = float(value)
        except ValueError:
            raise ConfigError(f"'{value}' is not a number", where=f"--set {key}") from None
    return numbers


def public(found: model.Analysis) -> Analysis:
    """Return an analysis with the methods that draw it."""
    return Analysis(**{field.name: getattr(found, field.name) for field in dataclasses.fields(model.Analysis)})
