"""Writes a run as the seventh set keeps it where no tool does: lines of a loop of its own, a history in JSON, a table
of epochs, and progress bars; the configuration at the head of the log or in a file beside.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.faults.judging.runs import LAYERS, Run

SHORT = {
    "accuracy": "acc",
    "episode_return": "ret",
    "entropy": "ent",
    "grad_norm": "gnorm",
    "step_time": "time",
    "data_time": "data",
    "memory_mb": "mem",
}
HELD = ("val_", "test_")
LAST = ("lr", "memory_mb")


def apart(run: Run, folder: Path) -> Run:
    """Write what was measured of layers in a table of its own, and return the run without it."""
    layers = run.only(lambda name: name.startswith(LAYERS))
    if layers.signals:
        with (folder / "layers.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["step", *layers.signals])
            writer.writeheader()
            for step, row in layers.rows():
                writer.writerow({"step": step, **{name: f"{value:.6g}" for name, value in row.items()}})
    return run.only(lambda name: not name.startswith(LAYERS))


def passes(run: Run) -> list[dict[str, float]]:
    """Return a row a validation, training as means since the one before; a row a record where nothing is validated."""
    ends = run.ends
    if not len(ends):
        return [row for _, row in run.rows()]
    rows: list[dict[str, float]] = [{} for _ in ends]
    for name, (steps, values) in run.signals.items():
        if name.startswith("test_"):
            continue
        for i, part in enumerate(np.split(values, np.searchsorted(steps, ends, side="right"))[:-1]):
            if len(part):
                rows[i][name] = float(part[-1] if name in LAST or name.startswith("val_") else part.mean())
    return rows


def _tests(run: Run) -> dict[str, float]:
    return {name: float(values[-1]) for name, (_, values) in run.signals.items() if name.startswith("test_")}


def _short(name: str) -> str:
    return SHORT.get(name, name)


def _figure(name: str, value: float) -> str:
    if name in LAST and name != "lr":
        return f"{value:.0f}M"
    if name == "lr":
        return f"{value:.2e}"
    return f"{value:.4f}" if abs(value) < 1e5 else f"{value:.4e}"


def _home_lines(run: Run) -> Iterator[str]:
    """Yield what a loop of somebody's own prints."""
    yield f"[{run.stamp(0)[:-4]}] using device: cpu"
    yield f"config: {dict(run.config)!r}"
    total, ends = int(run.config.get("epochs", 0)), set(run.ends.tolist())
    number, best = 0, (float("inf"), 0)
    if ends:
        yield f"=== epoch 1/{total} ==="
    for step, row in run.rows():
        own = {n: v for n, v in row.items() if not n.startswith(HELD)}
        if own:
            unit = "iter" if ends else "step"
            yield f"  {unit} {step:5d} | " + " | ".join(f"{_short(n)} {_figure(n, v)}" for n, v in own.items())
        held = {n.removeprefix("val_"): v for n, v in row.items() if n.startswith("val_")}
        if held:
            number += 1
            best = min(best, (held["loss"], number))
            said = " ".join(f"{_short(n)} {_figure(n, v)}" for n, v in held.items())
            yield f"  >> valid: {said} (best {best[0]:.4f} @ epoch {best[1]})"
            if step != run.last and number < total:
                yield f"=== epoch {number + 1}/{total} ==="
    tests = _tests(run)
    if tests:
        yield "test: " + " ".join(f"{_short(n.removeprefix('test_'))} {_figure(n, v)}" for n, v in tests.items())
    if run.over:
        yield f"[{run.stamp(run.last)[:-4]}] finished"


def _home_text(run: Run, folder: Path) -> None:
    run = apart(run, folder)
    (folder / "stdout.log").write_text("\n".join(_home_lines(run)) + "\n", encoding="utf-8")


def _history_json(run: Run, folder: Path) -> None:
    run = apart(run, folder)
    rows = passes(run)
    names = list(dict.fromkeys(name for row in rows for name in row))
    history = {name: [float(f"{row[name]:.8g}") if name in row else None for row in rows] for name in names}
    (folder / "history.json").write_text(json.dumps(history) + "\n", encoding="utf-8")
    (folder / "args.json").write_text(json.dumps(dict(run.config), indent=2) + "\n", encoding="utf-8")
    if _tests(run):
        (folder / "test_results.json").write_text(json.dumps(dict(_tests(run).items())) + "\n", encoding="utf-8")


def _plain_csv(run: Run, folder: Path) -> None:
    run = apart(run, folder)
    rows = passes(run)
    names = list(dict.fromkeys(name for row in rows for name in row))
    own = (
        "lr",
        "grad_norm",
        "step_time",
        "data_time",
        "memory_mb",
        "episode_return",
        "policy_loss",
        "value_loss",
        "entropy",
    )
    called = {n: n if n.startswith("val_") or n in own or not len(run.ends) else f"train_{n}" for n in names}
    tests = _tests(run)
    with (folder / "log.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch" if len(run.ends) else "iteration", *called.values(), *tests])
        for i, row in enumerate(rows):
            end = [f"{v:.5f}" if i == len(rows) - 1 else "" for v in tests.values()]
            writer.writerow([i + 1, *(f"{row[n]:.6g}" if n in row else "" for n in names), *end])
    with (folder / "hparams.yaml").open("w", encoding="utf-8") as file:
        yaml.safe_dump(dict(run.config), file, sort_keys=False)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _bar_lines(run: Run) -> Iterator[str]:
    """Yield what a file holds that progress bars were sent to: states of a bar parted by carriage returns."""
    yield f"Namespace({', '.join(f'{name}={value!r}' for name, value in run.config.items())})\n"
    per, total = run.per_pass or max(1, run.last), int(run.config.get("epochs", run.config.get("iterations", 1)))
    number, began = 1, 0.0
    for step, row in run.rows():
        own = {n: v for n, v in row.items() if not n.startswith(HELD)}
        if own:
            at = (step - 1) % per + 1
            done, took = at / per, run.seconds(step) - began
            full = int(10 * done)
            tail = ", ".join(f"{_short(n)}={v:.3g}" if n != "lr" else f"lr={v:.2e}" for n, v in own.items())
            speed = at / max(took, 1e-6)
            left = _clock((per - at) / speed)
            unit = f"Epoch {(step - 1) // per + 1}/{total}" if len(run.ends) else "training"
            bar = "█" * full + " " * (10 - full)
            yield f"\r{unit}: {100 * done:3.0f}%|{bar}| {at}/{per} [{_clock(took)}<{left}, {speed:5.2f}it/s, {tail}]"
        held = {n: v for n, v in row.items() if n.startswith("val_")}
        if held:
            said = ", ".join(f"val_{_short(n.removeprefix('val_'))}={_figure(n, v)}" for n, v in held.items())
            yield f"\nepoch {number}: {said}\n"
            number, began = number + 1, run.seconds(step)
    tests = _tests(run)
    yield "\n"
    if tests:
        yield "test: " + ", ".join(f"{n}={_figure(n, v)}" for n, v in tests.items()) + "\n"


def _bar_text(run: Run, folder: Path) -> None:
    run = apart(run, folder)
    (folder / "train.out").write_text("".join(_bar_lines(run)), encoding="utf-8", newline="")


HOMES: dict[str, Callable[[Run, Path], Any]] = {
    "home-text": _home_text,
    "history-json": _history_json,
    "plain-csv": _plain_csv,
    "bar-text": _bar_text,
}
