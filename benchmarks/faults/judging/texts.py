"""The text that training loops print: a line an epoch, a line every so many steps, the style of the framework's
examples, and dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.faults.judging.runs import Run
from benchmarks.faults.judging.settings import namespace

ALONE = ("lr", "step_time", "data_time", "memory_mb", "loss_scale", "grad_norm")  # belong to neither split
HELD = ("val_", "test_")


def split_name(name: str, train: str, held: str) -> str:
    """Return the name of a signal in the pattern of its split; what belongs to neither keeps its name."""
    if name in ALONE or "/" in name:
        return name
    if name.startswith("val_"):
        return held.format(name.removeprefix("val_"))
    if name.startswith("test_"):
        return held.replace("val", "test").format(name.removeprefix("test_"))
    return train.format(name)


def printed(name: str, value: float) -> str:
    """Return a value as a format string of people's prints it."""
    if name.endswith("lr"):
        return f"{value:.2e}"
    if name in ("memory_mb", "loss_scale"):
        return f"{value:.0f}"
    return f"{value:.3e}" if abs(value) >= 1e6 else f"{value:.5f}"


def epochs(run: Run) -> Iterator[str]:
    """Yield a line a validation; what is logged more often is the mean since the line before."""
    ends, every = run.ends, float(run.config.get("eval_every_epochs", 1))
    total = int(run.config.get("epochs", len(ends)))
    yield f"training {run.config.get('model', 'model')} for {total} epochs"
    columns: dict[str, list[float]] = {}
    for name, (steps, values) in run.signals.items():
        if name.startswith("test_"):
            continue
        if name.startswith("val_"):
            columns[name] = values.tolist()
            continue
        edges = np.searchsorted(steps, ends, side="right")
        parts = np.split(values, edges)[:-1]
        last = name in ("lr", "memory_mb", "loss_scale")
        columns[split_name(name, "train_{}", "val_{}")] = [
            float(part[-1] if last else part.mean()) if len(part) else float("nan") for part in parts
        ]
    for i in range(len(ends)):
        said = [f"{name}: {printed(name, column[i])}" for name, column in columns.items() if i < len(column)]
        yield f"Epoch [{(i + 1) * every:g}/{total}] {'  '.join(said)}"
    yield from _tests(run)


def _tests(run: Run) -> Iterator[str]:
    """Yield what was measured when all was over."""
    said = [f"{n}: {printed(n, values[-1])}" for n, (_, values) in run.signals.items() if n.startswith("test_")]
    if said and run.over:
        yield "final evaluation  " + "  ".join(said)


def iterations(run: Run, *, stamped: bool) -> Iterator[str]:
    """Yield a line every so many steps, and one a validation, with or without the stamp of a logger."""
    for step, row in run.rows():
        head = f"{run.stamp(step)} [INFO] trainer: " if stamped else ""
        for begin, mine in (("", False), ("[eval] ", True)):
            said = [f"{n}={printed(n, v)}" for n, v in row.items() if n.startswith(HELD) == mine]
            if said:
                yield f"{head}{begin}step {step}/{run.planned} {' '.join(said)}"
    if run.over:
        yield f"{run.stamp(run.last)} [INFO] trainer: done" if stamped else "done"


def examples(run: Run) -> Iterator[str]:
    """Yield the settings, then lines in the style of the framework's examples."""
    yield namespace(run.config)
    batch, per = int(run.config.get("batch_size", 1)), run.per_pass
    for step, row in run.rows():
        own = {n: v for n, v in row.items() if not n.startswith(HELD)}
        if own:
            epoch, place = (step - 1) // per + 1, (step - 1) % per + 1
            said = [f"{WORDS.get(n, n.capitalize())}: {v:.6f}" for n, v in own.items()]
            yield f"Train Epoch: {epoch} [{place * batch}/{per * batch} ({100 * place / per:.0f}%)]\t" + "\t".join(said)
        for split, word in (("val_", "Validation"), ("test_", "Test")):
            held = {n.removeprefix(split): v for n, v in row.items() if n.startswith(split)}
            if held:
                said = [f"Average loss: {held.pop('loss'):.4f}"] if "loss" in held else []
                said += [f"{n.capitalize()}: {v:.4f}" for n, v in held.items()]
                yield f"\n{word} set: {', '.join(said)}\n"


WORDS = {"lr": "LR", "loss": "Loss", "grad_norm": "Grad norm", "step_time": "Time", "data_time": "Data"}


def history(run: Run) -> Iterator[dict[str, Any]]:
    """Yield what Hugging Face's trainer keeps of each call of its logger."""
    words = {"lr": "learning_rate"}
    batch = int(run.config.get("batch_size", 1))
    for step, row in run.rows():
        about = {"epoch": round(run.epoch(step), 4), "step": step}
        own = {words.get(n, n): float(f"{v:.6g}") for n, v in row.items() if not n.startswith(HELD)}
        held = {n.replace("val_", "eval_"): float(f"{v:.8g}") for n, v in row.items() if n.startswith(HELD)}
        if own:
            yield {**own, **about}
        if held:
            took = {"eval_runtime": 0.1, "eval_samples_per_second": 4000.0, "eval_steps_per_second": 4000.0 / batch}
            yield {**held, **took, **about}
    if run.over:
        took, mean = run.seconds(run.last), run.signals.get("loss")
        done: dict[str, Any] = {"train_loss": float(np.mean(mean[1]))} if mean else {}
        done |= {"train_runtime": round(took, 4), "train_steps_per_second": round(run.last / max(took, 1e-9), 3)}
        yield {**done, "epoch": round(run.epoch(run.last), 4), "step": run.last}


def dicts(run: Run) -> Iterator[str]:
    """Yield the dictionaries that the same trainer prints."""
    for row in history(run):
        yield repr({name: value for name, value in row.items() if name != "step"})
