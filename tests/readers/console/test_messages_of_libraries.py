"""Messages of libraries between the rows of a log: which line, which words, which of several runs."""

from __future__ import annotations

from pathlib import Path

from logdoc.api import load_runs
from logdoc.model import Run
from logdoc.model.notes import SAID
from logdoc.readers.console.messages import said_in

ROWS = "".join(f"step {i} loss: {2 - 0.01 * i:.4f}\n" for i in range(60))
BROADCAST = (
    "/opt/lib/loss.py:520: UserWarning: Using a target size (torch.Size([8])) that is different to the input size "
    "(torch.Size([8, 1])). This will likely lead to incorrect results due to broadcasting.\n"
)
WORKERS = "The 'train_dataloader' does not have many workers which may be a bottleneck.\n"


def notes_of(tmp_path: Path, text: str) -> list[list[tuple[str, str]]]:
    (tmp_path / "train.log").write_text(text)
    runs = [run for run in load_runs(tmp_path) if isinstance(run, Run)]
    return [[(d.where, d.what) for d in run.defects if d.id == SAID] for run in runs]


def test_a_message_is_told_with_its_line_and_without_the_file_that_warned() -> None:
    (said,) = said_in(ROWS + BROADCAST + "  return f(x)\n" + ROWS)

    assert (said.by, said.line) == ("PyTorch", 61)
    assert said.text.startswith("Using a target size (torch.Size([8]))")


def test_a_message_that_comes_again_is_told_once_where_it_came_first() -> None:
    assert [said.line for said in said_in(BROADCAST + ROWS + BROADCAST)] == [1]


def test_messages_stand_in_the_order_of_their_lines() -> None:
    assert [said.line for said in said_in(WORKERS + ROWS + BROADCAST)] == [1, 62]


def test_a_line_with_the_words_and_another_sense_does_not_hide_the_message_below_it() -> None:
    text = "Using a target size of 64 for all images\n" + BROADCAST

    assert [said.line for said in said_in(text)] == [2]


def test_a_summary_without_parameters_is_taken_back_by_one_that_has_some() -> None:
    frozen, whole = "Trainable params: 0 (0.00 B)\n", "Trainable params: 5,130 (20.04 KB)\n"

    assert [said.text for said in said_in(frozen + ROWS)] == [frozen.strip()]
    assert said_in(frozen + whole + ROWS) == []


def test_the_beginning_and_the_end_of_a_long_log_are_looked_through() -> None:
    long = ROWS * 2_000

    assert [said.line for said in said_in(WORKERS + long + BROADCAST)] == [1, 2 + 60 * 2_000]
    assert said_in(long + BROADCAST + long) == []


def test_each_of_several_runs_has_what_was_said_above_its_last_row(tmp_path: Path) -> None:
    first, second = notes_of(tmp_path, ROWS + WORKERS + ROWS + BROADCAST)

    assert first == []
    assert [where for where, _ in second] == ["line 61", "line 122"]


def test_a_message_is_no_data_that_was_lost(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(BROADCAST + ROWS)

    (run,) = load_runs(tmp_path)

    assert not any(d.lost for d in run.defects)
