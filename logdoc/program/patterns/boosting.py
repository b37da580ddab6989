"""Boosted trees: weights that are given twice, and objectives of one's own without a second derivative."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.sign import at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Scope
    from logdoc.program.tracing import Program


def boosting_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about the settings and the objectives of boosted trees."""
    for scope in program.scopes:
        for _, node, _ in scope.nodes:
            given = _given(node)
            if _is_on(given.get("is_unbalance")) and _is_weight(given.get("scale_pos_weight")):
                line = given["scale_pos_weight"].lineno
                says = "scale_pos_weight beside is_unbalance: the positives are weighted twice"
                yield at_line("positives_weighted_twice", scope, line, says)
    words = program.meanings.words
    named = {text_of(k.value) for call in program.calls() for k in call.node.keywords if k.arg in words["objective"]}
    for name in sorted(named - {""}):
        function = program.function(name)
        if function is not None:
            yield from _curvature(function, words["zeros"])


def _given(node: ast.AST) -> dict[str, ast.expr]:
    """Return the settings of a table or of a call, by their names."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(k.value): value for k, value in pairs if isinstance(k, ast.Constant)}
    if isinstance(node, ast.Call):
        return {k.arg: k.value for k in node.keywords if k.arg is not None}
    return {}


def _is_on(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() in ("true", "1")


def _is_weight(node: ast.expr | None) -> bool:
    return node is not None and not (isinstance(node, ast.Constant) and node.value in (1, None))


def _curvature(function: Scope, zeros: frozenset[str]) -> Iterator[Sign]:
    """The second of what an objective returns, where it is made of zeros and nothing else is put into it."""
    for _, value in function.returns:
        if not isinstance(value, ast.Tuple) or len(value.elts) != 2:
            continue
        second, name = value.elts[1], text_of(value.elts[1])
        if name:
            mine = [s for s in function.settings if s.target == name]
            touched = [n for _, n, _ in function.nodes if isinstance(n, ast.Subscript) and text_of(n.value) == name]
            if len(mine) != 1 or touched:
                continue
            second = mine[0].value
        if isinstance(second, ast.Call) and last_name_of(second.func) in zeros:
            says = f"the second derivative that {function.name}() returns is zero everywhere, so that no split gains"
            yield at_line("curvature_zero", function, second.lineno, says)
