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
