"""Whether everything that a rule, a cause or a context names is there: roles, facts and their values, units, findings.

Form and expressions are checked elsewhere (`schema`, `compiled`). What stands here would otherwise go unnoticed: an
input that nobody can log is just never there.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from logdoc.engine.compiled import PAIR, of_pair, split_source
from logdoc.engine.expression import MAX_LENGTH
from logdoc.errors import RuleError, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logdoc.documents import Document, Path
    from logdoc.engine.compiled import CompiledCause, CompiledRule
    from logdoc.engine.schema import CauseFile, ContextFile, Param, Rule, Source, TestRun
    from logdoc.vocabulary.registry import Registry

    Fault = tuple[str, str] | None
    Expressions = Sequence[tuple[Path, str]]

TASK = "meta.task"
FINDING = "finding."
GROUP = "group."


class ReferenceChecker:
    """Checks what one file names against the registry and collects the faults."""

    def __init__(self, document: Document, registry: Registry) -> None:
        self.document, self.registry = document, registry
        self.faults: list[RuleError] = []

    def check_rule(self, rule: Rule) -> list[RuleError]:
        """Return the faults of a rule."""
        sources = {**rule.inputs, **rule.optional}
        self._sources("inputs", rule.inputs, rule.scope)
        self._sources("optional", rule.optional, rule.scope)
        for name, source in rule.also.items():
            self._note(self.registry.source_fault(source), ("also", name))
        for i, task in enumerate(rule.expected.tasks if rule.expected else ()):
            self._note(self.registry.value_fault(TASK, task), ("expected", "tasks", i))
        self._units(rule.params)
        expressions: list[tuple[Path, str]] = [(("let", name), text) for name, text in rule.let.items()]
        expressions += [(("when",), rule.when), (("where",), rule.where or ""), (("rank",), rule.rank or "")]
        expressions += [(("window", i), text) for i, text in enumerate(rule.window or ())]
        expressions += [(("applies", "when"), rule.applies.when)] if rule.applies else []
        self._values(sources, expressions)
        for i, test in enumerate(rule.tests):
            self._logs(test, ("tests", i))
            for name, run in test.runs.items():
                self._logs(run, ("tests", i, "runs", name))
            for name, value in test.group.items():
                self._fact(f"{GROUP}{name}", value, ("tests", i, "group", name))
            for j, missing in enumerate(test.expect.missing or ()):
                self._missing(missing, rule.scope, ("tests", i, "expect", "missing", j))
        return self.faults

    def check_context(self, context: ContextFile) -> list[RuleError]:
        """Return the faults of a context."""
        self._note(self.registry.name_fault(context.fact), ("fact",))
        self._sources("optional", context.optional, "run")
        self._units(context.params)
        for i, choice in enumerate(context.choose):
            self._note(self.registry.value_fault(context.fact, choice.value), ("choose", i, "value"))
        expressions: list[tuple[Path, str]] = [(("let", name), text) for name, text in context.let.items()]
        expressions += [(("choose", i, "if"), choice.if_) for i, choice in enumerate(context.choose)]
        self._values(context.optional, expressions)
        for i, test in enumerate(context.tests):
            self._logs(test, ("tests", i))
            wanted = ("tests", i, "expect", "value")
            self._note(self.registry.value_fault(context.fact, test.expect.value), wanted)
        return self.faults

    def check_cause(self, cause: CauseFile) -> list[RuleError]:
        """Return the faults of a cause; what it says of findings is checked when all rules are known."""
        known = {name: source for name, source in cause.optional.items() if not _of_finding(source)}
        self._sources("optional", cause.optional, "cause")
        expressions: list[tuple[Path, str]] = [(("let", name), text) for name, text in cause.let.items()]
        expressions += [(("context", i, "if"), one.if_) for i, one in enumerate(cause.context)]
        expressions += [(("remedies", i, "if"), one.if_ or "") for i, one in enumerate(cause.remedies)]
        self._values(known, expressions)
        for i, test in enumerate(cause.tests):
            self._logs(test, ("tests", i))
            for name in test.code:
                self._note(self.registry.name_fault(f"code.{name}"), ("tests", i, "code", name), key=True)
        return self.faults

    def _sources(self, section: str, sources: Mapping[str, Source], scope: str) -> None:
        for name, source in sources.items():
            for i, one in enumerate(source.from_):
                self._note(self._source_fault(one, scope), (section, name, "from", i))
            default = getattr(source, "default", None)
            if default:
                for fact in source.from_:
                    self._note(self.registry.value_fault(fact, default), (section, name, "default"))

    def _source_fault(self, source: str, scope: str) -> Fault:
        if source.startswith(FINDING):
            return None if scope == "cause" else (f"'{source}' is known to causes only", "Rules do not see findings.")
        run, role = of_pair(source) if scope == "pair" else ("", source)
        if role.startswith(GROUP) and (run or scope not in ("group", "pair")):
            return f"'{source}' is known to rules about several runs only", "Those have scope: group or scope: pair."
        fault = self.registry.source_fault(role, over_runs=scope == "group")
        if fault is not None and scope == "pair" and not run and not fault[1]:
            return fault[0], suggest(source.partition(".")[0], PAIR)
        return fault

    def _missing(self, missing: str, scope: str, path: Path) -> None:
        for source in missing.split(" or "):
            self._note(self._source_fault(source, scope), path)

    def _units(self, params: Mapping[str, Param]) -> None:
        words = frozenset(_words(self.document.data)) if params else frozenset()
        for name, param in params.items():
            if param.unit:
                self._note(self.registry.unit_fault(param.unit, words), ("params", name, "unit"))

    def _logs(self, run: TestRun, path: Path) -> None:
        for source in run.series:
            role, entity = split_source(source)
            entry = self.registry.roles.get(role)
            fault = self.registry.name_fault(role) if entry is None else self.registry.mapped_fault(source)
            if entry is not None and entry.per and not entity:
                fault = f"there is one '{role}' per {entry.per}", f"Name one: {role}[a]."
            self._note(fault, (*path, "series", source), key=True)
        for family, facts in (("meta", run.meta), ("log", run.log), ("said", run.said)):
            for name, value in facts.items():
                self._fact(f"{family}.{name}", value, (*path, family, name))

    def _fact(self, name: str, value: object, path: Path) -> None:
        fault = self.registry.name_fault(name)
        self._note(fault, path, key=True)
        if fault is None:
            self._note(self.registry.value_fault(name, value), path)

    def _values(self, sources: Mapping[str, Source], expressions: Expressions) -> None:
        """Texts that a fact with a fixed set of values is compared with are among them."""
        facts = {name: source.from_[0] for name, source in sources.items() if len(source.from_) == 1}
        for path, text in expressions:
            for name, constant in _compared(text):
                if name in facts:
                    fact = of_pair(facts[name])[1]
                    self._note(self.registry.value_fault(split_source(fact)[0], constant.value), path, constant)

    def _note(self, fault: Fault, path: Path, at: ast.Constant | None = None, *, key: bool = False) -> None:
        if fault is None:
            return
        if key:
            line, column = self.document.key_position(path)
            where = f"{self.document.where}:{line}:{column}"
        else:
            where = self.document.place(path, at.col_offset if at is not None else None)
        self.faults.append(RuleError(fault[0], where=where, hint=fault[1]))


def _words(data: object) -> Iterator[str]:
    """Yield the words of everything that a file says, units apart: what a unit may be of is told there."""
    if isinstance(data, str):
        yield from re.findall(r"[\w'-]+", data.lower())
    elif isinstance(data, list):
        for one in data:
            yield from _words(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from () if key in ("unit", "tests", "let") else _words(value)


def _of_finding(source: Source) -> bool:
    return all(one.startswith(FINDING) for one in source.from_)


def _compared(text: str) -> Iterator[tuple[str, ast.Constant]]:
    """Yield every name of an expression with each text that it is compared with."""
    if len(text) > MAX_LENGTH:  # refused where it is compiled; deeper ones than these can end the interpreter
        return
    flat = text.replace("\n", " ")
    try:
        tree = ast.parse(flat.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "one_of":
            sides: list[ast.expr] = node.args
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        else:
            continue
        names = [side.id for side in sides if isinstance(side, ast.Name)]
        texts = [side for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, str)]
        yield from ((name, constant) for name in names for constant in texts)


def finding_faults(
    rules: Mapping[str, CompiledRule], causes: Mapping[str, CompiledCause], documents: Mapping[str, Document]
) -> Iterator[RuleError]:
    """Yield what causes say of rules, values of findings and causes that are not there, and rules of causes."""
    for cause_id, compiled in causes.items():
        cause, document = compiled.cause, documents[cause_id]
        for section, symptoms in (("explains", cause.explains), ("against", cause.against)):
            for symptom in symptoms:
                if symptom not in rules:
                    line, column = document.key_position((section, symptom))
                    where = f"{document.where}:{line}:{column}"
                    yield RuleError(f"no rule is called '{symptom}'", where=where, hint=suggest(symptom, rules))
        for i, after in enumerate(cause.leads_to):
            if after not in causes:
                place = document.place(("leads_to", i))
                yield RuleError(f"no cause is called '{after}'", where=place, hint=suggest(after, causes))
            elif leads_back(after, cause_id, causes):
                place = document.place(("leads_to", i))
                yield RuleError(f"'{cause_id}' leads to itself through '{after}'", where=place)
        for name, source in cause.optional.items():
            for i, one in enumerate(source.from_):
                fault = finding_fault(one, rules) if one.startswith(FINDING) else None
                if fault is not None:
                    yield RuleError(fault[0], where=document.place(("optional", name, "from", i)), hint=fault[1])
    for rule_id, rule in rules.items():
        for cause_id in rule.rule.causes:
            if cause_id not in causes:
                line, column = documents[rule_id].key_position(("causes", cause_id))
                where = f"{documents[rule_id].where}:{line}:{column}"
                yield RuleError(f"no cause is called '{cause_id}'", where=where, hint=suggest(cause_id, causes))


def leads_back(first: str, goal: str, causes: Mapping[str, CompiledCause]) -> bool:
    """Whether one cause leads to another, over however many between."""
    seen, ahead = set(), [first]
    while ahead:
        name = ahead.pop()
        if name == goal:
            return True
        if name not in seen and name in causes:
            seen.add(name)
            ahead.extend(causes[name].cause.leads_to)
    return False


def finding_fault(source: str, rules: Mapping[str, CompiledRule]) -> Fault:
    """Return what is wrong with ``finding.<rule>.<value>``, and a hint; None when nothing is."""
    rule_id, point, value = source.removeprefix(FINDING).partition(".")
    rule = rules.get(rule_id)
    if rule is None:
        return f"no rule is called '{rule_id}'", suggest(rule_id, rules)
    shown = [name for name, expression in rule.forms.let if expression.type.kind not in ("series", "mask")]
    single = [name for name, expression in rule.forms.let if name in shown and not expression.type.many]
    if not point or value not in single:
        many = f"'{value}' of '{rule_id}' is a value per entity" if value in shown else ""
        what = many or f"the rule '{rule_id}' has no value '{value}'"
        return what, suggest(value, single) or f"There are {', '.join(single) or 'none'}."
    return None
