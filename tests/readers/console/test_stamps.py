"""Time stamps in front of the lines tell when a row was printed, where they are fine enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand

BEGIN = datetime(2024, 2, 28, 23, 58, 30, tzinfo=UTC)


def log(form: str, seconds: float, rows: int = 12) -> str:
    moments = [BEGIN + timedelta(seconds=seconds * n) for n in range(rows)]
    return "starting\n" + "".join(
        f"{moment.strftime(form)} step {10 * n} loss {2 - n / 20:.3f}\n{moment.strftime(form)} saved\n"
        for n, moment in enumerate(moments)
    )


@pytest.mark.parametrize(
    ("form", "seconds"),
    [
        ("[%Y-%m-%d %H:%M:%S]", 20),
        ("%Y-%m-%d %H:%M:%S,000 - INFO -", 20),
        ("[INFO][%Y/%m/%d %H:%M:%S]", 5),
        ("%Y-%m-%dT%H:%M:%S.%f", 0.5),
    ],
)
def test_the_pace_comes_from_the_stamps_where_no_time_of_a_step_is_logged(run_of, form, seconds):
    run = run_of(log(form, seconds))

    assert run.series["loss"].times == pytest.approx([BEGIN.timestamp() + seconds * n for n in range(12)])
    pace = understand(run).one["perf.pace"].series
    assert pace.values == pytest.approx(np.full(11, seconds / 10))
    assert set(run.series) == {"loss"}


@pytest.mark.parametrize(
    "text",
    [
        log("%Y-%m-%d %H:%M:%S", 1),
        log("%H:%M:%S", 20),
        log("%Y-%m-%d %H:%M:%S", 20).replace("2024-02-29 00:00:10 step", "2024-02-29 99:00:10 step"),
        log("%Y-%m-%d %H:%M:%S", 20).replace("2024-02-29 00:00:10 step", "2024-02-27 00:00:10 step"),
        log("%Y-%m-%d %H:%M:%S", 20).replace("2024-02-29 00:00:10 step", "step"),
    ],
    ids=["too coarse", "without a date", "no time", "backwards", "not in every row"],
)
def test_stamps_that_cannot_time_every_row_time_none(run_of, text):
    assert run_of(text).series["loss"].times is None


@pytest.mark.parametrize("stamp", ["20230714-08:{:02d}:00", "20230714_08{:02d}00:", "[20230714 08:{:02d}:00]"])
def test_a_date_written_together_counts_nothing(run_of, stamp):
    text = "".join(
        f"{stamp.format(2 * n)} Train Epoch: {n}/30 ...\n{stamp.format(2 * n + 1)}     total_loss: {9 / n:.4f}\n"
        for n in range(1, 13)
    )
    assert run_of(text).series["total_loss"].steps.tolist() == list(range(1, 13))


@pytest.mark.parametrize("front", ["2024-03-08 11:02:{:02d} ", "[2024-03-08 11:02:{:02d}] ", "11:02:{:02d} | INFO | "])
@pytest.mark.parametrize("tables", [1, 5])
def test_tables_of_two_columns_keep_their_sections_behind_a_stamp_in_every_line(run_of, front, tables):
    table = (
        "----------------------------------\n| rollout/            |          |\n|    ep_len_mean      | {l:<8} |\n"
        "|    ep_rew_mean      | {r:<8} |\n| time/               |          |\n|    fps              | 911      |\n"
        "|    time_elapsed     | 3        |\n|    total_timesteps  | {t:<8} |\n----------------------------------\n"
    )
    text = "Using cpu device\n" + "".join(
        table.format(l=20 + k, r=-90 + 7 * k, t=512 * k) for k in range(1, tables + 1)
    )

    run = run_of("".join(front.format(i % 60) + line for i, line in enumerate(text.splitlines(keepends=True))))

    assert points(run, "rollout/ep_rew_mean") == {512 * k: -90 + 7 * k for k in range(1, tables + 1)}
