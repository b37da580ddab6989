"""Backward, step and zero_grad of loops that a program writes itself, and losses that are kept with their graph.

What is missing is only said to be missing where nothing that cannot be seen may do it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import Sign, at_call, at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program

_BACKWARD = ("backward", "manual_backward")
_CLEARING = ("zero_grad", "clear_grad", "zero_grad_buffer")
_HARMLESS = (
    "step",
    "unscale_",
    "prepare",
    "clip_grad_norm_",
    "clip_gradients",
    "append",
    "print",
    "optimizers",
    "len",
    "id",
    "isinstance",
)

_SHOWING = ("print", "append", "float", "format", "add_scalar", "write", "info")


def backwards(program: Program) -> list[Call]:
    """Return the calls that compute gradients; those of programs that leave their steps to a framework are none."""
    imported = {name for script in program.scripts for name in script.imports.values()}
    if any(name.startswith(program.meanings.managed) for name in imported):
        return []
    return [call for call in program.calls() if call.method in _BACKWARD and isinstance(call.node.func, ast.Attribute)]


def optimizer_steps(program: Program) -> list[Call]:
    """Return the calls of ``step`` that may be those of an optimizer."""
    return [call for call in program.calls_of("step") if _may_be_optimizer(program, call)]


def stepping_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about gradients that are not cleared, not applied, or cleared before they are applied."""
    found = backwards(program)
    steps = optimizer_steps(program)
    clearing = [call for call in program.calls() if call.method in _CLEARING]
    if not found:
        yield from _no_backward(program, steps, clearing)
        return
    by_hand = _by_hand(program)
    unseen = _handed_on(program) or any(_calls_unseen_base(program, call.scope) for call in found)
    first = next((call for call in found if call.loops or call.scope.name), None)
    if first is not None and not by_hand and not unseen:
        if not clearing:
            yield at_call("gradients_not_cleared", first, "backward() in a program that never calls zero_grad()")
        elif (outside := _cleared_outside(found, clearing, steps)) is not None:
            yield at_call(
                "gradients_not_cleared", outside, "zero_grad() stands outside of the loop with backward() and step()"
            )
        else:
            yield at_call("gradients_cleared", clearing[0], "zero_grad() is called")
        if not steps and not _steps_otherwise(program):
            yield at_call("no_step", first, "backward() in a program that never calls step() of an optimizer")
        yield from _step_outside(found, clearing, steps)
    for call in found:
        yield from _cleared_before_step(call, clearing, steps)
    for scope in {id(call.scope): call.scope for call in found}.values():
        yield from _kept(program, scope)


def _may_be_optimizer(program: Program, call: Call) -> bool:
    if program.made(call.receiver, call.scope, call.order, "scheduler") is not None:
        return False
    name = call.receiver.lower().rpartition(".")[2]
    return not any(word in name for word in program.meanings.no_optimizer)


def _by_hand(program: Program) -> bool:
    """Tell whether the program handles gradients itself: any ``.grad``, or gradients as the results of a function."""
    for scope in program.scopes:
        if any(isinstance(node, ast.Attribute) and node.attr == "grad" for _, node, _ in scope.nodes):
            return True
    return any(
        program.meanings.of(call.scope.script.dotted(call.node.func), "own gradient") for call in program.calls()
    )


def _handed_on(program: Program) -> bool:
    """Tell whether an optimizer is given to something that the program does not show, which may step or clear."""
    for call in program.calls():
        name = text_of(call.node.func)
        if call.method in _HARMLESS or program.meanings.of(call.scope.script.dotted(call.node.func)) is not None:
            continue
        if (
            program.function(name) is not None
            or program.function(call.method, call.scope.owner) is not None
            or name in program.classes
        ):
            continue
        given = [*call.node.args, *(k.value for k in call.node.keywords)]
        if any(_is_optimizer(program, text_of(one), call) for one in given):
            return True
    return False


def _is_optimizer(program: Program, text: str, call: Call) -> bool:
    last = text.lower().rpartition(".")[2]
    return bool(text) and (
        last.startswith("opt") or program.made(text, call.scope, call.order, "optimizer") is not None
    )


def _calls_unseen_base(program: Program, scope: Scope) -> bool:
    """Tell whether a method with backward() calls methods of its own class that the program does not show."""
    if not scope.owner:
        return False
    own = [call for call in scope.calls if call.receiver == "self"]
    known = {setting.target for one in program.scopes if one.owner == scope.owner for setting in one.settings}
    return any(
        program.function(call.method, scope.owner) is None
        and f"self.{call.method}" not in known
        and call.method not in _BACKWARD
        for call in own
    )


def _cleared_outside(found: list[Call], clearing: list[Call], steps: list[Call]) -> Call | None:
    """Return the zero_grad() that stands further out than backward() and step(), when that is the only one."""
    if len(clearing) != 1:
        return None
    clear = clearing[0]
    for call in found:
        stepped = any(s.scope is call.scope and s.loops == call.loops for s in steps)
        inner = call.scope is clear.scope and len(call.loops) > len(clear.loops)
        if stepped and inner and call.loops[: len(clear.loops)] == clear.loops:
            return clear
    return None


def _steps_otherwise(program: Program) -> bool:
    """Tell whether parameters may be moved by something else than ``step()``: a method called otherwise, another
    library, a network by hand.
    """
    imported = {name.partition(".")[0] for script in program.scripts for name in script.imports.values()}
    named = any(
        ("step" in call.method.lower().split("_")[:-1] and program.function(call.method) is None)
        or (call.method.startswith(("step_", "update")) and call.receiver.rpartition(".")[2].lower().startswith("opt"))
        for call in program.calls()
        if call.receiver
    )
    return named or (bool(imported) and not imported & {"torch", "accelerate", "lightning", "pytorch_lightning"})


def _step_outside(found: list[Call], clearing: list[Call], steps: list[Call]) -> Iterator[Sign]:
    """The only step() stands outside of a loop in which gradients are cleared and computed: the last round counts."""
    if len(steps) != 1 or not steps[0].loops:
        return
    step = steps[0]
    for call in found:
        inner = call.scope is step.scope and len(call.loops) == len(step.loops) + 1
        beside = [c for c in clearing if c.scope is call.scope and c.loops == call.loops and c.block == call.block]
        if inner and call.loops[: len(step.loops)] == step.loops and beside and len(beside) == len(clearing):
            says = (
                "step() stands outside of the loop that clears and computes the gradients: its last round alone counts"
            )
            yield at_call("step_outside_loop", step, says)
            return


def _no_backward(program: Program, steps: list[Call], clearing: list[Call]) -> Iterator[Sign]:
    """A loop with a loss, zero_grad() and step(), no backward() anywhere, and nothing that is handed the loss."""
    imported = {name for script in program.scripts for name in script.imports.values()}
    if any(name.startswith(program.meanings.managed) for name in imported) or _by_hand(program):
        return
    if any("backward" in call.method or "gradient" in call.method for call in program.calls()):
        return
    for loss in program.losses():
        scope, loops = loss.call.scope, loss.call.loops
        name = next((s.target for s in scope.settings if s.value is loss.call.node), "")
        plain = [s for s in steps if s.scope is scope and s.loops == loops and not s.node.args and not s.node.keywords]
        cleared = [c for c in clearing if c.scope is scope and c.loops == loops]
        handed = [c for c in scope.calls if c.method not in _SHOWING and any(text_of(a) == name for a in c.node.args)]
        if name and loops and plain and cleared and not handed:
            yield at_call("no_step", plain[0], "step() in a program that never calls backward()")
            return


def _cleared_before_step(call: Call, clearing: list[Call], steps: list[Call]) -> Iterator[Sign]:
    """In one block that is repeated: going round from backward(), zero_grad() comes before step()."""

    def beside(others: list[Call]) -> list[Call]:
        return [o for o in others if o.scope is call.scope and o.loops == call.loops and o.block == call.block]

    mine, clears = beside(steps), beside(clearing)
    if len(mine) != 1 or len(clears) != 1 or not (call.loops or call.scope.name):
        return
    others = [o for o in call.scope.calls if o.method in _BACKWARD and o is not call]
    if others or any(o.scope is call.scope and o not in clears for o in clearing):
        return
    step, clear, begin = mine[0].order, clears[0].order, call.order

    def after(order: int) -> tuple[bool, int]:
        return (order < begin, order)

    if after(clear) < after(step):
        yield at_call("gradients_cleared_before_step", clears[0], "zero_grad() stands between backward() and step()")


def _kept(program: Program, scope: Scope) -> Iterator[Sign]:
    """A loss that is added up or put into a list as it is keeps the graph of its whole step."""
    trained = {call.receiver for call in scope.calls if call.method == "backward" and call.receiver}
    for setting in scope.settings:
        if setting.adds and setting.loops and text_of(setting.value) in trained and setting.target not in trained:
            yield at_line(
                "loss_kept_with_graph",
                scope,
                setting.line,
                f"'{setting.target}' adds up '{text_of(setting.value)}' without item()",
            )
    for call in scope.calls:
        if call.method == "append" and call.loops and call.node.args and text_of(call.node.args[0]) in trained:
            yield at_call(
                "loss_kept_with_graph", call, f"'{text_of(call.node.args[0])}' is put into a list without item()"
            )
