"""What a run minimises when none of its names says loss: perplexity, bits, an error, a bare word.

And what bare words mean beside others: a score of episodes, an accuracy in a regression, the norm of a gradient.
"""

from __future__ import annotations

import dataclasses
import math
import re
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Series, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.model import Run
    from logdoc.vocabulary.names import Names

_SPLITS = ("train", "val", "test")
_LOSSES = (".loss", ".loss_term", ".player_loss")
_GAMES = ("gan.d_loss", "gan.g_loss", "rl.return")
# Keras counts exact hits where "accuracy" is asked for in a regression: none, or always the same few.
_HITS = 0.02
_HITS_AT_MOST = 0.05  # of a small training set, the same ones at every epoch; few classes are at chance above it
EXACT_HITS = "it counts the exact hits of a regression, whose loss falls without any"
_FEWEST = 5
_RISES = 0.9  # of the rows; whole numbers that rise in so many count steps
_FALLEN = 0.2
_SURELY = 0.5  # of the bound: a weighted cross-entropy may lie a little below it
_NUMBERED_LOSS = re.compile(r"loss ?\d")
_NAMELESS = "value"  # what a reader calls a number that has no name; where it grows it may be a score
_PAIR = 2
_LOW, _HIGH = 0.2, 0.5  # of the range of a series, where what grows begins and ends
_CANDIDATES = 6  # so that no more than 57 sums are tried
_EXACT = 0.003  # of the whole: three digits, and means that are taken over other batches do not add up
_COUNTS = 0.01  # of the whole: what is next to nothing adds up with anything


def add_objective(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take what a run without any loss minimises as its loss: the first of the table that it logs.

    Returns:
        The signals, and the names that are no longer left out: of what is minimised, or of what that was made of.
    """
    if any(s.role.endswith(_LOSSES) or s.role in _GAMES for s in signals):
        return [*signals, *_training_beside_validation(signals, run, tables)], set()
    if alone := _splits_alone(run, tables):
        return [*signals, *alone], set()
    for way, words in tables.minimised:
        logged = [(s.series, s.role.partition(".")[0]) for s in signals if s.role.endswith(".perplexity")]
        found = logged if way == "logarithm" else _named(run, tables, words)
        if way == "falling":
            found = [one for one in found if _falls(one[0])]
        found = [one for one in found if one[0].name != _NAMELESS or not _grows(one[0])]
        if way == "data" and len(tables.bare_terms) > 1 and any(_named(run, tables, tuple(tables.bare_terms[1]))):
            continue  # beside a term of the prior it is one of two terms
        found = [one for one in found if not _is_of_boxes(one[0], run, tables)]
        found = [one for one in found if way != "negated" or _grows_or_negative(one[0])]
        added = [_as_loss(series, split, way) for series, split in found]
        if added:
            return [*signals, *added], {series.name for series, _ in found}
    return signals, set()


def _is_of_boxes(series: Series, run: Run, tables: Names) -> bool:
    """Tell whether a series is one term of the loss of a detector: ``obj`` beside ``box``."""
    of = tables.bare(series.name)[0]
    return any(of in words for words in tables.box_terms) and all(
        _named(run, tables, tuple(words)) for words in tables.box_terms
    )


def _training_beside_validation(signals: list[Signal], run: Run, tables: Names) -> list[Signal]:
    """Take the only error of training for its loss where validation has one and training none: train_mse, val_loss."""
    roles = {s.role for s in signals}
    if "val.loss" not in roles or roles & {"train.loss", "train.loss_term", "train.player_loss", *_GAMES}:
        return []
    words = next((words for way, words in tables.minimised if way == "error"), ())
    known = {tables.bare(word)[0] for word in words}
    errors = [s for s in signals if s.role == "train.error"]
    if len(errors) != 1 or errors[0].entity not in known or len(errors[0].series) < _PAIR:
        return []
    return [Signal("train.loss", "", errors[0].series, "validation has a loss; this is the only error of training")]


def _splits_alone(run: Run, tables: Names) -> list[Signal]:
    """Take columns that are called train and valid and nothing else for the losses, where that of training falls."""
    spoken = tables.spoken(run.series)
    alone: dict[str, list[Series]] = {}
    for name, series in run.series.items():
        bare, split = tables.bare(spoken.get(name, name))
        if split and bare in tables.splits and len(series):
            alone.setdefault(split, []).append(series)
    if len(alone) < _PAIR or "train" not in alone or not all(len(one) == 1 for one in alone.values()):
        return []
    if not _falls(alone["train"][0]) or any(np.nanmin(one[0].values) < 0 for one in alone.values()):
        return []
    why = "the name of a split is all that is logged of it, and that of training falls"
    return [Signal(f"{split}.loss", "", one[0], why) for split, one in alone.items()]


def add_summands(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take columns for the terms of the training loss that add up to it in every row: mse + l1 = loss.

    Returns:
        The signals, and the names that are no longer left out.
    """
    losses = [s for s in signals if s.role == "train.loss"]
    if len(losses) != 1 or any(s.role == "train.loss_term" for s in signals):
        return signals, set()
    total, taken = losses[0].series, {s.series.name for s in signals if not s.role.endswith(".error")}
    spoken = tables.spoken(run.series)
    parts = [
        (tables.bare(spoken.get(name, name)), series)
        for name, series in run.series.items()
        if name not in taken and len(series) >= _FEWEST and np.array_equal(series.steps, total.steps)
    ]
    parts = [one for one in parts if one[0][1] in ("", "train")][:_CANDIDATES]
    for size in range(_PAIR, len(parts) + 1):
        for group in combinations(parts, size):
            if _adds_up([series for _, series in group], total):
                why = f"{' + '.join(series.name for _, series in group)} = {total.name} in every row"
                added = [Signal("train.loss_term", word, series, why) for (word, _), series in group]
                mine = {s.series.name for s in added}
                return [*(s for s in signals if s.series.name not in mine), *added], mine
    numbered = [(word, series) for (word, _), series in parts if _NUMBERED_LOSS.fullmatch(word)]
    if len(numbered) < _PAIR:
        return signals, set()
    why = "numbered beside the loss"  # which weighs them, so that they do not add up to it
    terms = [Signal("train.loss_term", word, series, why) for word, series in numbered]
    mine = {s.series.name for s in terms}
    return [*(s for s in signals if s.series.name not in mine), *terms], mine


def _adds_up(parts: list[Series], total: Series) -> bool:
    """Whether the parts add up to the whole in every row, as closely as they are printed, and each of them counts."""
    values = np.array([one.values for one in parts])
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(values.sum(axis=0) - total.values)
        exact = apart <= _EXACT * np.abs(total.values)
        shares = np.abs(values).mean(axis=1) / max(float(np.abs(total.values).mean()), 1e-300)
    return bool(exact.all() and (shares >= _COUNTS).all())


def _named(run: Run, tables: Names, words: tuple[str, ...]) -> list[tuple[Series, str]]:
    """Return the series under the first of the words that is logged, with their splits."""
    spoken = tables.spoken(run.series)
    named = [(*tables.bare(spoken.get(name, name)), series) for name, series in run.series.items()]
    for word in dict.fromkeys(tables.bare(word)[0] for word in words):
        found = [(series, split or "train") for bare, split, series in named if bare == word and len(series)]
        if found:
            return found
    return []


def _falls(series: Series) -> bool:
    """Whether the last third lies below the first; what counts episodes is a score of theirs however it moves."""
    known = series.values[np.isfinite(series.values)]
    third = len(known) // 3
    return series.axis != "other" and third > 0 and bool(np.median(known[-third:]) < np.median(known[:third]))


def _grows(series: Series) -> bool:
    """Whether a series climbs from near its lowest value into the upper half of its range, as a score does.

    A loss that fell at first, or that a single leap tore up, does not.
    """
    known = series.values[np.isfinite(series.values)]
    if series.axis == "other" or known.size == 0:
        return True
    low, range_of = float(known.min()), float(np.ptp(known))
    end = float(np.median(known[-max(1, len(known) // 3) :]))
    return range_of > 0 and known[0] <= low + _LOW * range_of and end >= low + _HIGH * range_of


def _grows_or_negative(series: Series) -> bool:
    """Whether a likelihood is one, and not its negative under the same name: it is below 0, or rises."""
    known = series.values[np.isfinite(series.values)]
    return bool(known.size and np.median(known) < 0) or (known.size > 1 and not _falls(series))


def _as_loss(series: Series, split: str, way: str) -> Signal:
    made: dict[str, tuple[str, str, Callable[[Series], np.ndarray]]] = {
        "logarithm": ("log({})", "no loss is logged; the logarithm of the perplexity is it", _log),
        "negated": ("-({})", "no loss is logged; it is the negative of the likelihood", lambda s: -s.values),
        "bits": ("{} x ln 2", "no loss is logged; bits times ln 2 are nats", lambda s: s.values * math.log(2.0)),
    }
    if way not in made:
        why = "no loss is logged; this is the only error" if way == "error" else "no loss is logged; nothing else is it"
        return Signal(f"{split}.loss", "", series, why)
    name, why, values = made[way]
    return Signal(
        f"{split}.loss", "", dataclasses.replace(series, name=name.format(series.name), values=values(series)), why
    )


def _log(series: Series) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        logged: np.ndarray = np.log(series.values)
    return logged


def add_bare_terms(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take bare words for the terms of a loss where two kinds of them stand side by side: recon and kld of a
    variational autoencoder, box and obj of a detector.

    Returns:
        The signals, and the names that are no longer left out.
    """
    spoken = tables.spoken(run.series)
    named = [(*tables.bare(spoken.get(name, name)), series) for name, series in run.series.items() if len(series)]
    known = {s.series.name for s in signals if s.role.endswith(_LOSSES)}
    added: list[Signal] = []
    for kinds, of in ((tables.bare_terms, "a variational autoencoder"), (tables.box_terms, "a detector")):
        found = [[one for one in named if one[0] in words] for words in kinds]
        if all(found):
            added += [
                Signal(f"{split or 'train'}.loss_term", word, series, f"a term of the loss of {of}")
                for word, split, series in (one for group in found for one in group)
                if series.name not in known
            ]
    taken = {s.series.name for s in added}
    return [*(s for s in signals if s.series.name not in taken), *added], taken


def add_return(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take a bare score for the return of an agent where the rows count episodes or games, and a bare mean that stands
    beside the extremes, the spread and the number of the episodes of an evaluation.

    Returns:
        The signals, and the names that are no longer left out.
    """
    if any(s.role == "rl.return" for s in signals):
        return signals, set()
    named = [
        (name, s) for name, s in run.series.items() if s.axis == "other" and tables.bare(name)[0] in tables.returns
    ]
    known = {s.series.name for s in signals}
    added = [Signal("rl.return", "", s, "a score of each episode") for name, s in named if name not in known]
    mean, beside = tables.mean_return
    if not added and mean in run.series and beside <= run.series.keys():
        added = [Signal("rl.return", "", run.series[mean], "the mean over the episodes of an evaluation")]
    return [*signals, *added], {s.series.name for s in added}


def drop_hits(signals: list[Signal]) -> tuple[list[Signal], dict[str, str]]:
    """Leave out an accuracy that counts the exact hits of a regression.

    A cross-entropy of L nats leaves at most L / ln 2 of the examples wrong, since a wrong one costs ln 2 or more; an
    accuracy that stays at next to nothing while the loss falls below that is none.

    Returns:
        The signals that stay, and the names left out with the reason.
    """
    left_out: dict[str, str] = {}
    losses = {s.role.partition(".")[0]: s.series for s in signals if s.role.endswith(".loss")}
    for signal in signals:
        split, _, quantity = signal.role.partition(".")
        loss = losses.get(split, losses.get("train"))
        if quantity == "accuracy" and loss is not None and _counts_hits(signal.series, loss):
            left_out[signal.series.name] = EXACT_HITS
    return [s for s in signals if s.series.name not in left_out], left_out


def _counts_hits(accuracy: Series, loss: Series) -> bool:
    shares, values = (s.values[np.isfinite(s.values)] for s in (accuracy, loss))
    if len(shares) < _FEWEST or len(values) < _FEWEST or shares.max() > _HITS_AT_MOST:
        return False
    bound = math.log(2.0) * (1.0 - 2 * _HITS)
    if shares.max() <= _HITS and values.min() >= 0 and values.max() < _SURELY * bound:
        return True  # from the first row on, whatever became of it
    end = float(np.median(values[-_FEWEST:]))
    return shares.max() <= shares.min() and 0 <= end < _FALLEN * values[0] and end < bound


def add_bare_gradient(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take a bare ``Grad`` for the norm of the gradient where no other is logged and no value of it is below 0.

    Returns:
        The signals, and the names that are no longer left out.
    """
    if any(s.role.startswith("train.grad_norm") for s in signals):
        return signals, set()
    known = {s.series.name for s in signals}
    named = [s for name, s in run.series.items() if name not in known and tables.bare(name)[0] in tables.gradient]
    found = [s for s in named if len(s) >= _FEWEST and _is_size(s.values[np.isfinite(s.values)])]
    if len(found) != 1:
        return signals, set()
    why = "a gradient in one number, never below 0: its norm"
    return [*signals, Signal("train.grad_norm", "", found[0], why)], {found[0].name}


def _is_size(known: np.ndarray) -> bool:
    """Tell whether numbers may be sizes of something: none is below 0, and they are no whole numbers that count on."""
    counts = known.size > 1 and bool((known == np.floor(known)).all()) and float(np.mean(np.diff(known) > 0)) > _RISES
    return bool(known.size and known.min() >= 0 and known.max() > 0) and not counts


def drop_normalised(signals: list[Signal], tables: Names) -> tuple[list[Signal], dict[str, str]]:
    """Leave out a normalised cross-entropy, of which larger is better, where it is called a loss; the noise-contrastive
    one of the same three letters is never below 0, and falls.

    Returns:
        The signals that stay, and the names left out with the reason.
    """
    left_out = {
        s.series.name: "a normalised cross-entropy: at most 1, and larger is better"
        for s in signals
        if s.role.endswith(".loss_term") and s.entity in tables.normalised and _is_normalised(s.series)
    }
    return [s for s in signals if s.series.name not in left_out], left_out


def _is_normalised(series: Series) -> bool:
    known = series.values[np.isfinite(series.values)]
    return known.size >= _FEWEST and known.max() <= 1 and (known.min() < 0 or not _falls(series))
