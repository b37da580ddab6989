"""Do the tests that rules carry guard what the rules say? Changes every clause and threshold in turn and counts the
changes that no test notices.

    python benchmarks/rule_mutation.py [--only RULE ...] [--rules DIR] [--show]

One mutant per change of a rule's `when`, `applies` and `severity_when`: a comparison is turned round, a clause of an
`and` or `or` is
left out, a truth value is
negated, `and` becomes `or` and the reverse, and every threshold is loosened tenfold: toward firing (or applying)
where it is compared directly,
in both directions where it only enters a computation. A mutant is caught when one of the rule's own tests fails.
Mutants that do not compile are
not counted. Exit status 1 when less than 90 % are caught.
"""

from __future__ import annotations

import argparse
import ast
import copy
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from logdoc.documents import load_yaml
from logdoc.engine.compiled import CompiledRule, RuleCompiler
from logdoc.engine.loader import load_rules
from logdoc.engine.schema import Rule
from logdoc.engine.selftest import run_tests

WANTED = 0.9
FACTOR = 10.0
TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


@dataclass(frozen=True)
class Mutant:
    """A changed rule, as data, and what was changed."""

    what: str
    data: dict[str, Any]


def mutants_of(data: dict[str, Any]) -> Iterator[Mutant]:
    """Yield every mutant of a rule."""
    for place in _places(data):
        text = _text(data, place)
        if text is None:
            continue
        for what, changed in _changed_texts(text):
            made = copy.deepcopy(data)
            if place == "applies":
                made["applies"]["when"] = changed
            elif place == "when":
                made["when"] = changed
            else:
                made["severity_when"][place] = changed
            yield Mutant(f"{place}: {what}", made)
    yield from _loosened(data)


def _places(data: dict[str, Any]) -> tuple[str, ...]:
    """Where a rule decides: whether it applies, whether it fires, and how much that weighs."""
    return ("applies", "when", *data.get("severity_when", ()))


def _text(data: dict[str, Any], place: str) -> str | None:
    if place in data.get("severity_when", ()):
        found = data["severity_when"][place]
    else:
        found = data.get("applies", {}).get("when") if place == "applies" else data["when"]
    return None if found is None else str(found).replace("\n", " ").strip()


def _changed_texts(text: str) -> Iterator[tuple[str, str]]:
    count = sum(1 for _ in ast.walk(ast.parse(text, mode="eval")))
    for index in range(count):
        tree = ast.parse(text, mode="eval")
        node = list(ast.walk(tree))[index]
        shown = ast.unparse(node) if isinstance(node, ast.expr) else ""
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                node.ops[at] = TURNED[type(operator)]()
                yield f"turned round {shown}", ast.unparse(tree)
                node.ops[at] = operator
        elif isinstance(node, ast.BoolOp):
            whole = list(node.values)
            for at, clause in enumerate(whole):
                node.values = whole[:at] + whole[at + 1 :]
                yield f"without {ast.unparse(clause)}", _single(tree)
            node.values = whole
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield f"and <-> or in {shown}", ast.unparse(tree)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield f"no longer negated {shown}", _replaced(text, index, node.operand)
    body = ast.parse(text, mode="eval").body
    if not isinstance(body, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield f"negated {text}", f"not ({text})"


def _single(tree: ast.Expression) -> str:
    """Unparse a tree in which an `and` of one clause stands for that clause."""

    class Unwrap(ast.NodeTransformer):
        def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
            self.generic_visit(node)
            return node.values[0] if len(node.values) == 1 else node

    return ast.unparse(ast.fix_missing_locations(Unwrap().visit(copy.deepcopy(tree))))


def _replaced(text: str, index: int, operand: ast.expr) -> str:
    tree = ast.parse(text, mode="eval")
    target = list(ast.walk(tree))[index]

    class Replace(ast.NodeTransformer):
        def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
            return operand if node is target else self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Replace().visit(tree)))


def _loosened(data: dict[str, Any]) -> Iterator[Mutant]:
    lets = {name: str(text) for name, text in data.get("let", {}).items()}
    for name, param in data.get("params", {}).items():
        value = param["value"] if isinstance(param, dict) else param
        directions: set[float] = set()
        for place in _places(data):
            text = _text(data, place)
            if text is not None:
                directions |= _directions(ast.parse(text, mode="eval").body, name, looser=True)
        if not directions and _reaches(name, data, lets):
            directions = {FACTOR, 1.0 / FACTOR}
        for factor in sorted(directions):
            made = copy.deepcopy(data)
            changed = value * factor if value else (1.0 if factor > 1 else -1.0)
            if isinstance(param, dict):
                made["params"][name]["value"] = changed
            else:
                made["params"][name] = changed
            yield Mutant(f"{name}: {value:g} -> {changed:g}", made)


def _directions(node: ast.expr, name: str, *, looser: bool) -> set[float]:
    """By which factor a threshold is to be changed so that the condition holds more often."""
    if isinstance(node, ast.BoolOp):
        return set().union(*(_directions(v, name, looser=looser) for v in node.values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _directions(node.operand, name, looser=not looser)
    if not isinstance(node, ast.Compare):
        return {FACTOR, 1.0 / FACTOR} if _uses(node, name) else set()
    found: set[float] = set()
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        for side, smaller_side in ((left, True), (right, False)):
            if not _uses(side, name):
                continue
            # `p <= x` holds more often for a smaller p, `x <= p` for a larger one; a negative threshold goes the other
            # way, but only in size.
            rises = isinstance(operator, ast.Lt | ast.LtE) is not smaller_side
            found.add(FACTOR if rises == looser else 1.0 / FACTOR)
    return found


def _uses(node: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def _reaches(name: str, data: dict[str, Any], lets: dict[str, str]) -> bool:
    """Whether a parameter enters a decision through the computed values."""
    wanted = {
        n.id
        for place in _places(data)
        if (text := _text(data, place))
        for n in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(n, ast.Name)
    }
    while True:
        more = {
            n.id
            for let in wanted & set(lets)
            for n in ast.walk(ast.parse(lets[let].replace("\n", " ").strip(), mode="eval"))
            if isinstance(n, ast.Name)
        }
        if more <= wanted:
            return name in wanted
        wanted |= more


def compiled(data: dict[str, Any]) -> CompiledRule | None:
    """Return the compiled mutant, or None when it cannot be one."""
    compiler = RuleCompiler(lambda path, column: "")
    try:
        return compiler.compile_rule(Rule.model_validate(data), "", "")
    except ValueError:
        return None


def caught(rule: CompiledRule) -> bool:
    """Tell whether one of the rule's own tests fails."""
    return any(not result.passed for result in run_tests([rule]))


def main() -> int:
    """Count, print a line per rule and the total."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=[], help="ids of rules")
    parser.add_argument("--rules", type=Path, help="a folder with more rules")
    parser.add_argument("--show", action="store_true", help="print the mutants that were not caught")
    options = parser.parse_args()
    base = load_rules([options.rules] if options.rules else [])
    total = found = 0
    for rule in base.rules:
        if options.only and rule.rule.id not in options.only:
            continue
        data = load_yaml(base.documents[rule.rule.id].text, where=rule.where).data
        survivors, made = [], 0
        for mutant in mutants_of(data):
            changed = compiled(mutant.data)
            if changed is None:
                continue
            made += 1
            if not caught(changed):
                survivors.append(mutant.what)
        total, found = total + made, found + made - len(survivors)
        print(f"{rule.rule.id:32} {made - len(survivors):3} of {made:3}")
        if options.show:
            for what in survivors:
                print(f"    not caught: {what}")
    share = found / total if total else 1.0
    print(f"{found} of {total} mutants caught ({share:.1%})")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
