"""Trains small models with libraries that bring a training loop of their own, and keeps what they log: as make.py.

`python tests/written/make_libraries.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).parent))
from make import main, rows
from make_more import printed_to

# The folders here would be taken for the packages whose logs they hold.
sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).resolve().parent]


def _without_places(text: str, place: str) -> str:
    """Return a log without the paths of the machine that it was written on."""
    return re.sub(r"/\S*/site-packages/", "", text.replace(place, "runs"))


def _squares(place: Path) -> None:
    """Draw the pictures that YOLO learns from: a red or a green square each."""
    import numpy as np
    from PIL import Image, ImageDraw

    random = np.random.RandomState(0)
    for part in ("train", "val"):
        images, labels = place / "images" / part, place / "labels" / part
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for i in range(8):
            image = Image.fromarray(random.randint(0, 80, (64, 64, 3), dtype=np.uint8))
            x, y, kind = random.randint([5, 5, 0], [35, 35, 2]).tolist()
            ImageDraw.Draw(image).rectangle([x, y, x + 22, y + 22], fill=((0, 255, 0), (255, 0, 0))[kind])
            image.save(images / f"{i}.png")
            (labels / f"{i}.txt").write_text(f"{kind} {(x + 11) / 64} {(y + 11) / 64} {22 / 64} {22 / 64}\n")
    (place / "data.yaml").write_text(f"path: {place}\ntrain: images/train\nval: images/val\nnames: {{0: a, 1: b}}\n")


def make_ultralytics(folder: Path) -> None:
    """Train YOLO on squares: its table of epochs, and its console, which validates the best weights once more."""
    os.environ["YOLO_OFFLINE"] = "true"
    settings = {"data": "data.yaml", "imgsz": 64, "batch": 4, "nbs": 4, "workers": 0, "device": "cpu", "plots": False}
    with tempfile.TemporaryDirectory(prefix="squares") as place, contextlib.chdir(place):
        _squares(Path(place))
        with printed_to(folder / "train.log"):
            from ultralytics import YOLO

            settings |= {"project": place, "amp": False, "mosaic": 0}
            YOLO("yolo11n.yaml").train(epochs=60, val=False, name="before", **settings)
            sys.stdout.write("the training that is kept\n")
            YOLO("before/weights/last.pt").train(epochs=6, lr0=0.002, optimizer="SGD", name="run", **settings)
        printed = (folder / "train.log").read_bytes().decode().partition("the training that is kept\n")[2]
        (folder / "train.log").write_bytes(_without_places(printed, place).encode())
        (folder / "results.csv").write_text(Path("run", "results.csv").read_text())


def make_flair(folder: Path) -> None:
    """Train Flair: its table, and its lines, which tell of a sample of the training set beside validation."""
    import flair
    import numpy as np
    from flair.data import Corpus, Sentence
    from flair.datasets import SentenceDataset
    from flair.embeddings import DocumentPoolEmbeddings, OneHotEmbeddings
    from flair.models import TextClassifier
    from flair.trainers import ModelTrainer

    flair.set_seed(0)
    random = np.random.RandomState(0)

    def sentences(count: int) -> SentenceDataset:
        found = []
        for _ in range(count):
            good = random.rand() < 0.5
            word = random.choice(["good", "great", "fine"] if good else ["bad", "poor", "sad"])
            sentence = Sentence(" ".join([word, *random.choice(["the", "a", "film", "plot"], 5)]))
            found.append(sentence.add_label("mood", "good" if good ^ (random.rand() < 0.2) else "bad"))
        return SentenceDataset(found)

    corpus = Corpus(train=sentences(64), dev=sentences(24), test=sentences(24))
    encoder = DocumentPoolEmbeddings([OneHotEmbeddings.from_corpus(corpus, min_freq=1)], fine_tune_mode="none")
    model = TextClassifier(
        encoder, label_type="mood", label_dictionary=corpus.make_label_dictionary("mood", add_unk=False)
    )
    with tempfile.TemporaryDirectory() as place:
        ModelTrainer(model, corpus).train(
            place, learning_rate=0.05, mini_batch_size=16, max_epochs=8, monitor_train_sample=1.0
        )
        for name in ("training.log", "loss.tsv"):
            (folder / name).write_text(_without_places(Path(place, name).read_text(), place))


def make_recbole(folder: Path) -> None:
    """Train RecBole: its lines, in which a heading says that the next one is of validation, and its TensorBoard file.

    Its newest release asks for NumPy below 2; its import of Ray Tune, for a search, is left out.
    """
    import numpy as np

    sys.modules["ray"], sys.modules["ray.tune"] = types.ModuleType("ray"), types.ModuleType("ray.tune")
    sys.modules["ray"].tune = sys.modules["ray.tune"]
    from recbole.quick_start import run_recbole

    random = np.random.RandomState(0)
    settings = {
        "epochs": 8,
        "learning_rate": 0.05,
        "train_batch_size": 64,
        "use_gpu": False,
        "show_progress": False,
        "metrics": ["Recall", "NDCG"],
        "topk": [5],
        "valid_metric": "NDCG@5",
    }
    with tempfile.TemporaryDirectory(prefix="taste") as place, contextlib.chdir(place):
        Path("tiny").mkdir()
        lines = ["user_id:token\titem_id:token\trating:float\ttimestamp:float"]
        for user in range(40):
            items = [*(random.permutation(20)[:8] + user % 2 * 20), *random.permutation(40)[:3]]
            lines += [f"{user}\t{item}\t1\t{time}" for time, item in enumerate(items)]
        Path("tiny", "tiny.inter").write_text("\n".join(lines) + "\n")
        run_recbole(model="BPR", dataset="tiny", config_dict={"data_path": place, **settings}, saved=False)
        (log,) = Path("log").rglob("*.log")
        (folder / "train.log").write_text(_without_places(log.read_text(), place))
        for path in Path("log_tensorboard").rglob("*.0"):
            shutil.copy(path, folder)


def make_nnunet(folder: Path) -> None:
    """Write nnU-Net's log of epochs by the methods of its trainer that a training calls, without the network."""
    import numpy as np
    import torch
    from nnunetv2.training.logging.nnunet_logger import MetaLogger
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    trainer = object.__new__(nnUNetTrainer)
    weight = torch.nn.Linear(1, 1)
    trainer.local_rank, trainer.is_ddp, trainer.disable_checkpointing = 0, False, True
    trainer.current_epoch, trainer.num_epochs, trainer.save_every, trainer._best_ema = 0, 12, 50, None
    trainer.log_file, trainer.output_folder, trainer.network = str(folder / "training_log.txt"), str(folder), weight
    trainer.optimizer = torch.optim.SGD(weight.parameters(), 0.01)
    trainer.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(trainer.optimizer, lambda e: (1 - e / 12) ** 0.9)
    trainer.logger = MetaLogger(str(folder), False)
    trainer.logger.plot_progress_png = lambda *_: None
    for epoch in range(12):
        trainer.on_epoch_start()
        trainer.on_train_epoch_start()
        trainer.on_train_epoch_end([{"loss": np.float32(0.4 - epoch / 10 + i / 100)} for i in range(4)])
        right = np.array([10.0 + epoch, 20.0])
        held_out = {"loss": np.float32(0.5 - epoch / 12), "tp_hard": right, "fp_hard": 40 - right, "fn_hard": right / 2}
        trainer.on_validation_epoch_end([held_out])
        trainer.on_epoch_end()
    for path in folder.iterdir():
        if path.name != "training_log.txt":
            path.unlink()


def make_catalyst(folder: Path) -> None:
    """Train with Catalyst: a table and a TensorBoard file for each part of the data, and what it prints.

    Its newest release asks for Accelerate below 1.
    """
    import torch
    from catalyst import dl

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.TensorDataset(x, x[:, :1])
    model = torch.nn.Linear(4, 1)
    with printed_to(folder / "train.log"):
        dl.SupervisedRunner().train(
            model=model,
            criterion=torch.nn.MSELoss(),
            optimizer=torch.optim.Adam(model.parameters(), 0.02),
            loaders={name: torch.utils.data.DataLoader(data, batch_size=16) for name in ("train", "valid")},
            num_epochs=6,
            loggers={
                "csv": dl.CSVLogger(str(folder)),
                "tensorboard": dl.TensorboardLogger(str(folder / "tensorboard")),
            },
        )


def make_avalanche(folder: Path) -> None:
    """Train with Avalanche on two tasks: its two tables, in which epochs start again with every task."""
    import torch
    from avalanche.benchmarks import tensors_benchmark
    from avalanche.evaluation.metrics import accuracy_metrics, loss_metrics
    from avalanche.logging import CSVLogger
    from avalanche.training.plugins import EvaluationPlugin
    from avalanche.training.supervised import Naive

    torch.manual_seed(0)
    x = torch.randn(120, 6)
    y = (x[:, 0] > 0).long()
    parts = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 120, 20)]
    stream = tensors_benchmark(
        train_tensors=parts[:2], test_tensors=parts[2:4], task_labels=[0, 0], complete_test_set_only=False
    )
    model = torch.nn.Linear(6, 2)
    measured = EvaluationPlugin(
        loss_metrics(epoch=True, experience=True),
        accuracy_metrics(epoch=True, experience=True),
        loggers=[CSVLogger(str(folder))],
    )
    strategy = Naive(
        model=model,
        optimizer=torch.optim.SGD(model.parameters(), 0.1),
        criterion=torch.nn.CrossEntropyLoss(),
        train_mb_size=10,
        train_epochs=5,
        eval_mb_size=10,
        evaluator=measured,
        eval_every=1,
    )
    for task, held_out in zip(stream.train_stream, stream.test_stream, strict=True):
        strategy.train(task, eval_streams=[held_out])
        strategy.eval(stream.test_stream)
    measured.loggers[0].close()


_DEEPMD = ("print_header", "print_on_training", "format_training_message_per_task")


def make_deepmd(folder: Path) -> None:
    """Write DeePMD-kit's learning curve by its trainer's own methods: a heading and a note as comments above the rows.

    And the lines that it logs at the same steps.
    """
    import ast
    import importlib.metadata
    import math

    distribution = importlib.metadata.distribution("deepmd-kit")  # the package itself needs one version of torch
    said: dict[str, object] = {}
    for file in ("deepmd/pt/train/training.py", "deepmd/loggers/training.py"):
        tree = ast.parse(Path(distribution.locate_file(file)).read_text())
        wanted = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name in _DEEPMD]
        module = ast.Module([ast.parse("from __future__ import annotations").body[0], *wanted], [])
        exec(compile(ast.fix_missing_locations(module), file, "exec"), {"math": math}, said)  # noqa: S102 - its own

    trainer = types.SimpleNamespace(multi_task=False)
    with (folder / "lcurve.out").open("w") as curve, printed_to(folder / "train.log"):
        for step in range(0, 2000, 100):
            rmse = {
                "rmse": 20 * math.exp(-step / 600),
                "rmse_e": 0.5 / (1 + step / 100),
                "rmse_f": 1 / (1 + step / 200),
            }
            held_out = {name: 1.25 * value for name, value in rmse.items()}
            rate = 1e-3 * 0.95 ** (step / 100)
            if step == 0:
                said["print_header"](trainer, curve, rmse, held_out)
            said["print_on_training"](trainer, curve, step, rate, rmse, held_out)
            line = said["format_training_message_per_task"]
            for text in (line(step, "trn", rmse, rate), line(step, "val", held_out, None)):
                sys.stdout.write(f"[2026-01-01 00:00:{step // 100:02}] DEEPMD INFO    {text}\n")


@contextlib.contextmanager
def _handles_to(out: TextIO) -> Iterator[None]:
    """Write what the libraries below Python print into a file."""
    kept = [os.dup(handle) for handle in (1, 2)]
    for handle in (1, 2):
        os.dup2(out.fileno(), handle)
    try:
        yield
    finally:
        for handle, before in zip((1, 2), kept, strict=True):
            os.dup2(before, handle)


def make_ydf(folder: Path) -> None:
    """Train boosted trees with YDF: what it prints, the statistics of the columns and a line for some of the trees."""
    import numpy as np
    import ydf

    random = np.random.RandomState(0)
    x = random.randn(20000, 3)
    label = (x[:, 0] + 0.5 * random.randn(20000) > 0).astype(int)
    ydf.verbose(2)
    with (folder / "train.log").open("w") as out, _handles_to(out):
        learner = ydf.GradientBoostedTreesLearner(label="label", num_trees=60, num_threads=1)
        model = learner.train({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "label": label})
    found = [
        (entry.iteration, entry.training_evaluation.loss, entry.evaluation.loss) for entry in model.training_logs()
    ]
    (folder / "found.txt").write_text(json.dumps(found))


def make_eole(folder: Path) -> None:
    """Write what EOLE, which OpenNMT-py has become, logs of its steps and validations, and its TensorBoard file."""
    import math

    from eole.utils import Statistics
    from eole.utils.logging import init_logger
    from eole.utils.report_manager import CompositeReportMgr, StdoutReportMgr, TensorboardReportMgr
    from torch.utils.tensorboard import SummaryWriter

    init_logger(str(folder / "train.log"))
    board = TensorboardReportMgr(50, SummaryWriter(str(folder)))
    report = CompositeReportMgr(50, [StdoutReportMgr(50), board])
    report.start()
    for step in range(50, 1001, 50):
        rate = 1e-3 * min(1, step / 200)
        loss = 8000 * math.exp(-step / 400) + 2000
        seen = Statistics(loss, n_batchs=50, n_sents=400, n_tokens=1600, n_correct=round(1600 * step / 1200))
        report.report_training(step, 1000, rate, None, seen)
        if step % 250 == 0:
            held_out = Statistics(1.1 * loss, n_batchs=50, n_sents=400, n_tokens=1600, n_correct=step)
            report.report_step(rate, None, step, train_stats=seen, valid_stats=held_out)
    report.close()


def make_llamafactory(folder: Path) -> None:
    """Train with the Trainer and LLaMA-Factory's callback: its JSON lines, of training and of evaluation."""
    import torch
    from llamafactory.train.callbacks import LogCallback
    from transformers import Trainer, TrainingArguments

    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(4, 1)

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            out = self.line(x)
            return {"loss": ((out - labels) ** 2).mean(), "logits": out}

    torch.manual_seed(0)
    data = [{"x": row, "labels": row[:1]} for row in torch.randn(64, 4)]
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            place,
            num_train_epochs=3,
            learning_rate=0.05,
            logging_steps=2,
            eval_strategy="steps",
            eval_steps=6,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
        )
        trainer = Trainer(Line(), arguments, train_dataset=data, eval_dataset=data[:16], callbacks=[LogCallback()])
        trainer.train()
        (folder / "trainer_log.jsonl").write_text(Path(place, "trainer_log.jsonl").read_text())
    (folder / "found.txt").write_text(json.dumps(trainer.state.log_history))


def make_swanlab(folder: Path) -> None:
    """Write a run that finishes and one that fails with SwanLab, both offline."""
    import swanlab

    for name in ("finished", "failed"):
        with tempfile.TemporaryDirectory() as place:
            swanlab.init(project="p", mode="offline", logdir=place, config={"lr": 0.1, "model": {"depth": 3}})
            for step, values in rows():
                swanlab.log(values, step=step)
            swanlab.finish(**({} if name == "finished" else {"state": "crashed", "error": "ValueError: too small"}))
            (run,) = Path(place).glob("run-*")
            (folder / name / "files").mkdir(parents=True)
            (log,) = run.glob("*.swanlab")
            shutil.copy(log, folder / name / "run.swanlab")
            shutil.copy(run / "files" / "config.yaml", folder / name / "files" / "config.yaml")


TOOLS = {
    "swanlab": ("swanlab", make_swanlab),
    "llamafactory": ("llamafactory", make_llamafactory),
    "ydf": ("ydf", make_ydf),
    "eole": ("eole", make_eole),
    "deepmd": ("deepmd-kit", make_deepmd),
    "avalanche": ("avalanche-lib", make_avalanche),
    "catalyst": ("catalyst", make_catalyst),
    "nnunet": ("nnunetv2", make_nnunet),
    "ultralytics": ("ultralytics", make_ultralytics),
    "flair": ("flair", make_flair),
    "recbole": ("recbole", make_recbole),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
