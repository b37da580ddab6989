"""A loaded document and the place of everything in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: 1-based line and column, the span in the text, and how the scalar was written."""

    line: int
    column: int
    start: int
    end: int
    style: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data, with the place of everything in it.

    Attributes:
        data: dictionaries with text keys, lists and scalars; None for an empty file.
        where: name of the file, for errors.
        text: the file as read.
    """

    data: Any
    where: str
    text: str
    _values: Mapping[Path, Spot] = field(default_factory=dict, repr=False)
    _keys: Mapping[Path, Spot] = field(default_factory=dict, repr=False)

    def position(self, path: Path = ()) -> tuple[int, int]:
        """Return line and column (1-based) of the value at the path, or of the nearest enclosing value that exists."""
        return self._nearest(self._values, path)

    def key_position(self, path: Path) -> tuple[int, int]:
        """Return line and column (1-based) of the key that ends the path; of the value where it is a list's item."""
        return self._nearest({**self._values, **self._keys} if path in self._keys else self._values, path)

    def text_position(self, path: Path, offset: int = 0) -> tuple[int, int]:
        """Return line and column (1-based) of character `offset` of the scalar at the path.

        Works for every scalar style, folded and block scalars included; a scalar written with escapes is placed at
        its first character.
        """
        spot = self._values.get(path)
        value = _at(self.data, path)
        if spot is None or not isinstance(value, str):
            return self.position(path)
        found = _find_character(self.text, spot, value, offset)
        return (spot.line, spot.column) if found is None else line_and_column(self.text, found)

    def place(self, path: Path = (), offset: int | None = None) -> str:
        """Return ``file:line:column`` of the value at the path, or of one character of its text."""
        line, column = self.position(path) if offset is None else self.text_position(path, offset)
        return f"{self.where}:{line}:{column}"

    def _nearest(self, spots: Mapping[Path, Spot], path: Path) -> tuple[int, int]:
        while path and path not in spots:
            path = path[:-1]
        spot = spots.get(path)
        return (1, 1) if spot is None else (spot.line, spot.column)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return line and column (1-based) of the character at `index`."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _find_character(text: str, spot: Spot, value: str, offset: int) -> int | None:
    """Return the index in the file of character `offset` of a scalar, by walking both in parallel: only blanks and
    quotes may differ.
    """
    at = spot.start
    if spot.style in {"|", ">"}:
        at = text.find("\n", at) + 1
    elif spot.style in {"'", '"'}:
        at += 1
    for char in value[:offset]:
        at = _skip_to(text, at, spot.end, char)
        if at < 0:
            return None
        at += 1
    if offset >= len(value):
        return at
    found = _skip_to(text, at, spot.end, value[offset])
    return None if found < 0 else found


def _skip_to(text: str, at: int, end: int, char: str) -> int:
    """Return the index of the next `char`, or -1 if something else stands before it; a blank may be a line break."""
    if char.isspace():
        return at if at < end and text[at].isspace() else at - 1
    while at < end and text[at] != char:
        if not (text[at].isspace() or text[at] in "'\\"):
            return -1
        at += 1
    return at if at < end else -1
