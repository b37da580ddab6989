"""Outputs and targets of different shapes, which a loss of amounts spreads over each other."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.patterns.bootstrapping import made_of
from logdoc.program.patterns.sign import at_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.tracing import Program


def shape_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about a column of chosen values that is compared with a row of the largest ones."""
    reshaping = program.meanings.words["reshaping"]
    for loss in program.losses():
        if loss.meaning.about.get("of") != "amounts" or loss.target is None:
            continue
        scope, order = loss.call.scope, loss.call.order
        sides = [made_of(scope, one, order) for one in (loss.prediction, loss.target)]
        chosen = [_is_column(part) for one in sides[0] for part in ast.walk(one)]
        flat = [_is_row(part) for one in sides[1] for part in ast.walk(one)]
        kept = not _reshaped(sides[0], reshaping, inside=False) and not _reshaped(sides[1], reshaping, inside=True)
        if any(chosen) and any(flat) and kept:
            says = "gather() gives a column and max(1)[0] a row: every value is compared with every target"
            yield at_call("shapes_spread", loss.call, says)


def _is_column(node: ast.AST) -> bool:
    """``values.gather(1, actions.unsqueeze(1))`` or ``actions.view(-1, 1)``."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "gather"
    if not called or not isinstance(node, ast.Call) or not node.args:
        return False
    index = node.args[-1]
    made = isinstance(index, ast.Call) and isinstance(index.func, ast.Attribute)
    return made and isinstance(index, ast.Call) and getattr(index.func, "attr", "") in ("unsqueeze", "view", "reshape")


def _is_row(node: ast.AST) -> bool:
    """``values.max(1)[0]``, without keepdim."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant) or node.slice.value != 0:
        return False
    call = node.value
    called = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "max"
    return called and isinstance(call, ast.Call) and not any(k.arg == "keepdim" for k in call.keywords)


def _reshaped(parts: tuple[ast.expr, ...], reshaping: frozenset[str], *, inside: bool) -> bool:
    """Tell whether anything is put into another shape on the way; the index of gather() is no part of it."""
    for one in parts:
        skipped = {
            id(part)
            for node in ast.walk(one)
            if not inside and _is_column(node) and isinstance(node, ast.Call)
            for part in ast.walk(node.args[-1])
        }
        for node in ast.walk(one):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.Attribute) and node.attr in reshaping:
                return True
            if isinstance(node, ast.Constant) and node.value is None and isinstance(one, ast.Subscript):
                return True
    return False
