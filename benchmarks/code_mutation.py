"""Do the tests notice when the code is another? Changes one place of a module at a time and runs the module's tests.

    python -m benchmarks.code_mutation [--only escaping ...] [--count 60] [--seed 20] [--show]

A mutant turns a comparison round or moves its edge, exchanges `and` and `or`, `+` and `-`, drops a `not`, takes a
condition as always or never true, moves a number by one, empties a text, or leaves a statement out. Of all of them
`--count` a target are drawn by the seed. Each is tried in a process that is forked from one where everything is
imported, so that it costs no more than the tests themselves. A mutant whose tests fail, or take `LIMIT` seconds of
processor time, is noticed. Interval: Wilson, 95 %. Exit status 1 when less than 85 % are noticed.

mutmut and cosmic-ray do the same with a fresh interpreter for each mutant, which here takes ten times as long.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import io
import math
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

WANTED = 0.85
REWRITTEN = "ignore::pytest.PytestAssertRewriteWarning"  # what the parent imported has no rewritten asserts
LIMIT = 120  # seconds of processor time
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Target:
    """Modules and the tests that are to guard them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


TARGETS = (
    Target("escaping", ("logdoc.report.escape",), ("tests/report/test_escape.py",)),
    Target(
        "redaction", ("logdoc.redaction.hiding",), ("tests/report/test_escape.py", "tests/redaction/test_hiding.py")
    ),
    Target("expressions", ("logdoc.engine.expression",), ("tests/engine/test_expression.py",)),
    Target("decimals", ("logdoc.readers.decimals",), ("tests/readers/test_decimals.py",)),
    Target(
        "event files",
        ("logdoc.readers.tensorboard.ranks", "logdoc.readers.tensorboard.clocks", "logdoc.readers.attempts"),
        (
            "tests/readers/tensorboard/test_tb_ranks.py",
            "tests/readers/tensorboard/test_tb_clocks.py",
            "tests/readers/test_attempts.py",
        ),
    ),
    Target(
        "twins",
        ("logdoc.readers.twins",),
        ("tests/readers/test_twins.py", "tests/readers/test_twins_told_apart.py"),
    ),
    Target("starts", ("logdoc.readers.starts",), ("tests/readers/test_starts.py",)),
    Target(
        "hyperparameters",
        ("logdoc.readers.hyperparameters",),
        ("tests/readers/test_hyperparameters.py", "tests/readers/test_loose_settings.py"),
    ),
    Target("printed networks", ("logdoc.readers.printed_networks",), ("tests/readers/test_printed_networks.py",)),
    Target("unvalidated", ("logdoc.readers.unvalidated",), ("tests/readers/test_unvalidated.py",)),
    Target(
        "counting",
        ("logdoc.readers.tables.counting", "logdoc.readers.tables.passes"),
        ("tests/readers/tables/test_counting.py", "tests/readers/tables/test_counted_passes.py"),
    ),
    Target("spoilt cells", ("logdoc.readers.tables.spoilt",), ("tests/readers/tables/test_spoilt.py",)),
    Target("turned tables", ("logdoc.readers.delimited.turned",), ("tests/readers/delimited/test_turned.py",)),
    Target("merging", ("logdoc.readers.tensorboard.merging",), ("tests/readers/tensorboard/test_merging.py",)),
    Target("durations", ("logdoc.readers.console.durations",), ("tests/readers/console/test_durations.py",)),
    Target(
        "grouped digits",
        ("logdoc.readers.console.thousands", "logdoc.readers.console.decimal_commas"),
        ("tests/readers/console/test_thousands.py", "tests/readers/console/test_decimal_commas.py"),
    ),
    Target(
        "headed numbers", ("logdoc.readers.console.headed_numbers",), ("tests/readers/console/test_headed_numbers.py",)
    ),
    Target("interleaved", ("logdoc.readers.console.interleaved",), ("tests/readers/console/test_interleaved.py",)),
    Target("turns", ("logdoc.readers.console.turns",), ("tests/readers/console/test_turns.py",)),
    Target("wrapped", ("logdoc.readers.console.wrapped",), ("tests/readers/console/test_wrapped.py",)),
    Target("best so far", ("logdoc.readers.console.best_so_far",), ("tests/readers/console/test_best_so_far.py",)),
    Target("marks", ("logdoc.readers.console.marks",), ("tests/readers/console/test_marks.py",)),
    Target("sizes", ("logdoc.readers.console.sizes",), ("tests/readers/console/test_sizes.py",)),
)
EDGES: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield what may stand in the place of a node, and what was changed."""
    match node:
        case ast.Compare(ops=[op, *_]):
            for other in EDGES[type(op)]:
                yield f"{type(op).__name__} -> {other.__name__}", _with(node, ops=[other(), *node.ops[1:]])
        case ast.BoolOp():
            yield "and <-> or", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", node.operand
        case ast.BinOp(op=op) if type(op) in SIGNS and not _of_texts(node):
            yield f"{type(op).__name__} -> {SIGNS[type(op)].__name__}", _with(node, op=SIGNS[type(op)]())
        case ast.If() | ast.IfExp() | ast.While():
            yield "never", _with(node, test=ast.Constant(False))
            if not isinstance(node, ast.While):
                yield "always", _with(node, test=ast.Constant(True))
        case ast.Constant(value=bool()):
            yield "another truth", ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield "one more", ast.Constant(node.value + 1)
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield "left out", ast.Pass()


@dataclass(frozen=True)
class Mutant:
    """One change: of which module, in which line, what, at which node of its tree, and what stands there instead."""

    module: ModuleType
    tree: ast.Module
    line: int
    what: str
    number: int
    other: ast.AST

    def whole(self) -> ast.Module:
        """Return the changed module."""
        whole = copy.deepcopy(self.tree)
        place = next(one for i, one in enumerate(ast.walk(whole)) if i == self.number)
        _put(whole, place, ast.copy_location(copy.deepcopy(self.other), place))
        return ast.fix_missing_locations(whole)


def mutants(module: ModuleType) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
    aside = {id(child) for node in ast.walk(tree) for part in _no_behaviour(node) for child in ast.walk(part)}
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in aside:
            for what, other in variants(node):
                yield Mutant(module, tree, getattr(node, "lineno", 0), what, number, other)


def _no_behaviour(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a node no test can notice: the words of a message, what only a type checker reads (its imports,
    annotations, which are never evaluated here, and assertions, which tell it what is so), how a data class is stored.
    """
    match node:
        case ast.JoinedStr() | ast.Assert() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield node
        case ast.arg(annotation=ast.expr() as said) | ast.AnnAssign(annotation=said):
            yield said
        case ast.FunctionDef(returns=ast.expr() as said):
            yield said
        case ast.Call(func=ast.Name(id="dataclass")):
            yield from node.keywords


def _with(node: ast.AST, **changed: object) -> ast.AST:
    made = copy.copy(node)
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def _of_texts(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr) or isinstance(getattr(side, "value", None), str)
        for side in (node.left, node.right)
    )


def _put(whole: ast.Module, place: ast.AST, other: ast.AST) -> None:
    for node in ast.walk(whole):
        for name, value in ast.iter_fields(node):
            if value is place:
                setattr(node, name, other)
                return
            if isinstance(value, list):
                for i, one in enumerate(value):
                    if one is place:
                        value[i] = other
                        return


def install(module: ModuleType, tree: ast.Module) -> None:
    """Run the changed text in the module's place, and hand its names to whoever imported the old ones."""
    before = dict(vars(module))
    exec(compile(tree, module.__file__ or "", "exec"), vars(module))  # noqa: S102 - our own source, changed in one place
    new = {id(old): vars(module)[name] for name, old in before.items() if name in vars(module) and _own(old, module)}
    for other in [one for name, one in sys.modules.items() if name.startswith("logdoc")]:
        for name, value in list(vars(other).items()):
            if id(value) in new and value is not new[id(value)]:
                setattr(other, name, new[id(value)])


def _own(value: object, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__ or isinstance(value, frozenset | tuple | dict)


def noticed(mutant: Mutant | None, tests: tuple[str, ...]) -> bool:
    """Tell whether the tests fail, with a module changed or without."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            if mutant is not None:
                install(mutant.module, mutant.whole())
            status = int(pytest.main([*tests, "-x", "-q", "-p", "no:cacheprovider", "-W", REWRITTEN]))
    finally:
        os._exit(status)


def interval(share: float, count: int) -> tuple[float, float]:
    """Return Wilson's interval of a share of `count`, at 95 % (Wilson 1927)."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return middle - half, middle + half


def main() -> int:
    """Try the targets; return 1 when too few mutants are noticed."""
    asked = argparse.ArgumentParser(description="Changes of the code that no test notices.")
    asked.add_argument("--only", nargs="+", choices=[one.name for one in TARGETS])
    asked.add_argument("--count", type=int, default=60, help="mutants a target")
    asked.add_argument("--seed", type=int, default=20)
    asked.add_argument("--show", action="store_true", help="name what no test noticed")
    options = asked.parse_args()
    os.chdir(ROOT)
    importlib.import_module("logdoc.api")
    importlib.import_module("logdoc.report.page")
    importlib.import_module("hypothesis")
    caught = tried = 0
    for target in TARGETS:
        if options.only and target.name not in options.only:
            continue
        found = [one for name in target.modules for one in mutants(importlib.import_module(name))]
        if noticed(None, target.tests):
            raise SystemExit(f"{target.name}: its tests fail without any change")
        chosen = Random(options.seed).sample(found, min(options.count, len(found)))  # noqa: S311 - repeatable
        survivors = [one for one in chosen if not noticed(one, target.tests)]
        good = len(chosen) - len(survivors)
        low, high = interval(good / len(chosen), len(chosen))
        share = f"{good:>3} of {len(chosen)} noticed ({low:.0%} to {high:.0%})"
        print(f"{target.name:16} {share}, drawn from {len(found)}", flush=True)
        for one in sorted(survivors, key=lambda one: (one.module.__name__, one.line)) if options.show else ():
            print(f"   {one.module.__name__}:{one.line}: {one.what}", flush=True)
        caught, tried = caught + good, tried + len(chosen)
    low, high = interval(caught / tried, tried)
    print(f"{caught} of {tried} noticed: {caught / tried:.1%} ({low:.0%} to {high:.0%})")
    return int(caught < WANTED * tried)


if __name__ == "__main__":
    sys.exit(main())
