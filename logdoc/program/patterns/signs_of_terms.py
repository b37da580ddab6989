"""With which sign a term enters a sum, as far as the text of one function shows it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.program.parsing import last_name_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logdoc.program.scopes import Scope

_MOST_STEPS = 60


@dataclass(slots=True)
class Signs:
    """Follows one kind of term through the expressions of a scope.

    Attributes:
        words: the names of functions and methods that change no sign.
        wanted: whether an expression is the term.
        weighs: whether the other factors of a product may stand beside it; another product makes the answer unknown.
        known: whether all was plain.
    """

    scope: Scope
    words: Mapping[str, frozenset[str]]
    wanted: Callable[[ast.expr], bool]
    weighs: Callable[[ast.expr], bool]
    known: bool = True
    steps: int = 0
    seen: set[str] = field(default_factory=set)

    def of(self, node: ast.expr, order: int, sign: int = 1) -> set[int]:
        """Return the signs with which the term stands in an expression."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            self.known = False
            return set()
        if self.wanted(node):
            return {sign}
        if isinstance(node, ast.UnaryOp):
            return self.of(node.operand, order, -sign if isinstance(node.op, ast.USub) else sign)
        if isinstance(node, ast.BinOp):
            return self._of_two(node, order, sign)
        if isinstance(node, ast.Call):
            return self._of_call(node, order, sign)
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return self.of(node.elt, order, sign)
        if isinstance(node, ast.List | ast.Tuple):
            return set().union(*(self.of(one, order, sign) for one in node.elts))
        if isinstance(node, ast.Name | ast.Attribute):
            return self._of_name(text_of(node), order, sign)
        return self._nothing(node)

    def _of_two(self, node: ast.BinOp, order: int, sign: int) -> set[int]:
        if isinstance(node.op, ast.Add | ast.Sub):
            other = -sign if isinstance(node.op, ast.Sub) else sign
            return self.of(node.left, order, sign) | self.of(node.right, order, other)
        if isinstance(node.op, ast.Div):
            return self.of(node.left, order, sign)
        if not isinstance(node.op, ast.Mult):
            return self._nothing(node)
        left, right = self.of(node.left, order, sign), self.of(node.right, order, sign)
        if left and right:
            self.known = False
        factor = node.right if left else node.left
        if (left or right) and not self.weighs(factor):
            self.known = False
        negative = isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub)
        return {-one if negative else one for one in left | right}

    def _of_call(self, node: ast.Call, order: int, sign: int) -> set[int]:
        name = last_name_of(node.func) if text_of(node.func) else getattr(node.func, "attr", "")
        if name in self.words["joined"] and node.args and not isinstance(node.args[0], ast.Constant):
            return self.of(node.args[0], order, sign)
        kept = any(name in self.words[kind] for kind in ("joined", "reshaping", "moving"))
        if kept and isinstance(node.func, ast.Attribute):
            return self.of(node.func.value, order, sign)
        return self._nothing(node)

    def _of_name(self, text: str, order: int, sign: int) -> set[int]:
        if not text or text in self.seen:
            return set()
        self.seen.add(text)
        mine = [s for s in self.scope.settings if s.target == text and s.order < order]
        plain = [s for s in mine if not s.adds and not s.element]
        found: set[int] = set()
        if any(s.element for s in mine) or any(_subtracts(self.scope, s.line, text) for s in mine if s.adds):
            self.known = self.known and not any(s.adds for s in mine)
            return found
        for setting in (*plain[-1:], *(s for s in mine if s.adds)):
            found |= self.of(setting.value, setting.order, sign)
        for call in self.scope.calls:
            if call.method == "append" and call.receiver == text and call.node.args and call.order < order:
                found |= self.of(call.node.args[0], call.order, sign)
        return found

    def _nothing(self, node: ast.expr) -> set[int]:
        """An expression that is not followed: nothing is known where the term stands somewhere in it."""
        if any(isinstance(part, ast.expr) and self.wanted(part) for part in ast.walk(node)):
            self.known = False
        return set()


def _subtracts(scope: Scope, line: int, text: str) -> bool:
    return any(
        isinstance(node, ast.AugAssign)
        and node.lineno == line
        and text_of(node.target) == text
        and not isinstance(node.op, ast.Add)
        for _, node, _ in scope.nodes
    )
