"""Settings that a program prints before it trains: ``Namespace(...)``, ``TrainingArguments(...)``, dictionaries, blocks
of ``key: value``, and the command that started it. Text only: nothing is evaluated but literals.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.documents import flatten
from logdoc.readers.printed_networks import network_in
from logdoc.redaction import cut
from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from logdoc.model import ConfigValue

HEAD = 256 << 10  # characters in which settings are looked for
_MOST_LINES = 3_000
_LONGEST_DUMP = 16_000
_LONGEST_VALUE = 200
_LEAST_KNOWN = 2  # settings that must be known by name before a loose block is taken for settings
_LEAST_LINES = 3
# These names stand in rows of results as well and do not tell settings from them.
_IN_ROWS = frozenset(["lr", "loss", "task", "model", "train_size"])
_CALLED = re.compile(r"\b(?:Namespace|\w*(?:Arguments|Args|Config))\(")
_FRONT = re.compile(
    r"^(?:\[[^\]\n]{1,60}\]\s*|\d{4}-\d\d-\d\d[ T][\d:.,]+\s*|[-|:]\s+"
    r"|[\w.\-]+\.py - (?:\w+ - )?(?=INFO)|(?:INFO|DEBUG|WARNING)\b[:\s-]*)+"
)
_PAIR = re.compile(r"^\s*-{0,2}([A-Za-z_][\w.\-/]{0,60})\s*(?:=|:(?=\s|$))\s*(.*?)\s*,?\s*$")
_DEFAULT = re.compile(r"\s*\[default: .*\]$")
_KEYWORD = re.compile(r"(?:^|[(,]\s*)\s*([A-Za-z_]\w*)=('[^'\n]*'|\"[^\"\n]*\"|\[[^\]\n]*\]|[^,()\n]*)")
_UNSHOWN = re.compile(r"<|\[(?!\s*[\d.]+(?:\s*,\s*[\d.]+)*\s*,?\s*\])")  # objects, and lists of more than numbers
_COMMAND = re.compile(r"\.py\s+(-.*)$")
_LISTED = re.compile(r"(?:^|:\s|,\s?)([A-Za-z_][\w.\-]*)=('[^'\n]*'|\"[^\"\n]*\"|[^\s,='\"\[({]*)(?=,|$)")
_LEAST_LISTED = 5
# What programs say of their number format: Lightning, the Trainer of Transformers, YOLO, kohya's scripts.
_SAID = (
    (re.compile(r"\b(?:Using (?:16[- ]?bit|native)[\w ]*(?:AMP|[Mm]ixed [Pp]recision)|AMP: checks passed)"), "amp"),
    (re.compile(r"\bUsing (?:cuda_|native )?(?:amp|AMP) (?:half|fp16|backend)"), "amp"),
    (
        re.compile(
            r"\b(?:[Mm]ixed[ _][Pp]recision|[Dd]type|[Pp]recision)(?:\s+training)?\s*[:=]?\s+['\"]?"
            r"(fp16|float16|bf16|bfloat16|fp32)\b"
        ),
        "",
    ),
)


def settings_in(text: str) -> dict[str, ConfigValue]:
    """Return the settings printed at the head of a text; the first place that names a key wins."""
    head = text[:HEAD]
    found: dict[str, ConfigValue] = {}
    sources = (
        *_called(head),
        *_dictionaries(head),
        *_blocks(head),
        *_listed(head),
        *_commands(head),
        *_said(head),
        network_in(head),
    )
    for settings in sources:
        for key, value in settings.items():
            found.setdefault(key, value)
    return found


_OPTIMIZER = re.compile(r"([A-Za-z]\w*)((?:,[A-Za-z]\w*=[-+.\de]+)+)")


def settings_of_arguments(arguments: Sequence[object]) -> dict[str, ConfigValue]:
    """Return the settings of a command line: ``["--lr", "0.1", "--amp", "epochs=3"]``."""
    found: dict[str, ConfigValue] = {}
    waiting = ""
    for argument in [str(one) for one in arguments[:400]]:
        name, sign, value = argument.partition("=")
        is_name = argument.startswith("--") or bool(re.fullmatch(r"-[A-Za-z]\w*", argument))
        if waiting and not is_name:
            found[waiting], waiting = scalar(argument), ""
            continue
        if waiting:
            found[waiting], waiting = True, ""
        key = name.lstrip("-+").replace("-", "_")
        if sign and re.fullmatch(r"[\w./]{1,80}", key):
            found[key] = scalar(value)
        elif is_name:
            waiting = key
    if waiting:
        found[waiting] = True
    return {**_of_optimizer(found), **found}


def _of_optimizer(settings: Mapping[str, ConfigValue]) -> dict[str, ConfigValue]:
    """Return what an optimizer is given in one word with its name: ``--optimizer_g adam,lr=0.0003,beta1=0.8``."""
    for key, value in settings.items():
        if "optim" in key.lower() and isinstance(value, str) and (whole := _OPTIMIZER.fullmatch(value)) is not None:
            given = [part.partition("=") for part in whole[2].strip(",").split(",")]
            return {"optimizer": whole[1], **{name: scalar(text) for name, _, text in given}}
    return {}


def scalar(text: str) -> ConfigValue:
    """Return a printed value: a truth value, a number, None, or the text without its quotes."""
    plain = text.strip()
    lower = plain.lower()
    if lower in ("true", "false"):
        return lower == "true"
    if lower in ("none", "null", ""):
        return None
    if len(plain) <= 40:
        for kind in (int, float):
            try:
                return kind(plain)
            except ValueError:
                continue
    quoted = len(plain) >= 2 and plain[0] == plain[-1] and plain[0] in "'\""
    return cut(plain[1:-1] if quoted else plain, _LONGEST_VALUE)


def names_settings(keys: Iterable[str], least: int = _LEAST_KNOWN) -> bool:
    """Tell whether keys name settings of a training: so many at least that rows of results do not hold."""
    known = _known()
    return len({known[last] for key in keys if (last := key.lower().rpartition(".")[2]) in known}) >= least


def settings_named(keys: Iterable[str]) -> dict[str, str]:
    """Return the keys in lower case that name settings which no row of results holds, each with what it means."""
    known = _known()
    return {key: known[key] for key in map(str.lower, keys) if key in known}


def _called(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield the keywords of everything printed as a call: ``Namespace(lr=0.1, name='x')``, over several lines too."""
    for number, match in enumerate(_CALLED.finditer(text)):
        if number >= 8:
            return
        inside = _bracketed(text, match.end() - 1)
        if inside is not None:
            yield {key: scalar(value) for key, value in _KEYWORD.findall(inside) if not _UNSHOWN.match(value)}


def _dictionaries(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield dictionaries of literals that name settings, printed on one line or several."""
    for number, match in enumerate(re.finditer(r"\{\s*['\"]\w", text)):
        if number >= 20:
            return
        inside = _bracketed(text, match.start())
        if inside is None or inside.count("{") > 20:
            continue
        try:
            data = ast.literal_eval(inside)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        flat = flatten(data)[0] if isinstance(data, dict) else {}
        if names_settings(flat):
            yield flat


def _bracketed(text: str, begin: int) -> str | None:
    """Return what stands from a bracket to the one that closes it; None when that is too far."""
    depth = 0
    for place in range(begin, min(len(text), begin + _LONGEST_DUMP)):
        if text[place] in "([{":
            depth += 1
        elif text[place] in ")]}":
            depth -= 1
            if depth == 0:
                return text[begin : place + 1]
    return None


def _blocks(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield blocks of lines of which each is ``key: value`` or ``key = value`` and no key comes twice."""
    block: dict[str, ConfigValue] = {}
    for line in [*text.split("\n", _MOST_LINES)[:_MOST_LINES], ""]:
        match = _PAIR.match(_FRONT.sub("", line)) if len(line) <= 400 else None
        if match is not None and match[1] not in block:
            block[match[1]] = scalar(_DEFAULT.sub("", match[2]))
            continue
        if len(block) >= _LEAST_LINES and names_settings(block):
            yield {key: value for key, value in block.items() if value is not None}
        block = {}


def _listed(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield lines of many ``key=value`` behind a word and a colon: ``train: epochs=100, batch_size=4, cache=``."""
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        if len(line) > _LONGEST_DUMP or line.count("=") < _LEAST_LISTED:
            continue
        found = {key: scalar(value) for key, value in _LISTED.findall(line) if value}
        measured = any(key.lower().endswith("loss") and isinstance(value, float) for key, value in found.items())
        enough = len(found) >= _LEAST_LISTED and 2 * len(found) >= line.count("=")
        if enough and not measured and names_settings(found):
            yield {key: value for key, value in found.items() if value is not None}


def _said(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield the number format where a line of talk names it: ``AMP: checks passed``, ``mixed_precision fp16``."""
    for pattern, value in _SAID:
        match = pattern.search(text)
        if match is not None:
            yield {"precision": value or match[1]}
            return


def _commands(text: str) -> Iterator[dict[str, ConfigValue]]:
    """Yield the settings of lines that start a program: ``python train.py --lr 0.1``."""
    for line in text.split("\n", 40)[:40]:
        match = _COMMAND.search(line) if len(line) <= 4_000 else None
        if match is not None:
            yield settings_of_arguments(match[1].split())


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Return the names of settings that no row of results holds, each with what it means."""
    config = load_names().config
    return {name: fact for fact, names in config.items() if fact not in _IN_ROWS for name in names}
