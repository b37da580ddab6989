"""Plain data from the event stream of PyYAML: iterative, bounded, nothing constructed by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from logdoc.documents.positions import Path, Spot, line_and_column
from logdoc.documents.scalars import INTEGER, resolve_scalar
from logdoc.errors import LogdocError, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator


def yaml_events(text: str, where: str) -> Iterator[Any]:
    """Yield PyYAML's events, from its C parser where there is one; every fault becomes a RuleError with its place."""
    try:
        yield from _parsed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = line_and_column(text, min(mark.index, len(text))) if mark else (1, 1)
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise RuleError(f"this is not valid YAML: {what}.", where=f"{where}:{line}:{column}") from None
    except yaml.reader.ReaderError as error:
        bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        line, column = line_and_column(text, bad.start() if bad else 0)
        raise RuleError(f"this is not valid YAML: {error.reason}.", where=f"{where}:{line}:{column}") from None
    except (yaml.YAMLError, UnicodeError, ValueError) as error:
        raise RuleError(f"this is not valid YAML: {error}.", where=where) from None


def _parsed(text: str) -> Iterator[Any]:
    """Yield PyYAML's events.

    From 6.0.4 on the C parser refuses deep nesting while it looks ahead, before it has told of the levels that it did
    read. The Python parser tells of each, so that the caller's own bound speaks first and names the place.
    """
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    told = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            told += 1
            yield event
    except yaml.MarkedYAMLError as error:
        if loader is yaml.SafeLoader or "nesting depth" not in str(error.problem):
            raise
        yield from islice(yaml.parse(text, Loader=yaml.SafeLoader), told, None)


@dataclass(slots=True)
class _Frame:
    """A container that is being filled."""

    container: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    merge: bool = False


class Builder:
    """Builds plain data from YAML events without recursion.

    With `notes` it is tolerant, without it every oddity is an error.
    """

    def __init__(
        self, where: str, text: str, *, max_depth: int, max_nodes: int, notes: list[str] | None = None
    ) -> None:
        self.root: Any = None
        self.values: dict[Path, Spot] = {}
        self.keys: dict[Path, Spot] = {}
        self._where = where
        self._text = text
        self._max_depth = max_depth
        self._max_nodes = max_nodes
        self._notes = notes
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Any] = {}
        self._documents = 0
        self._nodes = 0

    def take(self, event: Any) -> None:
        """Take the next event of the stream."""
        if isinstance(event, yaml.ScalarEvent):
            self._check_node(event)
            self._take_scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._check_node(event)
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(event, "a second document starts here; a file holds one.")

    def _error(self, event: Any, what: str) -> LogdocError:
        mark = event.start_mark
        return RuleError(what, where=f"{self._where}:{mark.line + 1}:{mark.column + 1}")

    def _object_to(self, event: Any, what: str) -> None:
        """Raise when strict, note when tolerant (at most 20 notes a file)."""
        if self._notes is None:
            raise self._error(event, what)
        if len(self._notes) < 20:
            self._notes.append(f"line {event.start_mark.line + 1}: {what}")

    def _check_node(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > self._max_nodes:
            raise self._error(event, f"the file holds more than {self._max_nodes} values.")
        if len(self._stack) >= self._max_depth and not isinstance(event, yaml.ScalarEvent):
            raise self._error(event, f"the file is nested deeper than {self._max_depth} levels.")
        if event.tag is not None:
            self._object_to(event, f"the tag '{event.tag[:80]}' is not read.")
        if event.anchor is not None and self._notes is None:
            raise self._error(event, f"the anchor '&{event.anchor[:80]}' is not allowed; write the value out.")

    def _take_scalar(self, event: Any) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._take_key(frame, event)
            return
        plain = event.implicit[0] and not event.style
        value = resolve_scalar(event.value) if plain or (event.tag is not None and not event.style) else event.value
        if event.tag is not None and not event.value:
            value = event.tag.rpartition(":")[2]  # ``!!python/name:torch.nn.ReLU ''`` says all it has to say in its tag
        if plain and isinstance(value, float) and INTEGER.match(event.value):
            self._object_to(event, f"an integer of {len(event.value)} digits is too long.")
        self._add(event, value)

    def _take_key(self, frame: _Frame, event: Any) -> None:
        key = event.value
        path = (*frame.path, key)
        if key == "<<" and not event.style:
            if self._notes is None:
                raise self._error(event, "the merge key '<<' is not allowed; write the keys out.")
            frame.merge = True
        elif key in frame.container:
            first = self.keys[path].line if path in self.keys else 0
            self._object_to(event, f"the key '{key[:80]}' stands here for the second time (first in line {first}).")
        frame.key = key
        self.keys[path] = self._spot(event)

    def _open(self, event: Any) -> None:
        container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            if self._notes is None:
                raise self._error(event, "a list or mapping can not be a key.")
            self._object_to(event, "a list or mapping used as a key was skipped.")
            frame.key = f"[key in line {event.start_mark.line + 1}]"
            # What stands below the odd key is read and dropped; the next node is then its value.
            self._stack.append(_Frame(container, (*frame.path, frame.key)))
            return
        path = self._add(event, container)
        self._stack.append(_Frame(container, path))

    def _take_alias(self, event: Any) -> None:
        if self._notes is None:
            raise self._error(event, f"the alias '*{event.anchor[:80]}' is not allowed; write the value out.")
        self._nodes += 1
        value = self._anchors.get(event.anchor)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            frame.key = str(value)[:80] if not isinstance(value, dict | list) else f"*{event.anchor}"
            return
        if any(open_frame.container is value for open_frame in self._stack):
            self._object_to(event, f"the alias '*{event.anchor[:80]}' stands for something that holds itself; skipped.")
            value = None
        self._add(event, value)

    def _add(self, event: Any, value: Any) -> Path:
        frame = self._stack[-1] if self._stack else None
        path: Path = ()
        if frame is None:
            self.root = value
        elif isinstance(frame.container, list):
            path = (*frame.path, len(frame.container))
            frame.container.append(value)
        else:
            key = frame.key if frame.key is not None else ""
            path = (*frame.path, key)
            if frame.merge:
                self._merge(frame.container, value)
            else:
                frame.container[key] = value
            frame.key, frame.merge = None, False
        self.values[path] = self._spot(event)
        if getattr(event, "anchor", None) is not None and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = value
        return path

    def _merge(self, target: dict[str, Any], value: Any) -> None:
        for source in value if isinstance(value, list) else [value]:
            if isinstance(source, dict):
                self._nodes += len(source)
                if self._nodes <= self._max_nodes:
                    target.update({key: item for key, item in source.items() if key not in target})

    @staticmethod
    def _spot(event: Any) -> Spot:
        start, end = event.start_mark, event.end_mark
        return Spot(start.line + 1, start.column + 1, start.index, end.index, getattr(event, "style", None) or "")
