"""Safe loading of YAML and JSON: no objects, no expansion, no recursion, every error with its place.

Rule files go through `load_yaml`, which is strict: YAML 1.2 core scalars, no duplicate key, no anchor, alias, merge
key or tag.
Files that other programs wrote beside a log go through `load_config_yaml`, which is tolerant and bounded. Both build
plain data from the
event stream of PyYAML, so that nothing is ever constructed by name and a merge bomb or a nesting of 100,000 levels
costs nothing.
"""

from __future__ import annotations

import json
import re
from typing import Any

from logdoc.documents.positions import Document, Path, line_and_column
from logdoc.documents.scalars import Scalar, bounded_int, resolve_scalar
from logdoc.errors import ReadError, RuleError

__all__ = ["Document", "Path", "Scalar", "flatten", "load_config_yaml", "load_json", "load_yaml", "resolve_scalar"]

MAX_SIZE = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 100_000

_JSON_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def load_yaml(
    text: str, *, where: str, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH, max_nodes: int = MAX_NODES
) -> Document:
    """Load one YAML 1.2 (core schema) document strictly; mapping keys are always text.

    Raises:
        RuleError: with ``file:line:column``, for a syntax error, a duplicate key, an anchor, alias, merge key or
            tag, a second document, or
            a file over `max_size` characters, `max_depth` levels or `max_nodes` values.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > max_size:
        raise RuleError(f"the file holds {len(text)} characters; at most {max_size} are read.", where=where)
    from logdoc.documents.building import Builder, yaml_events

    builder = Builder(where, text, max_depth=max_depth, max_nodes=max_nodes)
    for event in yaml_events(text, where):
        builder.take(event)
    return Document(builder.root, where, text, builder.values, builder.keys)


def load_json(text: str, *, where: str = "", max_size: int = 64 << 20, max_depth: int = 100) -> Any:
    """Load JSON; ``NaN``, ``Infinity`` and control characters in texts are accepted, integers of over 300 digits
    become floats.

    Raises:
        ReadError: with ``file:line:column``, for a syntax error, or a text over `max_size` characters or `max_depth`
            levels.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > max_size:
        raise ReadError(f"the JSON text holds {len(text)} characters; at most {max_size} are read.", where=where)
    depth = 0
    for match in _JSON_BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
        if depth > max_depth:
            line, column = line_and_column(text, match.start())
            raise ReadError(
                f"the JSON text is nested deeper than {max_depth} levels.", where=f"{where}:{line}:{column}"
            )
    try:
        return json.loads(text, parse_int=bounded_int, strict=False)
    except json.JSONDecodeError as error:
        raise ReadError(
            f"this is not valid JSON: {error.msg}.", where=f"{where}:{error.lineno}:{error.colno}"
        ) from None


def load_config_yaml(text: str, *, where: str = "", max_size: int = MAX_SIZE) -> tuple[dict[str, Scalar], list[str]]:
    """Load a configuration that another program wrote, as flat ``a.b.c -> scalar``, with notes about what was not
    understood.

    Tags are never acted upon (``!!python/object`` and the like are read as the plain data below them), aliases and
    merge keys are followed
    without being expanded beyond a budget, and a file that breaks off in the middle yields what stands before the
    fault.
    """
    from logdoc.documents.building import Builder, yaml_events

    notes: list[str] = []
    text = text.removeprefix("\ufeff")
    if len(text) > max_size:
        return {}, [f"{where}: holds {len(text)} characters; at most {max_size} are read"]
    builder = Builder(where, text, max_depth=MAX_DEPTH, max_nodes=MAX_NODES, notes=notes)
    try:
        for event in yaml_events(text, where):
            builder.take(event)
    except RuleError as error:
        notes.append(str(error))
    flat, more = flatten(builder.root)
    return flat, notes + more


def flatten(
    data: Any, *, max_keys: int = 2_000, max_list: int = 16, max_text: int = 2_000, max_visits: int = 50_000
) -> tuple[dict[str, Scalar], list[str]]:
    """Return nested data as flat ``a.b.c -> scalar`` and notes about what was skipped.

    A W&B entry ``{desc: ..., value: x}`` counts as x, and W&B's own keys are left out. A list of at most `max_list`
    scalars becomes its
    JSON text, a list of mappings is numbered (``optimizer.0.lr``), longer ones are skipped. Tuples and sets count as
    lists, and what is no scalar at all, a date or bytes, as its text.
    """
    flat: dict[str, Scalar] = {}
    notes: list[str] = []
    stack: list[tuple[str, Any, int]] = [("", data, 0)]
    visits = 0
    while stack:
        key, value, depth = stack.pop()
        visits += 1
        if visits > max_visits or len(flat) >= max_keys:
            notes.append(f"only the first {len(flat)} keys were read")
            break
        if depth > MAX_DEPTH:
            notes.append(f"{key[:80]} is nested deeper than {MAX_DEPTH} levels and was skipped")
            continue
        if isinstance(value, tuple | set | frozenset):
            value = list(value)
        if isinstance(value, dict):
            if "value" in value and value.keys() <= {"desc", "value"}:
                stack.append((key, value["value"], depth + 1))
                continue
            for name, child in reversed(list(value.items())[: max_keys + 1]):
                if not (depth == 0 and name in {"_wandb", "wandb_version"}):
                    stack.append((f"{key}.{name}" if key else str(name), child, depth + 1))
        elif isinstance(value, list):
            if len(value) > max_list:
                notes.append(f"{key or 'the top level'} is a list of {len(value)} items and was skipped")
            elif any(isinstance(item, dict | list | tuple | set) for item in value):
                stack.extend(
                    (f"{key}.{i}" if key else str(i), item, depth + 1) for i, item in reversed(list(enumerate(value)))
                )
            else:
                flat[key] = json.dumps(value, default=str)[:max_text]
        elif key:
            plain = value if isinstance(value, bool | int | float | None) else str(value)[:max_text]
            flat[key] = plain
    return flat, notes
