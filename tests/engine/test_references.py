"""Whatever a rule, a cause, a context or a naming table names is held against what there is."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from logdoc.documents import Document, load_yaml
from logdoc.engine import lint_rules, load_rules, loader
from logdoc.engine.references import ReferenceChecker, finding_fault
from logdoc.engine.schema import CauseFile, ContextFile, Rule
from logdoc.errors import RuleErrors
from logdoc.vocabulary import loading
from logdoc.vocabulary.registry import load_registry
from logdoc.vocabulary.tables import table_faults

RULES = Path(__file__).resolve().parents[2] / "rules"
BASE = load_rules()
REGISTRY = load_registry()
KNOWN_RULES = {rule.rule.id: rule for rule in BASE.rules}
CAUSES = {cause.cause.id for cause in BASE.causes}
VALUES = {value for fact in REGISTRY.facts.values() for value in fact.values}
PREFIX = re.compile(r"^(baseline\.|candidate\.)?")

Place = tuple[str | int, ...]


def typo(text: str) -> str:
    """Swap the last two letters that differ, or double the last one: what a hand does wrong."""
    for i in range(len(text) - 2, -1, -1):
        if text[i] != text[i + 1] and text[i].isalpha() and text[i + 1].isalpha():
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return text + text[-1]


def walk(data: Any, path: Place = ()) -> Iterator[tuple[Place, str, bool]]:
    """Yield every text of a document with its path, and whether it is a key."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*path, key), key, True
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from walk(value, (*path, i))
    elif isinstance(data, str):
        yield path, data, False


def is_source(text: str) -> bool:
    name = PREFIX.sub("", text).partition("[")[0]
    return name in REGISTRY.roles or name in REGISTRY.facts or text.startswith("finding.")


def mistyped(path: Place, text: str, is_key: bool) -> str | None:
    """Return the text with a typo where it is a reference; found without any help of the code under test."""
    parent = path[-2] if len(path) > 1 else ""
    free = {"message", "why", "title", "log", "verify", "name", "says", "do", "because", "otherwise", "id"}
    if (path[-1] in free and not is_key) or (is_key and len(path) < 2) or path[0] in ("references", "false_positives"):
        return None
    name, bracket, entity = text.partition("[")
    if text.startswith("finding."):
        return typo(text)
    if is_source(text) and parent not in ("let", "inputs", "optional", "params", "values"):
        return f"{typo(name)}{bracket}{entity}"
    if not is_key and is_source(text):
        return f"{typo(name)}{bracket}{entity}"
    if is_key and parent in ("meta", "log", "group") and path[0] == "tests":
        return typo(text)
    if (
        (path[-1] == "unit" and not is_key)
        or parent == "tasks"
        or (path[-1] == "task" and parent == "meta" and not is_key)
    ):
        return typo(text)
    if is_key and path[0] in ("explains", "against", "causes"):
        return typo(text)
    if path[0] == "leads_to" or (parent == "missing" and " or " in text):
        return typo(text)
    if path[0] == "choose" and path[-1] == "value" and text in VALUES:
        return typo(text)
    return None


def literals(path: Place, text: str) -> Iterator[str]:
    """Yield an expression with a typo in each text that is a value of a fact with fixed values."""
    if path[0] in ("let", "when", "applies", "where") or (
        path[0] in ("choose", "context", "remedies") and path[-1] == "if"
    ):
        for found in re.finditer(r'"([a-z-]+)"', text):
            before = text[: found.start()]
            if found[1] in VALUES and re.search(r"(one_of\([^()]*|[=!]= *)$", before):
                yield text[: found.start(1)] + typo(found[1]) + text[found.end(1) :]


def changed(data: Any, path: Place, new: str, is_key: bool) -> Any:
    made = copy.deepcopy(data)
    place = made
    for part in path[:-1]:
        place = place[part]
    if is_key:
        items = [(new if key == path[-1] else key, value) for key, value in place.items()]
        place.clear()
        place.update(items)
    else:
        place[path[-1]] = new
    return made


def faults_of(area: str, document: Document, data: Any) -> list[str]:
    checker = ReferenceChecker(document, REGISTRY)
    if area == "_contexts":
        return [str(one) for one in checker.check_context(ContextFile.model_validate(data))]
    if area == "_causes":
        cause = CauseFile.model_validate(data)
        found = [str(one) for one in checker.check_cause(cause)]
        found += [one for one in (*cause.explains, *cause.against) if one not in KNOWN_RULES]
        found += [one for one in cause.leads_to if one not in CAUSES]
        sources = [one for source in cause.optional.values() for one in source.from_ if one.startswith("finding.")]
        return found + [str(fault) for fault in (finding_fault(one, KNOWN_RULES) for one in sources) if fault]
    rule = Rule.model_validate(data)
    return [str(one) for one in checker.check_rule(rule)] + [one for one in rule.causes if one not in CAUSES]


FILES = sorted(
    p for p in RULES.glob("*/*.yaml") if not p.parent.name.startswith("_") or p.parent.name in ("_causes", "_contexts")
)


def mutations(path: Path) -> Iterator[tuple[Document, Place, Any]]:
    document = load_yaml(path.read_text(encoding="utf-8"), where=path.name)
    for place, text, is_key in walk(document.data):
        new = mistyped(place, text, is_key)
        if new is not None:
            yield document, place, changed(document.data, place, new, is_key)
        if not is_key:
            for wrong in literals(place, text):
                yield document, place, changed(document.data, place, wrong, is_key)


def test_a_typo_in_any_role_fact_finding_value_task_or_unit_is_caught() -> None:
    tried, missed = 0, []
    for path in FILES:
        for document, place, data in mutations(path):
            tried += 1
            if not faults_of(path.parent.name, document, data):
                missed.append((path.stem, place))

    assert missed == []
    assert tried > 3000


def test_a_typo_in_any_role_fact_or_task_of_the_naming_tables_is_caught() -> None:
    documents = {
        path.stem: load_yaml(path.read_text(encoding="utf-8"), where=path.name)
        for path in (RULES / "_names").glob("*.yaml")
    }
    tried, missed = 0, []
    for table, key in (
        ("quantities", "role"),
        ("exact", "role"),
        ("layers", "role"),
        ("layers", "kind"),
        ("tasks", "task"),
        ("config", "facts"),
    ):
        document = documents[table]
        for place, text, is_key in walk(document.data):
            if (is_key and place[0] == key and len(place) == 2) or (not is_key and place[-1] == key and text):
                tried += 1
                wrong = Document(
                    changed(document.data, place, typo(text), is_key), document.where, document.text, {}, {}
                )
                if not table_faults({**documents, table: wrong}):
                    missed.append((table, place))

    assert missed == []
    assert tried > 130


@pytest.fixture
def rules_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], list[str]]:
    """Load and lint the rule base with one text replaced in one file; return the messages."""

    def changed_base(file: str, old: str, new: str) -> list[str]:
        folder = tmp_path / "rules"
        shutil.copytree(RULES, folder)
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        for module in (loader, loading):
            monkeypatch.setattr(module, "bundled", lambda name: folder)
        loader._bundled_rules.cache_clear()
        loading._bundled_names.cache_clear()
        try:
            return [str(one) for one in lint_rules(load_rules())]
        except RuleErrors as error:
            return [str(one) for one in error.errors]
        finally:
            loader._bundled_rules.cache_clear()
            loading._bundled_names.cache_clear()

    return changed_base


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "gradients/grad-spikes.yaml",
            "norm: train.grad_norm",
            "norm: train.grad_nrom",
            "rules/gradients/grad-spikes.yaml:10:9: unknown role 'train.grad_nrom'. Did you mean 'train.grad_norm'?",
        ),
        (
            "_causes/bad-batch.yaml",
            "finding.grad-spikes.spikes",
            "finding.grad-spices.spikes",
            "rules/_causes/bad-batch.yaml:26:21: no rule is called 'grad-spices'. Did you mean 'grad-spikes'?",
        ),
        (
            "_causes/bad-batch.yaml",
            "finding.grad-spikes.spikes",
            "finding.grad-spikes.spiks",
            "the rule 'grad-spikes' has no value 'spiks'. Did you mean 'spikes'?",
        ),
        (
            "_causes/bad-batch.yaml",
            "meta.batch_size",
            "meta.batchsize",
            "unknown fact 'meta.batchsize'. Did you mean 'meta.batch_size'?",
        ),
        (
            "gradients/grad-spikes.yaml",
            "unit: robust standard deviations",
            "unit: robust standard deviatoins",
            "unknown unit 'robust standard deviatoins'. Did you mean 'robust standard deviations'?",
        ),
        (
            "_names/exact.yaml",
            '"lm loss": {role: train.loss}',
            '"lm loss": {role: train.los}',
            "rules/_names/exact.yaml:4:21: unknown role 'train.los'. Did you mean 'train.loss'?",
        ),
        ("_names/tasks.yaml", "task: gan", "task: gna", "'gna' is no value of meta.task. Did you mean 'gan'?"),
    ],
)
def test_a_typo_is_told_with_its_place_and_the_nearest_name(
    rules_with: Callable[[str, str, str], list[str]], file: str, old: str, new: str, message: str
) -> None:
    found = rules_with(file, old, new)

    assert any(message in one for one in found), found


@pytest.fixture
def faults(tmp_path: Path) -> Callable[..., list[str]]:
    """Load a folder of rules of the user's; return the faults."""

    def load(**files: str) -> list[str]:
        for name, text in files.items():
            area, _, stem = name.partition("__")
            path = tmp_path / area / f"{stem.replace('_', '-')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            load_rules([tmp_path])
        except RuleErrors as error:
            return [str(one).partition("/")[2] for one in error.errors]
        return []

    return load


def test_a_rule_of_the_users_is_held_against_the_vocabulary(faults: Callable[..., list[str]], rule_text: str) -> None:
    found = faults(loss__loss_high=rule_text.replace("train.loss", "train.los", 1))

    assert len(found) == 1
    assert re.match(r"loss/loss-high\.yaml:\d+:\d+: unknown role 'train\.los'\. Did you mean 'train\.loss'\?", found[0])


def test_a_vocabulary_beside_the_users_rules_adds_roles(faults: Callable[..., list[str]], rule_text: str) -> None:
    roles = "roles:\n  physics.residual: {type: series, brief: How far the equation is off., names: [pde_residual]}\n"

    assert faults(loss__loss_high=rule_text.replace("train.loss", "physics.residual")) != []
    assert faults(_vocabulary__roles=roles) == []


def test_what_is_per_parameter_is_written_with_its_brackets(faults: Callable[..., list[str]], rule_text: str) -> None:
    found = faults(loss__loss_high=rule_text.replace("train.loss", "grad_norm", 1))

    assert "there is one 'grad_norm' per parameter. Write grad_norm[parameter]." in found[0]


def test_facts_about_groups_are_for_rules_about_groups(faults: Callable[..., list[str]], rule_text: str) -> None:
    found = faults(loss__loss_high=rule_text.replace("from: meta.task", "from: group.kind"))

    assert "'group.kind' is known to rules about several runs only" in found[0]


def test_a_text_that_a_task_never_is_cannot_be_compared_with_it(
    faults: Callable[..., list[str]], rule_text: str
) -> None:
    wrong = rule_text.replace("when: ", 'when: one_of(task, "classificaton") or ', 1)

    assert (
        "'classificaton' is no value of meta.task. Did you mean 'classification'?" in faults(loss__loss_high=wrong)[0]
    )


def test_a_rule_may_name_its_causes_itself(tmp_path: Path, rule_text: str) -> None:
    (tmp_path / "loss").mkdir()
    text = rule_text.replace("log: ", "causes: {lr-too-high: usual, bad-batch: 0.1}\nlog: ", 1)
    (tmp_path / "loss" / "loss-high.yaml").write_text(text, encoding="utf-8")

    base = load_rules([tmp_path])

    explains = {cause.cause.id: cause.cause.explains.get("loss-high") for cause in base.causes}
    assert {name: strength for name, strength in explains.items() if strength} == {
        "lr-too-high": 0.75,
        "bad-batch": 0.1,
    }


def test_a_cause_that_a_rule_names_is_there_and_not_named_twice(
    faults: Callable[..., list[str]], rule_text: str
) -> None:
    unknown = rule_text.replace("log: ", "causes: {lr-to-high: usual}\nlog: ", 1)

    assert "no cause is called 'lr-to-high'. Did you mean 'lr-too-high'?" in faults(loss__loss_high=unknown)[0]


def test_a_cause_leads_to_causes_that_exist(faults: Callable[..., list[str]], rule_text: str) -> None:
    cause = (
        "id: lr-large\ntitle: Large\nsummary: Steps are too large.\nprior: 0.1\nexplains: {loss-high: usual}\n"
        "leads_to: [gradient-explodng]\nremedies: [{effort: minutes, do: Lower it.}]\nverify: Repeat.\n"
        "refute: No change.\n"
        "references: [{practice: a test, says: an example}]\n"
    )

    found = faults(loss__loss_high=rule_text, _causes__lr_large=cause)

    assert "no cause is called 'gradient-explodng'. Did you mean 'gradient-exploding'?" in found[0]
