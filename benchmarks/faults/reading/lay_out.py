"""Lays out runs for a reader: ``python -m benchmarks.faults.reading.lay_out FOLDER --key KEY [--part known] [--runs 60]
[--layers] [--seed 0]``.

FOLDER gets a numbered folder a run and ``README.md`` with the task; KEY, which must lie outside of it, holds which run
is which. Runs are drawn at random over kinds of fault, one in four is healthy. Only runs that are trained are drawn.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging import train
from benchmarks.faults.judging.logs import in_file, signals_of, write
from benchmarks.faults.kit.case import HABITS_OF
from benchmarks.faults.parts import CHOICES, chosen
from benchmarks.faults.reading.sheets import pictures, sheet, task

HEALTHY = 0.25  # share of the runs
HIDDEN = ("seed",)  # settings that would let runs of the same case be recognised


@dataclass(frozen=True)
class Laid:
    """One run as it was laid out."""

    case: str
    seed: int
    layers: bool


def drawn(names: Sequence[str], runs: int, seed: int) -> list[tuple[str, int]]:
    """Return cases and the seeds of their training, at most one run a case, kinds of fault in turn.

    Args:
        names: cases to draw from; those that are not trained are left out.
        runs: how many.
        seed: of the draw.
    """
    dice = random.Random(seed)  # noqa: S311 - a draw of runs that is to come out alike
    trained: dict[str, list[int]] = defaultdict(list)
    for path in sorted(train.CACHE.glob("*.npz")):
        name, _, number = path.stem.rpartition(".")
        if number.isdecimal():
            trained[name].append(int(number))
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if trained[name]:
            kinds["" if CASES[name].healthy else CASES[name].fault].append(name)
    for mine in kinds.values():
        dice.shuffle(mine)
    healthy = kinds.pop("", [])[: round(HEALTHY * runs)]
    faults: list[str] = []
    while len(faults) < runs - len(healthy) and any(kinds.values()):
        for fault in sorted(kinds):
            faults += kinds[fault][:1]
            kinds[fault] = kinds[fault][1:]
    made = [(name, dice.choice(trained[name])) for name in [*healthy, *faults[: runs - len(healthy)]]]
    dice.shuffle(made)
    return made


def lay_out(folder: Path, wanted: Sequence[tuple[str, int]], *, layers: bool) -> dict[str, Laid]:
    """Write the runs into an empty folder and return which is which.

    Raises:
        FileExistsError: the folder is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: what lies there would be taken for runs")
    (folder / "README.md").write_text(task(), encoding="utf-8")
    key: dict[str, Laid] = {}
    for number, (name, seed) in enumerate(wanted, start=1):
        label = f"{number:04d}"
        place = folder / label
        write(CASES[name], seed, place, layers=layers)
        config = {k: v for k, v in CASES[name].config.items() if k not in HIDDEN}
        if CASES[name].origin not in HABITS_OF:  # those write their settings in other files, which stay as they are
            (place / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        signals = in_file(CASES[name], signals_of(CASES[name], seed, layers=layers), layers=layers)
        (place / "sheet.md").write_text(sheet(signals, config), encoding="utf-8")
        (place / "curves.html").write_text(pictures(signals), encoding="utf-8")
        key[label] = Laid(name, seed, layers)
    return key


def main() -> int:
    """Draw, lay out, and write the key."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="where the answers to the riddle go")
    parser.add_argument("--part", choices=CHOICES, default="known")
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--layers", action="store_true", help="with what was measured per layer")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    options = parser.parse_args()
    if options.folder.resolve() in options.key.resolve().parents:
        parser.error(f"{options.key} lies in the reader's folder; keep the key elsewhere")
    wanted = drawn(chosen(options.part), options.runs, options.seed)
    if not wanted:
        parser.error(f"no run of {options.part!r} is trained: python -m benchmarks.faults.judging.train")
    key = lay_out(options.folder, wanted, layers=options.layers)
    text = json.dumps({label: asdict(laid) for label, laid in key.items()}, indent=1)
    options.key.write_text(text + "\n", encoding="utf-8")
    print(f"{len(key)} runs in {options.folder}; give a reader that folder and nothing else")
    return 0


if __name__ == "__main__":
    sys.exit(main())
