"""Schedules that are made and never used, or used at another pace than they are set up for."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.sign import at_call
from logdoc.program.patterns.stepping import backwards, optimizer_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.meanings import Meaning
    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call
    from logdoc.program.tracing import Program

MOST_EPOCHS = 300  # a step_size or T_max beyond it counts batches
_LEAST_DECAY = 0.999  # a factor per step closer to one than this is meant for batches


def schedule_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about schedules of programs that write their loop themselves."""
    if not backwards(program):
        return
    stepped = program.calls_of("step")
    for call in program.calls():
        meaning = program.meanings.of(call.scope.script.dotted(call.node.func), "scheduler")
        name = next((s.target for s in call.scope.settings if s.value is call.node), "")
        if meaning is None or not name:
            continue
        last = name.rpartition(".")[2]
        mine = [s for s in stepped if s.receiver.rpartition(".")[2] == last]
        if not mine and not _given_away(program, call, last):
            yield at_call("schedule_not_stepped", call, f"{meaning.name} is made, and '{name}.step()' is never called")
        elif meaning.about.get("grain") == "epoch":
            yield from _too_often(program, call, meaning, mine)


def _given_away(program: Program, made: Call, last: str) -> bool:
    """Tell whether a schedule is used otherwise than by its own methods: returned, passed on, in a list."""
    for scope in program.scopes:
        receivers = {id(c.node.func.value) for c in scope.calls if isinstance(c.node.func, ast.Attribute)}
        for _, node, _ in scope.nodes:
            reads = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            if reads and last_name_of(node) == last and id(node) not in receivers:
                return True
    return False


def _too_often(program: Program, made: Call, meaning: Meaning, mine: list[Call]) -> Iterator[Sign]:
    """A schedule set up in epochs whose step() stands beside that of the optimizer, in a loop within a loop."""
    reach = made.keyword(meaning.about["of"])
    if reach is None and len(made.node.args) > 1:
        reach = made.node.args[1]
    for call in mine:
        beside = [
            s
            for s in optimizer_steps(program)
            if s.scope is call.scope and s.loops == call.loops and s.block == call.block
        ]
        if beside and _in_batches(program, call) and reach is not None and _in_epochs(reach):
            yield at_call(
                "schedule_per_batch",
                call,
                f"{meaning.name}({meaning.about['of']}={ast.unparse(reach)[:40]}) is stepped with every batch",
            )


def _in_batches(program: Program, call: Call) -> bool:
    """Tell whether the innermost loop runs over batches: within another loop, or over a loader."""
    if not call.loops:
        return False
    inner = call.loops[-1]
    over = ast.walk(inner.iter) if isinstance(inner, ast.For | ast.AsyncFor) else iter(())
    return len(call.loops) > 1 or any("load" in text_of(node).lower() for node in over)


def _in_epochs(reach: ast.expr) -> bool:
    """Tell whether a setting counts epochs: small numbers, or a name that says so."""
    values = [node.value for node in ast.walk(reach) if isinstance(node, ast.Constant)]
    names = [text_of(node).lower() for node in ast.walk(reach) if isinstance(node, ast.Name | ast.Attribute)]
    if names:
        plain = isinstance(reach, ast.Name | ast.Attribute)
        return plain and all("epoch" in name for name in names if "." in name or isinstance(reach, ast.Name))
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if not numbers:
        return False
    if all(isinstance(v, float) for v in numbers):
        return max(numbers) < _LEAST_DECAY
    return max(numbers) <= MOST_EPOCHS
