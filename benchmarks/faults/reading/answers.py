"""A reader's answers: checked, and turned into what the benchmark counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a reader says about one run.

    Attributes:
        causes: ranked, with probabilities.
        symptoms: what a colleague would be told as a warning.
        numbers: what decided.
        decides: what would decide the rest.
    """

    healthy: bool
    causes: tuple[tuple[str, float], ...] = ()
    symptoms: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    decides: str = ""


def read_answers(
    path: Path, labels: Collection[str], causes: Collection[str], symptoms: Collection[str]
) -> dict[str, Answer]:
    """Read a file of answers.

    Args:
        path: of the JSON file.
        labels: the runs that were laid out; each wants an answer.
        causes: the words for causes.
        symptoms: the words for symptoms.

    Raises:
        ValueError: with every place that is not as it was asked for.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError("the file holds no table of answers by run")
    wrong = [f"{label}: no answer" for label in sorted(set(labels) - set(data))]
    wrong += [f"{label}: no such run" for label in sorted(set(data) - set(labels))]
    for label, one in data.items():
        wrong += [f"{label}: {what}" for what in _faults(one, causes, symptoms)]
    if wrong:
        raise ValueError("\n".join(wrong))
    return {label: _answer(one) for label, one in data.items()}


def _faults(one: Any, causes: Collection[str], symptoms: Collection[str]) -> list[str]:
    if not isinstance(one, dict) or not isinstance(one.get("healthy"), bool):
        return ["'healthy' is true or false"]
    found = []
    for entry in one.get("causes", []):
        if not (
            isinstance(entry, list) and len(entry) == 2 and isinstance(entry[1], int | float) and 0 <= entry[1] <= 1
        ):
            found.append(f"{entry!r} is no pair of cause and probability")
        elif entry[0] not in causes:
            found.append(f"'{entry[0]}' is no cause of the vocabulary")
    found += [f"'{name}' is no symptom of the vocabulary" for name in one.get("symptoms", []) if name not in symptoms]
    if one["healthy"] and (one.get("causes") or one.get("symptoms")):
        found.append("a healthy run has neither causes nor symptoms")
    return found


def _answer(one: Mapping[str, Any]) -> Answer:
    ranked = sorted(((str(name), float(p)) for name, p in one.get("causes", [])), key=lambda pair: -pair[1])
    return Answer(
        one["healthy"],
        tuple(ranked),
        tuple(one.get("symptoms", [])),
        tuple(map(str, one.get("numbers", []))),
        str(one.get("decides", "")),
    )
