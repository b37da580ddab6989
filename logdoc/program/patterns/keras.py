"""Keras: whether the last layer, the loss and the metric agree, and which data a network is fitted to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.keras_models import argument, compiled_loss, output_of
from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.outputs import of_amounts
from logdoc.program.patterns.sign import at_call
from logdoc.program.tracing import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.keras_models import CompiledLoss, Output
    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call
    from logdoc.program.tracing import Program

_PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")
_NO_PROBABILITIES = ("linear", "relu", "tanh", "elu", "selu", "leaky_relu", "softplus", "relu6", "gelu", "swish")
_FLOWS = ("flow", "flow_from_directory", "flow_from_dataframe")


def keras_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about every ``compile`` and ``fit``."""
    for call in program.calls():
        if call.method == "compile":
            yield from _compiled(program, call)
        elif call.method in program.meanings.words["fitting"]:
            if _is_false(call.keyword("shuffle")):
                yield at_call("training_not_shuffled", call, f"{call.method}() is given shuffle=False")
            yield from _same_data(call)
            yield from _classes(program, call)
        elif call.method in _FLOWS and _is_false(call.keyword("shuffle")) and _is_for_training(program, call):
            yield at_call("training_not_shuffled", call, f"{call.method}() is given shuffle=False")
        elif call.method == "Adadelta" and not (call.node.args or call.node.keywords) and _is_of_keras(call):
            yield at_call(
                "adadelta_default", call, "Adadelta() keeps its default rate, which TensorFlow 2 set to 0.001"
            )
        elif _same(call.keyword("train_dataset"), call.keyword("eval_dataset")):
            yield at_call("validation_on_training_data", call, "train_dataset is given as eval_dataset as well")


def _compiled(program: Program, call: Call) -> Iterator[Sign]:
    loss, output = compiled_loss(program, call), output_of(program, call)
    if output is None:
        return
    layer, activation = output.layer, output.activation
    if output.units == 1 and activation == "softmax":
        yield at_call("softmax_over_one_unit", layer, "a softmax over a single unit, which is always one")
    if loss is None:
        return
    if loss.of == "amounts":
        yield from _of_amounts(call, loss, output)
    elif loss.logits:
        yield from _of_logits(loss, output)
    elif loss.logits is False:
        yield from _of_probabilities(loss, output)


def _of_logits(loss: CompiledLoss, output: Output) -> Iterator[Sign]:
    if output.activation in ("softmax", "sigmoid"):
        says = f"{output.activation} before a loss with from_logits=True, which applies {loss.over} itself"
        yield at_call("activation_before_loss", output.layer, says)
    elif output.activation == "relu":
        yield at_call("relu_before_loss", output.layer, "ReLU on the outputs that go into a loss on logits")


def _of_probabilities(loss: CompiledLoss, output: Output) -> Iterator[Sign]:
    layer, activation = output.layer, output.activation
    many = output.units is None or output.units > 2
    if activation in _NO_PROBABILITIES:
        got = "no activation" if activation == "linear" else activation
        yield at_call("no_activation_before_loss", layer, f"{got} before a loss that takes the outputs of {loss.over}")
    elif loss.of == "classes" and output.units == 1:
        if activation != "softmax":
            yield at_call("classes_of_one_unit", layer, f"{loss.name} over a single unit, as if there were one class")
    elif loss.of == "parts" and activation == "softmax" and many:
        says = f"{loss.name} over the outputs of a softmax takes every class for a question of its own"
        yield at_call("binary_loss_of_classes", layer, says)
    elif loss.of == "classes" and activation in _PROBABILITIES[1:] and many and output.units is not None:
        says = f"{activation} before {loss.name}, which takes the outputs of {loss.over}"
        yield at_call("sigmoid_of_classes", layer, says)


def _of_amounts(call: Call, loss: CompiledLoss, output: Output) -> Iterator[Sign]:
    layer = output.layer
    shown = Operation(
        "activation", output.activation, layer.scope.script.path, layer.line, layer.method, units=output.units
    )
    yield from of_amounts(shown, loss.name)
    metrics = argument(call, "metrics", 2)
    named = [e.value for e in metrics.elts if isinstance(e, ast.Constant)] if isinstance(metrics, ast.List) else []
    if {"accuracy", "acc"} & set(named) and output.activation in ("linear", "relu") and output.units in (None, 1):
        yield at_call("accuracy_of_amounts", call, f"the accuracy of a network that is trained on {loss.name}")


def _classes(program: Program, call: Call) -> Iterator[Sign]:
    """Labels of a known data set, as they are loaded, for a network with fewer outputs than there are classes."""
    labels = argument(call, "y", 1)
    classes = _loaded_classes(program, call, labels.id) if isinstance(labels, ast.Name) else None
    before = [c for c in call.scope.calls if c.method == "compile" and c.order < call.order]
    compiled = [c for c in before if c.receiver == call.receiver]
    if classes is None or not compiled:
        return
    output, loss = output_of(program, compiled[-1]), compiled_loss(program, compiled[-1])
    units = output.units if output is not None and loss is not None and loss.of != "amounts" else None
    if output is not None and units is not None and units < classes[1]:
        says = f"{units} output{'s' if units > 1 else ''} for the {classes[1]} classes of {classes[0]}"
        yield at_call("fewer_units_than_classes", output.layer, says)


def _loaded_classes(program: Program, call: Call, labels: str) -> tuple[str, int] | None:
    """Return name and number of classes of the data set whose labels a name holds, if it is set by nothing else."""
    if len([s for s in call.scope.settings if s.target == labels]) != 1:
        return None
    for _, node, _ in call.scope.nodes:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and node.targets[0].elts):
            continue
        pair = node.targets[0].elts[0]
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 and text_of(pair.elts[1]) == labels:
            name = _loaded(node.value)
            return (name, program.meanings.classes[name]) if name in program.meanings.classes else None
    return None


def _loaded(node: ast.expr) -> str:
    """Return the data set of ``mnist.load_data()``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load_data":
        return last_name_of(node.func.value)
    return ""


def _same_data(call: Call) -> Iterator[Sign]:
    """The data of training given as those of validation: ``fit(x, y, validation_data=(x, y))``."""
    given = [argument(call, "x", 0), argument(call, "y", 1)]
    for name in ("validation_data", "eval_data", "eval_set"):
        other = call.keyword(name)
        if isinstance(other, ast.List) and len(other.elts) == 1:
            other = other.elts[0]
        if isinstance(other, ast.Tuple | ast.List):
            same = len(other.elts) >= 2 and all(_same(a, b) for a, b in zip(given, other.elts[:2], strict=True))
        else:
            same = other is not None and _same(given[0], other)
        if same:
            yield at_call("validation_on_training_data", call, f"{name} of {call.method}() is what it is fitted to")


def _same(one: ast.expr | None, other: ast.expr | None) -> bool:
    """Tell whether two expressions name the same; calls may give something else each time."""
    if one is None or other is None or any(isinstance(n, ast.Call) for n in ast.walk(one)):
        return False
    return not isinstance(one, ast.Constant) and ast.dump(one) == ast.dump(other)


def _is_for_training(program: Program, call: Call) -> bool:
    target = next((s.target for s in call.scope.settings if s.value is call.node), "")
    return program.meanings.is_for_training(target)


def _is_of_keras(call: Call) -> bool:
    return call.scope.script.dotted(call.node.func).startswith(("keras.", "tensorflow.keras."))


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False
