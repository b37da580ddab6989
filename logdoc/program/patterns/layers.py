"""Layers whose weights nothing trains: made anew in every forward pass, kept in a plain list, or switched between two
fits without a compile.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import at_call, at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Scope, Setting
    from logdoc.program.tracing import Program

_FORWARD = {"torch": ("forward",), "keras": ("call",)}


def layer_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about layers that hold weights and are not trained."""
    for scope in program.scopes:
        library = _library(program, scope)
        if library and scope.name in _FORWARD[library]:
            yield from _made_in_forward(program, scope, library)
        if library == "torch":
            yield from _kept_in_list(program, scope)
        yield from _switched_after_fit(scope, program.meanings.words["fitting"])


def _library(program: Program, scope: Scope) -> str:
    """Return of which library the network is that a method belongs to; nothing where it is no network."""
    made = program.classes.get(scope.owner)
    for base in made.bases if made is not None else ():
        meaning = program.meanings.of(scope.script.dotted(base), "holder")
        if meaning is not None:
            return meaning.about["of"]
    return ""


def _with_weights(program: Program, node: ast.AST, scope: Scope, library: str) -> str:
    """Return the name of the layer that an expression makes, where it has weights."""
    if not isinstance(node, ast.Call):
        return ""
    meaning = program.meanings.of(scope.script.dotted(node.func), "weights")
    return meaning.name if meaning is not None and meaning.about["of"] == library else ""


def _made_in_forward(program: Program, scope: Scope, library: str) -> Iterator[Sign]:
    """``nn.Linear(8, 4)(x)`` in forward(): every pass has new weights. One that is kept is made once, when it is first
    needed.
    """
    kept = {id(node) for s in scope.settings if s.target.startswith("self.") for node in ast.walk(s.value)}
    used = {text_of(call.node.func) for call in scope.calls}
    local = {id(s.value) for s in scope.settings if s.target in used and not s.element}
    applied = {id(call.node.func) for call in scope.calls}
    for call in scope.calls:
        name = _with_weights(program, call.node, scope, library)
        if name and id(call.node) not in kept and id(call.node) in applied | local:
            says = f"{name} is made in {scope.name}(): it has new weights in every pass, and none of them is trained"
            yield at_call("layer_made_in_forward", call, says)


def _kept_in_list(program: Program, scope: Scope) -> Iterator[Sign]:
    """Layers in a plain list of a torch module belong to none of its parameters."""
    for setting in scope.settings:
        own = setting.target.startswith("self.") and setting.target.count(".") == 1
        if not own or not isinstance(setting.value, ast.List | ast.ListComp):
            continue
        name = _listed(program, scope, setting)
        if name and not _registered(program, scope, setting.target):
            says = f"'{setting.target}' is a plain list: the network does not know the weights of {name} in it"
            yield at_line("layers_in_list", scope, setting.line, says)


def _listed(program: Program, scope: Scope, setting: Setting) -> str:
    value = setting.value
    parts = value.elts if isinstance(value, ast.List) else [value.elt] if isinstance(value, ast.ListComp) else []
    added = [
        call.node.args[0]
        for call in scope.calls
        if call.method == "append" and call.receiver == setting.target and call.node.args
    ]
    return next((name for one in (*parts, *added) if (name := _with_weights(program, one, scope, "torch"))), "")


def _registered(program: Program, scope: Scope, target: str) -> bool:
    """Tell whether the layers of a list may be made known otherwise: to a module, or to the optimizer itself."""
    attribute, registering = target.partition(".")[2], program.meanings.words["registering"]
    for other in program.scopes:
        mine = other.owner == scope.owner and other.script is scope.script
        for call in other.calls:
            if mine and call.method in registering:
                return True
        if mine and any(s.target == target and isinstance(s.value, ast.Call) for s in other.settings):
            return True
        outside = not mine or other.name not in (*_FORWARD["torch"], scope.name)
        if outside and any(isinstance(n, ast.Attribute) and n.attr == attribute for _, n, _ in other.nodes):
            return True
    return False


def _switched_after_fit(scope: Scope, fitting: frozenset[str]) -> Iterator[Sign]:
    """``trainable`` is changed between two fits of one compiled network: the second trains what the first did."""
    fits = [call for call in scope.calls if call.method in fitting and call.receiver]
    for later in fits:
        before = [c for c in fits if c.receiver == later.receiver and c.order < later.order and c.loops == later.loops]
        if not before or later.loops:
            continue
        begin = before[-1].order
        between = [s for s in scope.settings if begin < s.order < later.order and s.target.endswith(".trainable")]
        if between and not _compiled_between(scope, begin, later):
            says = f"'{between[0].target}' is set after '{later.receiver}' was fitted, without another compile()"
            yield at_line("frozen_without_compile", scope, between[0].line, says)


def _compiled_between(scope: Scope, begin: int, later: Call) -> bool:
    """Tell whether the network is compiled, or may be made anew, between two fits."""
    calls = any(begin < c.order < later.order and "compile" in c.method for c in scope.calls)
    return calls or any(begin < s.order < later.order and s.target == later.receiver for s in scope.settings)
