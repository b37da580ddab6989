"""How long does one small call take? An old state of logdoc against this one, and its peers; whole processes.

python benchmarks/startup.py --old 6c22a2a
python benchmarks/startup.py --peers

CPU seconds (user and system) and peak memory of each process as the operating system accounts them, in turn, so that
both see the same machine. What is quoted are the ratios of the medians. `--peers` installs the peers from the package
index into an environment of their own.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = {"trainproof": "doctor", "runmedic": "diagnose", "losslint": "check", "trainspotter": "analyze"}
EVENTS = "sample_logs/digits-cnn"
HELLO = (
    'import typer\napp = typer.Typer()\n@app.command()\ndef hello(name: str) -> None:\n    """Say hello."""\napp()\n'
)


@dataclass(slots=True)
class Taken:
    """What the runs of one command took: CPU seconds and peak MiB of each."""

    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Command:
    """A command by name, with the environment that it needs."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


def main() -> None:
    """Print a table of every comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", default="6c22a2a", help="the commit to measure against")
    parser.add_argument("--runs", type=int, default=7, help="counted runs of each command, after one that is not")
    parser.add_argument("--peers", action="store_true", help="install the peers and measure them on the table")
    parser.add_argument("--only", nargs="+", help="comparisons whose title has one of these words")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for title, commands in comparisons(chosen, scratch):
            if chosen.only and not any(word in title for word in chosen.only):
                continue
            show(title, measured(commands, chosen.runs))


def comparisons(chosen: argparse.Namespace, scratch: Path) -> Iterator[tuple[str, list[Command]]]:
    """Yield what is compared with what, the yardstick first."""
    old = checked_out(chosen.old, scratch / "old")
    (scratch / "run").mkdir()
    table = small_table(scratch / "run" / "run.csv")  # beside nothing else
    for title, arguments in (
        ("one small table, 500 rows", ["analyze", "-q", str(table)]),
        ("one small event file", ["analyze", "-q", "--fail-on", "never", str(ROOT / EVENTS)]),
    ):
        yield (
            title,
            [
                logdoc(chosen.old, old, scratch, arguments),
                logdoc("now", ROOT, scratch, arguments),
                logdoc("now, run judged anew", ROOT, scratch, [*arguments, "--no-cache"]),
                logdoc("now, nothing remembered", ROOT, scratch, arguments, LOGDOC_CACHE_DIR=""),
            ],
        )
    hello = scratch / "hello.py"
    hello.write_text(HELLO)
    yield (
        "--help",
        [
            Command("a typer program of one command", [sys.executable, str(hello), "--help"], cached(scratch, "hello")),
            logdoc("now", ROOT, scratch, ["--help"]),
        ],
    )
    if chosen.peers:
        yield (
            "one small table, peers",
            [logdoc("now", ROOT, scratch, ["analyze", "-q", str(table)]), *peers(scratch / "peers", table)],
        )


def logdoc(name: str, place: Path, scratch: Path, arguments: Sequence[str], **more: str) -> Command:
    """Return a call of the logdoc that lies in a folder, with its own byte code and cache."""
    environment = cached(scratch, place.name) | {
        "PYTHONPATH": str(place),
        "LOGDOC_CACHE_DIR": str(scratch / "cache"),
        **more,
    }
    return Command(name, [sys.executable, "-m", "logdoc", *arguments], environment, place)


def cached(scratch: Path, name: str) -> dict[str, str]:
    """Return an environment in which Python keeps byte code, as it does for an installed program."""
    return {"PYTHONPYCACHEPREFIX": str(scratch / f"code-{name}"), "PYTHONDONTWRITEBYTECODE": ""}


def checked_out(commit: str, folder: Path) -> Path:
    """Return a folder with the files of a commit."""
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def small_table(path: Path) -> Path:
    """Return a table of five curves, 500 points each."""
    chance = random.Random(0)  # noqa: S311 - a measuring program that imports little needs no more of memory itself
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "train/loss", "val/loss", "train/acc", "val/acc", "lr"])
        for i in range(500):
            left = math.exp(-i / 100)
            losses = [0.3 + 2 * left + chance.gauss(0, 0.05) for _ in range(2)]
            accuracies = [0.9 - 0.8 * left + chance.gauss(0, 0.01) for _ in range(2)]
            writer.writerow([i, *losses, *accuracies, 1e-3])
    return path


def peers(folder: Path, table: Path) -> list[Command]:
    """Install the peers, each in the newest version, and return their calls on the table."""
    venv.create(folder, with_pip=True)
    binaries = folder / "bin"
    subprocess.run([str(binaries / "pip"), "install", "-q", *PEERS], check=True)
    made = []
    for name, verb in PEERS.items():
        call = [str(binaries / name), verb, str(table)]
        done = subprocess.run(call, capture_output=True, text=True)
        if done.returncode not in (0, 1, 3):  # of what they found
            print(f"{name} is left out: {(done.stderr or done.stdout).strip()[-200:]}")
            continue
        made.append(Command(name, call))
    return made


def measured(commands: Sequence[Command], runs: int) -> dict[str, Taken]:
    """Run the commands in turn and return what each took; the first round is not counted."""
    taken = {command.name: Taken() for command in commands}
    for number in range(runs + 1):
        for command in commands:
            cpu, peak = once(command)
            if number:
                taken[command.name].cpu.append(cpu)
                taken[command.name].peak.append(peak)
    return taken


def once(command: Command) -> tuple[float, float]:
    """Run a command and return its CPU seconds and its peak memory in MiB."""
    environment = {**os.environ, **command.environment}
    if environment.get("PYTHONDONTWRITEBYTECODE") == "":
        del environment["PYTHONDONTWRITEBYTECODE"]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(command.arguments, stdout=silent, stderr=silent, env=environment, cwd=command.folder)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 2**20


def show(title: str, taken: Mapping[str, Taken]) -> None:
    """Print medians, and their ratios to the first."""
    print(f"\n{title}")
    first = next(iter(taken.values()))
    for name, one in taken.items():
        cpu, peak = statistics.median(one.cpu), statistics.median(one.peak)
        share, room = cpu / statistics.median(first.cpu), peak / statistics.median(first.peak)
        print(f"  {name:32} {cpu:6.3f} s CPU  {share:5.2f}   {peak:6.1f} MiB  {room:5.2f}")


if __name__ == "__main__":
    main()
