"""Logs of one training as different programs write them, epoch by epoch."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from logdoc.hook.eventfile import EventFile, event_path

Values = tuple[float, float]
Writer = Callable[[Path, list[Values]], Iterator[None]]


def healthy(count: int, seed: int = 0) -> list[Values]:
    dice = random.Random(seed)  # noqa: S311 - noise, no secret
    return [
        (
            0.4 + 1.9 * math.exp(-i / (count / 6)) + dice.gauss(0, 0.01),
            0.45 + 1.9 * math.exp(-i / (count / 6)) + dice.gauss(0, 0.01),
        )
        for i in range(count)
    ]


def csv(folder: Path, values: list[Values]) -> Iterator[None]:
    with (folder / "metrics.csv").open("w") as file:
        file.write("epoch,loss,val_loss\n")
        for i, (loss, val) in enumerate(values):
            row = f"{i},{loss:.6f},{val:.6f}\n"
            file.write(row[:-7])
            file.flush()
            yield  # in the middle of a row
            file.write(row[-7:])


def jsonl(folder: Path, values: list[Values]) -> Iterator[None]:
    with (folder / "log.jsonl").open("w") as file:
        for i, (loss, val) in enumerate(values):
            row = json.dumps({"epoch": i, "train_loss": loss, "val_loss": val}) + "\n"
            file.write(row[:-9])
            file.flush()
            yield
            file.write(row[-9:])


def console(folder: Path, values: list[Values]) -> Iterator[None]:
    with (folder / "train.log").open("w") as file:
        for i, (loss, val) in enumerate(values):
            row = f"Epoch {i:3d} | train_loss: {loss:.4f} | val_loss: {val:.4f}\n"
            file.write(row[:-6])
            file.flush()
            yield
            file.write(row[-6:])


def events(folder: Path, values: list[Values]) -> Iterator[None]:
    import numpy as np

    outside = folder.with_name(f"{folder.name}-whole")
    outside.mkdir()
    whole = EventFile(event_path(outside, 1.7e9), 1.7e9)
    written = next(outside.iterdir())
    target = folder / "run" / written.name
    target.parent.mkdir()
    for i, pair in enumerate(values):
        whole.scalars(i, 1.7e9 + i, ("train/loss", "val/loss"), np.array(pair))
        whole.flush()
        data = written.read_bytes()
        target.write_bytes(data[:-11])  # in the middle of a record
        yield
    whole.close()


def rewritten(folder: Path, values: list[Values]) -> Iterator[None]:
    """A document that is written anew, and cut where it is looked at every fifth time."""
    for i in range(1, len(values) + 1):
        text = json.dumps({"loss": [v[0] for v in values[:i]], "val_loss": [v[1] for v in values[:i]]})
        (folder / "history.json").write_text(text[: len(text) // 2] if i % 5 == 4 else text)
        yield


def trainer_state(folder: Path, values: list[Values]) -> Iterator[None]:
    history = []
    for i, (loss, val) in enumerate(values):
        history += [{"epoch": i, "step": 10 * i, "loss": loss}, {"epoch": i, "step": 10 * i, "eval_loss": val}]
        document = {"global_step": 10 * i, "max_steps": 10 * len(values), "log_history": history}
        (folder / "trainer_state.json").write_text(json.dumps(document))
        yield


def mlflow_files(folder: Path, values: list[Values]) -> Iterator[None]:
    run = folder / "mlruns" / "0" / ("a" * 32)
    (run / "metrics").mkdir(parents=True)
    (run / "params").mkdir()
    (run / "meta.yaml").write_text(f"run_id: {'a' * 32}\nrun_name: one\nstatus: 1\n")
    for i, (loss, val) in enumerate(values):
        for name, value in (("train_loss", loss), ("val_loss", val)):
            with (run / "metrics" / name).open("a") as file:
                file.write(f"{1700000000000 + 1000 * i} {value} {i}\n")
        yield


def trackio(folder: Path, values: list[Values]) -> Iterator[None]:
    base = sqlite3.connect(folder / "project.db")
    base.execute("pragma journal_mode=wal")
    base.execute(
        "create table metrics (id integer primary key, timestamp text, run_name text, step integer, metrics text)"
    )
    for i, (loss, val) in enumerate(values):
        base.execute(
            "insert into metrics (timestamp, run_name, step, metrics) values (?, ?, ?, ?)",
            (f"2026-01-01T00:{i // 60:02d}:{i % 60:02d}", "one", i, json.dumps({"train_loss": loss, "val_loss": val})),
        )
        base.commit()
        yield
    base.close()


WRITERS: dict[str, Writer] = {
    writer.__name__: writer for writer in (csv, jsonl, console, events, rewritten, trainer_state, mlflow_files, trackio)
}
