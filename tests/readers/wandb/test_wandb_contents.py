from __future__ import annotations

import math
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wandb_bytes import EXIT, field, frame, history, item, rows

from logdoc.model import Defect, Run
from logdoc.readers import load
from logdoc.readers.wandb.contents import read_contents


def values(contents, key):
    at, found = contents.columns[key]
    return dict(zip(at.tolist(), found.tolist(), strict=True))


def test_rows_flat_nested_and_of_old_versions_are_read_alike():
    for nested in (True, False):
        contents = read_contents(frame([history({"_step": i, "loss": i * 0.5}, nested=nested) for i in range(100)]))
        assert contents.rows == 100
        assert values(contents, "loss") == {i: i * 0.5 for i in range(100)}
        assert contents.problems == []
    contents = read_contents(frame([history({"a.b.c": 1.5})]))
    assert values(contents, "a.b.c") == {0: 1.5}


def test_nan_and_infinity_are_logged_values_and_null_is_none():
    made = [history({"x": "raw:NaN", "y": "NaN", "z": "raw:-Infinity", "n": None, "t": True}) for _ in range(30)]
    contents = read_contents(frame(made))
    assert all(math.isnan(v) for key in "xy" for v in values(contents, key).values())
    assert set(values(contents, "z").values()) == {-math.inf}
    assert set(values(contents, "t").values()) == {1.0}
    assert "n" not in contents.columns


def test_rows_of_different_keys_are_sparse_and_keep_their_places():
    made = [history({"_step": i, "train": i} if i % 3 else {"_step": i, "val": -i, "train": i}) for i in range(300)]
    contents = read_contents(frame(made))
    assert values(contents, "train") == {i: float(i) for i in range(300)}
    assert values(contents, "val") == {i: -float(i) for i in range(0, 300, 3)}
    assert contents.steps.tolist() == list(range(300))


def test_a_key_twice_in_a_row_counts_as_its_last():
    double = field(2, field(1, item("loss", 1.0)) + field(1, item("loss", 2.0)))
    assert values(read_contents(frame([double] * 3)), "loss") == {0: 2.0, 1: 2.0, 2: 2.0}


def test_values_and_keys_longer_than_127_bytes():
    key = "k" * 200
    contents = read_contents(frame([history({key: i, "text": "x" * 400, "loss": i}) for i in range(50)]))
    assert values(contents, key) == values(contents, "loss") == {i: float(i) for i in range(50)}
    assert "text" in contents.left_out


def test_steps_of_the_record_itself():
    assert read_contents(frame([history({"loss": 1}, step=7), history({"loss": 2}, step=9)])).steps.tolist() == [7, 9]


def test_histograms_and_media():
    one = {
        "h._type": "histogram",
        "h.values": [1, 3],
        "h.bins": [0.0, 1.0, 2.0],
        "i._type": "image-file",
        "i.width": 5,
        "loss": 1,
    }
    packed = {"h": {"_type": "histogram", "values": [2, 2], "packedBins": {"min": 0, "size": 0.5, "count": 2}}}
    contents = read_contents(frame([history(one), history(packed)]))
    assert [(row, edges.tolist(), counts.tolist()) for row, edges, counts in contents.histograms["h"]] == [
        (0, [0.0, 1.0, 2.0], [1.0, 3.0]),
        (1, [0.0, 0.5, 1.0], [2.0, 2.0]),
    ]
    assert "image-file" in contents.left_out["i"]
    assert "i.width" not in contents.columns


def test_config_console_metrics_and_exit():
    records = [
        field(17, field(1, b"abc") + field(3, b"project") + field(4, field(1, item("lr", 0.1, nested=False)))),
        field(5, field(1, item("lr", {"desc": None, "value": 0.2}, nested=False)) + field(1, item("opt.name", "sgd"))),
        field(13, field(3, b"epoch 1\n")),
        field(12, field(1, b"global_step")),
        field(12, field(2, b"*") + field(5, 1)),
        field(18, field(1, 3)),
        field(99, b"something new"),
    ]
    contents = read_contents(frame(records))
    assert contents.run["id"] == "abc"
    assert contents.config == {"lr": {"desc": None, "value": 0.2}, "opt.name": "sgd"}
    assert contents.console == "epoch 1\n"
    assert contents.metrics == {"*": "global_step"}
    assert contents.exit_code == 3
    assert contents.problems == []


def test_an_exit_of_zero_is_no_missing_exit():
    assert read_contents(frame([EXIT])).exit_code == 0
    assert read_contents(frame(rows(2))).exit_code is None


def test_records_go_on_over_blocks():
    big = history({"loss": 0.5, "text": "y" * 100_000})
    contents = read_contents(frame([*rows(50), big, *rows(50)]))
    assert contents.rows == 101
    assert contents.problems == []


def test_cut_at_every_byte_of_the_last_records_nothing_before_is_lost():
    whole = frame(rows(60))
    ends = [len(frame(rows(n))) for n in range(57, 61)]
    for size in range(ends[0], len(whole)):
        contents = read_contents(whole[:size])
        kept = 57 + sum(size >= end for end in ends[1:])
        assert contents.rows == kept
        assert [kind for _, _, kind in contents.problems] == ([] if size in ends else ["DATA001"])


def test_a_flipped_byte_costs_no_more_than_its_block_and_is_told():
    made = rows(3000)
    whole = frame(made)
    blocks = len(whole) // 32_768 + 1
    per_block = 3000 / blocks
    start = len(frame(made[:1500]))
    for at in range(start, start + 80):
        data = bytearray(whole)
        data[at] ^= 0x41
        contents = read_contents(bytes(data))
        assert contents.problems
        assert contents.problems[0][2] == "DATA002"
        assert contents.rows >= 3000 - 2 * per_block


def test_zeros_at_the_end_are_told_as_such():
    (problem,) = read_contents(frame(rows(60)) + bytes(5000)).problems
    assert problem[2] == "DATA003"


@given(st.binary(max_size=600))
def test_any_bytes_are_read_without_an_exception(data):
    for contents in (read_contents(b":W&B\xe1\xbe\x00" + data), read_contents(frame([data, field(2, data)]))):
        assert len(contents.steps) == contents.rows
        for at, found in contents.columns.values():
            assert len(at) == len(found)
            assert set(at.tolist()) <= set(range(contents.rows))


def test_a_file_of_the_header_only(tmp_path):
    (tmp_path / "run-x.wandb").write_bytes(frame([]))
    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert "nothing was logged" in run.note


def test_crashes_in_the_console_become_defects(tmp_path):
    lines = b"step 1\nTraceback (most recent call last):\n  File 'a.py', line 1\nValueError: wrong shape\n"
    (tmp_path / "run-x.wandb").write_bytes(frame([*rows(5), field(13, field(3, lines)), field(18, field(1, 1))]))
    (run,) = load([tmp_path])
    said = " | ".join(defect.what for defect in run.defects)
    assert "exit code 1" in said
    assert "ValueError: wrong shape" in said


def test_a_run_folder_without_its_binary_says_so(tmp_path):
    files = tmp_path / "wandb" / "run-20240101_000000-abcdefgh" / "files"
    files.mkdir(parents=True)
    (files / "wandb-summary.json").write_text('{"loss": 0.5}')
    (files / "output.log").write_text("loading the data\nTraceback (most recent call last):\nKeyError: 'lr'\n")
    (defect,) = load([tmp_path])
    assert isinstance(defect, Defect)
    assert "without its .wandb file" in defect.what
    assert "KeyError: 'lr'" in defect.what


def test_what_a_run_without_its_binary_printed_is_read(tmp_path):
    files = tmp_path / "wandb" / "run-20240101_000000-abcdefgh" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text("lr:\n  value: 0.02\n")
    (files / "output.log").write_text("epoch 1 loss: 0.5\nepoch 2 loss: 0.4\nepoch 3 loss: 0.3\n")
    (run,) = load([tmp_path])
    assert run.series["loss"].values.tolist() == [0.5, 0.4, 0.3]
    assert run.config["lr"] == 0.02
    assert any("the .wandb file is missing" in defect.what for defect in run.defects)


def test_the_history_file_of_old_versions(tmp_path):
    files = tmp_path / "run-20200101_000000-abcdefgh" / "files"
    files.mkdir(parents=True)
    (files / "wandb-history.jsonl").write_text("".join(f'{{"_step": {i}, "loss": {1 / (i + 1)}}}\n' for i in range(10)))
    (run,) = load([tmp_path])
    assert run.series["loss"].steps.tolist() == list(range(10))


@pytest.mark.parametrize("count", [23, 24, 25, 500])
def test_few_and_many_rows_are_read_alike(count):
    contents = read_contents(
        frame([history({"_step": i, "a": i * 0.1, "b": "NaN" if i == 3 else i}) for i in range(count)])
    )
    assert values(contents, "a") == {i: i * 0.1 for i in range(count)}
    assert math.isnan(values(contents, "b")[3])


def test_a_counter_of_the_evaluations_alone_does_not_count_the_rows_between_them(tmp_path):
    made = []
    for i in range(30):
        row: dict[str, object] = {"_step": i * 10, "train/loss": 1 / (i + 1)}
        made.append(history({**row, "val/loss": 2 / (i + 1), "epoch": i // 10 + 1} if i % 10 == 9 else row))
    bound = [field(12, field(1, b"epoch")), field(12, field(2, b"val/*") + field(5, 1))]
    path = tmp_path / "run-abc.wandb"
    path.write_bytes(frame([*bound, *made, EXIT]))
    (run,) = load([path])
    assert isinstance(run, Run)
    assert run.series["train/loss"].steps.tolist() == list(range(0, 300, 10))
    assert run.series["val/loss"].steps.tolist() == [90, 190, 290]
    assert not [defect for defect in run.defects if "have no" in defect.what]


def test_memory_holds_the_history_of_a_file_twice_at_most(tmp_path):
    rng = random.Random(0)  # noqa: S311 - numbers for a log
    made = [history({"_step": i, **{f"train/metric_{j}": rng.random() for j in range(20)}}) for i in range(3_000)]
    path = tmp_path / "run-x.wandb"
    path.write_bytes(frame([*made, EXIT]))
    list(load([path]))  # what is imported and remembered at first use is not of this file
    del made

    tracemalloc.start()
    (run,) = load([path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(run, Run)
    assert len(run.series) == 20
    assert peak <= 2.5 * path.stat().st_size
