"""Inputs that are scaled twice, or in training otherwise than in validation."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from logdoc.program.parsing import last_name_of, text_of
from logdoc.program.patterns.sign import Sign, at_call, at_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.program.scopes import Call, Scope
    from logdoc.program.tracing import Program

_WHOLE = 255  # the highest value of a pixel


def scaling_signs(program: Program) -> Iterator[Sign]:
    """Yield signs about pixels that are divided twice, and about sets that are prepared in different ways."""
    calls: dict[str, list[Call]] = {}
    for call in program.calls():
        meaning = program.meanings.of(call.scope.script.dotted(call.node.func))
        if meaning is not None:
            calls.setdefault(meaning.kind, []).append(call)
        elif _scales_itself(program, call):
            calls.setdefault("scales itself", []).append(call)
    generators, preparing = calls.get("generator", []), program.meanings.words["preparing"]
    yield from _twice(program, calls, generators)
    yield from _apart(
        program, [(g, any(_given(g, name) for name in preparing)) for g in generators if not g.open_ended], "rescale"
    )
    chains = [(c, _names(program, c)) for c in calls.get("transforms", [])]
    scales = program.meanings.standardises
    yield from _apart(program, [(c, scales.lower() in names) for c, names in chains if names], scales)
    if any("totensor" in names for _, names in chains):
        yield from _after_tensor(program)


def _scales_itself(program: Program, call: Call) -> bool:
    """Tell whether a call makes a network of Keras that scales pixels itself; there is another of the name in torch."""
    dotted = call.scope.script.dotted(call.node.func)
    last = dotted.rpartition(".")[2]
    return dotted.startswith("keras.") and last[:1].isupper() and last.startswith(program.meanings.scale_themselves)


def _twice(program: Program, calls: dict[str, list[Call]], generators: list[Call]) -> Iterator[Sign]:
    alone = len([*calls.get("keras model", []), *calls.get("keras functional", [])]) <= 1  # of several, which?
    inside = [(c, "Rescaling in the network") for c in calls.get("rescaling", []) if alone]
    for call in calls.get("scales itself", []) if alone else ():
        own = call.keyword("include_preprocessing")
        if not (isinstance(own, ast.Constant) and own.value is False):
            inside.append((call, f"{call.method}, which scales its inputs itself"))
    rescaling = [g for g in generators if _given(g, "rescale")]
    both = next((g for g in rescaling if _given(g, "preprocessing_function")), None)
    if both is not None:
        yield at_call("scaled_twice", both, "the generator is given rescale and preprocessing_function")
    elif rescaling and inside:
        yield at_call("scaled_twice", rescaling[0], f"rescale in the generator, and {inside[0][1]}")
    for scope in program.scopes:
        for name, line in _divided(program, scope):
            given = [c for c in program.calls_of("flow") if c.node.args and text_of(c.node.args[0]) == name]
            used = {text_of(c.node.func.value) for c in given if isinstance(c.node.func, ast.Attribute)}
            again = [g for g in rescaling if used & {s.target for s in g.scope.settings if s.value is g.node}]
            fitted = any(c.node.args and text_of(c.node.args[0]) == name for c in program.calls_of("fit"))
            if again:
                yield at_line("scaled_twice", scope, line, f"'{name}' is divided by {_WHOLE}, and rescaled again")
            elif inside and fitted:
                yield at_line(
                    "scaled_twice", scope, line, f"'{name}' is divided by {_WHOLE} in front of {inside[0][1]}"
                )


def _divided(program: Program, scope: Scope) -> Iterator[tuple[str, int]]:
    """Yield names of training data that are divided by the highest value of a pixel."""
    for setting in scope.settings:
        value = setting.value
        by = value.right if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div) else None
        if _is_whole(by) and (program.meanings.is_for_training(setting.target) or setting.target.lower() == "x"):
            yield setting.target, setting.line
    for _, node, _ in scope.nodes:
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div) and _is_whole(node.value):
            yield text_of(node.target), node.lineno


def _is_whole(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value == _WHOLE


def _given(generator: Call, name: str) -> bool:
    """Tell whether a generator is given a setting that does something: not None, not one."""
    value = generator.keyword(name)
    return value is not None and not (isinstance(value, ast.Constant) and value.value in (None, False, 1))


def _names(program: Program, chain: Call) -> set[str]:
    """Return the names of the steps of a chain of transforms that is written out; nothing for another."""
    listed = chain.node.args[0] if chain.node.args else None
    if not isinstance(listed, ast.List) or not all(isinstance(step, ast.Call) for step in listed.elts):
        return set()
    steps = {last_name_of(s.func).lower() for s in listed.elts if isinstance(s, ast.Call)}
    plain = steps <= program.meanings.transforms
    return steps if plain else set()


def _apart(program: Program, known: Sequence[tuple[Call, bool]], what: str) -> Iterator[Sign]:
    """One of training and one of validation, of which only one is prepared."""
    named = [
        (call, done, next((s.target for s in call.scope.settings if s.value is call.node), "")) for call, done in known
    ]
    training = [one for one in named if program.meanings.is_for_training(one[2])]
    others = [
        one
        for one in named
        if program.meanings.is_for_validation(one[2]) and not program.meanings.is_for_training(one[2])
    ]
    if len(training) != 1 or not others or len(named) != 1 + len(others):
        return
    for call, done, name in others:
        if done != training[0][1] and call.scope is training[0][0].scope:
            has, lacks = (name, training[0][2]) if done else (training[0][2], name)
            yield at_call("scaled_apart", call, f"'{has}' has {what}, '{lacks}' has not")
            return


def _after_tensor(program: Program) -> Iterator[Sign]:
    """A division by 255 of what a loader gives, which ToTensor has divided already."""
    for scope in program.scopes:
        batches = {s.target for s in scope.settings if s.element and s.loops and "load" in ast.dump(s.value).lower()}
        for _, node, loops in scope.nodes:
            if loops and isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
                value, by = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
                while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                    value = value.func.value
                if _is_whole(by) and text_of(value) in batches:
                    says = f"'{text_of(value)}' is divided by {_WHOLE} after ToTensor, which has done so"
                    yield at_line("scaled_twice", scope, node.lineno, says)
