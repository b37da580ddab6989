"""Which of several files were the program: the one that was started, and those of its own that it imports."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.meanings import words_of
from logdoc.program.parsing import last_name_of, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.program.meanings import Meanings
    from logdoc.program.parsing import Script

_LEARNS = ("backward", "manual_backward", "fit", "fit_generator", "train_on_batch", "training_step", "apply_gradients")
# What learns as well, but stands in files that are no training too: counts where nothing of the above does.
_LEARNS_TOO = ("minimize", "learn", "zero_grad")
_LOSSES = {"loss", "cost", "entropy", "criterion"}
_LIBRARIES = ("tensorflow.", "torch.", "keras.")
_TRAINERS = ("trainer", "xgb", "xgboost", "lgb", "lightgbm")
_STARTED = ("main", "run", "train")


def chosen(scripts: Sequence[Script], meanings: Meanings) -> tuple[list[Script], list[str]]:
    """Return the files of the program that trained, or nothing and the paths between which nothing decides.

    The program is the file that the log names; else the only one in which something is learned, with what it imports;
    of several the only one called train, main or run.
    """
    named = [script for script in scripts if script.main]
    begin = named or _starts(scripts, meanings)
    if len(begin) > 1 and not named:
        return [], [script.path for script in begin]
    return (_with_imported(begin, scripts), []) if begin else ([], [])


def undecided(paths: Sequence[str]) -> tuple[str, str]:
    """Return (path, note) of programs between which nothing decides."""
    names = ", ".join(paths[:4])
    return paths[0], f"several programs lie here ({names}); none was read. Name the one that was started with --code"


def _starts(scripts: Sequence[Script], meanings: Meanings) -> list[Script]:
    learning = next(
        (found for learns in (_learns, _learns_otherwise, _learns_by_hand) if (found := [*filter(learns, scripts)])), []
    )
    imported = {id(other) for script in scripts for other in _imported(script, scripts)}
    roots = [
        script
        for script in scripts
        if id(script) not in imported and any(s in learning for s in _with_imported([script], scripts))
    ]
    roots = roots or learning
    called = [script for script in roots if words_of(script.module) & {*_STARTED, *meanings.training}]
    return called if len(roots) > 1 and len(called) == 1 else roots


def _learns(script: Script) -> bool:
    for node in ast.walk(script.tree):
        if isinstance(node, ast.Attribute) and node.attr in _LEARNS:
            return True
        if isinstance(node, ast.FunctionDef) and node.name == "training_step":
            return True
    return False


def _learns_otherwise(script: Script) -> bool:
    """Tell whether a file trains in a way that only libraries have: ``trainer.train()``, ``xgb.train(params, data)``,
    ``optimizer.minimize(loss)``, ``model.compile(loss=...)``.
    """
    for node in ast.walk(script.tree):
        if isinstance(node, ast.Assign) and _sets_loss(script, node):
            return True
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in _LEARNS_TOO:
            return True
        if node.func.attr == "train" and last_name_of(node.func.value).lower() in _TRAINERS:
            return True
        if node.func.attr == "compile" and {"loss", "optimizer"} & {k.arg for k in node.keywords}:
            return True
    return False


def _learns_by_hand(script: Script) -> bool:
    """Tell whether a file computes a loss and steps downhill itself, in a loop or a function: ``w -= rate * dw``."""
    nodes = list(ast.walk(script.tree))
    targets = (
        target
        for node in nodes
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    )
    return any(words_of(text_of(target)) & _LOSSES for target in targets) and any(
        _steps_down(inner)
        for node in nodes
        if isinstance(node, ast.For | ast.While | ast.FunctionDef)
        for inner in ast.walk(node)
    )


def _steps_down(node: ast.AST) -> bool:
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Sub) and _is_product(node.value)
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return False
    same = ast.unparse(node.targets[0]) == ast.unparse(node.value.left)
    return same and isinstance(node.value.op, ast.Sub) and _is_product(node.value.right)


def _is_product(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)


def _sets_loss(script: Script, node: ast.Assign) -> bool:
    """Tell whether a loss is set up in a library: ``cost = tf.reduce_mean(...)``."""
    if not words_of(text_of(node.targets[0])) & _LOSSES:
        return False
    called = (script.dotted(part.func) for part in ast.walk(node.value) if isinstance(part, ast.Call))
    return any(name.startswith(_LIBRARIES) for name in called)


def _imported(script: Script, scripts: Sequence[Script]) -> list[Script]:
    """Return the other files that a file imports, by any part of their names."""
    return [other for other in scripts if other is not script and other.module in script.uses]


def _with_imported(begin: Sequence[Script], scripts: Sequence[Script]) -> list[Script]:
    found = list(begin)
    for script in found:
        found.extend(other for other in _imported(script, scripts) if other not in found)
    return found
