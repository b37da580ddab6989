"""Networks of Keras as the text shows them: what they end in, and what they are compiled with."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.tracing import MOST_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program

_MOST_LAYERS = 4  # at the end that tell what a network gives
_LINEAR = "linear"


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """What a network ends in.

    Attributes:
        layer: the call that shows it.
        units: how many, where that is a plain number.
        activation: its name, ``linear`` for none; empty where it is not known.
    """

    layer: Call
    units: int | None
    activation: str


@dataclass(frozen=True, slots=True)
class CompiledLoss:
    """The loss that a network is compiled with.

    Attributes:
        name: as it is shown.
        over: the activation that belongs in front of it: softmax, sigmoid; empty for errors of amounts.
        of: what its targets are: classes, parts, amounts.
        logits: whether it applies the activation itself; nothing where that is not plain.
    """

    name: str
    over: str
    of: str
    logits: bool | None


def argument(call: Call, name: str, place: int) -> ast.expr | None:
    """Return an argument of a call by its name or its place."""
    given = call.keyword(name)
    if given is None and len(call.node.args) > place and not any(isinstance(a, ast.Starred) for a in call.node.args):
        given = call.node.args[place]
    return given


def compiled_loss(program: Program, call: Call) -> CompiledLoss | None:
    """Return the loss of a ``compile``, where it is one of Keras."""
    given = argument(call, "loss", 1)
    if isinstance(given, ast.Constant):
        return _loss(program, str(given.value), logits=False)
    made, scope = (given, call.scope) if isinstance(given, ast.Call) else (None, call.scope)
    if made is None and (text := text_of(given)):
        found = program.constructor(text, call.scope, call.order)
        if found is None:
            dotted = call.scope.script.dotted(given) if given is not None else ""
            return _loss(program, dotted.rpartition(".")[2], logits=False) if dotted.startswith("keras.") else None
        scope, made = found
    if made is None or not scope.script.dotted(made.func).startswith("keras.losses."):
        return None
    name = scope.script.dotted(made.func).rpartition(".")[2]
    logits = next((k.value for k in made.keywords if k.arg == "from_logits"), made.args[0] if made.args else None)
    plain = logits is None or isinstance(logits, ast.Constant)
    return _loss(program, name, logits=logits is not None and getattr(logits, "value", None) is True if plain else None)


def _loss(program: Program, name: str, *, logits: bool | None) -> CompiledLoss | None:
    about: Mapping[str, str] | None = program.meanings.keras_losses.get(name.lower().replace("_", ""))
    return CompiledLoss(name, about.get("over", ""), about["of"], logits) if about is not None else None


def output_of(program: Program, call: Call) -> Output | None:
    """Return what the network ends in whose method is called, where the text shows it."""
    activation, shown = "", None
    for layer in (_unwrapped(program, one) for one in _from_the_end(program, call)):
        meaning = program.meanings.of(layer.scope.script.dotted(layer.node.func))
        kind = meaning.kind if meaning is not None else ""
        if kind == "keras activation" and meaning is not None and shown is None:
            shown = layer
            activation = meaning.about.get("does", "") or _named(program, layer, argument(layer, "activation", 0))
            if not activation:
                return None
        elif kind == "keras layer" and not layer.open_ended:
            own = _own_activation(program, layer)
            units = _number(program, layer, _units(layer))
            return Output(shown or layer, units, activation or own) if activation or own else None
        else:
            return Output(shown, None, activation) if shown is not None and kind != "keras activation" else None
    return Output(shown, None, activation) if shown is not None else None


def _unwrapped(program: Program, layer: Call) -> Call:
    """Return the layer within one that applies it at every step."""
    inner = layer.node.args[0] if layer.node.args else None
    meaning = program.meanings.of(layer.scope.script.dotted(layer.node.func), "keras wrapper")
    within = program.call_of(inner) if meaning is not None and isinstance(inner, ast.Call) else None
    return within or layer


def _own_activation(program: Program, layer: Call) -> str:
    given = layer.keyword("activation")
    if given is None and len(layer.node.args) > 1 and not _is_old(layer):
        given = layer.node.args[1]
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return _LINEAR
    return _named(program, layer, given)


def _units(layer: Call) -> ast.expr | None:
    """Return how many units a layer has; the first Keras named those below it before them."""
    for name in ("units", "output_dim"):
        if (given := layer.keyword(name)) is not None:
            return given
    args = layer.node.args
    return (args[1] if _is_old(layer) else args[0]) if args else None


def _is_old(layer: Call) -> bool:
    args = layer.node.args
    return len(args) > 1 and isinstance(args[1], ast.Constant) and isinstance(args[1].value, int)


def _named(program: Program, layer: Call, given: ast.expr | None) -> str:
    """Return the name of an activation, nothing where it is not plain."""
    if isinstance(given, ast.Constant):
        return str(given.value).lower()
    text = text_of(given)
    if "." in text:
        return text.rpartition(".")[2].lower()
    found = program.value(text, layer.scope, layer.order) if text else None
    if found is not None and isinstance(found[1].value, ast.Constant) and not found[1].adds:
        return str(found[1].value.value).lower()
    return ""


def _number(program: Program, layer: Call, given: ast.expr | None) -> int | None:
    if isinstance(given, ast.Name | ast.Attribute) and (text := text_of(given)):
        found = program.value(text, layer.scope, layer.order)
        given = found[1].value if found is not None and not (found[1].adds or found[1].element) else None
    value = given.value if isinstance(given, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _from_the_end(program: Program, call: Call) -> Iterator[Call]:
    """Yield the last layers of a network, the last first."""
    found = _made(program, call.receiver, call.scope, call.order)
    if found is None:
        return
    scope, model, name = found
    meaning = program.meanings.of(scope.script.dotted(model.func))
    if meaning is not None and meaning.kind == "keras functional":
        made = program.call_of(model)
        yield from _through(program, _outputs(program, model), scope, made.order if made is not None else 0)
        return
    if meaning is None or meaning.kind != "keras model":
        return
    listed = model.args[0] if model.args else next((k.value for k in model.keywords if k.arg == "layers"), None)
    nodes = list(listed.elts) if isinstance(listed, ast.List | ast.Tuple) else []
    begin = program.call_of(model)
    adds = [c for s in {id(scope): scope, id(call.scope): call.scope}.values() for c in s.calls if _adds(c, name, call)]
    adds = [c for c in adds if begin is None or c.scope is not scope or c.order > begin.order]
    if any(begin is None or c.loops != begin.loops for c in adds[-_MOST_LAYERS:]):
        return  # layers that a loop adds are not known one by one
    nodes.extend(c.node.args[0] for c in adds)
    for node in reversed(nodes[-_MOST_LAYERS:]):
        layer = program.call_of(node) if isinstance(node, ast.Call) else None
        if layer is None:
            return
        yield layer


def _adds(call: Call, name: str, compiled: Call) -> bool:
    mine = call.receiver in (name, compiled.receiver) and bool(call.node.args)
    return call.method == "add" and mine and (call.scope is not compiled.scope or call.order < compiled.order)


def _made(program: Program, text: str, scope: Scope, order: int) -> tuple[Scope, ast.Call, str] | None:
    """Return the call that made a network, and what the network is called there; through functions that build one."""
    for _ in range(MOST_STEPS):
        found = program.constructor(text, scope, order)
        if found is None:
            return None
        where, model = found
        if program.meanings.of(where.script.dotted(model.func)) is not None:
            return where, model, text
        function = program.function(text_of(model.func))
        if function is None or len(function.returns) != 1:
            return None
        order, value = function.returns[0]
        scope, text = function, text_of(value)
        if not text:
            direct = isinstance(value, ast.Call) and program.meanings.of(scope.script.dotted(value.func)) is not None
            return (scope, value, "") if direct and isinstance(value, ast.Call) else None
    return None


def _outputs(program: Program, model: ast.Call) -> ast.expr | None:
    made = program.call_of(model)
    if made is None:
        return None
    for name in ("outputs", "output"):
        if (given := made.keyword(name)) is not None:
            return given
    return argument(made, "outputs", 1)


def _through(program: Program, node: ast.expr | None, scope: Scope, order: int) -> Iterator[Call]:
    """Yield the layers that a tensor came through: ``Dense(10)(x)``, ``x = layer(x)``."""
    for _ in range(_MOST_LAYERS):
        if isinstance(node, ast.Name):
            found = program.value(node.id, scope, order)
            if found is None or found[0] is not scope or found[1].element or found[1].adds or found[1].loops:
                return
            node, order = found[1].value, found[1].order
        if not isinstance(node, ast.Call) or len(node.args) != 1:
            return
        made: ast.Call | None = node.func if isinstance(node.func, ast.Call) else None
        if made is None and (text := text_of(node.func)):
            known = program.constructor(text, scope, order)
            made = known[1] if known is not None else None
        layer = program.call_of(made) if made is not None else None
        if layer is None:
            return
        yield layer
        node = node.args[0]
