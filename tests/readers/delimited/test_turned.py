"""Tables with a row for each measure and a column for each epoch."""

from __future__ import annotations

import pytest

from logdoc.api import load_runs

TYPE = "history.csv"


def _runs(folder, text: str):
    (folder / TYPE).write_text(text)
    return load_runs(folder)


ROWS = {"loss": [1.9, 1.2, 0.8, 0.7], "val_loss": [1.8, 1.4, 1.5, 1.9], "accuracy": [0.2, 0.4, 0.6, 0.7]}


def _turned(header: str) -> str:
    return header + "".join(f"\n{name},{','.join(map(str, values))}" for name, values in ROWS.items()) + "\n"


@pytest.mark.parametrize("header", [",0,1,2,3", ",1,2,3,4", "metric,epoch 1,epoch 2,epoch 3,epoch 4"])
def test_a_row_for_each_measure_is_a_curve(tmp_path, header: str) -> None:
    (run,) = _runs(tmp_path, _turned(header))

    assert {name: series.values.tolist() for name, series in run.series.items()} == ROWS


def test_a_cell_that_is_empty_was_not_logged(tmp_path) -> None:
    (run,) = _runs(tmp_path, ",0,1,2,3\nloss,0.9,0.8,0.7,0.6\nval_loss,,0.9,,0.8\n")

    assert run.series["val_loss"].steps.tolist() == [1, 3]


def test_a_table_of_results_of_models_is_no_history(tmp_path) -> None:
    runs = _runs(tmp_path, "metric,small,medium,large\naccuracy,0.7,0.8,0.9\nf1 score,0.6,0.7,0.8\nloss,0.5,0.4,0.3\n")

    assert not any("accuracy" in run.series for run in runs)


def test_returns_without_a_header_are_read_in_a_file_that_is_called_after_them(tmp_path) -> None:
    (tmp_path / "rewards.csv").write_text("".join(f"{value:.18e}\n" for value in (12, 9, 15, 21, 30, 28, 41)))

    (run,) = load_runs(tmp_path)

    assert run.series["rewards"].values.tolist() == [12, 9, 15, 21, 30, 28, 41]


def test_two_columns_without_names_that_count_epochs_and_iterations_are_the_step(tmp_path) -> None:
    rows = [(e, i, 3 / (1 + i + 5 * e)) for e in range(4) for i in range(5)]
    (tmp_path / "loss.txt").write_text("".join(f"{e},{i},{loss:.4f}\n" for e, i, loss in rows))

    (run,) = load_runs(tmp_path)

    assert run.series["loss"].steps.tolist() == list(range(20))
    assert run.series["loss"].values.tolist() == [round(loss, 4) for _, _, loss in rows]
