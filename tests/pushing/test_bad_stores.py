"""A store of MLflow that is no server of MLflow, or may not be written, is told at once, in a sentence."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import logdoc
from logdoc.api.pushing import push
from logdoc.errors import RenderError

pytestmark = pytest.mark.filterwarnings("ignore")  # the client's, about its own use of other packages


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


ANSWERS = {
    "garbage": bytes(range(256)) * 8,
    "nothing": b"",
    "a page": http(b"<html>\x1b[31mlog in</html>"),
    "an error": http(b"", b"500 Broken"),
    "no entry": http(b"no\x1b]0;x\x07", b"401 Unauthorized"),
    "null": http(b"null"),
    "a list": http(b"[1, 2]"),
    "a text": http(b'"experiments"'),
    "another type": http(b'{"experiments": 5}'),
    "another type below": http(b'{"experiments": [{"experiment_id": {"a": 1}}]}'),
    "deep": http(b"[" * 100_000),
    "cut short": http(b'{"experiments": [')[:-4],
}


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Run a server that gives one answer to everything; yields its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(1 << 16)
                    connection.sendall(answer)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)


@pytest.fixture(scope="module")
def short() -> logdoc.Analysis:
    return logdoc.analyze({"step": [0, 1, 2], "loss": [3.0, 2.0, 1.0]})


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_server_that_answers_anything_is_told_in_a_sentence_without_the_password(
    kind: str, short: logdoc.Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    with answering(ANSWERS[kind]) as port, pytest.raises(RenderError, match="MLflow could not be written") as refused:
        push(short, mlflow=f"http://bob:hunter2zz@127.0.0.1:{port}")
    assert "hunter2zz" not in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert len(str(refused.value)) < 500


def test_a_server_that_is_not_there_is_asked_a_second_time_and_not_for_minutes(short: logdoc.Analysis) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.process_time()
    with pytest.raises(RenderError, match="MLflow could not be written"):
        push(short, mlflow=f"http://127.0.0.1:{port}")
    assert time.process_time() - begun < 20


def test_a_database_that_may_not_be_changed_is_refused_before_the_client_is_asked(
    short: logdoc.Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "mlflow.db"
    database.write_bytes(b"")
    database.chmod(0o444)
    allowed = os.access
    # Whoever runs the tests may write everything.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != database and allowed(path, mode))
    with pytest.raises(RenderError, match=r"mlflow\.db: it could not be written"):
        push(short, mlflow=f"sqlite:///{database}")
    assert database.read_bytes() == b""


@pytest.mark.parametrize("content", [b"no database at all, but a text" * 40, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_database_is_told_and_left_as_it_is(
    content: bytes, short: logdoc.Analysis, tmp_path: Path
) -> None:
    (tmp_path / "mlflow.db").write_bytes(content)
    with pytest.raises(RenderError, match="MLflow could not be written"):
        push(short, mlflow=f"sqlite:///{tmp_path}/mlflow.db")
    assert (tmp_path / "mlflow.db").read_bytes() == content
