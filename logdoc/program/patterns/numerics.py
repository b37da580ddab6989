"""Logarithms, divisions and roots in losses and networks that nothing keeps from zero."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Scope
    from logdoc.program.tracing import Program

_GUARDS = (
    "clamp",
    "clip",
    "clamp_min",
    "clip_by_value",
    "maximum",
    "max",
    "exp",
    "softplus",
    "cosh",
    "logsumexp",
    "nan_to_num",
    "where",
    "size",
    "len",
    "numel",
    "float",
    "det",
    "prod",
)
_MAY_BE_ZERO = ("sum", "norm", "std", "var", "max", "abs", "mean")
_LOSSES = ("loss", "cost", "entropy", "crossentropy", "xent")
_TENSORS = ("torch.", "tensorflow.", "keras.")


def numeric_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about numbers in functions that belong to the loss or the network."""
    for scope in program.scopes:
        if not _in_training(program, scope):
            yield from _of_graph(program, scope)
            continue
        for order, node, _ in scope.nodes:
            if isinstance(node, ast.Call):
                yield from _of_call(program, scope, order, node)
            elif (
                isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _may_be_zero(scope, node.right, order)
            ):
                yield at_line(
                    "division_unguarded",
                    scope,
                    node.lineno,
                    "a division by a sum, a norm or a deviation that may be zero",
                )


def _of_graph(program: Program, scope: Scope) -> Iterator[Sign]:
    """Yield signs about losses of the first TensorFlow, which are set up once and computed elsewhere."""
    for setting in scope.settings:
        if not words_of(setting.target) & set(_LOSSES):
            continue
        for node in ast.walk(setting.value):
            if isinstance(node, ast.Call) and scope.script.dotted(node.func).startswith("tensorflow."):
                yield from _of_call(program, scope, setting.order, node)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
                for side in (node.left, node.right):
                    yield from _of_unknown(program, scope, side)


def _of_unknown(program: Program, scope: Scope, node: ast.expr) -> Iterator[Sign]:
    """A cross-entropy by hand in a piece of a program that does not show where its probabilities come from."""
    if not (isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Name)):
        return
    dotted, name = scope.script.dotted(node.func), node.args[0].id
    meaning = program.meanings.of(dotted, "logarithm")
    if meaning is not None and dotted.startswith("tensorflow.") and not program.settings_of(name):
        yield at_line(
            "logarithm_unguarded", scope, node.lineno, f"a logarithm of '{name}', which nothing keeps from zero"
        )


def _in_training(program: Program, scope: Scope) -> bool:
    """Tell whether a scope computes a loss, or is the ``forward`` of a network."""
    if scope.name in ("forward", "training_step", "compute_loss") or "loss" in scope.name.lower():
        return True
    return any(call.method == "backward" for call in scope.calls)


def _of_call(program: Program, scope: Scope, order: int, node: ast.Call) -> Iterator[Sign]:
    dotted = scope.script.dotted(node.func)
    kind = program.meanings.of(dotted)
    method = node.func.attr if isinstance(node.func, ast.Attribute) and dotted == text_of(node.func) else ""
    argument = node.args[0] if node.args else None
    if not dotted and isinstance(node.func, ast.Attribute):
        method = node.func.attr
    if method in ("log", "log2", "log10", "sqrt") and isinstance(node.func, ast.Attribute) and not node.args:
        argument = node.func.value
    elif kind is None or kind.kind not in ("logarithm", "root") or not dotted.startswith(_TENSORS):
        return
    if argument is None or _guarded(scope, argument, order):
        return
    if method == "sqrt" or (kind is not None and kind.kind == "root"):
        yield at_line(
            "root_unguarded", scope, node.lineno, "a square root of what may be zero, where its slope is infinite"
        )
    else:
        yield at_line("logarithm_unguarded", scope, node.lineno, "a logarithm of what may be zero or less")


def _guarded(scope: Scope, node: ast.expr, order: int, depth: int = 0) -> bool:
    """Tell whether something keeps a value from zero: a small number added, a limit, or that it is a plain number."""
    if depth > 6:
        return True
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Add):
            return (
                _adds(node.left)
                or _adds(node.right)
                or (_guarded(scope, node.left, order, depth + 1) and _guarded(scope, node.right, order, depth + 1))
            )
        if isinstance(node.op, ast.Sub):
            return isinstance(node.left, ast.BinOp) and _guarded(scope, node.left, order, depth + 1)
        return _guarded(scope, node.left, order, depth + 1) and _guarded(scope, node.right, order, depth + 1)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else text_of(node.func)
        if name in _GUARDS:
            return True
        inner = node.func.value if isinstance(node.func, ast.Attribute) and not node.args else None
        return (
            _guarded(scope, inner, order, depth + 1)
            if inner is not None and name in ("mean", "sum", "squeeze", "view")
            else False
        )
    if isinstance(node, ast.Name):
        limits = (c for c in scope.calls if c.method in ("clamp_", "clip_", "clamp_min_", "add_") and c.order < order)
        if any(c.receiver.partition(".")[0] == node.id for c in limits):
            return True
        before = [s for s in scope.settings if s.target == node.id and s.order < order]
        if not before:
            return node.id not in scope.parameters or node.id.isupper()
        return before[-1].element or _guarded(scope, before[-1].value, before[-1].order, depth + 1)
    return True  # attributes and the rest: a name that may hold anything


def _adds(node: ast.expr) -> bool:
    """Tell whether a summand is a number or is called epsilon."""
    name = text_of(node).lower()
    return isinstance(node, ast.Constant) or "eps" in name or "tiny" in name or "smooth" in name or "delta" in name


def _may_be_zero(scope: Scope, node: ast.expr, order: int) -> bool:
    """Tell whether a divisor is a sum, a norm or a deviation as it comes, or a name that was set to one."""
    if isinstance(node, ast.Name):
        before = [s for s in scope.settings if s.target == node.id and s.order < order]
        if not before or before[-1].element or before[-1].adds:
            return False
        node, order = before[-1].value, before[-1].order
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr not in _MAY_BE_ZERO:
        return False
    value = node.func.value
    inner = value.func.attr if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else ""
    return inner not in ("exp", "softplus", "clamp") and not (
        inner == "" and isinstance(value, ast.Name) and value.id in ("np", "math")
    )
