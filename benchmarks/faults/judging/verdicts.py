"""Proves that a change of words or rooms changes no judgement: what is said of every trained run, as JSON lines, and
the difference of two such files.

    python -m benchmarks.faults.judging.verdicts -o new.jsonl
    python -m benchmarks.faults.judging.verdicts -o old.jsonl --logdoc ../another-checkout
    python -m benchmarks.faults.judging.verdicts --compare old.jsonl new.jsonl

With `--logdoc` the package and the rules of another checkout judge the same runs; logs, cases and code of the benchmark
are those of this one. Each line is a run, once with layer statistics and once from scalars only: its verdict, the
findings that fire with their severity, the causes with their probabilities in order, and those that are merely
possible. `--compare` exits with 1 when anything differs; of the unseen parts it tells how many runs differ and in what,
never which.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

Key = tuple[str, int, bool]  # case, seed, with layer statistics
Line = dict[str, Any]
DIGITS = 9  # of probabilities: sums in another order differ from the sixteenth on


def trained(part: str) -> list[Key]:
    """Return every run of a part that lies in the cache, in the order of the cases."""
    from benchmarks.faults.judging.train import CACHE
    from benchmarks.faults.parts import chosen

    seeds: dict[str, list[int]] = {}
    for path in CACHE.glob("*.npz"):
        name, _, seed = path.stem.rpartition(".")
        if seed.isdecimal():  # what is being written has another ending
            seeds.setdefault(name, []).append(int(seed))
    return [
        (name, seed, layers)
        for name in chosen(part)
        for seed in sorted(seeds.get(name, ()))
        for layers in (True, False)
    ]


def line_of(key: Key) -> Line:
    """Return what is said of one run."""
    from benchmarks.faults.judging.judge import analysis_of

    name, seed, layers = key
    analysis = analysis_of(name, seed, layers)
    if analysis is None:
        raise SystemExit(f"{name}.{seed}: nothing in it was taken for a training")
    return {
        "case": name,
        "seed": seed,
        "layers": layers,
        "verdict": analysis.verdict,
        "findings": [[f.id, f.severity] for f in analysis.findings if f.status == "fires"],
        "causes": [[c.id, round(c.probability, DIGITS)] for c in analysis.causes],
        "possible": [[c.id, round(c.probability, DIGITS)] for c in analysis.possible],
    }


def lines_of(keys: Sequence[Key], processes: int) -> Iterator[Line]:
    """Judge many runs, in their order."""
    if processes == 1:
        yield from map(line_of, keys)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(line_of, keys, chunksize=8)


def read(path: Path) -> dict[Key, Line]:
    """Return the lines of a file by run.

    Raises:
        SystemExit: a line is no such line.
    """
    made: dict[Key, Line] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            made[line["case"], line["seed"], line["layers"]] = line
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}:{number}: no line of this program ({error}); write the file again") from error
    return made


def differences(old: Mapping[Key, Line], new: Mapping[Key, Line]) -> dict[Key, list[str]]:
    """Return for every run that differs the fields that do; "missing" when only one file has it."""
    found: dict[Key, list[str]] = {}
    for key in sorted({*old, *new}):
        if key not in old or key not in new:
            found[key] = ["missing"]
            continue
        fields = [name for name in sorted({*old[key], *new[key]}) if old[key].get(name) != new[key].get(name)]
        if fields:
            found[key] = fields
    return found


def told(old: Mapping[Key, Line], new: Mapping[Key, Line]) -> list[str]:
    """Return the differences in words: run by run, and totals for the unseen parts."""
    from benchmarks.faults.parts import part_of

    part, found = part_of(), differences(old, new)
    lines: list[str] = []
    hidden: list[Key] = []
    for key, fields in found.items():
        name, seed, layers = key
        if name in part and part[name].unseen:
            hidden.append(key)
            continue
        for field in fields:
            before, after = (("absent" if key not in side else side[key].get(field, "present")) for side in (old, new))
            signals = "with layers" if layers else "scalars"
            lines.append(f"{name}.{seed} {signals}: {field}: {before} -> {after}")
    if hidden:
        kinds = Counter(field for key in hidden for field in found[key])
        lines.append(f"unseen parts: {len(hidden)} runs differ, not listed: {dict(sorted(kinds.items()))}")
    return lines


def dump(options: argparse.Namespace) -> None:
    """Judge what is trained and write the lines."""
    if options.logdoc:
        sys.path.insert(0, str(options.logdoc.resolve()))
    import logdoc

    home = Path(logdoc.__file__).resolve().parents[1]
    if options.logdoc and home != options.logdoc.resolve():
        raise SystemExit(f"{options.logdoc} holds no package logdoc: the one of {home} would judge")
    keys = trained(options.part)
    if not keys:
        raise SystemExit(f"no run of {options.part!r} is trained: python -m benchmarks.faults.judging.train")
    with options.output.open("w", encoding="utf-8") as file:
        for line in lines_of(keys, options.processes):
            file.write(json.dumps(line) + "\n")
    print(f"{len(keys)} judgements of {len({key[:2] for key in keys})} runs by {home}")


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, help="where the lines go")
    parser.add_argument("--logdoc", type=Path, help="the root of another checkout, whose package and rules judge")
    parser.add_argument("--part", default="all", help="a part of the benchmark, known, unseen or all (default)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("OLD", "NEW"))
    options = parser.parse_args()
    if not options.compare:
        if not options.output:
            parser.error("say where the lines go (-o FILE), or which files to compare")
        dump(options)
        return 0
    old, new = map(read, options.compare)
    lines = told(old, new)
    print("\n".join([*lines, f"{len(differences(old, new))} of {len({*old, *new})} judgements differ"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
