"""What values are learned from: target networks that never follow, and targets that forget the end of an episode or
carry gradients.
"""

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

_FUNCTIONAL = ("jax", "flax", "haiku", "optax", "equinox")  # parameters are values there, never shared


def target_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about target networks that are the trained network itself or never follow it."""
    imported = {name.partition(".")[0] for script in program.scripts for name in script.imports.values()}
    if imported & set(_FUNCTIONAL):
        return
    words = program.meanings.words
    made: dict[str, list[tuple[Scope, Setting]]] = {}
    for scope in program.scopes:
        for setting in scope.settings:
            last = setting.target.rpartition(".")[2]
            if words_of(last) & words["target"] and not setting.element and not setting.adds:
                made.setdefault(last, []).append((scope, setting))
    for name, places in sorted(made.items()):
        yield from _of_target(program, name, places)


def _of_target(program: Program, name: str, places: list[tuple[Scope, Setting]]) -> Iterator[Sign]:
    same = [(scope, setting) for scope, setting in places if _is_network_name(program, scope, setting)]
    copied = any(_is_copy(program, scope, setting) for scope, setting in places)
    # Where the same function sets it to something else as well, the trained network is what is left without a target.
    chosen = any(scope is other and setting is not one for scope, setting in same for other, one in places)
    if same and not copied and not chosen:
        scope, setting = same[0]
        says = f"'{setting.target}' is the same network as '{text_of(setting.value)}', not a copy of it"
        yield at_line("target_is_same", scope, setting.line, says)
        return
    if len(places) != 1:
        return
    scope, setting = places[0]
    builds = _builds(program, setting.value, scope) or _is_copy(program, scope, setting)
    if _inherits_unseen(program, scope):
        return
    if builds and not setting.loops and _answers(program, name) and not _follows(program, name, scope):
        says = f"'{setting.target}' is never updated"
        yield at_line("target_never_updated", scope, setting.line, says)


def _inherits_unseen(program: Program, scope: Scope) -> bool:
    """Tell whether a class has a base that the program does not show, which may update the target itself."""
    made = program.classes.get(scope.owner)
    bases = [] if made is None else made.bases
    return any(
        text_of(base) not in (*program.classes, "object")
        and program.meanings.of(scope.script.dotted(base), "holder") is None
        for base in bases
    )


def _is_network_name(program: Program, scope: Scope, setting: Setting) -> bool:
    """Tell whether a name is set to another that stands for a network."""
    text = text_of(setting.value)
    if not text or words_of(last_name_of(setting.value)) & program.meanings.words["target"]:
        return False
    found = program.constructor(text, scope, setting.order)
    return found is not None and _builds(program, found[1], found[0])


def _is_copy(program: Program, scope: Scope, setting: Setting) -> bool:
    return any(
        isinstance(node, ast.Call)
        and (program.meanings.of(scope.script.dotted(node.func), "copy") or last_name_of(node.func) == "deepcopy")
        for node in ast.walk(setting.value)
    )


def _builds(program: Program, node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression makes a network: one of the program's classes, a chain, a model of Keras."""
    node = program.unwrapped(node, scope)
    if not isinstance(node, ast.Call):
        return False
    meaning = program.meanings.of(scope.script.dotted(node.func))
    if meaning is not None:
        return meaning.kind in ("chain", "keras model", "keras functional")
    name = text_of(node.func)
    if name in program.classes:
        return program.function("forward", name) is not None or program.function("call", name) is not None
    function = program.function(last_name_of(node.func), scope.owner if name.startswith("self.") else "")
    if function is None or len(function.returns) != 1:
        return False
    order, value = function.returns[0]
    text = text_of(value)
    found = program.constructor(text, function, order) if text else None
    inner = value if isinstance(value, ast.Call) else found[1] if found is not None else None
    known = program.meanings.of(function.script.dotted(inner.func)) if inner is not None else None
    return known is not None and known.kind in ("chain", "keras model", "keras functional")


def _answers(program: Program, name: str) -> bool:
    """Tell whether a network of this name is asked for its outputs anywhere."""
    answering = program.meanings.words["answering"]
    return any(
        last_name_of(call.node.func) == name or (call.receiver.rpartition(".")[2] == name and call.method in answering)
        for call in program.calls()
    )


def _follows(program: Program, name: str, home: Scope) -> bool:
    """Tell whether anything may change the weights of a network: any use of its name but that of asking it, and of
    copying weights once where it is made.
    """
    words = program.meanings.words
    for scope in program.scopes:
        harmless: set[int] = set()
        for call in scope.calls:
            mine = call.receiver.rpartition(".")[2] == name
            at_start = scope is home and not call.loops and call.method in ("load_state_dict", "set_weights")
            asked = last_name_of(call.node.func) == name
            if asked or (mine and (call.method in words["answering"] | words["harmless"] or at_start)):
                harmless.update(id(node) for node in ast.walk(call.node.func))
        for setting in scope.settings:
            harmless.update(_target_nodes(scope, setting, name))
        for _, node, _around in scope.nodes:
            if _names(node, name) and id(node) not in harmless and not (scope is home and _stored(node)):
                return True
    return False


def _target_nodes(scope: Scope, setting: Setting, name: str) -> Iterator[int]:
    if setting.target.rpartition(".")[2] == name:
        for _, node, _ in scope.nodes:
            if _names(node, name) and _stored(node):
                yield id(node)


def _names(node: ast.AST, name: str) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == name) or (isinstance(node, ast.Name) and node.id == name)


def _stored(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)
