"""What a score or an error belongs to whose name says neither training nor validation, told by its neighbours; and what
a name of training means that is known of validation alone.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import Run
    from logdoc.vocabulary.names import Names

_AMONG_FIRST = re.compile(r"(?:acc|prec|top|accuracy|precision) ?\d+|top ?\d+ (?:acc|accuracy)")  # Acc@5, Prec@5, top5
_QUANTITIES = ("accuracy", "metric", "error")
_ROUNDED = 1e-3  # of a value, between what one line prints with all its digits and another with six
_FEWEST = 3  # points that are alike: two may be by chance
_LAST_DIGIT = 1e-6  # of such six


def place_unsplit(signals: list[Signal], tables: Names) -> list[Signal]:
    """Give scores and errors without a split the one that their neighbours leave to them.

    Beside a twin that names validation (``Acc@5`` and ``val Acc@5``) it is the training's, unless both hold the same
    numbers: then one evaluation was printed twice. Where both losses name their
    split (``Training Loss``, ``Validation Loss``) and no twin stands beside it, it was measured on validation: so
    Hugging Face's Trainer and fastai head the tables that they print while training. ``Acc@5`` goes with ``Acc@1``.
    """
    splits = {s.series.name: tables.bare(s.series.name)[1] for s in signals}
    held = {(_quantity(s), s.entity): s for s in signals if splits[s.series.name] in ("val", "test")}
    named = {s.role for s in signals if splits[s.series.name] and s.role in ("train.loss", "val.loss")}
    trained = any(s.role.startswith("train.") and splits[s.series.name] and _quantity(s) for s in signals)
    both = (
        len(named) == 2
        and not trained
        and not any(s.role == "train.loss" and not splits[s.series.name] for s in signals)
    )
    placed = [_placed(s, splits[s.series.name], held, both=both) for s in signals]
    first = next((s for s in placed if s.role == "train.accuracy" and not splits[s.series.name]), None)
    return [s if first is None or splits[s.series.name] else _as_first(s, first) for s in placed]


def add_counterparts(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take a name of training that means nothing alone for what its twin of validation is: train_score, val_score.

    Returns:
        The signals, and the names that are no longer left out.
    """
    known = {s.series.name for s in signals}
    held = {tables.bare(s.series.name)[0]: s for s in signals if s.role in ("val.metric", "val.error")}
    added: dict[str, Signal] = {}
    for name, series in run.series.items():
        word, split = tables.bare(name) if name not in known else ("", "")
        twin = held.get(word)
        if twin is not None and split == "train" and tables.meaning(name) is None:
            role = f"train.{_quantity(twin)}"
            added.setdefault(
                word, Signal(role, twin.entity, series, f"as {twin.series.name}, its twin of validation", 1)
            )
    return [*signals, *added.values()], {s.series.name for s in added.values()}


def _placed(signal: Signal, split: str, held: Mapping[tuple[str, str], Signal], *, both: bool) -> Signal:
    quantity = _quantity(signal)
    if split or not quantity:
        return signal
    twin = held.get((quantity, signal.entity))
    if twin is not None and _printed_twice(signal, twin):
        role, why = twin.role, f"the same numbers as {twin.series.name}"
    elif twin is not None:
        role, why = f"train.{quantity}", "beside its twin of validation"
    elif both:
        role, why = f"val.{quantity}", "beside losses that name their split, it does not"
    else:
        return signal
    return signal if role == signal.role else dataclasses.replace(signal, role=role, why=f"{signal.why}; {why}")


def _printed_twice(signal: Signal, twin: Signal) -> bool:
    """Tell whether two curves hold the same numbers at the same steps, but for how they were rounded."""
    one, other = signal.series, twin.series
    return (
        len(one.steps) >= _FEWEST
        and np.array_equal(one.steps, other.steps)
        and np.allclose(one.values, other.values, rtol=_ROUNDED, atol=_LAST_DIGIT)
    )


def _as_first(signal: Signal, first: Signal) -> Signal:
    """Let the accuracy among the first five answers be of what that of the first one in the same rows is of."""
    alike = signal.role == "val.metric" and _AMONG_FIRST.fullmatch(signal.entity) is not None
    if not alike or not np.array_equal(signal.series.steps, first.series.steps):
        return signal
    return dataclasses.replace(signal, role="train.metric", why=f"{signal.why}; in the rows of {first.series.name}")


def _quantity(signal: Signal) -> str:
    """Return what a signal of training or validation measures if it is a score or an error, else ""."""
    split, _, quantity = signal.role.partition(".")
    return quantity if split in ("train", "val", "test") and quantity in _QUANTITIES else ""
