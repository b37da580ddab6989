"""What other tools say about the same runs: ``python -m benchmarks.faults.judging.peers --python VENV/bin/python
[--part unseen] [--seeds 2]``.

The peers are installed from their packages into an environment of their own (``pip install runmedic trainspotter
trainproof losslint training-doctor pulseml``). Each gets the run in the form that suits it best: one table
with the columns
step, loss, val_loss, accuracy, val_accuracy, lr and grad_norm. runwise gives statistics for a reader to judge and no
verdict, so it has no line. The documented rules of SageMaker Debugger and AutoTrainer are re-implemented from their
published definitions. A peer names a fault when one of its findings at warning or above is of a kind that `MEANS` maps
to a cause that counts.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import say_all
from benchmarks.faults.judging.logs import signals_of
from benchmarks.faults.judging.score import loud, share, told
from benchmarks.faults.kit.case import Case
from benchmarks.faults.parts import CHOICES, chosen

Findings = list[tuple[str, bool]]  # kind, at warning or above
COLUMNS = ("loss", "val_loss", "accuracy", "val_accuracy", "lr", "grad_norm")
DOCTOR = """
import csv, json, sys
from training_doctor.doctor import Doctor
doctor, seen = Doctor(), {}
for row in csv.DictReader(open(sys.argv[1])):
    values = {k: float(v) for k, v in row.items() if v not in ("", None) and k != "step"}
    if "loss" in values:
        values["train_loss"] = values["loss"]
    for d in doctor.log(int(float(row["step"])), **values) or []:
        seen[f"{d.detector_name} {d.problem}"] = d.severity.value
for d in doctor.analyze() or []:
    seen[f"{d.detector_name} {d.problem}"] = d.severity.value
print(json.dumps(list(seen.items())))
"""
PULSE = """
import csv, json, sys
from pulse.pulse_detect import DetectionEngine
engine, seen, histories = DetectionEngine(), {}, {}
for row in csv.DictReader(open(sys.argv[1])):
    for name, text in row.items():
        if text not in ("", None) and name != "step":
            histories.setdefault(name, []).append(float(text))
    for found in engine.update(histories, step=int(float(row["step"])))["raised"]:
        seen[f"{found.check} {found.variable}"] = found.severity
print(json.dumps(list(seen.items())))
"""
MEANS: dict[str, tuple[str, ...]] = {
    "overfit": ("overfitting", "training-too-long"),
    "overtrain": ("overfitting", "training-too-long"),
    "diverge": ("lr-too-high", "gradient-exploding", "gradient-accumulating", "policy-step-too-large"),
    "non_finite": ("numeric-error", "lr-too-high", "gradient-exploding", "half-precision-overflow"),
    "nan": ("numeric-error", "lr-too-high", "gradient-exploding", "half-precision-overflow"),
    "finite": ("numeric-error", "lr-too-high", "gradient-exploding", "half-precision-overflow"),
    "explod": ("gradient-exploding", "lr-too-high", "gradient-accumulating"),
    "too_high": ("lr-too-high",),
    "too high": ("lr-too-high",),
    "too low": ("lr-too-low",),
    "too_low": ("lr-too-low",),
    "spike": ("bad-batch", "lr-too-high", "batch-too-small", "gradient-exploding"),
    "warmup": ("lr-too-high",),
    "lr_schedule": ("lr-too-high", "lr-schedule-missing", "lr-decay-too-fast"),
    "-lr": ("lr-too-high", "lr-too-low", "lr-decay-too-fast", "lr-schedule-missing"),
    "dead": (
        "optimizer-not-updating",
        "lr-too-low",
        "labels-wrong",
        "layers-frozen",
        "relu-dying",
        "init-poor",
        "gradient-vanishing",
    ),
    "flat": (
        "optimizer-not-updating",
        "lr-too-low",
        "labels-wrong",
        "relu-dying",
        "init-poor",
        "gradient-vanishing",
        "lr-schedule-missing",
    ),
    "plateau": (
        "optimizer-not-updating",
        "lr-too-low",
        "labels-wrong",
        "lr-schedule-missing",
        "capacity-too-low",
        "lr-decay-too-fast",
    ),
    "not_decreasing": (
        "optimizer-not-updating",
        "lr-too-low",
        "labels-wrong",
        "relu-dying",
        "init-poor",
        "lr-schedule-missing",
    ),
    "slow": ("lr-too-low", "optimizer-unsuited", "clip-too-low"),
    "oscillat": ("lr-too-high", "batch-too-small", "data-not-shuffled"),
    "instab": ("lr-too-high", "gradient-exploding", "bad-batch", "batch-too-small"),
    "nois": ("batch-too-small", "lr-too-high"),
    "no_learning": (
        "optimizer-not-updating",
        "lr-too-low",
        "labels-wrong",
        "relu-dying",
        "init-poor",
        "gradient-vanishing",
        "lr-schedule-missing",
    ),
    "explos": ("gradient-exploding", "lr-too-high", "gradient-accumulating"),
    "zero_grad": ("layers-frozen", "relu-dying", "optimizer-not-updating"),
    "val_below": ("data-leak", "regularisation-too-strong"),
    "vanish": ("gradient-vanishing", "activation-saturating"),
    "underfit": ("capacity-too-low", "regularisation-too-strong"),
    "throughput": ("input-pipeline-slow", "hardware-degraded"),
}


def table(case: Case, seed: int, path: Path) -> None:
    """Write one run as a table that every peer reads."""
    signals = signals_of(case, seed, layers=False)
    rename = {"train/loss": "loss", "train/learning_rate": "lr", "g_loss": "loss", "train/value_loss": "loss"}
    named = {rename.get(name, name): pair for name, pair in signals.items()}
    rows: dict[int, dict[str, float]] = {}
    for name in COLUMNS:
        if name in named:
            for step, value in zip(named[name][0].tolist(), named[name][1].tolist(), strict=True):
                rows.setdefault(step, {})[name] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *COLUMNS])
        writer.writerows(
            [step, *(f"{row[name]:.6g}" if name in row else "" for name in COLUMNS)]
            for step, row in sorted(rows.items())
        )


def _run(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except subprocess.TimeoutExpired:
        return ""


def _json(command: list[str]) -> object:
    try:
        return json.loads(_run(command))
    except ValueError:
        return None


def peers(python: Path) -> dict[str, Callable[[Path], Findings | None]]:
    """Return every peer as a function from a table to its findings; None when it gave no answer."""
    bin_ = python.parent

    def runmedic(path: Path) -> Findings | None:
        data = _json([str(bin_ / "runmedic"), "diagnose", str(path), "--json"])
        return (
            None
            if not isinstance(data, list)
            else [
                (str(f.get("check") or f.get("id")), f["severity"] in ("warning", "critical"))
                for r in data
                for f in r["findings"]
            ]
        )

    def trainspotter(path: Path) -> Findings | None:
        data = _json([str(bin_ / "trainspotter"), "analyze", str(path), "--output", "json"])
        return (
            None
            if not isinstance(data, dict)
            else [
                (f["detector"] + " " + f["title"].lower(), f["severity"] in ("warning", "error"))
                for f in data["findings"]
            ]
        )

    def trainproof(path: Path) -> Findings | None:
        data = _json([str(bin_ / "trainproof"), "doctor", str(path), "--json"])
        if not isinstance(data, dict):
            return None
        return [
            (f["id"].lower().replace("-", "_"), f["level"] in ("WARN", "FAIL"))
            for r in data["reports"]
            for f in r["findings"]
            if f["level"] not in ("PASS", "INFO")
        ]

    def losslint(path: Path) -> Findings | None:
        data = _json([str(bin_ / "losslint"), "check", str(path), "--format", "json"])
        return (
            None
            if not isinstance(data, dict)
            else [(f["check"], f["severity"] in ("warning", "error")) for f in data["findings"]]
        )

    def doctor(path: Path) -> Findings | None:
        data = _json([str(python), "-c", DOCTOR, str(path)])
        return (
            None
            if not isinstance(data, list)
            else [(str(name).lower(), severity in ("warning", "critical")) for name, severity in data]
        )

    def pulse(path: Path) -> Findings | None:
        data = _json([str(python), "-c", PULSE, str(path)])
        return (
            None
            if not isinstance(data, list)
            else [(str(name).lower(), severity in ("warning", "critical")) for name, severity in data]
        )

    return {
        "runmedic": runmedic,
        "trainspotter": trainspotter,
        "trainproof": trainproof,
        "losslint": losslint,
        "training-doctor": doctor,
        "pulseml's detectors": pulse,
        **PUBLISHED,
    }


def _columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(r[name]) for r in rows if r[name] != ""]) for name in COLUMNS}


def sagemaker(path: Path) -> Findings:
    """LossNotDecreasing (num_steps 10, diff_percent 0.1), Overfit (patience 1, ratio_threshold 0.1), Overtraining
    (patience 5), ExplodingTensor.
    """
    c = _columns(path)
    found: Findings = []
    loss, val = c["loss"], c["val_loss"]
    marks = loss[::10]
    if len(marks) > 1 and np.any(marks[1:] > marks[:-1] * (1 - 0.001)):
        found.append(("not_decreasing", True))
    if len(val) > 1:
        train = np.array([p.mean() for p in np.array_split(loss, len(val)) if len(p)])[: len(val)]
        if np.any((val[: len(train)] - train) / np.maximum(train, 1e-12) > 0.1):
            found.append(("overfit", True))
        since = len(val) - 1 - int(np.argmin(val))
        if since >= 5:
            found.append(("overtraining", True))
    if any(not np.isfinite(v).all() for v in c.values()):
        found.append(("non_finite", True))
    return found


def autotrainer(path: Path) -> Findings:
    """Oscillating loss, slow convergence and exploding gradient of AutoTrainer (Zhang et al.

    2021), on epochs of accuracy and loss.
    """
    c = _columns(path)
    found: Findings = []
    accuracy = c["accuracy"]
    epochs = (
        np.array([p.mean() for p in np.array_split(accuracy, max(1, len(c["val_loss"]))) if len(p)])
        if len(accuracy)
        else accuracy
    )
    if len(epochs) > 3:
        moves = np.diff(epochs)
        if np.mean((np.abs(moves) >= 0.03) & (np.sign(moves) != np.sign(np.roll(moves, 1)))) >= 0.3:
            found.append(("oscillating", True))
        if np.mean(np.abs(moves[:3])) < 0.01 and epochs[-1] <= 0.6:
            found.append(("slow", True))
    if any(not np.isfinite(v).all() for v in c.values()) or (len(c["grad_norm"]) and np.nanmax(c["grad_norm"]) > 1e4):
        found.append(("explod", True))
    return found


PUBLISHED: dict[str, Callable[[Path], Findings | None]] = {
    "SageMaker Debugger's rules": sagemaker,
    "AutoTrainer's rules": autotrainer,
}


def names(kind: str, case: Case) -> bool:
    """Whether a finding of this kind can mean the fault of this case."""
    return any(part in kind and set(causes) & set(case.causes) for part, causes in MEANS.items())


def logdoc_line(wanted: Sequence[tuple[str, int]]) -> str:
    """Return logdoc's line: it names a cause that counts when one of the causes that are worth acting on does."""
    said = say_all((name, seed, False, 1.0) for name, seed in wanted)
    faults, controls = [s for s in said if not CASES[s.case].healthy], [s for s in said if CASES[s.case].healthy]
    named = share(faults, lambda s: any(cause in CASES[s.case].causes for cause, _ in s.ranking[: s.told]))
    found, alarms = (share(runs, lambda s: bool(loud(s))) for runs in (faults, controls))
    return f"| logdoc | {found} | {named} | {alarms} | 0 |"


def main() -> None:
    """Ask every peer about every run of a part and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="the interpreter of the peers' environment")
    parser.add_argument("--part", "--half", choices=CHOICES, default="unseen")
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    cases_asked = chosen(options.part)
    wanted = [(name, seed) for name in cases_asked for seed in range(options.seeds)]
    work = Path(tempfile.mkdtemp())
    for name, seed in wanted:
        table(CASES[name], seed, work / f"{name}.{seed}.csv")
    print(
        "| tool | something at warning or above on a fault | names a cause that counts | alarms on healthy controls "
        "| no answer |\n|---|---|---|---|---|"
    )
    for peer, ask in peers(options.python).items():
        with ThreadPoolExecutor(3) as pool:
            said = list(pool.map(ask, [work / f"{name}.{seed}.csv" for name, seed in wanted]))
        faults = [(CASES[w[0]], s or []) for w, s in zip(wanted, said, strict=True) if not CASES[w[0]].healthy]
        controls = [s or [] for w, s in zip(wanted, said, strict=True) if CASES[w[0]].healthy]
        cases = len({case.name for case, _ in faults})
        loud = told(sum(any(bad for _, bad in s) for _, s in faults), len(faults), cases)
        named = told(sum(any(bad and names(kind, case) for kind, bad in s) for case, s in faults), len(faults), cases)
        alarms = told(sum(any(bad for _, bad in s) for s in controls), len(controls), len(cases_asked) - cases)
        mute = sum(s is None for s in said)
        print(f"| {peer} | {loud} | {named} | {alarms} | {mute} |")
        sys.stdout.flush()
        kinds = sorted({kind for s in said for kind, bad in s or [] if bad and not any(part in kind for part in MEANS)})
        if kinds:
            print(f"  not mapped: {kinds[:12]}", file=sys.stderr)
    print(logdoc_line(wanted))


if __name__ == "__main__":
    main()
