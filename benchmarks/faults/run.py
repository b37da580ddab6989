"""The whole benchmark in one command: trains what is missing, judges, scores, and writes RESULTS.md.

    python benchmarks/faults/run.py [--peers VENV/bin/python]

About 45 minutes on two cores, 31 of which train. With --peers the other tools are asked about the unseen parts as well
and their table goes below; they are installed with
``pip install runmedic trainspotter trainproof losslint training-doctor`` into an environment of their own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> None:
    """Run the parts one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="the interpreter of an environment with the peers")
    options = parser.parse_args()
    begun = time.perf_counter()
    for part in ("train", "tables"):
        subprocess.run([sys.executable, "-m", f"benchmarks.faults.judging.{part}"], check=True, cwd=ROOT)
        print(f"{part}: {(time.perf_counter() - begun) / 60:.0f} minutes since the start", flush=True)
    if options.peers:
        command = [sys.executable, "-m", "benchmarks.faults.judging.peers", "--python", str(options.peers.absolute())]
        told = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
        results = HERE / "RESULTS.md"
        about = "## Other tools on the blind part, scalars only\n\n"
        about += "Each peer gets a table with names that it knows; logdoc reads the log as it is.\n"
        text = results.read_text(encoding="utf-8")
        results.write_text(f"{text}\n{about}\n{told}", encoding="utf-8")
        print(f"{told}\npeers: {(time.perf_counter() - begun) / 60:.0f} minutes since the start")


if __name__ == "__main__":
    main()
