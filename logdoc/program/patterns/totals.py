"""Losses that are added up over the rounds of a loop, shown in each, and never set back."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Loop, Scope, Setting
    from logdoc.program.tracing import Program

_LOSSES = frozenset({"loss", "cost", "losses"})
_SHOWING = ("print", "append", "add_scalar", "write", "info", "log")
_ROUNDS = frozenset({"epoch", "epochs", "iter", "iters", "iteration", "iterations"})


def total_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about sums of losses that go on from round to round of the outermost loop."""
    for scope in program.scopes:
        for setting in scope.settings:
            if not (setting.adds and setting.loops and words_of(setting.target) & _LOSSES):
                continue
            loop = setting.loops[0]
            if _starts_anew(scope, loop) or _set_back(scope, setting, loop):
                continue
            if any(_shows(scope, call, setting.target, loop) for call in scope.calls):
                yield at_line(
                    "total_never_reset",
                    scope,
                    setting.line,
                    f"'{setting.target}' is added to in every round of the loop and never set back",
                )


def _starts_anew(scope: Scope, loop: Loop) -> bool:
    """Tell whether the sum is that of one call of a function, whose loop runs over batches."""
    if not scope.name:
        return False
    heads = [loop.test] if isinstance(loop, ast.While) else [loop.target, loop.iter]
    names = {node.id for head in heads for node in ast.walk(head) if isinstance(node, ast.Name)}
    return not any(words_of(name) & _ROUNDS for name in names)


def _set_back(scope: Scope, setting: Setting, loop: Loop) -> bool:
    """Tell whether the name is set to something, or taken away from, anywhere in the loop."""
    others = (one for one in scope.settings if one.target == setting.target and loop in one.loops)
    return any(not one.adds for one in others) or any(
        isinstance(node, ast.AugAssign) and not isinstance(node.op, ast.Add) and text_of(node.target) == setting.target
        for _, node, loops in scope.nodes
        if loop in loops
    )


def _shows(scope: Scope, call: Call, target: str, loop: Loop) -> bool:
    """Tell whether a call of the loop shows the sum itself, or divided by what does not grow with it."""
    if call.method not in _SHOWING or loop not in call.loops:
        return False
    growing = {one.target for one in scope.settings if one.adds and loop in one.loops}
    growing |= {node.id for each in call.loops for node in ast.walk(_running(each)) if isinstance(node, ast.Name)}
    shares: set[int] = set()
    for node in ast.walk(call.node):
        if isinstance(node, ast.BinOp):
            divided = isinstance(node.op, ast.Div | ast.FloorDiv) and _names(node.right) & growing
            if divided or isinstance(node.op, ast.Sub):
                shares |= {id(one) for one in ast.walk(node)}
    return any(
        isinstance(node, ast.Name | ast.Attribute) and text_of(node) == target and id(node) not in shares
        for given in (*call.node.args, *(k.value for k in call.node.keywords))
        for node in ast.walk(given)
    )


def _running(loop: Loop) -> ast.expr:
    return loop.test if isinstance(loop, ast.While) else loop.target


def _names(node: ast.AST) -> set[str]:
    return {text_of(one) for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute)}
