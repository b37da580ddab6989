"""Tables that several trainings share: appended below each other, a row for each, or another table between the rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load


def items_of(tmp_path: Path, text: str, name: str = "log.csv") -> list[Run | Defect]:
    (tmp_path / name).write_text(text)
    return list(load([tmp_path / name]))


def runs_of(tmp_path: Path, text: str, name: str = "log.csv") -> list[Run]:
    items = items_of(tmp_path, text, name)
    assert all(isinstance(item, Run) for item in items), items
    return [item for item in items if isinstance(item, Run)]


def test_a_shorter_last_start_is_a_run_of_its_own(tmp_path):
    rows = [*((n, 3 / n) for n in range(1, 31)), *((n, 4 / n) for n in range(1, 5))]
    first, second = runs_of(tmp_path, "epoch,loss\n" + "".join(f"{n},{v:.4f}\n" for n, v in rows))

    assert (len(first.series["loss"]), len(second.series["loss"])) == (30, 4)
    assert "run 1 of 2 in the file" in " ".join(defect.what for defect in first.defects)


def test_a_start_below_the_first_number_of_the_file_counts_on_there(tmp_path):
    rows = [*((n, n % 7, 20) for n in range(501, 560)), *((n, n % 5, 9 - n) for n in range(1, 9))]
    text = "episode,reward,steps\n" + "".join(f"{n},{v},{k}\n" for n, v, k in rows)
    first, second = runs_of(tmp_path, text)

    assert (len(first.series["reward"]), len(second.series["reward"])) == (59, 8)


def test_a_last_start_that_went_as_far_takes_the_place_of_the_one_before(tmp_path):
    rows = [*((n, 3 / n) for n in range(1, 21)), *((n, 4 / n) for n in range(1, 21))]
    (run,) = runs_of(tmp_path, "epoch,loss\n" + "".join(f"{n},{v:.4f}\n" for n, v in rows))

    assert run.series["loss"].values[0] == 4.0


def test_folds_with_a_number_of_their_own_are_not_taken_apart_twice(tmp_path):
    rows = [(fold, n, 3 / n + fold) for fold, last in ((0, 12), (1, 9)) for n in range(1, last)]
    runs = runs_of(tmp_path, "fold,epoch,loss\n" + "".join(f"{f},{n},{v:.4f}\n" for f, n, v in rows))

    assert not any("part" in run.id for run in runs)


@pytest.mark.parametrize(
    "text",
    [
        (
            "hidden_size,n_layers,batch_size,learning_rate,total_time\n64,1,32,0.01,9.5\n64,2,32,0.01,12\n128,2,32,0.1,14\n"
            "128,3,64,0.1,16\n"
        ),
        (
            "optimizer,activation function,epoch,learning rate,min training loss,accuracy\nadam,relu,200,0.1,0.3,0.8\n"
            "sgd,relu,200,0.1,0.5,0.7\nadam,tanh,300,0.01,-0.2,0.9\nadam,tanh,300,0.02,0.1,0.9\n"
        ),
    ],
)
def test_a_row_for_every_run_with_its_settings_is_no_course(tmp_path, text):
    (told,) = items_of(tmp_path, text)

    assert isinstance(told, Defect)
    assert "a table of runs" in told.what


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("epoch,batch_size,hidden_size,loss", "{n},{b},64,{v}"),  # a batch that grows with the epochs
        ("loss,acc,batch_size,hidden_size", "{v},0.5,32,64"),  # settings said again in every row
        ("batch_size,lr,loss", "{b},0.1,{v}"),  # one setting is none
    ],
)
def test_settings_beside_the_rows_of_one_training_leave_it_one(tmp_path, head, row):
    text = f"{head}\n" + "".join(row.format(n=n, b=32 << (n // 5), v=3 / n) + "\n" for n in range(1, 13))
    (run,) = runs_of(tmp_path, text)

    assert len(run.series["loss"]) == 12


def test_commas_with_a_tab_behind_them_are_one_delimiter(tmp_path):
    text = "epoch,\tloss,\tval_acc\n" + "".join(f"{n},\t{3 / (n + 1):.4f},\t0.{5 + n % 4}\n" for n in range(9))
    (run,) = runs_of(tmp_path, text, "history.csv")

    assert run.series["loss"].steps.tolist() == list(range(9))
    assert "val_acc" in run.series


def test_two_columns_without_names_are_a_loss_by_the_name_of_the_file_where_the_count_begins_again(tmp_path):
    rows = [*((n, 3 / n) for n in range(1, 13)), *((n, 2 / n) for n in range(1, 21))]
    (run,) = runs_of(tmp_path, "".join(f"{n},{v:.4f}\n" for n, v in rows), "loss_log.txt")

    assert len(run.series["loss"]) == 32


def test_a_table_whose_rows_another_one_shares_by_turns_is_read(tmp_path):
    text = "iteration,loss,entropy,kl\n0,3.0,1.2,0.01\ngate,share\n"
    text += "".join(f"[0.{n} 0.3],[0.5 0.{n}]\n{n},{3 / n:.3f},1.1,0.01\n" for n in range(1, 9))
    (run,) = runs_of(tmp_path, text, "progress.csv")

    assert len(run.series["loss"]) == 9
    assert any("9 rows left out" in defect.what and defect.lost for defect in run.defects)


def test_how_many_episodes_each_row_had_counts_no_rows(tmp_path):
    many = (30, 900, 640, 410, 300, 220, 160)
    text = "loss,Episodes\n" + "".join(f"{3 / (n + 1):.3f},{k}\n" for n, k in enumerate(many))
    (run,) = runs_of(tmp_path, text)

    assert run.series["loss"].steps.tolist() == list(range(7))


def test_rows_that_were_written_the_newest_first_keep_their_steps(tmp_path):
    steps = (90, 75, 61, 44, 30, 19, 7)
    (run,) = runs_of(tmp_path, "step,loss\n" + "".join(f"{n},{3 / n:.3f}\n" for n in steps))

    assert run.series["loss"].steps.tolist() == sorted(steps)
