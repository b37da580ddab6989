"""Hidden states of recurrent networks that go from batch to batch together with their graph."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.bootstrapping import is_quiet, quiet_words
from logdoc.program.patterns.sign import at_line
from logdoc.program.patterns.stepping import backwards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.patterns.sign import Sign
    from logdoc.program.scopes import Call, Scope, Setting
    from logdoc.program.tracing import Program


def recurrent_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about states that a network gives and gets again in the next batch without detach()."""
    quiet = quiet_words(program)
    if any(scope.name in ("forward", "__call__") and is_quiet(scope, quiet) for scope in program.scopes):
        return  # a network that detaches its states itself
    for backward in backwards(program):
        scope = backward.scope
        for setting in scope.settings:
            if backward.loops and setting.loops == backward.loops and _carried(scope, setting, backward):
                says = f"'{setting.target}' goes from batch to batch without detach(), with the graph of all before it"
                yield at_line("state_not_detached", scope, setting.line, says)


def _carried(scope: Scope, setting: Setting, backward: Call) -> bool:
    """Tell whether a name is given to the call that it is set by, is set nowhere else in the loop, and was set before
    the loop.
    """
    name, value = setting.target, setting.value
    if not name or not setting.element or not isinstance(value, ast.Call) or setting.order > backward.order:
        return False
    given = [*value.args, *(k.value for k in value.keywords)]
    parts = [part for one in given for part in (one.elts if isinstance(one, ast.Tuple | ast.List) else [one])]
    if not any(text_of(one) == name for one in parts):
        return False
    around = len(setting.loops)
    inside = [s for s in scope.settings if s.target == name and s.loops[:around] == setting.loops]
    outside = [s for s in scope.settings if s.target == name and s.order < setting.order and s not in inside]
    handed = [c for c in scope.calls if c.receiver == name or (c.node is not value and _is_given(c, name))]
    return len(inside) == 1 and bool(outside) and not handed


def _is_given(call: Call, name: str) -> bool:
    given = [*call.node.args, *(k.value for k in call.node.keywords)]
    return any(isinstance(n, ast.Name | ast.Attribute) and text_of(n) == name for one in given for n in ast.walk(one))
