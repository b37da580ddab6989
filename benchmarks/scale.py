"""Many runs: an old state of logdoc against this one, one process against several, a first call against a second.

python benchmarks/scale.py --runs 400 --jobs 2
python benchmarks/scale.py --grow 20000

Runs are generated (CSV with a configuration, event files where torch is there); calls alternate, and what is quoted are
ratios of medians: wall time where processes share the work, CPU time of all processes elsewhere. `--grow` judges ever
more runs in one call each and prints time and memory for each number.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = (
    "import json, resource, sys, time\n"
    "from logdoc.cli import run\n"
    "start = time.perf_counter()\n"
    "code = run(sys.argv[2:])\n"
    "own = resource.getrusage(resource.RUSAGE_SELF)\n"
    "assert code in (0, 1, 3), code\n"
    "json.dump({'peak': own.ru_maxrss / 1024, 'wall': time.perf_counter() - start}, open(sys.argv[1], 'w'))\n"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one call took: wall and CPU seconds (of all its processes), peak MiB of the first process."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Print every comparison beside its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", default="6c22a2a", help="the commit to measure against")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of alternating calls")
    parser.add_argument("--grow", type=int, help="only: ever more runs, up to this many")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if arguments.grow:
            grow(place, arguments.grow, arguments.jobs)
            return
        runs = generated(place / "runs", arguments.runs)
        old = checkout(arguments.old, place / "old")
        compare(runs, old, place, arguments.jobs, arguments.rounds)


def compare(runs: Path, old: Path, place: Path, jobs: int, rounds: int) -> None:
    """Measure each of the targets in alternation."""
    count = sum(1 for _ in runs.glob("*/*"))
    taken: dict[str, list[Taken]] = {}
    for number in range(rounds):
        cache = place / f"cache{number}"
        report = str(place / "report.json")
        mine = (ROOT, "analyze", str(runs), "-q", "--no-config")
        for name, call, folder in (
            ("old", (old, "analyze", str(runs), "-q"), None),
            ("old with JSON", (old, "analyze", str(runs), "-q", "-o", report), None),
            ("one process", (*mine, "--no-cache", "--jobs", "1"), None),
            (f"{jobs} processes", (*mine, "--no-cache", "--jobs", str(jobs)), None),
            ("with JSON", (*mine, "--no-cache", "--jobs", "1", "-o", report), None),
            ("first call", (*mine, "--jobs", "1"), cache),
            ("second call", (*mine, "--jobs", "1"), cache),
        ):
            taken.setdefault(name, []).append(measured(call, place, folder))
            if name.endswith("JSON"):
                print(f"{name}: {Path(report).stat().st_size / count / 1000:.1f} kB of JSON a run")
        one_run(runs / "appended" / f"more{number}", count + number)
        taken.setdefault("one appended", []).append(measured((*mine, "--jobs", "1"), place, cache))
    for name, all_ in taken.items():
        wall, cpu, peak = (statistics.median(getattr(one, key) for one in all_) for key in ("wall", "cpu", "peak"))
        print(f"{name:16} wall {wall:7.2f} s, CPU {cpu:7.2f} s, peak {peak:6.0f} MiB")
    told = [
        (
            "processes: wall of one / of several",
            ratio(taken, "one process", f"{jobs} processes", "wall"),
            ">= 1.75 of 2",
        ),
        ("a run appended: CPU / that of the first call", ratio(taken, "one appended", "first call", "cpu"), "<= 1/30"),
        ("this build / old, one process, CPU", ratio(taken, "one process", "old", "cpu"), ""),
    ]
    for name, value, target in told:
        print(f"{name}: {value:.3f} {f'(target {target})' if target else ''}")


def ratio(taken: dict[str, list[Taken]], above: str, below: str, key: str) -> float:
    """Return the ratio of two medians."""
    top, bottom = (statistics.median(getattr(one, key) for one in taken[name]) for name in (above, below))
    return float(top / bottom)


def measured(call: Sequence[object], place: Path, cache: Path | None) -> Taken:
    """Run one call of one state of logdoc and return what it took."""
    root, *arguments = map(str, call)
    told = place / "told.json"
    kept = {} if cache is None else {"LOGDOC_CACHE_DIR": str(cache)}
    environment = {**os.environ, "PYTHONPATH": root, "LOGDOC_CACHE_DIR": str(place / "rules"), **kept}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-c", MEASURED, str(told), *arguments]
    subprocess.run(command, env=environment, cwd=root, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, json.loads(told.read_text())["peak"])


def grow(place: Path, most: int, jobs: int) -> None:
    """Judge ever more runs; time and memory a run must stay the same."""
    number, last = 100, (0, 0.0)
    while number <= most:
        runs = generated(place / "runs", number)
        report = str(place / "runs.jsonl")
        taken = measured(
            (ROOT, "analyze", str(runs), "-q", "--no-config", "--jobs", str(jobs), "-o", report), place, None
        )
        more = (taken.peak - last[1]) / (number - last[0]) * 1024
        print(
            f"{number:6,} runs: wall {taken.wall:8.1f} s ({taken.wall / number * 1000:5.1f} ms a run), CPU "
            f"{taken.cpu / number * 1000:5.1f} ms a run, peak {taken.peak:6.0f} MiB ({more:5.1f} KiB a further run)",
            flush=True,
        )
        last = (number, taken.peak)
        number = most if number < most < 3 * number else number * 3


def generated(root: Path, count: int) -> Path:
    """Return a folder of runs; those that are there stay."""
    for number in range(count):
        one_run(root / f"sweep{number // 50:04}" / f"run{number:06}", number)
    return root


def one_run(folder: Path, number: int) -> None:
    """Write one run: some overfit, some diverge, most are healthy."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    chance = random.Random(number)  # noqa: S311
    points, lr = chance.choice([200, 400, 1000]), chance.choice([1e-4, 3e-4, 1e-3, 1e-2])
    rises, spoilt = chance.random() < 0.25, chance.random() < 0.05
    rows = ["step,train/loss,val/loss,train/acc,val/acc,lr"]
    for t in range(points):
        left = math.exp(-t / (points / 6))
        loss = math.nan if spoilt and t > points // 2 else 0.2 + 2 * left + 0.03 * chance.gauss(0, 1)
        held = 0.3 + 2 * left + 0.04 * chance.gauss(0, 1) + (0.8 * t / points if rises else 0)
        rows.append(f"{t * 10},{loss:.5f},{held:.5f},{1 - 0.9 * left:.5f},{0.95 - 0.85 * left:.5f},{lr}")
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = {"lr": lr, "seed": number % 5, "batch_size": 64, "optimizer": "adam"}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    then = time.time() - 3600
    for path in folder.iterdir():
        os.utime(path, (then, then))


def checkout(commit: str, target: Path) -> Path:
    """Return the files of a commit in a folder."""
    made = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        archive.extractall(target, filter="data")
    return target


if __name__ == "__main__":
    main()
