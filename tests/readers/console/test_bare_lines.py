"""Lines that say little: a measure under the name of a level, the return of an episode, a bar that stands still, and
epochs whose line closes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from logdoc import load_runs

if TYPE_CHECKING:
    from pathlib import Path


def lines(folder: Path, *text: str) -> Path:
    log = folder / "train.log"
    log.write_text("\n".join(text) + "\n", encoding="utf-8")
    return log


@pytest.mark.parametrize("name", ["Loss error", "train error", "Error", "mean error"])
def test_an_error_with_a_number_is_a_measure_and_no_level_of_a_message(tmp_path: Path, name: str) -> None:
    values = [1.5 - 0.1 * i for i in range(10)]

    [run] = load_runs(lines(tmp_path, *(f"{name}: {v:.4f}" for v in values)))

    np.testing.assert_allclose(run.series[name].values, values)


def test_the_level_of_a_message_is_still_none_of_its_words(tmp_path: Path) -> None:
    [run] = load_runs(lines(tmp_path, *(f"trainer - ERROR - step {i} loss: {2 - 0.1 * i:.3f}" for i in range(1, 9))))

    assert list(run.series) == ["loss"]


@pytest.mark.parametrize("form", ["Episode {}: {:.1f}", "Episode {} - {:.1f}", "episode: {} {:.1f}"])
def test_a_bare_number_behind_an_episode_is_its_return(tmp_path: Path, form: str) -> None:
    values = [14.0, 31.0, 33.0, 9.0, 12.0, 15.0, 10.0, 30.0]

    [run] = load_runs(lines(tmp_path, *(form.format(i, v) for i, v in enumerate(values))))

    [series] = run.series.values()
    assert series.name == "episode return"
    np.testing.assert_array_equal(series.values, values)


def test_a_bar_of_keras_is_read_where_its_loss_stands_still(tmp_path: Path) -> None:
    bar = "32/32 [==============================] - 5s - loss: 17.2694 - acc.: 0.5000"

    [run] = load_runs(lines(tmp_path, *["17.269388 0.5", bar] * 6))

    np.testing.assert_array_equal(run.series["loss"].values, [17.2694] * 6)


def test_the_line_of_an_epoch_may_stand_below_its_iterations(tmp_path: Path) -> None:
    text, expected = [], []
    for epoch in range(4):
        for step in (20, 40, 60, 80):
            expected.append(1 / (1 + 100 * epoch + step))
            text.append(f"Step:  {step} Cost:  {expected[-1]:.6f}")
        text.append(f"Epoch: {epoch}, training loss: {0.5 / (1 + epoch)}, validation loss: {0.6 / (1 + epoch)}")

    [run] = load_runs(lines(tmp_path, *text))

    assert np.diff(run.series["Cost"].steps).min() > 0
    np.testing.assert_allclose(run.series["Cost"].values, expected, atol=1e-6)
    assert len(run.series["validation loss"]) == 4
    assert run.series["validation loss"].steps[0] >= run.series["Cost"].steps[3]
    assert run.series["validation loss"].steps[0] < run.series["Cost"].steps[4]


def test_a_number_behind_the_name_of_a_split_that_rises_by_one_counts(tmp_path: Path) -> None:
    rows = "".join(
        f"train: {i} @ epoch:0/4 loss: {9 / i:.4f} box_loss: {4 / i:.4f} took: 3.1{i % 10}" for i in range(1, 40)
    )
    log = lines(tmp_path, rows)

    [run] = load_runs(log)

    assert run.series["loss"].steps.tolist() == list(range(1, 40))
    np.testing.assert_allclose(run.series["loss"].values, [round(9 / i, 4) for i in range(1, 40)])


def test_what_another_logger_wrote_over_a_bar_is_none_of_the_bars_split(tmp_path: Path) -> None:
    bar = "\rValidation: |          | 0/? [00:00<?, ?it/s]\x1b[A"
    rows = [
        f"{bar}[\x1b[37m05:0{i % 10}:11\x1b[0m] INFO Epoch {i}: v_loss {3 / i:.3f}  loss {2 / i:.3f}\n"
        for i in range(1, 15)
    ]

    [run] = load_runs(lines(tmp_path, *rows))

    assert list(run.series) == ["v_loss", "loss"]
    np.testing.assert_allclose(run.series["loss"].values, [round(2 / i, 3) for i in range(1, 15)])
    assert run.series["loss"].steps.tolist() == list(range(1, 15))
