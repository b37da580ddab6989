"""YOLO's results.txt, Sacred, VisualDL, printed lists and JSON of boosters: small files of one tool each."""

from __future__ import annotations

import contextlib
import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.errors import LogdocError
from logdoc.model import Defect, Run
from logdoc.readers import load
from logdoc.readers.printed import _values, sniff


def one(path) -> Run:
    (item,) = load([path])
    assert isinstance(item, Run), item
    return item


def refused(path) -> str:
    (item,) = load([path])
    assert isinstance(item, Defect), item
    return item.what


class TestYolo:
    def text(self, score: str = "map", rows: int = 12) -> str:
        made = ""
        for i in range(rows):
            p, r = 0.05 * i, 0.04 * i
            last = 2 * p * r / (p + r) if score == "f1" and i else 0.02 * i
            trained = [0.1 / (i + 1), 0.05, 0.02, 0.17, 23, 640]
            cells = [*trained, p, r, 0.045 * i, last, 0.09, 0.04, 0.03]
            made += f"{f'{i}/{rows - 1}':>10}{'3.2G':>10}" + "".join(f"{x:>10.4g}" for x in cells) + "\n"
        return made

    def test_epochs_losses_and_scores_have_their_names(self, tmp_path):
        path = tmp_path / "results.txt"
        path.write_text(self.text())
        run = one(path)
        assert run.series["train/box_loss"].axis == "epoch"
        assert run.series["train/box_loss"].steps.tolist() == list(range(12))
        assert run.series["train/box_loss"].values[1] == 0.05
        assert run.series["metrics/mAP_0.5:0.95"].values[5] == pytest.approx(0.1)
        assert run.series["val/cls_loss"].values.tolist() == [0.03] * 12

    def test_trainings_appended_to_one_file_are_runs_of_their_own(self, tmp_path):
        path = tmp_path / "results.txt"
        path.write_text(self.text(rows=3) + self.text(rows=5) + self.text(rows=4))
        runs = list(load([path]))
        assert [run.id.rpartition("/")[2] for run in runs] == ["part 1", "part 2", "part 3"]
        assert [run.series["train/loss"].steps.tolist() for run in runs] == [[0, 1, 2], [0, 1, 2, 3, 4], [0, 1, 2, 3]]

    def test_f1_of_the_third_version_is_known_by_its_formula(self, tmp_path):
        path = tmp_path / "results.txt"
        path.write_text(self.text("f1"))
        assert "metrics/F1" in one(path).series

    def test_a_loss_of_nan_is_read_and_a_cut_row_is_told(self, tmp_path):
        path = tmp_path / "results.txt"
        path.write_text(self.text().replace("0.01667", "    nan", 1) + "     12/20      3.2G    0.0")
        run = one(path)
        assert math.isnan(run.series["train/box_loss"].values[5])
        assert [d.where for d in run.defects] == ["line 13"]
        assert run.defects[0].lost


class TestSacred:
    def write(self, path, metrics, status="COMPLETED"):
        (path / "metrics.json").write_text(json.dumps(metrics))
        (path / "run.json").write_text(json.dumps({"status": status}))
        return path / "metrics.json"

    def test_every_measure_has_its_own_steps(self, tmp_path):
        times = [f"2026-01-01T12:00:{i:02}.5" for i in range(5)]
        metrics = {
            "training.loss": {"steps": [0, 5, 10, 15, 20], "timestamps": times, "values": [5, 4, math.nan, 2, 1]},
            "validation.loss": {"steps": [0, 20], "timestamps": times[:2], "values": [3.0, 2.0]},
        }
        run = one(self.write(tmp_path, metrics))
        assert run.series["training.loss"].steps.tolist() == [0, 5, 10, 15, 20]
        assert math.isnan(run.series["training.loss"].values[2])
        assert run.series["validation.loss"].steps.tolist() == [0, 20]
        assert run.defects == ()

    @pytest.mark.parametrize("status", ["FAILED", "INTERRUPTED", "TIMEOUT"])
    def test_a_bad_end_is_told(self, tmp_path, status):
        metrics = {"loss": {"steps": [0, 1], "timestamps": [], "values": [5, 4]}}
        run = one(self.write(tmp_path, metrics, status))
        assert run.defects[-1].ended

    def test_lists_of_unequal_length_and_values_that_are_none(self, tmp_path):
        metrics = {
            "loss": {"steps": [0, 1, 2, "x"], "timestamps": [], "values": [5, None, 4, 3, 2]},
            "other": {"steps": 5, "values": [1]},
        }
        run = one(self.write(tmp_path, metrics))
        assert run.series["loss"].steps.tolist() == [0, 2]
        assert len(run.defects) == 3
        assert "other" in run.left_out


class TestVisualDL:
    def record(self, tag: str, value: float, step: int) -> bytes:
        def part(number: int, content: bytes) -> bytes:
            return bytes([number << 3 | 2, len(content)]) + content

        body = bytes([8, step]) + part(2, tag.encode()) + bytes([24, 5, 37]) + struct.pack("<f", value)
        message = part(1, body)
        return struct.pack("<Q", len(message)) + message

    def test_files_of_one_folder_are_one_run(self, tmp_path):
        for number in (1, 2):
            made = b"".join(self.record("train/loss", 1.0, number * 10 + i) for i in range(5))
            (tmp_path / f"vdlrecords.170000000{number}.log").write_bytes(made)
        run = one(tmp_path)
        assert run.series["train/loss"].steps.tolist() == [*range(10, 15), *range(20, 25)]

    def test_a_cut_record_is_told_and_what_came_before_is_read(self, tmp_path):
        path = tmp_path / "vdlrecords.1.log"
        made = b"".join(self.record("loss", math.nan, i) for i in range(5))
        path.write_bytes(made[:-3])
        run = one(path)
        assert len(run.series["loss"]) == 4
        assert run.defects[0].lost

    def test_a_file_of_another_name_is_known_by_its_records(self, tmp_path):
        path = tmp_path / "renamed"
        path.write_bytes(b"".join(self.record("loss", 0.5, i) for i in range(5)))
        assert one(path).format == "visualdl"

    @given(st.binary(max_size=60))
    def test_any_bytes_are_no_crash(self, data):
        from logdoc.readers import visualdl

        assert visualdl.sniff(data, "vdlrecords.1.log") in (None, "VisualDL records")


class TestPrintedLists:
    def test_a_list_is_named_by_its_file(self, tmp_path):
        path = tmp_path / "train_losses.txt"
        path.write_text("[2.5, 1.5, nan, 0.5, inf]")
        assert str(one(path).series["train_losses"].values.tolist()) == "[2.5, 1.5, nan, 0.5, inf]"

    def test_a_dict_with_numbers_in_shells(self, tmp_path):
        path = tmp_path / "history.txt"
        path.write_text(
            "{'loss': [tensor(0.5, device='cuda:0', grad_fn=<NllLossBackward0>), np.float64(0.25),"
            " array(0.125, dtype=float32)], 'val_loss': [None, 0.75, 0.5]}"
        )
        run = one(path)
        assert run.series["loss"].values.tolist() == [0.5, 0.25, 0.125]
        assert run.series["val_loss"].steps.tolist() == [1, 2]

    def test_lists_with_names_before_them(self, tmp_path):
        path = tmp_path / "out.txt"
        path.write_text("train_loss: [3, 2, 1]\nval_loss = [4.0,\n 3.5, 3.0]\n")
        run = one(path)
        assert {name: s.values.tolist() for name, s in run.series.items()} == {
            "train_loss": [3.0, 2.0, 1.0],
            "val_loss": [4.0, 3.5, 3.0],
        }

    @pytest.mark.parametrize(
        "text",
        [
            "[1, 2000] loss: 2.173\n[1, 4000] loss: 1.85\n[1, 6000] loss: 1.67\n",
            "[0/25][0/782] Loss_D: 1.5 Loss_G: 2.5\n" * 4,
            "[0]\ttrain-rmse:0.5\n[1]\ttrain-rmse:0.4\n[2]\ttrain-rmse:0.3\n",
        ],
    )
    def test_log_lines_that_begin_with_a_bracket_are_no_lists(self, text):
        assert sniff(text.encode(), "loss.log") is None

    @pytest.mark.parametrize("text", ["[1, 2, 3", "[1, 2, open('x')]", "[1, 2] 3", "[1, 2]]"])
    def test_what_is_no_list_is_refused_with_its_place(self, tmp_path, text):
        path = tmp_path / "losses.txt"
        path.write_text(text)
        (item,) = load([path], format="printed")
        assert isinstance(item, Defect) or item.defects

    def test_the_length_of_nesting_is_bounded(self):
        with pytest.raises(LogdocError):
            list(_values("[" * 50 + "1" + "]" * 50))

    @given(st.lists(st.one_of(st.floats(), st.integers(-(10**12), 10**12)), min_size=1))
    def test_a_list_comes_back_as_it_was_printed(self, values):
        ((name, found),) = _values(str(values))
        assert name == ""
        assert str([float(v) for v in values]) == str(found)

    @given(st.text(alphabet="[]{}(),:='1.5enaif tensor", max_size=40))
    def test_any_text_is_values_or_refused(self, text):
        with contextlib.suppress(LogdocError):
            assert all(isinstance(value, list | dict) for _, value in _values(text))


LOSS = [1 / (i + 1) for i in range(9)]


class TestJson:
    def write(self, tmp_path, document):
        path = tmp_path / "log.json"
        path.write_text(json.dumps(document))
        return path

    @pytest.mark.parametrize(
        ("trained", "held_out", "names"),
        [
            ("train", "eval", {"train/rmse", "eval/rmse"}),
            ("training", "valid_0", {"training/rmse", "val/rmse"}),
            ("learn", "validation", {"train/rmse", "validation/rmse"}),
            ("dtrain", "dval", {"train/rmse", "val/rmse"}),
            ("validation_0", "validation_1", {"validation_0/rmse", "val/rmse"}),
            ("valid_0", "valid_1", {"val/rmse", "valid_1/rmse"}),
        ],
    )
    def test_results_of_every_split_are_one_run(self, tmp_path, trained, held_out, names):
        run = one(self.write(tmp_path, {trained: {"rmse": LOSS}, held_out: {"rmse": LOSS[::-1]}}))
        assert set(run.series) == names

    def test_a_measure_without_a_known_name(self, tmp_path):
        run = one(self.write(tmp_path, {"training": {"l2": LOSS}, "valid_0": {"l2": LOSS}}))
        assert set(run.series) == {"training/l2", "val/l2"}

    def test_records_with_a_record_per_split(self, tmp_path):
        rows = [{"epoch": i, "train": {"loss": x, "acc": 0.5}, "test": {"loss": x + 1}} for i, x in enumerate(LOSS)]
        run = one(self.write(tmp_path, rows))
        assert run.series["train/loss"].values.tolist() == LOSS
        assert run.series["test/loss"].axis == "epoch"
        run = one(self.write(tmp_path, {str(row.pop("epoch")): row for row in rows}))
        assert run.series["train/loss"].steps.tolist() == list(range(9))

    def test_flags_of_the_best_so_far_are_no_measures(self, tmp_path):
        rows = [
            {"epoch": i + 1, "batches": [{}], "train_loss": x, "train_loss_best": True, "valid_loss_best": i < 4}
            for i, x in enumerate(LOSS)
        ]
        run = one(self.write(tmp_path, rows))
        assert set(run.series) == {"train_loss"}
        assert "best so far" in run.left_out["valid_loss_best"]

    def test_arrays_as_jsonpickle_writes_them(self, tmp_path):
        made = {"py/object": "numpy.ndarray", "dtype": "float64", "values": LOSS}
        run = one(self.write(tmp_path, {"train_loss": made, "val_loss": LOSS}))
        assert run.series["train_loss"].values.tolist() == LOSS

    def test_a_bare_list_is_named_by_its_file(self, tmp_path):
        path = tmp_path / "val_loss.json"
        path.write_text(json.dumps(LOSS))
        assert one(path).series["val_loss"].values.tolist() == LOSS

    def test_records_of_one_measure_each_are_one_run(self, tmp_path):
        for name in ("train_loss", "val_loss", "accuracy"):
            rows = [{"step": i, name: x} for i, x in enumerate(LOSS)]
            (tmp_path / f"{name}.json").write_text(json.dumps(rows))
        run = one(tmp_path)
        assert set(run.series) == {"train_loss", "val_loss", "accuracy"}
        assert len(run.sources) == 3

    def test_records_of_one_measure_over_other_steps_are_apart(self, tmp_path):
        for name, start in (("train_loss", 0), ("val_loss", 1000)):
            rows = [{"step": i + start, name: x} for i, x in enumerate(LOSS)]
            (tmp_path / f"{name}.json").write_text(json.dumps(rows))
        assert sorted(item.id for item in load([tmp_path])) == ["train_loss.json", "val_loss.json"]


class TestTablesOfMeasuresOnly:
    def text(self, names: str, pad: str = "") -> str:
        rows = [f"{9 / (1 + n):.6f}\t{0.5 + n / 100:.6f}\t{0.1 / (1 + n):.2e}\t" for n in range(30)]
        return "".join(f"{line}\n" for line in ["\t".join(f"{name}{pad}" for name in names.split(",")) + "\t", *rows])

    @pytest.mark.parametrize("file", ["log.txt", "training.log", "results"])
    @pytest.mark.parametrize("pad", ["", "   "])
    def test_tabs_between_names_and_numbers_make_a_table_without_a_count(self, tmp_path, file, pad):
        (tmp_path / file).write_text(self.text("Train Loss,Valid Acc.,Learning Rate", pad))
        run = one(tmp_path / file)
        assert set(run.series) == {"Train Loss", "Valid Acc.", "Learning Rate"}
        assert run.series["Train Loss"].steps.tolist() == list(range(30))
        assert run.series["Valid Acc."].values[10] == 0.6

    def test_one_name_behind_a_percent_sign_is_a_table_of_lua_torch(self, tmp_path):
        (tmp_path / "train.log").write_text(
            "% accuracy (train set)\t\n" + "".join(f" {50 + n}.5e+00\t\n" for n in range(9))
        )
        run = one(tmp_path / "train.log")
        assert run.series["accuracy (train set)"].values.tolist() == [50.5 + n for n in range(9)]

    def test_a_percent_sign_stays_in_the_names_of_other_tables(self, tmp_path):
        path = tmp_path / "progress.csv"
        path.write_text("% time exploring,step,loss\n" + "".join(f"{99 - n},{n},{1 / n:.3f}\n" for n in range(1, 9)))
        assert "% time exploring" in one(path).series

    @pytest.mark.parametrize("names", ["city,height,width", "Loss,city,height", "name of the loss in words"])
    def test_names_of_other_things_make_none(self, tmp_path, names):
        path = tmp_path / "log.txt"
        path.write_text(self.text(names) if "," in names else f"{names}\tmore\ttext\n" * 9)
        assert not any(isinstance(item, Run) for item in load([tmp_path]))
