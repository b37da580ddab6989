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


@pytest.mark.parametrize("header", [",0,1,2,3", ",1,2,3,4", "metric,1,2,3,4", "metric,epoch 1,epoch 2,epoch 3,epoch 4"])
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


def _of(header: str, rows: dict[str, list[object]]) -> str:
    return header + "".join(f"\n{name},{','.join(map(str, values))}" for name, values in rows.items()) + "\n"


@pytest.mark.parametrize(
    ("header", "counter", "first"),
    [
        (",7,8,9", "column 1", 7),
        ("metric,7,8,9", "column 1", 7),
        ("metric,round_3,round_4,round_5", "round", 3),
        ("measure,Epoch-5,Epoch-6,Epoch-7", "Epoch", 5),
    ],
)
def test_the_columns_count_from_where_they_say(tmp_path, header: str, counter: str, first: int) -> None:
    (run,) = _runs(tmp_path, _of(header, {"loss": [1.9, 1.2, 0.8], "accuracy": [0.2, 0.4, 0.6]}))

    assert run.series["loss"].steps.tolist() == [first, first + 1, first + 2]
    assert run.series["accuracy"].values.tolist() == [0.2, 0.4, 0.6]
    assert f"'{counter}'" in run.note


def test_a_measure_that_blanks_surround_is_called_without(tmp_path) -> None:
    (run,) = _runs(tmp_path, _of("metric,epoch 1,epoch 2,epoch 3", {" loss ": [3, 2, 1], "mystery": [7, 5, 6]}))

    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "loss": [3, 2, 1],
        "mystery": [7, 5, 6],
    }


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("metric,epoch 1,epoch 2", {"loss": [2, 1], "accuracy": [0.2, 0.4]}),
        ("metric,epoch 1,epoch 2,epoch 4", {"loss": [3, 2, 1], "accuracy": [0.2, 0.4, 0.5]}),
        (",1,2,4", {"loss": [3, 2, 1], "accuracy": [0.2, 0.4, 0.5]}),
        (",1,,3", {"loss": [3, 2, 1], "accuracy": [0.2, 0.4, 0.5]}),
        ("metric,epoch 1,epoch 2,best", {"loss": [3, 2, 1], "accuracy": [0.2, 0.4, 0.5]}),
        ("metric,epoch 3,epoch 2,epoch 1", {"loss": [3, 2, 1], "accuracy": [0.2, 0.4, 0.5]}),
        ("metric,epoch 1,epoch 2,epoch 3", {"loss": [3, 2, 1], "mystery": [1, 2, 3], "riddle": [2, 3, 1]}),
        ("metric,epoch 1,epoch 2,epoch 3", {"loss": [3, 2, 1], "accuracy": [0.2, "low", 0.5]}),
        ("metric,epoch 1,epoch 2,epoch 3", {"loss": [3, 2, 1], " loss": [4, 3, 2]}),
        ("metric,epoch 1,epoch 2,epoch 3", {f"loss {i}": [3, 2, i] for i in range(101)}),
        ("loss,1,2,3", {"accuracy": [0.2, 0.3, 0.5], "recall": [0.5, 0.6, 0.4]}),
    ],
    ids=[
        *("two columns", "a gap", "a gap in numbers", "a hole", "a column of another kind", "backwards"),
        *("mostly unknown", "text", "one name twice", "more than a hundred", "a measure in the first row"),
    ],
)
def test_other_tables_do_not_lie_on_their_side(tmp_path, header: str, rows: dict[str, list[object]]) -> None:
    names = {name.strip() for name in rows} | {"loss"}

    assert not any(names & set(run.series) for run in _runs(tmp_path, _of(header, rows)))


def test_a_hundred_measures_lie_on_their_side(tmp_path) -> None:
    rows = {f"loss {i}": [3, 2, i] for i in range(100)}
    (run,) = _runs(tmp_path, _of("metric,epoch 1,epoch 2,epoch 3", rows))

    assert {name: series.values.tolist() for name, series in run.series.items()} == rows
