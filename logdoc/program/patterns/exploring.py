"""How an agent acts: whether it goes on acting at random, and whether an episode begins where the environment does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.sign import at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Scope, Setting
    from logdoc.program.tracing import Program

_MOSTLY = 0.9  # a share of random actions that no agent keeps on purpose


def exploring_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about how actions are drawn and how episodes begin."""
    for scope in program.scopes:
        for order, node, _ in scope.nodes:
            if isinstance(node, ast.If | ast.IfExp):
                yield from _always_random(program, scope, order, node)
        yield from _reset_ignored(program, scope)
        yield from _old_signature(program, scope)


def _always_random(program: Program, scope: Scope, order: int, node: ast.If | ast.IfExp) -> Iterator[Sign]:
    """A share of random actions that is set to nearly one and never changed."""
    share = _share(program, scope, order, node.test)
    body = node.body if isinstance(node.body, list) else [node.body]
    if share is None or not any(_draws(program, part) for one in body for part in ast.walk(one)):
        return
    last = last_name_of(share)
    places = [(s, one) for s in program.scopes for one in s.settings if one.target.rpartition(".")[2] == last]
    values = [_number(one) for _, one in places]
    if values and all(value >= _MOSTLY for value in values):
        where, first = places[0]
        says = f"'{first.target}' is {values[0]:g} and never changed: nearly every action is drawn at random"
        yield at_line("always_random", where, first.line, says)


def _number(setting: Setting) -> float:
    """Return the number that a name is set to; less than any share where it is none."""
    value = setting.value.value if isinstance(setting.value, ast.Constant) else None
    plain = isinstance(value, int | float) and not (setting.adds or setting.element)
    return float(value) if plain and isinstance(value, int | float) else -1.0


def _share(program: Program, scope: Scope, order: int, test: ast.expr) -> ast.expr | None:
    """Return the share of random actions in ``random() < share``."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right = test.left, test.comparators[0]
    if isinstance(test.ops[0], ast.Gt | ast.GtE):
        left, right = right, left
    elif not isinstance(test.ops[0], ast.Lt | ast.LtE):
        return None
    if isinstance(left, ast.Name) and (found := program.value(left.id, scope, order)) is not None:
        left = found[1].value
    drawn = isinstance(left, ast.Call) and program.meanings.of(scope.script.dotted(left.func), "draw")
    known = words_of(last_name_of(right)) & program.meanings.words["exploring"]
    return right if drawn and known else None


def _draws(program: Program, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and bool(words_of(last_name_of(node.func)) & program.meanings.words["drawing"])


def _reset_ignored(program: Program, scope: Scope) -> Iterator[Sign]:
    """``if done: env.reset()`` without taking the first state, in a loop that goes on with the state of before."""
    ending = program.meanings.words["ending"]
    for _, node, loops in scope.nodes:
        if not isinstance(node, ast.If) or not loops or not _speaks(node.test, ending):
            continue
        for statement in node.body:
            call = statement.value if isinstance(statement, ast.Expr) else None
            if not isinstance(call, ast.Call) or not _is_reset(call):
                continue
            env = text_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
            state = _state_of(scope, env, loops)
            leaves = any(isinstance(one, ast.Break | ast.Return | ast.Continue) for one in ast.walk(node))
            names = _set_in(node)
            if state and not leaves and not names & state[0] and _goes_on(scope, loops, state, node):
                says = f"the state that {env}.reset() returns is not taken: the next episode begins with the old one"
                yield at_line("reset_ignored", scope, call.lineno, says)


def _speaks(node: ast.expr, words: frozenset[str]) -> bool:
    return any(
        isinstance(part, ast.Name | ast.Attribute) and words_of(last_name_of(part)) & words for part in ast.walk(node)
    )


def _is_reset(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "reset" and "env" in text_of(call.func.value)


def _state_of(scope: Scope, env: str, loops: tuple[ast.AST, ...]) -> tuple[set[str], int] | None:
    """Return the names that take the state of each step of an environment in a loop, and where."""
    for order, node, around in scope.nodes:
        stepped = isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and around == loops
        if not stepped or not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0]
        if not _steps(node.value, env) or not isinstance(target, ast.Tuple) or len(target.elts) not in (4, 5):
            continue
        first = text_of(target.elts[0])
        if first:
            passed = {s.target for s in scope.settings if text_of(s.value) == first and s.loops == loops}
            return {first, *passed}, order
    return None


def _steps(call: ast.Call, env: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "step" and text_of(call.func.value) == env


def _set_in(node: ast.If) -> set[str]:
    """Return the names that are set within a condition."""
    return {
        text_of(target)
        for part in ast.walk(node)
        if isinstance(part, ast.Assign | ast.AnnAssign)
        for whole in (part.targets if isinstance(part, ast.Assign) else [part.target])
        for target in (whole.elts if isinstance(whole, ast.Tuple) else [whole])
    }


def _goes_on(scope: Scope, loops: tuple[ast.AST, ...], state: tuple[set[str], int], node: ast.If) -> bool:
    """Tell whether the state of the step before is what the loop goes on with: set from the state of the step and read
    before it, and never from anything else in the loop.
    """
    names, order = state
    set_here = [s for s in scope.settings if s.target in names and s.loops == loops]
    other = [s for s in set_here if not s.element and text_of(s.value) not in names]
    read = any(
        isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load) and o < order and around == loops
        for o, n, around in scope.nodes
    )
    begun = any(s.target in names and s.loops != loops and "reset" in ast.dump(s.value) for s in scope.settings)
    return read and begun and not other


def _old_signature(program: Program, scope: Scope) -> Iterator[Sign]:
    """Four values of ``step()`` of an environment of Gymnasium, which returns five."""
    for order, node, _ in scope.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target, called = node.targets[0], node.value.func
        if not isinstance(called, ast.Attribute) or called.attr != "step" or not isinstance(target, ast.Tuple):
            continue
        plain = len(target.elts) == 4 and not any(isinstance(one, ast.Starred) for one in target.elts)
        if plain and _of_gymnasium(program, text_of(called.value), scope, order):
            says = "four values are taken of step(), and Gymnasium returns five"
            yield at_line("old_step_signature", scope, node.lineno, says)


def _of_gymnasium(program: Program, env: str, scope: Scope, order: int) -> bool:
    found = program.constructor(env, scope, order) if env else None
    return found is not None and found[0].script.dotted(found[1].func) == "gymnasium.make"
