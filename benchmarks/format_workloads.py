"""Workloads g to l of `ingest.py`: a CSV, a `.wandb` file, a trainer_state.json, an event file full of images and two
console logs.
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
    {"g": table, "h": history, "i": trainer_state, "j": images, "k": console, "l": restarting}[name](folder, scale)


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
