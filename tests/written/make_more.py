"""Writes the logs of further writers, and of cases that were once misread: as make.py, whose `truth` they log.

`python tests/written/make_more.py TOOL ...` in an environment that has the tool; torch where it trains one.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).parent))
from make import main, packed, rows, truth


@contextlib.contextmanager
def printed_to(path: Path) -> Iterator[None]:
    """Write what is printed into a file."""
    with path.open("w") as out, contextlib.redirect_stdout(out):
        yield


def _classes() -> tuple[object, object, object, object]:
    """Return a made-up data set of two classes: training inputs and labels, then those for validation."""
    import numpy as np

    random = np.random.RandomState(0)
    x, held_out = random.randn(200, 5), random.randn(80, 5)
    return (
        x,
        (x[:, 0] + 0.3 * random.randn(200) > 0).astype(int),
        held_out,
        (held_out[:, 0] + 0.3 * random.randn(80) > 0).astype(int),
    )


def make_xgboost(folder: Path) -> None:
    """Keep what training with two data sets and two metrics prints, and its `evals_result`."""
    import xgboost

    x, y, held_out, labels = _classes()
    train, val = xgboost.DMatrix(x, y), xgboost.DMatrix(held_out, labels)
    found: dict[str, object] = {}
    with printed_to(folder / "train.log"):
        xgboost.train(
            {"objective": "binary:logistic", "eval_metric": ["logloss", "error"], "nthread": 1},
            train,
            15,
            evals=[(train, "train"), (val, "val")],
            verbose_eval=1,
            evals_result=found,
        )
    (folder / "evals.json").write_text(json.dumps(found))


def make_lightgbm(folder: Path) -> None:
    """Keep what training with two data sets and two metrics prints, and what `record_evaluation` holds."""
    import lightgbm

    x, y, held_out, labels = _classes()
    train = lightgbm.Dataset(x, y)
    val = lightgbm.Dataset(held_out, labels, reference=train)
    found: dict[str, object] = {}
    with printed_to(folder / "train.log"):
        lightgbm.train(
            {"objective": "binary", "num_threads": 1, "metric": ["binary_logloss", "auc"], "min_data_in_leaf": 5},
            train,
            15,
            valid_sets=[train, val],
            valid_names=["training", "valid_0"],
            callbacks=[lightgbm.log_evaluation(1), lightgbm.record_evaluation(found)],
        )
    (folder / "evals.json").write_text(json.dumps(found))


def make_catboost(folder: Path) -> None:
    """Train with two data sets for validation, and print three folds and a score."""
    import catboost

    x, y, held_out, labels = _classes()
    common = {"iterations": 15, "thread_count": 1, "random_seed": 0}
    model = catboost.CatBoostClassifier(learning_rate=0.1, train_dir=str(folder / "two_sets"), verbose=0, **common)
    model.fit(x, y, eval_set=[(held_out, labels), (held_out[:40], labels[:40])])
    with tempfile.TemporaryDirectory() as scratch:
        with printed_to(folder / "folds.log"):
            catboost.cv(catboost.Pool(x, y), {"loss_function": "Logloss", "train_dir": scratch, **common}, fold_count=3)
        model = catboost.CatBoostClassifier(learning_rate=0.1, train_dir=scratch, eval_metric="AUC", **common)
        with printed_to(folder / "score.log"):
            model.fit(x, y, eval_set=(held_out, labels))
    (folder / "evals.txt").write_text(json.dumps(model.get_evals_result()))
    shutil.rmtree(folder / "two_sets" / "tmp", ignore_errors=True)


def _trainer(output: Path, **settings: object) -> object:
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
    common = {
        "max_steps": 40,
        "logging_steps": 2,
        "eval_strategy": "steps",
        "eval_steps": 10,
        "save_steps": 30,
        "report_to": [],
        "per_device_train_batch_size": 8,
        "learning_rate": 0.05,
        "disable_tqdm": True,
        "use_cpu": True,
        "seed": 0,
    }
    return Trainer(
        Net(), TrainingArguments(str(output), **common, **settings), train_dataset=data, eval_dataset=data[:16]
    )


def make_trainer_cases(folder: Path) -> None:
    """Train with Hugging Face's Trainer: counting the tokens seen, and stopped at step 34 and resumed from 30."""
    from transformers import TrainerCallback

    class Stop(TrainerCallback):
        def on_step_end(self, args: object, state: object, control: object, **kwargs: object) -> None:
            control.should_training_stop = state.global_step == 34

    for case in ("tokens", "resumed"):
        (folder / case).mkdir()
    with tempfile.TemporaryDirectory(prefix="train") as place:
        out = Path(place)
        with printed_to(folder / "tokens" / "train.log"):
            trainer = _trainer(out / "tokens", include_num_input_tokens_seen="all")
            trainer.train()
            trainer.save_state()
        with printed_to(folder / "resumed" / "train.log"):
            trainer = _trainer(out / "resumed")
            trainer.add_callback(Stop())
            trainer.train()
            trainer = _trainer(out / "resumed")
            trainer.train(resume_from_checkpoint=str(out / "resumed" / "checkpoint-30"))
            trainer.save_state()
        for case in ("tokens", "resumed"):
            shutil.copy(out / case / "trainer_state.json", folder / case / "trainer_state.json")


def make_mlflow_models(folder: Path) -> None:
    """Log a run with a logged model, a late write at an older step and a metric without steps, to files and database.

    The database has a name of its own, as people give it.
    """
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    for uri in (f"file:{folder / 'files'}", f"sqlite:///{folder / 'experiments.sqlite'}"):
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment("e")
        with mlflow.start_run(run_name="run", tags={"mlflow.user": "user", "mlflow.source.name": "train.py"}):
            mlflow.log_param("lr", 0.1)
            for step, values in rows():
                mlflow.log_metrics(values, step=step)
            mlflow.log_metric("val/loss", 0.4, step=3)
            model = mlflow.initialize_logged_model(name="net")
            for step in range(12):
                mlflow.log_metric("model_loss", 1 / (step + 1), step=step, model_id=model.model_id)
    for path in folder.rglob("meta.yaml"):
        kept = [line for line in path.read_text().splitlines() if not line.startswith(("artifact", "user_id"))]
        path.write_text("\n".join([*kept, ""]))
    for name, value in (("mlflow.user", "user"), ("mlflow.source.name", "train.py")):
        for path in folder.rglob(name):
            path.write_text(value)
    import sqlite3

    database = folder / "experiments.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("update experiments set artifact_location = ''")
        connection.execute("update runs set artifact_uri = '', user_id = ''")
        connection.execute("update logged_models set artifact_location = ''")
        connection.execute("update logged_model_tags set tag_value = 'user' where tag_key = 'mlflow.user'")
        connection.execute("update logged_model_tags set tag_value = 'train.py' where tag_key = 'mlflow.source.name'")
        connection.commit()
        connection.execute("vacuum")
    packed(database)


def make_trackio_names(folder: Path) -> None:
    """Log two runs of one name, one of them resumed, and one as the Trainer does, which counts its own steps."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    for values, how in (([1.0], {}), ([0.5], {"resume": "must"}), ([0.25], {})):
        trackio.init(project="names", name="run", embed=False, auto_log_gpu=False, **how)
        for value in values:
            trackio.log({"loss": value})
        trackio.finish()
    trackio.init(project="steps", name="run", embed=False, auto_log_gpu=False)
    for step in range(10, 410, 10):
        trackio.log({"train/loss": 20 / step, "train/global_step": step, "train/epoch": step / 100})
        if step % 100 == 0:
            trackio.log({"eval/loss": 30 / step, "train/global_step": step, "train/epoch": step / 100})
    trackio.finish()
    for path in folder.glob("*.lock"):
        path.unlink()
    for path in folder.glob("*.db"):
        packed(path)


def make_wandb_keys(folder: Path) -> None:
    """Log offline: an axis for a glob that only evaluation rows have, and a key with a point beside a nested one."""
    import wandb

    with tempfile.TemporaryDirectory(prefix="train") as place:
        settings = wandb.Settings(
            mode="offline",
            silent=True,
            x_disable_stats=True,
            x_disable_meta=True,
            x_disable_machine_info=True,
            disable_git=True,
            disable_code=True,
            console="off",
            host="host",
        )
        run = wandb.init(project="p", id="glob", name="glob", settings=settings, dir=place)
        run.define_metric("epoch")
        run.define_metric("val/*", step_metric="epoch")
        for i in range(30):
            row = {"train/loss": 2 * math.exp(-i / 10) + 0.1}
            if i % 10 == 9:
                row.update({"val/loss": 2 * math.exp(-i / 10) + 0.2, "epoch": i // 10 + 1})
            run.log(row, step=i * 10)
        run.finish()
        run = wandb.init(project="p", id="points", name="points", settings=settings, dir=place)
        for i in range(30):
            run.log({"a.b": 100.0 + i, "a": {"b": 1.0 * i}, "train": {"loss": 2 - i / 30}, "bf16": 1 / (i + 1)})
        run.finish()
        for path in Path(place).glob("wandb/offline-run-*/*.wandb"):
            target = folder / "wandb" / path.parent.name
            target.mkdir(parents=True)
            shutil.copy(path, target / path.name)


def make_dvclive_unplotted(folder: Path) -> None:
    """Log with DVCLive, one measure without a plot."""
    from dvclive import Live

    with Live(str(folder), save_dvc_exp=False, dvcyaml=None, report=None) as live:
        for step in range(20):
            live.log_metric("train/loss", 2 / (step + 1))
            live.log_metric("accuracy", 1 - 1 / (step + 1), plot=False)
            live.next_step()


def make_ray(folder: Path) -> None:
    """Write one trial with Ray's three loggers, driven by hand; a loss that is NaN in float64 and in float32."""
    import numpy as np
    from ray.tune.logger import CSVLoggerCallback, JsonLoggerCallback, TBXLoggerCallback

    class Trial:
        local_path = logdir = str(folder)
        config = evaluated_params = MappingProxyType({"lr": 0.1})
        trial_id, last_result, checkpoint, status = "t1", None, None, "RUNNING"

        def init_local_path(self) -> None:
            pass

    odd = {5: math.nan, 6: np.float32(math.nan), 7: math.inf}
    for kind in (JsonLoggerCallback, CSVLoggerCallback, TBXLoggerCallback):
        logger, trial = kind(), Trial()
        logger.log_trial_start(trial)
        for i in range(1, 13):
            result = {
                "loss": odd.get(i, np.float32(2 / i)),
                "training_iteration": i,
                "timesteps_total": i * 100,
                "done": i == 12,
                "env_runners": {"episode_return_mean": float(i)},
            }
            logger.log_trial_result(i, trial, result)
        logger.log_trial_end(trial)
    (folder / "params.pkl").unlink(missing_ok=True)


def make_skorch(folder: Path) -> None:
    """Train with skorch: its history as a file, and what it prints."""
    import numpy as np
    import torch
    from skorch import NeuralNetRegressor
    from skorch.callbacks import EpochScoring

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.line(x)

    torch.manual_seed(0)
    x = np.random.RandomState(0).randn(80, 4).astype("float32")
    scoring = EpochScoring("neg_mean_absolute_error", name="mae")
    net = NeuralNetRegressor(Net, max_epochs=12, lr=0.01, callbacks=[scoring])
    with printed_to(folder / "train.log"):
        net.fit(x, x[:, :1])
    net.history.to_file(str(folder / "history.json"))


def make_fastai(folder: Path) -> None:
    """Train twice with fastai: the table it appends to, and what it prints where there is no terminal."""
    import torch
    from fastai.callback.progress import CSVLogger
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner
    from fastai.metrics import mae

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.TensorDataset(x, x[:, :1])
    loaders = DataLoaders(DataLoader(data, bs=8), DataLoader(data, bs=16))
    learner = Learner(loaders, torch.nn.Linear(4, 1), loss_func=torch.nn.MSELoss(), metrics=mae, path=folder)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        learner.fit(4, 1e-2, cbs=[CSVLogger("history.csv")])
        learner.fit(3, 1e-2, cbs=[CSVLogger("history.csv", append=True)])
    (folder / "train.log").write_bytes(printed.getvalue().encode())


def make_sentence_transformers(folder: Path) -> None:
    """Let an evaluator write its table: twice within every epoch, and once at its end."""
    import numpy as np
    from sentence_transformers.evaluation import EmbeddingSimilarityEvaluator

    class Model:
        similarity_fn_name = "cosine"
        model_card_data = type("Card", (), {"set_evaluation_metrics": lambda *_, **__: None})()
        random = np.random.RandomState(0)

        def encode(self, texts: list[str], **_: object) -> np.ndarray:
            return self.random.randn(len(texts), 4).astype("float32")

    evaluate = EmbeddingSimilarityEvaluator(
        list("abcd"), list("efgh"), [0.1, 0.5, 0.9, 0.2], name="dev", write_csv=True, main_similarity="cosine"
    )
    for epoch in range(3):
        for steps in (10, 20, -1):
            evaluate(Model(), output_path=str(folder), epoch=epoch, steps=steps)


def make_ignite(folder: Path) -> None:
    """Train with Ignite: TensorBoard, and a bar that is printed."""
    import torch
    from ignite.engine import Engine, Events
    from ignite.handlers import TensorboardLogger, global_step_from_engine
    from ignite.handlers.tqdm_logger import ProgressBar
    from ignite.metrics import Average

    losses = [value for _, value in truth()["train/loss"]]
    losses[25] = 0.5
    trainer, evaluator = Engine(lambda engine, _: losses[engine.state.iteration - 1]), Engine(lambda _, batch: batch)
    Average().attach(evaluator, "loss")
    logger = TensorboardLogger(log_dir=str(folder))
    logger.attach_output_handler(
        trainer, Events.ITERATION_COMPLETED, tag="train", output_transform=lambda loss: {"loss": loss}
    )
    logger.attach_output_handler(
        evaluator,
        Events.COMPLETED,
        tag="val",
        metric_names=["loss"],
        global_step_transform=global_step_from_engine(trainer),
    )
    trainer.add_event_handler(
        Events.EPOCH_COMPLETED, lambda engine: evaluator.run([torch.tensor(1.0 / engine.state.epoch)])
    )
    printed = io.StringIO()
    with contextlib.redirect_stderr(printed):
        ProgressBar(persist=True).attach(trainer, output_transform=lambda loss: {"loss": loss})
        trainer.run(range(10), max_epochs=4)
    logger.close()
    (folder / "train.log").write_bytes(printed.getvalue().encode())


def make_accelerate(folder: Path) -> None:
    """Log with Accelerate to TensorBoard, with settings."""
    from accelerate import Accelerator

    accelerator = Accelerator(log_with="tensorboard", project_dir=str(folder), cpu=True)
    accelerator.init_trackers("project", config={"lr": 0.1, "depth": 3})
    for step, values in rows():
        accelerator.log(values, step=step)
    accelerator.end_training()


def make_torchrl(folder: Path) -> None:
    """Log with torchrl's logger of CSV files, a file per measure without headings."""
    from torchrl.record.loggers.csv import CSVLogger

    logger = CSVLogger(exp_name="exp", log_dir=str(folder))
    for step, values in rows():
        for name, value in values.items():
            logger.log_scalar(name, value, step=step)


def make_neptune(folder: Path) -> None:
    """Log offline with Neptune, which keeps a queue of operations."""
    import neptune

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            run = neptune.init_run(
                mode="offline",
                project="p/p",
                capture_hardware_metrics=False,
                capture_stderr=False,
                capture_stdout=False,
                source_files=[],
                git_ref=False,
            )
            run["parameters/lr"] = 0.1
            for step, values in rows():
                for name, value in values.items():
                    if math.isfinite(value):
                        run[name].append(value, step=step)
            run.stop()
        finally:
            os.chdir(before)
        (queue,) = Path(place).glob(".neptune/offline/*/data-1.log")
        lines = [
            line
            for line in queue.read_text().splitlines()
            if not {"sys", "monitoring", "source_code"} & {json.loads(line)["obj"]["path"][0]}
        ]
    (folder / "data-1.log").write_text("\n".join([*lines, ""]))


def make_mindspore(folder: Path) -> None:
    """Log with MindSpore's summaries, and train with its loss monitor."""
    import mindspore
    import numpy as np
    from mindspore.dataset import GeneratorDataset
    from mindspore.train.callback import LossMonitor, TimeMonitor

    mindspore.set_context(mode=mindspore.PYNATIVE_MODE, device_target="CPU")
    mindspore.set_seed(0)
    x = np.random.RandomState(0).randn(64, 4).astype("float32")
    data = GeneratorDataset(list(zip(x, x[:, :1], strict=True)), ["x", "y"], shuffle=False).batch(16)
    net = mindspore.nn.Dense(4, 1)
    model = mindspore.Model(net, mindspore.nn.MSELoss(), mindspore.nn.SGD(net.trainable_params(), 0.1))
    with printed_to(folder / "train.log"):
        model.train(5, data, callbacks=[LossMonitor(2), TimeMonitor()], dataset_sink_mode=False)
    with mindspore.SummaryRecord(str(folder / "summary")) as record:
        for step, values in rows():
            for name, value in values.items():
                record.add_value("scalar", name, mindspore.Tensor(float(value), mindspore.float32))
            record.record(step)
    for path in (folder / "summary").iterdir():
        path.rename(path.with_name(re.sub(r"\.[^.]*_MS$", ".host_MS", path.name)))


def make_pykeen(folder: Path) -> None:
    """Log with PyKEEN's trackers of tables and of JSON lines; a setting has the name of a metric."""
    from pykeen.trackers import CSVResultTracker, JSONResultTracker

    for kind, name in ((CSVResultTracker, "results.csv"), (JSONResultTracker, "results.jsonl")):
        tracker = kind(path=folder / name)
        tracker.start_run("run")
        tracker.log_params({"lr": 0.1})
        for step, values in rows():
            tracker.log_metrics(values, step=step)
        tracker.end_run()


def make_spacy(folder: Path) -> None:
    """Train a classifier of texts with spaCy: what its console logger prints and writes."""
    import spacy
    from spacy.cli.init_config import init_config
    from spacy.cli.train import train
    from spacy.tokens import DocBin

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            language, data = spacy.blank("en"), DocBin()
            for i in range(20):
                doc = language("good nice fine" if i % 2 else "bad awful poor")
                doc.cats = {"POS": float(i % 2), "NEG": float(1 - i % 2)}
                data.add(doc)
            data.to_disk("data.spacy")
            settings = init_config(lang="en", pipeline=["textcat"], optimize="efficiency")
            settings["paths"].update(train="data.spacy", dev="data.spacy")
            settings["training"].update(max_steps=60, eval_frequency=10)
            settings["training"]["logger"] = {
                "@loggers": "spacy.ConsoleLogger.v3",
                "progress_bar": None,
                "console_output": True,
                "output_file": str(folder / "results.jsonl"),
            }
            settings.to_disk("settings.cfg")
            with printed_to(folder / "train.log"):
                train("settings.cfg", "out")
        finally:
            os.chdir(before)


def make_paddle(folder: Path) -> None:
    """Train with PaddlePaddle's `Model.fit`: what it prints, and its callback that logs to VisualDL."""
    import numpy as np
    import paddle

    paddle.seed(0)
    np.random.seed(0)
    x = np.random.randn(64, 4).astype("float32")
    data = paddle.io.TensorDataset([paddle.to_tensor(x), paddle.to_tensor((x[:, :1] > 0).astype("int64"))])
    net = paddle.nn.Sequential(paddle.nn.Linear(4, 8), paddle.nn.ReLU(), paddle.nn.Linear(8, 2))
    model = paddle.Model(net)
    optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
    model.prepare(optimizer, paddle.nn.CrossEntropyLoss(), paddle.metric.Accuracy())
    with printed_to(folder / "train.log"):
        callback = paddle.callbacks.VisualDL(log_dir=str(folder / "vdl"))
        model.fit(data, data, batch_size=16, epochs=4, verbose=2, log_freq=1, callbacks=[callback])


TOOLS = {
    "xgboost": ("xgboost", make_xgboost),
    "lightgbm": ("lightgbm", make_lightgbm),
    "catboost": ("catboost", make_catboost),
    "trainer_cases": ("transformers", make_trainer_cases),
    "mlflow_models": ("mlflow", make_mlflow_models),
    "trackio_names": ("trackio", make_trackio_names),
    "wandb_keys": ("wandb", make_wandb_keys),
    "dvclive_unplotted": ("dvclive", make_dvclive_unplotted),
    "ray": ("ray", make_ray),
    "skorch": ("skorch", make_skorch),
    "fastai": ("fastai", make_fastai),
    "sentence_transformers": ("sentence-transformers", make_sentence_transformers),
    "ignite": ("pytorch-ignite", make_ignite),
    "accelerate": ("accelerate", make_accelerate),
    "torchrl": ("torchrl", make_torchrl),
    "neptune": ("neptune", make_neptune),
    "mindspore": ("mindspore", make_mindspore),
    "pykeen": ("pykeen", make_pykeen),
    "spacy": ("spacy", make_spacy),
    "paddle": ("paddlepaddle", make_paddle),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
