"""Run the targets; see the package."""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from types import FrameType

from benchmarks.fuzzing import drawing, targets
from benchmarks.fuzzing.targets import Target

COUNT = 65_000
TARGETS = (
    Target("events", 17_000, targets.events),
    Target("wandb", 6_000, targets.wandb_file),
    Target("table", 3_000, targets.table),
    Target("jsonl", 3_000, targets.json_lines),
    Target("console", 1_500, targets.console),
    Target("documents", 3_000, targets.documents),
    Target("expressions", 14_000, targets.expressions),
    Target("escaping", 15_000, drawing.escaping),
    Target("secrets", 2_200, drawing.secrets),
    Target("report", 200, drawing.report),
    Target("whole", 100, targets.end_to_end),
)


def main() -> int:
    """Try every target; return 1 when an input failed."""
    asked = argparse.ArgumentParser(description="Damaged and hostile inputs by the thousand.")
    asked.add_argument("--count", type=int, default=COUNT, help="how many inputs in all")
    asked.add_argument("--seed", type=int, default=20)
    asked.add_argument("--only", nargs="+", choices=[one.name for one in TARGETS])
    asked.add_argument("--keep", type=Path, help="a folder for the inputs that failed")
    options = asked.parse_args()
    warnings.simplefilter("error")
    chosen = [one for one in TARGETS if options.only is None or one.name in options.only]
    whole = sum(one.share for one in chosen)
    failed = done = 0
    stopped = _stops()
    with TemporaryDirectory() as name:
        for target in chosen:
            count = max(1, options.count * target.share // whole)
            started = time.process_time()
            tried, wrong = _try(target, count, options.seed, Path(name), options.keep, stopped)
            taken = time.process_time() - started
            print(f"{target.name:12} {tried:>9,} inputs {taken:8.1f} s CPU {wrong:>4} failed", flush=True)
            failed, done = failed + wrong, done + tried
            if stopped.is_set():
                break
    print(f"{done:,} inputs, {failed} failed{', stopped before the end' * stopped.is_set()}")
    return int(failed > 0)


def _stops() -> Event:
    """Return what is set when the process is asked to end: a long run that is stopped still says how far it came."""
    stopped = Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def _try(target: Target, count: int, seed: int, folder: Path, keep: Path | None, stopped: Event) -> tuple[int, int]:
    wrong = 0
    for number in range(count):
        if stopped.is_set():
            return number, wrong
        chance = Random(f"{seed} {target.name} {number}")  # noqa: S311 - the same inputs for the same seed
        before = chance.getstate()
        try:
            tried, fault = target.tried(chance, folder)
        except Exception:
            chance.setstate(before)
            tried, fault = "", traceback.format_exc(limit=-4)
        if fault:
            wrong += 1
            if wrong <= 10:
                print(f"{target.name} {number} (seed {seed}): {fault}")
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                data = tried if isinstance(tried, bytes) else tried.encode("utf-8", "surrogatepass")
                (keep / f"{target.name}-{number}-{hashlib.sha256(data).hexdigest()[:8]}").write_bytes(data)
    return count, wrong


if __name__ == "__main__":
    sys.exit(main())
