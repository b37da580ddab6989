"""Writes a run as two trainers print it: a table that grows by a row an epoch, and a line under each epoch's number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.judging.homes import apart, passes
from benchmarks.faults.judging.runs import Run
from benchmarks.faults.judging.settings import write_yaml

GRID = {"loss": "train_loss", "val_loss": "valid_loss"}
WIDTH = 15


def _grid_lines(run: Run) -> Iterator[str]:
    """Yield the table: training and validation loss, what else is validated, and how long the epoch took."""
    rows = passes(run)
    names = [n for n in dict.fromkeys(name for row in rows for name in row) if n in GRID or n.startswith("val_")]
    names.sort(key=lambda n: n not in GRID)
    heads = ["epoch", *(GRID.get(n, n.removeprefix("val_")) for n in names), "time"]
    yield "  ".join(head.ljust(WIDTH) for head in heads)
    ends, before = run.ends.tolist(), 0.0
    for i, row in enumerate(rows):
        until = run.seconds(ends[i])
        took = round(until - before)
        figures = [f"{row[n]:.6f}" if n in row else "" for n in names]
        yield "  ".join(cell.ljust(WIDTH) for cell in (str(i), *figures, f"{took // 60:02d}:{took % 60:02d}"))
        before = until


def _under_lines(run: Run) -> Iterator[str]:
    """Yield the number of each epoch and the line below it, which names training and validation."""
    total, per, before = int(run.config.get("epochs", 0)), run.per_pass, 0.0
    ends = run.ends.tolist()
    for i, row in enumerate(passes(run)):
        until = run.seconds(ends[i])
        figures = " - ".join(f"{n}: {v:.4f}" if abs(v) >= 1e-3 else f"{n}: {v:.4e}" for n, v in row.items())
        yield f"Epoch {i + 1}/{total}"
        yield f"{per}/{per} - {until - before:.0f}s - {1000 * (until - before) / per:.0f}ms/step - {figures}"
        before = until
    tests = {n.removeprefix("test_"): v for n, (_, (v, *_)) in run.signals.items() if n.startswith("test_")}
    if tests:
        yield f"{per}/{per} - 0s - " + " - ".join(f"{n}: {v:.4f}" for n, v in tests.items())


def write_grid(run: Run, folder: Path) -> None:
    """Write the table and the configuration beside it."""
    run = apart(run, folder)
    (folder / "output.txt").write_text("\n".join(_grid_lines(run)) + "\n", encoding="utf-8")
    write_yaml(dict(run.config), folder / "config.yaml")


def write_under(run: Run, folder: Path) -> None:
    """Write the lines of the epochs and the configuration beside them."""
    run = apart(run, folder)
    (folder / "nohup.out").write_text("\n".join(_under_lines(run)) + "\n", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(dict(run.config), indent=2) + "\n", encoding="utf-8")


PRINTS = {"grid-text": write_grid, "under-text": write_under}
