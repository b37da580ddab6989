"""Games of two networks: a generator that learns nothing because its samples are cut off."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.losses import cut_by
from logdoc.program.patterns.optimisers import player_of
from logdoc.program.patterns.sign import at_line
from logdoc.program.patterns.stepping import backwards, optimizer_steps
from logdoc.program.settings.table import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call
    from logdoc.program.tracing import Program


def player_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about losses of a generator whose samples are detached before the discriminator sees them."""
    players = load_table().players
    steps = optimizer_steps(program)
    for backward in backwards(program):
        later = [
            s for s in steps if s.scope is backward.scope and s.loops == backward.loops and s.order > backward.order
        ]
        if not later or player_of(later[0].receiver, players) != "generator" or not backward.receiver:
            continue
        judged = [
            call
            for call in _computing(program, backward)
            if player_of(text_of(call.func), players) == "discriminator" and call.args
        ]
        if judged and all(cuts := [cut_by(program, call.args[0]) for call in judged]):
            says = f"'{backward.receiver}' of the generator is computed on samples that {cuts[0]} cuts off from it"
            yield at_line("graph_cut", backward.scope, judged[0].lineno, says)


def _computing(program: Program, backward: Call) -> Iterator[ast.Call]:
    """Yield the calls that a loss is computed by, in its own expression and in those of the names in it."""
    waiting, seen = [(backward.receiver, backward.order)], {backward.receiver}
    while waiting:
        name, order = waiting.pop()
        found = program.value(name, backward.scope, order)
        if found is None or found[0] is not backward.scope or found[1].element:
            continue
        for node in ast.walk(found[1].value):
            if isinstance(node, ast.Call):
                yield node
            text = text_of(node) if isinstance(node, ast.Name) else ""
            if text and text not in seen:
                seen.add(text)
                waiting.append((text, found[1].order))
