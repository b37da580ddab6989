"""A store for `scale.py`: moto's S3 server on this machine behind a proxy that holds back every request for a moment,
as a network would.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
_PIECE = 1 << 16


@contextlib.contextmanager
def far_store(latency: float) -> Iterator[dict[str, str]]:
    """Start server and proxy; give the environment in which s3fs finds them.

    Args:
        latency: seconds by which the proxy holds back each piece of a request, and each new connection.
    """
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        with _Proxy(port, latency) as proxy:
            yield {
                **os.environ,
                **CREDENTIALS,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}",
                "DIRECT": f"http://127.0.0.1:{port}",
            }
    finally:
        server.terminate()
        server.wait()


def upload(folder: Path, bucket: str, endpoint: str) -> None:
    """Put every file of a folder into a bucket, past the proxy."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - moto takes any
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=bucket)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client.put_object(Bucket=bucket, Key=path.relative_to(folder).as_posix(), Body=path.read_bytes())


class _Proxy:
    """Hands bytes on between clients and one port of this machine; requests a moment later."""

    def __init__(self, target: int, latency: float) -> None:
        self._target, self._latency = target, latency
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> _Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        time.sleep(self._latency)  # of the handshake
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        threading.Thread(target=_hand_on, args=(server, client, 0.0), daemon=True).start()
        _hand_on(client, server, self._latency)


def _hand_on(source: socket.socket, target: socket.socket, latency: float) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            if latency:
                time.sleep(latency)
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("moto's server did not start")
