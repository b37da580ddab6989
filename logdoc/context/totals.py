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
_TINY = 1e-12  # of a norm or a singular value; it is not divided by less
_INNER = frozenset(("nll", "nll loss"))
_OUTER = "loss"


def add_total_loss(signals: list[Signal], tables: Names) -> list[Signal]:
    """Add the loss of a split that logs terms but no total (Ultralytics), unless they belong to players of a game."""
    present = {s.role for s in signals}
    added: list[Signal] = []
    for split in ("train", "val", "test"):
        terms = [s for s in signals if s.role == f"{split}.loss_term"]
        if f"{split}.loss" in present or not terms:
            continue
        if split == "test" and present & {"val.loss", "val.loss_term"}:
            continue  # what is measured at the end beside a validation
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
        if split != "train" and not _compares(terms, signals):
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


def place_likelihoods(signals: list[Signal], tables: Names) -> list[Signal]:
    """Return the signals with the likelihood as a term of the loss that is logged beside it, where it is never the
    larger one: the loss of smoothed labels that fairseq minimises, or one with a further term (ORPO). The perplexity
    is that of the likelihood.
    """
    wholes = {s.role: s for s in signals if s.role.endswith(".loss") and tables.bare(s.series.name)[0] == _OUTER}
    placed: list[Signal] = []
    for signal in signals:
        whole = wholes.get(signal.role)
        if whole is not None and tables.bare(signal.series.name)[0] in _INNER and _is_inside(signal, whole):
            why = f"{signal.why}; a term of {whole.series.name}, which is logged beside it and never smaller"
            signal = dataclasses.replace(signal, role=f"{signal.role}_term", entity="nll", why=why)
        placed.append(signal)
    return placed


def _is_inside(part: Signal, whole: Signal) -> bool:
    """Tell whether a curve is logged in the same steps as another, is never larger, and is another one."""
    if not np.array_equal(part.series.steps, whole.series.steps):
        return False
    over = whole.series.values - part.series.values
    over = over[np.isfinite(over)]
    return bool(over.size and (over >= 0).all() and over.any())


def _compares(terms: list[Signal], signals: list[Signal]) -> bool:
    """Tell whether a sum of held-out terms can stand beside the training loss: where training logs each of them as a
    term of its own, its loss is no smaller than one of these.

    The loss of one network of an autoencoder with a rival, ``train gen loss``, is none of ``rec`` and ``discr``.
    """
    loss = next((s.series.values for s in signals if s.role == "train.loss"), None)
    held = {s.entity for s in terms}
    own = [s.series.values for s in signals if s.role == "train.loss_term" and s.entity in held]
    if loss is None or len(own) != len(held):
        return True
    return not any(np.nanmedian(one) > np.nanmedian(loss) for one in own)


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
    few = len(values) <= _PARTS or values.shape[1] < _FEWEST * len(values)
    if few or not np.isfinite(values).all() or not values.any(axis=1).all():
        return None
    found = [i for i in _near_sums(values) if _is_sum(values, i)]
    if len(found) != 1:
        return None
    return terms[found[0]], "the other terms add up to it in every row, each with its weight"


def _near_sums(values: np.ndarray) -> list[int]:
    """Return the terms, rows of float64[terms, steps], that others may add up to: what is left of them is small.

    One decomposition of a few steps tells that of all terms. What is left of a term beside the best weights of the
    others is 1 over the root of its entry on the diagonal of the inverse of the Gram matrix; it is no larger over some
    steps with the best weights for these than with those for all.
    """
    some = values[:, :: values.shape[1] // (_FEWEST * len(values))]
    norms = np.linalg.norm(some, axis=1)
    _, sizes, directions = np.linalg.svd(some.T / np.maximum(norms, _TINY), full_matrices=False)
    left = 1 / np.linalg.norm(directions.T / np.maximum(sizes, _TINY), axis=1)
    near: list[int] = np.flatnonzero(left <= 2 * _EXACT).tolist()
    return near


def _is_sum(values: np.ndarray, whole: int) -> bool:
    """Tell whether the other terms, rows of float64[terms, steps], add up to one of them in every step, each with a
    weight above zero, and more than one of them counts.
    """
    parts, total = np.delete(values, whole, axis=0), values[whole]
    scales = np.abs(parts).mean(axis=1)
    level = float(np.abs(total).mean())
    if np.ptp(total) <= _COUNTS * level:
        return False
    weights = np.linalg.lstsq((parts / scales[:, None]).T, total, rcond=None)[0]
    exact = np.abs(weights @ (parts / scales[:, None]) - total) <= _EXACT * np.abs(total)
    counted = np.abs(weights) >= _COUNTS * level
    return bool(exact.all() and (weights[counted] > 0).all() and np.count_nonzero(counted) >= _PARTS)
