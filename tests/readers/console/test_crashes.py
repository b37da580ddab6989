"""How a program ended, from the last lines of its log."""

from __future__ import annotations

import pytest

from logdoc.readers.console.crashes import crashes_in

ROWS = "".join(f"step {i} loss: {2 - 0.01 * i:.4f}\n" for i in range(60))
FRAMES = 'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    main()\n'


def test_the_last_line_of_a_traceback_is_told_not_the_line_of_code_above_it() -> None:
    (crash,) = crashes_in(
        ROWS
        + FRAMES
        + '    raise RuntimeError("Model diverged with loss = NaN.")\nRuntimeError: Model diverged with loss = NaN.\n'
    )

    assert crash.text == "RuntimeError: Model diverged with loss = NaN."
    assert "not finite" in crash.what


def test_the_reason_comes_before_what_the_launcher_says_of_it() -> None:
    text = (
        ROWS + FRAMES + "KeyError: 'labels'\nW0101 sending process 7 closing signal SIGTERM\nexitcode  : 1 (pid: 7)\n"
    )

    assert crashes_in(text)[0].text == "KeyError: 'labels'"


def test_a_batch_that_was_skipped_for_memory_is_no_end() -> None:
    text = ROWS + "WARNING: CUDA out of memory, skipping batch\n" + ROWS

    assert crashes_in(text) == []


def test_memory_that_ran_out_after_the_last_row_is_the_end() -> None:
    (crash,) = crashes_in(ROWS + FRAMES + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n")

    assert "GPU memory" in crash.what
    assert crash.line == 64


def test_an_exception_that_was_caught_and_printed_is_no_end() -> None:
    assert crashes_in(ROWS + FRAMES + "ValueError: no such picture\n" + ROWS) == []


def test_the_same_end_of_many_ranks_is_told_once() -> None:
    ranks = "".join(
        f"[rank{r}]: {line}\n" for r in range(8) for line in [*FRAMES.splitlines(), "ValueError: bad shape"]
    )

    assert [crash.what for crash in crashes_in(ROWS + ranks)] == ["ended with an exception"]


def test_a_log_that_just_stops_says_nothing() -> None:
    assert crashes_in(ROWS) == []
    assert crashes_in("") == []


def test_lines_are_counted_in_a_log_of_which_only_the_end_is_read() -> None:
    long = "step 1 loss: 0.5000 and some talk\n" * 60_000

    (crash,) = crashes_in(long + "Segmentation fault (core dumped)\n")

    assert crash.line == 60_001


def _skipping(scales: list[float]) -> str:
    return "".join(
        f"OVERFLOW! Rank 0 Skipping step. Attempted loss scale: {2 * s:g}, reducing to {s:g}\nstep {i} loss: 1.{i}\n"
        for i, s in enumerate(scales)
    )


def test_steps_that_are_skipped_until_no_loss_scale_is_left_are_an_end() -> None:
    (crash,) = crashes_in(_skipping([2.0**e for e in range(40, 0, -1)]))

    assert "skips its steps" in crash.what


def test_a_loss_scale_that_is_being_found_is_none() -> None:
    assert crashes_in(_skipping([2.0**e for e in range(40, 15, -1)])) == []
    assert crashes_in(_skipping([2.0**e for e in range(40, 0, -1)]) + ROWS) == []


def _start(first: float) -> str:
    return "".join(f"2031-05-06 07:0{i}:00,000 INFO: step {i} loss: {first / (1 + i):.4f}\n" for i in range(1, 9))


def test_an_exception_before_the_first_row_of_a_run_is_not_its_end(runs_of):
    talk = "the launcher waits for its port\n" * 420
    first, second = runs_of(_start(3) + talk + FRAMES + "RuntimeError: port 4321 is taken\n" + _start(2))

    assert not any(defect.ended for run in (first, second) for defect in run.defects)
    assert any("above its first row a program ended with an exception" in defect.what for defect in second.defects)


def test_rows_that_a_program_held_back_until_its_exception_are_of_it(run_of):
    rows = "".join(f"step {i} loss: {2 - 0.01 * i:.4f}\n" for i in range(60))
    run = run_of(FRAMES + "RuntimeError: shapes do not match\n" + rows)

    assert any(defect.ended for defect in run.defects)


def test_a_message_that_the_logger_could_not_write_is_no_end_of_the_program() -> None:
    text = ROWS + "python : --- Logging error ---\n" + FRAMES + "UnicodeEncodeError: no such character\nCall stack:\n"

    assert crashes_in(text) == []
    assert [crash.text for crash in crashes_in(text + FRAMES + "KeyError: 'x'\n")] == ["KeyError: 'x'"]


@pytest.mark.parametrize(
    "line",
    [
        "RuntimeError: cuda runtime error (2) : out of memory at /build/src/Storage.cu:61",
        "F0101 syncedmem.cpp:71] Check failed: error == cudaSuccess (2 vs. 0)  out of memory",
        "pooled_storage.h:88: cudaMalloc failed: out of memory",
    ],
)
def test_older_words_for_memory_that_ran_out_are_known(line: str) -> None:
    assert "GPU memory" in crashes_in(ROWS + FRAMES + line + "\n")[0].what
