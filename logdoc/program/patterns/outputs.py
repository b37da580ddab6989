"""What a network gives to its loss, in programs that write their loop themselves: one unit, the wrong axis, bounds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.patterns.losses import compared, is_trained_on
from logdoc.program.patterns.sign import Sign, at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.scopes import Scope
    from logdoc.program.tracing import LossCall, Operation, Program

BOUNDS = {"sigmoid": "zero to one", "tanh": "minus one to one"}


def output_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about the outputs that losses are given, and about the largest of a single one."""
    batches = any(program.meanings.of(c.scope.script.dotted(c.node.func), "loader") for c in program.calls())
    for loss in program.losses():
        last = program.last_operation(loss.prediction, loss.call.scope, loss.call.order)
        if last is None:
            continue
        if last.kind == "activation" and last.does in ("softmax", "log_softmax"):
            yield from _of_softmax(loss, last, batches=batches)
        elif last.kind == "layer" and last.units == 1 and loss.meaning.about.get("over") == "softmax":
            says = f"{loss.meaning.name} over a single output, as if there were one class"
            yield Sign("classes_of_one_unit", loss.call.scope.script.path, loss.call.line, says)
        if loss.meaning.about.get("of") == "amounts" and is_trained_on(program, loss):
            yield from of_amounts(last, loss.meaning.name)
    for scope in program.scopes:
        yield from _largest_of_one(program, scope)


def _of_softmax(loss: LossCall, last: Operation, *, batches: bool) -> Iterator[Sign]:
    if last.units == 1 and last.axis in (1, -1):
        says = f"a {last.does} over a single output, which is always {'one' if last.does == 'softmax' else 'zero'}"
        yield Sign("softmax_over_one_unit", last.path, last.line, says)
    elif last.axis == 0 and batches and loss.call.loops and loss.meaning.about.get("of") != "amounts":
        says = f"a {last.does} over the batch (dim=0) before {loss.meaning.name}, not over the classes"
        yield Sign("softmax_over_batch", last.path, last.line, says)


def of_amounts(last: Operation, loss: str) -> Iterator[Sign]:
    """Yield signs about an activation that cannot give every amount."""
    if last.kind != "activation":
        return
    if last.does == "relu":
        says = f"ReLU at the output, trained on {loss}: nothing below zero can be given"
        yield Sign("relu_before_error", last.path, last.line, says)
    elif last.does in BOUNDS:
        says = f"{last.does} at the output, trained on {loss}: nothing outside of {BOUNDS[last.does]} can be given"
        yield Sign("bounded_before_error", last.path, last.line, says)
    elif last.does == "softmax" and last.units != 1:
        yield Sign("amounts_of_classes", last.path, last.line, f"{loss} over the outputs of a softmax")


def _largest_of_one(program: Program, scope: Scope) -> Iterator[Sign]:
    for order, node, _ in scope.nodes:
        pair = compared(program, node, scope, order)
        if pair is None or not isinstance(node, ast.expr):
            continue
        guess = program.last_operation(pair[0], scope, order)
        if guess is not None and guess.units == 1:
            says = "the metric takes the largest of a single output, which is always the first"
            yield at_line("argmax_over_one_unit", scope, node.lineno, says)
