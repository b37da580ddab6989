from __future__ import annotations

import json
import math

import pytest
from curves import points

from logdoc.model import Defect, Run
from logdoc.readers.delimited import group, read, sniff
from logdoc.readers.source import RunSource


@pytest.fixture
def read_text(tmp_path):
    def read_it(text, name="log.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read(RunSource(name, "delimited", tmp_path, (path,)))

    return read_it


@pytest.fixture
def run_of(read_text):
    def one(text, name="log.csv"):
        (run,) = read_text(text, name)
        assert isinstance(run, Run), run
        return run

    return one


def refusal(found):
    (defect,) = found
    assert isinstance(defect, Defect)
    return defect.what


def test_epoch_table_has_epochs_as_axis(run_of):
    run = run_of("epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.25,0.6\n")
    assert points(run, "val_loss") == {0: 1.1, 1: 0.7, 2: 0.6}
    assert {series.axis for series in run.series.values()} == {"epoch"}
    assert "epoch" not in run.series


def test_lightning_table_has_steps_as_axis_and_keeps_the_epoch(run_of, tmp_path):
    (tmp_path / "version_0").mkdir()
    (tmp_path / "version_0" / "hparams.yaml").write_text("lr: 0.001\nmodel:\n  width: 64\n")
    text = "epoch,lr-Adam,step,train_loss,val_loss\n,0.1,0,,\n0,,49,1.0,\n0,,49,,1.2\n1,,99,0.5,\n1,,99,,0.9\n"
    run = run_of(text, "version_0/metrics.csv")
    assert points(run, "train_loss") == {49: 1.0, 99: 0.5}
    assert points(run, "val_loss") == {49: 1.2, 99: 0.9}
    assert points(run, "epoch") == {49: 0, 99: 1}
    assert points(run, "lr-Adam") == {0: 0.1}
    assert run.config == {"lr": 0.001, "model.width": 64}
    assert run.sources == ("version_0/metrics.csv", "version_0/hparams.yaml")
    assert run.defects == ()
    assert not any(math.isnan(v) for series in run.series.values() for v in series.values)


def test_keras_logger_with_na_before_the_first_validation(run_of):
    run = run_of("epoch,accuracy,loss,val_loss\n0,0.1,2.3,NA\n1,0.2,nan,NA\n2,0.3,nan,2.0\n")
    assert points(run, "val_loss") == {2: 2.0}
    assert len(run.series["loss"]) == 3
    assert math.isnan(run.series["loss"].values[2])


def test_a_restart_replaces_the_epochs_it_logs_again(run_of):
    rows = [f"{e},{1 / (e + 1)}" for e in range(5)] + [f"{e},{2 / (e + 1)}" for e in range(2, 7)]
    run = run_of("epoch,loss\n" + "\n".join(rows) + "\n")
    assert points(run, "loss") == {0: 1.0, 1: 0.5, **{e: 2 / (e + 1) for e in range(2, 7)}}
    assert run.restarts == (2,)
    assert run.attempts["loss"][0].steps.tolist() == [2, 3, 4]


def test_batches_within_epochs_are_joined_to_one_count(run_of):
    rows = [f"{e},{b},{1 / (1 + 3 * e + b)}" for e in range(3) for b in range(3)]
    run = run_of("Epoch,Batch,Loss\n" + "\n".join(rows) + "\n")
    assert run.series["Loss"].steps.tolist() == list(range(9))
    assert run.series["Loss"].axis == "step"
    assert run.restarts == ()
    assert points(run, "epoch")[8] == 2


def test_a_row_per_batch_under_an_epoch_number_counts_rows(run_of):
    rows = [f"{e},{0.5}" for e in range(3) for _ in range(10)]
    run = run_of("epoch,loss\n" + "\n".join(rows) + "\n")
    assert run.series["loss"].axis == "index"
    assert len(run.series["loss"]) == 30
    assert "order of the rows" in run.defects[0].what


def test_train_and_validation_rows_of_one_epoch_complement_each_other(run_of):
    run = run_of("epoch,train_loss,val_loss\n0,1.0,\n0,,1.5\n1,0.5,\n1,,1.2\n2,0.4,\n2,,1.1\n")
    assert points(run, "train_loss") == {0: 1.0, 1: 0.5, 2: 0.4}
    assert points(run, "val_loss") == {0: 1.5, 1: 1.2, 2: 1.1}
    assert run.defects == ()


def test_nan_that_only_pads_rows_is_a_hole(run_of):
    run = run_of("step,train_loss,val_loss\n0,1.0,nan\n1,nan,1.5\n2,0.5,nan\n3,0.4,nan\n4,nan,1.2\n")
    assert points(run, "val_loss") == {1: 1.5, 4: 1.2}
    assert "pads the rows" in run.defects[0].what


def test_nan_every_kth_row_is_padding_beside_a_dense_column(run_of):
    rows = [f"{i},{1 / (i + 1)},{0.5 if i % 5 == 0 else 'nan'}" for i in range(21)]
    run = run_of("step,train_loss,val_loss\n" + "\n".join(rows) + "\n")
    assert run.series["val_loss"].steps.tolist() == [0, 5, 10, 15, 20]


@pytest.mark.parametrize("tail", ["nan,nan", "nan,1.0", "1.0,nan"])
def test_nan_of_a_diverged_training_stays_a_logged_nan(run_of, tail):
    rows = [f"{i},1.0,1.0" for i in range(5)] + [f"{i},{tail}" for i in range(5, 10)]
    run = run_of("step,train_loss,val_loss\n" + "\n".join(rows) + "\n")
    assert len(run.series["train_loss"]) == len(run.series["val_loss"]) == 10
    assert sum(math.isnan(v) for s in run.series.values() for v in s.values) == 5 * tail.count("nan")


def test_losses_that_take_over_from_each_other_for_good_are_no_padding(run_of):
    rows = [f"{i},1.0,nan" for i in range(5)] + [f"{i},nan,1.0" for i in range(5, 10)]
    run = run_of("step,train_loss,val_loss\n" + "\n".join(rows) + "\n")
    assert len(run.series["train_loss"]) == 10


def test_chart_export_holds_a_run_per_name_and_leaves_the_bands_out(read_text):
    text = (
        '"Step","a - b - train/loss","a - b - train/loss__MIN","a - b - train/loss__MAX","c - train/loss","c - val"\n'
    )
    text += '"0","1.0","0.9","1.1","",""\n"1","0.5","0.4","0.6","2.0","3"\n'
    first, second = read_text(text)
    assert (first.id, second.id) == ("log.csv/a - b", "log.csv/c")
    assert points(first, "train/loss") == {0: 1.0, 1: 0.5}
    assert points(second, "train/loss") == {1: 2.0}
    assert set(first.left_out) == {"train/loss__MIN", "train/loss__MAX"}


def test_chart_export_of_one_run_is_named_by_its_file(run_of):
    assert run_of('"Step","a - loss"\n"0","1.0"\n"1","0.5"\n').id == "log.csv"


def test_a_runs_table_holds_settings_and_last_values_but_no_curves(read_text):
    text = '"Name","State","Tags","lr","layers","loss","best_val_acc","_step"\n'
    text += (
        '"sweet-sun-1","finished","","0.1","4","mse","0.9","500"\n"calm-sea-2","failed","a","0.2","8","mse","0.8",""\n'
    )
    text += '"calm-sea-2","finished","","0.3","8","mse","NaN","20"\n'
    first, second, third = read_text(text)
    assert [run.id for run in (first, second, third)] == [
        "log.csv/sweet-sun-1",
        "log.csv/calm-sea-2",
        "log.csv/calm-sea-2 (2)",
    ]
    assert first.config == {"lr": 0.1, "layers": 4, "loss": "mse"}
    assert points(first, "best_val_acc") == {500: 0.9}
    assert points(second, "best_val_acc") == {0: 0.8}
    assert any("failed" in defect.what for defect in second.defects)
    assert math.isnan(points(third, "best_val_acc")[20])


def test_a_list_of_names_that_is_no_runs_table_is_refused(read_text):
    assert "table of results" in refusal(read_text('"Name","layers","acc"\n"a","4","0.9"\n"b","8","0.8"\n'))


def test_tables_that_are_no_training_log_are_refused(read_text):
    assert "without step, epoch" in refusal(read_text("entity,state,changed\na,1.5,2024-01-01\na,1.6,2024-01-02\n"))
    assert "without a header" in refusal(read_text("1.5,2.5,3.5\n2.5,1.5,2.5\n", "data.csv"))
    assert "table of results" in refusal(read_text("model,accuracy\nresnet,0.9\nvgg,0.8\n"))
    assert "without step, epoch" in refusal(read_text("batch,width\n1,5\n2,6\n"))
    assert "holds numbers" in refusal(read_text("epoch,comment\n1,good\n2,bad\n"))


def test_long_layout_with_runs(read_text):
    text = "run,tag,step,value\nA,loss,0,1.0\nA,val,0,2.0\nB,loss,0,3.0\nA,loss,1,0.5\nB,loss,1,nan\n"
    first, second = read_text(text)
    assert (first.id, second.id) == ("log.csv/A", "log.csv/B")
    assert points(first, "loss") == {0: 1.0, 1: 0.5}
    assert points(first, "val") == {0: 2.0}
    assert math.isnan(points(second, "loss")[1])


def test_stacked_runs_in_a_wide_table(read_text):
    text = "run,epoch,loss\n" + "".join(f"{run},{e},{1 / (e + 1)}\n" for run in "xy" for e in range(3))
    runs = read_text(text)
    assert [run.id for run in runs] == ["log.csv/x", "log.csv/y"]
    assert all(run.restarts == () and len(run.series["loss"]) == 3 for run in runs)


def test_a_split_column_separates_training_and_validation(run_of):
    run = run_of("epoch,phase,loss\n0,train,1.0\n0,val,1.5\n1,train,0.5\n1,val,1.2\n")
    assert points(run, "train/loss") == {0: 1.0, 1: 0.5}
    assert points(run, "val/loss") == {0: 1.5, 1: 1.2}


def test_absolute_times_are_times_and_relative_ones_are_a_series(run_of):
    run = run_of("_step,_timestamp,_runtime,loss\n0,1700000000.5,1.5,1.0\n1,1700000010.5,11.5,0.5\n")
    assert run.series["loss"].times is not None
    assert run.series["loss"].times.tolist() == [1700000000.5, 1700000010.5]
    assert "_runtime" in run.series
    assert "_timestamp" not in run.series
    milliseconds = run_of("step,time,loss\n0,1700000000500,1.0\n1,1700000010500,0.5\n")
    assert milliseconds.series["loss"].times.tolist() == [1700000000.5, 1700000010.5]
    dates = run_of("step,date,loss\n0,2023-11-14T22:13:20Z,1.0\n1,2023-11-14 22:13:30,0.5\n")
    assert dates.series["loss"].times.tolist() == [1700000000.0, 1700000010.0]


def test_text_columns_are_left_out_with_the_reason(run_of):
    run = run_of("step,host,loss,state\n0,n1,1.0,a\n1,n1,0.5,b\n")
    assert run.left_out["host"].startswith("text, the same in every row: n1")
    assert run.left_out["state"].startswith("text: a, b")


def test_a_few_unreadable_cells_are_counted(run_of):
    run = run_of("step,loss\n0,1.0\n1,oops\n2,0.5\n")
    assert points(run, "loss") == {0: 1.0, 2: 0.5}
    assert "1 cell of column 'loss'" in run.defects[0].what


def test_unsorted_rows_are_sorted(run_of):
    run = run_of("step,loss\n" + "".join(f"{(i * 37) % 101},{i}\n" for i in range(101)))
    assert run.series["loss"].steps.tolist() == list(range(101))
    assert "sorted" in run.defects[0].what
    assert run.restarts == ()


def test_no_counter_counts_rows(run_of):
    run = run_of("loss,accuracy\n1.0,0.1\n0.5,0.2\n")
    assert run.series["loss"].axis == "index"
    assert "rows were counted" in run.note


def test_pandas_row_numbers_are_no_series(run_of):
    run = run_of(",loss,accuracy\n0,1.0,0.1\n1,0.5,0.2\n2,0.4,0.3\n")
    assert set(run.series) == {"loss", "accuracy"}


def test_numbers_of_columns_that_pandas_writes_above_them_are_no_row(run_of):
    rows = [2.5, 1.5, 1.25, 1.125]
    run = run_of(",0\n" + "".join(f"{i},{value}\n" for i, value in enumerate(rows)), "train_loss.csv")
    assert points(run, "train_loss") == dict(enumerate(rows))

    run = run_of(",0,1\n" + "".join(f"{i},{value},{-value}\n" for i, value in enumerate(rows)), "loss.csv")
    assert [series.values.tolist() for series in run.series.values()] == [rows, [-value for value in rows]]

    run = run_of("0\n" + "".join(f"{value}\n" for value in rows), "train_loss.csv")
    assert points(run, "train_loss") == dict(enumerate(rows))


@pytest.mark.parametrize("text", ["0\n1\n2\n3\n", "0,1\n1,2.5\n2,3.5\n3,3.25\n"])
def test_a_first_row_of_numbers_is_a_row(run_of, text):
    run = run_of(text, "loss.csv")
    assert next(iter(run.series.values())).values.size == 4


def test_stable_baselines_monitor(run_of):
    run = run_of(
        '#{"t_start": 1700000000.0, "env_id": "CartPole-v1"}\nr,l,t\n16.0,16,4.9\n31.0,31,4.97\n', "monitor.csv"
    )
    assert run.config["env_id"] == "CartPole-v1"
    assert run.series["r"].values.tolist() == [16.0, 31.0]
    assert run.series["r"].times.tolist() == [1700000004.9, 1700000004.97]


def test_stable_baselines_progress_counts_time_steps(run_of):
    run = run_of("time/iterations,time/total_timesteps,train/loss\n1,2048,\n2,4096,0.5\n3,6144,0.4\n", "progress.csv")
    assert points(run, "train/loss") == {4096: 0.5, 6144: 0.4}
    assert "time/iterations" in run.series


def test_configuration_columns_become_configuration(run_of):
    run = run_of("training_iteration,loss,config/lr,config/env\n1,1.0,0.001,Ant\n2,0.5,0.001,Ant\n", "progress.csv")
    assert run.config == {"lr": 0.001, "env": "Ant"}


def test_tensorboard_downloads_of_one_run_are_one_run(tmp_path):
    for tag in ("loss", "val_loss"):
        (tmp_path / f"run-.-tag-{tag}.csv").write_text("Wall time,Step,Value\n1700000000.5,0,2.0\n1700000001.5,1,1.0\n")
    (source,) = group(tmp_path, sorted(tmp_path.iterdir()))
    assert source.id == tmp_path.name
    (run,) = read(source)
    assert set(run.series) == {"loss", "val_loss"}
    assert run.series["loss"].times.tolist() == [1700000000.5, 1700000001.5]


def test_dvclive_folder_is_one_run(tmp_path):
    folder = tmp_path / "exp" / "dvclive" / "plots" / "metrics" / "train"
    folder.mkdir(parents=True)
    (folder / "loss.tsv").write_text("step\tloss\n0\t1.0\n1\tnan\n")
    (folder.parent / "mAP50(B).tsv").write_text(
        "timestamp\tstep\tmAP50(B)\n1700000000000\t0\t0.5\n1700000001000\t1\t0.6\n"
    )
    (folder / "step.tsv").write_text("step\n0\n1\n")
    (tmp_path / "exp" / "dvclive" / "params.yaml").write_text("lr: 0.1\n")
    (source,) = group(tmp_path, sorted(tmp_path.rglob("*.tsv")))
    assert source.id == "exp/dvclive"
    (run,) = read(source)
    assert set(run.series) == {"train/loss", "mAP50(B)"}
    assert math.isnan(points(run, "train/loss")[1])
    assert run.config == {"lr": 0.1}
    assert run.left_out == {"train/step": "the table holds the steps only"}


def test_sniff_is_strict_where_the_name_says_nothing():
    assert sniff(b"step,loss\n0,1.0\n1,0.5\n", "log.txt") is not None
    assert sniff(b"step loss\n0 1.0\n1 0.5\n", "log") is not None
    assert sniff(b"hello, world\nthis, that\nfoo, bar\n", "log.txt") is None
    assert sniff(b"width,height\n1,2\n3,4\n", "sizes.txt") is None
    assert sniff(b"anything\n", "x.csv") is not None
    assert sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.csv") is None
    assert sniff(b"", "x.csv") is None


def test_json_config_beside_a_table(read_text, tmp_path):
    (tmp_path / "args.json").write_text(json.dumps({"lr": 0.1, "opt": {"name": "adam"}}))
    (run,) = read_text("epoch,loss\n0,1\n1,0.5\n")
    assert run.config == {"lr": 0.1, "opt.name": "adam"}


def test_a_long_file_is_one_series(run_of):
    text = "step,loss\n" + "".join(f"{i},{i}\n" for i in range(120_000))
    run = run_of(text)
    assert len(run.series["loss"]) == 120_000
    assert run.series["loss"].steps[-1] == 119_999


def test_a_file_that_vanishes_or_can_not_be_read_is_a_defect(tmp_path):
    source = RunSource("gone.csv", "delimited", tmp_path, (tmp_path / "gone.csv",))
    assert "could not be read" in refusal(read(source))


def test_one_bad_file_of_a_group_leaves_the_others(tmp_path):
    (tmp_path / "run-a-tag-loss.csv").write_text("Wall time,Step,Value\n1700000000.5,0,2.0\n")
    (tmp_path / "run-a-tag-acc.csv").write_bytes(bytes(range(256)) * 4)
    (source,) = group(tmp_path, sorted(tmp_path.iterdir()))
    (run,) = read(source)
    assert set(run.series) == {"loss"}
    assert [defect.source for defect in run.defects] == ["run-a-tag-acc.csv"]


def test_utf_16_tables_are_read(run_of):
    run = run_of("epoch;loss\n0;1,5\n1;0,5\n".encode("utf-16"))
    assert points(run, "loss") == {0: 1.5, 1: 0.5}
    assert "utf-16" in run.note


def test_a_markdown_table_of_a_model_card_has_no_row_of_dashes(run_of):
    text = "| Training Loss | Epoch | Step | Validation Loss |\n|:-------------:|:-----:|:----:|:---------------:|\n"
    text += "".join(f"| {'No log' if i == 1 else 1 / i} | {i / 2} | {i * 100} | {2 / i} |\n" for i in range(1, 9))
    run = run_of(text, "table.md")
    assert points(run, "Training Loss") == {i * 100: 1 / i for i in range(2, 9)}
    assert len(run.series["Validation Loss"]) == 8
    assert run.defects == ()


@pytest.mark.parametrize("name", ["results.csv", "metrics.csv"])
def test_a_table_of_results_by_run_is_refused(read_text, name):
    found = read_text("id,run_type,final_loss\na1,base,0.4\na2,tuned,0.3\na3,tuned,0.2\n", name)
    assert "table of results" in refusal(found)


def test_a_line_with_values_in_it_is_no_heading():
    text = "".join(f"[rank{r}] step {i}: loss={2 / i + r:.3f}\n" for i in range(1, 8) for r in (0, 1))
    assert sniff(text.encode(), "train.log") is None


def test_headings_of_two_lines_are_joined_and_a_line_below_them_is_no_row(run_of):
    text = "| Epoch | Iteration | Mini-batch | Validation |\n|       |           |    Loss    |    Loss    |\n"
    text += "|=======|===========|============|============|\n"
    text += "".join(f"| {1 + n // 4} | {10 * n} | {3 / (n + 1):.4f} | {4 / (n + 1):.4f} |\n" for n in range(8))
    run = run_of(text, "progress.psv")
    assert points(run, "Validation Loss") == {10 * n: float(f"{4 / (n + 1):.4f}") for n in range(8)}
    assert len(run.series["Mini-batch Loss"]) == 8
    assert run.defects == ()


def test_a_second_row_without_any_number_but_full_of_text_is_a_row(run_of):
    run = run_of("step,loss,state\n0,1.5,warm\n1,0.5,run\n2,0.25,run\n")
    assert points(run, "loss") == {0: 1.5, 1: 0.5, 2: 0.25}
