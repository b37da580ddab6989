"""Policy gradients: the signs of what is minimised, and returns that are summed up in the wrong direction."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.sign import at_line
from logdoc.program.patterns.signs_of_terms import Signs
from logdoc.program.patterns.stepping import backwards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program


def policy_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about losses of policies and about returns."""
    if not _maximises(program):
        for backward in backwards(program):
            yield from _of_loss(program, backward)
    for scope in program.scopes:
        yield from _summed_forward(program, scope)


def _maximises(program: Program) -> bool:
    """Tell whether an optimizer is told to climb, or gradients are turned by hand."""
    return any(call.keyword("maximize") is not None or call.method == "neg_" for call in program.calls())


def _of_loss(program: Program, backward: Call) -> Iterator[Sign]:
    """A log-probability times a return, or an entropy, that is added to what is minimised."""
    if not isinstance(backward.node.func, ast.Attribute) or backward.node.args:
        return
    scope, loss = backward.scope, backward.node.func.value
    words = program.meanings.words
    gains = words["gains"]
    logs = Signs(scope, words, _is_log_probability, lambda factor: bool(_words(scope, factor) & gains))
    if logs.of(loss, backward.order) == {1} and logs.known:
        says = "what is minimised is the log-probability times the return: rewarded actions become rarer"
        yield at_line("policy_sign_wrong", scope, backward.line, says)
    spread = Signs(scope, words, _is_entropy, lambda factor: _is_weight(program, factor))
    others = Signs(scope, words, _is_log_probability, lambda factor: True)
    others.of(loss, backward.order)
    if spread.of(loss, backward.order) == {1} and spread.known and others.steps > 1:
        says = "the entropy is added to what is minimised: the policy is driven to stop exploring"
        yield at_line("entropy_sign_wrong", scope, backward.line, says)


def _is_log_probability(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "log_prob"


def _is_entropy(node: ast.expr) -> bool:
    method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "entropy"
    return method and isinstance(node, ast.Call) and not node.args


def _is_weight(program: Program, node: ast.expr) -> bool:
    """Tell whether a factor is a positive number, or a name that is nowhere set to anything with a minus."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and node.value > 0
    text = text_of(node)
    turned = any(
        isinstance(part, ast.USub) for _, setting in program.settings_of(text) for part in ast.walk(setting.value)
    )
    return bool(text) and not turned and not words_of(last_name_of(node)) & {"neg", "negative", "minus"}


def _words(scope: Scope, factor: ast.expr) -> set[str]:
    """Return the words of a factor's name; none where it may be turned itself."""
    text = text_of(factor.value if isinstance(factor, ast.Subscript) else factor)
    made = [s.value for s in scope.settings if s.target == text]
    turned = any(isinstance(part, ast.USub) for value in made for part in ast.walk(value))
    return set() if turned else words_of(text.rpartition(".")[2])


def _summed_forward(program: Program, scope: Scope) -> Iterator[Sign]:
    """``for r in rewards: R = r + gamma * R``: the return of a step is made of what came before it."""
    words = program.meanings.words
    for setting in scope.settings:
        loop = setting.loops[-1] if setting.loops else None
        if not isinstance(loop, ast.For) or setting.element or setting.adds or not isinstance(setting.value, ast.BinOp):
            continue
        over, name = text_of(loop.iter), text_of(loop.target)
        if not over or not words_of(over) & words["rewards"] or not name or not isinstance(setting.value.op, ast.Add):
            continue
        sides = [setting.value.left, setting.value.right]
        later = [s for s in sides if isinstance(s, ast.BinOp) and isinstance(s.op, ast.Mult)]
        if len(later) != 1 or not any(text_of(s) == name for s in sides) or _turned(scope, over, setting.order):
            continue
        factors = [text_of(later[0].left), text_of(later[0].right)]
        if setting.target in factors and any(words_of(f) & words["discount"] for f in factors):
            says = f"'{over}' is gone through from its beginning: the return of a step is made of rewards before it"
            yield at_line("returns_summed_forward", scope, setting.line, says)


def _turned(scope: Scope, name: str, order: int) -> bool:
    """Tell whether a list may hold its elements from the end on."""
    said = "rev" in name or "flip" in name
    made = [s.value for s in scope.settings if s.target == name and s.order < order]
    steps = any(isinstance(part, ast.Slice) and part.step is not None for value in made for part in ast.walk(value))
    called = any("reverse" in ast.dump(value) or "flip" in ast.dump(value) for value in made)
    return said or steps or called or any(c.method == "reverse" and c.receiver == name for c in scope.calls)
