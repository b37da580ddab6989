"""Trains small networks, healthy and faulty, and keeps their logs: ``python sample_logs/make.py [name ...]`` makes
all, or those named.

Needs torch and lightning (``pip install -e .[torch,dev]``); about half a minute on two CPU cores.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import faulty
import healthy
import torch
from catalogue import SAMPLES

HERE = Path(__file__).resolve().parent
RECIPES = (healthy, faulty)  # importing them fills SAMPLES
SEED = 20


def make(name: str) -> None:
    """Make one sample again, in place of the old one."""
    recipe, truth = SAMPLES[name]
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    torch.manual_seed(SEED)
    started = time.perf_counter()
    recipe(folder)
    truth.write(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{name:28s} {time.perf_counter() - started:6.1f} s {size / 1024:8.0f} KiB")


def main(names: list[str]) -> int:
    """Make the samples named, or all; return the exit code."""
    unknown = [name for name in names if name not in SAMPLES]
    if unknown:
        print(f"no sample named {', '.join(unknown)}; there are {', '.join(SAMPLES)}", file=sys.stderr)
        return 2
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    for name in names or SAMPLES:
        make(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
