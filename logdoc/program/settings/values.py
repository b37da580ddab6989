"""What an expression is worth, where it is a plain constant or a name that simple assignments lead to one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.settings.found import Unknown
from logdoc.program.tracing import MOST_STEPS

if TYPE_CHECKING:
    from logdoc.model import ConfigValue
    from logdoc.program.scopes import Scope
    from logdoc.program.settings.found import Declared
    from logdoc.program.tracing import Program

_CASTS = ("float", "int", "str")
_LONGEST = 200


def constant(node: ast.expr) -> ConfigValue | Unknown:
    """Return the value of a literal; a list of numbers as text."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = constant(node.operand)
        if isinstance(inner, int | float) and not isinstance(inner, bool):
            return -inner if isinstance(node.op, ast.USub) else inner
        return Unknown.COMPUTED
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value if len(node.value) <= _LONGEST else Unknown.COMPUTED
        return node.value if node.value is None or isinstance(node.value, bool | int | float) else Unknown.COMPUTED
    if isinstance(node, ast.Tuple | ast.List) and 0 < len(node.elts) <= 4:
        parts = [constant(part) for part in node.elts]
        if all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts):
            return f"[{', '.join(map(str, parts))}]"
    return Unknown.COMPUTED


def value_of(program: Program, node: ast.expr, scope: Scope, order: int, declared: Declared) -> ConfigValue | Unknown:
    """Return the value of an expression at a place of the program.

    Args:
        program: all of it.
        node: the expression.
        scope: where it stands.
        order: its place in the scope.
        declared: what options, constants and configurations say, by the last part of a name.
    """
    for _ in range(MOST_STEPS):
        if isinstance(node, ast.Call) and text_of(node.func) in _CASTS and len(node.args) == 1 and not node.keywords:
            node = node.args[0]
            continue
        text = text_of(node)
        if not text:
            key = node.slice if isinstance(node, ast.Subscript) else None
            named = isinstance(key, ast.Constant) and isinstance(key.value, str)
            return _declared(str(key.value), declared) if named and isinstance(key, ast.Constant) else constant(node)
        found = program.value(text, scope, order)
        if found is None:
            return _given(program, text, scope, declared)
        where, setting = found
        if (
            setting.element
            or setting.adds
            or setting.loops
            or _disagree(where, text, None if where is not scope else order)
        ):
            return Unknown.COMPUTED
        node, scope, order = setting.value, where, setting.order
    return Unknown.COMPUTED


def _disagree(scope: Scope, text: str, before: int | None) -> bool:
    """Tell whether a name is set to several values, so that it depends on the way through the program."""
    values = [s for s in scope.settings if s.target == text and (before is None or s.order < before)]
    return len(values) > 1 and len({ast.dump(s.value) for s in values}) > 1


def _given(program: Program, text: str, scope: Scope, declared: Declared) -> ConfigValue | Unknown:
    """Return what a name is that no assignment sets: a parameter with a default that no call replaces, or an option."""
    if "." in text:
        return _declared(text.rpartition(".")[2], declared)
    if text not in scope.parameters or isinstance(scope.node, ast.Module):
        return Unknown.UNTRACED
    arguments = scope.node.args
    usual = dict(
        zip([a.arg for a in [*arguments.posonlyargs, *arguments.args]][::-1], arguments.defaults[::-1], strict=False)
    )
    usual.update({a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None})
    name = scope.owner if scope.name == "__init__" else scope.name
    place = scope.parameters.index(text) - bool(scope.owner)
    for call in program.calls_of(name):
        if call.keyword(text) is not None or call.open_ended or len(call.node.args) > place:
            return Unknown.UNTRACED
    return constant(usual[text]) if text in usual else Unknown.UNTRACED


def _declared(name: str, declared: Declared) -> ConfigValue | Unknown:
    values = declared.get(name.lower(), ())
    if not values:
        return Unknown.UNTRACED
    return values[0] if all(value == values[0] for value in values) else Unknown.COMPUTED
