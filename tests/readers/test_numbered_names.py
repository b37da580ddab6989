"""Logs whose names end in a number, as screen, rotations and queues give it."""

from __future__ import annotations

import pytest

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.walk import may_hold_log, printed_as

ROWS = "".join(f"epoch {n} loss {2 / n:.3f}\n" for n in range(1, 9))


@pytest.mark.parametrize("name", ["screenlog.0", "train.log.2", "nohup.out.1", "job.o48213", "job.e7741-3"])
def test_a_numbered_log_is_read(tmp_path, name):
    (tmp_path / name).write_text(ROWS)
    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert run.series["loss"].steps.tolist() == list(range(1, 9))


@pytest.mark.parametrize("name", ["libfoo.so.1", "weights.12", "model.ckpt.3", "page.7"])
def test_other_numbered_files_are_passed_over(name):
    assert printed_as(name) == name
    assert not may_hold_log(name)


def test_what_a_queue_says_of_a_killed_program_is_told_without_a_row(tmp_path):
    text = "batch size 64\nwarming up\nnode7: error: Detected 1 oom_kill event in StepId=88.batch.\n"
    (tmp_path / "job.err").write_text(text)
    (found,) = load([tmp_path])
    assert "memory" in " ".join(d.what for d in found.defects) if isinstance(found, Run) else "memory" in found.what


def test_a_text_without_such_a_word_is_still_none(tmp_path):
    (tmp_path / "server.log").write_text("started\nclient 3 was killed in the game\nstopped\n")
    assert not any(isinstance(item, Run) for item in load([tmp_path]))
