"""Writes the logs of writers that few use, of the newest releases, and of two tools at once: as make.py.

`python tests/written/make_rarer.py TOOL ...` in an environment that has the tool. Where a package around a writer needs
a dozen others, its module is loaded alone.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import io
import json
import logging
import math
import os
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main, rows
from make_more import printed_to


def module_alone(package: str, file: str) -> types.ModuleType:
    """Load one module of a package without the package around it."""
    path = importlib.metadata.distribution(package).locate_file(file)
    spec = importlib.util.spec_from_file_location(Path(file).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def make_speechbrain(folder: Path) -> None:
    """Write SpeechBrain's file of epochs, and its TensorBoard file, whose training loss has a point a batch."""
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")  # the package itself needs it, for other things
    from speechbrain.utils.train_logger import FileTrainLogger, TensorboardLogger

    file, board = FileTrainLogger(str(folder / "train_log.txt")), TensorboardLogger(str(folder / "tensorboard"))
    for epoch in range(1, 13):
        batches = [200 / epoch + i for i in range(4)]
        meta = {"epoch": epoch, "lr": 1e-3 / epoch}
        held_out = {"loss": 210 / epoch, "WER": 90.0 / epoch}
        file.log_stats(meta, train_stats={"loss": sum(batches) / 4}, valid_stats=held_out, verbose=False)
        board.log_stats(meta, train_stats={"loss": batches}, valid_stats=held_out)
    board.writer.close()


def make_torchtune(folder: Path) -> None:
    """Write torchtune's file of steps."""
    around = types.ModuleType("torchtune.utils")  # the package itself needs torchao, for other things
    around.get_logger, around.get_world_size_and_rank = logging.getLogger, lambda: (1, 0)
    sys.modules.update({"torchtune": types.ModuleType("torchtune"), "torchtune.utils": around})
    logger = module_alone("torchtune", "torchtune/training/metric_logging.py").DiskLogger(
        str(folder), filename="log.txt"
    )
    for step, values in rows():
        logger.log_dict({**values, "peak_memory_active": 1.5}, step=step + 1)
    logger.close()


def make_rsl_rl(folder: Path) -> None:
    """Write what rsl_rl prints and its TensorBoard file: two measures have the seconds of training as their step."""
    import torch
    from rsl_rl.utils.logger import Logger

    settings = {
        "num_steps_per_env": 24,
        "algorithm": {},
        "logger": "tensorboard",
    }
    with printed_to(folder / "train.log"):
        logger = Logger(str(folder), settings, {}, 4, False, 1, 0, "cpu")
        logger.init_logging_writer()
        for it in range(20):
            for _ in range(3):
                logger.process_env_step(
                    torch.full((4,), 1.0 + it), torch.ones(4), {"log": {"Episode_Reward/track": 0.1 * it, "drops": 2.0}}
                )
            losses = {"value": 2 / (it + 1), "surrogate": -0.01 * it, "entropy": 5.0 - it / 10}
            logger.log(it, 0, 20, 0.3, 0.1, losses, 1e-3 / (it + 1), torch.full((3,), 1.0), None)
        logger.writer.close()


def make_argus(folder: Path) -> None:
    """Train with Argus: its file of lines and its table."""
    import torch
    from argus import Model
    from argus.callbacks import LoggingToCSV, LoggingToFile

    class Line(Model):
        nn_module = torch.nn.Linear
        optimizer = torch.optim.SGD
        loss = torch.nn.MSELoss

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.TensorDataset(x, x[:, :1])
    loader = torch.utils.data.DataLoader(data, batch_size=16)
    model = Line({"nn_module": {"in_features": 4, "out_features": 1}, "optimizer": {"lr": 0.05}, "device": "cpu"})
    model.fit(
        loader,
        val_loader=loader,
        num_epochs=12,
        callbacks=[LoggingToFile(str(folder / "log.txt")), LoggingToCSV(str(folder / "log.csv"))],
    )


def make_poutyne(folder: Path) -> None:
    """Train with Poutyne: its table by tabs, and what it prints."""
    import torch
    from poutyne import CSVLogger, Model

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    net = torch.nn.Linear(4, 1)
    model = Model(net, torch.optim.SGD(net.parameters(), 0.05), "mse", epoch_metrics=[])
    data = torch.utils.data.TensorDataset(x, x[:, :1])
    loader = torch.utils.data.DataLoader(data, batch_size=16)
    with printed_to(folder / "train.log"):
        found = model.fit_generator(
            loader,
            loader,
            epochs=8,
            progress_options={"coloring": False, "show_every_n_train_steps": "none"},
            callbacks=[CSVLogger(str(folder / "log.tsv"), separator="\t")],
        )
    (folder / "found.txt").write_text(json.dumps(found))


def make_mace(folder: Path) -> None:
    """Write MACE's lines: a row a batch of an epoch without a counter of its own, and one a validation."""
    package = types.ModuleType("mace_tools")  # the package itself needs e3nn, for other things
    package.__path__ = [str(importlib.metadata.distribution("mace-torch").locate_file("mace/tools"))]
    sys.modules["mace_tools"] = package
    logger = importlib.import_module("mace_tools.utils").MetricsLogger(str(folder), "run_train")
    for epoch in range(8):
        for batch in range(3):
            logger.log({"loss": 2 / (epoch * 3 + batch + 1), "time": 0.1, "mode": "opt", "epoch": epoch})
        logger.log({"loss": 3 / (epoch + 1), "rmse_f": 0.5 / (epoch + 1), "mode": "eval", "epoch": epoch})


def make_verl(folder: Path) -> None:
    """Write verl's JSON lines and what it prints."""
    os.environ["VERL_FILE_LOGGER_PATH"] = str(folder / "run.jsonl")
    module = module_alone("verl", "verl/utils/tracking.py")
    printer = module_alone("verl", "verl/utils/logger/aggregate_logger.py").LocalLogger()
    with printed_to(folder / "train.log"):
        logger = module.FileLogger("p", "run")
        for step, values in rows():
            row = {
                "actor/pg_loss": values["train/loss"],
                "actor/lr": 1e-6,
                "critic/rewards/mean": 1 - values["lr"] * 5,
                "actor/grad_norm": values["grad_norm"],
                "training/global_step": step + 1,
            }
            if step % 10 == 9:
                row["val-core/gsm8k/reward/mean@1"] = values["val/accuracy"]
            logger.log(row, step + 1)
            printer.log(row, step + 1)
        logger.finish()


def make_coqui(folder: Path) -> None:
    """Keep what Coqui's trainer prints: blocks of values under a line that counts."""
    from trainer.logging.console_logger import ConsoleLogger

    printer = ConsoleLogger()
    stream = io.StringIO()
    log = logging.getLogger("trainer")
    log.handlers = [logging.StreamHandler(stream)]
    log.setLevel(logging.INFO)
    with contextlib.redirect_stdout(stream):
        for epoch in range(3):
            printer.print_epoch_start(epoch, 3)
            printer.print_train_start()
            for step in range(0, 20, 5):
                at = epoch * 20 + step
                loss = 2 * math.exp(-at / 20) + 0.1
                printer.print_train_step(
                    20, step, at, {"loss": loss, "grad_norm": 1.5, "current_lr": 1e-3}, {"avg_loss": loss + 0.01}
                )
            printer.print_eval_start()
            for step in range(2):
                printer.print_eval_step(step, {"loss": 3.0 - epoch + step}, {"avg_loss": 3.0 - epoch})
            printer.print_epoch_end(epoch, {"avg_loader_time": 0.01, "avg_loss": 3.0 - epoch})
    (folder / "trainer_0_log.txt").write_text(stream.getvalue())


def make_graphgym(folder: Path) -> None:
    """Write the statistics of PyTorch Geometric's GraphGym, a folder a part of the data."""
    import torch
    from torch_geometric.graphgym.config import cfg, set_cfg
    from torch_geometric.graphgym.logger import Logger

    set_cfg(cfg)
    cfg.run_dir = str(folder)
    cfg.optim.max_epoch = 10
    kept = {}
    loggers = {name: Logger(name, "regression") for name in ("train", "val")}
    for epoch in range(10):
        for name, logger in loggers.items():
            for batch in range(2):
                true = torch.arange(4.0)
                pred = true + 1 / (epoch + 1) + batch
                loss = float(((pred - true) ** 2).mean())
                logger.update_stats(true, pred, loss, 0.01 / (epoch + 1), 0.1, 100)
            kept.setdefault(name, []).append(round(logger._loss / 8, cfg.round))
            logger.write_epoch(epoch)
    (folder / "found.txt").write_text(json.dumps(kept))


def make_deepspeed(folder: Path) -> None:
    """Write DeepSpeed's monitor of CSV files, a file a measure."""
    import deepspeed.comm
    from deepspeed.monitor.csv_monitor import csvMonitor

    deepspeed.comm.get_rank = lambda: 0
    monitor = csvMonitor(types.SimpleNamespace(enabled=True, output_path=str(folder), job_name="job"))
    for step, values in rows():
        samples = (step + 1) * 8
        monitor.write_events(
            [("Train/Samples/train_loss", values["train/loss"], samples), ("Train/Samples/lr", values["lr"], samples)]
        )


def make_lightning_pair(folder: Path) -> None:
    """Train with Lightning and two loggers at once, with gradients of two batches added up."""
    import lightning
    import torch
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

    class Line(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line, self.kept = torch.nn.Linear(4, 1), []

        def training_step(self, batch: list[torch.Tensor], at: int) -> torch.Tensor:
            loss = ((self.line(batch[0]) - batch[0][:, :1]) ** 2).mean()
            self.log("train_loss", loss)
            self.log("pass", float(at))
            self.kept.append(float(loss.detach()))
            return loss

        def validation_step(self, batch: list[torch.Tensor], at: int) -> None:
            self.log("val_loss", ((self.line(batch[0]) - batch[0][:, :1]) ** 2).mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.05)

    torch.manual_seed(0)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(64, 4)), batch_size=8)
    net = Line()
    trainer = lightning.Trainer(
        max_epochs=4,
        accumulate_grad_batches=2,
        log_every_n_steps=1,
        logger=[CSVLogger(str(folder), "csv"), TensorBoardLogger(str(folder), "tb")],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        num_sanity_val_steps=0,
    )
    trainer.fit(net, data, data)
    (folder / "found.txt").write_text(json.dumps(net.kept))


def make_monai(folder: Path) -> None:
    """Train with MONAI's engine: what its handler of statistics logs, and its TensorBoard file."""
    import torch
    from monai.engines import SupervisedTrainer
    from monai.handlers import StatsHandler, TensorBoardStatsHandler

    torch.manual_seed(0)
    x = torch.randn(32, 4)
    data = [{"image": x[i : i + 8], "label": x[i : i + 8, :1]} for i in range(0, 32, 8)]
    net = torch.nn.Linear(4, 1)
    stream = io.StringIO()
    log = logging.getLogger("engine")
    log.handlers, log.propagate = [logging.StreamHandler(stream)], False
    log.handlers[0].setFormatter(logging.Formatter("%(asctime)s - %(message)s"))
    log.setLevel(logging.INFO)

    def loss_of(out: list[dict[str, torch.Tensor]]) -> torch.Tensor:
        return out[0]["loss"]

    trainer = SupervisedTrainer(
        device=torch.device("cpu"),
        max_epochs=4,
        train_data_loader=data,
        network=net,
        optimizer=torch.optim.SGD(net.parameters(), 0.05),
        loss_function=torch.nn.MSELoss(),
        train_handlers=[
            StatsHandler(name="engine", tag_name="train_loss", output_transform=lambda out: out[0]["loss"]),
            TensorBoardStatsHandler(
                log_dir=str(folder), tag_name="train_loss", output_transform=lambda o: o[0]["loss"]
            ),
        ],
    )
    trainer.run()
    (folder / "train.log").write_text(stream.getvalue())


def make_keras_tuner(folder: Path) -> None:
    """Search with Keras Tuner on JAX: the files of its trials, and a table of every training."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    import keras_tuner
    import numpy as np

    def build(hp: object) -> object:
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(hp.Float("lr", 1e-3, 1e-1, sampling="log")), "mse", metrics=["mae"])
        return model

    keras.utils.set_random_seed(0)
    x = np.random.RandomState(0).randn(64, 4).astype("float32")
    search = keras_tuner.RandomSearch(
        build, objective="val_loss", max_trials=3, executions_per_trial=2, directory=str(folder), project_name="search"
    )
    with printed_to(folder / "train.log"):
        search.search(x, x[:, :1], validation_data=(x, x[:, :1]), epochs=4, verbose=2)
    for path in folder.rglob("*.h5"):
        path.unlink()


def make_gbm_histories(folder: Path) -> None:
    """Keep what NGBoost prints, which is no named pair of a key and a number but two."""
    import numpy as np
    from ngboost import NGBRegressor

    x = np.random.RandomState(0).randn(120, 4)
    with printed_to(folder / "train.log"):
        model = NGBRegressor(n_estimators=40, verbose=True, verbose_eval=1, random_state=0)
        model.fit(x, x[:, 0], X_val=x[:40], Y_val=x[:40, 0])
    (folder / "found.txt").write_text(json.dumps(model.evals_result, default=float))


TOOLS = {
    "speechbrain": ("speechbrain", make_speechbrain),
    "torchtune": ("torchtune", make_torchtune),
    "rsl_rl": ("rsl-rl-lib", make_rsl_rl),
    "argus": ("pytorch-argus", make_argus),
    "poutyne": ("poutyne", make_poutyne),
    "mace": ("mace-torch", make_mace),
    "verl": ("verl", make_verl),
    "coqui": ("coqui-tts-trainer", make_coqui),
    "graphgym": ("torch-geometric", make_graphgym),
    "deepspeed": ("deepspeed", make_deepspeed),
    "lightning_pair": ("lightning", make_lightning_pair),
    "monai": ("monai", make_monai),
    "keras_tuner": ("keras-tuner", make_keras_tuner),
    "ngboost": ("ngboost", make_gbm_histories),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
