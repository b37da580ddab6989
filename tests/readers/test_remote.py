"""Stores are asked for many files at once, and for no more of them than it takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from logdoc.errors import ReadError
from logdoc.model import Run
from logdoc.readers import load, remote

fsspec = pytest.importorskip("fsspec")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = "step,train/loss\n" + "".join(f"{i},{2 * 0.99**i:.5f}\n" for i in range(50))
LONG = "step,train/loss\n" + "".join(f"{i},{2 * 0.9999**i:.9f}\n" for i in range(8000))


@pytest.fixture
def store() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    for number in range(40):
        system.pipe(f"/bucket/runs/r{number:02}/metrics.csv", ROWS.encode())
        system.pipe(f"/bucket/runs/r{number:02}/config.json", b'{"lr": 0.1}')
    system.pipe("/bucket/runs/long/metrics.csv", LONG.encode())
    system.pipe("/bucket/runs/weights.dat", bytes(range(256)) * 2000)
    system.pipe("/bucket/runs/model.pt", b"x" * 100_000)
    yield system
    system.rm("/bucket", recursive=True)


def runs_in(url: str) -> list[Run]:
    return [item for item in load([url]) if isinstance(item, Run)]


def test_every_run_is_read_with_what_lies_beside_it(store: Any) -> None:
    runs = runs_in("memory://bucket/runs")

    assert len(runs) == 41
    assert runs[1].config == {"lr": 0.1}
    assert {len(run.series["train/loss"]) for run in runs} == {50, 8000}


def test_a_store_is_asked_for_many_files_at_once_and_for_the_beginning_of_what_is_no_log(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read: Counter[str] = Counter()
    whole: list[str] = []
    kind = type(store)
    ranges, get = kind.cat_ranges, kind.get

    def cat_ranges(self: Any, paths: list[str], starts: Any, ends: list[int], **options: Any) -> Any:
        asked.append(len(paths))
        read.update(dict(zip(paths, ends, strict=True)))
        return ranges(self, paths, starts, ends, **options)

    monkeypatch.setattr(kind, "cat_ranges", cat_ranges)
    monkeypatch.setattr(
        kind, "get", lambda self, paths, *rest, **o: whole.extend(paths) or get(self, paths, *rest, **o)
    )

    runs_in("memory://bucket/runs")

    assert asked == [82]
    assert not [path for path in read if path.endswith(".pt")]
    assert max(read.values()) == remote.HEAD_SIZE
    assert whole == ["/bucket/runs/long/metrics.csv"]


def test_more_than_twenty_thousand_files_are_no_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {f"a/{number}.csv": 1000 for number in range(20_500)}

    batches = list(remote._batches(sizes, 64 << 10))

    assert sum(map(len, batches)) == 20_500
    assert max(map(len, batches)) <= 256
    assert [len(batch) for batch in remote._batches({"a": 40 << 20, "b": 40 << 20, "c": 1}, None)] == [1, 2]


def test_too_many_bytes_are_refused_with_what_to_do(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MAX_REMOTE_BYTES", 1000)

    with pytest.raises(ReadError, match="mount the store"):
        runs_in("memory://bucket/runs")


def test_an_s3_store_on_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server_of = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    pytest.importorskip("s3fs")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": address})
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        for number in range(12):
            client.put_object(Bucket="bucket", Key=f"runs/r{number:02}/metrics.csv", Body=ROWS.encode())
        client.put_object(Bucket="bucket", Key="runs/long/metrics.csv", Body=LONG.encode())

        runs = runs_in("s3://bucket/runs")
    finally:
        server.stop()

    assert len(runs) == 13
    assert sum(len(run.series["train/loss"]) for run in runs) == 12 * 50 + 8000
