"""What the cells of a notebook printed while they trained."""

from __future__ import annotations

import json
import math

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load


def cell(*outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["train()"], "outputs": list(outputs)}


def printed(text: str) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def shown(page: str) -> dict[str, object]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": [page], "text/plain": ["<object>"]}}


def notebook(path, *cells: dict[str, object]):
    document = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document, indent=1))
    return path


def runs_in(path) -> list[Run]:
    items = list(load([path]))
    assert all(isinstance(item, Run) for item in items), items
    return [item for item in items if isinstance(item, Run)]


def trainer_table(rows: int) -> str:
    body = "".join(
        f"<tr>\n<td>{i * 100}</td>\n<td>{'No log' if i == 1 else f'{2 / i:.6f}'}</td>\n<td>{1 / i:.6f}</td>\n</tr><p>\n"
        for i in range(1, rows + 1)
    )
    head = '<tr style="text-align: left;">\n<th>Step</th>\n<th>Training Loss</th>\n<th>Validation Loss</th>\n</tr>'
    table = f'<table border="1" class="dataframe">\n<thead>{head}</thead><tbody>{body}</tbody></table>'
    return f'<div><progress value="900"></progress></div>\n{table}'


def test_the_table_of_the_trainer(tmp_path):
    (run,) = runs_in(notebook(tmp_path / "a.ipynb", cell(shown(trainer_table(9)))))
    assert run.series["Training Loss"].steps.tolist() == list(range(200, 1000, 100))
    assert run.series["Validation Loss"].values[:2].tolist() == [1.0, 0.5]
    assert run.defects == ()


def test_the_table_of_fastai_and_its_nan(tmp_path):
    head = "".join(f"<th>{name}</th>" for name in ("epoch", "train_loss", "valid_loss", "accuracy", "time"))
    rows = "".join(
        f"<tr><td>{i}</td><td>{'nan' if i > 3 else 1 / (i + 1)}</td>"
        f"<td>{1 / (i + 1)}</td><td>0.{i}</td><td>00:1{i}</td></tr>"
        for i in range(6)
    )
    page = f'<table border="1"><thead><tr style="text-align: left;">{head}</tr></thead><tbody>{rows}</tbody></table>'
    (run,) = runs_in(notebook(tmp_path / "a.ipynb", cell(shown(page))))
    assert run.series["train_loss"].axis == "epoch"
    assert [math.isnan(x) for x in run.series["train_loss"].values] == [False] * 4 + [True] * 2
    assert len(run.series["accuracy"]) == 6


def test_what_a_cell_printed_is_a_console_log(tmp_path):
    text = "".join(f"Epoch {i}: train loss: {1 / i:.4f}, val loss: {2 / i:.4f}\n" for i in range(1, 11))
    (run,) = runs_in(
        notebook(tmp_path / "a.ipynb", cell(printed("hello\n")), cell(printed(text[:90]), printed(text[90:])))
    )
    assert run.format == "notebook"
    assert "cell 2" in run.note
    assert max(len(series) for series in run.series.values()) == 10
    assert run.sources == ("a.ipynb",)


def test_every_cell_that_trains_is_a_run(tmp_path):
    first, second = runs_in(
        notebook(tmp_path / "a.ipynb", cell(shown(trainer_table(5))), cell(printed("x")), cell(shown(trainer_table(8))))
    )
    assert (first.id, second.id) == ("a.ipynb/cell 1", "a.ipynb/cell 3")
    assert len(second.series["Validation Loss"]) == 8


def test_a_table_and_a_text_of_one_training_are_one_run(tmp_path):
    text = "".join(f"{{'loss': {1 / i:.4f}, 'step': {i * 100}, 'epoch': {i}}}\n" for i in range(1, 4))
    (run,) = runs_in(notebook(tmp_path / "a.ipynb", cell(printed(text), shown(trainer_table(9)))))
    assert "Training Loss" in run.series


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><th></th><th>age</th></tr><tr><td>0</td><td>3</td></tr><tr><td>1</td><td>4</td></tr></table>",
        "<table><tr><th>loss</th></tr><tr><td>1</td></tr><tr><td>2</td></tr></table>",
        "<table><table><tr><td><table></td></table>",
        "<table></table>",
        "<p>no table",
    ],
)
def test_other_tables_are_no_trainings(tmp_path, page):
    (item,) = load([notebook(tmp_path / "a.ipynb", cell(shown(page)))])
    assert isinstance(item, Defect)
    assert "no output of its cells" in item.what


def test_markup_in_a_cell_is_text(tmp_path):
    page = trainer_table(9).replace("Training Loss", "<b>Training</b> Loss&lt;script&gt;")
    (run,) = runs_in(notebook(tmp_path / "a.ipynb", cell(shown(page))))
    assert "Training Loss<script>" in run.series


def test_notebooks_beside_a_log_are_passed_over_in_silence(tmp_path):
    notebook(tmp_path / "explore.ipynb", cell(printed("shape (10, 3)\n")), {"cell_type": "markdown", "source": ["# x"]})
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(9)))
    (item,) = load([tmp_path])
    assert isinstance(item, Run)
    assert item.format == "delimited"


@pytest.mark.parametrize(
    "text", ['{"cells": [', '{"cells": 3, "cell_type": 1}', '{"cells": [{"cell_type": "code", "outputs": 5}]}']
)
def test_damaged_notebooks_are_told(tmp_path, text):
    path = tmp_path / "a.ipynb"
    path.write_text(text if '"cell_type"' in text else text + ' "cell_type"')
    (item,) = load([path])
    assert isinstance(item, Defect)
    assert item.what.startswith("not judged")


def fastai_table(first: float, rows: int) -> str:
    body = "".join(
        f"<tr><td>{i}</td><td>{first / (i + 1):.6f}</td><td>{first / (i + 2):.6f}</td></tr>" for i in range(rows)
    )
    head = "<tr><th>epoch</th><th>train_loss</th><th>valid_loss</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def test_two_trainings_of_one_cell_are_two_runs(tmp_path):
    first, second = runs_in(
        notebook(tmp_path / "a.ipynb", cell(shown(fastai_table(4.0, 3)), shown(fastai_table(1.5, 5))))
    )

    assert first.series["train_loss"].values.tolist() == [4.0, 2.0, pytest.approx(4 / 3, abs=1e-6)]
    assert len(second.series["valid_loss"]) == 5
    assert first.id != second.id


def test_a_text_of_another_run_is_kept_beside_a_table(tmp_path):
    text = "".join(f"epoch {n} loss {7 / n:.4f}\n" for n in range(1, 7))

    first, second = runs_in(notebook(tmp_path / "a.ipynb", cell(printed(text), shown(fastai_table(4.0, 4)))))

    assert {"train_loss", "valid_loss"} <= set(first.series)
    assert second.series["loss"].values.tolist() == [7.0, 3.5, 2.3333, 1.75, 1.4, 1.1667]


def test_a_table_that_repeats_what_was_printed_is_one_run(tmp_path):
    text = "".join(f"epoch {n} train_loss {4 / (n + 1):.4f} valid_loss {4 / (n + 2):.4f}\n" for n in range(4))

    assert len(runs_in(notebook(tmp_path / "a.ipynb", cell(printed(text), shown(fastai_table(4.0, 4)))))) == 1


def test_an_error_is_told_where_no_output_is_a_log(tmp_path):
    failed = {"output_type": "error", "ename": "ValueError", "evalue": "expected 4 columns, got 3", "traceback": []}
    (defect,) = load([notebook(tmp_path / "a.ipynb", cell(printed("starting\n")), cell(failed))])
    assert "a cell failed: ValueError: expected 4 columns, got 3" in defect.what


def test_the_sign_that_the_device_gave_is_told_before_the_exception(tmp_path):
    said = "Loss.cu:1: block: [0,0,0], thread: [3,0,0] Assertion `t >= 0 && t < n_classes` failed.\n"
    failed = {"output_type": "error", "ename": "RuntimeError", "evalue": "CUDA error: device-side assert triggered"}
    (defect,) = load([notebook(tmp_path / "a.ipynb", cell(printed(said), failed))])
    assert "a cell" in defect.what
    assert "device-side assert" in defect.what or "n_classes" in defect.what


def test_a_cell_that_was_stopped_by_hand_is_no_error(tmp_path):
    stopped = {"output_type": "error", "ename": "KeyboardInterrupt", "evalue": ""}
    (defect,) = load([notebook(tmp_path / "a.ipynb", cell(stopped))])
    assert "was it saved with them" in defect.what
