from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from logdoc.hook.eventfile import EventFile, event_path
from logdoc.model import Run
from logdoc.readers import load

TAGS = ("train/loss", "grad_norm/läyer.0/weight", "x" * 300)
ROWS = [(0, [0.1, 2.0, -1e-9]), (1, [float("nan"), float("inf"), -float("inf")]), (2**40, [1e300, 0.0, 3.5])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    file = EventFile(event_path(tmp_path, 1000.5), 1000.5)
    for step, values in ROWS:
        file.scalars(step, 1000.5 + step, TAGS, np.array(values))
    file.text("logdoc/text_summary", '{"schema": "é"}', 7, 1001.0)
    file.close()
    file.close()
    return tmp_path


def single(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def test_tensorboards_own_reader_gets_every_value(folder: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator").EventAccumulator(
        str(folder)
    )
    accumulator.Reload()
    assert sorted(accumulator.Tags()["scalars"]) == sorted(TAGS)
    for i, tag in enumerate(TAGS):
        events = accumulator.Scalars(tag)
        assert [(e.step, e.wall_time) for e in events] == [(step, 1000.5 + step) for step, _ in ROWS]
        assert all(same(e.value, single(values[i])) for e, (_, values) in zip(events, ROWS, strict=True))
    assert accumulator.Tensors("logdoc/text_summary")[0].tensor_proto.string_val[0].decode() == '{"schema": "é"}'


def test_logdoc_reads_the_same(folder: Path) -> None:
    (run,) = load([folder])
    assert isinstance(run, Run)
    assert run.defects == ()
    for i, tag in enumerate(TAGS):
        assert [int(s) for s in run.series[tag].steps] == [step for step, _ in ROWS]
        assert all(
            same(float(v), single(values[i])) for v, (_, values) in zip(run.series[tag].values, ROWS, strict=True)
        )


def test_two_files_of_one_second_have_two_names(tmp_path: Path) -> None:
    first = event_path(tmp_path, 5.0)
    EventFile(first, 5.0).close()
    assert event_path(tmp_path, 5.9) != first


def test_a_record_without_values_is_not_written(tmp_path: Path) -> None:
    path = event_path(tmp_path, 5.0)
    file = EventFile(path, 5.0)
    file.flush()
    size = path.stat().st_size
    file.scalars(1, 5.0, (), np.empty(0))
    file.close()
    assert path.stat().st_size == size
