"""Data that a reader could lose without a word."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_bytes import VERSION, event, field, masked, read, read_folder, record, scalar, session_start

from logdoc.readers import tensorboard


def bomb(length: int) -> bytes:
    header = struct.pack("<Q", length)
    return header + struct.pack("<I", masked(header))


def test_a_session_start_takes_nothing_from_the_folder_beside_it(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        data = VERSION + session_start(0) + b"".join(scalar(i) for i in range(6))
        (tmp_path / split / "events.out.tfevents.1.host").write_bytes(data)

    run = read_folder(tmp_path)

    assert {name: len(series) for name, series in run.series.items()} == {"train/loss": 6, "val/loss": 6}


def test_a_single_record_at_an_older_step_costs_no_other_and_is_told(tmp_path: Path) -> None:
    steps = [5 if i == 30 else i for i in range(1, 60)]
    run = read(tmp_path, b"".join([VERSION, *(scalar(step, value=1 / (1 + i)) for i, step in enumerate(steps))]))

    assert run.series["loss"].steps.tolist() == sorted(set(steps))
    assert run.restarts == ()
    assert [d.id for d in run.defects if "older step" in d.what] == ["DATA015"]


@pytest.mark.parametrize("order", ["falling", "shuffled"])
def test_steps_that_fall_or_are_in_no_order_are_sorted_and_told(tmp_path: Path, order: str) -> None:
    steps = list(range(60, 0, -1)) if order == "falling" else [(i * 37) % 61 for i in range(1, 61)]
    run = read(tmp_path, b"".join([VERSION, *(scalar(step, value=1 / step) for step in steps)]))

    assert run.series["loss"].steps.tolist() == list(range(1, 61))
    np.testing.assert_allclose(run.series["loss"].values, [1 / step for step in range(1, 61)], rtol=1e-6)
    assert run.restarts == ()
    assert [d.id for d in run.defects if "not in the order of their steps" in d.what] == ["DATA015"]


def test_a_log_that_began_again_every_few_records_is_no_log_in_no_order(tmp_path: Path) -> None:
    steps = [start + i for start in range(0, 60, 5) for i in range(10)]
    run = read(tmp_path, b"".join([VERSION, *(scalar(step + 1, value=1 / (step + 1)) for step in steps)]))

    assert len(run.restarts) == 11
    assert not run.defects


def test_a_session_start_takes_back_histograms_too(tmp_path: Path) -> None:
    numbers = b"".join(struct.pack("<Bd", key, 1.0) for key in (0x09, 0x11, 0x19, 0x21, 0x29))
    body = numbers + field(6, struct.pack("<d", 1.0)) + field(7, struct.pack("<d", 1.0))
    histogram = field(5, field(1, field(1, b"w") + field(5, body)))
    data = VERSION + b"".join(record(event(i, histogram)) for i in range(6)) + session_start(3)

    assert read(tmp_path, data).histograms["w"].steps.tolist() == [0, 1, 2]


@pytest.mark.parametrize("length", [50_000, 70_000, 600])
def test_a_length_bomb_that_ends_inside_the_file_costs_no_record_it_covers(tmp_path: Path, length: int) -> None:
    records = [scalar(i, value=float(i)) for i in range(1, 2001)]

    run = read(tmp_path, VERSION + b"".join(records[:100]) + bomb(length) + b"".join(records[100:]))

    assert run.series["loss"].steps.tolist() == list(range(1, 2001))
    assert any(defect.lost for defect in run.defects)


def test_records_all_at_step_zero_are_kept_in_their_order_and_told(tmp_path: Path) -> None:
    run = read(tmp_path, VERSION + b"".join(scalar(0, value=float(i)) for i in range(50)))

    assert run.series["loss"].values.tolist() == list(np.arange(50.0))
    assert run.series["loss"].axis == "index"
    assert any("without steps" in defect.what for defect in run.defects)


def test_tags_beyond_the_most_that_are_read_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logdoc.readers.tensorboard.assembly.MOST_TAGS", 10)

    run = read(tmp_path, VERSION + b"".join(scalar(1, b"tag%d" % i) for i in range(25)))

    assert len(run.series) == 10
    assert any("15 tags" in defect.what for defect in run.defects)


def test_a_large_hole_of_zeros_at_the_start_keeps_what_follows(tmp_path: Path) -> None:
    run = read(tmp_path, bytes(70_000) + b"".join(scalar(i) for i in range(100)))

    assert len(run.series["loss"]) == 100
    assert any(defect.lost for defect in run.defects)


def test_a_file_that_is_cut_while_it_is_read_does_not_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(VERSION + b"".join(scalar(i) for i in range(1, 800_001)))
    decode = tensorboard.read_contents

    def cut_first(data: Any) -> Any:
        os.truncate(path, 4096)
        return decode(data)

    monkeypatch.setattr(tensorboard, "read_contents", cut_first)

    assert len(read_folder(tmp_path).series["loss"]) == 800_000


def test_many_damaged_lengths_are_passed_in_time_that_grows_with_the_file(tmp_path: Path) -> None:
    records = [scalar(i) for i in range(1, 100_001)]
    for i in range(20, len(records), 20):
        records[i] = bytes([records[i][0] ^ 1]) + records[i][1:]
    begun = time.process_time()

    run = read(tmp_path, VERSION + b"".join(records))

    assert len(run.series["loss"]) == 95_001
    assert time.process_time() - begun < 4.0  # 0.2 s; 8 s when a megabyte was searched behind each


def test_folders_of_tensorboardx_add_scalars_belong_to_their_run(tmp_path: Path) -> None:
    writer = pytest.importorskip("tensorboardX").SummaryWriter(str(tmp_path))
    for i in range(3):
        writer.add_scalar("x", 1.0, i)
        writer.add_scalars("my/main", {"a": 1.0, "b": 2.0}, i)
    writer.close()

    assert set(read_folder(tmp_path).series) == {"x", "my/main/a", "my/main/b"}


def test_a_folder_that_add_hparams_named_otherwise_belongs_to_its_run(tmp_path: Path) -> None:
    writer = pytest.importorskip("torch.utils.tensorboard").SummaryWriter(str(tmp_path))
    writer.add_scalar("loss", 1.0, 1)
    writer.add_hparams({"lr": 1e-3}, {"acc": 0.5}, run_name="named")
    writer.close()

    run = read_folder(tmp_path)

    assert set(run.series) == {"loss"}
    assert run.config["lr"] == 1e-3
