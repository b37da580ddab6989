"""The scopes of a program, and what stands in each in order: calls, and what names are set to."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.program.parsing import Script

Loop = ast.For | ast.AsyncFor | ast.While
Function = ast.FunctionDef | ast.AsyncFunctionDef
_SKIPPED = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A name is set to a value.

    Attributes:
        target: ``model`` or ``self.model``.
        value: the expression, or what a loop runs over.
        order: place in the scope, as of calls.
        element: the name is one of several parts of the value.
        adds: it is ``+=`` or another such sign.
    """

    target: str
    value: ast.expr
    order: int
    line: int
    loops: tuple[Loop, ...] = ()
    element: bool = False
    adds: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call, where it stands: its scope, its place in it, the loops around it, and the block of statements."""

    node: ast.Call
    scope: Scope
    order: int
    loops: tuple[Loop, ...]
    block: int

    @property
    def line(self) -> int:
        """The line of its name."""
        return self.node.func.end_lineno or self.node.lineno

    @property
    def method(self) -> str:
        """The last part of what is called: ``step`` of ``optimizer.step()``."""
        function = self.node.func
        return function.attr if isinstance(function, ast.Attribute) else text_of(function)

    @property
    def receiver(self) -> str:
        """What a method is called of, as text; empty for a function and for what is no chain of names."""
        function = self.node.func
        return text_of(function.value) if isinstance(function, ast.Attribute) else ""

    def keyword(self, name: str) -> ast.expr | None:
        """Return the value of a keyword argument."""
        return next((k.value for k in self.node.keywords if k.arg == name), None)

    @property
    def open_ended(self) -> bool:
        """Whether it is given ``**settings``, which may hold anything."""
        return any(k.arg is None for k in self.node.keywords)


@dataclass(slots=True, eq=False)
class Scope:
    """A file's own statements, or a function.

    Attributes:
        owner: the class that a method belongs to.
        others: every other node of the scope, for questions about attributes and operators.
    """

    script: Script
    name: str
    node: ast.Module | Function
    owner: str = ""
    parameters: tuple[str, ...] = ()
    calls: list[Call] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    returns: list[tuple[int, ast.expr]] = field(default_factory=list)
    nodes: list[tuple[int, ast.AST, tuple[Loop, ...]]] = field(default_factory=list)
    count: int = 0


def scopes_of(script: Script) -> list[Scope]:
    """Return the file's own scope and those of its functions, methods and functions in them."""
    found: list[Scope] = []
    waiting: list[tuple[ast.Module | Function | ast.ClassDef, str]] = [(script.tree, "")]
    while waiting:
        node, owner = waiting.pop()
        if isinstance(node, ast.ClassDef):
            waiting.extend((n, node.name) for n in node.body if isinstance(n, (*_functions(), ast.ClassDef)))
            continue
        if isinstance(node, ast.Module):
            scope = Scope(script, "", node)
        else:
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            scope = Scope(script, node.name, node, owner, tuple(a.arg for a in given))
        waiting.extend((inner, owner) for inner in _fill(scope, node.body))
        found.append(scope)
    return sorted(found, key=lambda s: s.node.lineno if isinstance(s.node, _functions()) else 0)


def _functions() -> tuple[type[ast.FunctionDef], type[ast.AsyncFunctionDef]]:
    return (ast.FunctionDef, ast.AsyncFunctionDef)


def _fill(scope: Scope, body: Sequence[ast.stmt]) -> list[Function | ast.ClassDef]:
    """Note everything in the scope in the order of the text; return the functions and classes that begin scopes of
    their own.
    """
    inner: list[Function | ast.ClassDef] = []
    waiting: list[tuple[ast.AST, tuple[Loop, ...], int]] = [(n, (), 0) for n in reversed(body)]
    while waiting:
        node, loops, block = waiting.pop()
        if isinstance(node, (*_functions(), ast.ClassDef)):
            inner.append(node)
            continue
        scope.count += 1
        _note(scope, node, loops, block)
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            loops = (*loops, node)
        waiting.extend(reversed([(child, loops, _block(node, child, block)) for child in ast.iter_child_nodes(node)]))
    return inner


def _block(node: ast.AST, child: ast.AST, block: int) -> int:
    """Which list of statements a node stands in: that of a loop's or a condition's body is another than the one around
    it, that of a ``with`` is not.
    """
    if isinstance(child, ast.stmt) and isinstance(node, ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try):
        return id(node) + (1 if child in getattr(node, "orelse", ()) else 0)
    return block


def _note(scope: Scope, node: ast.AST, loops: tuple[Loop, ...], block: int) -> None:
    order = scope.count
    scope.nodes.append((order, node, loops))
    if isinstance(node, ast.Call):
        scope.calls.append(Call(node, scope, order, loops, block))
    elif isinstance(node, ast.Return) and node.value is not None:
        scope.returns.append((order, node.value))
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            scope.settings.extend(_settings(target, node.value, order, loops))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        scope.settings.extend(_settings(node.target, node.value, order, loops))
    elif isinstance(node, ast.AugAssign):
        scope.settings.append(
            Setting(text_of(node.target), node.value, order, node.lineno, loops, adds=True),
        )
    elif isinstance(node, ast.For | ast.AsyncFor):
        scope.settings.extend(
            Setting(name, node.iter, order, node.lineno, (*loops, node), element=True) for name in _names(node.target)
        )
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None:
                scope.settings.extend(_settings(item.optional_vars, item.context_expr, order, loops))


def _settings(target: ast.expr, value: ast.expr, order: int, loops: tuple[Loop, ...]) -> Iterator[Setting]:
    if isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        if len(parts) == len(target.elts):
            for one, part in zip(target.elts, parts, strict=True):
                yield Setting(text_of(one), part, order, value.lineno, loops)
        else:
            for name in _names(target):
                yield Setting(name, value, order, value.lineno, loops, element=True)
    elif text_of(target):
        yield Setting(text_of(target), value, order, value.lineno, loops)


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name | ast.Attribute) and text_of(node):
            yield text_of(node)
