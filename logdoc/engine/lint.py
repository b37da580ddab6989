"""The style of rules, beyond their form: each check is one function that yields what it finds in one rule, or in the
whole rule base.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from logdoc.documents import load_yaml
from logdoc.engine.schema import CauseFile, Rule
from logdoc.engine.selftest import expected_verdicts
from logdoc.engine.sources import playbook
from logdoc.engine.terms import lapses, name_lapses
from logdoc.engine.wording import holes
from logdoc.errors import RuleError, RuleErrors, suggest
from logdoc.resources import bundled
from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.documents import Document, Path
    from logdoc.engine.compiled import CompiledRule
    from logdoc.engine.ruleset import RuleSet

RECORD = "logging"  # rules about the log itself have no cause in the training
# Keys below which people read words; everything else is a name, a number or an expression.
_TEXTS = frozenset(
    [
        "title",
        "healthy",
        "message",
        "why",
        "verify",
        "refute",
        "summary",
        "do",
        "otherwise",
        "log",
        "because",
        "unit",
        "name",
        "says",
        "false_positives",
    ]
)
LONGEST_TITLE = 60
_ORDER = [field.alias or name for name, field in Rule.model_fields.items()]


def lint_rules(rules: RuleSet) -> list[RuleError]:
    """Return everything that is against the style of the rule base, in order of files."""
    problems: list[RuleError] = []
    verdicts = expected_verdicts(rules.rules)
    for rule in rules.rules:
        document = rules.documents[rule.rule.id]
        for check in (id_is_file_name, keys_in_order, params_not_numbers, everything_is_used, texts_end_with_a_stop):
            problems.extend(check(rule, document))
        problems.extend(three_verdicts_are_tested(rule, document, verdicts[rule.rule.id]))
    problems.extend(titles_are_unique(rules))
    problems.extend(sources_are_named(rules))
    problems.extend(sources_are_used(rules))
    problems.extend(playbook_items_exist(rules))
    problems.extend(titles_are_short(rules))
    problems.extend(causes_and_rules_meet(rules))
    for identity in [*(rule.rule.id for rule in rules.rules), *(cause.cause.id for cause in rules.causes)]:
        problems.extend(words_are_of_the_field(rules.documents[identity]))
    for document in rules.context_documents.values():
        problems.extend(words_are_of_the_field(document))
    problems.extend(tables_name_what_there_is(rules))
    return problems


def id_is_file_name(rule: CompiledRule, document: Document) -> Iterator[RuleError]:
    """A rule is found by its name."""
    if not rule.where.endswith(f"/{rule.rule.id}.yaml"):
        yield RuleError(f"the id '{rule.rule.id}' is not the name of its file", where=document.place(("id",)))


def keys_in_order(rule: CompiledRule, document: Document) -> Iterator[RuleError]:
    """Readers and diffs find things in the same place in every rule."""
    present = list(document.data)
    expected = [key for key in _ORDER if key in document.data]
    for key, should in zip(present, expected, strict=True):
        if key != should:
            line, column = document.key_position((key,))
            yield RuleError(
                f"'{key}' stands where '{should}' belongs",
                where=f"{document.where}:{line}:{column}",
                hint=f"The order is: {', '.join(expected)}.",
            )
            return


def params_not_numbers(rule: CompiledRule, document: Document) -> Iterator[RuleError]:
    """Every threshold of a decision has a name and a reason, so that it can be changed and argued about."""
    decisions: list[tuple[tuple[str | int, ...], str]] = [(("when",), rule.rule.when)]
    if rule.rule.applies is not None:
        decisions.append((("applies", "when"), rule.rule.applies.when))
    decisions += [(("severity_when", severity), text) for severity, text in rule.rule.severity_when.items()]
    for path, text in decisions:
        for node in ast.walk(ast.parse(text.replace("\n", " ").strip(), mode="eval")):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, int | float)
                and not isinstance(node.value, bool)
                and node.value not in (0, 1)
            ):
                yield RuleError(
                    f"the number {node.value} in '{path[-1]}' has no name",
                    where=document.place(path, node.col_offset),
                    hint="Make it a param.",
                )


def everything_is_used(rule: CompiledRule, document: Document) -> Iterator[RuleError]:
    """What no expression, message or chart uses is a leftover."""
    declared = rule.rule
    used: set[str] = set()
    for expression in (
        rule.forms.applies,
        rule.forms.when,
        rule.forms.layers,
        rule.forms.rank,
        *(rule.forms.window or ()),
        *(e for _, e in rule.forms.let),
        *(e for _, e in rule.forms.severities),
    ):
        if expression is not None:
            used |= expression.names
    used |= {name for text in (declared.message, declared.verify) for name, _, _ in holes(text)}
    used |= {name for evidence in declared.evidence for name in [*(evidence.plot or ()), evidence.value or ""]}
    used |= {part for evidence in declared.evidence for part in evidence.band or () if isinstance(part, str)}
    used |= {name for lines in rule.forms.lines for _, line in lines for name in line.names}
    for section, names in (("inputs", declared.inputs), ("optional", declared.optional), ("params", declared.params)):
        for name in names:
            if name not in used:
                yield RuleError(f"'{name}' is never used", where=document.place((section, name)))


def texts_end_with_a_stop(rule: CompiledRule, document: Document) -> Iterator[RuleError]:
    """Sentences end with a full stop; titles do not."""
    for key in ("healthy", "message", "why"):
        if not str(getattr(rule.rule, key)).rstrip().endswith("."):
            yield RuleError(f"'{key}' is a sentence and ends with a full stop", where=document.place((key,)))
    if rule.rule.title.endswith("."):
        yield RuleError("a title has no full stop", where=document.place(("title",)))


def three_verdicts_are_tested(rule: CompiledRule, document: Document, verdicts: set[str]) -> Iterator[RuleError]:
    """A rule shows by its tests when it fires, when it is clear, and when it says nothing."""
    for wanted in ("fires", "clear"):
        if wanted not in verdicts:
            yield RuleError(f"no test expects '{wanted}'", where=document.place(("tests",)))
    if not verdicts & {"not-judged", "not-applicable"}:
        yield RuleError("no test shows when the rule says nothing", where=document.place(("tests",)))


def titles_are_unique(rules: RuleSet) -> Iterator[RuleError]:
    """Two findings of one title cannot be told apart in a report."""
    seen: dict[str, str] = {}
    for rule in rules.rules:
        other = seen.setdefault(rule.rule.title, rule.rule.id)
        if other != rule.rule.id:
            yield RuleError(
                f"the title is that of '{other}' as well", where=rules.documents[rule.rule.id].place(("title",))
            )


def sources_are_named(rules: RuleSet) -> Iterator[RuleError]:
    """A stable rule and a cause rest on something that a reader can open, or say whose practice it is."""
    for declared in _declared(rules):
        if not declared.references and (isinstance(declared, CauseFile) or declared.status == "stable"):
            yield RuleError(
                f"'{declared.id}' names no source",
                where=rules.documents[declared.id].place(("id",)),
                hint="Add references: one or more {id: SOURCE}, or {practice: whose, says: what}.",
            )


def sources_are_used(rules: RuleSet) -> Iterator[RuleError]:
    """A source that nothing rests on is a leftover."""
    cited = {reference.id for declared in _declared(rules) for reference in declared.references}
    for name, source in rules.sources.items():
        if name not in cited:
            yield RuleError(f"no rule and no cause names the source '{name}'", where=source.where)


def playbook_items_exist(rules: RuleSet) -> Iterator[RuleError]:
    """An item that a rule says it encodes is one of the playbooks."""
    known = [item.id for item in playbook().items]
    for declared in _declared(rules):
        for number, item in enumerate(declared.playbook):
            if item not in known:
                where = rules.documents[declared.id].place(("playbook", number))
                yield RuleError(f"no playbook has an item '{item}'", where=where, hint=suggest(item, known))


def _declared(rules: RuleSet) -> Iterator[Rule | CauseFile]:
    yield from (rule.rule for rule in rules.rules)
    yield from (cause.cause for cause in rules.causes)


def titles_are_short(rules: RuleSet) -> Iterator[RuleError]:
    """A title is the term of the field; the sentence is the message, or the summary of a cause."""
    entries = [(rule.rule.id, rule.rule.title) for rule in rules.rules]
    entries += [(cause.cause.id, cause.cause.title) for cause in rules.causes]
    for identity, title in entries:
        if len(title) > LONGEST_TITLE:
            yield RuleError(
                f"the title has {len(title)} characters",
                where=rules.documents[identity].place(("title",)),
                hint=f"Write the term of the field, at most {LONGEST_TITLE} characters.",
            )


def causes_and_rules_meet(rules: RuleSet) -> Iterator[RuleError]:
    """Every rule about training has a cause that explains it, and every cause a rule that can show it."""
    explained = {symptom for cause in rules.causes for symptom in cause.cause.explains}
    for rule in rules.rules:
        if rule.rule.id not in explained and RECORD not in rule.rule.tags and rule.rule.scope == "run":
            yield RuleError(f"no cause explains '{rule.rule.id}'", where=rules.documents[rule.rule.id].place(("id",)))
    for cause in rules.causes:
        document = rules.documents[cause.cause.id]
        if not cause.where.endswith(f"/{cause.cause.id}.yaml"):
            yield RuleError(f"the id '{cause.cause.id}' is not the name of its file", where=document.place(("id",)))


def words_are_of_the_field(document: Document) -> Iterator[RuleError]:
    """A practitioner reads the terms of the field, and names of tests say what they show."""
    for path, text in _texts(document.data):
        for lapse in [*lapses(text), *(name_lapses(text) if path[-1] == "name" else ())]:
            yield RuleError(
                f"'{lapse.found}' is not a term used here",
                where=document.place(path, lapse.offset),
                hint=f"Use: {lapse.use}.",
            )


def _texts(data: Any, path: Path = (), *, read: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield every text that people read, with its path."""
    if isinstance(data, str):
        if read:
            yield path, data
        return
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _texts(value, (*path, key), read=key in _TEXTS or (read and isinstance(key, int)))


def tables_name_what_there_is(rules: RuleSet) -> Iterator[RuleError]:
    """The tables beside the rules name rules, causes, roles and facts that there are."""
    try:
        load_names()
    except RuleErrors as error:
        yield from error.errors
    for kind, name, document, path in _named_by_tables():
        known = [one for one, file in rules.documents.items() if ("/_causes/" in file.where) == (kind == "cause")]
        if name not in known:
            line, column = document.key_position(path)
            where = f"{document.where}:{line}:{column}"
            yield RuleError(f"no {kind} is called '{name}'", where=where, hint=suggest(name, known))


def _named_by_tables() -> Iterator[tuple[str, str, Document, Path]]:
    """Yield every rule and cause that the bundled tables name, and where."""
    measured, items = (_table(path) for path in ("_measured/findings.yaml", "_playbook/items.yaml"))
    for rule_id in measured.data["measured"]:
        yield "rule", rule_id, measured, ("measured", rule_id)
    pairs = _table("_vocabulary/pairs.yaml")
    for i, entry in enumerate(pairs.data["pairs"]):
        for j, cause_id in enumerate(entry["causes"]):
            yield "cause", cause_id, pairs, ("pairs", i, "causes", j)
    for i, item in enumerate(items.data["items"]):
        for j, cause_id in enumerate(item.get("remedies", ())):
            yield "cause", cause_id, items, ("items", i, "remedies", j)


def _table(path: str) -> Document:
    return load_yaml((bundled("rules") / path).read_text(encoding="utf-8"), where=f"rules/{path}")
