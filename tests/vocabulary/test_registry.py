from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.errors import RuleErrors
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.registry import load_registry
from logdoc.vocabulary.tables import derived_roles

REGISTRY = load_registry()
NAMES = load_names()


@pytest.mark.parametrize(
    ("role", "name"), [(role.id, name) for role in REGISTRY.roles.values() for name in (*role.examples, *role.names)]
)
def test_the_examples_of_a_role_come_to_it(role: str, name: str) -> None:
    meaning = NAMES.with_roles(REGISTRY.roles.values()).meaning(name)

    assert meaning is not None
    assert (meaning.role, bool(meaning.entity)) == (role, bool(REGISTRY.roles[role].per))


def test_a_role_says_how_it_is_recognised_as_the_tables_do() -> None:
    ways: dict[str, set[str]] = {role: set() for role in REGISTRY.roles}
    for role, _ in NAMES.phrases.values():
        for split in ("train", "val", "test") if "{split}" in role else ("",):
            ways[role.format(split=split)].add("words")
    for role, _ in NAMES.exact.values():
        if role:
            ways[role].add("name")
    for pattern in NAMES.scalars:
        ways[pattern.kind].add("pattern")
    for pattern in NAMES.histograms:
        for role in derived_roles(pattern.kind):
            ways[role].add("histogram")
    for split in ("train", "val", "test"):
        for kind in ("player_loss", "loss_term", "metric", "error"):
            ways[f"{split}.{kind}"].add("rest")

    said = {role.id: set(role.recognised) - {"derived"} for role in REGISTRY.roles.values()}
    assert said == ways
    assert all(role.recognised or role.names for role in REGISTRY.roles.values())


def test_every_fact_of_a_configuration_says_so() -> None:
    said = {fact.id for fact in REGISTRY.facts.values() if "configuration" in fact.recognised}

    of_terms = {f"meta.{which}_{what}" for which in ("lightest", "heaviest") for what in ("weight", "term")}
    assert said == {f"meta.{fact}" for fact in NAMES.config} | of_terms


def test_every_task_of_the_table_is_a_value_of_the_task() -> None:
    assert {entry["task"] for entry in NAMES.tasks} <= set(REGISTRY.facts["meta.task"].values)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("train.loss", None),
        ("grad_norm[parameter]", None),
        ("meta.task", None),
        ("train.los", "unknown role 'train.los'"),
        ("meta.tsk", "unknown fact 'meta.tsk'"),
        ("grad_norm", "there is one 'grad_norm' per parameter"),
        ("grad_norm[module]", "there is one 'grad_norm' per parameter"),
        ("train.loss[term]", "a run has one 'train.loss'"),
        ("train.loss[run]", "a run has one 'train.loss'"),
    ],
)
def test_a_source_is_a_role_with_the_kind_of_its_entities_or_a_fact(source: str, what: str | None) -> None:
    fault = REGISTRY.source_fault(source)

    assert (None if fault is None else fault[0]) == what


def test_in_a_group_every_run_has_its_own() -> None:
    assert REGISTRY.source_fault("train.loss[run]", over_runs=True) is None
    assert REGISTRY.source_fault("meta.lr[run]", over_runs=True) is None


@pytest.mark.parametrize(
    ("unit", "right"),
    [
        ("share of the first loss", True),
        ("times", True),
        ("share of the frist loss", False),
        ("shares", False),
        ("robust deviations", True),
    ],
)
def test_a_unit_is_one_of_the_list_and_what_it_is_of(unit: str, right: bool) -> None:
    assert (REGISTRY.unit_fault(unit) is None) == right


def _faults(folder: Path, table: str, text: str) -> list[str]:
    (folder / "_vocabulary").mkdir(exist_ok=True)
    (folder / "_vocabulary" / table).write_text(text, encoding="utf-8")
    with pytest.raises(RuleErrors) as caught:
        load_registry([folder])
    return [str(error).partition("_vocabulary/")[2] for error in caught.value.errors]


@pytest.mark.parametrize(
    ("table", "text", "message"),
    [
        ("roles.yaml", "roles:\n  a.b: {type: series}\n", "roles.yaml:2:3: the key 'brief' is missing"),
        (
            "roles.yaml",
            "roles:\n  a.b: {type: series, brief: x, unti: s}\n",
            "roles.yaml:2:33: unknown key 'unti'. Did you mean 'unit'?",
        ),
        (
            "roles.yaml",
            "roles:\n  a.b: {type: series per layer, brief: x}\n",
            "roles.yaml:2:15: 'series per layer' is no",
        ),
        ("roles.yaml", "roles:\n  A b: {type: series, brief: x}\n", "roles.yaml:2:3: 'A b' cannot be a name"),
        (
            "roles.yaml",
            "roles:\n  train.loss: {type: series, brief: x}\n",
            "roles.yaml:2:3: there is a 'train.loss' already",
        ),
        (
            "roles.yaml",
            "roles:\n  a.b: {type: series, brief: x, recognised: [wrods]}\n",
            "unknown word 'wrods' in 'recognised'. Did you mean 'words'?",
        ),
        (
            "roles.yaml",
            "roles:\n  a.b: {type: series, brief: x, renamed_to: train.los}\n",
            "'train.los' is no current name. Did you mean 'train.loss'?",
        ),
        (
            "roles.yaml",
            "roles:\n  a.b: {type: series per term, brief: x, names: [y]}\n",
            "a whole name cannot say which term",
        ),
        ("facts.yaml", "facts:\n  meta.x: {type: numbr, brief: x}\n", "'numbr' is no type of a fact"),
        ("facts.yaml", "facts: [meta.x]\n", "this file holds one mapping called 'facts'"),
        ("units.yaml", "unit: {a: b}\n", "unknown key 'unit'"),
        ("rolls.yaml", "roles: {}\n", "rolls.yaml: this is no table of the vocabulary. Did you mean 'roles.yaml'?"),
        ("roles.yaml", "roles:\n  a: [\n", "roles.yaml:"),
    ],
)
def test_a_vocabulary_is_read_strictly(tmp_path: Path, table: str, text: str, message: str) -> None:
    assert any(message in fault for fault in _faults(tmp_path, table, text)), _faults(tmp_path, table, text)


def test_whoever_uses_an_old_name_is_told_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "_vocabulary").mkdir()
    text = "roles:\n  train.old: {type: series, brief: x, renamed_to: train.loss}\n"
    (tmp_path / "_vocabulary" / "roles.yaml").write_text(text, encoding="utf-8")
    registry = load_registry([tmp_path])

    assert registry.source_fault("train.old") == ("'train.old' is now called 'train.loss'", "Write train.loss.")
    assert registry.mapped_fault("train.old") == registry.source_fault("train.old")
    assert "train.old" not in [role.id for role in registry.matching()]


def test_roles_are_found_by_name_meaning_and_example() -> None:
    assert [role.id for role in REGISTRY.matching("LOSS_SCALE")] == ["train.loss_scale"]
    assert "gan.d_loss" in [role.id for role in REGISTRY.matching("discriminator")]
    assert "rl.return" in [role.id for role in REGISTRY.matching("ep_rew")]
