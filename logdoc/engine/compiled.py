"""A rule with all its expressions compiled, every name and type checked. Faults carry their place in the YAML file."""

from __future__ import annotations

import keyword
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from logdoc.engine.expression import RESERVED, Expression, ExpressionError, compile_expression
from logdoc.engine.kinds import FACT, NUMBER, SERIES, TEXT, Type
from logdoc.engine.on_demand import CauseOnDemand, RuleOnDemand
from logdoc.engine.wording import holes
from logdoc.errors import RuleError, RuleErrors, suggest
from logdoc.model.words import SEVERITIES
from logdoc.resources.codec import NOT_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from logdoc.engine.remedies import Influence
    from logdoc.engine.schema import CauseFile, ContextFile, Rule, Source
    from logdoc.model import Citation, Finding

    Place = Callable[[tuple[str | int, ...], int | None], str]

Forms = TypeVar("Forms")

FACT_SOURCES = ("meta.", "log.", "group.", "finding.", "code.", "said.")
PAIR = ("baseline", "candidate")  # how a rule about two runs names them in front of a role


@dataclass(frozen=True, slots=True)
class RuleForms:
    """The compiled expressions of a rule, and the types of its inputs."""

    applies: Expression | None
    let: tuple[tuple[str, Expression], ...]
    when: Expression
    window: tuple[Expression, Expression] | None
    layers: Expression | None
    rank: Expression | None
    lines: tuple[tuple[tuple[str, Expression], ...], ...]
    inputs: Mapping[str, Type]
    severities: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class ContextForms:
    """The compiled expressions of a context; `choices` holds the condition and, where it is computed, the value of
    each.
    """

    let: tuple[tuple[str, Expression], ...]
    choices: tuple[tuple[Expression, Expression | None], ...]


@dataclass(frozen=True, slots=True)
class CauseForms:
    """The compiled expressions of a cause."""

    let: tuple[tuple[str, Expression], ...]
    context: tuple[Expression, ...]
    remedies: tuple[Expression | None, ...]


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to be evaluated. One that was checked in an earlier call is compiled when a run first needs it."""

    rule: Rule
    area: str
    where: str
    made: RuleForms | None = field(default=None, repr=False, compare=False, metadata=NOT_KEPT)
    citations: tuple[Citation, ...] = ()

    @cached_property
    def forms(self) -> RuleForms | RuleOnDemand:
        """The compiled expressions; to ask for one that was not checked before and is wrong raises `RuleErrors`."""
        return self.made or RuleOnDemand(self.rule, self.where, _input_types(self.rule), _rule_types(self.rule))

    @cached_property
    def lets(self) -> Mapping[str, Expression]:
        """The expressions under `let` by their names, in order."""
        return self.forms.lets if isinstance(self.forms, RuleOnDemand) else dict(self.forms.let)

    @cached_property
    def params(self) -> Mapping[str, float]:
        """The values of its parameters, where nobody overrides them."""
        return {name: param.value for name, param in self.rule.params.items()}

    @cached_property
    def silent(self) -> dict[Any, Finding]:
        """The findings that say no more of a run than that the rule is silent, and why: the same for many runs."""
        return {}

    @cached_property
    def lacking(self) -> dict[int, Finding | None]:
        """What is told where an input is missing, by the number of what was logged; None where none is missing."""
        return {}


@dataclass(frozen=True)
class CompiledContext:
    """A fact that follows from others, ready to be concluded."""

    context: ContextFile
    where: str
    made: ContextForms | None = field(default=None, repr=False, compare=False, metadata=NOT_KEPT)

    @cached_property
    def forms(self) -> ContextForms:
        """The compiled expressions.

        Raises:
            RuleErrors: the context was not checked before, and is wrong.
        """
        return self.made or _sound(
            RuleCompiler.again(self.where), lambda compiler: compiler.context_forms(self.context)
        )


@dataclass(frozen=True)
class CompiledCause:
    """A cause whose remedies can be filled with the numbers of a run."""

    cause: CauseFile
    where: str
    made: CauseForms | None = field(default=None, repr=False, compare=False, metadata=NOT_KEPT)
    citations: tuple[Citation, ...] = ()

    @cached_property
    def weighed(self) -> dict[Any, tuple[float, tuple[Influence, ...]]]:
        """What the context said of it in earlier runs, by the values that it saw."""
        return {}

    @cached_property
    def forms(self) -> CauseForms | CauseOnDemand:
        """The compiled expressions; to ask for one that was not checked before and is wrong raises `RuleErrors`."""
        return self.made or CauseOnDemand(self.cause, self.where, _cause_types(self.cause))

    @cached_property
    def lets(self) -> Mapping[str, Expression]:
        """The expressions under `let` by their names, in order."""
        return self.forms.lets if isinstance(self.forms, CauseOnDemand) else dict(self.forms.let)


@lru_cache(maxsize=4096)
def split_source(source: str) -> tuple[str, str]:
    """Split ``update_ratio[parameter]`` into role and entity kind; the kind is empty for a role that a run has once."""
    role, bracket, kind = source.partition("[")
    return role, kind.removesuffix("]") if bracket else ""


@lru_cache(maxsize=4096)
def of_pair(source: str) -> tuple[str, str]:
    """Split ``baseline.val.loss`` into the run it is about and the role; the first is empty where none is named."""
    run, _, role = source.partition(".")
    return (run, role) if run in PAIR else ("", source)


def source_type(source: Source, for_each: str | None, scope: str) -> Type:
    """Return the type that an input of this source has inside the rule."""
    role, entity = split_source(of_pair(source.from_[0])[1] if scope == "pair" else source.from_[0])
    kind = FACT if role.startswith(FACT_SOURCES) else SERIES
    if entity == "run" or (scope == "group" and not role.startswith("group.")):
        return Type(kind.kind, many=True)
    return Type(kind.kind, many=bool(entity) and entity != for_each)


def types_differ(source: Source, scope: str) -> bool:
    """Tell whether an input is something else than one series."""
    return source_type(source, None, scope) != SERIES


def _input_types(rule: Rule) -> dict[str, Type]:
    sources = {**rule.inputs, **rule.optional}
    return {name: source_type(source, rule.for_each, rule.scope) for name, source in sources.items()}


def _rule_types(rule: Rule) -> dict[str, Type]:
    """Return the types of all names of a rule that are not computed."""
    kinds = [split_source(source)[1] for source in rule.also.values()]
    if rule.for_each:
        kinds.append(rule.for_each)
    return {**_input_types(rule), **dict.fromkeys(kinds, TEXT), **dict.fromkeys(rule.params, NUMBER)}


def _cause_types(cause: CauseFile) -> dict[str, Type]:
    return {name: source_type(source, None, "run") for name, source in cause.optional.items()}


def _sound(compiler: RuleCompiler, compile_: Callable[[RuleCompiler], Forms | None]) -> Forms:
    forms = compile_(compiler)
    if forms is None:
        raise RuleErrors(compiler.faults)
    return forms


class RuleCompiler:
    """Compiles the expressions of one file and collects its faults."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.faults: list[RuleError] = []

    @classmethod
    def again(cls, where: str) -> RuleCompiler:
        """Return a compiler for a file that was found right before: it knows no places in it."""
        return cls(lambda path, offset: where)

    def compile_rule(self, rule: Rule, area: str, where: str) -> CompiledRule | None:
        """Return the compiled rule, or None when there are faults."""
        forms = self.rule_forms(rule)
        self._check_inputs(rule)
        return None if self.faults or forms is None else CompiledRule(rule, area, where, forms)

    def rule_forms(self, rule: Rule) -> RuleForms | None:
        """Return the compiled expressions of a rule, or None when there are faults."""
        inputs, types = _input_types(rule), _rule_types(rule)
        self._reserved({"inputs": rule.inputs, "optional": rule.optional, "params": rule.params, "let": rule.let})
        let = self._let(rule.let, types)
        # `applies` may use lets, so that a guard on a computed count needs no second copy of it.
        applies = self._one(rule.applies.when, types, ("applies", "when"), wanted="truth") if rule.applies else None
        when = self._one(rule.when, types, ("when",), wanted="truth")
        window = [self._one(text, types, ("window", i), wanted="number") for i, text in enumerate(rule.window or ())]
        layers = self._one(rule.where, types, ("where",), wanted="truth", many=True) if rule.where else None
        rank = self._one(rule.rank, types, ("rank",), wanted="number") if rule.rank else None
        lines = self._evidence(rule, types)
        severities = [
            (severity, self._one(text, types, ("severity_when", severity), wanted="truth"))
            for severity, text in sorted(rule.severity_when.items())  # error before warning
        ]
        self._words(rule.message, types, ("message",))
        self._words(rule.verify, types, ("verify",))
        if self.faults or when is None:
            return None
        pair = (window[0], window[1]) if len(window) == 2 and window[0] and window[1] else None
        grave = tuple((severity, held) for severity, held in severities if held is not None)
        return RuleForms(applies, tuple(let), when, pair, layers, rank, tuple(lines), inputs, grave)

    def compile_context(self, context: ContextFile, where: str) -> CompiledContext | None:
        """Return the compiled context, or None when there are faults."""
        forms = self.context_forms(context)
        return None if forms is None else CompiledContext(context, where, forms)

    def context_forms(self, context: ContextFile) -> ContextForms | None:
        """Return the compiled expressions of a context, or None when there are faults."""
        types: dict[str, Type] = {name: source_type(source, None, "run") for name, source in context.optional.items()}
        self._reserved({"optional": context.optional, "params": context.params, "let": context.let})
        types.update(dict.fromkeys(context.params, NUMBER))
        let = self._let(context.let, types)
        choices = []
        for i, choice in enumerate(context.choose):
            holds = self._one(choice.if_, types, ("choose", i, "if"), wanted="truth")
            value = self._one(choice.of, types, ("choose", i, "of")) if choice.of is not None else None
            self._words(choice.because, types, ("choose", i, "because"))
            if holds is not None:
                choices.append((holds, value))
        return None if self.faults else ContextForms(tuple(let), tuple(choices))

    def compile_cause(self, cause: CauseFile, where: str) -> CompiledCause | None:
        """Return the compiled cause, or None when there are faults."""
        forms = self.cause_forms(cause)
        return None if forms is None else CompiledCause(cause, where, forms)

    def cause_forms(self, cause: CauseFile) -> CauseForms | None:
        """Return the compiled expressions of a cause, or None when there are faults."""
        types = _cause_types(cause)
        self._reserved({"optional": cause.optional, "let": cause.let})
        let = self._let(cause.let, types)
        context = [self._one(c.if_, types, ("context", i, "if"), wanted="truth") for i, c in enumerate(cause.context)]
        for i, condition in enumerate(cause.context):
            self._words(condition.why, types, ("context", i, "why"))
        remedies = [
            self._one(r.if_, types, ("remedies", i, "if"), wanted="truth") if r.if_ else None
            for i, r in enumerate(cause.remedies)
        ]
        for i, remedy in enumerate(cause.remedies):
            self._words(remedy.do, types, ("remedies", i, "do"))
        if self.faults:
            return None
        return CauseForms(tuple(let), tuple(c for c in context if c), tuple(remedies))

    def _reserved(self, sections: Mapping[str, Mapping[str, object]]) -> None:
        """A name stands for one thing, and is not a word of the language."""
        seen: set[str] = set()
        for section, names in sections.items():
            for name in names:
                if name in RESERVED or keyword.iskeyword(name):
                    self._fault(f"'{name}' is a word of the rule language and cannot be a name", (section, name))
                elif name in seen and section != "let":
                    self._fault(f"'{name}' is named twice", (section, name))
                seen.add(name)

    def _check_inputs(self, rule: Rule) -> None:
        for section, sources in (("inputs", rule.inputs), ("optional", rule.optional)):
            for name, source in sources.items():
                kinds = {
                    source_type(source.model_copy(update={"from_": [one]}), rule.for_each, rule.scope)
                    for one in source.from_
                }
                if len(kinds) != 1:
                    self._fault(f"the sources of '{name}' are not of one type", (section, name))
        for name, source in rule.optional.items():
            if source.default is not None and source_type(source, rule.for_each, rule.scope).kind == "series":
                self._fault(f"the default of '{name}' must be null, since it is a series", ("optional", name))
        entities = {split_source(one)[1] for source in rule.inputs.values() for one in source.from_}
        if rule.for_each and rule.for_each not in entities:
            self._fault(f"no input is per {rule.for_each}, such as update_ratio[{rule.for_each}]", ("for_each",))
        for name, source_name in rule.also.items():
            role, kind = split_source(source_name)
            if (
                name not in rule.inputs
                or types_differ(rule.inputs[name], rule.scope)
                or not kind
                or not role
                or rule.for_each
                or rule.scope != "run"
            ):
                self._fault(
                    "'also' needs an input that is a series of the run, and a role per term or metric", ("also", name)
                )
        for severity in rule.severity_when:
            if SEVERITIES.index(severity) >= SEVERITIES.index(rule.severity):
                self._fault(f"'{severity}' is no worse than the severity of the rule", ("severity_when", severity))
        if rule.rank and not rule.for_each:
            self._fault("'rank' orders the entities of for_each, which is missing", ("rank",))

    def _let(self, let: Mapping[str, str], types: dict[str, Type]) -> list[tuple[str, Expression]]:
        made: list[tuple[str, Expression]] = []
        for name, text in let.items():
            if name in types:
                self._fault(f"'{name}' is named twice", ("let", name))
            compiled = self._one(text, types, ("let", name))
            if compiled is not None:
                made.append((name, compiled))
            types[name] = compiled.type if compiled is not None else FACT
        return made

    def _evidence(self, rule: Rule, types: Mapping[str, Type]) -> list[tuple[tuple[str, Expression], ...]]:
        made = []
        for i, evidence in enumerate(rule.evidence):
            named = [
                *(evidence.plot or ()),
                evidence.value,
                *(end for end in evidence.band or () if isinstance(end, str)),
            ]
            for name in named:
                if name is not None and name not in types:
                    self._fault(f"unknown name '{name}' in 'evidence'", ("evidence", i), suggest(name, list(types)))
            for name in evidence.plot or ():
                if name in types and types[name].kind != "series":
                    self._fault(f"'{name}' is a {types[name]} and cannot be plotted", ("evidence", i))
            lines = [
                (label, self._one(text, types, ("evidence", i, "lines", label), wanted="number"))
                for label, text in evidence.lines.items()
            ]
            made.append(tuple((label, line) for label, line in lines if line is not None))
        return made

    def _one(
        self,
        text: str,
        types: Mapping[str, Type],
        path: tuple[str | int, ...],
        *,
        wanted: str | None = None,
        many: bool = False,
    ) -> Expression | None:
        try:
            compiled = compile_expression(text, types)
        except ExpressionError as error:
            self.faults.append(
                RuleError(f"{error.what} in '{path[0]}'", where=self.place(path, error.column), hint=error.hint)
            )
            return None
        if wanted and (compiled.type.many != many or compiled.type.kind not in (wanted, "fact")):
            self._fault(f"'{path[0]}' must be a {Type(wanted, many)}, not a {compiled.type}", path)  # type: ignore[arg-type]
            return None
        return compiled

    def _words(self, text: str, types: Mapping[str, Type], path: tuple[str | int, ...]) -> None:
        try:
            found = list(holes(text))
        except ValueError as error:
            self._fault(str(error), path)
            return
        for name, _, position in found:
            if name not in types:
                self.faults.append(
                    RuleError(
                        f"unknown name '{name}' in '{path[0]}'",
                        where=self.place(path, position),
                        hint=suggest(name, list(types)),
                    )
                )
            elif types[name].many or types[name].kind in ("series", "mask"):
                self._fault(f"'{name}' is a {types[name]} and cannot be put into a sentence", path)

    def _fault(self, what: str, path: tuple[str | int, ...], hint: str = "") -> None:
        self.faults.append(RuleError(what, where=self.place(path, None), hint=hint))
