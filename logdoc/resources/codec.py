"""Plain objects as JSON and back: what was read from files and checked, so that it need not be checked again.

Data only: numbers, texts, lists, mappings, patterns, and dataclasses of logdoc by name, whose fields are filled and of
whose code nothing runs but their own constructor. What was a validated model comes back as a `Record`, without the
library that validated it.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_KEPT = {"kept": False}  # metadata of a dataclass field that is made anew rather than kept

_LARGE = 400  # characters
_PACKAGE = "logdoc."


class Record:
    """The fields of a validated model, as attributes; each is decoded when it is first asked for."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.__dict__["_fields"] = fields

    def __getattr__(self, name: str) -> Any:
        fields: Mapping[str, Any] = self.__dict__["_fields"]
        if name not in fields:
            raise AttributeError(f"there is no field '{name}'")
        value = self.__dict__[name] = decode(fields[name])
        return value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a record cannot be changed")

    def __repr__(self) -> str:
        return f"Record({self.__dict__['_fields'].get('id', '')!r})"


def encode(value: Any) -> Any:
    """Return a value as what JSON can hold.

    Raises:
        TypeError: it holds something else than plain data.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [encode(one) for one in value]
    if isinstance(value, tuple):
        return {"!t": [encode(one) for one in value]}
    if isinstance(value, set | frozenset):
        return {"!f": sorted(encode(one) for one in value)}
    if isinstance(value, re.Pattern):
        return {"!p": [value.pattern, value.flags]}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("!") for key in value):
            return {key: encode(one) for key, one in value.items()}
        return {"!d": [[encode(key), encode(one)] for key, one in value.items()]}
    kind = type(value)
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith(_PACKAGE):
        fields = [f.name for f in dataclasses.fields(kind) if f.init and f.metadata.get("kept", True)]
        return {
            "!c": f"{kind.__module__}:{kind.__qualname__}",
            "!v": {name: encode(getattr(value, name)) for name in fields},
        }
    if hasattr(kind, "model_fields"):
        return {"!r": {name: _part(encode(getattr(value, name))) for name in kind.model_fields}}
    if isinstance(value, Record):
        return {"!r": value.__dict__["_fields"]}
    raise TypeError(f"a {kind.__name__} cannot be kept")


def _part(data: Any) -> Any:
    """Return a large part of a record as a text, which costs little until it is asked for."""
    if not isinstance(data, list | dict):
        return data
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return {"!j": text} if len(text) > _LARGE else data


def decode(data: Any) -> Any:
    """Return what was encoded.

    Raises:
        ValueError: it was not written by `encode`.
    """
    if isinstance(data, list):
        return [decode(one) for one in data]
    if not isinstance(data, dict):
        return data
    if len(data) <= 2 and (mark := next(iter(data), "")) in _BUILDERS:
        return _BUILDERS[mark](data)
    return {key: decode(one) for key, one in data.items()}


@lru_cache(maxsize=256)
def _class(name: str) -> Any:
    module, _, path = name.partition(":")
    if not module.startswith(_PACKAGE):
        raise ValueError(f"'{module}' is no module of logdoc")
    found: Any = getattr(importlib.import_module(module), path, None)
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise ValueError(f"'{name}' is no dataclass")
    return found


_BUILDERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "!r": lambda data: Record(data["!r"]),
    "!j": lambda data: decode(json.loads(data["!j"])),
    "!t": lambda data: tuple(decode(one) for one in data["!t"]),
    "!c": lambda data: _class(data["!c"])(**{name: decode(one) for name, one in data["!v"].items()}),
    "!f": lambda data: frozenset(decode(one) for one in data["!f"]),
    "!p": lambda data: re.compile(data["!p"][0], data["!p"][1]),
    "!d": lambda data: {decode(key): decode(one) for key, one in data["!d"]},
}
