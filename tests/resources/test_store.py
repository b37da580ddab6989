from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from logdoc import api
from logdoc.engine import load_rules, remembered_rules
from logdoc.engine.compiled import RuleCompiler
from logdoc.errors import RuleError, RuleErrors
from logdoc.judging.shipping import ship_bundled
from logdoc.resources import bundled, store

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample_logs" / "letters-hot"
RULE = """\
id: loss-over-ten
title: The training loss is above ten.
healthy: The training loss stays below ten.
since: "1.0"
severity: warning
tags: [loss]
inputs:
  loss: train.loss
params:
  bound: {value: 10, why: a number for the test}
let:
  highest_loss: highest(loss)
when: highest_loss > bound
message: The loss reaches {highest_loss}.
why: A test.
log: the training loss
false_positives: [never]
references: [{practice: of this test, says: nothing more}]
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "loss-over-ten.yaml").write_text(RULE, encoding="utf-8")
    return folder


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often rules were read and checked from their files."""
    from logdoc.engine import loader

    counted: list[int] = []
    real = loader.load_rules
    monkeypatch.setattr(loader, "load_rules", lambda folders=(): counted.append(1) or real(folders))
    return counted


def bound(rules: object) -> float:
    return rules.rule("loss-over-ten").rule.params["bound"].value  # type: ignore[attr-defined]


def test_rules_are_checked_once_and_then_remembered(cache: Path, mine: Path, loads: list[int]) -> None:
    first, second = remembered_rules([mine]), remembered_rules([mine])

    assert loads == [1]
    assert len(list(cache.glob("rules-*"))) == 1
    assert first.digest == second.digest == load_rules([mine]).digest
    assert bound(first) == bound(second) == 10.0


def test_reports_are_the_same_to_the_last_byte_from_files_and_from_what_is_remembered(
    cache: Path, mine: Path, loads: list[int]
) -> None:
    cold, warm = (api.analyze(SAMPLE, rules=[mine]).to_json() for _ in range(2))

    assert loads == [1]
    assert cold == warm


def test_remembered_rules_compile_to_what_their_files_compile_to(cache: Path, mine: Path) -> None:
    remembered_rules([mine])
    checked, again = load_rules([mine]), remembered_rules([mine])

    def texts(rules: object) -> list[object]:
        return [
            (r.rule.id, [(n, e.text, e.type) for n, e in r.forms.let], r.forms.when.text, r.forms.inputs)
            for r in rules.rules  # type: ignore[attr-defined]
        ]

    assert texts(again) == texts(checked)
    assert [c.cause.id for c in again.causes] == [c.cause.id for c in checked.causes]
    assert [c.context.id for c in again.contexts] == [c.context.id for c in checked.contexts]


def test_an_edited_rule_is_seen_at_once_even_with_its_size_and_time_unchanged(cache: Path, mine: Path) -> None:
    remembered_rules([mine])
    file = mine / "loss-over-ten.yaml"
    before = file.stat()
    file.write_text(RULE.replace("value: 10", "value: 99"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert bound(remembered_rules([mine])) == 99.0


def test_faults_are_told_every_time_and_never_remembered(cache: Path, mine: Path) -> None:
    (mine / "loss-over-ten.yaml").write_text(RULE.replace("highest(loss)", "hihgest(loss)"), encoding="utf-8")

    for _ in range(2):
        with pytest.raises(RuleErrors, match="unknown function 'hihgest'"):
            remembered_rules([mine])
    assert not list(cache.glob("rules-*"))


def test_a_folder_that_is_gone_is_a_fault_although_it_is_remembered_empty(cache: Path, tmp_path: Path) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    remembered_rules([empty])
    empty.rmdir()

    with pytest.raises(RuleError, match="no such folder of rules"):
        remembered_rules([empty])


def _half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _flipped(whole: bytes) -> bytes:
    at = len(whole) * 2 // 3
    return whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]


def _other_class(whole: bytes) -> bytes:
    """An entry that is whole, and names a class that this version does not have."""
    import hashlib

    head, _, body = whole.partition(b"\n")
    body = body.replace(b"ruleset:RuleSet", b"ruleset:RuleBag")
    return head.split(b" ")[0] + b" " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize("damage", [_half, _flipped, _other_class, lambda whole: b"", lambda whole: b"\x80\x04]."])
def test_a_damaged_entry_is_made_again(damage: object, cache: Path, mine: Path, loads: list[int]) -> None:
    remembered_rules([mine])
    entry = next(cache.glob("rules-*"))
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))  # type: ignore[operator]

    assert bound(remembered_rules([mine])) == 10.0
    assert loads == [1, 1]
    assert entry.read_bytes() == whole


def test_an_entry_of_another_version_is_not_read(
    cache: Path, mine: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered_rules([mine])
    monkeypatch.setattr(store, "__version__", "99.0")

    remembered_rules([mine])

    assert loads == [1, 1]
    assert len(list(cache.glob("rules-*"))) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner here")
def test_an_entry_of_another_user_is_not_read(
    cache: Path, mine: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered_rules([mine])
    entry = next(cache.glob("rules-*"))
    real = os.fstat

    class Foreign:
        st_uid = 54321

    monkeypatch.setattr(
        os, "fstat", lambda number: Foreign if os.path.samestat(real(number), entry.stat()) else real(number)
    )
    remembered_rules([mine])

    assert loads == [1, 1]


def test_where_nothing_can_be_written_rules_are_read_each_time(
    tmp_path: Path, mine: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(tmp_path / "file" / "cache"))

    assert bound(remembered_rules([mine])) == bound(remembered_rules([mine])) == 10.0
    assert loads == [1, 1]


def test_a_full_disk_leaves_no_part_of_an_entry(cache: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        real(self, data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    assert bound(remembered_rules([mine])) == 10.0
    assert list(cache.iterdir()) == []


def test_the_cache_lies_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGDOC_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.cache_folder() == tmp_path / "logdoc"

    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(tmp_path / "mine"))
    assert store.cache_folder() == tmp_path / "mine"

    monkeypatch.setenv("LOGDOC_CACHE_DIR", "")
    assert store.cache_folder() is None


def test_the_oldest_entries_go_when_there_are_many(cache: Path, mine: Path) -> None:
    cache.mkdir()
    for number in range(40):
        (cache / f"rules-{number:032}.json").write_text("old")
        os.utime(cache / f"rules-{number:032}.json", ns=(number, number))

    remembered_rules([mine])

    left = sorted(path.name for path in cache.iterdir())
    assert len(left) == 24
    assert f"rules-{39:032}.json" in left
    assert f"rules-{16:032}.json" not in left


def test_processes_that_start_together_all_come_to_the_same_result(cache: Path) -> None:
    command = [sys.executable, "-m", "logdoc", "analyze", str(SAMPLE), "--fail-on", "never"]

    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(3)]
    said = [process.communicate()[0] for process in running]

    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(set(said)) == 1
    kinds = {path.name.split("-")[0] for path in cache.iterdir()}
    assert kinds - {"pairs"} == {"rules", "names", "registry", "measured", "denied", "judged"}
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


def test_the_files_of_remembered_rules_are_read_when_they_are_asked_for(
    cache: Path, mine: Path, loads: list[int]
) -> None:
    remembered_rules([mine])
    again = remembered_rules([mine])
    assert loads == [1]

    assert again.documents["loss-over-ten"].text == RULE
    assert loads == [1, 1]


def test_the_wheel_carries_every_entry_that_an_installed_logdoc_asks_for(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, loads: list[int]
) -> None:
    written = ship_bundled(tmp_path / "compiled")
    loads.clear()
    monkeypatch.setattr(store, "in_checkout", lambda: False)
    monkeypatch.setattr(store, "SHIPPED", tmp_path / "compiled")

    def never() -> object:
        raise AssertionError("this was not carried")

    for kind in ("rules", "names", "registry", "measured", "denied", "pairs", "endings", "messages"):
        assert store.remembered(kind, [bundled("rules")], never)
    assert len(written) == 8
    assert not cache.exists()


def test_a_rule_that_is_compiled_late_tells_its_faults_with_its_file() -> None:
    nothing = {key: {} for key in ("inputs", "optional", "params", "also")}
    absent = dict.fromkeys(("for_each", "applies", "window", "where", "rank"))
    wrong = SimpleNamespace(
        **nothing,
        **absent,
        let={"a": "nothing(1)"},
        severity_when={},
        scope="run",
        when="a > 1",
        message="",
        verify="",
        evidence=(),
    )
    compiler = RuleCompiler.again("rules/loss/wrong.yaml")

    assert compiler.rule_forms(wrong) is None  # type: ignore[arg-type]
    assert compiler.faults[0].where == "rules/loss/wrong.yaml"
