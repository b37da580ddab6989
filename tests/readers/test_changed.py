"""A file that was emptied or overwritten after it was recognised is lost data, whatever format it was of."""

from __future__ import annotations

import json
import pickle
import random
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from logdoc.model import Run
from logdoc.model.notes import CHANGED, DAMAGED
from logdoc.readers import Family, load, survey
from logdoc.readers.places import Scratch
from logdoc.readers.registry import FORMATS, format_named
from logdoc.readers.survey import read_family
from logdoc.scale.items import read_family_of, write_family

WRITTEN = Path(__file__).parent.parent / "written"
# Logs of real writers in all the formats that a file of text or bytes can be of, but those that `made` adds.
KEPT_IN = (
    *("keras", "mlflow", "mmengine", "neptune", "optuna", "sacred", "swanlab", "tensorboardx", "trainer_state"),
    *("visualdl", "wandb"),
)
LOSSES = [2 / (1 + 0.1 * i) for i in range(60)]
OVERWRITTEN = {
    "garbage": lambda size: random.Random(7).randbytes(size),  # noqa: S311 - the same bytes every time
    "emptied": lambda size: b"",
    "zeros": bytes,
}


def families(folder, scratch):
    return [one for one in survey([folder], None, scratch) if isinstance(one, Family)]


def lost(items):
    return [d for one in items for d in (one.defects if isinstance(one, Run) else [one]) if d.lost]


def made(folder):
    """Write the formats for which no written log stands here."""
    folder.mkdir()
    (folder / "history.pkl").write_bytes(pickle.dumps({"loss": LOSSES, "lr": [0.1] * 60}))
    np.save(folder / "train_losses.npy", np.array(LOSSES))
    (folder / "yolo").mkdir()
    rows = [
        f"{i:>6}/59      3.2G" + "".join(f"{x:>10.4g}" for x in (loss, 0.05, 0.02, 0.17, 23, 640))
        for i, loss in enumerate(LOSSES)
    ]
    scores = [[0.01 * i, 0.02 * i, 0.015 * i, 0.01 * i, 0.09, 0.04, 0.03] for i in range(60)]
    both = zip(rows, scores, strict=True)
    (folder / "yolo" / "results.txt").write_text(
        "".join(row + "".join(f"{x:>10.4g}" for x in more) + "\n" for row, more in both)
    )
    (folder / "printed").mkdir()
    (folder / "printed" / "val_losses.txt").write_text(str(LOSSES))
    pd.DataFrame({"step": range(60), "loss": LOSSES}).to_parquet(folder / "table.parquet")
    cells = [
        {"output_type": "stream", "name": "stdout", "text": [f"epoch {i} loss {x:.4f}\n"]} for i, x in enumerate(LOSSES)
    ]
    book = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "source": [], "outputs": cells}],
    }
    (folder / "train.ipynb").write_text(json.dumps(book))
    return folder


@pytest.mark.parametrize("how", OVERWRITTEN)
@pytest.mark.parametrize("kept", [*KEPT_IN, "made"])
def test_what_is_overwritten_after_it_was_recognised_is_lost(tmp_path, kept, how):
    folder = made(tmp_path / kept) if kept == "made" else Path(shutil.copytree(WRITTEN / kept, tmp_path / kept))
    with Scratch() as scratch:
        found = families(folder, scratch)
        assert found
        for family in found:
            assert not any(d.id == CHANGED for d in lost(read_family(family, ())))
            for _, source in family.sources:
                for path in source.files:
                    path.write_bytes(OVERWRITTEN[how](path.stat().st_size))
            assert lost(read_family(family, ())), family.id


def test_the_formats_that_are_overwritten_are_those_that_there_are(tmp_path):
    folders = [made(tmp_path / "made"), *(WRITTEN / kept for kept in KEPT_IN)]
    with Scratch() as scratch:
        names = {name for folder in folders for one in families(folder, scratch) for name, _ in one.sources}
    assert names == {known.name for known in FORMATS}


def test_one_file_of_several_that_is_emptied_makes_its_run_incomplete(tmp_path):
    folder = Path(shutil.copytree(WRITTEN / "mlflow", tmp_path / "mlflow"))
    with Scratch() as scratch:
        (family, *_) = [one for one in families(folder, scratch) if one.sources[0][0] == "mlflow"]
        emptied = family.sources[0][1].files[0]
        emptied.write_bytes(b"")
        (run,) = read_family(family, ())
    assert [(d.source.endswith(emptied.name), d.id) for d in lost([run])] == [(True, CHANGED)]


def test_a_log_that_grew_since_it_was_recognised_has_lost_nothing(tmp_path):
    path = tmp_path / "loss.csv"
    path.write_text("step,loss\n" + "".join(f"{i},{x:.4f}\n" for i, x in enumerate(LOSSES)))
    with Scratch() as scratch:
        (family,) = families(tmp_path, scratch)
        with path.open("a") as log:
            log.write("60,0.2500\n")
        (run,) = read_family(family, ())
    assert lost([run]) == []
    assert len(run.series["loss"]) == 61


def test_a_format_that_was_named_is_taken_at_its_word(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("nothing of a training\n")
    (item,) = load([path], format="console")
    assert not item.lost
    with Scratch() as scratch:
        (family,) = survey([path], format_named("console"), scratch)
    assert family.sources[0][1].told
    assert read_family_of(write_family(family)) == family


QUEUE = (
    '{"obj": {"type": "AssignFloat", "path": ["parameters", "lr"], "value": 0.01}, "version": 1}\n'
    '{"obj": {"type": "UploadFile", "path": ["model"], "ext": "pt"}, "version": 2}\n'
) + "".join(
    f'{{"obj": {{"type": "LogFloats", "path": ["train", "loss"], "values": [{{"value": {x:.4f}, "step": {i},'
    f' "ts": {1.7e9 + i}}}]}}, "version": {i + 3}}}\n'
    for i, x in enumerate(LOSSES)
)


def of_queue(folder, text):
    (folder / "data-1.log").write_bytes(text)
    (item,) = load([folder])
    return item


def test_a_queue_of_neptune_that_is_whole_has_lost_nothing(tmp_path):
    run = of_queue(tmp_path, QUEUE.encode())
    assert len(run.series["train/loss"]) == 60
    assert run.config == {"parameters.lr": 0.01}
    assert lost([run]) == []


@pytest.mark.parametrize("word", [b"LogFloats", b'"values"', b'"type"', b'"value"', b'"path"', b'"obj"'])
def test_a_flipped_bit_in_an_operation_of_neptune_is_told_as_lost(tmp_path, word):
    data = QUEUE.encode()
    at = data.index(word, data.index(b"LogFloats") + 2000)
    for place in range(at, at + len(word)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            run = of_queue(tmp_path, bytes(changed))
            assert [d.id for d in lost([run])] == [DAMAGED], changed[at : at + 20]
            assert len(run.series["train/loss"]) >= 58
