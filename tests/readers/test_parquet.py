"""Tables in Parquet whose columns have odd types, odd names or damaged pages."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = 40
STEPS = list(range(ROWS))
LOSS = [2.0 / (1 + 0.1 * i) for i in STEPS]


def written(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "log.parquet"
    pq.write_table(pa.table(columns), path, **options)
    return path


def run_of(path: Path) -> Run:
    (run,) = load([path])
    assert isinstance(run, Run), run
    return run


def test_truth_values_are_numbers(tmp_path: Path) -> None:
    run = run_of(written(tmp_path, {"step": STEPS, "loss": LOSS, "success": [True, False] * 20}))
    assert run.series["success"].values.tolist() == [1.0, 0.0] * 20


def test_truth_values_and_numbers_in_a_dictionary_are_numbers(tmp_path: Path) -> None:
    columns = {
        "step": STEPS,
        "loss": pa.array([0.5, 0.25] * 20).dictionary_encode(),
        "success": pa.array([True, False] * 20).dictionary_encode(),
    }
    run = run_of(written(tmp_path, columns))
    assert run.series["success"].values.tolist() == [1.0, 0.0] * 20
    assert run.series["loss"].values.tolist() == [0.5, 0.25] * 20


def test_decimals_are_numbers(tmp_path: Path) -> None:
    cents = [decimal.Decimal(100 - i) / 100 for i in STEPS]
    columns = {"step": STEPS, "loss": LOSS, "val_loss": pa.array(cents, pa.decimal256(40, 2))}
    run = run_of(written(tmp_path, columns))
    assert run.series["val_loss"].values.tolist() == pytest.approx([1 - i / 100 for i in STEPS])


def test_moments_that_microseconds_cannot_hold_cost_nothing(tmp_path: Path) -> None:
    columns = {"step": STEPS, "loss": LOSS, "timestamp": pa.array([2**63 - 1] * ROWS, pa.timestamp("ns"))}
    assert run_of(written(tmp_path, columns)).series["loss"].values.size == ROWS


def test_moments_with_a_zone_are_times(tmp_path: Path) -> None:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    moments = [start + datetime.timedelta(seconds=i) for i in STEPS]
    columns = {"step": STEPS, "loss": LOSS, "timestamp": pa.array(moments, pa.timestamp("ms", tz="UTC"))}
    times = run_of(written(tmp_path, columns)).series["loss"].times
    assert times is not None
    assert times[:2].tolist() == [start.timestamp(), start.timestamp() + 1]


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    table = pa.table([pa.array(STEPS), pa.array(LOSS), pa.array([0.5] * ROWS)], names=["step", "loss", "loss"])
    pq.write_table(table, tmp_path / "log.parquet")
    run = run_of(tmp_path / "log.parquet")
    assert run.series["loss"].values.tolist() == LOSS
    assert run.series["loss (2)"].values.tolist() == [0.5] * ROWS
    assert any("more than once" in defect.what for defect in run.defects)


def test_a_column_named_like_the_field_of_another_is_read(tmp_path: Path) -> None:
    columns = {"step": STEPS, "loss": LOSS, "a": [{"b": 1.0}] * ROWS, "a.b": [0.5] * ROWS}
    run = run_of(written(tmp_path, columns))
    assert run.series["a.b"].values.tolist() == [0.5] * ROWS
    assert run.series["loss"].values.size == ROWS


def test_names_of_measures_that_are_no_utf8_are_shown_as_bytes(tmp_path: Path) -> None:
    names = pa.array([b"loss", b"acc\xff"] * 20).cast(pa.string(), safe=False)
    path = written(tmp_path, {"step": STEPS, "tag": names, "value": LOSS})
    assert set(run_of(path).series) == {"loss", "acc\\xff"}


def test_a_damaged_page_costs_its_column_and_is_told(tmp_path: Path) -> None:
    columns = {"step": STEPS, "loss": LOSS, "acc": [0.012345 * i for i in STEPS]}
    path = written(tmp_path, columns, compression="none", use_dictionary=False, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    place = data.index(pa.array([0.012345 * 20], pa.float64()).buffers()[1].to_pybytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))
    run = run_of(path)
    assert set(run.series) == {"loss"}
    assert run.series["loss"].values.tolist() == LOSS
    assert any(defect.lost and "'acc'" in defect.what for defect in run.defects)


def test_a_text_that_stands_in_every_row_is_in_memory_once(tmp_path: Path) -> None:
    note = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), pa.array(["z" * 1_000_000]))
    path = written(tmp_path, {"step": STEPS, "loss": LOSS, "note": note}, store_schema=False)
    before = pa.default_memory_pool().max_memory()
    assert run_of(path).series["loss"].values.size == ROWS
    assert pa.default_memory_pool().max_memory() - before < 20_000_000


def test_texts_of_more_memory_than_names_take_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logdoc.readers.parquet.MAX_TEXT", 1000)
    columns = {"step": STEPS, "loss": LOSS, "note": [f"{i:0100}x" for i in STEPS]}
    run = run_of(written(tmp_path, columns))
    assert run.series["loss"].values.size == ROWS
    assert "note" in run.left_out


def test_steps_beyond_64_bits_with_a_sign_are_told(tmp_path: Path) -> None:
    columns = {"step": pa.array([2**63 + i for i in STEPS], pa.uint64()), "loss": LOSS}
    run = run_of(written(tmp_path, columns))
    assert (run.series["loss"].steps >= 0).all()


def test_a_table_that_is_cut_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"step": STEPS, "loss": LOSS})
    path.write_bytes(path.read_bytes()[:-5])
    (defect,) = load([path])
    assert isinstance(defect, Defect)
    assert defect.lost
