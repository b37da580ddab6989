"""Settings that stand in calls: of optimizers, loaders, losses, ``compile`` and ``fit``, clipping, trainers."""

from __future__ import annotations

import ast
import re
from itertools import islice
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import text_of
from logdoc.program.settings.found import Seen, Source, Unknown
from logdoc.program.settings.values import constant, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.model import ConfigValue
    from logdoc.program.scopes import Call, Scope
    from logdoc.program.settings.found import Declared
    from logdoc.program.settings.table import Table, Taken
    from logdoc.program.tracing import Program

_WORDS_IN_NAME = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BY_EPOCH = "LearningRateScheduler"
_RATES = frozenset({"lr", "learning_rate", _BY_EPOCH})
_MOST_CALLS = 400  # that are settings; each may be looked up through the whole program


class Reader:
    """Reads the settings of the calls of one program."""

    def __init__(self, program: Program, table: Table, declared: Declared) -> None:
        """Read in `program`, by `table`; `declared` is what options and constants say, by their names."""
        self._program = program
        self._table = table
        self._declared = declared
        self._targets: dict[int, dict[int, str]] = {}

    def seen(self) -> list[Seen]:
        """Return everything that the calls show."""
        found: list[Seen] = []
        loaders: list[tuple[bool, list[Seen]]] = []
        calls = ((call, taken) for call in self._program.calls() if (taken := self._taken(call)) is not None)
        for call, taken in islice(calls, _MOST_CALLS):
            about = self._about(call)
            words = words_of(about)
            training = bool(words & self._program.meanings.training)
            if taken.kind in ("loader", "loss") and words & self._program.meanings.validation and not training:
                continue
            if taken.kind == "loader":
                loaders.append((training, list(self._arguments(taken, call))))
            elif taken.kind != "loss" or self._is_of_training(call):
                found.extend(self._arguments(taken, call))
        named = any(training for training, _ in loaders)
        return found + [one for training, mine in loaders if training or not named for one in mine]

    def _taken(self, call: Call) -> Taken | None:
        name = call.method
        if not name or name in self._program.classes or self._program.function(name) is not None:
            return None
        dotted = call.scope.script.dotted(call.node.func) or name
        return self._table.calls.of(dotted, dotted.rpartition(".")[2])

    def _arguments(self, taken: Taken, call: Call) -> Iterator[Seen]:
        for key, node in _pairs(taken, call):
            yield from self._one(taken, call, key, node)
        name = call.method
        if taken.own:
            own = self._table.called.get(name, name.lower())
            yield self._at(call, taken.own, own)
        if taken.bare and not call.node.args and not call.node.keywords:
            for key, value in taken.bare.items():
                yield self._at(call, key, value)
        if taken.kind == "optimizer" and _groups_have_rates(call):
            yield self._at(call, "lr", Unknown.COMPUTED)

    def _one(self, taken: Taken, call: Call, key: str, node: ast.expr) -> Iterator[Seen]:
        value: ConfigValue | Unknown
        if key in taken.flags:
            if isinstance(node, ast.Constant) and node.value is True:
                for other, one in taken.flags[key].items():
                    yield self._at(call, other, one)
            return
        if taken.kind == "compile":
            if not isinstance(node, ast.Constant) and key == "optimizer":
                return  # an object, whose own call is read
            value = _named_loss(call, node) if key == "loss" else constant(node)
        else:
            value = value_of(self._program, node, call.scope, call.order, self._declared)
        if value is None:
            return
        yield self._at(call, key, value, node.lineno)
        if key in taken.by_name and isinstance(value, str) and not _sets_rate(call.scope.script.tree):
            for other, one in taken.by_name[key].get(value.lower(), {}).items():
                yield self._at(call, other, one, node.lineno)
        if key == "lr" and taken.kind == "optimizer":
            words = words_of(self._target(call) or (call.receiver if call.method == "compile" else ""))
            for player, known in self._table.players.items():
                if words & known:
                    yield self._at(call, f"{player}_lr", value, node.lineno)

    def _at(self, call: Call, key: str, value: ConfigValue | Unknown, line: int = 0) -> Seen:
        return Seen(key, value, call.scope.script.path, line or call.line, Source.CALL)

    def _is_of_training(self, call: Call) -> bool:
        """Tell whether a loss is that of the training: what it is given to is called so."""
        return bool(words_of(self._target(call).rpartition(".")[2]) & self._table.losses)

    def _about(self, call: Call) -> str:
        """Return the names around a call that tell which data it is for: what it is given to, what it is made of, and
        the function that it stands in.
        """
        parts = [self._target(call), call.scope.name]
        data = call.node.args[0] if call.node.args else call.keyword("dataset")
        near = [data] if data is not None else []
        if isinstance(call.node.func, ast.Attribute):
            near.append(call.node.func.value)
        for node in (n for one in near for n in ast.walk(one)):
            if isinstance(node, ast.Name):
                parts.append(node.id)
            elif isinstance(node, ast.Attribute):
                parts.append(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                parts.append(node.value[:80])
        return " ".join(parts)

    def _target(self, call: Call) -> str:
        """Return the name that is set to what a call makes, or to what it is a part of; that of a method it is given
        to by ``discriminator.compile(optimizer=...)``.
        """
        known = self._targets.get(id(call.scope))
        if known is None:
            known = self._targets[id(call.scope)] = _targets(call.scope)
        return known.get(id(call.node), "")


def _targets(scope: Scope) -> dict[int, str]:
    found: dict[int, str] = {}
    for call in scope.calls:
        if call.method == "compile" and call.receiver:
            found.update({id(inner): call.receiver for inner in ast.walk(call.node) if inner is not call.node})
    for setting in scope.settings:
        if not setting.element:
            found.update({id(node): setting.target for node in ast.walk(setting.value) if isinstance(node, ast.Call)})
    return found


def _pairs(taken: Taken, call: Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield (key, expression) for the arguments that are settings."""
    if taken.every:
        yield from ((k.arg, k.value) for k in call.node.keywords if k.arg is not None)
        return
    for key, node in zip(taken.first, call.node.args, strict=False):
        if isinstance(node, ast.Starred):
            break
        if key != "-":
            yield key, node
    given = {k.arg for k in call.node.keywords}
    if taken.number and not any(taken.takes.get(name or "") == taken.number for name in given):
        near = call.node.args[:2]
        number = next(filter(_may_be_rate, near[1:] if len(near) > 1 and _is_parameters(near[0]) else near), None)
        if number is not None:
            yield taken.number, number
    for keyword in call.node.keywords:
        if keyword.arg is not None and keyword.arg in taken.takes:
            yield taken.takes[keyword.arg], keyword.value


def _is_parameters(node: ast.expr) -> bool:
    """Tell whether an argument is what an optimizer works on, and no number."""
    return not isinstance(node, ast.Constant) and "param" in ast.dump(node).lower()


def _may_be_rate(node: ast.expr) -> bool:
    """Tell whether an argument by position may be a learning rate: a number, a name that says so."""
    return isinstance(constant(node), int | float) or bool(words_of(text_of(node)) & {"lr", "rate"})


def _named_loss(call: Call, node: ast.expr) -> ConfigValue | Unknown:
    """Return the name of the loss that ``compile`` is given: a text, or a loss of Keras as function or object."""
    if isinstance(node, ast.Constant):
        return constant(node)
    made = node.func if isinstance(node, ast.Call) else node
    dotted = call.scope.script.dotted(made)
    if "losses." not in dotted and "nn." not in dotted:
        return Unknown.COMPUTED
    return _WORDS_IN_NAME.sub("_", dotted.rpartition(".")[2]).lower()


def _sets_rate(tree: ast.Module) -> bool:
    """Tell whether a program sets the learning rate of an optimizer once it is made, or by a function of the epoch."""
    names = (
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id == _BY_EPOCH)
    )
    return not _RATES.isdisjoint(names)


def _groups_have_rates(call: Call) -> bool:
    """Tell whether an optimizer is given groups of parameters with learning rates of their own."""
    first = call.node.args[0] if call.node.args else None
    groups = first.elts if isinstance(first, ast.List | ast.Tuple) else []
    keys = [
        k.value for group in groups if isinstance(group, ast.Dict) for k in group.keys if isinstance(k, ast.Constant)
    ]
    return "lr" in keys
