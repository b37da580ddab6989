"""What `logdoc watch` tells of a run that is being written, and what it costs: ``python -m benchmarks.following
[--seconds 60] [--interval 2]``.

A writer appends a healthy run to a table for a minute, then rests for half of that, then goes on with NaN. The watch is
a process of its own. Printed are the alarms on the healthy part (none are right), the seconds between the first NaN and
its alarm (two looks, and the time to judge twice), and the share of one core that the watch took while the log grew and
at rest (at most 3 %). Every look at a log that grew reads that log whole again: its size is printed, and the share of a
core says what that costs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

MOST_AT_REST = 0.03  # of one core
MOST_LOOKS = 2
_JUDGING = 2.0  # seconds for both looks, on a machine that others use
_EVERY = 0.25  # seconds between two rows
_PATIENCE = 30.0  # seconds to wait for the alarm


class Watch:
    """A `logdoc watch` that runs, and the events that it told, each with the second at which it was."""

    def __init__(self, folder: Path, interval: float) -> None:
        self.events: list[tuple[float, dict[str, str]]] = []
        command = [sys.executable, "-m", "logdoc", "watch", str(folder), "--format", "jsonl", "--no-config"]
        self.process = subprocess.Popen(
            [*command, "--interval", str(interval), "--fail-on", "warning"], stdout=subprocess.PIPE, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append((time.monotonic(), json.loads(line)))

    def alarms(self) -> list[tuple[float, dict[str, str]]]:
        """Return the alarms so far."""
        return [one for one in self.events if one[1]["kind"] == "alarm"]

    def processor_seconds(self) -> float:
        """Return what it has used of the processors so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def share(self, seconds: float) -> float:
        """Wait, and return the share of one core that was used meanwhile."""
        begin, before = time.monotonic(), self.processor_seconds()
        time.sleep(seconds)
        return (self.processor_seconds() - before) / (time.monotonic() - begin)


def row(step: int, dice: random.Random) -> str:
    """Return a row of a healthy run."""
    loss = 0.4 + 1.9 * math.exp(-step / 60) + dice.gauss(0, 0.01)
    return f"{step},{loss:.5f},{loss + 0.05 + dice.gauss(0, 0.01):.5f}\n"


def write_for(log: Path, seconds: float) -> int:
    """Append healthy rows for so long; return how many."""
    dice = random.Random(3)  # noqa: S311 - noise, no secret
    step, end = 0, time.monotonic() + seconds
    with log.open("a") as file:
        while time.monotonic() < end:
            file.write(row(step, dice))
            file.flush()
            step += 1
            time.sleep(_EVERY)
    return step


def seconds_until_alarm(watch: Watch, log: Path, step: int) -> float:
    """Append rows of NaN until that is an alarm; return how long it took, infinity where none came."""
    begun = time.monotonic()
    known = len(watch.alarms())
    while len(watch.alarms()) == known and time.monotonic() < begun + _PATIENCE:
        with log.open("a") as file:
            file.write(f"{step},nan,nan\n")
        step += 1
        time.sleep(_EVERY)
    new = watch.alarms()[known:]
    return new[0][0] - begun if new else math.inf


def main() -> int:
    """Measure and print; exit code 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--interval", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "metrics.csv"
        log.write_text("epoch,loss,val_loss\n")
        watch = Watch(Path(place), options.interval)
        try:
            begin, before = time.monotonic(), watch.processor_seconds()
            steps = write_for(log, options.seconds)
            growing = (watch.processor_seconds() - before) / (time.monotonic() - begin)
            time.sleep(3 * options.interval)  # the last look at what was written
            healthy, size = len(watch.alarms()), log.stat().st_size
            rest = watch.share(options.seconds / 2)
            late = seconds_until_alarm(watch, log, steps)
            told = watch.alarms()[-1][1]["text"] if watch.alarms() else "nothing"
        finally:
            watch.process.terminate()
            watch.process.wait(30)
    print(f"{steps} rows, {size:,} bytes in {options.seconds:.0f} s, a look every {options.interval:g} s")
    print(f"alarms on the healthy part: {healthy}")
    print(f"NaN was an alarm after {late:.1f} s: {told[:100]}")
    print(f"share of a core: {growing:.1%} while the log grew, start of the program included, {rest:.2%} at rest")
    return int(healthy > 0 or late > MOST_LOOKS * options.interval + _JUDGING or rest > MOST_AT_REST)


if __name__ == "__main__":
    sys.exit(main())
