from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.hook import sidecar
from logdoc.model import Run
from logdoc.readers import companion, load

PARTS = [
    *(
        "exit",
        "kind",
        "text",
        "seed",
        "task",
        "num_classes",
        "data",
        "batch_size",
        "meta",
        "optimizer",
        "class",
        "groups",
        "lr",
        "initial_lr",
        "parameters",
    ),
    *(
        "betas",
        "amp",
        "model",
        "trainable",
        "modules",
        "name",
        "depth",
        "params",
        "requires_grad",
        "in_optimizer",
        "tied_to",
    ),
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=6),
    max_leaves=20,
)
CONTENT: dict[str, Any] = {
    "schema": "logdoc-log/1",
    "exit": {"kind": "ok", "text": ""},
    "seed": 7,
    "task": {"num_classes": 10, "chance_loss": 2.3},
    "data": {"batch_size": 64, "world_size": 1},
    "meta": {"dropout": 0.1},
    "optimizer": [
        {
            "class": "AdamW",
            "groups": [
                {"lr": 1e-5, "parameters": 1},
                {"lr": 3e-4, "weight_decay": 0.1, "betas": [0.9, 0.95], "parameters": 9},
            ],
        }
    ],
    "amp": "bfloat16",
    "model": {
        "parameters": 1000,
        "trainable": 900,
        "modules": [{"name": "head", "depth": 2}, {"name": "body.0", "depth": 0}, {"name": "body.1", "depth": 1}],
        "params": [
            {"name": "body.0.weight", "requires_grad": False, "in_optimizer": False},
            {"name": "body.1.weight", "requires_grad": True, "in_optimizer": True},
            {"name": "head.weight", "requires_grad": True, "in_optimizer": False},
            {"name": "tied.weight", "requires_grad": True, "in_optimizer": False, "tied_to": "body.1.weight"},
        ],
    },
}


def read(folder: Path, content: Any, rows: str = "step,train/loss\n0,2.0\n1,1.5\n2,1.0\n") -> Run:
    (folder / "metrics.csv").write_text(rows)
    (folder / "logdoc.json").write_text(content if isinstance(content, str) else json.dumps(content))
    runs = list(load([folder]))
    assert len(runs) == 1, runs
    assert isinstance(runs[0], Run)
    return runs[0]


def test_settings_come_by_the_names_that_configurations_use(tmp_path: Path) -> None:
    run = read(tmp_path, CONTENT)
    assert run.defects == ()
    assert run.sources == ("metrics.csv", "logdoc.json")
    wanted = {
        "num_classes": 10,
        "batch_size": 64,
        "dropout": 0.1,
        "seed": 7,
        "precision": "bfloat16",
        "optimizer": "AdamW",
        "lr": 3e-4,
        "weight_decay": 0.1,
        "beta2": 0.95,
        "parameters": 1000,
        "frozen_tensors": 1,
        "not_in_optimizer": "head.weight",
        "not_in_optimizer_count": 1,
        "in_optimizer_count": 1,
    }
    assert {k: run.config.get(k) for k in wanted} == wanted
    assert "world_size" not in run.config


def test_layers_stand_in_the_order_of_the_network(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        CONTENT,
        "step,act_std/head,act_std/body.1,train/loss,act_std/body.0,grad_norm/body.0.weight\n0,1,1,1,1,1\n1,1,1,1,1,1\n2,1,1,1,1,1\n",
    )
    assert list(run.series) == [
        "train/loss",
        "act_std/body.0",
        "grad_norm/body.0.weight",
        "act_std/body.1",
        "act_std/head",
    ]


@pytest.mark.parametrize(
    ("kind", "ended", "said"),
    [
        ("exception", True, "an exception: KeyError: 3"),
        ("signal", True, "by a signal: KeyError: 3"),
        ("running", False, "without closing its log"),
        ("ok", None, ""),
    ],
)
def test_how_a_run_ended(tmp_path: Path, kind: str, ended: bool | None, said: str) -> None:
    run = read(tmp_path, {**CONTENT, "exit": {"kind": kind, "text": "KeyError: 3"}})
    if ended is None:
        assert run.defects == ()
    else:
        assert [d.ended for d in run.defects] == [ended]
        assert said in run.defects[0].what
        assert not run.defects[0].lost


@pytest.mark.parametrize(
    "content",
    [
        "{broken",
        "[1, 2]",
        '{"schema": "another/1", "optimizer": 3}',
        '{"schema": "logdoc-log/1", "model": 3, "exit": [], "optimizer": "x"}',
        "",
    ],
)
def test_a_sidecar_of_another_kind_costs_nothing(tmp_path: Path, content: str) -> None:
    run = read(tmp_path, content)
    assert run.series["train/loss"].values.tolist() == [2.0, 1.5, 1.0]
    assert not any(d.lost for d in run.defects)
    assert bool(run.defects) == (content == "{broken")


def test_what_the_user_wrote_beside_it_wins(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"lr": 0.5}')
    assert read(tmp_path, CONTENT).config["lr"] == 0.5


@given(st.dictionaries(st.sampled_from(PARTS), JSON))
def test_whatever_a_sidecar_holds_the_run_is_read(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]
) -> None:
    run = read(tmp_path_factory.mktemp("any"), {**content, "schema": "logdoc-log/1"})
    assert run.series["train/loss"].values.tolist() == [2.0, 1.5, 1.0]
    assert not any(d.lost for d in run.defects)


def test_reader_and_writer_mean_the_same_file() -> None:
    assert companion.SIDECAR == sidecar.SIDECAR
    assert companion._TEXT_TAG == sidecar.TEXT_TAG
    assert sidecar.SCHEMA.startswith(companion._SCHEMA)
