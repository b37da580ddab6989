"""Peers for workloads g to q of `ingest.py`.

Each returns the seconds from the call to the last value in memory, and how many values it got.
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

PEERS = {"g": ("pandas",), "h": ("wandb_scan", "wandb_protobuf"), "i": ("json_load",), "j": ("bytes",)}
CONSOLES = ("k", "l")
OLDER = "logdoc_older"  # an older build of logdoc, run from its own folder
PEERS |= dict.fromkeys(CONSOLES, ("regex_loop", OLDER))
PEERS |= {"m": ("pandas_each", OLDER), "n": (OLDER,), "o": (OLDER,), "p": (OLDER,), "q": ("walk", "discover_older")}
PEERS["h"] += (OLDER,)
OURS = {"q": "discover"}


def read_pandas(folder: Path) -> tuple[float, int]:
    """pandas' C engine; it does not tell a logged NaN from a hole."""
    import pandas as pd

    path = next(folder.glob("*.csv"))
    start = time.process_time()
    frame = pd.read_csv(path)
    return time.process_time() - start, int(frame.notna().sum().sum())


def read_pandas_each(folder: Path) -> tuple[float, int]:
    """pandas' C engine on each of many tables, after a first one."""
    import pandas as pd

    paths = sorted(folder.rglob("*.csv"))
    pd.read_csv(paths[0])
    start = time.process_time()
    cells = sum(int(pd.read_csv(path).size) for path in paths)
    return time.process_time() - start, cells


def read_walk(folder: Path) -> tuple[float, int]:
    """os.walk and a stat of every file."""
    start = time.process_time()
    count = sum(Path(root, name).stat().st_size >= 0 for root, _, names in os.walk(folder) for name in names)
    return time.process_time() - start, count


def read_wandb_scan(folder: Path) -> tuple[float, int]:
    """wandb's own scan: its DataStore (in versions that have one), its protobuf messages, its JSON texts."""
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.internal.datastore import DataStore

    path = next(folder.glob("*.wandb"))
    start = time.process_time()
    store = DataStore()
    store.open_for_scan(str(path))
    columns: dict[str, list[float]] = {}
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        for item in record.history.item:
            columns.setdefault(item.key or ".".join(item.nested_key), []).append(json.loads(item.value_json))
    return time.process_time() - start, sum(map(len, columns.values()))


def read_wandb_protobuf(folder: Path) -> tuple[float, int]:
    """A loop over frames of our own and wandb's protobuf messages."""
    from wandb.proto import wandb_internal_pb2

    from logdoc.readers.wandb.framing import read_records

    path = next(folder.glob("*.wandb"))
    start = time.process_time()
    columns: dict[str, list[float]] = {}
    for data in read_records(path.read_bytes()).payloads:
        record = wandb_internal_pb2.Record.FromString(data)
        for item in record.history.item:
            columns.setdefault(item.key or ".".join(item.nested_key), []).append(json.loads(item.value_json))
    return time.process_time() - start, sum(map(len, columns.values()))


def read_json_load(folder: Path) -> tuple[float, int]:
    """json.load alone, without making curves of what it returns."""
    path = next(folder.glob("*.json"))
    start = time.process_time()
    with path.open() as stream:
        document = json.load(stream)
    return time.process_time() - start, sum(map(len, document["log_history"]))


def read_regex_loop(folder: Path) -> tuple[float, int]:
    """A loop with one regular expression that knows the names in advance; its steps are those printed, not joined."""
    path = next(folder.iterdir())
    pair = re.compile(r"(step|Iter|loss|lr|grad_norm|total_loss|iou_loss)[: ]+([-+.\deE]+)")
    start = time.process_time()
    columns: dict[str, list[float]] = {}
    with path.open() as stream:
        for line in stream:
            for name, value in pair.findall(line):
                columns.setdefault(name, []).append(float(value))
    return time.process_time() - start, sum(map(len, columns.values()))


def read_bytes(folder: Path) -> tuple[float, int]:
    """Reading the bytes of the file into memory."""
    path = next(folder.iterdir())
    start = time.process_time()
    size = len(path.read_bytes())
    return time.process_time() - start, size
