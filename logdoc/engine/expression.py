"""The expression language of rules: parsed with `ast`, checked against types at load, compiled to closures. Nothing
is ever evaluated as Python.

Allowed: names, numbers, texts, true/false, ``+ - * /``, comparisons (also chained), ``and or not``, ``a if b else
c`` and calls of known functions.
Everything else is refused by name. Truth has three values; a comparison with an unknown number is unknown; division
by zero is infinite, never an error.
"""

from __future__ import annotations

import ast
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.engine.calling import called
from logdoc.engine.functions import Function, functions
from logdoc.engine.kinds import FACT, MASK, NUMBER, SERIES, TEXT, TRUTH, Kind, Scope, Type, as_number
from logdoc.engine.operations import (
    ARITHMETIC,
    COMPARISONS,
    all_of,
    any_of,
    compare_values,
    lift1,
    lift2,
    mask,
    per_entity,
    plain_arithmetic,
    plain_comparison,
    to_truth,
)
from logdoc.errors import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_LENGTH = 2000
MAX_NODES = 300
MAX_DEPTH = 30

_METHODS: dict[type[ast.expr], str] = {
    kind: f"_{kind.__name__.lower()}"
    for kind in (
        ast.Constant,
        ast.Name,
        ast.BoolOp,
        ast.UnaryOp,
        ast.BinOp,
        ast.Compare,
        ast.IfExp,
        ast.Call,
    )
}
_WORDS = {
    "true": True,
    "false": False,
    "True": True,
    "False": False,
    "null": None,
    "None": None,
    "inf": math.inf,
    "nan": math.nan,
}
RESERVED = frozenset(_WORDS)


class ExpressionError(Exception):
    """An expression is wrong. `column` counts characters of the expression from 0."""

    def __init__(self, what: str, column: int = 0, hint: str = "") -> None:
        self.what, self.column, self.hint = what, column, hint
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: its text, its type, the names it uses, and how to evaluate it."""

    text: str
    type: Type
    names: frozenset[str]
    run: Callable[[Scope], Any]


def compile_expression(text: str, types: Mapping[str, Type], *, checked: bool = False) -> Expression:
    """Check and compile an expression.

    Args:
        text: one expression, at most 2,000 characters.
        types: the type of every name it may use.
        checked: its parts were counted before.

    Raises:
        ExpressionError: with the column of the offending part and, where there is one, a suggestion.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {MAX_LENGTH:,} are allowed")
    flat = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    shift = len(flat) - len(flat.lstrip())
    flat = flat.strip()
    tree = _parse(flat, shift)
    # Each character makes at most two nodes, so that a short text need not be counted.
    if not checked and 2 * len(flat) >= MAX_NODES and sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ExpressionError(f"the expression has more than {MAX_NODES} parts; use `let` to name some of them")
    compiler = _Compiler(types)
    try:
        kind, run = compiler.visit(tree.body, 0)
    except ExpressionError as error:
        error.column = shift + _character(flat, error.column)
        raise
    return Expression(text, kind, frozenset(compiler.names), run)


def _parse(flat: str, shift: int) -> ast.Expression:
    """Parse one line; what Python would only warn of, or drop as a comment, is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(flat or " ", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        column = shift + max((getattr(error, "offset", None) or 1) - 1, 0)
        raise ExpressionError(
            "this is not an expression of the rule language",
            column,
            "Expressions look like: rise_z(loss) >= 6 and count(loss) > 5.",
        ) from None
    end = _character(flat, tree.body.end_col_offset or 0)
    if flat[end:].strip(") "):
        # Lines of a YAML text are joined, so a comment would swallow every line after it.
        raise ExpressionError("a comment is not part of the rule language", shift + end, "Write it as a YAML comment.")
    return tree


def _character(line: str, offset: int) -> int:
    """Return the place in characters of a place in UTF-8 bytes, which is how `ast` counts."""
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))


class _Compiler:
    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types
        self.names: set[str] = set()

    def visit(self, node: ast.expr, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        """Return the type of a part of the expression and what computes it.

        Args:
            node: the part.
            depth: how many parts it is nested in.

        Raises:
            ExpressionError: it is nested too deeply, or of a kind that the language does not have.
        """
        if depth > MAX_DEPTH:
            raise ExpressionError(
                "the expression is nested too deeply", node.col_offset, "Use `let` to name some of its parts."
            )
        method = getattr(self, _METHODS.get(type(node), ""), None)
        if method is None:
            raise ExpressionError(f"{_spoken(node)} is not part of the rule language", node.col_offset)
        result: tuple[Type, Callable[[Scope], Any]] = method(node, depth + 1)
        return result

    def _constant(self, node: ast.Constant, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        value = node.value
        if isinstance(value, bool) or value is None:
            return (TRUTH if value is not None else FACT), lambda scope: value
        if isinstance(value, int | float):
            try:
                number = float(value)
            except OverflowError:
                raise ExpressionError("this number is too large", node.col_offset) from None
            return NUMBER, lambda scope: number
        if isinstance(value, str):
            return TEXT, lambda scope: value
        raise ExpressionError(f"{type(value).__name__} constants are not part of the rule language", node.col_offset)

    def _name(self, node: ast.Name, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        name = node.id
        if name in self.types:
            self.names.add(name)
            return self.types[name], lambda scope: scope.values[name]
        if name in _WORDS:
            word: Any = _WORDS[name]
            return (TRUTH if isinstance(word, bool) else NUMBER if word is not None else FACT), lambda scope: word
        if name in functions():
            raise ExpressionError(f"'{name}' is a function", node.col_offset, f"Call it: {name}(...).")
        raise ExpressionError(f"unknown name '{name}'", node.col_offset, suggest(name, list(self.types)))

    def _boolop(self, node: ast.BoolOp, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        parts = [self._truth(value, depth) for value in node.values]
        many = any(kind.many for kind, _ in parts)
        runs = [run for _, run in parts]
        fold = all_of if isinstance(node.op, ast.And) else any_of
        stop = not isinstance(node.op, ast.And)
        if many:
            return Type("truth", many=True), lambda scope: per_entity(
                lambda *values: fold(values), [run(scope) for run in runs]
            )

        def evaluate(scope: Scope) -> bool | None:
            """Return one truth for the run, None where it is unknown; what comes after a part that decides is not
            evaluated. Raises what a part raises.
            """
            known: list[bool | None] = []
            for run in runs:
                found = run(scope)
                value = found if found is True or found is False else to_truth(found)
                if value is stop:
                    return stop
                known.append(value)
            return fold(known)

        return TRUTH, evaluate

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        if isinstance(node.op, ast.Not):
            kind, run = self._truth(node.operand, depth)
            return Type("truth", kind.many), lift1(
                lambda v: None if (t := to_truth(v)) is None else not t, kind.many, run
            )
        if isinstance(node.op, ast.USub | ast.UAdd):
            kind, run = self.visit(node.operand, depth)
            self._need(kind, "number", node.operand)
            sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
            return Type("number", kind.many), lift1(lambda v: sign * as_number(v), kind.many, run)
        raise ExpressionError(f"{_spoken(node)} is not part of the rule language", node.col_offset)

    def _binop(self, node: ast.BinOp, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        action = ARITHMETIC.get(type(node.op))
        if action is None:
            raise ExpressionError(
                f"the operator {type(node.op).__name__} is not part of the rule language",
                node.col_offset,
                "There are + - * /.",
            )
        left, right = self.visit(node.left, depth), self.visit(node.right, depth)
        self._need(left[0], "number", node.left)
        self._need(right[0], "number", node.right)
        many = left[0].many or right[0].many
        if not many:
            return NUMBER, plain_arithmetic(action, left[1], right[1])
        return Type("number", many), lift2(lambda a, b: action(as_number(a), as_number(b)), many, left[1], right[1])

    def _compare(self, node: ast.Compare, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        operands = [node.left, *node.comparators]
        visited = [self.visit(operand, depth) for operand in operands]
        pairs = []
        for index, op in enumerate(node.ops):
            action = COMPARISONS.get(type(op))
            if action is None:
                raise ExpressionError(
                    f"the comparison '{type(op).__name__}' is not part of the rule language",
                    node.col_offset,
                    "There are < <= > >= == !=.",
                )
            pairs.append(self._pair(visited[index], visited[index + 1], action, operands[index + 1]))
        if len(pairs) == 1:
            return pairs[0]
        if any(kind.kind == "mask" for kind, _ in pairs):
            raise ExpressionError("a series cannot be compared twice in one go", node.col_offset, "Use `and`.")
        many = any(kind.many for kind, _ in pairs)
        runs = [run for _, run in pairs]
        if many:
            return Type("truth", many=True), lambda scope: per_entity(
                lambda *v: all_of(v), [run(scope) for run in runs]
            )
        return TRUTH, lambda scope: all_of([run(scope) for run in runs])

    def _pair(
        self, left: tuple[Type, Any], right: tuple[Type, Any], action: Callable[[Any, Any], Any], at: ast.expr
    ) -> tuple[Type, Callable[[Scope], Any]]:
        many = left[0].many or right[0].many
        if "series" in (left[0].kind, right[0].kind):
            for kind, _ in (left, right):
                if kind.kind not in ("series", "number", "fact"):
                    raise ExpressionError(f"a series cannot be compared with a {kind}", at.col_offset)
            return Type("mask", many), lift2(lambda a, b: mask(a, b, action), many, left[1], right[1])
        if "mask" in (left[0].kind, right[0].kind):
            raise ExpressionError(
                "a condition per point cannot be compared",
                at.col_offset,
                "Reduce it first, for example share(loss > 1).",
            )
        texts = {left[0].kind, right[0].kind}
        if "text" in texts and not texts <= {"text", "fact"}:
            raise ExpressionError(f"a {left[0]} cannot be compared with a {right[0]}", at.col_offset)
        if not many:
            return TRUTH, plain_comparison(action, left[1], right[1])
        return Type("truth", many), lift2(lambda a, b: compare_values(a, b, action), many, left[1], right[1])

    def _ifexp(self, node: ast.IfExp, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        test_kind, test = self._truth(node.test, depth)
        if test_kind.many:
            raise ExpressionError("the condition of `if` must be one truth value", node.test.col_offset)
        yes, no = self.visit(node.body, depth), self.visit(node.orelse, depth)
        if yes[0].many != no[0].many or not (yes[0].fits(no[0].kind) or no[0].fits(yes[0].kind)):
            raise ExpressionError(f"both sides of `if` must be of one type, not {yes[0]} and {no[0]}", node.col_offset)
        kind = no[0] if yes[0].kind == "fact" or no[0].kind == "number" else yes[0]

        def evaluate(scope: Scope) -> Any:
            known = to_truth(test(scope))
            if known is None:
                return math.nan if kind.kind == "number" else None
            value = (yes if known else no)[1](scope)
            return as_number(value) if kind == NUMBER else value

        return kind, evaluate

    def _call(self, node: ast.Call, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError("only functions of the rule language can be called", node.col_offset)
        name = node.func.id
        if node.keywords:
            raise ExpressionError("arguments are given by position", node.col_offset)
        function = functions().get(name)
        if function is None:
            raise ExpressionError(f"unknown function '{name}'", node.col_offset, suggest(name, list(functions())))
        arguments = [self.visit(argument, depth) for argument in node.args]
        lifted = self._check_arguments(function, node, [kind for kind, _ in arguments])
        runs = [run for _, run in arguments]
        call = called(function, len(runs))
        if not lifted:
            return function.result, lambda scope: call(scope, [run(scope) for run in runs])

        def evaluate(scope: Scope) -> Any:
            return per_entity(lambda *values: call(scope, values), [run(scope) for run in runs])

        return Type(function.result.kind, many=True), evaluate

    def _check_arguments(self, function: Function, node: ast.Call, kinds: list[Type]) -> bool:
        """Check number and types of the arguments; return whether the call is made once per entity."""
        if len(kinds) < function.required or (function.variadic is None and len(kinds) > len(function.parameters)):
            wanted = ", ".join(str(p) for p in function.parameters)
            raise ExpressionError(
                f"{function.name} takes ({wanted}), not {len(kinds)} arguments", node.col_offset, function.about
            )
        lifted = False
        for index, kind in enumerate(kinds):
            wanted_type = function.parameter(index)
            assert wanted_type is not None  # noqa: S101
            if not kind.fits(wanted_type.kind) or (wanted_type.many and not kind.many):
                place = node.args[index].col_offset
                raise ExpressionError(
                    f"argument {index + 1} of {function.name} is a {wanted_type}, not a {kind}", place, function.about
                )
            lifted = (
                lifted
                or (kind.many and not wanted_type.many and wanted_type.kind != "fact")
                or (kind.many and wanted_type == FACT)
            )
        if lifted and any(p.many for p in function.parameters):
            raise ExpressionError(f"{function.name} works on all entities at once", node.col_offset)
        return lifted

    def _truth(self, node: ast.expr, depth: int) -> tuple[Type, Callable[[Scope], Any]]:
        kind, run = self.visit(node, depth)
        if kind.kind not in ("truth", "fact"):
            hint = "Reduce it first, for example share(loss > 1) > 0.5." if kind == MASK else ""
            raise ExpressionError(f"a truth value is needed here, not a {kind}", node.col_offset, hint)
        return kind, run

    def _need(self, kind: Type, wanted: Kind, node: ast.expr) -> None:
        if not kind.fits(wanted):
            hint = "Use gap(a, b), ratio_of(a, b) or a reduction such as median(s)." if kind.kind == SERIES.kind else ""
            raise ExpressionError(f"a {wanted} is needed here, not a {kind}", node.col_offset, hint)


def _spoken(node: ast.AST) -> str:
    return {
        "Attribute": "attribute access",
        "Subscript": "indexing",
        "Lambda": "lambda",
        "NamedExpr": ":=",
        "JoinedStr": "an f-string",
    }.get(type(node).__name__, f"'{type(node).__name__}'")
