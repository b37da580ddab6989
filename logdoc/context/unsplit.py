"""What a score or an error belongs to whose name says neither training nor validation, told by its neighbours."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.model import Signal
    from logdoc.vocabulary.names import Names

_QUANTITIES = ("accuracy", "metric", "error")


def place_unsplit(signals: list[Signal], tables: Names) -> list[Signal]:
    """Give scores and errors without a split the one that their neighbours leave to them.

    Beside a twin that names validation (``Acc@5`` and ``val Acc@5``) it is the training's. Where both losses name their
    split (``Training Loss``, ``Validation Loss``) and no twin stands beside it, it was measured on validation: so
    Hugging Face's Trainer and fastai head the tables that they print while training.
    """
    splits = {s.series.name: tables.bare(s.series.name)[1] for s in signals}
    held = {(_quantity(s), s.entity) for s in signals if splits[s.series.name] in ("val", "test")}
    named = {s.role for s in signals if splits[s.series.name] and s.role in ("train.loss", "val.loss")}
    trained = any(s.role.startswith("train.") and splits[s.series.name] and _quantity(s) for s in signals)
    both = (
        len(named) == 2
        and not trained
        and not any(s.role == "train.loss" and not splits[s.series.name] for s in signals)
    )
    return [_placed(s, splits[s.series.name], held, both=both) for s in signals]


def _placed(signal: Signal, split: str, held: set[tuple[str, str]], *, both: bool) -> Signal:
    quantity = _quantity(signal)
    if split or not quantity:
        return signal
    if (quantity, signal.entity) in held:
        role, why = f"train.{quantity}", "beside its twin of validation"
    elif both:
        role, why = f"val.{quantity}", "beside losses that name their split, it does not"
    else:
        return signal
    return signal if role == signal.role else dataclasses.replace(signal, role=role, why=f"{signal.why}; {why}")


def _quantity(signal: Signal) -> str:
    """Return what a signal of training or validation measures if it is a score or an error, else ""."""
    split, _, quantity = signal.role.partition(".")
    return quantity if split in ("train", "val", "test") and quantity in _QUANTITIES else ""
