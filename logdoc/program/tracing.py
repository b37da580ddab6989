"""The program as a whole: what a name stands for, what a call means, and through what a value went before it.

Everything is an estimate from the text: where it is not plain, the answer is that it is not known.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.scopes import Call, Scope, Setting, scopes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.program.meanings import Meaning, Meanings
    from logdoc.program.parsing import Script

MOST_STEPS = 24  # from name to value to name; longer chains are not followed


@dataclass(frozen=True, slots=True)
class Operation:
    """The last thing that happened to a value: which activation or layer, and where.

    Attributes:
        axis: over which axis an activation goes, where a plain number says so.
        units: how many outputs the layer has, also that in front of an activation; nothing where it is not known.
    """

    kind: str
    does: str
    path: str
    line: int
    name: str
    axis: int | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class LossCall:
    """A loss is computed: what it means, of what, and the call that made the loss object where there is one."""

    call: Call
    meaning: Meaning
    prediction: ast.expr
    target: ast.expr | None
    made: ast.Call | None


@dataclass(slots=True)
class Program:
    """The files of one program together."""

    scripts: Sequence[Script]
    meanings: Meanings
    scopes: list[Scope] = field(default_factory=list)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    _named: dict[str, list[tuple[Scope, Setting]]] = field(default_factory=dict)
    _methods: dict[tuple[str, str], Scope] = field(default_factory=dict)
    _called: dict[str, list[Call]] = field(default_factory=dict)
    _nodes: dict[int, Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for script in self.scripts:
            self.scopes.extend(scopes_of(script))
            for node in ast.walk(script.tree):
                if isinstance(node, ast.ClassDef):
                    self.classes.setdefault(node.name, node)
        for scope in self.scopes:
            self._methods.setdefault((scope.owner, scope.name), scope)
            for setting in scope.settings:
                self._named.setdefault(setting.target, []).append((scope, setting))
            for call in scope.calls:
                self._called.setdefault(call.method, []).append(call)
                self._nodes[id(call.node)] = call

    def calls(self) -> Iterator[Call]:
        """Yield every call of the program, file by file and in the order of the text."""
        for scope in self.scopes:
            yield from scope.calls

    def calls_of(self, method: str) -> Sequence[Call]:
        """Return every call of functions and methods of one name, in the order of `calls`."""
        return self._called.get(method, ())

    def call_of(self, node: ast.expr) -> Call | None:
        """Return a call with its place, by its node."""
        return self._nodes.get(id(node))

    def function(self, name: str, owner: str = "") -> Scope | None:
        """Return a function of the program by its name, or a method of a class."""
        return self._methods.get((owner, name))

    def value(self, text: str, scope: Scope, order: int) -> tuple[Scope, Setting] | None:
        """Return what a name was last set to before a place; from another scope only where that is set once."""
        here = [s for s in scope.settings if s.target == text]
        before = [s for s in here if s.order < order]
        if before or here:
            return (scope, before[-1]) if before else None
        known = self._named.get(text, [])
        if text.startswith("self."):
            known = [(s, one) for s, one in known if s.owner == scope.owner]
        elif text not in scope.parameters:
            known = [(s, one) for s, one in known if s.script is scope.script and not s.name] or known
        return known[0] if len(known) == 1 else None

    def settings_of(self, text: str) -> list[tuple[Scope, Setting]]:
        """Return every place where a name is set, in all scopes."""
        return self._named.get(text, [])

    def constructor(self, text: str, scope: Scope, order: int) -> tuple[Scope, ast.Call] | None:
        """Return the call that made what a name stands for, moves to a device and wrappers taken off."""
        for _ in range(MOST_STEPS):
            found = self.value(text, scope, order)
            if found is None or found[1].element or found[1].adds:
                return None
            scope, order = found[0], found[1].order
            node = self.unwrapped(found[1].value, scope)
            if isinstance(node, ast.Call):
                return scope, node
            text = text_of(node)
            if not text:
                return None
        return None

    def unwrapped(self, node: ast.expr, scope: Scope) -> ast.expr:
        """Take off ``.to(device)``, ``.train()``, ``torch.compile(...)`` and the like."""
        for _ in range(MOST_STEPS):
            if not isinstance(node, ast.Call):
                return node
            meaning = self.meanings.of(scope.script.dotted(node.func), "wrapper")
            if meaning is not None and node.args:
                node = node.args[0]
            elif isinstance(node.func, ast.Attribute) and (
                node.func.attr in self.meanings.transparent or node.func.attr in ("train", "eval")
            ):
                node = node.func.value
            else:
                return node
        return node

    def meaning(
        self, node: ast.Call, scope: Scope, order: int, kind: str = ""
    ) -> tuple[Meaning, ast.Call | None] | None:
        """Return what a call does, and the call that made the object that does it; making an object does nothing."""
        direct = self.meanings.of(scope.script.dotted(node.func), kind)
        if direct is not None:
            return None if direct.is_class else (direct, None)
        made: tuple[Scope, ast.Call] | None = None
        if isinstance(node.func, ast.Call):
            made = scope, node.func
        elif text := text_of(node.func):
            made = self.constructor(text, scope, order)
        if made is None:
            return None
        found = self.meanings.of(made[0].script.dotted(made[1].func), kind)
        return (found, made[1]) if found is not None and found.is_class else None

    def made(self, text: str, scope: Scope, order: int, kind: str) -> tuple[Meaning, ast.Call, Scope] | None:
        """Return what the object behind a name is, when it is of a kind: optimizer, scheduler, loader."""
        found = self.constructor(text, scope, order)
        if found is None:
            return None
        meaning = self.meanings.of(found[0].script.dotted(found[1].func), kind)
        return None if meaning is None else (meaning, found[1], found[0])

    def losses(self) -> Iterator[LossCall]:
        """Yield every place where a loss that the table knows is computed."""
        for call in self.calls():
            found = self.meaning(call.node, call.scope, call.order, "loss")
            if found is None:
                continue
            given = [*call.node.args, *(k.value for k in call.node.keywords if k.arg in ("input", "target"))]
            named = call.keyword("logits")
            if named is not None:
                yield LossCall(call, found[0], named, call.keyword("labels"), found[1])
            elif given and "logits" not in found[0].about and not any(isinstance(one, ast.Starred) for one in given):
                yield LossCall(call, found[0], given[0], given[1] if len(given) > 1 else None, found[1])

    def last_operation(self, node: ast.expr, scope: Scope, order: int, *, deep: bool = True) -> Operation | None:
        """Return the activation or layer that a value comes out of, also when a network of the program ends in it."""
        reshaped = False
        for _ in range(MOST_STEPS):
            if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
                node, reshaped = node.value, True
            elif isinstance(node, ast.Name | ast.Attribute):
                found = self.value(text_of(node), scope, order) if text_of(node) else None
                if found is None or found[1].element or found[1].adds or found[0] is not scope:
                    return None
                node, order = found[1].value, found[1].order
            elif isinstance(node, ast.Call):
                known = self._operation(node, scope, order, deep=deep)
                step = known if known is not None else self._inside(node, scope, order)
                if isinstance(step, Operation):
                    return replace(step, axis=None, units=None) if reshaped else step
                if step is None:
                    return None
                reshaped = reshaped or (
                    isinstance(node.func, ast.Attribute) and node.func.attr in self.meanings.shaping
                )
                node, scope, order = step
            else:
                return None
        return None

    def _operation(self, node: ast.Call, scope: Scope, order: int, *, deep: bool) -> Operation | None:
        place = scope.script.path, node.func.end_lineno or node.lineno
        for kind in ("activation", "layer"):
            found = self.meaning(node, scope, order, kind)
            if found is None:
                continue
            meaning, made = found
            settings, does = made if made is not None else node, meaning.about.get("does", "")
            if kind == "layer":
                inner = self._own_activation(settings, scope)
                units = number_of(argument_of(settings, "out_features", 1))
                return Operation("activation" if inner else "layer", inner, *place, meaning.name, units=units)
            axis = number_of(argument_of(settings, "dim", 0 if made is not None else 1))
            before = node.args[0] if node.args and deep else None
            return Operation(kind, does, *place, meaning.name, axis, self._units(before, scope, order))
        if isinstance(node.func, ast.Attribute) and scope.script.dotted(node.func) == text_of(node.func):
            does = self.meanings.activations.get(node.func.attr, "")
            if does and not text_of(node.func.value).startswith("self"):
                axis = number_of(argument_of(node, "dim", 0))
                units = self._units(node.func.value if deep else None, scope, order)
                return Operation("activation", does, *place, node.func.attr, axis, units)
        return None

    def _own_activation(self, made: ast.Call, scope: Scope) -> str:
        """Return the activation that a layer is told to apply: ``tf.layers.dense(x, 10, activation=tf.nn.relu)``."""
        given = next((k.value for k in made.keywords if k.arg in ("activation", "activation_fn")), None)
        meaning = self.meanings.of(scope.script.dotted(given), "activation") if given is not None else None
        return meaning.about.get("does", "") if meaning is not None else ""

    def _units(self, node: ast.expr | None, scope: Scope, order: int) -> int | None:
        before = self.last_operation(node, scope, order, deep=False) if node is not None else None
        return before.units if before is not None and before.kind == "layer" else None

    def _inside(self, node: ast.Call, scope: Scope, order: int) -> Operation | tuple[ast.expr, Scope, int] | None:
        """Go one step into a call: through what changes no values, into the last layer of a chain, or to what the
        ``forward`` of a network returns.
        """
        if isinstance(node.func, ast.Attribute) and node.func.attr in self.meanings.transparent:
            return node.func.value, scope, order
        made: tuple[Scope, ast.Call] | None = None
        if isinstance(node.func, ast.Call):
            made = scope, node.func
        elif text := text_of(node.func):
            made = self.constructor(text, scope, order)
        if made is None:
            return None
        where, call = made
        if self.meanings.of(where.script.dotted(call.func), "chain") is not None:
            return self._chain_end(call, where)
        name = text_of(call.func)
        forward = self.function("forward", name) or self.function("__call__", name)
        if forward is None or name not in self.classes or _asks_for_mode(forward) or len(forward.returns) != 1:
            return None
        at, value = forward.returns[0]
        return value, forward, at

    def _chain_end(self, call: ast.Call, scope: Scope) -> Operation | None:
        last, before = call.args[-1] if call.args else None, call.args[-2] if len(call.args) > 1 else None
        if not isinstance(last, ast.Call):
            return None
        for kind in ("activation", "layer"):
            meaning = self.meanings.of(scope.script.dotted(last.func), kind)
            if meaning is None:
                continue
            layer = last if kind == "layer" else before
            axis = number_of(argument_of(last, "dim", 0)) if kind == "activation" else None
            units = None
            if isinstance(layer, ast.Call) and self.meanings.of(scope.script.dotted(layer.func), "layer") is not None:
                units = number_of(argument_of(layer, "out_features", 1))
            does = meaning.about.get("does", "")
            return Operation(kind, does, scope.script.path, last.lineno, meaning.name, axis, units)
        return None

    def sources(self, node: ast.expr, scope: Scope, order: int) -> set[str]:
        """Return the names that a value is computed from, calls of networks and loops being their beginning."""
        found: set[str] = set()
        waiting: list[tuple[ast.expr, int]] = [(node, order)]
        for _ in range(8 * MOST_STEPS):
            if not waiting:
                break
            current, at = waiting.pop()
            for name in _leaves(current):
                if name in found:
                    continue
                found.add(name)
                before = [s for s in scope.settings if s.target == name and s.order < at]
                if before and not before[-1].element and not self._is_network(before[-1].value, scope, at):
                    waiting.append((before[-1].value, before[-1].order))
        return found

    def _is_network(self, node: ast.expr, scope: Scope, order: int) -> bool:
        """Tell whether a value is what an object gives when it is called, such as a network's output."""
        text = text_of(node.func) if isinstance(node, ast.Call) else ""
        if not text or text.count(".") > text.startswith("self."):
            return False
        return text in scope.parameters or self.value(text, scope, order) is not None


def argument_of(call: ast.Call, name: str, place: int) -> ast.expr | None:
    """Return an argument of a call by its name or its place."""
    named = next((k.value for k in call.keywords if k.arg == name), None)
    return named if named is not None or len(call.args) <= place else call.args[place]


def number_of(node: ast.expr | None) -> int | None:
    """Return the whole number that an expression is, as it stands."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number_of(node.operand)
        return None if inner is None else -inner
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _leaves(node: ast.expr) -> Iterator[str]:
    """Yield the variables in an expression, without the names of functions and of the modules that they are in."""
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, ast.Call):
            waiting.extend([*current.args, *(k.value for k in current.keywords)])
            if isinstance(current.func, ast.Attribute):
                waiting.append(current.func.value)
        elif isinstance(current, ast.Name | ast.Attribute):
            text = text_of(current).removesuffix(".data").removesuffix(".T")
            if text:
                yield text
            else:
                waiting.extend(ast.iter_child_nodes(current))
        else:
            waiting.extend(ast.iter_child_nodes(current))


def _asks_for_mode(scope: Scope) -> bool:
    """Tell whether a ``forward`` does one thing in training and another in evaluation."""
    return any(isinstance(node, ast.Attribute) and node.attr == "training" for _, node, _ in scope.nodes)
