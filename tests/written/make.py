"""Writes the logs in this folder with the real writers: `python tests/written/make.py [TOOL ...]`, in an environment
that has them.

Every training is the same made-up one, so that a test knows what must be read: `truth` gives the values. Needs some
of wandb, transformers,
accelerate, torch, keras, lightning, mlflow, stable-baselines3, trackio, dvclive, tensorboardX, mmengine, optuna,
sacred, visualdl; a tool that is missing is named.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import importlib.metadata
import io
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
STEPS = 40
EVERY = 10


def truth() -> dict[str, list[tuple[int, float]]]:
    """Return the curves that are logged: name -> [(step, value)]."""
    train = [(step, 2.3 * math.exp(-step / 15) + 0.1) for step in range(STEPS)]
    train[25] = (25, math.nan)
    norm = [(step, math.inf if step == 26 else 1.0 + step / 100) for step in range(STEPS)]
    lr = [(step, 0.1 * (1 - step / STEPS)) for step in range(STEPS)]
    val = [(step, 2.2 * math.exp(-step / 18) + 0.2) for step in range(EVERY - 1, STEPS, EVERY)]
    acc = [(step, 1 - math.exp(-step / 12)) for step in range(EVERY - 1, STEPS, EVERY)]
    return {"train/loss": train, "grad_norm": norm, "lr": lr, "val/loss": val, "val/accuracy": acc}


def rows() -> list[tuple[int, dict[str, float]]]:
    """Return the curves as rows: training in every step, validation in every tenth."""
    curves = truth()
    by_step = {name: dict(points) for name, points in curves.items()}
    return [(step, {name: points[step] for name, points in by_step.items() if step in points}) for step in range(STEPS)]


def make_wandb(folder: Path) -> None:
    """Write a run that finishes and one that is killed, both offline."""
    script = """
import os, sys, wandb
sys.path.insert(0, sys.argv[1])
from make import rows
kill = sys.argv[2] == "killed"
settings = wandb.Settings(mode="offline", silent=True, x_disable_stats=True, x_disable_meta=True,
    x_disable_machine_info=True, disable_git=True, disable_code=True,
    disable_job_creation=True, host="host", console="wrap")
config = {"lr": 0.1, "model": {"depth": 3}}
run = wandb.init(project="p", id=sys.argv[2], name=sys.argv[2], config=config, settings=settings, dir=".")
run.define_metric("*", step_metric="global_step")
print("training begins")
for step, values in [(r * 40 + s, v) for r in range(3 if kill else 1) for s, v in rows()]:
    row = {"global_step": step, **values}
    if step % 10 == 9:
        row["weights/layer1"] = wandb.Histogram(np_histogram=([1, 2, 3], [-1.0, 0.0, 1.0, 2.0]))
        row["nested"] = {"deep": {"value": step * 2.0}}
    run.log(row)
if kill:
    print("RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB")
    sys.stdout.flush()
    import time; time.sleep(3)
    os.kill(os.getpid(), 9)
run.finish()
"""
    with tempfile.TemporaryDirectory(prefix="train") as place:
        environment = {
            **os.environ,
            "WANDB_MODE": "offline",
            "WANDB_SILENT": "true",
            "WANDB_USERNAME": "user",
            "HOME": place,
        }
        for kind in ("finished", "killed"):
            command = [sys.executable, "-c", script, str(HERE), kind]
            subprocess.run(
                command, cwd=place, env=environment, check=False, start_new_session=True, capture_output=True
            )
        for run in sorted((Path(place) / "wandb").glob("offline-run-*")):
            (folder / "wandb" / run.name).mkdir(parents=True)
            for path in run.glob("*.wandb"):
                shutil.copy(path, folder / "wandb" / run.name / path.name)


def make_trainer_state(folder: Path) -> None:
    """Train a tiny network with Hugging Face's Trainer; only its states and what it printed are kept."""
    import torch
    from transformers import Trainer, TrainingArguments

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 1)

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            out = self.line(x)
            return {"loss": torch.nn.functional.mse_loss(out[:, 0], labels), "logits": out}

    torch.manual_seed(0)
    data = [{"x": torch.randn(4), "labels": torch.randn(())} for _ in range(64)]
    with tempfile.TemporaryDirectory(prefix="train") as place:
        settings = TrainingArguments(
            "out",
            max_steps=40,
            logging_steps=2,
            eval_strategy="steps",
            eval_steps=10,
            save_steps=20,
            report_to=[],
            per_device_train_batch_size=8,
            learning_rate=0.05,
            disable_tqdm=True,
            use_cpu=True,
            seed=0,
        )
        before = Path.cwd()
        os.chdir(place)
        printed = io.StringIO()
        try:
            trainer = Trainer(Net(), settings, train_dataset=data, eval_dataset=data[:16])
            with contextlib.redirect_stdout(printed):
                trainer.train()
            trainer.save_state()
        finally:
            os.chdir(before)
        for path in sorted(Path(place).rglob("trainer_state.json")):
            target = folder / path.relative_to(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text().replace(place, "."))
        (folder / "console").mkdir()
        (folder / "console" / "train.log").write_text(printed.getvalue())


def make_keras(folder: Path) -> None:
    """Train a tiny network with Keras: its CSV, its History as JSON, and what it prints with and without a bar."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 4))
    y = (x[:, 0] > 0).astype("float32")
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    folder.mkdir(exist_ok=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        log = keras.callbacks.CSVLogger(str(folder / "log.csv"))
        history = model.fit(x, y, epochs=6, validation_data=(x[:16], y[:16]), callbacks=[log], verbose=2)
    (folder / "history.json").write_text(json.dumps(history.history))
    (folder / "console.log").write_text(printed.getvalue())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        model.fit(x, y, epochs=4, validation_data=(x[:16], y[:16]), batch_size=8, verbose=1)
    (folder / "bar.log").write_text(printed.getvalue())


def make_lightning(folder: Path) -> None:
    """Train with Lightning and two loggers at once."""
    import lightning
    import torch
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Net(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.save_hyperparameters({"lr": 0.1})
            self.line = torch.nn.Linear(4, 1)

        def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
            loss = self.line(batch[0]).pow(2).mean()
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
            self.log("val_loss", self.line(batch[0]).pow(2).mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    lightning.seed_everything(0, verbose=False)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(40, 4)), batch_size=4)
    loggers = [CSVLogger(folder / "csv_logs", name="net"), TensorBoardLogger(folder / "tb_logs", name="net")]
    trainer = lightning.Trainer(
        max_epochs=5,
        logger=loggers,
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    trainer.fit(Net(), data, data)


def make_mlflow(folder: Path) -> None:
    """Log two runs to a file store and to a database: one that finishes, one that fails."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow
    from mlflow.tracking import MlflowClient

    for name, uri in (("files", f"file:{folder / 'mlruns'}"), ("database", f"sqlite:///{folder / 'mlflow.db'}")):
        with contextlib.suppress(Exception):
            client = MlflowClient(uri)
            for kind, status in (("good", "FINISHED"), ("bad", "FAILED")):
                run = client.create_run(
                    "0", run_name=f"{name}-{kind}", start_time=1_700_000_000_000, tags={"mlflow.user": "user"}
                )
                client.log_param(run.info.run_id, "lr", 0.1)
                for step, values in rows():
                    for key, value in values.items():
                        client.log_metric(
                            run.info.run_id, key, value, timestamp=1_700_000_000_000 + step * 1000, step=step
                        )
                client.set_terminated(run.info.run_id, status, end_time=1_700_000_100_000)
    del mlflow
    for path in folder.rglob("meta.yaml"):
        path.write_text(
            "".join(
                line
                for line in path.read_text().splitlines(keepends=True)
                if not line.startswith(("artifact", "user_id"))
            )
        )
    database = folder / "mlflow.db"
    if database.exists():
        import sqlite3

        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("update experiments set artifact_location = ''")
            connection.execute("update runs set artifact_uri = '', user_id = ''")
            connection.commit()
            connection.execute("vacuum")
        packed(database)


def packed(database: Path) -> None:
    """Replace a database, most of which is empty pages, by its gzip."""
    with gzip.GzipFile(database.with_name(f"{database.name}.gz"), "wb", mtime=0) as out:
        out.write(database.read_bytes())
    database.unlink()


def make_sb3(folder: Path) -> None:
    """Train PPO for a moment with every output that Stable-Baselines3's logger has."""
    import gymnasium
    from stable_baselines3 import PPO
    from stable_baselines3.common.logger import configure
    from stable_baselines3.common.monitor import Monitor

    folder.mkdir(exist_ok=True)
    environment = Monitor(gymnasium.make("CartPole-v1"), str(folder / "monitor.csv"))
    model = PPO("MlpPolicy", environment, n_steps=64, batch_size=32, n_epochs=1, seed=0, device="cpu")
    before = Path.cwd()
    os.chdir(folder)
    try:
        model.set_logger(configure(".", ["csv", "json", "log", "tensorboard"]))
        model.learn(640)
    finally:
        os.chdir(before)


def make_trackio(folder: Path) -> None:
    """Log a run to Trackio's local database."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    trackio.init(project="p", name="run", config={"lr": 0.1}, embed=False)
    for step, values in rows():
        trackio.log(values, step=step)
    trackio.finish()
    (folder / "p.lock").unlink(missing_ok=True)
    packed(folder / "p.db")


def make_dvclive(folder: Path) -> None:
    """Log a run with DVCLive."""
    from dvclive import Live

    with Live(str(folder), save_dvc_exp=False, dvcyaml=None, report=None) as live:
        live.log_params({"lr": 0.1})
        for _, values in rows():
            for name, value in values.items():
                live.log_metric(name, value)
            live.next_step()


def make_tensorboardx(folder: Path) -> None:
    """Log a run with tensorboardX."""
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step, values in rows():
            for name, value in values.items():
                writer.add_scalar(name, value, step)


def make_mmengine(folder: Path) -> None:
    """Write scalars.json through mmengine's visualiser, as its LoggerHook does."""
    from mmengine.visualization import LocalVisBackend

    backend = LocalVisBackend(str(folder / "vis_data"))
    curves = truth()
    for step, value in curves["train/loss"]:
        backend.add_scalars(
            {
                "lr": dict(curves["lr"])[step],
                "data_time": 0.01,
                "loss": value,
                "epoch": step // EVERY + 1,
                "iter": step,
                "time": 0.1,
            },
            step,
        )
        if step % EVERY == EVERY - 1:
            backend.add_scalars(
                {"accuracy/top1": dict(curves["val/accuracy"])[step] * 100, "data_time": 0.01, "time": 0.1},
                step // EVERY + 1,
            )


def make_optuna(folder: Path) -> None:
    """Report the training loss of three trials: one that ends, one that is pruned, one that fails."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: optuna.Trial) -> float:
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        trial.suggest_categorical("optimizer", ["adam", "sgd"])
        trial.suggest_int("layers", 2, 2)
        for step, value in truth()["train/loss"]:
            trial.report(value, step)
            if trial.number == 1 and step == 19:
                raise optuna.TrialPruned
            if trial.number == 2 and step == 9:
                raise ValueError
        return value

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "optuna.db"
        study = optuna.create_study(
            storage=f"sqlite:///{path}", study_name="tune", sampler=optuna.samplers.RandomSampler(seed=1)
        )
        study.optimize(objective, n_trials=3, catch=(ValueError,))
        (folder / "optuna.db.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def make_sacred(folder: Path) -> None:
    """Log a run with Sacred's observer of files."""
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("made", save_git_info=False)
    experiment.observers.append(FileStorageObserver(folder, copy_sources=False))
    experiment.add_config({"lr": 0.1})

    @experiment.main
    def run(_run: object) -> None:
        for step, values in rows():
            for name, value in values.items():
                experiment.log_scalar(name, value, step)

    experiment.run()
    for path in (folder / "1").iterdir():
        if path.name not in ("config.json", "metrics.json", "run.json"):
            path.unlink()
    state = json.loads((folder / "1" / "run.json").read_text())
    kept = {key: state[key] for key in ("status", "start_time", "stop_time", "result")}
    (folder / "1" / "run.json").write_text(json.dumps(kept))
    shutil.rmtree(folder / "_sources", ignore_errors=True)


def make_visualdl(folder: Path) -> None:
    """Log a run with VisualDL, two curves under one tag among it."""
    from visualdl import LogWriter

    with LogWriter(str(folder), file_name="vdlrecords.1700000000.log") as writer:
        for step, values in rows():
            for name, value in values.items():
                writer.add_scalar(tag=name, value=value, step=step, walltime=1_700_000_000_000 + 1000 * step)
            writer.add_scalars(main_tag="both", tag_scalar_dict={"zero": 0.0, "step": step}, step=step)


TOOLS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "wandb": ("wandb", make_wandb),
    "trainer_state": ("transformers", make_trainer_state),
    "keras": ("keras", make_keras),
    "lightning": ("lightning", make_lightning),
    "mlflow": ("mlflow-skinny", make_mlflow),
    "sb3": ("stable-baselines3", make_sb3),
    "trackio": ("trackio", make_trackio),
    "dvclive": ("dvclive", make_dvclive),
    "tensorboardx": ("tensorboardX", make_tensorboardx),
    "mmengine": ("mmengine", make_mmengine),
    "optuna": ("optuna", make_optuna),
    "sacred": ("sacred", make_sacred),
    "visualdl": ("visualdl", make_visualdl),
}


def main(chosen: list[str], tools: dict[str, tuple[str, Callable[[Path], None]]]) -> None:
    """Write the logs of the chosen ones of the tools, or of all, and their versions into versions.csv."""
    socket.gethostname = lambda: "host"
    versions_file = HERE / "versions.csv"
    versions = dict(csv.reader(versions_file.read_text().splitlines())) if versions_file.exists() else {}
    for name in chosen or tools:
        package, make = tools[name]
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            make(folder)
            versions[name] = f"{package} {importlib.metadata.version(package)}"
            print(f"{name}: {sum(p.stat().st_size for p in folder.rglob('*') if p.is_file()):,} bytes")
        except (ImportError, importlib.metadata.PackageNotFoundError) as error:
            print(f"{name}: not written, {error}")
    versions_file.write_text("".join(f"{name},{version}\n" for name, version in sorted(versions.items())))


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
