"""Trains every case with several seeds and keeps what was logged, one compressed file per run: ``python -m
benchmarks.faults.judging.train [--seeds N] [name ...]``.

The files lie in ``benchmarks/faults/cache``, or where the variable ``LOGDOC_FAULTS_CACHE`` says, so that two checkouts
can judge the same runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

CACHE = Path(os.environ.get("LOGDOC_FAULTS_CACHE") or Path(__file__).resolve().parents[1] / "cache")
SEEDS = 5


def make(name: str, seed: int) -> tuple[str, int, float]:
    """Train one run unless it is there, and return how long it took."""
    path = CACHE / f"{name}.{seed}.npz"
    if path.exists():
        return name, seed, 0.0
    import torch

    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    from benchmarks.faults.cases import CASES

    begun = time.perf_counter()
    logged = CASES[name].train(seed)
    columns: dict[str, np.ndarray] = {}
    for tag, (steps, values) in logged.items():
        columns[f"s:{tag}"] = np.asarray(steps, dtype=np.int32)
        columns[f"v:{tag}"] = np.asarray(values, dtype=np.float32)
    CACHE.mkdir(exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **columns)
    part.replace(path)
    return name, seed, time.perf_counter() - begun


def load(name: str, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return what a run logged: steps and values by name."""
    with np.load(CACHE / f"{name}.{seed}.npz") as file:
        return {
            key[2:]: (file[key].astype(np.int64), file[f"v:{key[2:]}"].astype(np.float64))
            for key in file.files
            if key.startswith("s:")
        }


def main() -> int:
    """Train what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    from benchmarks.faults.cases import CASES

    wanted = [(name, seed) for name in (options.names or CASES) for seed in range(options.seeds)]
    begun = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        for name, seed, took in pool.map(make, *zip(*wanted, strict=True)):
            if took > 20:
                print(f"{name} {seed}: {took:.1f} s", file=sys.stderr)
    size = sum(p.stat().st_size for p in CACHE.glob("*.npz")) / 1e6
    print(
        f"{len(wanted)} runs of {len({n for n, _ in wanted})} cases "
        f"in {time.perf_counter() - begun:.0f} s, {size:.0f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
