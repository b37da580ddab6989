"""Files beside a log that hold settings under names of their own: ``sft.yaml``, ``args.txt``, the script that started
the training, the ``.cfg`` of darknet. They are read only where the usual names tell no learning rate, and as text only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.documents import flatten, load_config_yaml, load_json
from logdoc.errors import LogdocError
from logdoc.readers.dumps import names_settings, scalar, settings_in, settings_of_arguments
from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logdoc.model import ConfigValue

MOST = 8  # candidates in a folder; one of more is a store of something else
_TEXTS = re.compile(r"(?:\w+_)?(?:hparams|hyperparams|config|args|params|opts?|options|flags|settings|arguments)\.txt")
_KEY = re.compile(r"^[\s-]*[\"']?([A-Za-z_][\w.\-/]*)[\"']?\s*:", re.MULTILINE)
# What tools keep beside a log that is no setting of the training, or has a reader of its own.
_OTHERS = re.compile(
    r"trainer_state\.json|logdoc\.json|(?:all|train|eval|test|predict)_results\.json|package(?:-lock)?\.json"
    r"|(?:tokenizer|generation|preprocessor)\w*\.json|\w*index\.json|vocab\.json"
)
# Configurations of a launcher, which stand beside those of the training: ds_config.json, deepspeed_zero2.json.
_LAUNCHER = re.compile(r"(?:.*[_.\-])?(?:ds|deepspeed|zero)\w*(?:[.\-]\w+)*\.json|.*config.*\.json")
_OF_LAUNCHER = re.compile(r"(?:zero_optimization|fp16|bf16)\.\w+|train_micro_batch_size_per_gpu")
_LINE = re.compile(r"-{0,2}([A-Za-z_][\w.\-/]{0,60})\s*[,=:\t]\s*(.*)")
_MOSTLY = 0.8  # of the lines
_CONTINUED = re.compile(r"\\\r?\n")
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=([^\s;&|]+)\s*$", re.MULTILINE)
_NAMED = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_PROGRAM = re.compile(r"\.py\s|\s(?=--?[A-Za-z])")
_NET = re.compile(r"^\s*\[net(?:work)?\]\s*$", re.IGNORECASE | re.MULTILINE)
_DARKNET = {"decay": "weight_decay"}
_OF_IMAGES = frozenset(("width", "height", "channels"))


def kind_of(name: str) -> str:
    """Return what a file of this name may hold: ``yaml``, ``json``, ``text``, ``script`` or ``darknet``; else ""."""
    lower = name.lower()
    ending = lower.rpartition(".")[2] if "." in lower else ""
    if _OTHERS.fullmatch(lower) or lower.startswith("."):
        return ""
    if ending == "txt":
        return "text" if _TEXTS.fullmatch(lower) else ""
    return {"yaml": "yaml", "yml": "yaml", "json": "json", "sh": "script", "cfg": "darknet"}.get(ending, "")


def tells_rate(config: Iterable[str]) -> bool:
    """Tell whether one of the keys of a configuration is that of the learning rate."""
    return any(key.lower().rpartition(".")[2] in load_names().config["lr"] for key in config)


def settings_of(texts: Iterable[tuple[str, str]]) -> tuple[dict[str, ConfigValue], list[str]]:
    """Return the settings that files hold, by (name, text), and the names of those that they come from.

    Two files of one kind may be of two trainings; then neither is taken.
    """
    by_kind: dict[str, list[tuple[str, dict[str, ConfigValue]]]] = {}
    for name, text in texts:
        held = _read(kind_of(name), text, name)
        if _is_of_training(held):
            by_kind.setdefault(kind_of(name), []).append((name, held))
    found: dict[str, ConfigValue] = {}
    names = []
    for one, *more in by_kind.values():
        if not more:
            names.append(one[0])
            found = {**one[1], **found}
    return found, names


def may_be_of_launcher(name: str) -> bool:
    """Tell whether a file is named as a configuration of DeepSpeed may be."""
    return _LAUNCHER.fullmatch(name.lower()) is not None and kind_of(name) == "json"


def of_launcher(name: str, text: str) -> dict[str, ConfigValue]:
    """Return what a file holds that is named and written as a configuration of DeepSpeed; nothing of another."""
    if not may_be_of_launcher(name):
        return {}
    held = _read("json", text, name)
    return held if any(_OF_LAUNCHER.fullmatch(key) for key in held) else {}


def _read(kind: str, text: str, name: str) -> dict[str, ConfigValue]:
    if kind == "yaml":
        # Most files beside a log are something else, which their keys tell without a parser.
        return load_config_yaml(text, where=name)[0] if _is_of_training(_KEY.findall(text)) else {}
    if kind == "json":
        try:
            data = load_json(text, where=name)
        except LogdocError:
            return {}
        return flatten(data)[0] if isinstance(data, dict) else {}
    if kind == "script":
        return _of_script(text)
    return _of_darknet(text) if kind == "darknet" else _of_lines(text)


def _is_of_training(settings: Iterable[str]) -> bool:
    keys = list(settings)
    return names_settings(keys) or (tells_rate(keys) and names_settings(keys, least=1))


def _of_lines(text: str) -> dict[str, ConfigValue]:
    """Return the settings of a text of lines: ``key,value``, ``key: value``, or what programs print of them."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [match for line in lines if (match := _LINE.fullmatch(line)) is not None]
    if lines and len(matches) >= _MOSTLY * len(lines):
        return {match[1]: scalar(match[2]) for match in reversed(matches)}
    return settings_in(text)


def _of_script(text: str) -> dict[str, ConfigValue]:
    """Return the settings of the first command of a script that has some; its own variables are put in."""
    variables = {name: value.strip("'\"") for name, value in _ASSIGNED.findall(text)}
    for line in _CONTINUED.sub(" ", text).splitlines():
        plain = line.partition(" #")[0]
        begin = _PROGRAM.search(plain)
        if begin is None or plain.lstrip().startswith("#"):
            continue
        filled = _NAMED.sub(lambda found: variables.get(found[1], found[0]), plain[begin.end() :])
        found = settings_of_arguments(filled.replace("'", "").replace('"', "").split())
        if _is_of_training(found):
            return {key: value for key, value in found.items() if "$" not in str(value)}
    return {}


def _of_darknet(text: str) -> dict[str, ConfigValue]:
    """Return the settings of the section ``[net]``, of which the first of two values counts; the others are layers."""
    begin = _NET.search(text)
    found: dict[str, ConfigValue] = {}
    for line in text[begin.end() :].splitlines() if begin is not None else ():
        if line.lstrip().startswith("["):
            break
        match = _LINE.fullmatch(line.partition("#")[0].strip())
        if match is not None and match[1] not in _OF_IMAGES:
            found.setdefault(_DARKNET.get(match[1], match[1]), scalar(match[2]))
    return found
