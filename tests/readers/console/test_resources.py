"""What lines of training say of the machine becomes curves, and never makes a line a row."""

from __future__ import annotations

import pytest

from logdoc.model import Run


def values(run: Run, name: str) -> list[float]:
    return run.series[name].values.tolist()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("gpu_mem {:.2f}GB", "gpu_mem"),
        ("gpu_mem: {:.2f} GiB", "gpu_mem"),
        ("max mem: {:.2f}G", "max mem"),
        ("memory: {:.2f}", "memory"),
        ("rss {:.2f} MB", "rss"),
    ],
)
def test_memory_is_read_in_the_unit_it_is_printed_in(run_of, written, name):
    run = run_of("".join(f"epoch {i} loss {2 - i / 10:.3f} {written.format(2 + i / 4)}\n" for i in range(8)))
    assert values(run, name) == pytest.approx([2 + i / 4 for i in range(8)])


def test_a_unit_that_changes_on_the_way_is_converted_into_the_first(run_of):
    amounts = ["512 MB", "768 MB", "896 MB", "1.00 GB", "1.25 GB", "1.50 GB", "1.75 GB", "2.00 GB"]
    run = run_of("".join(f"epoch {i} loss {2 - i / 10:.3f} memory {text}\n" for i, text in enumerate(amounts)))
    assert values(run, "memory") == [512, 768, 896, 1024, 1280, 1536, 1792, 2048]


def test_the_time_of_a_step_is_read_where_the_time_of_its_data_stands_beside_it(run_of):
    line = "Epoch: [0][{}/90]\tTime {:.3f} (0.500)\tData {:.3f} (0.400)\tLoss {:.4f} (2.0)\n"
    run = run_of("".join(line.format(10 * i, 0.5 + i / 100, 0.4, 2 - i / 10) for i in range(8)))
    assert values(run, "step_time") == pytest.approx([0.5 + i / 100 for i in range(8)])
    assert values(run, "data_time") == pytest.approx([0.4] * 8)


@pytest.mark.parametrize(
    "line",
    [
        "iter {0} loss {1:.3f} time {0}.5\n",  # since the start, perhaps
        "iter {0} loss {1:.3f} time {0}.5 min data 0.2\n",
        "iter {0} loss {1:.3f} memory_bank 0.5\n",
        "iter {0} loss {1:.3f} replay memory {0}\n",
    ],
)
def test_other_times_and_memories_are_no_curves_of_the_machine(run_of, line):
    run = run_of("".join(line.format(i, 2 - i / 10) for i in range(1, 9)))
    assert not {"step_time", "data_time", "memory"} & set(run.series)


def test_memory_of_a_validation_is_left_out(run_of):
    text = "".join(
        f"train epoch {i} loss {2 - i / 10:.3f} mem {5 + i}.5G\nval epoch {i} val_loss {2 - i / 10:.3f} mem 2.0G\n"
        for i in range(8)
    )
    assert values(run_of(text), "mem") == [5.5 + i for i in range(8)]


@pytest.mark.parametrize(
    ("written", "factor"),
    [
        ("elapsed time per iteration (ms): {:.1f}", 1000),
        ("time per step (s): {:.4f}", 1),
        ("time/batch = {:.4f} s,", 1),
        ("time per iteration: {:.2f} ms", 1000),
    ],
)
def test_what_a_step_took_is_read_in_seconds(run_of, written, factor):
    spent = [0.51 + i / 32 for i in range(8)]
    run = run_of(
        "".join(f"step {i} | loss {2 - i / 10:.3f} | {written.format(factor * s)}\n" for i, s in enumerate(spent))
    )
    assert values(run, "step_time") == pytest.approx(spent, abs=1e-4)


@pytest.mark.parametrize(
    "line",
    [
        "GPU memory used: {:.1f} MB",
        "Memory allocated: {:.2f} GB, reserved: 9.1 GB",
        "memory of /device:GPU:0: current: {:.2f}, peak: 7.5",
        "cuda memory {:.0f} MiB",
    ],
)
def test_memory_in_use_is_read_from_lines_of_its_own_between_the_rows(run_of, line):
    run = run_of("".join(f"step {i} loss {2 - i / 50:.3f}\n{line.format(2 * i)}\n" for i in range(1, 21)))

    assert run.series["memory"].values.tolist() == [2 * i for i in range(1, 21)]
    assert run.series["memory"].steps.tolist() == list(range(1, 21))


@pytest.mark.parametrize(
    "line", ["total memory: {:.1f} GB", "memory used: {:.0f}%", "memory available: {:.1f} GB", "replay memory: {:.0f}"]
)
def test_memory_that_is_not_in_use_is_no_curve(run_of, line):
    run = run_of("".join(f"step {i} loss {2 - i / 50:.3f}\n{line.format(2 * i)}\n" for i in range(1, 21)))

    assert "memory" not in run.series


def test_memory_that_is_said_now_and_then_is_no_curve(run_of):
    rows = [f"step {i} loss {2 - i / 50:.3f}\n" + (f"memory used: {i} MB\n" if i % 5 == 0 else "") for i in range(60)]

    assert "memory" not in run_of("".join(rows)).series


@pytest.mark.parametrize("counted", ["[{e}][0/40]", "[{e}] - Iter: [0/40]", "[{e}] batch 1/40"])
def test_the_times_of_the_first_iteration_of_every_epoch_are_not_those_of_a_step(run_of, counted):
    line = f"Epoch: {counted}\tTime {{t:.3f}} (0.500)\tData {{d:.3f}} (0.400)\tLoss {{loss:.4f}} (2.0)\n"
    run = run_of("".join(line.format(e=i, t=5 + i / 10, d=4.5, loss=2 - i / 10) for i in range(8)))

    assert len(next(series for name, series in run.series.items() if "loss" in name.lower())) == 8
    assert not {"step_time", "data_time"} & run.series.keys()
