"""A Dask cluster of two processes says what one process says, and outlives a worker."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import logdoc
from logdoc.errors import ConfigError
from logdoc.readers import survey
from logdoc.readers.places import Scratch
from logdoc.readers.survey import Family
from logdoc.scale import cluster
from logdoc.scale.work import Task

distributed = pytest.importorskip("distributed")

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore")  # of sockets that a killed worker leaves


@pytest.fixture(scope="module")
def two_workers() -> Iterator[object]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def test_a_cluster_gives_the_report_of_one_process_to_the_byte(runs: Path, two_workers: object) -> None:
    options = {"ignore": ["loss-stuck"], "mapping": {"train.loss": "train/loss"}}
    alone = logdoc.analyze(runs, **options)  # type: ignore[arg-type]

    found = logdoc.analyze(runs, dask=two_workers.scheduler_address, **options)  # type: ignore[arg-type, attr-defined]

    assert alone.groups
    assert found.to_json() == alone.to_json()


def test_a_worker_that_is_killed_in_the_middle_costs_nothing(
    runs: Path, two_workers: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = logdoc.analyze(runs).to_json()
    mark = str(tmp_path / "killed")
    real = cluster._submitted

    def submitted(client: object, chunk: object, task: str) -> object:
        return real(_Killing(client, mark), chunk, task)  # type: ignore[arg-type]

    monkeypatch.setattr(cluster, "_submitted", submitted)

    found = logdoc.analyze(runs, dask=two_workers.scheduler_address).to_json()  # type: ignore[attr-defined]

    assert Path(mark).exists()
    assert found == alone


class _Killing:
    """A client whose first task kills the worker that runs it."""

    def __init__(self, client: object, mark: str) -> None:
        self._client, self._mark = client, mark

    def submit(self, step: object, *arguments: object, **options: object) -> object:
        return self._client.submit(_killed_once, self._mark, step, *arguments, **options)  # type: ignore[attr-defined]


def _killed_once(mark: str, step: object, *arguments: object) -> object:

    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return step(*arguments)  # type: ignore[operator]
    os.kill(os.getpid(), 9)
    return None


class _Future:
    def __init__(self, lines: list[str] | None, error: Exception | None = None) -> None:
        self.status = "error" if error else "finished"
        self.result, self.exception = (lambda: lines), (lambda: error)

    def release(self) -> None:
        pass


def test_a_family_that_loses_every_worker_is_told_and_the_others_are_judged(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledWorker(Exception):
        pass

    class Client:
        loop = None

        def nthreads(self) -> dict[str, int]:
            return {"a": 1}

        def run(self, step: object) -> dict[str, str]:
            return {"a": step()}  # type: ignore[operator]

        def submit(self, step: object, families: list[object], task: str, **options: object) -> _Future:
            bad = any("BAD" in json.dumps(family) for family in families)
            return _Future(None, KilledWorker("lost")) if bad else _Future(step(families, task))  # type: ignore[operator]

    class Completed(list):  # type: ignore[type-arg]
        def __init__(self, futures: list[_Future], loop: object) -> None:
            super().__init__(futures)

        def add(self, future: _Future) -> None:
            self.append(future)

    monkeypatch.setattr(distributed, "as_completed", Completed)
    entries = survey([runs], None, Scratch())
    places = [(place, entry) for place, entry in enumerate(entries) if isinstance(entry, Family)]
    monkeypatch.setattr(cluster, "_SHARE", 2)

    found = dict(cluster._judged(Client(), places, json.dumps(Task().written())))

    assert sorted(found) == [place for place, _ in places]
    told = [item.what for items in found.values() for item in items if hasattr(item, "what") and "worker" in item.what]
    assert told == ["not judged: the worker that read it was lost, several times; it may have run out of memory"]


def test_a_cluster_that_is_not_there_is_an_error_with_its_address(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.monotonic()

    with pytest.raises(ConfigError, match="no cluster answers"):
        logdoc.analyze(runs, dask="tcp://127.0.0.1:1")

    assert time.monotonic() - start < 120


def test_workers_of_another_version_are_refused() -> None:
    class Client:
        def run(self, step: object) -> dict[str, str]:
            return {"tcp://a": "0.0.9 with rules 000000000000"}

    with pytest.raises(ConfigError, match=r"runs logdoc 0\.0\.9"):
        cluster._same_version(Client())
