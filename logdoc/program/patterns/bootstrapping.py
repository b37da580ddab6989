"""Targets of values that are computed from later values: without regard to the end of an episode, or with gradients."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.losses import is_trained_on
from logdoc.program.patterns.sign import at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Scope
    from logdoc.program.tracing import LossCall, Program

_MOST_EXPRESSIONS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """``reward + discount * value of what comes next``, with all the expressions of its scope that it is made of."""

    node: ast.BinOp
    scope: Scope
    order: int
    parts: tuple[ast.expr, ...]


def bootstrapping_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about targets that are made of a reward and a discounted value."""
    losses = list(program.losses())
    for target in targets(program):
        if _ignores_end(program, target):
            says = "the value of what comes after the end of an episode is added to the reward"
            yield at_line("end_of_episode_ignored", target.scope, target.node.lineno, says)
        name = _with_gradients(program, target, losses)
        if name:
            says = f"the target is computed by '{name}' as well, without detach() or no_grad()"
            yield at_line("target_with_gradients", target.scope, target.node.lineno, says)


def targets(program: Program) -> Iterator[Target]:
    """Yield every sum of a reward and a discounted value of a network."""
    words = program.meanings.words
    for scope in program.scopes:
        for order, node, _ in scope.nodes:
            if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
                continue
            for reward, later in ((node.left, node.right), (node.right, node.left)):
                if not _says(reward, words["rewards"] | {"r"}) or not _discounted(later, words["discount"]):
                    continue
                parts = made_of(scope, node, order)
                if any(_asks_network(program, one, scope, order) for one in parts):
                    yield Target(node, scope, order, parts)
                break


def _says(node: ast.expr, words: frozenset[str] | set[str]) -> bool:
    """Tell whether an expression is a name, or an element of one, with one of some words in it."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Subscript | ast.Call):
            node = node.value
    return any(words_of(part) & words for part in text_of(node).split("."))


def _discounted(node: ast.expr, words: frozenset[str]) -> bool:
    """Tell whether a discount is one factor of a product."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    return any(
        words_of(last_name_of(side)) & words or (isinstance(side, ast.BinOp) and _discounted(side, words))
        for side in (node.left, node.right)
    )


def made_of(scope: Scope, node: ast.expr, order: int) -> tuple[ast.expr, ...]:
    """Return an expression and those that the names in it were set to in the same scope, any number of steps back."""
    found: list[ast.expr] = [node]
    known: set[str] = set()
    for one in found:
        if len(found) > _MOST_EXPRESSIONS:
            break
        for part in ast.walk(one):
            text = text_of(part) if isinstance(part, ast.Name | ast.Attribute) else ""
            if not text or text in known:
                continue
            known.add(text)
            found.extend(s.value for s in scope.settings if s.target == text and s.order <= order)
    return tuple(found)


def _asks_network(program: Program, node: ast.expr, scope: Scope, order: int) -> str:
    """Return the network that an expression asks for its outputs, as it is written."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Call):
            continue
        asked = part.func
        if isinstance(asked, ast.Attribute) and asked.attr in program.meanings.words["answering"]:
            asked = asked.value
        text = text_of(asked)
        found = program.constructor(text, scope, order) if text else None
        if found is not None and _is_network(program, found[1], found[0]):
            return text
    return ""


def _is_network(program: Program, made: ast.Call, scope: Scope) -> bool:
    meaning = program.meanings.of(scope.script.dotted(made.func))
    if meaning is not None:
        return meaning.kind in ("chain", "keras model", "keras functional")
    name = text_of(made.func)
    return name in program.classes and program.function("forward", name) is not None


def _ignores_end(program: Program, target: Target) -> bool:
    """Tell whether the end of an episode is known where the target is computed, and plays no part in anything there."""
    words = program.meanings.words["ending"]
    scope = target.scope
    known = {s.target for s in scope.settings if words_of(s.target) & words} | {
        p for p in scope.parameters if words_of(p) & words
    }
    if not known:
        return False
    read = any(
        isinstance(node, ast.Name | ast.Attribute | ast.keyword)
        and not isinstance(getattr(node, "ctx", None), ast.Store)
        and words_of(_last(node)) & words
        for _, node, _ in scope.nodes
    )
    return not read


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return (node.arg or "") if isinstance(node, ast.keyword) else getattr(node, "attr", "")


def _with_gradients(program: Program, target: Target, losses: list[LossCall]) -> str:
    """Return the network of which both sides of a loss are computed with gradients."""
    scope = target.scope
    quiet = quiet_words(program)
    if any(_quiets(part, quiet) for one in target.parts for part in ast.walk(one)) or is_quiet(scope, quiet):
        return ""
    for loss in losses:
        if loss.call.scope is not scope or not is_trained_on(program, loss) or loss.target is None:
            continue
        sides = [made_of(scope, one, loss.call.order) for one in (loss.prediction, loss.target)]
        if any(_quiets(part, quiet) for one in sides[1] for part in ast.walk(one)):
            continue
        if not any(target.node is part for one in sides[1] for part in ast.walk(one)):
            continue
        asked = [{_asks_network(program, one, scope, loss.call.order) for one in side} - {""} for side in sides]
        both = asked[0] & {_asks_network(program, one, scope, target.order) for one in target.parts}
        if both:
            return min(both)
    return ""


def quiet_words(program: Program) -> frozenset[str]:
    """Return the methods and contexts that keep gradients out of what they give."""
    return program.meanings.leaving | program.meanings.words["quiet"]


def _quiets(node: ast.AST, quiet: frozenset[str]) -> bool:
    return isinstance(node, ast.Attribute) and (node.attr in quiet or node.attr == "data")


def is_quiet(scope: Scope, quiet: frozenset[str]) -> bool:
    """Tell whether gradients are switched off anywhere in a scope, or by a decorator."""
    return any(call.method in quiet for call in scope.calls)
