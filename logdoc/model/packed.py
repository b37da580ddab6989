"""A run's analysis as few bytes, and back without loss: to keep many of them, to hand them from process to process,
and to find them again in a later call. Plain JSON, compressed; nothing in it is ever run.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import zlib
from functools import lru_cache
from itertools import accumulate
from typing import Any

from logdoc.model.analysis import (
    Cause,
    Chart,
    Curve,
    Fact,
    Finding,
    HeatMap,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    SilentRule,
    Suggestion,
)
from logdoc.model.citation import Citation
from logdoc.model.run import Defect

# Tables of runs need the rest of a run only.
_HEAVY = ("context", "config", "names", "not_judged", "not_applicable", "clear", "curves", "maps")
_CLASSES: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(Cause, Chart, Citation, Curve, Defect, Fact, Finding, HeatMap, Possibility, Reason, Remedy, RunAnalysis),
        *(SilentRule, Suggestion),
    )
}
_REMEMBERED = 128  # parts of runs; whoever goes through a report asks for the same run several times in a row


def plain(value: Any) -> Any:
    """Return an object of the analysis as lists, texts and numbers; fields in their order, names left out.

    Args:
        value: one of the frozen classes of `logdoc.model`.
    """
    kind: Any = type(value)
    return [_packer(how)(getattr(value, name)) for name, how in _fields(kind)]


def restored(kind: Any, data: Any) -> Any:
    """Return the object of a class that `plain` took apart.

    Raises:
        ValueError, TypeError, KeyError: it was not made by `plain` of this version.
    """
    fields = _fields(kind)
    if not isinstance(data, list) or len(data) != len(fields):
        raise ValueError(f"this is no {kind.__name__}")
    return kind(*[_unpacker(how)(part) for (_, how), part in zip(fields, data, strict=True)])


@lru_cache(maxsize=64)
def _fields(kind: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, str(field.type)) for field in dataclasses.fields(kind))


@lru_cache(maxsize=256)
def _packer(how: str) -> Any:
    """Return what takes a field of this type apart: its annotation says what is in it."""
    many = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", how)
    if many and many[1] == "SilentRule":  # ids, titles, reasons: what is alike compresses better side by side
        return lambda value: [list(column) for column in zip(*map(plain, value), strict=True)]
    if many and many[1] in _CLASSES:
        return lambda value: [plain(one) for one in value]
    if how == "Mapping[str, Fact]":
        return lambda value: {name: plain(one) for name, one in value.items()}
    if how.startswith("Mapping["):
        return dict
    if how == "tuple[int, ...]":  # steps: how far each is from the one before is shorter and compresses far better
        return lambda value: [one - before for before, one in zip((0, *value), value, strict=False)]
    return _short if how == "tuple[float, ...]" else lambda value: value


def _short(values: tuple[float, ...]) -> dict[str, list[Any]]:
    """Return values that are exact in 32 bits, as most writers keep them, as what their bits are beyond those of the
    value before: neighbours share most of them, which compresses better than their digits. Others stay as they are.
    """
    import numpy as np

    whole = np.array(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        singles = whole.astype(np.float32)
    if not np.array_equal(singles.astype(np.float64), whole, equal_nan=True):
        return {"64": list(values)}
    return {"32": np.diff(singles.view(np.int32).astype(np.int64), prepend=0).tolist()}


def _of_32_bits(bits: list[int]) -> tuple[float, ...]:
    import numpy as np

    return tuple(np.cumsum(bits, dtype=np.int64).astype(np.int32).view(np.float32).astype(np.float64).tolist())


@lru_cache(maxsize=256)
def _unpacker(how: str) -> Any:
    many = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", how)
    if many and many[1] == "SilentRule":
        return lambda data: tuple(map(_silent, *data)) if data else ()
    if many and many[1] in _CLASSES:
        kind = _CLASSES[many[1]]
        return lambda data: tuple(restored(kind, one) for one in data)
    if how == "Mapping[str, Fact]":
        return lambda data: {name: restored(Fact, one) for name, one in data.items()}
    if how.startswith("tuple[tuple["):
        return lambda data: tuple(tuple(one) for one in data)
    if how == "tuple[int, ...]":
        return lambda data: tuple(accumulate(data))
    if how == "tuple[float, ...]":
        return lambda data: _of_32_bits(data["32"]) if "32" in data else tuple(data["64"])
    if how.startswith("tuple["):
        return lambda data: None if data is None else tuple(data)
    return lambda data: data


@lru_cache(maxsize=8192)
def _silent(*fields: Any) -> SilentRule:
    """A rule that does not fire says mostly the same in every run: one object stands for all."""
    return SilentRule(*fields)


def squeezed(parts: list[Any]) -> bytes:
    """Return a list of plain data as compressed JSON. Every part ends a block of the compression, which gives numbers
    other codes than words: a thirtieth shorter, as fast.
    """
    squeezing = zlib.compressobj(6)
    blob = [squeezing.compress(b"[")]
    for i, part in enumerate(parts):
        text = json.dumps(part, separators=(",", ":"), default=_number)
        blob += [squeezing.compress(f"{',' if i else ''}{text}".encode("ascii")), squeezing.flush(zlib.Z_BLOCK)]
    return b"".join([*blob, squeezing.compress(b"]"), squeezing.flush()])


def unsqueezed(blob: bytes) -> Any:
    """Return what was squeezed.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return json.loads(zlib.decompress(blob))
    except (zlib.error, RecursionError) as error:
        raise ValueError(f"the packed run is damaged: {error}") from None


def _number(value: Any) -> Any:
    """Return a number of NumPy as one of Python."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be packed")


class PackedRun(RunAnalysis):
    """A run whose parts are unpacked when they are asked for: a tenth of the memory, the same to every reader."""

    __slots__ = ("_heavy", "_id", "_light")
    _id: str
    _light: bytes
    _heavy: bytes

    def __init__(self, name: str, light: bytes, heavy: bytes) -> None:
        for slot, value in (("_id", name), ("_light", light), ("_heavy", heavy)):
            object.__setattr__(self, slot, value)

    def renamed(self, name: str) -> PackedRun:
        """Return the same run under another id."""
        return PackedRun(name, self._light, self._heavy)

    def finding(self, findings: tuple[Finding, ...]) -> PackedRun:
        """Return the same run with other findings."""
        return packed(dataclasses.replace(self.unpacked(), findings=findings))

    def written(self) -> list[str]:
        """Return the run as texts."""
        return [self._id, *(base64.b64encode(blob).decode("ascii") for blob in (self._light, self._heavy))]

    @classmethod
    def read(cls, texts: list[str]) -> PackedRun:
        """Return a run that was written.

        Raises:
            ValueError, TypeError: it was not.
        """
        name, light, heavy = texts
        if not isinstance(name, str):
            raise TypeError("the id of a run is a text")
        return cls(name, base64.b64decode(light), base64.b64decode(heavy))

    def unpacked(self) -> RunAnalysis:
        """Return it as any other run."""
        return RunAnalysis(**{field.name: getattr(self, field.name) for field in dataclasses.fields(RunAnalysis)})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunAnalysis):
            return NotImplemented
        return self.unpacked() == (other.unpacked() if isinstance(other, PackedRun) else other)

    def __hash__(self) -> int:
        return hash((self._id, self._light))

    def __repr__(self) -> str:
        return f"PackedRun({self._id!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (PackedRun, (self._id, self._light, self._heavy))


def packed(run: RunAnalysis) -> PackedRun:
    """Return the run packed; one that is already is returned as it is."""
    if isinstance(run, PackedRun):
        return run
    light: list[Any] = []
    heavy: list[Any] = []
    for name, how in _fields(RunAnalysis):
        (heavy if name in _HEAVY else light).append(_packer(how)(getattr(run, name)))
    return PackedRun(run.id, squeezed(light), squeezed(heavy))


@lru_cache(maxsize=_REMEMBERED)
def _parts(blob: bytes, heavy: bool) -> dict[str, Any]:
    fields = [field for field in _fields(RunAnalysis) if (field[0] in _HEAVY) == heavy]
    data = unsqueezed(blob)
    if not isinstance(data, list) or len(data) != len(fields):
        raise ValueError("this is no packed run")
    return {name: _unpacker(how)(part) for (name, how), part in zip(fields, data, strict=True)}


def _part(name: str) -> property:
    if name == "id":
        return property(lambda run: run._id)
    if name in _HEAVY:
        return property(lambda run: _parts(run._heavy, True)[name])
    return property(lambda run: _parts(run._light, False)[name])


for _name, _ in _fields(RunAnalysis):
    setattr(PackedRun, _name, _part(_name))
