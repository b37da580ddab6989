"""Trains small models with libraries that bring a training loop of their own, and keeps what they log: as make.py.

`python tests/written/make_libraries.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main
from make_more import printed_to


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
        rows = ["user_id:token\titem_id:token\trating:float\ttimestamp:float"]
        for user in range(40):
            items = [*(random.permutation(20)[:8] + user % 2 * 20), *random.permutation(40)[:3]]
            rows += [f"{user}\t{item}\t1\t{time}" for time, item in enumerate(items)]
        Path("tiny", "tiny.inter").write_text("\n".join(rows) + "\n")
        run_recbole(model="BPR", dataset="tiny", config_dict={"data_path": place, **settings}, saved=False)
        (log,) = Path("log").rglob("*.log")
        (folder / "train.log").write_text(_without_places(log.read_text(), place))
        for path in Path("log_tensorboard").rglob("*.0"):
            shutil.copy(path, folder)


TOOLS = {
    "ultralytics": ("ultralytics", make_ultralytics),
    "flair": ("flair", make_flair),
    "recbole": ("recbole", make_recbole),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
