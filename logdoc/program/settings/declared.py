"""Settings that a program declares: options with their defaults, constants, and dictionaries and classes of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.scopes import Call
from logdoc.program.settings.found import Seen, Source, Unknown
from logdoc.program.settings.table import Table, fact_of
from logdoc.program.settings.values import constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.model import ConfigValue
    from logdoc.program.scopes import Scope, Setting
    from logdoc.program.tracing import Program

_ABSL = "DEFINE_"
_STARTED = ("", "main")
_DEEPEST = 3
_MOST_FIELDS = 400


def declared(program: Program, table: Table) -> Iterator[Seen]:
    """Yield everything that is declared, also what is no setting of the table: names are looked up in it."""
    for call in program.calls():
        yield from _option(call)
    for scope in program.scopes:
        for decorator in () if isinstance(scope.node, ast.Module) else scope.node.decorator_list:
            if isinstance(decorator, ast.Call):
                yield from _option(Call(decorator, scope, 0, (), 0))
        yield from _constants(program, table, scope)
        if scope.name in _STARTED:
            for setting in scope.settings:
                yield from _dictionary(table, scope, setting)
    for script in program.scripts:
        for node in ast.walk(script.tree):
            if isinstance(node, ast.ClassDef) and words_of(node.name) & table.holders:
                yield from _fields(node, script.path)


def _option(call: Call) -> Iterator[Seen]:
    """The default of an option: argparse, click, absl and its likes."""
    named = [a.value for a in call.node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    default: ast.expr | None = None
    if call.method in ("add_argument", "add_arg", "option") and named and named[0].startswith("-"):
        name = max(named, key=lambda text: len(text) - len(text.lstrip("-")) >= 2 and len(text)).lstrip("-")
        given = call.keyword("dest")
        name = str(given.value) if isinstance(given, ast.Constant) else name.partition("/")[0]
        default = call.keyword("default")
    elif call.method.startswith(_ABSL) and named:
        name = named[0]
        default = call.node.args[1] if len(call.node.args) > 1 else call.keyword("default")
    if default is not None:
        yield Seen(_key(name), constant(default), call.scope.script.path, call.line, Source.DEFAULT)


def _constants(program: Program, table: Table, scope: Scope) -> Iterator[Seen]:
    """Names of the file's own statements that are set to one plain value, and such parts of objects of settings."""
    if scope.name not in _STARTED or scope.owner:
        return
    # Of a name that is set several times the first counts: where the others are another value, it is none.
    for name, setting in {one.target: one for one in reversed(scope.settings)}.items():
        held = "." in name
        if name.startswith("self.") or (held and not words_of(name.split(".")[-2]) & table.holders):
            continue
        if not held and not name.isupper() and (name in table.not_alone or not fact_of(name)):
            continue
        if not held and name.lower() in table.not_in_capitals:
            continue
        value = Unknown.COMPUTED if _moves(program, scope, setting) else constant(setting.value)
        yield Seen(_key(name.rpartition(".")[2]), value, scope.script.path, setting.line, Source.CONSTANT)


def _moves(program: Program, scope: Scope, setting: Setting) -> bool:
    """Tell whether a name is a counter or a state and no constant: it is set in a loop, added to, or set anew."""
    everywhere = [(one, s) for one, s in program.settings_of(setting.target) if one.script is scope.script]
    again = any(s.adds or s.loops for _, s in everywhere)
    return again or setting.element or len({ast.dump(s.value) for one, s in everywhere if one is scope}) > 1


def _dictionary(table: Table, scope: Scope, setting: Setting) -> Iterator[Seen]:
    if not words_of(setting.target.rpartition(".")[2]) & table.holders:
        return
    pairs = list(_pairs(setting.value, "", _DEEPEST))
    boosts = any(key in table.marks for key, _ in pairs)
    for key, node in pairs[:_MOST_FIELDS]:
        if boosts and key in table.not_boosting:
            continue
        name = table.boosting.get(key, key) if boosts else key
        yield Seen(_key(name), constant(node), scope.script.path, node.lineno, Source.CONSTANT)


def _pairs(node: ast.expr, above: str, depth: int) -> Iterator[tuple[str, ast.expr]]:
    """Yield (key, value) of a dictionary or of ``dict(...)``, keys of inner ones with a dot."""
    items: list[tuple[object, ast.expr]] = []
    if isinstance(node, ast.Dict):
        items = [(k.value, v) for k, v in zip(node.keys, node.values, strict=True) if isinstance(k, ast.Constant)]
    elif isinstance(node, ast.Call) and text_of(node.func) in (
        "dict",
        "Namespace",
        "argparse.Namespace",
        "SimpleNamespace",
    ):
        items = [(k.arg, k.value) for k in node.keywords if k.arg is not None]
    for key, value in items:
        if isinstance(key, str):
            inner = list(_pairs(value, f"{above}{key}.", depth - 1)) if depth else []
            yield from inner or [(f"{above}{key}", value)]


def _fields(node: ast.ClassDef, path: str) -> Iterator[Seen]:
    """The plain values in the body of a class of settings."""
    for one in node.body[:_MOST_FIELDS]:
        if isinstance(one, ast.AnnAssign) and one.value is not None:
            targets: list[ast.expr] = [one.target]
        elif isinstance(one, ast.Assign):
            targets = one.targets
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and one.value is not None:
                yield Seen(_key(target.id), _field(one.value), path, one.lineno, Source.DEFAULT)


def _field(node: ast.expr) -> ConfigValue | Unknown:
    """Return the value of a field, also of ``field(default=0.1)``."""
    if isinstance(node, ast.Call) and last_name_of(node.func) in ("field", "Field"):
        given = next((k.value for k in node.keywords if k.arg == "default"), node.args[0] if node.args else None)
        return Unknown.UNTRACED if given is None else constant(given)
    return constant(node)


def _key(name: str) -> str:
    return name.replace("-", "_").lower()
