"""How long epochs took becomes a curve in seconds, and never makes a line a row."""

from __future__ import annotations

import pytest

from logdoc.model import Run

TOOK = [21.5, 20.9, 22.3, 21.1, 35.25, 34.1, 36.75, 35.5]


def seconds(run: Run) -> list[float]:
    return run.series["epoch_time"].values.tolist()


def clock(s: float) -> str:
    return f"{int(s) // 3600:02d}:{int(s) % 3600 // 60:02d}:{int(s) % 60:02d}"


@pytest.mark.parametrize(
    "line",
    [
        "epoch {e} loss {v:.3f} time {s:.2f}s",
        "Epoch {e}/8 [{s:.2f}s] | Train Loss: {v:.4f}",
        "epoch {e}: loss {v:.3f} ({s:.2f}s)",
        "epoch {e} took {s:.3f} seconds, loss = {v:.3f}",
        "{e} | loss {v:.4f} | {s:.2f} s/epoch | epoch {e}",
        "epoch {e:3d} | time/epoch {ms:.2f} ms | loss {v:.4f}",
        "Epoch: {e}, loss: {v:.4f}, epoch_time: {s:.2f}, total_time: {t:.1f}",
        "Epoch {e} of 8 took {s:.2f}s\n  training loss:\t\t{v:.6f}",
        "Epoch {e}, loss {v:.4f}\nEpoch {e} cost time {s:.2f}",
        "epoch_time: {s:.2f} sec\nEpoch: {e}, loss: {v:.4f}",
        "Epoch {e}\nTrained in: {s:.2f}\nLoss: {v:.4f}",
    ],
)
def test_the_time_of_an_epoch_is_read_in_seconds(run_of, line):
    run = run_of(
        "".join(line.format(e=i, v=2 - i / 10, s=s, ms=s * 1000, t=sum(TOOK[:i])) + "\n" for i, s in enumerate(TOOK, 1))
    )
    assert seconds(run) == pytest.approx(TOOK)
    assert run.series["epoch_time"].steps.tolist() == list(range(1, 9))


def test_minutes_and_clocks_are_counted_in_seconds(run_of):
    said = "".join(
        f"Epoch {i}\nIteration: {50 * i}, Generator Loss : {2 - i / 10:.3f}\n"
        f"Iteration: {50 * i + 25}, Generator Loss : {1.9 - i / 10:.3f}\n"
        f"Time Elapsed for This Epoch: {clock(95 + s)}\n"
        for i, s in enumerate(TOOK)
    )
    assert seconds(run_of(said)) == [95 + int(s) for s in TOOK]
    spans = "".join(
        f"Epoch {i}, loss {2 - i / 10:.3f}\nEpoch complete in {1 + i % 3}m {int(s)}s\n" for i, s in enumerate(TOOK)
    )
    assert seconds(run_of(spans)) == [60 * (1 + i % 3) + int(s) for i, s in enumerate(TOOK)]


@pytest.mark.parametrize(
    "line",
    [
        "epoch {e} loss {v:.3f} elapsed {t:.2f}s",  # since the start
        "epoch {e} loss {v:.3f} ETA {s:.2f}s",
        "epoch {e} loss {v:.3f}, {s:.2f}s left",
        "epoch {e} loss {v:.3f} time remaining: {s:.2f}s",
        "epoch {e} loss {v:.3f} eval time {s:.2f}s",
        "epoch {e} loss {v:.3f} time {whole}s",  # of a short epoch, too coarse
        "epoch {e} loss {v:.3f} load {s:.2f}s save {s:.2f}s",  # which of the two?
        "epoch {e} iter {e} loss {v:.3f} time {s:.2f}s",  # of an iteration, or since the epoch began
        "epoch {e} loss {v:.3f} speed {s:.2f} s/it",
    ],
)
def test_other_times_are_no_durations_of_epochs(run_of, line):
    run = run_of(
        "".join(
            line.format(e=i, v=2 - i / 10, s=s, t=sum(TOOK[:i]), whole=3 + i % 2) + "\n" for i, s in enumerate(TOOK, 1)
        )
    )
    assert "epoch_time" not in run.series


def test_times_since_the_start_of_several_trainings_are_no_durations_of_epochs(runs_of):
    one = "".join(
        f"Epoch: {e:02d}/12 | Loss: {2 / e:.4f}\nTime elapsed: {0.48 * e + 0.01 * (e % 2):.2f} min\n"
        for e in range(1, 13)
    )
    first, second = runs_of(one + one)

    assert "epoch_time" not in first.series
    assert "epoch_time" not in second.series


@pytest.mark.parametrize("drawn", ["100%|\u2588\u2588\u2588\u2588| ", "100% "], ids=["terminal", "notebook"])
def test_the_bar_of_an_epoch_tells_its_time_in_either_unit_of_speed(run_of, drawn):
    took = [34, 31, 402, 33, 32, 366]
    head = "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
    rows = [
        f"{e:>7}/60      7.12G {1.9 / e:10.4f} {2.8 / e:10.4f} {1.7 / e:10.4f}         14        640: "
        f"{drawn}48/48 [{s // 60:02d}:{s % 60:02d}<00:00,  {f'{48 / s:.2f}it/s' if s < 48 else f'{s / 48:.2f}s/it'}]\n"
        for e, s in enumerate(took, 1)
    ]

    assert seconds(run_of("".join(head + row for row in rows))) == took


def test_the_bar_of_seconds_tells_no_time(run_of):
    head = "      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size\n"
    row = "{e:>7}/60      7.12G     1.{e}02     2.{e}11     1.{e}17         14        640: 100% 48/48 [00:0{e}<00:00,  9.31it/s]\n"

    assert "epoch_time" not in run_of("".join(head + row.format(e=e) for e in range(1, 6))).series


def lasted(run_of, line: str, took: list[float]) -> list[float] | None:
    """Return the times of epochs that logdoc reads of lines that say so; `{i}` is a time in whole seconds."""
    text = "".join(
        line.format(e=e, v=2 / e, s=s, i=int(s), m=s / 60, h=s / 3600, ms=1000 * s, odd=e % 2) + "\n"
        for e, s in enumerate(took, 1)
    )
    series = run_of(text).series.get("epoch_time")
    return None if series is None else series.values.tolist()


@pytest.mark.parametrize(
    "words",
    [
        "time (min): {m:.5f}",
        "time (ms): {ms:.1f}",
        "time [h]: {h:.7f}",
        "took {m:.5f} min",
        "took {m:.5f} minutes",
        "took {h:.7f} hours",
        "took {ms:.0f}.0ms",
        "{m:.5f} min/epoch",
        "{s:.2f}s",
        "epoch time: {s:.2f}",
        "time {odd}.25s epoch_time {s:.2f}s",
    ],
)
def test_a_time_in_any_unit_is_one_in_seconds(run_of, words):
    assert lasted(run_of, f"epoch {{e}} loss {{v:.4f}}, {words}", TOOK) == pytest.approx(TOOK, abs=0.01)


@pytest.mark.parametrize(
    ("words", "even", "odd"),
    [
        ("took {odd}m {i}s", 0, 60),
        ("took {odd}h 2m {i}s", 120, 3720),
        ("took 2 minutes and {i} seconds", 120, 120),
        ("took {odd}d 2h 3m {i}s", 7_380, 93_780),
        ("took {odd} days, 2:03:{i}", 7_380, 93_780),
        ("took {odd} day, 02:03:{i}.5", 7_380.5, 93_780.5),
        ("epoch time (hh:mm:ss): 00:0{odd}:{i}", 0, 60),
        ("took 1:0{odd}:{i}", 3_600, 3_660),
    ],
)
def test_parts_of_a_time_are_added_each_by_its_unit(run_of, words, even, odd):
    wanted = [(odd if e % 2 else even) + int(s) for e, s in enumerate(TOOK, 1)]

    assert lasted(run_of, f"epoch {{e}} loss {{v:.4f}}, {words}", TOOK) == wanted


ROW = "epoch {e} loss {v:.4f} "


@pytest.mark.parametrize(
    ("line", "took", "read"),
    [
        (ROW + "time {s:.2f}s", [5, 6, 4, 7], True),
        (ROW + "time {s:.2f}s", [5, 6, 4], False),
        (ROW + "time {s:.2f}s", [5, 0, 6, 3, 4], False),
        (ROW + "time {s:.2f}s", [5, -1, 6, 3, 4], False),
        (ROW + "time {s:.2f}s", [5, 6, 7, 8, 9], False),
        (ROW + "time {s:.2f}s", [9, 8, 7, 6, 5], False),
        (ROW + "time {s:.2f}s", [5, 6, 7, 6, 9], True),
        (ROW + "epoch_time {s:.2f}s", [5, 6, 7, 8, 9], True),
        (ROW + "epoch_time {s:.2f}s", [9, 8, 7, 6, 5], True),
        (ROW + "epoch_time {s:.2f}s", [5, 5, 5, 5, 5], False),
        (ROW + "time {i}s", [9, 10, 12, 10, 9], True),
        (ROW + "time {i}s", [9, 9, 12, 10, 9], False),
        (ROW + "time {s:.2f}s duration {m:.2f}s", [50, 60, 40, 70], False),
        ("epoch {e} loss {v:.4f}\ntime: {s:.2f}", [5, 6, 4], True),
        ("epoch {e} loss {v:.4f}\ntime: {s:.2f}", [5, 6], False),
        ("time: {s:.2f}\nepoch {e} loss {v:.4f}", [5, 6, 4, 7], True),
        ("epoch {e} loss {v:.4f}\nepoch {e} time {s:.2f}", [5, 6, 4, 7], True),
        ("epoch {e} loss {v:.4f}\nepoch 9{e} time {s:.2f}", [5, 6, 4, 7], False),
        ("step {e} loss {v:.4f} time {s:.2f}s", [5, 6, 4, 7], False),
        (ROW + "speed {s:.2f} it/s", [5, 6, 4, 7], False),
        (ROW + "mystery {s:.2f}s", [5, 6, 4, 7], False),
        (ROW + "time {s:.2f} / batch", [5, 6, 4, 7], False),
        (ROW + "time {s:.2f} %", [5, 6, 4, 7], False),
        (ROW + "time {s:.2f}s left", [5, 6, 4, 7], False),
    ],
)
def test_a_time_of_every_epoch_with_a_course_of_its_own_is_a_duration(run_of, line, took, read):
    assert lasted(run_of, line, took) == (took if read else None)


def test_a_time_that_only_some_epochs_tell_is_theirs_where_the_words_leave_nothing_open(run_of):
    def text(words: str) -> str:
        return "".join(
            f"epoch {e} loss {2 / e:.4f}\n" + (f"{words}: {TOOK[e % 8]:.2f}\n" if e % 2 else "") for e in range(1, 13)
        )

    assert "epoch_time" not in run_of(text("time")).series
    run = run_of(text("epoch time"))
    assert run.series["epoch_time"].steps.tolist() == [1, 3, 5, 7, 9, 11]
    assert seconds(run) == [TOOK[e % 8] for e in (1, 3, 5, 7, 9, 11)]


def test_a_time_that_only_some_epochs_tell_is_theirs_where_its_line_names_the_epoch(run_of):
    def text(count: str) -> str:
        return "".join(
            f"epoch {e} loss {2 / e:.4f}\n" + (f"{count} {e} time: {TOOK[e % 8]:.2f}\n" if e % 2 else "")
            for e in range(1, 13)
        )

    assert run_of(text("epoch")).series["epoch_time"].steps.tolist() == [1, 3, 5, 7, 9, 11]
    assert "epoch_time" not in run_of(text("part")).series


def test_of_a_log_that_was_cut_the_first_time_is_of_no_named_epoch(run_of):
    text = "".join(f"loss {2 / (e + 1):.4f} time {TOOK[e]:.2f}s\nepoch {e + 1}\n" for e in range(8))

    assert len(seconds(run_of(text))) >= 7


BAR = "epoch {e}: {drawn} 48/48 [{clock}<00:00, 1.5it/s], loss={v:.4f}"


@pytest.mark.parametrize(
    ("took", "read"), [([10, 19, 10], True), ([9, 19, 9], False), ([21, 20, 22], True), ([3741, 3740, 3755], True)]
)
def test_bars_of_ten_seconds_in_three_epochs_are_the_fewest(run_of, took, read):
    text = "".join(
        BAR.format(e=e, v=2 / e, drawn="100%", clock=clock(s) if s >= 3600 else clock(s)[3:]) + "\n"
        for e, s in enumerate(took, 1)
    )
    series = run_of(text).series.get("epoch_time")

    assert (None if series is None else series.values.tolist()) == (took if read else None)


def test_a_bar_that_is_not_through_tells_no_time(run_of):
    text = "".join(f"epoch {e}: 90% 4{e % 3}/48 [00:2{e}<00:03, 1.5it/s], loss={2 / e:.4f}\n" for e in range(1, 7))

    assert "epoch_time" not in run_of(text).series
