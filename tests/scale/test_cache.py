"""What was judged before is found again, and only as long as it is what would be judged now."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import logdoc
from logdoc.api.caching import cache_info, clear_cache
from logdoc.cli import run
from logdoc.readers import noticing, survey
from logdoc.readers.places import Scratch
from logdoc.readers.registry import Format
from logdoc.readers.survey import Family, read_family
from logdoc.resources.store import entry_of
from logdoc.scale import analysing, cache

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_logs"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(place))
    return place


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The families that were judged in this process."""
    names: list[str] = []
    real = analysing.judge_family
    monkeypatch.setattr(analysing, "judge_family", lambda f, *rest: names.append(f.id) or real(f, *rest))
    return names


@pytest.fixture
def old(runs: Path) -> Path:
    """Runs whose files were written an hour ago."""
    settle(runs)
    return runs


def settle(folder: Path) -> None:
    then = time.time() - 3600
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def entries(folder: Path) -> list[Path]:
    return sorted((folder / "judged").glob("??/*.json"))


def test_cold_warm_appended_and_without_a_cache_the_report_is_the_same(old: Path, judged: list[str]) -> None:
    plain = logdoc.analyze(old).to_json()
    judged.clear()

    cold = logdoc.analyze(old, cache=True).to_json()
    assert len(judged) == 6
    judged.clear()
    warm = logdoc.analyze(old, cache=True).to_json()
    assert judged == []
    shutil.copytree(old / "a", old / "e")
    settle(old / "e")
    appended = logdoc.analyze(old, cache=True).to_json()

    assert judged == ["e/log.csv"]
    assert cold == warm == plain
    assert appended == logdoc.analyze(old).to_json() != plain


def many(runs: Path) -> None:
    """Add so many files that what they are is worth keeping."""
    for number in range(cache.WORTH_KEEPING // 2):
        shutil.copytree(runs / "a", runs / f"more{number}")
    settle(runs)


def test_what_a_file_is_is_asked_once_and_again_when_its_beginning_changes(
    old: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(old)
    asked: list[str] = []
    real = Format.sniff
    monkeypatch.setattr(Format, "sniff", lambda f, head, name: asked.append(name) or real(f, head, name))

    first = logdoc.analyze(old, cache=True).to_json()
    assert len(set(asked)) >= cache.WORTH_KEEPING
    asked.clear()
    assert logdoc.analyze(old, cache=True).to_json() == first
    assert asked == []
    path = old / "b" / "log.csv"
    about = path.stat()
    path.write_bytes(b"x" + path.read_bytes()[1:])
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    changed = logdoc.analyze(old, cache=True).to_json()

    assert {name.partition("/")[2] for name in asked} == {"b/log.csv"}
    assert changed == logdoc.analyze(old).to_json()
    assert len(list((folder / "judged" / cache.SEARCHES).iterdir())) == 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"kinds": [["no-format", ""]], "files": {}}', b'{"kinds": [], "files": {"a": 0}}']
)
def test_a_damaged_list_of_what_files_are_is_told_and_made_again(old: Path, folder: Path, content: bytes) -> None:
    many(old)
    expected = logdoc.analyze(old, cache=True).to_json()
    (kept,) = (folder / "judged" / cache.SEARCHES).iterdir()
    good = kept.read_bytes()
    kept.write_bytes(entry_of(kept.name, content) if content else good[:-4])
    told: list[str] = []

    assert logdoc.analyze(old, cache=True, note=told.append).to_json() == expected
    assert told == ["1 damaged entry of the cache counted as none; `logdoc cache clear` empties it"]
    assert kept.read_bytes() == good
    assert clear_cache() > 0
    assert not kept.exists()


def test_lists_of_what_files_are_are_few_and_the_oldest_goes_first(tmp_path: Path) -> None:
    searches = tmp_path / cache.SEARCHES
    searches.mkdir()
    for number in range(5):
        (searches / f"{number}.json").write_text("{}", encoding="utf-8")
        os.utime(searches / f"{number}.json", (number, number))

    cache.prune_recognised(tmp_path, 2)

    assert sorted(path.name for path in searches.iterdir()) == ["3.json", "4.json"]


def test_several_processes_keep_what_they_judge(old: Path, judged: list[str]) -> None:
    first = logdoc.analyze(old, cache=True, jobs=2).to_json()

    assert logdoc.analyze(old, cache=True).to_json() == first
    assert judged == []


@pytest.mark.parametrize(
    "change",
    [
        lambda runs: (runs / "a" / "log.csv").write_text("step,train/loss\n1,2\n2,3\n"),
        lambda runs: (runs / "a" / "config.json").write_text('{"lr": 7}'),
        lambda runs: (runs / "a" / "config.json").unlink(),
        lambda runs: (runs / "a" / "hparams.yaml").write_text("batch_size: 3"),
        lambda runs: (runs / "a" / "logdoc.json").write_text("{}"),
        lambda runs: (runs / "a" / "train.py").write_text("print(1)"),
        lambda runs: [(runs / "a" / "code").mkdir(), (runs / "a" / "code" / "net.py").write_text("x = 1")],
    ],
)
def test_what_changed_beside_a_run_makes_it_be_judged_again(old: Path, judged: list[str], change: object) -> None:
    logdoc.analyze(old, cache=True)
    judged.clear()

    change(old)  # type: ignore[operator]
    found = logdoc.analyze(old, cache=True).to_json()

    assert judged == ["a/log.csv"]
    assert found == logdoc.analyze(old).to_json()


def test_a_file_of_the_same_size_and_time_with_other_ends_is_another(old: Path, judged: list[str]) -> None:
    logdoc.analyze(old, cache=True)
    judged.clear()
    path = old / "b" / "log.csv"
    about = path.stat()
    path.write_bytes(path.read_bytes()[:-3] + b"9.9")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))

    logdoc.analyze(old, cache=True)

    assert judged == ["b/log.csv"]


@pytest.mark.parametrize(
    "options",
    [
        {"ignore": ["loss-stuck"]},
        {"settings": {"lr-sweep-best.differ": 0.061}},
        {"mapping": {"val.loss": "val/loss"}},
        {"overfit_test": True},
        {"code": False},
    ],
)
def test_other_options_are_another_question(old: Path, judged: list[str], options: dict[str, object]) -> None:
    logdoc.analyze(old, cache=True)
    judged.clear()

    logdoc.analyze(old, cache=True, **options)  # type: ignore[arg-type]

    assert len(judged) == 6


def test_other_versions_and_other_rules_are_another_question(
    old: Path, judged: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logdoc.analyze(old, cache=True)
    judged.clear()
    (tmp_path / "rules").mkdir()

    logdoc.analyze(old, cache=True, rules=[tmp_path / "rules"])
    assert len(judged) == 6
    judged.clear()
    monkeypatch.setattr("logdoc.resources.store.__version__", "0.0.9")
    logdoc.analyze(old, cache=True)

    assert len(judged) == 6


def test_what_is_still_being_written_is_not_kept(runs: Path, folder: Path) -> None:
    future = time.time() + 60
    os.utime(runs / "a" / "log.csv", (future, future))

    logdoc.analyze(runs / "a", cache=True)

    assert entries(folder) == []


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:90] + b"x" + data[91:], lambda data: b""]
)
def test_a_damaged_entry_is_told_and_made_again(old: Path, folder: Path, judged: list[str], damage: object) -> None:
    expected = logdoc.analyze(old, cache=True).to_json()
    for path in entries(folder)[:2]:
        path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    judged.clear()
    told: list[str] = []

    assert logdoc.analyze(old, cache=True, note=told.append).to_json() == expected
    assert len(judged) == 2
    assert told == ["2 damaged entries of the cache counted as none; `logdoc cache clear` empties it"]
    judged.clear()
    assert logdoc.analyze(old, cache=True).to_json() == expected
    assert judged == []


def test_an_entry_of_another_shape_is_none(old: Path, folder: Path, judged: list[str]) -> None:
    expected = logdoc.analyze(old, cache=True).to_json()
    for path in entries(folder):
        path.write_bytes(
            entry_of(path.name, json.dumps({"absent": {}, "listed": [], "files": {}, "items": [3]}).encode())
        )

    assert logdoc.analyze(old, cache=True).to_json() == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_is_told_once_and_costs_nothing(
    old: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    if jobs == 1:

        def full(path: Path, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(Path, "write_bytes", full)
    else:
        folder.mkdir()
        (folder / "judged").write_text("a file where the folder would be", encoding="utf-8")
    told: list[str] = []

    found = logdoc.analyze(old, cache=True, jobs=jobs, note=told.append).to_json()

    monkeypatch.undo()
    assert found == logdoc.analyze(old).to_json()
    assert len(told) == 1
    assert told[0].startswith("nothing more is kept for later calls: ")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_is_really_full(old: Path, folder: Path) -> None:
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(folder)], check=False)
    if made.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        told: list[str] = []
        found = logdoc.analyze(old, cache=True, note=told.append).to_json()
        again = logdoc.analyze(old, cache=True).to_json()
        left = [path.name for path in folder.rglob(".*")]
    finally:
        subprocess.run(["umount", str(folder)], check=True)

    assert found == again == logdoc.analyze(old).to_json()
    assert len(told) == 1
    assert "No space left on device" in told[0]
    assert left == []


def test_the_cache_is_bounded_and_the_oldest_goes_first(
    old: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, judged: list[str]
) -> None:
    logdoc.analyze(old, cache=True)
    first = entries(folder)
    for number, path in enumerate(first):
        os.utime(path, (number, number))

    assert cache.prune(folder / "judged", sum(path.stat().st_size for path in first) - 1) > 0
    assert set(entries(folder)) < set(first)
    assert first[-1] in entries(folder)
    monkeypatch.setenv("LOGDOC_CACHE_MB", "0")
    logdoc.analyze(old, cache=True)

    assert entries(folder) == []


def test_two_processes_may_keep_the_same_at_once(old: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "logdoc", "analyze", str(old), "--no-config", "-q", "-o"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    both = [subprocess.Popen([*command, str(folder.parent / f"{n}.json")], env=environment) for n in (1, 2)]

    assert {process.wait() for process in both} <= {0, 1}
    assert (folder.parent / "1.json").read_bytes() == (folder.parent / "2.json").read_bytes()
    assert (folder.parent / "1.json").read_text(encoding="utf-8") == logdoc.analyze(old, cache=True).to_json()


def test_the_command_line_keeps_shows_and_empties(
    old: Path, folder: Path, judged: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["analyze", str(old), "--no-config", "-q", "--no-cache"])
    assert not (folder / "judged").exists()
    run(["analyze", str(old), "--no-config", "-q"])
    judged.clear()
    run(["analyze", str(old), "--no-config", "-q"])
    assert judged == []
    capsys.readouterr()

    assert run(["cache", "info"]) == 0
    assert "judged logs  6" in capsys.readouterr().out
    assert cache_info().entries == 6
    assert run(["cache", "clear"]) == 0
    assert "6 judged logs removed" in capsys.readouterr().out
    assert cache_info().entries == 0
    assert clear_cache() == 0


def test_where_nothing_may_be_kept_nothing_is(old: Path, monkeypatch: pytest.MonkeyPatch, judged: list[str]) -> None:
    monkeypatch.setenv("LOGDOC_CACHE_DIR", "")

    logdoc.analyze(old, cache=True)
    logdoc.analyze(old, cache=True)

    assert len(judged) == 12


def test_everything_that_is_opened_while_a_run_is_read_is_noticed() -> None:
    opened: set[str] = set()
    listening = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], str | os.PathLike):
            opened.add(os.fspath(arguments[0]))  # type: ignore[arg-type]

    sys.addaudithook(hook)
    families = [entry for entry in survey([SAMPLES], None, Scratch()) if isinstance(entry, Family)]
    read_family(families[0], None)  # what is imported and loaded once
    for family in families:
        with noticing.noticed() as looked:
            listening = True
            read_family(family, None)
            listening = False
        files = {str(path) for _, source in family.sources for path in source.files}
        noticed = {os.path.realpath(path) for path in (*looked.files, *files, *(name for name, _ in looked.folders))}
        below = {os.path.realpath(path) for path in opened if os.path.realpath(path).startswith(str(SAMPLES))}
        assert below <= noticed
        opened.clear()
