"""Histories saved with pickle, and NumPy's object arrays: the instructions are walked, and nothing is ever unpickled.

A pickle is a program for a small stack machine. Here only the instructions that build dicts, lists, tuples, numbers and
texts are understood, and of calls those by which NumPy arrays and scalars are written, which are carried out by this
module itself: no name in the file is ever imported. Everything else is refused by its name.
"""

from __future__ import annotations

import pickletools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_OPERATIONS = 5_000_000
MAX_VALUES = 5_000_000  # a value may be meant many times over; so many are followed
_MAX_DEPTH = 8
_MARK = object()


class PickleRefusedError(ValueError):
    """The pickle holds something else than plain values; the message names it."""


class PickleDamagedError(PickleRefusedError):
    """What began like a saved history is cut short or damaged: data were lost."""


class _Name(NamedTuple):
    """Something that the file names and that is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"[:120]


class _Array:
    """A NumPy array under construction: its values come with a later instruction."""

    def __init__(self, values: Any = None) -> None:
        self.values = values


class _Kind:
    """A NumPy type: the code of a plain number, or ``O`` for objects."""

    def __init__(self, code: str) -> None:
        if code not in _KINDS:
            raise PickleRefusedError(f"an array of the type '{code[:20]}'")
        self.code = code
        self.order = "<"


_KINDS = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "O8", "O4", "O"})
_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric", "numpy")


def plain_values(data: bytes) -> Any:
    """Return what a pickle holds as dicts, lists, numbers, texts and None; tuples and arrays become lists.

    Raises:
        PickleRefusedError: it holds anything else, is damaged, or is larger than the bounds.
    """
    try:
        return _plain(_walk(data), _Budget(), 0)
    except PickleRefusedError:
        raise
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise PickleDamagedError(f"a damaged pickle ({type(error).__name__}: {cut(str(error), 80)})") from None


class _Budget:
    def __init__(self) -> None:
        self.left = MAX_VALUES

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise PickleRefusedError(f"more than {MAX_VALUES:,} values")


def _plain(value: Any, budget: _Budget, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise PickleRefusedError(f"values nested more than {_MAX_DEPTH} levels deep")
    budget.take(1)
    if isinstance(value, _Array):
        value = value.values
    if isinstance(value, dict):
        budget.take(len(value))
        return {cut(str(key), 200): _plain(item, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        budget.take(value.size)
        return value.tolist()
    if isinstance(value, list | tuple) and not isinstance(value, _Name):
        budget.take(len(value))
        return [_plain(item, budget, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise PickleRefusedError(f"a value of '{value}'" if isinstance(value, _Name) else "a value that is no number")


def _walk(data: bytes) -> Any:
    machine = _Machine()
    for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if count >= MAX_OPERATIONS:
            raise PickleRefusedError(f"more than {MAX_OPERATIONS:,} instructions")
        if operation.name == "STOP":
            return machine.stack[-1]
        machine.do(operation.name, argument)
    raise PickleDamagedError("a pickle that is cut short")


_VALUES = (
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8"
    " STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8"
)
_PUSHED = frozenset(_VALUES.split())
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
_NOTHING_TO_DO = frozenset({"PROTO", "FRAME", "READONLY_BUFFER"})


class _Machine:
    """The stack and the memo of a pickle, and what the known instructions do to them."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Carry out one instruction of the pickle, by its name in `pickletools`; nothing is imported or called."""
        stack = self.stack
        if name in _PUSHED:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[int(argument)] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self.memo[int(argument)])
        elif name not in _NOTHING_TO_DO:
            action = _ACTIONS.get(name)
            if action is None:
                raise PickleRefusedError(f"the instruction {name}")
            action(self, argument)

    def marked(self) -> list[Any]:
        """Take what lies above the last mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise PickleDamagedError("a damaged pickle (a mark is missing)")
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found


def _take(machine: _Machine, count: int) -> tuple[Any, ...]:
    found = tuple(machine.stack[-count:])
    if len(found) < count or any(item is _MARK for item in found):
        raise PickleDamagedError("a damaged pickle (values are missing)")
    del machine.stack[-count:]
    return found


def _set_items(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if not isinstance(target, dict) or len(items) % 2:
        raise PickleRefusedError("entries of something that is no dict")
    target.update({key if isinstance(key, str | int | float) else str(key): value for key, value in _pairs(items)})


def _append(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if not isinstance(target, list):
        raise PickleRefusedError("items of something that is no list")
    target.extend(items)


def _pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(items[::2], items[1::2], strict=True))


def _named(machine: _Machine, argument: Any) -> None:
    module, _, name = str(argument).partition(" ")
    machine.stack.append(_Name(module, name))


def _named_on_stack(machine: _Machine, _: Any) -> None:
    module, name = _take(machine, 2)
    machine.stack.append(_Name(str(module), str(name)))


def _reduce(machine: _Machine, _: Any) -> None:
    function, arguments = _take(machine, 2)
    call = _CALLS.get(function) if isinstance(function, _Name) else None
    if call is None or not isinstance(arguments, tuple):
        raise PickleRefusedError(f"an object of '{function}'")
    machine.stack.append(call(*arguments))


def _refuse_object(machine: _Machine, argument: Any) -> None:
    """Name the class that an object is made of: it stands on the stack, below its arguments, or beside the code."""
    names = [item for item in machine.stack if isinstance(item, _Name)]
    made = names[-1] if names else cut(str(argument).replace(" ", "."), 120)
    raise PickleRefusedError(f"an object of '{made}'")


def _build(machine: _Machine, _: Any) -> None:
    (state,) = _take(machine, 1)
    target = machine.stack[-1]
    if isinstance(target, _Kind) and isinstance(state, tuple) and len(state) > 1:
        target.order = ">" if state[1] == ">" else "<"
    elif isinstance(target, _Array) and isinstance(state, tuple) and len(state) == 5:
        _, shape, kind, fortran, content = state
        target.values = _values(content, kind, shape, "F" if fortran else "C")
    else:
        raise PickleRefusedError("an object with a state of its own")


def _values(content: Any, kind: Any, shape: Any, order: Any) -> Any:
    """Return an array of numbers, or the list of an array of objects."""
    if not isinstance(kind, _Kind) or not isinstance(shape, tuple):
        raise PickleRefusedError("an array of an unknown form")
    if kind.code.startswith("O"):
        if not isinstance(content, list):
            raise PickleRefusedError("an array of objects")
        return content[0] if shape == () and content else content
    raw = content.encode("latin-1") if isinstance(content, str) else bytes(content)
    flat = np.frombuffer(raw, dtype=f"{kind.order}{kind.code}" if kind.code[1:] != "1" else kind.code)
    return flat.reshape(shape, order="F" if order == "F" else "C")


def _encoded(text: Any, codec: Any = "latin1") -> bytes:
    if codec not in ("latin1", "latin-1") or not isinstance(text, str):
        raise PickleRefusedError("a text in an unknown code")
    return text.encode("latin-1")


def _ordered(items: Any = ()) -> dict[Any, Any]:
    return {pair[0]: pair[1] for pair in items}


def _scalar(kind: Any, content: Any) -> Any:
    return _values(content, kind, (), "C").item()


_CALLS: dict[_Name, Callable[..., Any]] = {
    _Name("_codecs", "encode"): _encoded,
    _Name("collections", "OrderedDict"): _ordered,
    _Name("collections", "defaultdict"): lambda *_: {},
    **{_Name(module, "_reconstruct"): lambda *_: _Array() for module in _NUMPY},
    **{_Name(module, "scalar"): _scalar for module in _NUMPY},
    **{
        _Name(module, "_frombuffer"): lambda content, kind, shape, order: _Array(_values(content, kind, shape, order))
        for module in _NUMPY
    },
    _Name("numpy", "dtype"): lambda code, *_: _Kind(str(code)),
}
_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "SETITEM": lambda machine, _: _set_items(machine, list(_take(machine, 2))),
    "SETITEMS": lambda machine, _: _set_items(machine, machine.marked()),
    "APPEND": lambda machine, _: _append(machine, list(_take(machine, 1))),
    "APPENDS": lambda machine, _: _append(machine, machine.marked()),
    "DICT": lambda machine, _: machine.stack.append(dict(_pairs(machine.marked()))),
    "LIST": lambda machine, _: machine.stack.append(machine.marked()),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.marked())),
    "TUPLE1": lambda machine, _: machine.stack.append(_take(machine, 1)),
    "TUPLE2": lambda machine, _: machine.stack.append(_take(machine, 2)),
    "TUPLE3": lambda machine, _: machine.stack.append(_take(machine, 3)),
    "GLOBAL": _named,
    "STACK_GLOBAL": _named_on_stack,
    "REDUCE": _reduce,
    "BUILD": _build,
    **dict.fromkeys(("NEWOBJ", "NEWOBJ_EX", "INST", "OBJ"), _refuse_object),
    "POP": lambda machine, _: machine.stack.__delitem__(-1),
    "POP_MARK": lambda machine, _: machine.marked().clear(),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
}
