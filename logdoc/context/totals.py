"""The loss of a split that logs its terms but nothing called the loss: their sum, or the term that is the sum."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Signal

if TYPE_CHECKING:
    from logdoc.vocabulary.names import Names

_FEWEST = 8  # rows to a term, of which a sum with unknown weights is sure
_PARTS = 2
_EXACT = 0.003  # of the whole, as closely as terms are printed
_COUNTS = 0.01  # of the whole: what is next to nothing adds up with anything


def add_total_loss(signals: list[Signal], tables: Names) -> list[Signal]:
    """Add the loss of a split that logs terms but no total (Ultralytics), unless they belong to players of a game."""
    present = {s.role for s in signals}
    added: list[Signal] = []
    for split in ("train", "val"):
        terms = [s for s in signals if s.role == f"{split}.loss_term"]
        if f"{split}.loss" in present or not terms:
            continue
        if present & {f"{split}.player_loss", "gan.d_loss", "gan.g_loss"}:
            continue
        if len(terms) == 1:
            added.append(_as_loss(terms[0], split, f"the only loss of {split}"))
            continue
        first = terms[0].series
        if not all(np.array_equal(s.series.steps, first.steps) for s in terms[1:]):
            continue
        if (whole := _whole(terms, tables)) is not None:
            signals = [s for s in signals if s is not whole[0]]
            added.append(_as_loss(whole[0], split, whole[1]))
            continue
        # Losses of validation that training does not have are several sets, not several terms.
        trained = {s.entity for s in signals if s.role == "train.loss_term"}
        sets = split != "train" and "train.loss" in present and not trained & {s.entity for s in terms}
        total = (np.mean if sets else np.sum)([s.series.values for s in terms], axis=0)
        names = [s.series.name for s in terms]
        name = f"mean of {', '.join(names)}" if sets else " + ".join(names)
        why = "the mean over several validation sets" if sets else "the sum of the logged terms"
        added.append(Signal(f"{split}.loss", "", dataclasses.replace(first, name=name, values=total), why))
    return [*signals, *added]


def _as_loss(term: Signal, split: str, why: str) -> Signal:
    return dataclasses.replace(term, role=f"{split}.loss", entity="", why=why)


def _whole(terms: list[Signal], tables: Names) -> tuple[Signal, str] | None:
    """Return the term that is the total of others, and why: a loss_vae beside its loss_recon and loss_kl, or one that
    others add up to in every row, each with a weight of its own.
    """
    words = {s.entity for s in terms}
    named = [s for s in terms if s.entity in tables.wholes]
    if len(named) == 1 and len(tables.bare_terms) > 1 and all(words & kind for kind in tables.bare_terms):
        return named[0], f"the loss of the {named[0].entity}, of which the others are terms"
    values = np.array([s.series.values for s in terms])
    found = [(s, weights) for i, s in enumerate(terms) if (weights := _weights(values, i)) is not None]
    if len(found) != 1:
        return None
    return found[0][0], "the other terms add up to it in every row, each with its weight"


def _weights(values: np.ndarray, whole: int) -> np.ndarray | None:
    """Return the weights with which the other terms, float64[terms, rows], add up to one of them in every row; None
    where they do not, or a single one of them does.
    """
    parts, total = np.delete(values, whole, axis=0), values[whole]
    if parts.shape[0] < _PARTS or total.size < _FEWEST * len(values) or not np.isfinite(values).all():
        return None
    scales = np.abs(parts).mean(axis=1)
    level = float(np.abs(total).mean())
    if level <= 0 or not (scales > 0).all() or np.ptp(total) <= _COUNTS * level:
        return None
    weights = np.linalg.lstsq((parts / scales[:, None]).T, total, rcond=None)[0]
    exact = np.abs(weights @ (parts / scales[:, None]) - total) <= _EXACT * np.abs(total)
    shares = np.abs(weights) / level
    counted = shares >= _COUNTS
    right = bool(exact.all() and (weights[counted] > 0).all() and np.count_nonzero(counted) >= _PARTS)
    return weights if right else None
