"""Which data a loader gives, and in which order."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_call
from logdoc.program.patterns.stepping import backwards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program

_ORDERED_BY = ("sampler", "batch_sampler")


def loading_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about the order of training data, and about validation on the training data."""
    loaders = [(call, _target(call)) for call in program.calls() if _is_loader(program, call)]
    iterated = _iterated(program)
    training = [
        (call, name) for call, name in loaders if _trains(program, call, name, iterated) and not call.open_ended
    ]
    mixed = any(mixes(program, call) for call in program.calls())
    for call, name in training:
        yield from _order(program, call, name, mixed=mixed)
    for call, name in loaders:
        data = _data_of(call)
        same = [other for other, _ in training if data and _data_of(other) == data and other.scope is call.scope]
        if program.meanings.is_for_validation(name) and program.meanings.is_for_training(data) and same:
            yield at_call(
                "validation_on_training_data", call, f"'{name}' is made of '{data}', as the training loader is"
            )
    yield from _shuffled_apart(program)


def _is_loader(program: Program, call: Call) -> bool:
    return program.meanings.of(call.scope.script.dotted(call.node.func), "loader") is not None


def _target(call: Call) -> str:
    """Return the name that a loader is given."""
    return next((s.target for s in call.scope.settings if s.value is call.node), "")


def _data_of(call: Call) -> str:
    return text_of(call.node.args[0] if call.node.args else call.keyword("dataset"))


def _iterated(program: Program) -> set[str]:
    """Return the names that loops with backward() run over."""
    found: set[str] = set()
    for call in backwards(program):
        for loop in call.loops[-1:]:
            if isinstance(loop, ast.For | ast.AsyncFor):
                found |= {name for node in ast.walk(loop.iter) if (name := text_of(node))}
    return found


def _trains(program: Program, call: Call, name: str, iterated: set[str]) -> bool:
    if program.meanings.is_for_validation(name) or program.meanings.is_for_validation(_data_of(call)):
        return False
    named = program.meanings.is_for_training(name) or program.meanings.is_for_training(_data_of(call))
    return named or (bool(name) and name in iterated)


def mixes(program: Program, call: Call) -> bool:
    """Tell whether a call puts something into another order, so that data may be mixed before they are loaded."""
    return (
        call.method == "shuffle" or program.meanings.of(call.scope.script.dotted(call.node.func), "mixing") is not None
    )


def _order(program: Program, call: Call, name: str, *, mixed: bool) -> Iterator[Sign]:
    shuffle = call.keyword("shuffle")
    if shuffle is None and len(call.node.args) > 2:
        shuffle = call.node.args[2]
    said = f"'{name}'" if name else "the training loader"
    if isinstance(shuffle, ast.Constant) and shuffle.value is True:
        yield at_call("training_shuffled", call, f"{said} is shuffled")
        return
    if any(call.keyword(word) is not None for word in _ORDERED_BY) or mixed or _streams(program, call):
        return
    if isinstance(shuffle, ast.Constant) and shuffle.value is False:
        yield at_call("training_not_shuffled", call, f"{said} has shuffle=False")
    elif shuffle is None:
        yield at_call("training_not_shuffled", call, f"{said} does not set shuffle, and is not shuffled by default")


def _streams(program: Program, call: Call) -> bool:
    """Tell whether the data are a stream, whose order is its own, or made by something that the text does not show."""
    made = program.constructor(_data_of(call), call.scope, call.order)
    name = text_of(made[1].func) if made is not None else ""
    bases = program.classes[name].bases if name in program.classes else []
    words = [name, *(text_of(base) for base in bases)]
    return any(word in one.lower() for one in words for word in ("iterable", "stream", "webdataset"))


def _shuffled_apart(program: Program) -> Iterator[Sign]:
    """Inputs and labels that are shuffled one after the other, each in an order of its own."""
    for scope in program.scopes:
        mixing = [call for call in scope.calls if _in_place(program, call)]
        for one, other in pairwise(mixing):
            names = text_of(one.node.args[0]), text_of(other.node.args[0])
            pairs = one.block == other.block and one.loops == other.loops and _belong(*names)
            if pairs and not _seeded_between(scope, one, other):
                yield at_call(
                    "shuffled_apart", other, f"'{names[0]}' and '{names[1]}' are shuffled one after the other"
                )


def _in_place(program: Program, call: Call) -> bool:
    meaning = program.meanings.of(call.scope.script.dotted(call.node.func), "in-place mixing")
    return meaning is not None and len(call.node.args) == 1 and bool(text_of(call.node.args[0]))


def _belong(one: str, other: str) -> bool:
    """Tell whether two names are inputs and labels of one set: alike but for the part that says which."""
    inputs, labels = ("x", "data", "images", "inputs", "features"), ("y", "labels", "targets", "label", "target")
    first, second = one.lower(), other.lower()
    for mine in inputs:
        for theirs in labels:
            both = {first.replace(mine, "?", 1), first.replace(theirs, "?", 1)} & {
                second.replace(mine, "?", 1),
                second.replace(theirs, "?", 1),
            }
            if first != second and any("?" in rest for rest in both):
                return True
    return False


def _seeded_between(scope: Scope, one: Call, other: Call) -> bool:
    """Tell whether the generator is set back between two shuffles, so that both give the same order."""
    return any(
        one.order < call.order < other.order and ("seed" in call.method or call.method == "set_state")
        for call in scope.calls
    )
