from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load
from logdoc.readers.tables.rows import columns_of, number_in


def one(path):
    (item,) = load([path])
    assert isinstance(item, Run), item
    return item


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class TestTrainerState:
    def state(self, tmp_path, history, name="trainer_state.json", **more):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "best_metric": None,
            "epoch": 1.0,
            "global_step": history[-1].get("step", 0) if history else 0,
            "log_history": history,
            "max_steps": 100,
            **more,
        }
        path.write_text(json.dumps(document, indent=2, sort_keys=True))
        return path

    def test_the_summary_is_no_point_and_rows_without_a_step_neither(self, tmp_path):
        history = [{"loss": 1.0 / i, "step": i, "epoch": i} for i in range(1, 6)]
        history += [{"train_loss": 0.4, "train_runtime": 9.0, "step": 5}, {"predict_loss": 0.1, "predict_runtime": 1.0}]
        run = one(self.state(tmp_path, history))
        assert "train_loss" not in run.series
        assert "predict_loss" not in run.series
        assert run.series["loss"].steps.tolist() == [1, 2, 3, 4, 5]
        assert run.config["max_steps"] == 100

    def test_a_nan_hidden_as_zero_is_a_nan(self, tmp_path):
        history = [
            {"loss": 1.0, "grad_norm": 2.0, "step": 1},
            *({"loss": 0.0, "grad_norm": math.nan, "step": i} for i in range(2, 6)),
        ]
        run = one(self.state(tmp_path, history))
        assert np.isnan(run.series["loss"].values).tolist() == [False, True, True, True, True]
        assert any("logging_nan_inf_filter" in defect.what for defect in run.defects)

    def test_a_loss_of_zero_with_a_finite_gradient_is_zero(self, tmp_path):
        run = one(self.state(tmp_path, [{"loss": 0.0, "grad_norm": 0.1, "step": i} for i in range(1, 6)]))
        assert run.series["loss"].values.tolist() == [0.0] * 5
        assert run.defects == ()

    def test_a_finite_loss_beside_a_gradient_that_is_not_is_told_as_masked(self, tmp_path):
        run = one(
            self.state(
                tmp_path, [{"loss": 1.5, "grad_norm": math.inf if i == 3 else 1.0, "step": i} for i in range(1, 6)]
            )
        )
        assert run.series["loss"].values[2] == 1.5
        assert any("may be masked" in defect.what for defect in run.defects)

    def test_checkpoints_are_beginnings_of_one_run(self, tmp_path):
        history = [{"loss": 1.0 / i, "step": i * 10} for i in range(1, 9)]
        self.state(tmp_path, history[:4], "checkpoint-40/trainer_state.json")
        self.state(tmp_path, history, "checkpoint-80/trainer_state.json")
        run = one(tmp_path)
        assert len(run.series["loss"]) == 8
        assert run.defects == ()

    def test_a_checkpoint_of_another_attempt_is_told(self, tmp_path):
        self.state(tmp_path, [{"loss": 9.0, "step": 10}], "checkpoint-10/trainer_state.json")
        self.state(tmp_path, [{"loss": 1.0, "step": 10}, {"loss": 0.5, "step": 20}])
        assert any("another attempt" in defect.what for defect in one(tmp_path).defects)

    def test_a_document_cut_short_keeps_its_whole_entries(self, tmp_path):
        path = self.state(tmp_path, [{"loss": 1.0 / i, "step": i} for i in range(1, 30)])
        path.write_bytes(path.read_bytes()[:900])
        run = one(path)
        assert 3 < len(run.series["loss"]) < 29
        assert any(defect.lost for defect in run.defects)

    def test_an_empty_history(self, tmp_path):
        self.state(tmp_path, [])
        assert list(load([tmp_path]))


class TestJsonLines:
    def test_numbers_as_text_nan_and_nesting(self, tmp_path):
        rows = [
            {"step": i, "loss": str(0.5 - i / 100), "acc": "NaN" if i == 2 else 0.5, "info": {"kl": i}, "date": "today"}
            for i in range(6)
        ]
        run = one(lines(tmp_path / "log.jsonl", rows))
        assert run.series["loss"].values[1] == 0.49
        assert math.isnan(run.series["acc"].values[2])
        assert run.series["info/kl"].values.tolist() == [0, 1, 2, 3, 4, 5]
        assert "date" in run.left_out

    def test_the_name_of_the_snapshot_counts_where_nothing_else_does(self, tmp_path):
        rows = [{"results": {"fid": 90 - i}, "snapshot_pkl": f"net-{40 * i:06}.pkl", "gpus": 2} for i in range(9)]
        run = one(lines(tmp_path / "metric-fid.jsonl", rows))
        assert run.series["results/fid"].steps.tolist() == [40 * i for i in range(9)]
        counted = one(lines(tmp_path / "log.jsonl", [{"step": i, **row} for i, row in enumerate(rows)]))
        assert counted.series["results/fid"].steps.tolist() == list(range(9))

    def test_a_key_that_is_missing_is_no_nan(self, tmp_path):
        run = one(
            lines(
                tmp_path / "metrics.json",
                [{"iteration": i, "total_loss": 1.0, **({"val_loss": 2.0} if i % 5 == 4 else {})} for i in range(20)],
            )
        )
        assert run.series["val_loss"].steps.tolist() == [4, 9, 14, 19]

    def test_a_line_that_is_cut_and_one_that_is_broken(self, tmp_path):
        path = lines(tmp_path / "log.jsonl", [{"step": i, "loss": 1.0} for i in range(10)])
        path.write_text(path.read_text().replace('{"step": 4, "loss": 1.0}', '{"step": 4, "lo') + '{"step": 10, "lo')
        run = one(path)
        assert len(run.series["loss"]) == 9
        assert sorted(defect.where for defect in run.defects) == ["line 11", "line 5"]
        assert all(defect.lost for defect in run.defects)

    def test_an_integer_of_hundreds_of_digits_is_lost_data_and_no_infinity(self, tmp_path):
        rows = [{"step": i, "loss": 1.0 if i != 5 else int("9" * 400)} for i in range(20)]
        run = one(lines(tmp_path / "log.jsonl", rows))
        assert len(run.series["loss"]) == 19
        assert [(d.id, d.lost) for d in run.defects] == [("DATA018", True)]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    def test_lines_that_powershell_wrote_are_read(self, tmp_path, encoding):
        path = lines(tmp_path / "log.jsonl", [{"step": i, "lo\u00dfs": 1.0, "loss": 2.0} for i in range(10)])
        path.write_bytes(path.read_text("ascii").encode(encoding))
        run = one(path)
        assert len(run.series["lo\u00dfs"]) == len(run.series["loss"]) == 10
        assert not run.defects

    @pytest.mark.parametrize("zeros", [1, 70_000])
    def test_a_tail_of_zeros_is_told_as_in_a_table_and_no_line_is_called_cut(self, tmp_path, zeros):
        path = lines(tmp_path / "log.jsonl", [{"step": i, "loss": 1.0} for i in range(10)])
        size = path.stat().st_size
        path.write_bytes(path.read_bytes() + bytes(zeros))
        run = one(path)
        assert len(run.series["loss"]) == 10
        assert [(d.id, d.where, d.lost) for d in run.defects] == [("DATA003", f"offset {size:,}", True)]

    def test_settings_in_the_first_line(self, tmp_path):
        run = one(
            lines(tmp_path / "a.log.json", [{"seed": 3, "env": "x"}, *({"epoch": i, "loss": 1.0} for i in range(5))])
        )
        assert run.config["seed"] == 3

    def test_train_and_val_rows_told_apart_by_mode(self, tmp_path):
        rows = [
            row
            for i in range(1, 6)
            for row in ({"mode": "train", "epoch": i, "loss": 1 / i}, {"mode": "val", "epoch": i, "loss": 2 / i})
        ]
        run = one(lines(tmp_path / "a.log.json", rows))
        assert run.series["val/loss"].values.tolist() == [2 / i for i in range(1, 6)]

    def test_json_that_logs_nothing_is_passed_over(self, tmp_path):
        lines(tmp_path / "data.jsonl", [{"text": "a", "label": 1}, {"text": "b", "label": 2}])
        (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0", "loss": "none"}')
        (tmp_path / "coco.json").write_text(
            '{"images": [{"id": 1, "width": 3}], "annotations": [{"bbox": [1, 2, 3, 4]}]}'
        )
        assert [item for item in load([tmp_path]) if isinstance(item, Run)] == []


class TestHistories:
    def test_lists_of_equal_length_count_epochs(self, tmp_path):
        (tmp_path / "history.json").write_text(
            json.dumps({"loss": [3, 2, 1], "val_loss": [3, 2.5, math.nan], "lr": [0.1] * 3})
        )
        run = one(tmp_path)
        assert run.series["val_loss"].axis == "epoch"
        assert math.isnan(run.series["val_loss"].values[2])

    def test_losses_per_step_and_per_epoch_share_an_axis(self, tmp_path):
        (tmp_path / "h.json").write_text(
            json.dumps({"train_losses": list(range(100, 0, -1)), "val_losses": [5, 4, 3, 2]})
        )
        run = one(tmp_path)
        assert run.series["val_losses"].steps.tolist() == [24, 49, 74, 99]
        assert any("spread evenly" in defect.what for defect in run.defects)

    def test_records_and_records_by_epoch(self, tmp_path):
        (tmp_path / "a.json").write_text(json.dumps([{"epoch": i, "loss": 1.0 / i} for i in range(1, 5)]))
        (tmp_path / "b.json").write_text(json.dumps({f"epoch_{i}": {"loss": 2.0 / i} for i in range(1, 5)}))
        runs = {run.id: run for run in load([tmp_path])}
        assert runs["a.json"].series["loss"].steps.tolist() == [1, 2, 3, 4]
        assert runs["b.json"].series["loss"].steps.tolist() == [1, 2, 3, 4]

    def test_splits_one_level_down(self, tmp_path):
        (tmp_path / "h.json").write_text(json.dumps({"train": {"loss": [3, 2, 1]}, "val": {"loss": [3, 3, 3]}}))
        run = one(tmp_path)
        assert set(run.series) == {"train/loss", "val/loss"}
        assert set(understand(run).one) >= {"train.loss", "val.loss"}

    def test_a_broken_document_says_so(self, tmp_path):
        (tmp_path / "h.json").write_text('{"loss": [1, 2, 3, ')
        (defect,) = load([tmp_path])
        assert isinstance(defect, Defect)
        assert "whole JSON" in defect.what


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (1, 1.0),
        (True, 1.0),
        ("0.5", 0.5),
        ("-Infinity", -math.inf),
        ("1e-3", 1e-3),
        ([2.5], 2.5),
        ("1_0", None),
        ("", None),
        ("0x1", None),
        (None, None),
        ([1, 2], None),
    ],
)
def test_what_counts_as_a_number(cell, number):
    assert number_in(cell) == number


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"), st.one_of(st.floats(), st.integers(), st.none(), st.text(max_size=5), st.booleans())
        ),
        max_size=20,
    )
)
def test_every_number_of_every_row_is_in_its_column(rows):
    columns, _ = columns_of(rows)
    by_name = {column.name: column for column in columns}
    for i, row in enumerate(rows):
        for key, cell in row.items():
            number = number_in(cell)
            if number is not None:
                assert by_name[key].logged()[i]
                assert by_name[key].values[i] == number or math.isnan(number)
            elif key in by_name:
                assert not by_name[key].logged()[i]


def test_rows_of_very_many_kinds_keep_their_values():
    rows = [{"step": i, f"a{i % 150}": i, f"b{i % 7}": -i} for i in range(600)]
    columns, _ = columns_of(rows)
    by_name = {column.name: column for column in columns}
    assert all(by_name[key].values[i] == value for i, row in enumerate(rows) for key, value in row.items())
    assert by_name["a3"].logged().sum() == 4


class TestStepsOfWandb:
    """W&B counts the calls of its log function as `_step`; a counter of the training tells more."""

    def steps(self, tmp_path, **counter):
        rows = [
            {"_step": i, "loss": 2 - 0.01 * i, **{name: count(i) for name, count in counter.items()}} for i in range(40)
        ]
        return one(lines(tmp_path / "history.jsonl", rows)).series["loss"].steps.tolist()

    @pytest.mark.parametrize("name", ["iter", "global_step", "trainer/global_step", "train_step", "iteration"])
    def test_a_counter_of_the_training_comes_before_it(self, tmp_path, name):
        assert self.steps(tmp_path, **{name: lambda i: 50 * i}) == [50 * i for i in range(40)]

    @pytest.mark.parametrize("count", [lambda i: i % 7, lambda i: 3, lambda i: 50 * i if i < 10 else None])
    def test_one_that_goes_back_stands_still_or_is_mostly_absent_does_not(self, tmp_path, count):
        assert self.steps(tmp_path, iter=count) == list(range(40))


def test_a_trainer_that_counts_tokens_names_the_runtime_in_every_row(tmp_path):
    history = [
        {
            "loss": 1 / i,
            "grad_norm": 1.0,
            "step": i,
            "epoch": i / 5,
            "train_runtime": i * 2.0,
            "num_input_tokens_seen": i * 64,
        }
        for i in range(1, 11)
    ]
    history.append({"step": 10, "epoch": 2.0, "train_runtime": 21.0, "train_loss": 0.3, "total_flos": 1e9})
    path = tmp_path / "trainer_state.json"
    path.write_text(json.dumps({"best_metric": None, "global_step": 10, "log_history": history}))
    run = one(path)
    assert run.series["loss"].steps.tolist() == list(range(1, 11))
    assert "train_loss" not in run.series
    assert "train_loss (at the end)" in run.left_out
    run = one(lines(tmp_path / "log.jsonl", history))
    assert run.series["loss"].steps.tolist() == list(range(1, 11))
    assert "train_loss" not in run.series


def test_ray_writes_a_nan_of_single_precision_as_a_word(tmp_path):
    rows = [
        {
            "loss": "null" if i in (5, 6) else 1 / i,
            "info": {"kl": "null"},
            "training_iteration": i,
            "timesteps_total": i * 100,
        }
        for i in range(1, 11)
    ]
    run = one(lines(tmp_path / "result.json", rows))
    assert np.isnan(run.series["loss"].values).tolist() == [i in (5, 6) for i in range(1, 11)]
    assert np.isnan(run.series["info/kl"].values).all()
    assert not [defect for defect in run.defects if "could not be read" in defect.what]


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([2.0, 1.8, 1.6, 1.5, None, None, None, None], True),
        ([2.0, None, 1.6, None, 1.4, None, 1.2, None], False),  # written in every second row
        ([2.0, 1.8, 1.6, 1.5, None], False),
        ([None] * 8, False),
    ],
)
def test_a_loss_that_is_null_to_the_end_is_lost(tmp_path, losses, told):
    rows = [{"step": i, "train/loss": loss, "lr": 1e-3} for i, loss in enumerate(losses)]

    found = [d for d in one(lines(tmp_path / "log.jsonl", rows)).defects if d.lost]

    assert bool(found) == told
    assert not told or "'train/loss' is null in the last 4 rows" in found[0].what


def test_a_row_that_closes_the_log_and_measures_nothing_is_no_loss_that_is_gone(tmp_path):
    rows = [
        {"current_steps": i, "loss": 3 / i, "eval_loss": None, "learning_rate": 1e-4 / i, "percentage": i}
        for i in range(1, 9)
    ]
    closing = {"current_steps": 8, "loss": None, "eval_loss": None, "learning_rate": None, "percentage": 100.0}

    run = one(lines(tmp_path / "log.jsonl", [*rows, closing]))
    assert not any(defect.lost for defect in run.defects)
    rows = [{"step": i, "loss": 3 / i if i != 30 else None, "lr": 1e-4 / i} for i in range(1, 31)]
    assert any(defect.lost for defect in one(lines(tmp_path / "log.jsonl", rows)).defects)


def test_short_lists_of_one_length_are_a_curve_for_each_place(tmp_path):
    stats = [[0.01 * n + 0.001 * i for i in range(12)] for n in range(6)]
    rows = [
        {
            "epoch": n,
            "train_loss": 3 / (1 + n),
            "test_coco_eval_segm": stats[n],
            "weights": [n, 1.5, 2],
            "odd": [1] * (n + 2),
            "long": [0.5] * 40,
        }
        for n in range(6)
    ]
    run = one(lines(tmp_path / "log.txt", rows))

    assert run.series["test_coco_eval_segm/AP"].values.tolist() == [one[0] for one in stats]
    assert run.series["test_coco_eval_segm/AR_large"].values.tolist() == [one[11] for one in stats]
    assert run.series["weights[0]"].values.tolist() == [0, 1, 2, 3, 4, 5]
    assert understand(run).names["test_coco_eval_segm/AP50"][0] == "test.metric[coco segm ap50]"
    assert {"odd", "long"} <= set(run.left_out)


def test_how_long_an_episode_was_does_not_count_where_the_episodes_are_counted(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "episode,reward,steps\n" + "".join(f"{n},{n / 7:.3f},{90 + 37 * n % 50}\n" for n in range(200, 300))
    )

    assert one(path).series["reward"].steps.tolist() == list(range(200, 300))


def test_frames_count_where_nothing_else_does_and_they_grow(tmp_path):
    path = tmp_path / "progress.csv"
    path.write_text("episode_reward,frame,value\n" + "".join(f"{n / 7:.3f},{640 * n},0.{n}\n" for n in range(1, 60)))
    assert one(path).series["episode_reward"].steps.tolist() == [640 * n for n in range(1, 60)]
    path.write_text("episode_reward,frame,value\n" + "".join(f"{n / 7:.3f},{9 - n % 7},0.{n}\n" for n in range(1, 60)))
    assert one(path).series["episode_reward"].steps.tolist() == list(range(59))
