"""Many runs: an old state of logdoc against this one, one process against several, a first call against a second.

python benchmarks/scale.py                                  # all parts but grow
python benchmarks/scale.py --only jobs --runs 400 --jobs 2
python benchmarks/scale.py --only appended --runs 1000
python benchmarks/scale.py --only one json sign remote
python benchmarks/scale.py --grow 20000                     # or the numbers themselves: --grow 1000 4000 20000

Runs are generated; calls that are compared alternate, and what is quoted are ratios of medians: wall time where
processes share the work or wait for a store, CPU time (user and system) of all processes elsewhere. Parts:

one       a further run in one process: CPU of this build over that of the old one
jobs      mixed runs (table, JSON lines, event file, console) judged by one process and by several; equal reports
appended  a first call, one with nothing new, one with a run appended; equal reports
json      the JSON report alone: CPU and bytes a run, this build over the old one
sign      how long a person who looks at a terminal waits for the first word
remote    small runs in S3 (moto's server on this machine, every request held back 50 ms): reading them all, old and new
grow      ever more runs: time and memory for each number
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import pty
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import far_store
from scale_runs import generated, one_run

ROOT = Path(__file__).resolve().parent.parent
LATENCY = 0.05
MEASURED = (
    "import json, resource, sys, time\n"
    "from logdoc.cli import run\n"
    "start = time.perf_counter()\n"
    "code = run(sys.argv[2:])\n"
    "own = resource.getrusage(resource.RUSAGE_SELF)\n"
    "assert code in (0, 1, 3), code\n"
    "json.dump({'peak': own.ru_maxrss / 1024, 'wall': time.perf_counter() - start}, open(sys.argv[1], 'w'))\n"
)
JSON = (
    "import sys, time, logdoc\n"
    "from logdoc.report.jsonform import to_json\n"
    "analysis = logdoc.analyze(sys.argv[1])\n"
    "taken = []\n"
    "for _ in range(3):\n"
    "    start = time.process_time()\n"
    "    text = to_json(analysis)\n"
    "    taken.append(time.process_time() - start)\n"
    "print(sorted(taken)[1] / len(analysis.runs), len(text.encode()) / len(analysis.runs))\n"
)
READ = (
    "import sys, time\n"
    "import pandas, s3fs\n"  # imports are not what is measured
    "from logdoc.readers import load\n"
    "start = time.perf_counter()\n"
    "count = sum(hasattr(item, 'series') for item in load([sys.argv[1]]))\n"
    "print(time.perf_counter() - start, count)\n"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one call took: wall and CPU seconds (of all its processes), peak MiB of the first process."""

    wall: float
    cpu: float
    peak: float


@dataclass(slots=True)
class Bench:
    """Where a part works, and how much it does."""

    place: Path
    old: Path
    runs: int
    jobs: int
    rounds: int
    numbers: Sequence[int] = ()

    def mine(self, runs: Path, *more: str) -> list[object]:
        """Return a call of this build without a word on the terminal."""
        return [ROOT, "analyze", str(runs), "-q", "--no-config", "--fail-on", "never", *more]

    def folder(self, name: str, count: int, *, mixed: bool = False) -> Path:
        """Return a folder with so many runs."""
        return generated(self.place / name, count, mixed=mixed)


def one(bench: Bench) -> None:
    """What a further run costs in one process, old and new."""
    few, many = bench.folder("few", 20), bench.folder("one", max(120, min(bench.runs, 200)))
    more = sum(1 for _ in many.glob("*/*")) - 20
    old = ["-q", "--fail-on", "never"]
    taken = alternating(
        bench,
        {
            "old, few": ([bench.old, "analyze", str(few), *old], None),
            "old, many": ([bench.old, "analyze", str(many), *old], None),
            "new, few": (bench.mine(few, "--no-cache", "--jobs", "1"), None),
            "new, many": (bench.mine(many, "--no-cache", "--jobs", "1"), None),
        },
    )
    cost = {name: (median(taken, f"{name}, many") - median(taken, f"{name}, few")) / more for name in ("old", "new")}
    for name, seconds in cost.items():
        print(f"{name}: {seconds * 1000:.1f} ms CPU a further run")
    told("a further run, CPU, this build / old", cost["new"] / cost["old"], "<= 0.3 of judging alone")


def jobs(bench: Bench) -> None:
    """Mixed runs by one process and by several."""
    runs = bench.folder("mixed", bench.runs, mixed=True)
    reports = [bench.place / f"{name}.json" for name in ("alone", "together")]
    several = f"{bench.jobs} processes"
    taken = alternating(
        bench,
        {
            "one process": (bench.mine(runs, "--no-cache", "--jobs", "1", "-o", str(reports[0])), None),
            several: (bench.mine(runs, "--no-cache", "--jobs", str(bench.jobs), "-o", str(reports[1])), None),
        },
    )
    show(taken)
    told("wall of one process / of several", ratio(taken, "one process", several, "wall"), ">= 1.75 of 2")
    equal(*reports)


def appended(bench: Bench) -> None:
    """A first call, one with nothing new, one with a run appended."""
    runs = bench.folder("kept", bench.runs)
    cache = bench.place / "cache"
    taken: dict[str, list[Taken]] = {}
    call = bench.mine(runs, "--jobs", "1")
    taken["first call"] = [measured(call, bench.place, cache)]
    for number in range(bench.rounds):
        taken.setdefault("nothing new", []).append(measured(call, bench.place, cache))
        one_run(runs / "appended" / f"more{number}", bench.runs + number)
        taken.setdefault("one appended", []).append(measured(call, bench.place, cache))
    show(taken)
    told("one appended / first call, CPU", ratio(taken, "one appended", "first call"), "<= 1/30 = 0.033")
    reports = [bench.place / f"{name}.json" for name in ("warm", "cold")]
    measured([*call, "-o", str(reports[0])], bench.place, cache)
    measured([*bench.mine(runs, "--no-cache"), "-o", str(reports[1])], bench.place, None)
    equal(*reports)


def json_(bench: Bench) -> None:
    """The JSON report alone."""
    runs = bench.folder("json", min(bench.runs, 200))
    found: dict[str, list[list[float]]] = {"old": [], "new": []}
    for _ in range(bench.rounds):
        for name, root in (("old", bench.old), ("new", ROOT)):
            found[name].append([float(part) for part in printed(root, JSON, runs)])
    seconds, size = (
        {name: statistics.median(row[column] for row in rows) for name, rows in found.items()} for column in (0, 1)
    )
    for name in found:
        print(f"{name}: {seconds[name] * 1000:.2f} ms CPU and {size[name] / 1000:.1f} kB a run")
    told("JSON, CPU, this build / old", seconds["new"] / seconds["old"], "<= 0.25")
    told("JSON, bytes, this build / old", size["new"] / size["old"], "<= 0.33")


def sign(bench: Bench) -> None:
    """How long it takes to the first word on a terminal."""
    runs = bench.folder("kept", max(bench.runs, 1000))
    waits = []
    for _ in range(bench.rounds):
        environment = environment_of(ROOT, bench.place / "rules") | {"TERM": "xterm"}
        environment.pop("CI", None)
        ours, theirs = pty.openpty()
        start = time.perf_counter()
        command = [sys.executable, "-m", "logdoc", "analyze", str(runs), "--no-config", "--no-cache"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs)
        seen = b""
        while b"looking for logs" not in seen and b"reading" not in seen:
            seen += os.read(ours, 1 << 16)
        waits.append(time.perf_counter() - start)
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
    told("seconds to the first word on a terminal, wall", statistics.median(waits), "< 2")


def remote(bench: Bench) -> None:
    """Small runs in a store, each request held back; the old state with fewer of them, for it takes minutes."""
    few, many = bench.folder("far60", min(60, bench.runs)), bench.folder("far500", min(500, bench.runs))
    walls: dict[str, list[float]] = {"old": [], "new": [], "new, all": []}
    with far_store.far_store(LATENCY) as environment:
        for bucket, folder in (("few", few), ("many", many)):
            far_store.upload(folder, bucket, environment["DIRECT"])
        for _ in range(bench.rounds):
            for name, root, bucket in (("old", bench.old, "few"), ("new", ROOT, "few"), ("new, all", ROOT, "many")):
                wall, count = printed(root, READ, f"s3://{bucket}/", environment)
                walls[name].append(float(wall))
                print(f"{name}: {count} runs read in {float(wall):.1f} s", flush=True)
    wall = {name: statistics.median(found) for name, found in walls.items()}
    sizes = [sum(1 for _ in folder.glob("*/*")) for folder in (few, many)]
    scaled = wall["old"] / sizes[0] * sizes[1]
    told(f"{sizes[0]} runs, wall, old / this build", wall["old"] / wall["new"], "")
    told(f"{sizes[1]} runs, wall, old (from {sizes[0]}) / this build", scaled / wall["new, all"], ">= 5")


def grow(bench: Bench) -> None:
    """Judge ever more runs; time and memory a run must stay the same."""
    last = (0, 0.0)
    for number in bench.numbers:
        runs = bench.folder("grown", number)
        report = str(bench.place / "runs.jsonl")
        taken = measured(bench.mine(runs, "--no-cache", "--jobs", str(bench.jobs), "-o", report), bench.place, None)
        more = (taken.peak - last[1]) / (number - last[0]) * 1024
        print(
            f"{number:6,} runs: wall {taken.wall:8.1f} s ({taken.wall / number * 1000:5.1f} ms a run), CPU "
            f"{taken.cpu / number * 1000:5.1f} ms a run, peak {taken.peak:6.0f} MiB ({more:5.1f} KiB a further run)",
            flush=True,
        )
        last = (number, taken.peak)


def threefold(most: int) -> list[int]:
    """Return 100, 300, 900 and so on, and in the end the number itself."""
    numbers = [100]
    while numbers[-1] * 3 <= most:
        numbers.append(numbers[-1] * 3)
    return [*numbers, most] if numbers[-1] < most else numbers


PARTS: dict[str, Callable[[Bench], None]] = {
    "one": one,
    "jobs": jobs,
    "appended": appended,
    "json": json_,
    "sign": sign,
    "remote": remote,
    "grow": grow,
}


def main() -> None:
    """Print every chosen comparison beside its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts; by default all but grow")
    parser.add_argument("--old", default="6c22a2a", help="the commit to measure against")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="of alternating calls")
    parser.add_argument("--grow", type=int, nargs="+", help="only: ever more runs, up to this many or as given")
    arguments = parser.parse_args()
    names = ["grow"] if arguments.grow else arguments.only or [name for name in PARTS if name != "grow"]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        old = checkout(arguments.old, place / "old") if set(names) & {"one", "json", "remote"} else place
        numbers = arguments.grow or []
        numbers = threefold(numbers[0]) if len(numbers) == 1 else sorted(numbers)
        bench = Bench(place, old, arguments.runs, arguments.jobs, arguments.rounds, numbers)
        for name in names:
            print(f"\n{name}: {(PARTS[name].__doc__ or '').splitlines()[0]}", flush=True)
            start = time.perf_counter()
            PARTS[name](bench)
            print(f"({time.perf_counter() - start:.0f} s)", flush=True)


def alternating(bench: Bench, calls: Mapping[str, tuple[Sequence[object], Path | None]]) -> dict[str, list[Taken]]:
    """Make every call in turn, round after round."""
    taken: dict[str, list[Taken]] = {name: [] for name in calls}
    for _ in range(bench.rounds):
        for name, (call, cache) in calls.items():
            taken[name].append(measured(call, bench.place, cache))
    return taken


def show(taken: Mapping[str, Sequence[Taken]]) -> None:
    """Print the medians."""
    for name, all_ in taken.items():
        wall, cpu, peak = (statistics.median(getattr(one, key) for one in all_) for key in ("wall", "cpu", "peak"))
        print(f"{name:16} wall {wall:7.2f} s, CPU {cpu:7.2f} s, peak {peak:6.0f} MiB, {len(all_)} times", flush=True)


def told(what: str, value: float, target: str) -> None:
    """Print a figure beside its target."""
    print(f"{what}: {value:.3f}{f' (target {target})' if target else ''}", flush=True)


def equal(one: Path, other: Path) -> None:
    """Print whether two reports are the same to the byte."""
    print(f"reports equal to the byte: {one.read_bytes() == other.read_bytes()}", flush=True)


def median(taken: Mapping[str, Sequence[Taken]], name: str, key: str = "cpu") -> float:
    """Return the median of what the calls of a name took."""
    return float(statistics.median(getattr(one, key) for one in taken[name]))


def ratio(taken: Mapping[str, Sequence[Taken]], above: str, below: str, key: str = "cpu") -> float:
    """Return the ratio of two medians."""
    return median(taken, above, key) / median(taken, below, key)


def environment_of(root: Path, cache: Path) -> dict[str, str]:
    """Return the environment for a state of logdoc, with byte code of its own as an installed program has."""
    made = {**os.environ, "PYTHONPATH": str(root), "LOGDOC_CACHE_DIR": str(cache)}
    made.pop("PYTHONDONTWRITEBYTECODE", None)
    return made


def measured(call: Sequence[object], place: Path, cache: Path | None) -> Taken:
    """Run one call of one state of logdoc and return what it took."""
    root, *arguments = map(str, call)
    note = place / "told.json"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-c", MEASURED, str(note), *arguments]
    environment = environment_of(Path(root), cache or place / "rules")
    subprocess.run(command, env=environment, cwd=root, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, json.loads(note.read_text())["peak"])


def printed(root: Path, program: str, argument: object, environment: Mapping[str, str] | None = None) -> list[str]:
    """Run a small program against a state of logdoc and return the words that it prints last."""
    made = {**(environment or os.environ), "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", program, str(argument)]
    done = subprocess.run(command, env=made, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def checkout(commit: str, target: Path) -> Path:
    """Return the files of a commit in a folder."""
    made = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
    with contextlib.closing(tarfile.open(fileobj=io.BytesIO(made))) as archive:
        archive.extractall(target, filter="data")
    return target


if __name__ == "__main__":
    main()
