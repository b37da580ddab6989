"""How data are split: copies on both sides, one class at the end, folds that share a network, scalers fitted anew."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.loading import mixes
from logdoc.program.patterns.sign import Sign, at_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program


_MOST_STEPS = 8  # from a name to the call that made it


def splitting_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about splits that do not keep training and validation apart, or not alike."""
    for scope in program.scopes:
        yield from _resampled(scope, program.meanings.words)
        yield from _fitted_anew(program, scope)
        yield from _folds(program, scope)
        yield from _ordered(program, scope)


def _resampled(scope: Scope, words: Mapping[str, frozenset[str]]) -> Iterator[Sign]:
    """Examples are multiplied, and what comes out is split: copies of one lie on both sides."""
    for call in scope.calls:
        if call.method not in words["resampling"]:
            continue
        made = {s.target for s in scope.settings if s.value is call.node}
        for split in scope.calls:
            given = {text_of(a) for a in split.node.args}
            between = {
                s.target for s in scope.settings if call.order < s.order < split.order and s.value is not call.node
            }
            if split.method in words["splitting"] and split.order > call.order and made & given - between:
                says = f"{call.method}() multiplies examples before they are split"
                yield at_call("resampled_before_split", call, says)
                return


def _fitted_anew(program: Program, scope: Scope) -> Iterator[Sign]:
    """A scaler that is fitted to the training data, and to those of validation again; so are two tokenizers."""
    for method, fact in (("fit_transform", "scaler_fitted_anew"), ("fit_on_texts", "encoded_apart")):
        fits = [(c, text_of(c.node.args[0])) for c in scope.calls if c.method == method and len(c.node.args) == 1]
        training = [c for c, data in fits if program.meanings.is_for_training(data) and c.receiver]
        for call, data in fits:
            if not program.meanings.is_for_validation(data) or not call.receiver:
                continue
            alike = [c for c in training if (c.receiver == call.receiver) is (method == "fit_transform")]
            if (
                alike
                and _kind(program, alike[0]) == _kind(program, call)
                and "label" not in _kind(program, call).lower()
            ):
                yield at_call(fact, call, f"'{call.receiver}' is fitted to '{data}', not to what is trained on")
                return


def _kind(program: Program, call: Call) -> str:
    made = program.constructor(call.receiver, call.scope, call.order)
    return last_name_of(made[1].func) if made is not None else ""


def _folds(program: Program, scope: Scope) -> Iterator[Sign]:
    """A network of Keras that is made in front of the loop over the folds goes on with what it saw in others."""
    for call in scope.calls:
        loop = call.loops[0] if call.loops else None
        if call.method not in ("fit", "fit_generator") or not isinstance(loop, ast.For) or not _is_folds(loop.iter):
            continue
        compiled = [c for c in scope.calls if c.method == "compile" and c.receiver == call.receiver]
        inside = [s for s in scope.settings if s.target == call.receiver and loop in s.loops]
        resets = any(c.method in program.meanings.words["resetting"] for c in scope.calls if loop in c.loops)
        if call.receiver and compiled and not inside and not resets and all(loop not in c.loops for c in compiled):
            yield at_call(
                "folds_share_network", call, f"'{call.receiver}' is made once and fitted to every fold in turn"
            )
            return


def _is_folds(node: ast.expr) -> bool:
    """Tell whether a loop runs over the splits of a cross-validation: ``enumerate(kfold.split(x))``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "split":
            words = text_of(part.func.value).lower()
            return any(word in words for word in ("fold", "kf", "cv"))
    return False


def _ordered(program: Program, scope: Scope) -> Iterator[Sign]:
    """``validation_split`` takes the end of the data: one class, where examples lie class by class."""
    for call in scope.calls:
        labels = call.node.args[1] if len(call.node.args) > 1 else call.keyword("y")
        if call.method != "fit" or call.keyword("validation_split") is None or labels is None:
            continue
        name = ast.unparse(labels)
        found = program.value(labels.id, scope, call.order) if isinstance(labels, ast.Name) else None
        joined = found is not None and found[0] is scope and _by_class(program, found[1].value, scope, found[1].order)
        if not joined and not _of_ordered_set(program, labels, scope, call.order):
            continue
        if not any(mixes(program, other) for other in program.calls()):
            says = f"validation_split takes the end of '{name}', whose classes lie one after the other"
            yield at_call("ordered_split", call, says)


def _of_ordered_set(program: Program, node: ast.expr, scope: Scope, order: int) -> bool:
    """Tell whether labels are those of a known data set whose examples lie class by class, encoded perhaps:
    ``to_categorical(load_iris().target)``.
    """
    for _ in range(_MOST_STEPS):
        if isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Name):
            found = program.value(node.id, scope, order)
            if found is None:
                return False
            node, scope, order = found[1].value, found[0], found[1].order
        elif isinstance(node, ast.Call) and last_name_of(node.func) in program.meanings.words["in_class_order"]:
            return True
        elif isinstance(node, ast.Call) and last_name_of(node.func) not in program.meanings.words["splitting"]:
            if node.args:
                node = node.args[0]
            elif isinstance(node.func, ast.Attribute):
                node = node.func.value
            else:
                return False
        else:
            return False
    return False


def _by_class(program: Program, node: ast.expr, scope: Scope, order: int) -> bool:
    """Tell whether labels are blocks of one class each: ``concatenate([zeros(n), ones(m)])``, ``[0] * n + [1] * m``."""
    if isinstance(node, ast.Call) and last_name_of(node.func) in ("array", "asarray") and node.args:
        node = node.args[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return all(_block(program, side, scope, order) for side in (node.left, node.right))
    if (
        not isinstance(node, ast.Call)
        or last_name_of(node.func) not in program.meanings.words["joining"]
        or not node.args
    ):
        return False
    first = node.args[0]
    parts = first.elts if isinstance(first, ast.List | ast.Tuple) else node.args[:2]
    return len(parts) > 1 and all(_block(program, part, scope, order) for part in parts)


def _block(program: Program, node: ast.expr, scope: Scope, order: int) -> bool:
    if isinstance(node, ast.Name):
        found = program.value(node.id, scope, order)
        node = found[1].value if found is not None and not found[1].element else node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = [side for side in (node.left, node.right) if isinstance(side, ast.List)]
        return len(sides) == 1 and len(sides[0].elts) == 1 and isinstance(sides[0].elts[0], ast.Constant)
    return isinstance(node, ast.Call) and last_name_of(node.func) in program.meanings.words["constant"]
