"""What is known about a run beside its curves: hyper-parameters, task, schedule, and what the logs hold. Every fact
has its reason.

Nothing is judged here. The tables of words (`rules/_names/config.yaml`, `rules/_contexts/tasks.yaml`) come in as data.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.context.objectives import EXACT_HITS
from logdoc.context.passes import without_passes
from logdoc.context.printed import ending_of_run, said_of_run
from logdoc.context.shell_patterns import first_named, shell_pattern
from logdoc.model import ConfigValue, Fact
from logdoc.model.notes import SAID
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from logdoc.model import ProgramSetting, Reading, Run, Series, Signal

_INTERNALS = (
    "grad_norm",
    "weight_norm",
    "weight_std",
    "update_ratio",
    "act_std",
    "act_mean",
    "grad_std",
    "grad_mean",
    "act_zero_frac",
    "act_dead_frac",
    "act_sat_frac",
)
_CURVES = (".loss", ".accuracy", ".loss_term", ".player_loss", ".metric", ".error")
_ROUNDS = 3  # stretches that begin at one step: two may be an attempt that was given up
_FROM_CONFIG = "configuration "  # how the reason of a fact from the configuration begins; the key follows
_GAMES = ("rl.", "gan.", "pref.")
_FORMAT_SWITCH = re.compile(r"(fp16|bf16)(?:\.enabled)?")  # settings that turn a number format on or off
_PLANS = ("meta.epochs", "meta.max_steps")
# Facts of which one that is known elsewhere leaves none of the others to the text of the program.
_TOGETHER = (
    _PLANS,
    ("meta.lightest_weight", "meta.lightest_term", "meta.heaviest_weight", "meta.heaviest_term"),
)
_PARTED = re.compile(r"[./]")
_CLASS_KEY = re.compile(r"(?:^|[./])(?:_target_|class_path)$")  # Hydra and Lightning name what they make by its path
_ALONE = re.compile(r"\[\s*([^\[\],\s]+)\s*,?\s*\]")
_LISTED = re.compile(r"[\[(]?\s*\d+(?:\.\d*)?(?:\s*,\s*\d+(?:\.\d*)?)+,?\s*[\])]?|[\[(]\s*\d+(?:\.\d*)?,?\s*[\])]")


def gather_facts(
    run: Run,
    reading: Reading,
    config_names: Mapping[str, Sequence[str]],
    tasks: Sequence[Mapping[str, Any]],
    weights: Mapping[str, Sequence[str]],
    passes: Mapping[str, Collection[str]],
    program: Sequence[ProgramSetting] = (),
) -> dict[str, Fact]:
    """Return every fact as ``meta.<name>`` or ``log.<name>``.

    Args:
        run: as read.
        reading: its roles.
        config_names: fact -> configuration keys that mean it, the first present wins.
        tasks: the table of tasks: ``{task, names, config}``.
        weights: how the weight of a term of the loss is named: ``{heads, tails, small_on_purpose, no_terms}``.
        passes: what tells that epochs are passes over one batch of experience.
        program: what the text of its program sets; counts where neither the configuration nor a curve tells.
    """
    facts = _from_config(without_passes(run.config, passes), config_names)
    facts.update(_term_weights(run.config, weights))
    _add_learning_rate(facts, reading)
    _add_program(facts, program, config_names, weights, passes)
    _add_task(facts, run, reading, tasks)
    _add_epochs(facts, reading)
    facts.update(_about_log(run, reading))
    return facts


def _from_config(config: Mapping[str, ConfigValue], config_names: Mapping[str, Sequence[str]]) -> dict[str, Fact]:
    by_name: dict[str, list[tuple[str, ConfigValue]]] = {}
    for key, value in config.items():
        parts = _PARTED.split(key.lower())
        for name in {key.lower(), parts[-1], key.lower().rpartition("/")[2], ".".join(parts[-2:])}:
            by_name.setdefault(name, []).append((key, value))
        for place, member in enumerate(_listed(value)):  # betas: [0.9, 0.999]
            by_name.setdefault(f"{parts[-1]}.{place}", []).append((f"{key}[{place}]", member))
    facts: dict[str, Fact] = {}
    for fact, keys in config_names.items():
        off: Fact | None = None
        for name in keys:
            found = _first_usable(fact, by_name.get(name, []))
            switch = _FORMAT_SWITCH.fullmatch(name) if found is not None else None
            if found is None or (switch and found.value == "auto"):
                continue
            if switch and found.value in (False, "false"):
                off = off or found  # another format may be on: fp16 false, bf16 true
                continue
            on = switch and found.value in (True, "true")
            facts[f"meta.{fact}"] = Fact(switch[1], found.why) if switch and on else found
            break
        else:
            if off is not None:
                facts[f"meta.{fact}"] = off
    return facts


def _add_program(
    facts: dict[str, Fact],
    program: Sequence[ProgramSetting],
    config_names: Mapping[str, Sequence[str]],
    weights: Mapping[str, Sequence[str]],
    passes: Mapping[str, Collection[str]],
) -> None:
    """Add what the text of the program sets, read as a configuration is, where nothing else says it."""
    if not program:
        return
    config, places = {one.key: one.value for one in program}, {one.key: one.place for one in program}
    said = {**_from_config(without_passes(config, passes), config_names), **_term_weights(config, weights)}
    taken = {name for names in _TOGETHER if any(name in facts for name in names) for name in names}
    for name, fact in said.items():
        if name not in facts and name not in taken:
            key = setting_of(fact)
            facts[name] = Fact(fact.value, places.get(key) or places[key.rpartition("[")[0]])
            if name in _PLANS:
                facts["log.plan_in_program"] = Fact(True, facts[name].why)


def _term_weights(config: Mapping[str, ConfigValue], words: Mapping[str, Sequence[str]]) -> dict[str, Fact]:
    """Return the lightest and the heaviest weight of a term of the loss, and of which term each is.

    A weight of zero switches its term off. Terms whose weights are small on purpose are no candidates for the lightest.
    """
    found: list[tuple[float, str, str]] = []
    for key, value in config.items():
        term, weight = _weighted_term(_PARTED.split(key.lower())[-1], words), _as_number(value)
        if term and weight:
            found.append((float(weight), term, key))
    facts: dict[str, Fact] = {}
    if not found:
        return facts
    on_purpose = set(words["small_on_purpose"])
    light = [one for one in found if not on_purpose & set(one[1].split("_"))]
    for which, one in (("lightest", min(light, default=None)), ("heaviest", max(found))):
        if one is not None:
            facts[f"meta.{which}_weight"] = Fact(one[0], f"{_FROM_CONFIG}{one[2]}")
            facts[f"meta.{which}_term"] = Fact(one[1], f"{_FROM_CONFIG}{one[2]}")
    return facts


def _weighted_term(key: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return the term whose weight a key is: ``cls_loss_weight`` -> cls, ``lambda_cycle`` -> cycle; else nothing."""
    term = next((key.removesuffix(tail) for tail in words["tails"] if key.endswith(tail)), "")
    term = term or next((key.removeprefix(head) for head in words["heads"] if key.startswith(head)), "")
    return "" if set(term.split("_")) & set(words["no_terms"]) else term


def setting_of(fact: Fact) -> str:
    """Return the configuration key that a fact was read from; empty when it comes from somewhere else."""
    head, _, key = fact.why.partition(_FROM_CONFIG)
    return key if not head else ""


def _first_usable(fact: str, candidates: Sequence[tuple[str, ConfigValue]]) -> Fact | None:
    entry = load_registry().facts.get(f"meta.{fact}")
    for key, value in sorted(candidates, key=lambda item: (item[0].count("."), item[0])):
        if entry is not None and entry.of_list == "smallest":
            value = _smallest(value)
        usable = _as_number(value, entry.signed) if entry is not None and entry.type == "number" else value
        if usable is None or usable == "" or (entry is not None and entry.positive and usable == 0):
            continue
        if isinstance(usable, str) and _CLASS_KEY.search(key.lower()):
            usable = usable.rpartition(".")[2]  # a class by its whole path: torch.optim.AdamW
        verbatim = entry is not None and entry.verbatim
        return Fact(usable.lower() if isinstance(usable, str) and not verbatim else usable, f"{_FROM_CONFIG}{key}")
    return None


def _smallest(value: ConfigValue) -> ConfigValue:
    """Return the smallest of a list of numbers; else the value."""
    return min(_listed(value), default=value)


def _listed(value: ConfigValue) -> list[float]:
    """Return the numbers of a list as texts keep it: ``[64, 8]``, ``(64, 8)``, ``64,8``; none of another value."""
    if not isinstance(value, str) or not _LISTED.fullmatch(value.strip()):
        return []
    return [float(part) for part in re.findall(r"[\d.]+", value)]


def _as_number(value: ConfigValue, signed: bool = False) -> float | int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        alone = _ALONE.fullmatch(value.strip())  # lr=[0.001], one for each stage of a training
        try:
            value = float(alone[1] if alone else value)
        except ValueError:
            return None
    if not math.isfinite(value) or (value < 0 and not signed):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)


def _finite(series: Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    return series.values[np.isfinite(series.values)]


_LOWERED = re.compile(r"\breduc\w+[ _]learning[ _]rate", re.IGNORECASE)


def _add_learning_rate(facts: dict[str, Fact], reading: Reading) -> None:
    signal = reading.one.get("train.lr")
    if signal is None:
        return
    values = _finite(signal.series)
    if not values.size:
        return
    peak = float(values.max())
    name = signal.series.name
    if _LOWERED.search(name):
        return  # each value is what was left of one that was larger
    facts["meta.peak_lr"] = Fact(peak, f"largest value of {name}")
    facts.setdefault("meta.lr", Fact(peak, f"largest value of {name}"))


def _said(word: str, words: set[str]) -> list[str]:
    """Return what of the configuration's words a word of the table means, which may be a shell pattern."""
    if "*" not in word:
        return [word] if word in words else []
    return sorted(said for said in words if shell_pattern(word).match(said))


def exact_hits(reading: Reading) -> list[str]:
    """Return the names of the accuracies that count the exact hits of a regression."""
    return [name for name, why in reading.left_out.items() if why == EXACT_HITS]


def _as_written(names: Iterable[str]) -> dict[str, str]:
    """Return names in small letters, each as itself; those of several words also as a program would write them, with
    underscores, under which they are what they were.
    """
    small = [name.lower() for name in names]
    return {name: name for name in small} | {name.replace(" ", "_"): name for name in small if " " in name}


def _add_task(facts: dict[str, Fact], run: Run, reading: Reading, tasks: Sequence[Mapping[str, Any]]) -> None:
    hits = exact_hits(reading)
    names = _as_written(name for name in [*run.series, *run.histograms] if name not in hits)
    words = set()
    for key in ("task", "loss", "model"):
        fact = facts.get(f"meta.{key}")
        if fact is not None and isinstance(fact.value, str):
            words.update(re.findall(r"[a-z0-9_\-]+", fact.value))
    found: tuple[str, str] | None = None
    for entry in tasks:
        other = _as_written(name for name, (role, _) in reading.names.items() if role == entry.get("not_as"))
        named = names.get(first_named(entry["names"], [*names], other) or "")
        said = next((said for word in entry["config"] for said in _said(word, words)), None)
        if named or said:
            found = entry["task"], f"'{named}' is logged" if named else f"the configuration says '{said}'"
            break
    if found is None and hits:
        task = next(entry["task"] for entry in tasks if entry.get("exact_hits"))
        found = task, f"'{hits[0]}' counts the exact hits of a {task}"
    if found is not None:
        facts["meta.task"], facts["log.task_why"] = Fact(*found), Fact(found[1])


def _add_epochs(facts: dict[str, Fact], reading: Reading) -> None:
    train, epoch = reading.one.get("train.loss"), reading.one.get("log.epoch")
    if train is None or len(train.series) < 2 or train.series.axis != "step":
        return
    if epoch is None or epoch.series.axis != "step" or len(epoch.series) < 2:
        return
    known = np.isfinite(epoch.series.values)
    values, steps = epoch.series.values[known], epoch.series.steps[known]
    if values.size < 2 or values[-1] <= values[0]:
        return
    # An epoch that is logged as a whole number holds for all its steps, so its first step counts.
    begin = int(np.argmax(values == values[-1]))
    per_epoch = float(steps[begin] - steps[0]) / float(values[-1] - values[0])
    facts["meta.logged_steps_per_epoch"] = Fact(per_epoch, f"from {epoch.series.name}")


def _loss_name(reading: Reading) -> str:
    """The name of the training loss as logged, else of the validation loss, in small letters."""
    known = reading.one.get("train.loss") or reading.one.get("val.loss")
    return "" if known is None else known.series.name.lower()


def _stalled(run: Run) -> dict[str, Fact]:
    """Where the step counter stood still: the series that lost most records to later ones of the same step."""
    worst = max(run.series.values(), key=lambda s: s.stalled, default=None)
    if worst is None:
        return {}
    why = f"records of {worst.name} that the next one repeats at its step"
    at, name = Fact(worst.stalled_at, why), Fact(worst.name, why)
    return {
        "log.stalled_records": Fact(worst.stalled, why),
        "log.stalled_step": at,
        "log.stalled_name": name,
        "log.stalled_points": Fact(len(worst), why),
    }


def _rounds(run: Run, train: Signal | None) -> int:
    """Count how often the counter of the training loss began anew at its first step and the loss did not.

    A restart from nothing shows a loss that is back near its first value; one from a checkpoint begins at a later step.
    """
    if train is None:
        return 0
    parts = [*run.attempts.get(train.series.name, ()), train.series]
    if len(parts) < _ROUNDS or any(not len(part) or part.steps[0] != parts[0].steps[0] for part in parts):
        return 0
    first, openings = float(parts[0].values[0]), [float(part.values[0]) for part in parts[1:]]
    closings = [float(part.values[-1]) for part in parts[:-1]]
    return sum(
        abs(opening - closing) < abs(opening - first) for opening, closing in zip(openings, closings, strict=True)
    )


def _restart_step(run: Run, train: Signal | None) -> int | None:
    """Return the step at which the last restart took over: where records of the training loss were replaced, the first
    of them, for a heading that is printed once more replaces a record as well.
    """
    replaced = run.attempts.get(train.series.name, ()) if train is not None else ()
    if replaced and len(replaced[-1]):
        return int(replaced[-1].steps[0])
    return run.restarts[-1] if run.restarts else None


def _about_log(run: Run, reading: Reading) -> dict[str, Fact]:
    """Facts about the logs themselves, for the rules about logging."""
    longest = max((len(s) for s in run.series.values()), default=0)
    with_validation = [role for role in [*reading.one, *reading.each] if role.startswith(("val.", "test."))]
    internals = [role for role in _INTERNALS if reading.each.get(role)]
    curves = [role for role in [*reading.one, *reading.each] if role.endswith(_CURVES) or role.startswith(_GAMES)]
    lost = [d for d in run.defects if d.lost]
    train, earned = reading.one.get("train.loss"), reading.one.get("rl.return")
    return {
        "log.points": Fact(longest, "points of the longest series"),
        "log.train_points": Fact(
            0 if train is None else len(_finite(train.series)), "finite points of the training loss"
        ),
        "log.return_points": Fact(
            0 if earned is None else len(_finite(earned.series)), "finite points of the episode return"
        ),
        "log.has_curve": Fact(bool(curves or internals), "a loss, a metric or a layer statistic"),
        "log.series": Fact(len(run.series), "scalar names logged"),
        "log.has_validation": Fact(bool(with_validation), ", ".join(with_validation[:3]) or "no name of validation"),
        "log.has_lr": Fact("train.lr" in reading.one, "a series of the learning rate"),
        "log.has_internals": Fact(bool(internals), ", ".join(internals[:4]) or "no gradients, weights or activations"),
        "log.train_axis": Fact("other" if train is None else train.series.axis, "what the training loss counts"),
        "log.counts_examples": Fact(run.counts_examples, "whether the counter grows by whole batches of examples"),
        "log.loss_name": Fact(_loss_name(reading), "the name as logged"),
        "log.exact_hits": Fact(", ".join(exact_hits(reading)), "accuracies that stay at next to nothing"),
        "log.loss_terms": Fact(len(reading.each.get("train.loss_term", {})), "terms of the loss"),
        "log.restarts": Fact(len(run.restarts) * bool(run.attempts), "times that later records replaced earlier ones"),
        "log.rounds": Fact(_rounds(run, train), "times that the counter began anew while the loss went on"),
        "log.restart_step": Fact(_restart_step(run, train), "step at which the last restart took over"),
        **_stalled(run),
        **ending_of_run(run),
        **said_of_run(run),
        "log.lost": Fact(len(lost), "places where data were lost"),
        "log.defects": Fact(sum(d.id != SAID for d in run.defects), "oddities found while reading"),
        "log.lost_what": Fact(
            "; ".join(f"{d.what}{f' ({d.where})' if d.where else ''}" for d in lost[:3]), "from the reader"
        ),
    }
