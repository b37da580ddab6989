"""A log that is larger than what its reader takes is told, with data lost, and costs no other log."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
TABLE = "step,loss\n" + "".join(f"{i},{2 / (1 + i):.4f}\n" for i in range(60))
LINES = "".join(json.dumps({"step": i, "loss": 2 / (1 + i)}) + "\n" for i in range(60))
PRINTED = "".join(f"epoch {i} loss {2 / (1 + i):.4f}\n" for i in range(60))
LISTS = json.dumps({"loss": [2 / (1 + i) for i in range(60)]})


@pytest.mark.parametrize(
    ("reader", "name", "content"),
    [
        ("delimited.reading", "big.csv", TABLE),
        ("jsonlines", "big.jsonl", LINES),
        ("console.reading", "big.log", PRINTED),
        ("history", "big.json", LISTS),
        ("trainer_state", "trainer_state.json", WRITTEN / "trainer_cases" / "tokens" / "trainer_state.json"),
        ("visualdl", "", WRITTEN / "paddle" / "vdl"),
        ("swanlab", "", WRITTEN / "swanlab"),
        ("neptune", "", WRITTEN / "neptune"),
        ("sacred", "", WRITTEN / "sacred"),
        ("wandb.folder", "", WRITTEN / "wandb_keys"),
    ],
)
def test_a_log_beyond_the_bound_of_its_reader_is_told_and_the_one_beside_it_is_read(
    tmp_path, monkeypatch, reader, name, content
):
    if isinstance(content, str):
        (tmp_path / name).write_text(content)
    elif content.is_dir():
        shutil.copytree(content, tmp_path / "big")
    else:
        shutil.copy(content, tmp_path / name)
    (tmp_path / "beside").mkdir()
    other = ("log.log", PRINTED) if reader == "delimited.reading" else ("log.tsv", TABLE.replace(",", "\t"))
    (tmp_path / "beside" / other[0]).write_text(other[1])
    monkeypatch.setattr(importlib.import_module(f"logdoc.readers.{reader}"), "MAX_FILE", 100)

    items = list(load([tmp_path]))

    told = [item for item in items if isinstance(item, Defect)]
    told += [defect for item in items if isinstance(item, Run) for defect in item.defects]
    assert any(defect.id == "DATA004" and defect.lost for defect in told), told
    assert [len(item.series["loss"]) for item in items if isinstance(item, Run) and "beside" in item.id] == [60]
