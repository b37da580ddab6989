"""What one line of a console log says: its counters, its split, and the measures with their values."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from logdoc.readers.tables.measures import has_measure

NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)\b"
_WORD = r"[A-Za-z_][\w@/.()\-]*"
_RATE = r"\s*(?:m?s|secs?|seconds|min|minutes|it|iters?|samples|tokens|[KMG]i?B)(?:/\w+)?(?![\w])"
_KEY = rf"(?<![\w.])({_WORD}(?: {_WORD}){{0,3}}?)"
_PAIR = re.compile(
    rf"{_KEY}\s*(?:[:=]|\bis\b)\s*(?:tensor\()?\[?['\"]?({NUMBER})(?![\d:]|\.\d)(?!{_RATE})(/\d+)?", re.IGNORECASE
)
# A program that prints its own text before its log: statements, comments and calls are no measurements.
_CODE = re.compile(
    r"^(?:def|class|import|return|while|elif|else|try|except|with|assert|raise|print|parser|args|self"
    r"|@|#|//|\"\"\"|for \w+ in|from \w+ import|if [^:]*:)(?!\w)"
    r"|\bself\.|\):$|=\s*[A-Za-z_][\w.]*\(|\b\w+ = [-\d.e]+\s*(?:#.*)?$|\*\*|\w\(\w+=|, \w+=[\w.]+\)"
)
_BARE_NAME = (
    r"(?:(?:train|val|valid|validation|test|eval)[ "
    r"_/-])?(?:[A-Za-z]+_)?(?:loss|acc(?:uracy)?(?:@\d)?|ppl|lr|gnorm|nll_loss|mIoU)"
)
_BARE = re.compile(rf"(?<![\w.])({_BARE_NAME})\s+({NUMBER})(?![\d:/]|\.\d)", re.IGNORECASE)
_DICT = re.compile(rf"['\"]([^'\"{{}}]{{1,80}})['\"]\s*:\s*['\"]?({NUMBER})(?=['\"]?\s*[,}}])", re.IGNORECASE)
_EPOCH = re.compile(r"\b(?:epoch|ep)s?\b[\s:=#\[(]*?(\d+)(?![\d.]*\d*(?:s|ms)\b)(?:\s*/\s*\d+)?", re.IGNORECASE)
_STEP = re.compile(
    r"(?<![\w/])(?:global[_ ]?step|step|iter(?:ation)?s?|update|it|s)\b\s*[:=#\[(]{0,2}\s*(\d+)(?!\.\d)(?:\s*/\s*\d+)?",
    re.IGNORECASE,
)
_BATCH = re.compile(r"\b(?:batch(?:_?id|_?idx)?|minibatch)\b[\s:=#\[(]*(\d+)", re.IGNORECASE)
_MM = re.compile(r"\b(Epoch|Iter)(?:\((train|val|test)\))?:?\s*\[\s*(\d+)(?:/\d+)?\](?:\s*\[\s*(\d+)\s*/\s*(\d+)\])?")
_SEEN = re.compile(r"\bEpoch:?\s*(\d+)\s*\[\s*(\d+)\s*/\s*(\d+)", re.IGNORECASE)
_ROUND = re.compile(r"^\[(\d+)\]\s+\S*[A-Za-z]")
_SPLIT = re.compile(
    r"(?:^|[\s\[(|*\-])(train|val|valid|validation|dev|eval|evaluation|test)(?:ing)?(?: set)?(?=[\])\s:|\-])",
    re.IGNORECASE,
)
_NAMED_SPLIT = re.compile(r"train|val|valid|eval|test|dev", re.IGNORECASE)
_OTHERS = (
    "best min minimum max maximum weight weights previous prev lowest highest threshold eta patience "
    "target initial base total_time from to"
    " s/iter s/it ms/it iter/s it/s accum accumulation"
)
_SPLITS = frozenset(("train", "training", "val", "valid", "validation", "dev", "eval", "evaluation", "test", "testing"))
_NOT_MEASURED = frozenset(_OTHERS.split())
_SPEEDRUN = {"trl": "train loss", "tel": "val loss"}


@dataclass(slots=True)
class Line:
    """What one line says.

    Attributes:
        counters: ``step``, ``epoch``, ``batch`` as far as the line names them.
        values: ``name -> value``.
    """

    counters: dict[str, float] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)


def parse_line(line: str) -> Line:
    """Return the counters and measures of a line; a line that says nothing has neither."""
    found = Line()
    if _CODE.search(line):
        return found
    if line.startswith("{") or "{'" in line or '{"' in line:
        _parse_dict(line, found)
        if found.values:
            return found
    if "consumed samples" in line and "|" in line:
        _parse_megatron(line, found)
        return found
    rest, split = _take_counters(line, found)
    for match in _PAIR.finditer(rest):
        name = _name(match[1])
        if name in _SPEEDRUN or (name == "norm" and "trl" in rest):
            found.values.setdefault(_SPEEDRUN.get(name, "grad_norm"), number(match[2]))
        elif _measured(name) and not (match[3] and _is_time(name)):
            value = number(match[2]) / float(match[3][1:]) if match[3] and float(match[3][1:]) else number(match[2])
            found.values.setdefault(_with_split(name, split), value)
    for match in _BARE.finditer(rest):
        if _measured(match[1]):
            found.values.setdefault(_with_split(match[1], split), number(match[2]))
    return found


def number(text: str) -> float:
    """Return the value of a number as it is printed."""
    lower = text.lower().replace(",", "")
    if lower.lstrip("+-") == "nan":
        return math.nan
    return float(lower)


def _take_counters(line: str, found: Line) -> tuple[str, str]:
    """Fill in the counters; return the rest of the line and the split that it names apart from its measures."""
    split = ""
    match = _MM.search(line)
    if match:
        kind, split, first, inner = match[1], match[2] or "", int(match[3]), match[4]
        found.counters["epoch" if kind == "Epoch" else "step"] = first
        if inner is not None and kind == "Epoch" and split in ("", "train"):
            found.counters["batch"] = int(inner)
        line = line[: match.start()] + " " + line[match.end() :]
    else:
        for pattern, names in ((_SEEN, ("epoch", "batch")), (_EPOCH, ("epoch",)), (_ROUND, ("step",))):
            match = pattern.search(line)
            if match:
                found.counters.update({name: int(match[i + 1]) for i, name in enumerate(names)})
                line = line[: match.start()] + " " + line[match.end() :]
                break
    for pattern, name in ((_BATCH, "batch"), (_STEP, "step")):
        match = pattern.search(line)
        if match and name not in found.counters:
            found.counters[name] = int(match[1])
            line = line[: match.start()] + " " + line[match.end() :]
    if not split:
        named = _SPLIT.search(line[:60])
        split = named[1].lower() if named else ""
    return line, split


def _name(words: str) -> str:
    """Return a key without the words before it that belong to something else."""
    parts = [part.strip("-()[]|>") for part in words.split()]
    return " ".join(part for part in parts if part and "." not in part.strip(".") and not part.endswith("."))


def _measured(name: str) -> bool:
    tokens = {*re.split(r"[ _/\-]", name.lower()), *name.lower().rstrip(".").split()}
    return (
        bool(name)
        and name.lower() not in _SPLITS
        and has_measure(name)
        and not tokens & _NOT_MEASURED
        and len(name) <= 60
    )


def _is_time(name: str) -> bool:
    return "time" in name.lower()


def _with_split(name: str, split: str) -> str:
    if not split or split == "train" or _NAMED_SPLIT.search(name):
        return f"train {name}" if split == "train" and not _NAMED_SPLIT.search(name) else name
    return f"{'val' if split in ('valid', 'validation', 'dev', 'eval', 'evaluation') else split} {name}"


def _parse_dict(line: str, found: Line) -> None:
    """Read a line that prints a dict, as Hugging Face's Trainer and fairseq do; the summary at the end of a training is
    none.
    """
    pairs = {match[1]: number(match[2]) for match in _DICT.finditer(line)}
    if "train_runtime" in pairs or not any(map(has_measure, pairs)):
        return
    for key, value in pairs.items():
        if key in ("step", "global_step", "num_updates"):
            found.counters["step"] = value
        else:
            found.values[key] = value


def _parse_megatron(line: str, found: Line) -> None:
    for part in line.split("|"):
        key, colon, value = part.rpartition(":")
        match = re.search(r"iteration\s+(\d+)\s*/", part)
        if match:
            found.counters["step"] = int(match[1])
        elif colon and re.fullmatch(NUMBER, value.strip(), re.IGNORECASE):
            found.values[re.sub(r"\s*\(.*\)", "", key).strip()] = number(value.strip())
