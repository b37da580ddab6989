"""Files that are no logs of a training, in the forms of those that are: none becomes a run."""

from __future__ import annotations

import json
import pickle
import sqlite3

import numpy as np
import pytest

from logdoc.model import Run
from logdoc.readers import load

_NOTEBOOK = {"nbformat": 4, "metadata": {}}


def _cells(*outputs: dict[str, object]) -> str:
    cells = [{"cell_type": "code", "source": ["x"], "outputs": [output], "metadata": {}} for output in outputs]
    return json.dumps({"cells": cells, **_NOTEBOOK})


def _stream(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


_NVIDIA = (
    "| 0  NVIDIA A100  On | 00000000:00:04.0 Off | 0 |\n| N/A 30C P0 50W / 400W | 3MiB / 40960MiB | 0% Default |\n"
)
TEXTS = {
    "results.csv": "id,run_type,final_loss\na,x,0.4\nb,y,0.3\nc,z,0.2\n",
    "models.csv": "model,accuracy,params\nresnet,0.7,11\nvgg,0.6,13\nvit,0.8,80\n",
    "iris.csv": "sepal_length,sepal_width,species\n5.1,3.5,a\n4.9,3.0,a\n4.7,3.2,b\n",
    "prices.csv": "date,open,close\n2026-01-01,1.5,1.6\n2026-01-02,1.6,1.7\n2026-01-03,1.7,1.6\n",
    "train.txt": "000012\n000017\n000023\n000026\n",
    "val.txt": "img1.jpg 0\nimg2.jpg 1\nimg3.jpg 0\n",
    "labels.txt": "0\n1\n1\n0\n2\n",
    "scores.txt": "0.91\n0.12\n0.55\n0.73\n",
    "predictions.txt": "0.1 0.9\n0.2 0.8\n0.7 0.3\n",
    "classes.txt": "cat\ndog\nbird\n",
    "vocab.txt": "the 0\nof 1\nand 2\nto 3\n",
    "anchors.txt": "10,13, 16,30, 33,23\n30,61, 62,45, 59,119\n",
    "boxes.txt": "0 0.51 0.43 0.2 0.3\n0 0.41 0.53 0.1 0.2\n1 0.31 0.33 0.4 0.1\n",
    "matrix.txt": "1.0 0.0 0.0\n0.0 1.0 0.0\n0.0 0.0 1.0\n",
    "requirements.txt": "numpy==2.4.6\ntorch==2.13.0\nscipy>=1.17\n",
    "nvidia.txt": _NVIDIA * 4,
    "prose.txt": "The loss of sleep was 3 hours in step with the 2 epochs before it.\n" * 6,
    "poem.log": "The accuracy of memory: a score of years, a loss of words.\n" * 5,
    "list.txt": "[1, 2, 3, 4]",
    "shape.txt": "[3, 224, 224]\n[3, 256, 256]\n",
    "tree.txt": "a/\n  b.py\n  c.py\nd/\n  e.txt\n",
    "package.json": '{"name": "x", "version": "1.0.0", "dependencies": {"a": "^1.0"}}',
    "config.json": '{"lr": 0.1, "layers": [64, 128, 256], "loss": "mse", "epochs": 10}',
    "coco.json": '{"images": [{"id": 1, "width": 3}], "annotations": [{"id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]}',
    "vectors.json": '{"embedding": [0.1, 0.2, 0.3], "ids": [1, 2, 3]}',
    "geo.json": '{"type": "FeatureCollection", "features": [{"geometry": {"coordinates": [1.5, 2.5]}}]}',
    "splits.json": '{"train": {"a": {"path": "x"}}, "val": {"b": {"path": "y"}}}',
    "people.json": '[{"name": "a", "age": 3}, {"name": "b", "age": 4}]',
    "scene.json": '{"steps": {"x": [1, 2, 3]}, "values": {"y": [1, 2]}}',
    "tokenizer.json": '{"version": "1.0", "model": {"vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}',
    "squad.jsonl": '{"question": "why?", "answer": "so"}\n{"question": "who?", "answer": "me"}\n',
    "chat.jsonl": '{"messages": [{"role": "user", "content": "train loss?"}]}\n' * 3,
    "empty.ipynb": _cells(_stream("shape (10, 3)\n")),
    "plot.ipynb": _cells({"output_type": "display_data", "data": {"image/png": "iVBOR", "text/plain": ["<Figure>"]}}),
    "frame.ipynb": _cells(
        {
            "output_type": "execute_result",
            "data": {"text/html": ["<table><tr><th></th><th>age</th></tr><tr><td>0</td><td>3</td></tr></table>"]},
        }
    ),
    "error.ipynb": _cells({"output_type": "error", "ename": "ValueError", "evalue": "loss", "traceback": ["a"]}),
    "notes.ipynb": json.dumps({"cells": [{"cell_type": "markdown", "source": ["loss 0.5"]}], **_NOTEBOOK}),
    "main.py": "loss = 0.5\nfor epoch in range(10):\n    print(epoch, loss)\n",
    "run.sh": "python train.py --lr 0.1 --epochs 10\n",
    "data.yaml": "train: a\nval: b\nnc: 3\n",
    "README.md": "# Loss\n\nEpoch 1 has a loss of 0.5.\n",
    "hosts.txt": "127.0.0.1 localhost\n10.0.0.1 node1\n10.0.0.2 node2\n",
    "passwd.txt": "root:x:0:0:root\nbin:x:1:1:bin\n",
    "dump.txt": "0000000 5089 474e 0a0d 0a1a\n0000010 0000 0d00 4849 5244\n",
    "timeline.tsv": "start\tend\tspeaker\n0.0\t1.5\ta\n1.5\t2.5\tb\n2.5\t3.0\ta\n",
    "time_left.txt": "iter Passed\n0 1\n1 2\n2 3\n",
    "loss": "I am at a loss.\n",
    "losses.txt": "Losses of the year: none.\nWins: many.\n",
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("alone", [True, False])
def test_texts_of_other_things_are_no_runs(tmp_path, name, alone):
    path = tmp_path / name
    path.write_text(TEXTS[name])
    found = [item for item in load([path if alone else tmp_path]) if isinstance(item, Run)]
    assert found == []


BINARIES = {
    "model.pkl": pickle.dumps({"weights": [[0.1, 0.2]], "bias": [0.3]}),
    "history.pkl": pickle.dumps(["a", "b"]),
    "train.pkl": pickle.dumps({"images": [[1, 2], [3, 4]], "labels": [0, 1]}),
    "history_of_rome.pickle": pickle.dumps({"year": [1, 2, 3]}),
    "x.npy": None,
    "loss_mask.npy": None,
    "data.npz": None,
    "weights.bin": bytes(range(256)) * 4,
    "zeros.log": bytes(4096),
    "records.log": b"\x09\x00\x00\x00\x00\x00\x00\x00" + b"x" * 40,
}


@pytest.mark.parametrize("name", BINARIES)
@pytest.mark.parametrize("alone", [True, False])
def test_binary_files_of_other_things_are_no_runs(tmp_path, name, alone):
    path = tmp_path / name
    data = BINARIES[name]
    if data is not None:
        path.write_bytes(data)
    elif name.endswith(".npz"):
        np.savez(path, x=np.zeros((8, 8)), y=np.zeros(8))
    else:
        np.save(path, np.zeros((8, 80), dtype=bool))
    assert [item for item in load([path if alone else tmp_path]) if isinstance(item, Run)] == []


@pytest.mark.parametrize(
    "schema",
    [
        "create table metrics (name text, value real)",
        "create table trials (id int); create table studies (id int)",
        "create table runs (id int); create table params (id int)",
        "create table urls (url text, title text)",
    ],
)
def test_databases_of_other_things_are_no_runs(tmp_path, schema):
    database = sqlite3.connect(tmp_path / "x.db")
    database.executescript(schema)
    database.close()
    assert [item for item in load([tmp_path]) if isinstance(item, Run)] == []
