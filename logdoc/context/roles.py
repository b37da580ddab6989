"""From the names of one run to roles: which series is the training loss, which the validation loss, which belongs to
which layer.

Names decide first; where they leave a choice, the values do (axes, lengths). Every decision is kept with its reason
for `logdoc inspect`.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.context.noise_levels import add_loss_scale, drop_quarters
from logdoc.context.objectives import (
    add_bare_gradient,
    add_bare_terms,
    add_objective,
    add_return,
    add_summands,
    drop_hits,
    drop_normalised,
)
from logdoc.context.players import (
    add_game_terms,
    add_rivals,
    add_split_rivals,
    place_penalties,
    settle_lone_generator,
    settle_lone_value,
)
from logdoc.context.policies import add_policy_divergence
from logdoc.context.totals import add_total_loss, place_likelihoods
from logdoc.context.unsplit import add_counterparts, place_unsplit
from logdoc.model import Reading, Series, Signal
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.names import Meaning, Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import Histogram, Run

_ONCE = ("loss", "accuracy")
_ON_TEST = (*_ONCE, "perplexity")
_EACH_ON_TEST = ("metric", "error", "loss_term")
_ZEROS = 3  # a validation loss that begins with so many exact zeros was not computed yet
_EPOCH_FACTOR = 3  # validation steps are epoch numbers when training has at least this many times more steps


def understand(run: Run, names: Names | None = None, overrides: Mapping[str, str] | None = None) -> Reading:
    """Return the roles of a run.

    Args:
        run: as read.
        names: naming tables; the bundled ones by default.
        overrides: ``role -> name as logged`` from ``--map``; they win over every table.
    """
    tables = names or load_names()
    named, left_out = _name_all(run, tables, overrides or {})
    named, quarters = drop_quarters(named, run)
    named, scale = add_loss_scale(named, run)
    signals = place_likelihoods(place_unsplit(_computed(named, left_out), tables), tables)
    signals, twins = add_counterparts(signals, run, tables)
    signals = place_penalties(settle_lone_value(settle_lone_generator(signals, run, tables)))
    signals, earned = add_return(signals, run, tables)
    signals, taken = add_rivals(signals, run, tables)
    signals, inner = add_game_terms(add_split_rivals(signals, tables), run, tables)
    signals, norms = add_bare_gradient(add_policy_divergence(signals), run, tables)
    signals, upside = drop_normalised(signals, tables)
    signals, minimised = add_objective(add_total_loss(signals, tables), run, tables)
    signals, terms = add_bare_terms(signals, run, tables)
    signals, parts = add_summands(signals, run, tables)
    signals, hits = drop_hits(add_total_loss(signals, tables))
    taken |= scale | inner | norms | twins | earned | minimised | terms | parts | {s.series.name for s in signals}
    left_out = {name: why for name, why in {**left_out, **quarters, **upside, **hits}.items() if name not in taken}
    signals = _add_pace(signals)
    signals = _share_axis(_add_update_ratio(_add_entropy(_add_worst_rank(signals))))
    tables.forget()
    one, each = _choose(signals)
    understood = {s.series.name: (f"{s.role}[{s.entity}]" if s.entity else s.role, s.why) for s in signals}
    return Reading(one=one, each=each, names=understood, left_out={**run.left_out, **left_out})


def _name_all(run: Run, tables: Names, overrides: Mapping[str, str]) -> tuple[list[Signal], dict[str, str]]:
    forced = {name: role for role, name in overrides.items()}
    signals: list[Signal] = []
    left_out: dict[str, str] = {}
    spoken = tables.spoken(run.series)
    for name, series in run.series.items():
        meaning = _forced(forced[name]) if name in forced else tables.meaning(spoken.get(name, name))
        if meaning is None:
            left_out[name] = "no table knows this name; use --map ROLE=NAME if it is one of logdoc's roles"
        elif not meaning.role:
            left_out[name] = meaning.why
        else:
            signals.append(
                Signal(meaning.role, meaning.entity, series, meaning.why, meaning.rank + _grain_rank(meaning))
            )
    for name, histogram in run.histograms.items():
        known = tables.histogram(name)
        if known is None:
            left_out[name] = "a histogram of nothing that the tables know"
        else:
            signals.extend(_from_histogram(histogram, *known))
    return signals, left_out


def _computed(signals: list[Signal], left_out: dict[str, str]) -> list[Signal]:
    """Return the signals without the losses that were written where nothing was computed yet: the 0 of a validation
    that is made in the last epochs only (YOLOv9), the 0 or -1 of an agent that first fills its memory. A curve that
    begins so begins where that ends.
    """
    kept: list[Signal] = []
    trained = any(s.role.startswith("train.loss") and bool(np.any(s.series.values != 0)) for s in signals)
    acts = any(s.role.startswith("rl.") for s in signals)
    for signal in signals:
        values = signal.series.values
        if signal.role == "train.loss":
            kept.append(_trained(signal, acts=acts))
            continue
        begin = int(np.argmax(values != 0)) if np.any(values != 0) else len(values)
        if not trained or begin < _ZEROS or not signal.role.startswith(("val.loss", "test.loss")):
            kept.append(signal)
        elif begin == len(values):
            left_out[signal.series.name] = "0 in every row: it was written and never computed"
        else:
            kept.append(dataclasses.replace(signal, series=_from(signal.series, begin)))
    return kept


def _trained(signal: Signal, *, acts: bool) -> Signal:
    """Return a training loss without the numbers that stand in for one at its beginning, where it is above 0 behind
    them.
    """
    values = signal.series.values
    if not values.size or values[0] not in ((0.0, -1.0) if acts else (-1.0,)):
        return signal
    begin = int(np.argmax(values != values[0]))  # 0 where all are alike
    if begin < _ZEROS or not bool((values[begin:] > 0).all()):
        return signal
    return dataclasses.replace(signal, series=_from(signal.series, begin))


def _from(series: Series, begin: int) -> Series:
    times = None if series.times is None else series.times[begin:]
    return dataclasses.replace(series, steps=series.steps[begin:], values=series.values[begin:], times=times)


def _grain_rank(meaning: Meaning) -> int:
    """Training is judged on its finest curve, validation on its means over the whole set."""
    worse = "epoch" if meaning.role.startswith("train.") else "step"
    return 10 if meaning.grain == worse else 0


def _forced(role: str) -> Meaning:
    base, _, entity = role.partition("[")
    return Meaning(base, entity.rstrip("]"), "--map", rank=-100)


def _from_histogram(histogram: Histogram, kind: str, entity: str) -> list[Signal]:
    """Derive what scalars would have said: mean, deviation, norm, and the shape: excess kurtosis and skewness."""
    made = {f"{kind}_mean": histogram.mean(), f"{kind}_std": histogram.std()}
    if kind != "act":
        made[f"{kind}_norm"] = histogram.norm()
        made[f"{kind}_excess"], made[f"{kind}_skew"] = histogram.excess_kurtosis(), histogram.skewness()
    return [
        Signal(
            role,
            entity,
            Series(
                f"{histogram.name} ({role.split('_')[1]})", histogram.steps, values, histogram.times, histogram.axis
            ),
            "from the histogram",
            1,
        )
        for role, values in made.items()
    ]


def _add_pace(signals: list[Signal]) -> list[Signal]:
    """Derive the seconds per step for runs that log no step time themselves: from their throughput, else from the times
    of the finest training curve.
    """
    rate = next((s for s in signals if s.role == "perf.throughput" and len(s.series) > 2), None)
    if rate is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(rate.series.values > 0, 1.0 / rate.series.values, np.nan)
        series = dataclasses.replace(rate.series, name=f"1 / {rate.series.name}", values=inverse)
        return [*signals, Signal("perf.pace", "", series, "the inverse of the throughput", 1)]
    timed = [
        s.series
        for s in signals
        if s.role.startswith("train.") and s.series.times is not None and s.series.axis == "step" and len(s.series) > 2
    ]
    if not timed:
        return signals
    finest = max(timed, key=len)
    if finest.times is None:
        return signals
    moved = np.diff(finest.steps)
    kept = np.flatnonzero(moved > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        pace = np.diff(finest.times)[kept] / moved[kept]
    pace = np.where(pace > 0, pace, np.nan)
    name = f"{finest.name} (seconds per step)"
    return [
        *signals,
        Signal(
            "perf.pace",
            "",
            Series(name, finest.steps[1:][kept], pace, finest.times[1:][kept]),
            "from the times of the records",
            1,
        ),
    ]


def _add_entropy(signals: list[Signal]) -> list[Signal]:
    """Take the entropy from the entropy loss, its negative, where the entropy itself is not logged
    (Stable-Baselines).
    """
    found = next((s for s in signals if s.role == "rl.entropy_loss"), None)
    if found is None or any(s.role == "rl.entropy" for s in signals):
        return signals
    series = dataclasses.replace(found.series, name=f"{found.series.name} (negated)", values=-found.series.values)
    return [*signals, Signal("rl.entropy", "", series, f"{found.why}; the entropy is its negative", 1)]


def _add_update_ratio(signals: list[Signal]) -> list[Signal]:
    """Divide the norm of the step by that of the parameter where both are logged at the same steps (OLMo), for
    parameters without a logged ratio.
    """
    norms = {s.entity: s.series for s in signals if s.role == "weight_norm"}
    known = {s.entity for s in signals if s.role == "update_ratio"}
    made = []
    for signal in signals:
        norm = norms.get(signal.entity)
        if (
            signal.role != "update_norm"
            or signal.entity in known
            or norm is None
            or not np.array_equal(norm.steps, signal.series.steps)
        ):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(norm.values > 0, signal.series.values / norm.values, np.nan)
        series = dataclasses.replace(signal.series, name=f"{signal.series.name} / {norm.name}", values=ratio)
        made.append(
            Signal("update_ratio", signal.entity, series, "the norm of the step over the norm of the parameter", 1)
        )
    return [*signals, *made]


def _add_worst_rank(signals: list[Signal]) -> list[Signal]:
    """Derive the largest loss of all ranks, and their mean where no loss of the whole is logged, from losses
    per rank.
    """
    ranks = [s.series for s in signals if s.role == "rank_loss"]
    present = {s.role for s in signals}
    if (
        len(ranks) < 2
        or "train.loss_max" in present
        or not all(np.array_equal(r.steps, ranks[0].steps) for r in ranks[1:])
    ):
        return signals
    table = np.stack([r.values for r in ranks])
    made = [
        Signal(
            "train.loss_max",
            "",
            dataclasses.replace(ranks[0], name="largest loss of a rank", values=table.max(axis=0)),
            "from the losses of the ranks",
        )
    ]
    if "train.loss" not in present:
        mean = dataclasses.replace(ranks[0], name="mean loss of the ranks", values=table.mean(axis=0))
        made.append(Signal("train.loss", "", mean, "from the losses of the ranks"))
    return [*signals, *made]


def _share_axis(signals: list[Signal]) -> list[Signal]:
    """Put validation that counts epochs on the step axis of training.

    People log training per step and validation with the epoch number as step. Validation steps that are small
    consecutive integers,
    while training has many times more steps, are epoch numbers: they are spread evenly over the training steps.
    """
    train = _longest(signals, "train.loss")
    val = _longest(signals, "val.loss") or _longest(signals, "val.accuracy")
    if (
        train is None
        or val is None
        or train.axis != "step"
        or val.axis not in ("step", "epoch")
        or len(val) < 2
        or len(train) < 2
    ):
        return signals
    if any(
        s.role.startswith("train.") and s.series.axis == "epoch"
        for s in signals
        if s.role in ("train.loss", "train.accuracy")
    ):
        return signals
    start, end = int(val.steps[0]), int(val.steps[-1])
    consecutive = bool(np.all(np.diff(val.steps) == 1)) and start in (0, 1)
    if not consecutive or int(train.steps[-1]) < _EPOCH_FACTOR * max(end, 1):
        return signals
    per_epoch = (int(train.steps[-1]) - int(train.steps[0]) + 1) / (end - start + 1)
    moved: list[Signal] = []
    for signal in signals:
        counts_epochs = np.array_equal(signal.series.steps, val.steps)
        if not counts_epochs:
            moved.append(signal)
            continue
        steps = np.round((signal.series.steps - start + 1) * per_epoch + int(train.steps[0]) - 1).astype(np.int64)
        why = f"{signal.why}; its steps count epochs, spread over the training steps ({per_epoch:.0f} a point)"
        moved.append(
            dataclasses.replace(signal, series=dataclasses.replace(signal.series, steps=steps, axis="step"), why=why)
        )
    return moved


def _longest(signals: list[Signal], role: str) -> Series | None:
    found = [s.series for s in signals if s.role == role and len(s.series)]
    return max(found, key=len) if found else None


def _choose(signals: list[Signal]) -> tuple[dict[str, Signal], dict[str, dict[str, Signal]]]:
    one: dict[str, Signal] = {}
    each: dict[str, dict[str, Signal]] = {}
    for signal in signals:
        if signal.entity:
            mine = each.setdefault(signal.role, {})
            known = mine.get(signal.entity)
            if known is None or _fit(signal) < _fit(known):
                mine[signal.entity] = signal
        elif signal.role not in one or _fit(signal) < _fit(one[signal.role]):
            one[signal.role] = signal
    _validate_on_test(one, each)
    for quantity in _ONCE:
        coarse = _coarse(signals, f"train.{quantity}", one.get(f"val.{quantity}"))
        if coarse is not None:
            one[f"train.{quantity}_epoch"] = dataclasses.replace(coarse, role=f"train.{quantity}_epoch")
    if "train.lr" not in one and each.get("lr_group"):
        # Bias groups warm up from a high rate; the group with the lowest peak is the one that the weights see.
        groups = list(each["lr_group"].values())
        chosen = min(groups, key=lambda s: float(np.nanmax(s.series.values)) if len(s.series) else np.inf)
        one["train.lr"] = dataclasses.replace(
            chosen, role="train.lr", entity="", why=f"{chosen.why}; the group with the lowest peak"
        )
    return one, {role: _by_depth(mine) for role, mine in each.items()}


def _validate_on_test(one: dict[str, Signal], each: dict[str, dict[str, Signal]]) -> None:
    """What a training loop measures again and again on test data, and on no other, is its validation."""

    def as_validation(test: Signal) -> Signal:
        role = test.role.replace("test.", "val.", 1)
        return dataclasses.replace(test, role=role, why=f"{test.why}; the test set is what this run validates on")

    for quantity in _ON_TEST:
        test = one.get(f"test.{quantity}")
        if f"val.{quantity}" not in one and test is not None and len(test.series) > 1:
            one[f"val.{quantity}"] = as_validation(test)
    for quantity in _EACH_ON_TEST:
        tests = {name: s for name, s in each.get(f"test.{quantity}", {}).items() if len(s.series) > 1}
        if tests and not each.get(f"val.{quantity}"):
            each[f"val.{quantity}"] = {name: as_validation(signal) for name, signal in tests.items()}


def _by_depth(mine: dict[str, Signal]) -> dict[str, Signal]:
    """Order entities by depth: as logged, but where that is just the alphabet, by the numbers in the names (layer 2
    before layer 10).
    """
    logged = list(mine)
    if logged != sorted(logged):
        return mine
    return {entity: mine[entity] for entity in sorted(logged, key=_natural)}


def _natural(entity: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", entity) if part]


def _fit(signal: Signal) -> tuple[int, int]:
    return signal.rank, -len(signal.series)


def _coarse(signals: list[Signal], role: str, val: Signal | None) -> Signal | None:
    """The training curve to set beside validation: on the same axis, and as coarse as there is."""
    candidates = [s for s in signals if s.role == role and len(s.series)]
    if val is not None:
        candidates = [s for s in candidates if s.series.axis == val.series.axis]
    return min(candidates, key=lambda s: len(s.series)) if candidates else None
