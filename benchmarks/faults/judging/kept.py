"""Writes a run as users keep it, for the sets that name these habits: text of loops of their own, the state of a
trainer, tables and events with the configuration in each tool's own file beside.

What the hook measured of layers lies in its own table beside a text, and among the rest where the log takes any name.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.faults.judging import texts
from benchmarks.faults.judging.runs import LAYERS, Run
from benchmarks.faults.judging.settings import trainer_words, write_hydra, write_offline, write_yaml

ROUND = "{:.6g}"


def write_kept(run: Run, folder: Path) -> None:
    """Write one run into an empty folder that exists."""
    habit = run.habit
    if habit in ("epochs-text", "namespace-text") and not len(run.ends):
        habit = "iterations-text"  # such a loop prints nothing before its first validation
    WRITERS[habit](run, folder)


def _layers_beside(run: Run, folder: Path) -> Run:
    """Write what was measured of layers as the hook does, and return the run without it."""
    layers = run.only(lambda name: name.startswith(LAYERS))
    if layers.signals:
        _table(layers, folder / "metrics.csv", ["step", *layers.signals])
    return run.only(lambda name: not name.startswith(LAYERS))


def _table(run: Run, path: Path, columns: list[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for step, row in run.rows():
            writer.writerow({"step": step, **{name: ROUND.format(value) for name, value in row.items()}})


def _epochs_text(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    (folder / "train.log").write_text("\n".join(texts.epochs(run)) + "\n", encoding="utf-8")
    write_yaml(run.config, folder / "config.yaml")


def _iterations_text(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    (folder / "train.log").write_text("\n".join(texts.iterations(run, stamped=True)) + "\n", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(run.config, indent=2) + "\n", encoding="utf-8")


def _namespace_text(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    (folder / "output.txt").write_text("\n".join(texts.examples(run)) + "\n", encoding="utf-8")


def _dicts_text(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    (folder / "train.log").write_text("\n".join(texts.dicts(run)) + "\n", encoding="utf-8")
    write_yaml(trainer_words(run.config), folder / "config.yaml")


def _offline(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    (folder / "output.log").write_text("\n".join(texts.iterations(run, stamped=False)) + "\n", encoding="utf-8")
    write_offline(run.config, folder)
    last = {name: values[-1] for name, (_, values) in run.signals.items()}
    summary = {**last, "_step": run.last, "_runtime": run.seconds(run.last), "_wandb": {"runtime": 0}}
    (folder / "wandb-summary.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")


def _trainer_state(run: Run, folder: Path) -> None:
    run = _layers_beside(run, folder)
    history = list(texts.history(run))
    state: dict[str, Any] = {
        "best_metric": None,
        "best_model_checkpoint": None,
        "epoch": run.epoch(run.last),
        "eval_steps": run.per_pass or 500,
        "global_step": run.last,
        "is_hyper_param_search": False,
        "is_local_process_zero": True,
        "is_world_process_zero": True,
        "log_history": history,
        "logging_steps": next((b["step"] - a["step"] for a, b in itertools.pairwise(history)), 10),
        "max_steps": run.planned,
        "num_input_tokens_seen": 0,
        "num_train_epochs": run.config.get("epochs", 1),
        "save_steps": 500,
        "stateful_callbacks": {},
        "total_flos": 0.0,
        "train_batch_size": run.config.get("batch_size", 1),
        "trial_name": None,
        "trial_params": None,
    }
    (folder / "trainer_state.json").write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
    arguments = json.dumps(trainer_words(run.config), indent=2)
    (folder / "training_args.json").write_text(arguments + "\n", encoding="utf-8")


def _hparams_csv(run: Run, folder: Path) -> None:
    """Lightning's table: a row a call of the logger, columns by name, and the settings in YAML."""
    rate = f"lr-{str(run.config.get('optimizer', 'adam')).replace('adamw', 'AdamW').replace('adam', 'Adam')}"
    named = run.renamed(lambda name: {"lr": rate}.get(name) or texts.split_name(name, "train_{}", "val_{}"))
    with (folder / "metrics.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sorted({"epoch", "step", *named.signals}))
        writer.writeheader()
        for step, row in named.rows():
            for mine in (lambda n: n == rate, lambda n: n.startswith("val_"), lambda n: True):
                part = {name: ROUND.format(row.pop(name)) for name in list(row) if mine(name)}
                if part:
                    epoch = {} if rate in part else {"epoch": int(run.epoch(max(0, step - 1)))}
                    writer.writerow({"step": max(0, step - 1), **epoch, **part})
    write_yaml(dict(run.config), folder / "hparams.yaml")


def _hydra_lines(run: Run, folder: Path) -> None:
    named = run.renamed(lambda name: texts.split_name(name, "train/{}", "val/{}"))
    with (folder / "metrics.jsonl").open("w", encoding="utf-8") as file:
        for step, row in named.rows():
            held = {name: row.pop(name) for name in list(row) if name.startswith(("val/", "test/"))}
            for part in (row, held):
                if part:
                    said = {name: float(ROUND.format(value)) for name, value in part.items()}
                    file.write(json.dumps({"step": step, "epoch": round(run.epoch(step), 3), **said}) + "\n")
    write_hydra(run.config, folder, "train")
    head = f"[{run.stamp(0)}][__main__][INFO] - Working directory: outputs/{run.stamp(0)[:10]}"
    (folder / "train.log").write_text(head + "\n", encoding="utf-8")


def _args_events(run: Run, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    named = run.renamed(lambda name: texts.split_name(name, "train/{}", "val/{}"))
    writer = SummaryWriter(str(folder))
    for step, row in named.rows():
        for name, value in row.items():
            writer.add_scalar(name, value, step, walltime=run.began + run.seconds(step))
    writer.close()
    (folder / "args.json").write_text(json.dumps(run.config, indent=4) + "\n", encoding="utf-8")


WRITERS: dict[str, Callable[[Run, Path], None]] = {
    "epochs-text": _epochs_text,
    "hydra-jsonl": _hydra_lines,
    "trainer-state": _trainer_state,
    "namespace-text": _namespace_text,
    "hparams-csv": _hparams_csv,
    "iterations-text": _iterations_text,
    "args-tb": _args_events,
    "dicts-text": _dicts_text,
    "offline-folder": _offline,
}
