"""What stands in front of a loss, what it is summed over, and whether the metric looks at the same tensors."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import text_of
from logdoc.program.patterns.sign import Sign, at_call, at_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.program.scopes import Scope, Setting
    from logdoc.program.tracing import LossCall, Operation, Program

_MAKES_ANEW = ("torch.tensor", "torch.autograd.Variable")


def loss_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about losses that the table knows."""
    losses = list(program.losses())
    for loss in losses:
        before = program.last_operation(loss.prediction, loss.call.scope, loss.call.order)
        if before is not None:
            yield from _in_front(loss, before)
        yield from _cut(program, loss)
        yield from _summed(loss)
    yield from _restarted(program)
    for scope in program.scopes:
        yield from _metric_elsewhere(program, scope, [loss for loss in losses if loss.call.scope is scope])


def _in_front(loss: LossCall, before: Operation) -> Iterator[Sign]:
    """What a loss applies itself must not stand before it; what it expects must. log_softmax before a softmax is
    harmless: applying it twice changes nothing.
    """
    over, wants = loss.meaning.about.get("over", ""), loss.meaning.about.get("wants", "")
    name = loss.meaning.name
    if before.kind == "activation" and over and before.does in ("softmax", "sigmoid"):
        says = f"{before.does} before {name}, which applies {over} itself"
        yield Sign("activation_before_loss", before.path, before.line, says)
    elif before.kind == "activation" and over == "softmax" and before.does == "relu":
        yield Sign("relu_before_loss", before.path, before.line, f"ReLU on the outputs that go into {name}")
    elif wants == "log_softmax" and (before.kind == "layer" or before.does in ("softmax", "sigmoid")):
        got = "the outputs of a layer" if before.kind == "layer" else f"the outputs of {before.does}"
        yield Sign(
            "no_log_before_nll",
            loss.call.scope.script.path,
            loss.call.line,
            f"{name} is given {got}, not logarithms of probabilities",
        )


def _cut(program: Program, loss: LossCall) -> Iterator[Sign]:
    """Outputs that are detached before the loss, in the call or in the line before it, give no gradient."""
    node, scope = loss.prediction, loss.call.scope
    if not is_trained_on(program, loss):
        return
    if isinstance(node, ast.Name) and (found := program.value(node.id, scope, loss.call.order)) is not None:
        node = found[1].value if found[0] is scope and not found[1].element else node
    if by := cut_by(program, node):
        yield at_line("graph_cut", scope, node.lineno, f"the outputs are cut off by {by} before {loss.meaning.name}")


def cut_by(program: Program, node: ast.expr) -> str:
    """Return what cuts the value of an expression off from the gradients, as it is written; "" where nothing does."""
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return ".data"
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Attribute) and called.attr in program.meanings.leaving:
        return f"{called.attr}()"
    return ""


def is_trained_on(program: Program, loss: LossCall) -> bool:
    """Tell whether backward() is called on the very name that the loss is set to, in the same scope, or whether it is
    what a training step returns to its framework.
    """
    scope = loss.call.scope
    names = {s.target for s in scope.settings if s.value is loss.call.node and s.target}
    if scope.name in ("training_step", "compute_loss"):
        return any(value is loss.call.node or _returns(value, names) for _, value in scope.returns)
    return any(call.method == "backward" and call.receiver in names for call in scope.calls)


def _returns(value: ast.expr, names: set[str]) -> bool:
    """Tell whether a loss is returned: alone, first of a pair, or as the "loss" of a table."""
    if isinstance(value, ast.IfExp):
        return _returns(value.body, names) or _returns(value.orelse, names)
    if isinstance(value, ast.Tuple):
        return bool(value.elts) and text_of(value.elts[0]) in names
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        return any(isinstance(k, ast.Constant) and k.value == "loss" and text_of(v) in names for k, v in pairs)
    return text_of(value) in names


def _restarted(program: Program) -> Iterator[Sign]:
    """A loss that has to be told that it needs a gradient has none: what came before it was cut off."""
    for scope in program.scopes:
        backward = {call.receiver for call in scope.calls if call.method == "backward"}
        for call in scope.calls:
            if call.method == "requires_grad_" and call.receiver in backward:
                yield at_call("graph_cut", call, f"requires_grad_() on '{call.receiver}' right before backward()")
        for setting in scope.settings:
            name, _, attribute = setting.target.rpartition(".")
            if attribute == "requires_grad" and name in backward and _is_true(setting.value):
                yield at_line(
                    "graph_cut", scope, setting.line, f"requires_grad is set on '{name}', of which backward() is called"
                )
            if setting.target in backward and _is_made_anew(scope, setting):
                yield at_line("graph_cut", scope, setting.line, f"'{setting.target}' is made anew before backward()")


def _is_made_anew(scope: Scope, setting: Setting) -> bool:
    """Tell whether a loss is put into a new tensor right before backward(); a sum that begins with zero is none."""
    made = setting.value
    if not isinstance(made, ast.Call) or scope.script.dotted(made.func) not in _MAKES_ANEW:
        return False
    later = [
        c for c in scope.calls if c.method == "backward" and c.receiver == setting.target and c.order > setting.order
    ]
    end = min((c.order for c in later), default=0)
    between = [s for s in scope.settings if s.target == setting.target and setting.order < s.order < end]
    return bool(later) and not between and bool(made.args) and _holds_name(made)


def _holds_name(made: ast.Call) -> bool:
    return any(isinstance(part, ast.Name) for part in ast.walk(made.args[0]))


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _summed(loss: LossCall) -> Iterator[Sign]:
    """``reduction="sum"``, unless the loss is divided by something afterwards."""
    scope = loss.call.scope
    given = [*loss.call.node.keywords, *(loss.made.keywords if loss.made is not None else [])]
    reduced = next((k.value for k in given if k.arg == "reduction"), None)
    if not (isinstance(reduced, ast.Constant) and reduced.value == "sum"):
        return
    names = {s.target for s in scope.settings if s.target and any(n is loss.call.node for n in ast.walk(s.value))}
    if not any(_divides(node, names, loss.call.node) for _, node, _ in scope.nodes):
        says = f'{loss.meaning.name} with reduction="sum"'
        yield Sign("loss_summed", scope.script.path, loss.call.line, says)


def _divides(node: ast.AST, names: set[str], call: ast.Call) -> bool:
    """Tell whether a node divides the result of a call, or a name that it was set to."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
        return text_of(node.target) in names
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
        return False
    return any(part is call or (isinstance(part, ast.Name) and part.id in names) for part in ast.walk(node.left))


def _metric_elsewhere(program: Program, scope: Scope, losses: list[LossCall]) -> Iterator[Sign]:
    """Accuracy from other outputs than the loss of the same loop, from other targets, or by the largest of the wrong
    axis.
    """
    for order, node, loops in scope.nodes:
        beside = [loss for loss in losses if loss.call.loops == loops]
        pair = compared(program, node, scope, order) if len(beside) == 1 else None
        if pair is None or not isinstance(node, ast.expr) or (loss := beside[0]).target is None:
            continue
        guess, truth, largest = pair
        if _over_batch(largest):
            says = "the metric takes the largest over the batch, not over the classes"
            yield at_line("argmax_over_batch", scope, node.lineno, says)
        if not program.sources(loss.prediction, scope, loss.call.order) & program.sources(guess, scope, order):
            says = f"the metric looks at '{_said(guess)}', the loss at '{_said(loss.prediction)}'"
            yield at_line("metric_elsewhere", scope, node.lineno, says)
        elif not program.sources(loss.target, scope, loss.call.order) & program.sources(truth, scope, order):
            says = f"the metric compares with '{_said(truth)}', the loss with '{_said(loss.target)}'"
            yield at_line("metric_elsewhere", scope, node.lineno, says)


def compared(program: Program, node: ast.AST, scope: Scope, order: int) -> tuple[ast.expr, ast.expr, ast.Call] | None:
    """Return (outputs, targets, the call that takes the largest) of ``outputs.argmax(1) == targets``."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
        sides = [node.left, node.comparators[0]]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "eq" and node.args:
        sides = [node.func.value, node.args[0]]
    else:
        return None
    for one, other in (sides, sides[::-1]):
        largest = _largest(program, one, scope, order)
        if largest is not None and _largest(program, other, scope, order) is None and text_of(other):
            of = (
                largest.func.value
                if isinstance(largest.func, ast.Attribute)
                and scope.script.dotted(largest.func) not in ("torch.argmax", "torch.max")
                else None
            )
            outputs = of if of is not None else (largest.args[0] if largest.args else None)
            return (outputs, other, largest) if outputs is not None else None
    return None


def _largest(program: Program, node: ast.expr, scope: Scope, order: int) -> ast.Call | None:
    """Return the call of argmax or max behind an expression or the name that it was set to."""
    for _ in range(4):
        if isinstance(node, ast.Name):
            found = program.value(node.id, scope, order)
            if found is None or found[0] is not scope or found[1].adds:
                return None
            node, order = found[1].value, found[1].order
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("argmax", "max"):
                return node
            if node.func.attr not in program.meanings.transparent | program.meanings.leaving:
                return None
            node = node.func.value
        else:
            return None
    return None


def _over_batch(largest: ast.Call) -> bool:
    axis = next((k.value for k in largest.keywords if k.arg in ("dim", "axis")), None)
    function = isinstance(largest.func, ast.Attribute) and text_of(largest.func.value) == "torch"
    given = largest.args[1:] if function else largest.args
    axis = axis if axis is not None else (given[0] if given else None)
    return isinstance(axis, ast.Constant) and axis.value == 0 and isinstance(axis.value, int)


def _said(node: ast.expr) -> str:
    return text_of(node) or "another expression"
