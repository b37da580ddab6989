"""Workloads g to q of `ingest.py`: a CSV, a `.wandb` file, a trainer_state.json, an event file full of images, two
console logs, small CSVs, an MLflow store, a log of many keys, a wide CSV, many folders.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
from workloads import VERSION, event, field, simple, varint

HEADER = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK = 32_768


def make(name: str, folder: Path, scale: float) -> None:
    """Write one workload into a new folder."""
    folder.mkdir(parents=True)
    made = {"g": table, "h": history, "i": trainer_state, "j": images, "k": console, "l": restarting}
    made |= {"m": small_tables, "n": mlflow, "o": many_keys, "p": wide_table, "q": many_folders}
    made[name](folder, scale)


def table(folder: Path, scale: float) -> None:
    """1,000,000 rows of 20 columns, every tenth validation cell filled."""
    rows = int(1_000_000 * scale)
    random = np.random.default_rng(0)
    with (folder / "metrics.csv").open("w") as out:
        out.write("step," + ",".join(f"train/m{i}" for i in range(18)) + ",val/loss\n")
        for start in range(0, rows, 10_000):
            block = random.random((min(10_000, rows - start), 19))
            for i, line in enumerate(block.tolist()):
                step = start + i
                out.write(
                    f"{step}," + ",".join(map(repr, line[:18])) + (f",{line[18]!r}\n" if step % 10 == 0 else ",\n")
                )


def history(folder: Path, scale: float) -> None:
    """200,000 history rows of 25 keys, as wandb 0.31 writes them: the key in nested_key, the value as JSON."""
    random = np.random.default_rng(0)
    keys = [f"train/metric_{i:02}" for i in range(21)]
    out = bytearray(HEADER)
    for start in range(0, int(200_000 * scale), 1_000):
        block = random.random((1_000, len(keys))).tolist()
        for i, values in enumerate(block):
            step = start + i
            pairs = [
                *zip(keys, map(repr, values), strict=True),
                ("_step", str(step)),
                ("_timestamp", f"{1.7e9 + step / 10:.6f}"),
                ("_runtime", f"{step / 10}"),
            ]
            items = b"".join(field(1, field(2, key.encode()) + field(16, value.encode())) for key, value in pairs)
            _append(out, b"\x08" + varint(step + 1) + field(2, items))
    _append(out, b"\x08\x01" + field(18, b""))
    (folder / "run-bench.wandb").write_bytes(out)


def _append(out: bytearray, rest: bytes) -> None:
    first = True
    while True:
        room = BLOCK - len(out) % BLOCK
        if room < 7:
            out += bytes(room)
            continue
        piece, rest = rest[: room - 7], rest[room - 7 :]
        kind = (1 if not rest else 2) if first else (4 if not rest else 3)
        out += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
        first = False
        if not rest:
            return


def trainer_state(folder: Path, scale: float) -> None:
    """100,000 entries, every hundredth an evaluation, indented as Hugging Face's Trainer writes them."""
    rows = int(100_000 * scale)
    random = np.random.default_rng(0).random((rows, 3)).tolist()
    log: list[dict[str, float]] = []
    for i, (a, b, c) in enumerate(random, 1):
        log.append({"epoch": i / 1000, "grad_norm": a, "learning_rate": b / 1000, "loss": c, "step": i})
        if i % 100 == 0:
            log.append({"epoch": i / 1000, "eval_loss": a, "eval_runtime": b, "eval_samples_per_second": c, "step": i})
    document = {"best_metric": None, "epoch": 100.0, "global_step": rows, "log_history": log, "max_steps": rows}
    (folder / "trainer_state.json").write_text(json.dumps(document, indent=2, sort_keys=True))


def images(folder: Path, scale: float) -> None:
    """500 MB of images around 10,000 scalars."""
    count = int(10_000 * scale)
    blob = np.random.default_rng(0).integers(0, 256, 1_000_000, dtype=np.uint8).tobytes()
    with (folder / "events.out.tfevents.1700000000.host.1.0").open("wb") as out:
        out.write(VERSION)
        for step in range(count):
            out.write(event(1.7e9 + step, step, simple(b"train/loss", 1.0 / (step + 1))))
            if step % 20 == 0:
                image = b"\x08\x10\x10\x10\x18\x03" + field(4, blob)
                out.write(event(1.7e9 + step, step, field(1, field(1, b"pictures") + field(4, image))))


def console(folder: Path, scale: float) -> None:
    """A console log of 200,000 lines: a logger's front, a step and three measures, every hundredth line talk."""
    random = np.random.default_rng(0)
    with (folder / "train.log").open("w") as out:
        for step, noise in enumerate(random.random(int(200_000 * scale)).tolist()):
            front = (
                f"2024-03-0{1 + step % 9} {step // 3600 % 24:02}:{step // 60 % 60:02}:{step % 60:02},123 INFO train:"
            )
            if step % 100 == 99:
                out.write(f"{front} saved a checkpoint to runs/{step}.pt\n")
            else:
                loss = 8 / (1 + step / 9e3) + noise / 9
                out.write(f"{front} step {step} loss: {loss:.4f} lr: {3e-4:.3e} grad_norm: {noise + 0.5:.3f}\n")


def restarting(folder: Path, scale: float) -> None:
    """A console log of 300 epochs whose iteration starts again in each, 40 lines and an evaluation an epoch."""
    random = np.random.default_rng(0)
    with (folder / "train_log.txt").open("w") as out:
        for epoch in range(1, 1 + int(300 * scale)):
            for part, noise in enumerate(random.random(40).tolist(), 1):
                loss = 9 / (1 + epoch / 20) + noise
                out.write(
                    f"2024-03-01 10:00:00 | INFO | core.trainer:261 - epoch: {epoch}/300, iter: {10 * part}/400, "
                    f"mem: 4211Mb, iter_time: 0.201s, total_loss: {loss:.1f}, iou_loss: {loss / 3:.1f}, lr: 1.250e-03\n"
                )
            out.write(f"2024-03-01 10:00:09 | INFO | core.trainer:300 - Evaluation AP: {epoch / 600:.4f}\n")


def small_tables(folder: Path, scale: float) -> None:
    """100 folders with a CSV of 1,050 rows and 6 columns, 66 kB, in each."""
    random = np.random.default_rng(0)
    for run in range(max(2, int(100 * scale))):
        (folder / f"run{run:03}").mkdir()
        with (folder / f"run{run:03}" / "metrics.csv").open("w") as out:
            out.write("epoch,step,train_loss,val_loss,lr,acc\n")
            for step, row in enumerate(random.random((1_050, 4)).tolist()):
                out.write(f"{step // 100},{step}," + ",".join(f"{value:.10f}" for value in row) + "\n")


def mlflow(folder: Path, scale: float) -> None:
    """A run of 100 metrics of 10,000 points in an MLflow file store."""
    random = np.random.default_rng(0)
    run = folder / "mlruns" / "1" / ("a" * 32)
    for part in ("metrics", "params", "tags"):
        (run / part).mkdir(parents=True)
    (run / "meta.yaml").write_text("run_name: r\nstatus: 3\n")
    for metric in range(100):
        with (run / "metrics" / f"metric_{metric}").open("w") as out:
            for step, value in enumerate(random.random(int(10_000 * scale)).tolist()):
                out.write(f"{1_700_000_000_000 + 37 * step} {value!r} {step}\n")


def many_keys(folder: Path, scale: float) -> None:
    """JSON lines of 10,000 keys with 20 points each, a line for every point."""
    random = np.random.default_rng(0)
    with (folder / "log.jsonl").open("w") as out:
        for step in range(20):
            for key, value in enumerate(random.random(int(10_000 * scale)).tolist()):
                out.write(json.dumps({"step": step, f"layers/{key}/grad_norm": value}) + "\n")


def wide_table(folder: Path, scale: float) -> None:
    """A CSV of 100,000 columns and five rows."""
    columns = int(100_000 * scale)
    random = np.random.default_rng(0)
    with (folder / "metrics.csv").open("w") as out:
        out.write("step," + ",".join(f"m{i}" for i in range(columns - 1)) + "\n")
        for step in range(5):
            out.write(f"{step}," + ",".join(f"{value:.4f}" for value in random.random(columns - 1)) + "\n")


def many_folders(folder: Path, scale: float) -> None:
    """1,000 folders with a short CSV and a configuration each."""
    for run in range(max(2, int(1_000 * scale))):
        (folder / f"run{run:04}").mkdir()
        rows = "".join(f"{step},{1 / (1 + step)}\n" for step in range(50))
        (folder / f"run{run:04}" / "metrics.csv").write_text(f"step,loss\n{rows}")
        (folder / f"run{run:04}" / "config.json").write_text('{"lr": 0.1, "model": "x"}')
