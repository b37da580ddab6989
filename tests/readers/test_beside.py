"""What lies beside a log is found by one list of names, and what was changed is seen."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import beside, load
from tests.readers.tensorboard.event_bytes import scalar

TABLE = "step,train/loss\n" + "".join(f"{i},{1 / (i + 1):.4f}\n" for i in range(40))


@pytest.fixture(autouse=True)
def nothing_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_LISTED", {})


def run_in(folder: Path) -> Run:
    found = [item for item in load([folder]) if isinstance(item, Run)]
    assert len(found) == 1
    return found[0]


def long_ago(path: Path) -> None:
    then = time.time() - 3600
    os.utime(path, (then, then))


_HEARD: list[tuple[str, str]] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("open", "os.scandir", "os.listdir") and isinstance(arguments[0], str | os.PathLike):
        _HEARD.append((event, os.fspath(arguments[0])))  # type: ignore[arg-type]


sys.addaudithook(_hear)


@pytest.mark.parametrize("kind", ["a table", "an event file"])
def test_a_log_alone_is_opened_twice_and_its_folder_listed_a_few_times(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "a table":
        (tmp_path / "log.csv").write_text(TABLE, encoding="utf-8")
    else:
        events = b"".join(scalar(i, b"train/loss", 1 / (i + 1)) for i in range(40))
        (tmp_path / "events.out.tfevents.1.host").write_bytes(events)
    long_ago(tmp_path)
    run_in(tmp_path)
    asked = 0
    real = {name: getattr(os, name) for name in ("stat", "lstat")}

    def counting(name: str) -> object:
        def call(path: object, *rest: object, **more: object) -> object:
            nonlocal asked
            asked += str(path).startswith(str(tmp_path))
            return real[name](path, *rest, **more)

        return call

    beside._LISTED.clear()
    for name in real:
        monkeypatch.setattr(os, name, counting(name))
    _HEARD.clear()
    run_in(tmp_path)
    monkeypatch.undo()
    heard = Counter(event for event, path in _HEARD if path.startswith(str(tmp_path)))

    # The head to see what it is, and the log; the search and the look beside it.
    assert heard["open"] == 2
    assert heard["os.scandir"] + heard["os.listdir"] == 2
    assert asked <= 14


def test_a_configuration_that_comes_later_is_seen(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(TABLE, encoding="utf-8")
    long_ago(tmp_path)
    assert run_in(tmp_path).config == {}

    (tmp_path / "config.json").write_text('{"lr": 0.1}', encoding="utf-8")
    assert run_in(tmp_path).config == {"lr": 0.1}
    (tmp_path / "hparams.yaml").write_text("batch_size: 3", encoding="utf-8")
    (tmp_path / "train.py").write_text("print(1)", encoding="utf-8")
    found = run_in(tmp_path)

    assert found.config == {"lr": 0.1, "batch_size": 3}
    assert [text.path for text in found.program] == ["train.py"]


def test_a_list_is_used_again_only_while_the_folder_is_as_it_was(tmp_path: Path) -> None:
    long_ago(tmp_path)
    first = beside.names_in(str(tmp_path))

    assert beside.names_in(str(tmp_path)) is first
    (tmp_path / "net.py").write_text("x = 1", encoding="utf-8")
    second = beside.names_in(str(tmp_path))
    assert second is not None
    assert second.python
    assert second.may_hold("NET.py")
    # What was changed a moment ago may change again without another time.
    assert beside.names_in(str(tmp_path)) is not second


def test_what_lies_in_a_folder_that_cannot_be_listed_is_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: str) -> list[str]:
        raise PermissionError(folder)

    (tmp_path / "log.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "config.json").write_text('{"lr": 0.1}', encoding="utf-8")
    (tmp_path / "logdoc.json").write_text('{"schema": "logdoc-log/1", "seed": 7}', encoding="utf-8")
    monkeypatch.setattr(os, "listdir", closed)

    assert run_in(tmp_path).config == {"lr": 0.1, "seed": 7}


def test_no_more_than_a_few_lists_are_kept(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        long_ago(tmp_path / str(number))
        beside.names_in(str(tmp_path / str(number)))

    assert len(beside._LISTED) == beside._MOST
