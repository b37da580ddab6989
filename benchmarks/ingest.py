"""Reading logs: logdoc beside tbparse, TensorBoard's EventAccumulator, a loop over protobuf messages and
TensorBoard's Rust data server.

    python benchmarks/ingest.py                        # workload a and a-irregular
    python benchmarks/ingest.py --only a b c d e f a-irregular --repeat 3
    python benchmarks/ingest.py --only g h i j         # CSV, .wandb, trainer_state.json, images, each beside its own
    peers
    python benchmarks/ingest.py --only k l m n o p q   # console, small CSVs, MLflow, many keys, a wide CSV, discovery
    python benchmarks/ingest.py --only d f --readers logdoc logdoc_older
    python benchmarks/ingest.py --scale 0.1            # a tenth of everything, for a first look

Every reader runs in a process of its own on the same files, by turns with the others; times are CPU seconds (of the
Rust server: wall) from the call to the last value in memory, imports apart, the median of `--repeat` runs. Growth is
the peak of the memory above what it was before the call.
Steps, values and wall times of logdoc are compared bit for bit with those of tbparse. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, os.environ.get("LOGDOC_BENCHMARK_BUILD") or str(Path(__file__).resolve().parent.parent))

import format_readers
import format_workloads
import workloads

BUILD = "LOGDOC_BENCHMARK_BUILD"  # a folder with another build of logdoc, which is then measured
READERS = ("logdoc", "tbparse", "accumulator", "protobuf", "rust", "rust_checked")
HISTOGRAMS = ("d",)
AGO = "_older"
SLOW = ("tbparse", "accumulator")
PEAK: dict[str, int] = {}


def read_logdoc(folder: Path) -> tuple[float, int]:
    """Our reader, every data CRC checked."""
    import pandas  # noqa: F401 - as the readers are imported when first used; imports are not what is measured

    import logdoc.readers.tensorboard  # noqa: F401
    from logdoc.readers import FORMATS, load

    for known in FORMATS:
        known.sniff(b"", "x")

    start = begun()
    runs = list(load([folder]))
    taken = time.process_time() - start
    return taken, sum(len(s) for run in runs for s in (*run.series.values(), *run.histograms.values()))


def begun() -> float:
    """Return the CPU seconds of this process so far; from now on its peak of memory is counted anew."""
    PEAK["before"] = status_of("self", "VmRSS")
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        PEAK.pop("before")  # not on every system
    return time.process_time()


def read_discover(folder: Path) -> tuple[float, int]:
    """Finding the logs, without reading them."""
    from logdoc.readers import discover

    discover(folder)
    start = begun()
    found = discover(folder)
    return time.process_time() - start, len(found.sources)


def read_tbparse(folder: Path) -> tuple[float, int]:
    """tbparse 0.0.9, as its users call it."""
    from tbparse import SummaryReader

    start = begun()
    reader = SummaryReader(
        str(folder), extra_columns={"wall_time", "dir_name"}, event_types={"scalars", "tensors", "histograms"}
    )
    rows = len(reader.scalars) + len(reader.tensors) + len(reader.histograms)
    return time.process_time() - start, rows


def read_accumulator(folder: Path) -> tuple[float, int]:
    """TensorBoard's EventAccumulator with nothing sampled away."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    start = begun()
    rows = 0
    for file in sorted(folder.rglob("*tfevents*")):
        loaded = EventAccumulator(str(file), size_guidance={"scalars": 0, "tensors": 0, "histograms": 0, "images": 0})
        loaded.Reload()
        tags = loaded.Tags()
        rows += sum(len(loaded.Scalars(tag)) for tag in tags["scalars"])
        rows += sum(len(loaded.Tensors(tag)) for tag in tags["tensors"]) + sum(
            len(loaded.Histograms(tag)) for tag in tags["histograms"]
        )
    return time.process_time() - start, rows


def read_protobuf(folder: Path) -> tuple[float, int]:
    """A plain loop over records, each parsed by the protobuf library; no checksum."""
    import struct

    from tensorboard.compat.proto.event_pb2 import Event

    start = begun()
    rows = 0
    for file in sorted(folder.rglob("*tfevents*")):
        data = file.read_bytes()
        at = 0
        while at + 12 <= len(data):
            (size,) = struct.unpack_from("<Q", data, at)
            message = Event.FromString(data[at + 12 : at + 12 + size])
            at += size + 16
            rows += sum(
                value.WhichOneof("value") in ("simple_value", "tensor", "histo") for value in message.summary.value
            )
    return time.process_time() - start, rows


def read_rust_checked(folder: Path) -> tuple[float, int]:
    """The Rust data server with the checksum of every record verified, as ours does."""
    return read_rust(folder, checksum=True)


def read_rust(folder: Path, *, checksum: bool = False) -> tuple[float, int]:
    """TensorBoard's Rust data server, from its start until it has loaded everything (it then serves what it read)."""
    import tensorboard_data_server

    binary = tensorboard_data_server.server_binary()
    start = time.perf_counter()
    command = [
        binary,
        f"--logdir={folder}",
        "--port=0",
        "--samples-per-plugin=scalars=all,tensors=all,histograms=all",
        *(["--checksum"] if checksum else []),
        "--reload=once",
        "--verbose",
    ]
    process = subprocess.Popen(
        [*command, "--die-after-stdin"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    seen = ""
    assert process.stderr is not None
    for line in process.stderr:
        seen += line
        if "Finished load cycle" in line:
            taken = time.perf_counter() - start
            PEAK["other"] = peak_of(process.pid)
            process.kill()
            process.wait()
            return taken, 0
    raise RuntimeError(f"the data server ended: {seen[-500:]}")


def child(reader: str, folder: Path) -> None:
    """Run one reader and print what it took as JSON."""
    read = globals().get(f"read_{reader}") or getattr(format_readers, f"read_{reader}")
    taken, rows = read(folder)
    peak = PEAK.get("other") or peak_of("self")
    print(json.dumps({"seconds": taken, "rows": rows, "peak": peak, "growth": peak - PEAK.get("before", peak)}))


def peak_of(process: int | str) -> int:
    """Return the peak resident memory of a process in bytes; unlike ru_maxrss it starts anew with the program."""
    return status_of(process, "VmHWM")


def status_of(process: int | str, name: str) -> int:
    """Return what the kernel says of a process, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) * 1024


def checked_out(commit: str, folder: Path) -> None:
    """Put the files of a commit of this repository into a folder."""
    root = Path(__file__).resolve().parent.parent
    packed = subprocess.run(["git", "-C", str(root), "archive", commit], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")


def measure(readers: tuple[str, ...], folder: Path, repeat: int, older: Path) -> dict[str, dict[str, float] | str]:
    """Return the medians of readers that run by turns, each time in a process of its own, or why there are none.

    A reader that ends in `OLDER`'s suffix is one of ours in the build that lies in the folder `older`.
    """
    results: dict[str, list[dict[str, float]]] = {reader: [] for reader in readers}
    failed: dict[str, str] = {}
    for turn in range(repeat):
        for reader in readers:
            if reader in failed or (turn and reader in SLOW):
                continue
            build = {BUILD: str(older), "PYTHONPATH": str(older)} if reader.endswith(AGO) else {}
            done = subprocess.run(
                [sys.executable, str(Path(__file__).resolve()), "--child", reader.removesuffix(AGO), str(folder)],
                capture_output=True,
                text=True,
                env={**os.environ, **build},
            )
            if done.returncode:
                failed[reader] = (done.stderr.strip().splitlines() or ["failed"])[-1][:120]
            else:
                results[reader].append(json.loads(done.stdout.splitlines()[-1]))
    return {
        reader: failed.get(reader) or {key: statistics.median(r[key] for r in found) for key in found[0]}
        for reader, found in results.items()
    }


def same(folder: Path) -> str:
    """Compare steps, values and wall times with those of tbparse, bit for bit."""
    import numpy as np
    from tbparse import SummaryReader

    from logdoc.readers import load

    runs = [run for run in load([folder]) if hasattr(run, "series")]
    frame = SummaryReader(str(folder), extra_columns={"wall_time"}, event_types={"scalars"}).scalars
    if len(runs) != 1 or frame.empty:
        return "not compared"
    for tag, rows in frame.groupby("tag", sort=False):
        series = runs[0].series[tag]
        rows = rows.sort_values("step", kind="stable")
        equal = np.array_equal(series.steps, rows["step"]) and np.array_equal(
            series.values, rows["value"], equal_nan=True
        )
        if not equal or series.times is None or not np.array_equal(series.times, rows["wall_time"]):
            return f"DIFFERENT at {tag}"
    return "equal bit for bit"


def main() -> None:
    """Make the workloads, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only",
        nargs="+",
        default=["a", "a-irregular"],
        choices=["a", "a-irregular", "b", "c", "d", "e", "f", *format_readers.PEERS],
    )
    parser.add_argument("--readers", nargs="+", default=list(READERS), choices=(*READERS, format_readers.OLDER))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--older", default="6c22a2a", help="commit of the older build")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    print("| workload | MB | reader | seconds | times logdoc's | peak MB | growth / file |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as beside:
        older = Path(beside)
        checked_out(options.older, older)
        compare(options, older)


def compare(options: argparse.Namespace, older: Path) -> None:
    """Measure every reader on every workload and print a row each; `older` holds another build of logdoc."""
    for name in options.only:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "logs"
            peers = format_readers.PEERS.get(name)
            (format_workloads if peers else workloads).make(name, folder, options.scale)
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            readers = (format_readers.OURS.get(name, "logdoc"), *peers) if peers else tuple(options.readers)
            measured = measure(readers, folder, options.repeat, older)
            ours = measured[readers[0]]
            for reader, found in measured.items():
                if isinstance(found, str):
                    print(f"| {name} | {size / 1e6:.0f} | {reader} | not measured: {found} | | | |")
                    continue
                ratio = f"{found['seconds'] / ours['seconds']:.1f}" if not isinstance(ours, str) else ""
                print(
                    f"| {name} | {size / 1e6:.0f} | {reader} | {found['seconds']:.2f} | {ratio} "
                    f"| {found['peak'] / 1e6:.0f} | {found['growth'] / size:.1f} |",
                    flush=True,
                )
            if not peers and name not in (*HISTOGRAMS, "f", "b") and "tbparse" in options.readers:
                print(f"| {name} | | values, steps, wall times against tbparse | {same(folder)} | | | |", flush=True)


if __name__ == "__main__":
    main()
