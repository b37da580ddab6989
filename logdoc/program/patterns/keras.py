"""Keras: whether the last layer and the loss agree on what goes between them, and the order of the data."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call
    from logdoc.program.tracing import Program

_BY_NAME = {
    "sparse_categorical_crossentropy": "softmax",
    "categorical_crossentropy": "softmax",
    "binary_crossentropy": "sigmoid",
}


def keras_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about every ``compile`` and ``fit``."""
    for call in program.calls():
        if call.method == "compile" and call.keyword("loss") is not None:
            yield from _compiled(program, call)
        elif call.method == "fit" and _is_false(call.keyword("shuffle")):
            yield at_call("training_not_shuffled", call, "fit() is given shuffle=False")


def _compiled(program: Program, call: Call) -> Iterator[Sign]:
    loss = call.keyword("loss")
    over, logits = _loss(program, call, loss)
    last = _last_layer(program, call)
    if not over or last is None:
        return
    layer, activation = last
    if logits and activation in ("softmax", "sigmoid"):
        yield at_call(
            "activation_before_loss",
            layer,
            f"{activation} before a loss with from_logits=True, which applies {over} itself",
        )
    elif not logits and activation == "linear":
        yield at_call(
            "no_activation_before_loss", layer, f"no activation before a loss that takes the outputs of {over}"
        )


def _loss(program: Program, call: Call, loss: ast.expr | None) -> tuple[str, bool]:
    """Return what the loss takes or applies, and whether it applies it itself."""
    if isinstance(loss, ast.Constant):
        return _BY_NAME.get(str(loss.value), ""), False
    made = loss if isinstance(loss, ast.Call) else None
    scope = call.scope
    if made is None and (text := text_of(loss)) and (found := program.constructor(text, scope, call.order)) is not None:
        scope, made = found
    meaning = program.meanings.of(scope.script.dotted(made.func), "keras loss") if made is not None else None
    if meaning is None or made is None:
        return "", False
    logits = next((k.value for k in made.keywords if k.arg == "from_logits"), made.args[0] if made.args else None)
    if logits is not None and not isinstance(logits, ast.Constant):
        return "", False
    return meaning.about["over"], bool(logits is not None and logits.value is True)


def _last_layer(program: Program, call: Call) -> tuple[Call, str] | None:
    """Return the last layer of a Sequential model and its activation, where the text shows it."""
    found = program.constructor(call.receiver, call.scope, call.order)
    if found is None or program.meanings.of(found[0].script.dotted(found[1].func), "keras model") is None:
        return None
    scope, model = found
    listed = model.args[0].elts if model.args and isinstance(model.args[0], ast.List) else []
    added = [
        c
        for c in call.scope.calls
        if c.method == "add" and c.receiver == call.receiver and c.node.args and c.order < call.order
    ]
    last = added[-1].node.args[0] if added else (listed[-1] if listed else None)
    layer = next((c for s in (scope, call.scope) for c in s.calls if c.node is last), None)
    if layer is None:
        return None
    return _activation(program, layer)


def _activation(program: Program, layer: Call) -> tuple[Call, str] | None:
    meaning = program.meanings.of(layer.scope.script.dotted(layer.node.func))
    if meaning is None or layer.open_ended:
        return None
    if meaning.kind == "keras softmax":
        return layer, "softmax"
    if meaning.kind == "keras activation" and layer.node.args and isinstance(layer.node.args[0], ast.Constant):
        return layer, str(layer.node.args[0].value)
    if meaning.kind != "keras layer":
        return None
    given = layer.keyword("activation")
    if given is None and len(layer.node.args) > 1:
        given = layer.node.args[1]
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return layer, "linear"
    if isinstance(given, ast.Constant):
        return layer, str(given.value)
    return (layer, text_of(given).rpartition(".")[2]) if text_of(given) else None


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
