"""Training and evaluation mode, gradients in validation, and what stays frozen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.optimisers import player_of
from logdoc.program.patterns.sign import Sign, at_call, at_line
from logdoc.program.patterns.stepping import backwards
from logdoc.program.settings.table import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.scopes import Call, Loop, Scope
    from logdoc.program.tracing import Program


def mode_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about modes in programs that write their loop themselves, and about frozen parts in all."""
    yield from _frozen(program)
    found = backwards(program)
    if not found:
        return
    evals = [call for call in program.calls() if _sets_evaluation(call)]
    trains = [call for call in program.calls_of("train") if _is_switch(call)]
    validation = _validation_loop(program)
    if validation is not None:
        scope, loop = validation
        handed = any(a == "training" for s in program.scopes for a in s.parameters)
        if evals:
            yield at_call("eval_mode", evals[0], "eval() is called")
        elif _has_two_modes(program) and not handed and not trains_by_flag(trains):
            yield at_line(
                "no_eval_mode",
                scope,
                loop.lineno,
                "the loop over validation data, in a program that never calls eval()",
            )
        if not any(
            program.meanings.of(c.scope.script.dotted(c.node.func), "quiet") for c in program.calls()
        ) and not _decorated(program):
            yield at_line(
                "gradients_in_validation",
                scope,
                loop.lineno,
                "the loop over validation data, in a program without no_grad()",
            )
    if evals and not trains:
        yield from _never_back(program, evals, found)


def trains_by_flag(trains: list[Call]) -> bool:
    """Tell whether ``train`` is given a flag somewhere, which may say that it is evaluation."""
    return any(call.node.args or call.node.keywords for call in trains)


def _sets_evaluation(call: Call) -> bool:
    if not isinstance(call.node.func, ast.Attribute):
        return False
    if call.method == "eval":
        return not call.node.args
    return call.method == "train" and any(isinstance(a, ast.Constant) and a.value is False for a in call.node.args)


def _is_switch(call: Call) -> bool:
    """Tell ``model.train()`` and ``model.train(flag)`` from functions that are called train."""
    if not isinstance(call.node.func, ast.Attribute):
        return False
    return len(call.node.args) + len(call.node.keywords) <= 1 and not (
        call.node.args and isinstance(call.node.args[0], ast.Constant) and call.node.args[0].value is False
    )


def _validation_loop(program: Program) -> tuple[Scope, Loop] | None:
    """Return the first loop over validation data in which nothing is learned."""
    for scope in program.scopes:
        for _, node, _ in scope.nodes:
            if not isinstance(node, ast.For):
                continue
            named = {n for part in ast.walk(node.iter) if (n := text_of(part))}
            over = any(program.meanings.is_for_validation(name) for name in named)
            inside = program.meanings.is_for_validation(scope.name) and any("load" in name.lower() for name in named)
            learns = any(
                isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute) and c.func.attr == "backward"
                for c in ast.walk(node)
            )
            if (
                (over or inside)
                and not learns
                and any(isinstance(c, ast.Call) for part in node.body for c in ast.walk(part))
            ):
                return scope, node
    return None


def _has_two_modes(program: Program) -> bool:
    """Tell whether the program builds layers that dropout or normalise over the batch."""
    return any(
        any(word in call.method.lower() for word in program.meanings.two_modes)
        or call.scope.script.dotted(call.node.func).startswith("torchvision.models.")
        for call in program.calls()
    )


def _decorated(program: Program) -> bool:
    """Tell whether a function is decorated with ``torch.no_grad()``."""
    for scope in program.scopes:
        for decorator in getattr(scope.node, "decorator_list", ()):
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            if program.meanings.of(scope.script.dotted(node), "quiet") is not None:
                return True
    return False


def _never_back(program: Program, evals: list[Call], found: list[Call]) -> Iterator[Sign]:
    """The network is put into evaluation mode inside of the loop that trains it, and nothing puts it back."""
    learning = {call.scope.name for call in found if call.scope.name}
    for call in evals:
        home = program.meanings.is_for_validation(call.scope.name) or any(call.loops)
        here = any(b.scope is call.scope and b.loops[:1] == call.loops[:1] and call.loops for b in found)
        if here or (home and call.scope.name and _called_beside(program, call.scope.name, learning, found)):
            yield at_call("no_train_mode", call, f"eval() of '{call.receiver}', and train() is never called")
            return


def _called_beside(program: Program, name: str, learning: set[str], found: list[Call]) -> bool:
    """Tell whether a function is called in a loop that also trains."""
    for call in program.calls():
        if call.method != name or not call.loops:
            continue
        beside = [o for o in call.scope.calls if o.loops[:1] == call.loops[:1]]
        if any(o.method in learning or o in found for o in beside):
            return True
    return False


def _frozen(program: Program) -> Iterator[Sign]:
    """``requires_grad = False`` and ``trainable = False``, and no line that takes it back."""
    marks: list[tuple[Scope, int, str, bool]] = []
    for scope in program.scopes:
        for setting in scope.settings:
            name, _, attribute = setting.target.rpartition(".")
            # A discriminator that stands still while the generator is trained belongs to the game.
            held = attribute in ("requires_grad", "trainable") and not player_of(name, load_table().players)
            if held and isinstance(setting.value, ast.Constant):
                marks.append(
                    (
                        scope,
                        setting.line,
                        f"{attribute} of '{name}' is set to {setting.value.value!r}",
                        setting.value.value is not True,
                    )
                )
        for call in scope.calls:
            if call.method == "requires_grad_" and call.receiver and not player_of(call.receiver, load_table().players):
                off = any(isinstance(a, ast.Constant) and a.value is False for a in call.node.args)
                marks.append((scope, call.line, f"requires_grad_(False) of '{call.receiver}'", off))
    if marks and all(off for *_, off in marks):
        scope, line, says, _ = marks[0]
        yield at_line("parts_frozen", scope, line, says)
