"""Whose parameters the optimizer holds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_call, at_line
from logdoc.program.patterns.stepping import backwards
from logdoc.program.settings.table import load_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Scope, Setting
    from logdoc.program.tracing import Program


def optimizer_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about parameters of another network, of a part of it, or of one that is made anew afterwards."""
    made = [c for c in program.calls() if program.meanings.of(c.scope.script.dotted(c.node.func), "optimizer")]
    held = {id(call): _held(call) for call in made}
    for call in made:
        yield from _of_other_player(call, held[id(call)])
    if not made or any(not names for names in held.values()):
        return
    for call in made:
        yield from _made_anew(program, call, held[id(call)])
    everything = set().union(*held.values())
    used = _used(program)
    called = {text_of(call.node.func) for backward in backwards(program) for call in backward.scope.calls}
    if called & everything - used:
        return  # a network that the program does not show is trained
    whole = {name for name in used if name in everything}
    inside = {name: [part for part in everything if part.startswith(f"{name}.")] for name in used}
    parts = {name: found[0] for name, found in inside.items() if len(found) == 1}  # several may be all of it
    if used and not whole and not any(inside.values()):
        others = sorted(everything)
        yield at_call(
            "other_parameters", made[0], f"the optimizer holds parameters of '{others[0]}', trained is '{min(used)}'"
        )
    for name, part in sorted(parts.items()):
        if name not in whole:
            yield at_call("part_in_optimizer", made[0], f"the optimizer holds parameters of '{part}' only")


def _of_other_player(call: Call, held: set[str]) -> Iterator[Sign]:
    """An optimizer called that of one player of a game which is given the parameters of the other alone."""
    players = load_table().players
    name = next((s.target for s in call.scope.settings if s.value is call.node), "")
    mine = player_of(name, players)
    others = {player_of(one, players) for one in held}
    if mine and len(others) == 1 and "" not in others and mine not in others:
        yield at_call("other_parameters", call, f"'{name}' holds the parameters of '{min(held)}'")


def player_of(name: str, players: Mapping[str, frozenset[str]]) -> str:
    """Return which of two players a name speaks of; nothing where it speaks of none or of both."""
    words = words_of(name)
    found = [player for player, known in players.items() if words & known]
    return found[0] if len(found) == 1 else ""


def _held(call: Call) -> set[str]:
    """Return the networks whose ``parameters()`` an optimizer is given; nothing when it is given something else too."""
    given = [*call.node.args[:1], *(k.value for k in call.node.keywords if k.arg in ("params", "parameters"))]
    if len(given) != 1:
        return set()
    found = {
        text_of(node.func.value)
        for node in ast.walk(given[0])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parameters"
    }
    # A list that is put together elsewhere may hold anything.
    plain = isinstance(given[0], ast.Call) or (isinstance(given[0], ast.List) and len(given[0].elts) == len(found))
    return found if plain and "" not in found else set()


def _used(program: Program) -> set[str]:
    """Return the networks that are called in the loops with backward(), as far as the program makes them itself."""
    used: set[str] = set()
    for backward in backwards(program):
        if not backward.loops:
            continue
        for call in backward.scope.calls:
            name = text_of(call.node.func)
            inside = call.loops[: len(backward.loops)] == backward.loops
            if (
                inside
                and name
                and not words_of(name) & program.meanings.no_networks
                and _is_network(program, name, call)
            ):
                used.add(name)
    return used


def _is_network(program: Program, name: str, call: Call) -> bool:
    made = program.constructor(name, call.scope, call.order)
    if made is None:
        return False
    where, node = made
    kind = text_of(node.func)
    if program.meanings.of(where.script.dotted(node.func), "chain") is not None:
        return True
    return kind in program.classes and (program.function("forward", kind) is not None)


def _made_anew(program: Program, call: Call, held: set[str]) -> Iterator[Sign]:
    """A network that is built again after its parameters were given away is another network."""
    for setting in call.scope.settings:
        if (
            setting.target in held
            and setting.order > call.order
            and setting.loops == call.loops
            and _builds(program, call.scope, setting)
        ):
            later = [
                c
                for c in program.calls()
                if c.scope is call.scope
                and c.order > setting.order
                and program.meanings.of(c.scope.script.dotted(c.node.func), "optimizer")
            ]
            if not later:
                yield at_line(
                    "other_parameters",
                    call.scope,
                    setting.line,
                    f"'{setting.target}' is made anew after the optimizer was given its parameters",
                )


def _builds(program: Program, scope: Scope, setting: Setting) -> bool:
    node = program.unwrapped(setting.value, scope)
    if not isinstance(node, ast.Call) or any(text_of(part) == setting.target for part in ast.walk(node)):
        return False
    is_chain = program.meanings.of(scope.script.dotted(node.func), "chain") is not None
    return is_chain or text_of(node.func) in program.classes
