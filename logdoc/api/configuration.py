"""The configuration of a project: ``logdoc.toml``, or ``[tool.logdoc]`` in ``pyproject.toml``.

The closest file wins, from the working folder upward, and only that one is read; in one folder ``logdoc.toml`` comes
before ``pyproject.toml``. Paths in it are relative to its folder. Only the command line looks for it: a call of
`logdoc.analyze` depends on its arguments alone.
"""

from __future__ import annotations

import dataclasses
import datetime
import tomllib
from typing import TYPE_CHECKING, Any

from logdoc.errors import ConfigError, suggest
from logdoc.judging.accepting import Acceptance
from logdoc.redaction import cut
from logdoc.resources.files import read_text

if TYPE_CHECKING:
    from pathlib import Path

NAME = "logdoc.toml"
_FAIL_ON = ("error", "warning", "info", "never")


@dataclasses.dataclass(frozen=True, slots=True)
class Configuration:
    """What a project has decided once; an option on the command line wins over it.

    Attributes:
        place: the file, or None without one.
        fail_on: from which severity on the exit code is 1.
        rules: folders with further rules.
        settings: ``rule.parameter -> value``.
        mapping: ``role -> name as logged``.
        select: only these rules or tags.
        ignore: not these rules or tags.
        input_format: read everything as this format.
        overfit_test: every run overfits a small set on purpose.
        strict: lost data and unreadable files have an exit code of their own.
        baseline: the file of known findings.
        output: reports to write.
        accept: findings that a person accepts.
    """

    place: Path | None = None
    fail_on: str | None = None
    rules: tuple[Path, ...] = ()
    settings: dict[str, str] = dataclasses.field(default_factory=dict)
    mapping: dict[str, str] = dataclasses.field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    input_format: str | None = None
    overfit_test: bool = False
    strict: bool = False
    baseline: Path | None = None
    output: tuple[Path, ...] = ()
    accept: tuple[Acceptance, ...] = ()


def find(start: Path) -> Path | None:
    """Return the closest configuration file from a folder upward, or None.

    Raises:
        ConfigError: a ``pyproject.toml`` on the way that speaks of logdoc is no TOML.
    """
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / NAME).is_file():
            return folder / NAME
        project = folder / "pyproject.toml"
        if project.is_file() and _mentions(project) and "logdoc" in _tool(_parsed(project)):
            return project
    return None


def _mentions(project: Path) -> bool:
    """Whether a file speaks of logdoc at all: one that does not is nobody's business here, be it TOML or not."""
    try:
        return b"logdoc" in project.read_bytes()
    except OSError:
        return False


def read(path: Path) -> Configuration:
    """Return the configuration of one file.

    Raises:
        ConfigError: it cannot be read, or says something that logdoc does not know.
    """
    data = _parsed(path)
    table = _tool(data).get("logdoc", {}) if path.name == "pyproject.toml" else data
    if not isinstance(table, dict):
        raise ConfigError("[tool.logdoc] is not a table", where=str(path))
    unknown = [key for key in table if key not in _KEYS]
    if unknown:
        hint = suggest(unknown[0], _KEYS) or f"Known are {', '.join(sorted(_KEYS))}."
        raise ConfigError(f"there is no setting '{unknown[0]}'", where=str(path), hint=hint)
    values = {_KEYS[key][0]: _checked(key, value, path) for key, value in table.items()}
    return Configuration(place=path, **values)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path)) from None
    except (ValueError, RecursionError) as error:  # not only its own: numbers of thousands of digits, deep nesting
        raise ConfigError(f"this is not TOML: {error}", where=str(path)) from None


def _tool(data: dict[str, Any]) -> dict[str, Any]:
    tool = data.get("tool", {})
    return tool if isinstance(tool, dict) else {}


# key in the file -> (attribute, what it has to be)
_KEYS = {
    "fail-on": ("fail_on", "severity"),
    "rules": ("rules", "paths"),
    "set": ("settings", "table"),
    "map": ("mapping", "table"),
    "select": ("select", "texts"),
    "ignore": ("ignore", "texts"),
    "input-format": ("input_format", "text"),
    "overfit-test": ("overfit_test", "truth"),
    "strict": ("strict", "truth"),
    "baseline": ("baseline", "path"),
    "output": ("output", "paths"),
    "accept": ("accept", "acceptances"),
}


def _checked(key: str, value: Any, path: Path) -> Any:
    kind = _KEYS[key][1]
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    scalars = (str, int, float)
    if kind == "severity" and value in _FAIL_ON:
        return value
    if kind == "text" and isinstance(value, str):
        return value
    if kind == "path" and isinstance(value, str):
        return path.parent / value
    if kind == "truth" and isinstance(value, bool):
        return value
    if kind == "texts" and texts:
        return tuple(value)
    if kind == "paths" and texts:
        return tuple(path.parent / one for one in value)
    if kind == "table" and isinstance(value, dict) and all(isinstance(one, scalars) for one in value.values()):
        return {name: str(one) for name, one in value.items()}
    if kind == "acceptances" and isinstance(value, list):
        return tuple(_acceptance(row, number, path) for number, row in enumerate(value, 1))
    raise ConfigError(f"'{key}' is not {_WANTED[kind]}: {cut(str(value), 80)!r}", where=str(path))


_WANTED = {
    "severity": f"one of {', '.join(_FAIL_ON)}",
    "text": "a text",
    "path": "a path",
    "truth": "true or false",
    "texts": "a list of texts",
    "paths": "a list of paths",
    "table": 'a table of names and values with the names in quotes, such as {"train.loss" = "my/loss"}',
    "acceptances": "a list of tables, [[accept]]",
}


def _acceptance(row: Any, number: int, path: Path) -> Acceptance:
    """Return one entry; TOML has dates of its own, and a date in quotes is one, too."""
    where = f"{path}: [[accept]] number {number}"
    if not isinstance(row, dict):
        raise ConfigError("an acceptance is a table", where=where)
    names = {field.name for field in dataclasses.fields(Acceptance)}
    for name in row:
        if name not in names:
            raise ConfigError(f"there is no setting '{name}'", where=where, hint=suggest(name, names))
    for name in ("fingerprint", "run", "rule", "because"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise ConfigError(f"it has no '{name}'", where=where, hint="`logdoc accept` writes such an entry whole.")
    return Acceptance(row["fingerprint"], row["run"], row["rule"], row["because"], day(row.get("until"), where))


def day(value: object, where: str) -> datetime.date | None:
    """Return a day given as a date or as a text such as ``2027-01-31``; None for None.

    Raises:
        ConfigError: it is none.
    """
    if value is None or (isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise ConfigError(f"'{value}' is not a day", where=where, hint="Write it as 2027-01-31.") from None
