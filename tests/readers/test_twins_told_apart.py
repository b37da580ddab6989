"""Which logs are taken for one run, and what is kept of each: by their values, as far as these were written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from logdoc.model import Run, Series
from logdoc.readers.twins import home_of, joined

FALLING = [2.7 * math.exp(-i / 9) + 0.013 * ((7 * i) % 5) for i in range(24)]


def curve(name: str, values: Sequence[float], steps: Sequence[int] | None = None) -> Series:
    return Series(name, np.array(range(len(values)) if steps is None else steps), np.array(values, dtype=float))


def table(*curves: Series, **kept: object) -> Run:
    return Run("m.csv", "csv", ("m.csv",), series={one.name: one for one in curves}, **kept)  # type: ignore[arg-type]


def lines(*curves: Series, **kept: object) -> Run:
    return Run("l.jsonl", "jsonlines", ("l.jsonl",), series={one.name: one for one in curves}, **kept)  # type: ignore[arg-type]


def written(values: Sequence[float], form: str) -> list[float]:
    return [float(format(value, form)) for value in values]


def one_run(first: Sequence[float], second: Sequence[float]) -> bool:
    return len(joined([table(curve("loss", first)), lines(curve("loss", second))])) == 1


@pytest.mark.parametrize("form", [".1f", ".2f", ".3f", ".6f", ".2g", ".3g", ".6g", ".1e"])
def test_values_of_which_one_log_wrote_fewer_digits_are_the_same(form: str) -> None:
    assert one_run(FALLING, written(FALLING, form))
    assert one_run(written(FALLING, form), FALLING)


@pytest.mark.parametrize("form", [".1e", ".2e", ".4e"])
@pytest.mark.parametrize("size", [1e-9, 1e-4, 1e7])
def test_digits_are_counted_from_the_first_that_is_not_zero(form: str, size: float) -> None:
    values = [size * value for value in FALLING]

    assert one_run(values, written(values, form))
    off = [value * (1 + 3 * 10.0 ** -int(form[1])) for value in written(values, form)]
    assert not one_run(values, off)


@pytest.mark.parametrize(("decimals", "apart"), [(1, 0.2), (2, 0.02), (3, 0.002), (4, 0.0005)])
def test_values_that_differ_by_more_than_their_last_decimal_are_another_run(decimals: int, apart: float) -> None:
    larger = [100 + value for value in FALLING]
    rounded = [round(value, decimals) for value in larger]

    assert one_run(larger, rounded)
    assert not one_run(larger, [round(value + apart, decimals) for value in rounded])


@pytest.mark.parametrize("digits", [1, 2, 4])
@pytest.mark.parametrize("size", [1e-9, 1.0])
def test_values_that_are_one_unit_of_their_last_place_off_are_another_run(digits: int, size: float) -> None:
    exact = [1.0 + (0.3712345678 * i) % 8.3 for i in range(24)]
    rounded = [round(value, digits) for value in exact]
    off = [r + 10.0**-digits * (1 if v <= r else -1) for v, r in zip(exact, rounded, strict=True)]

    assert one_run([size * value for value in exact], [size * value for value in rounded])
    assert not one_run([size * value for value in exact], [size * value for value in off])


def test_zeros_among_small_values_change_nothing() -> None:
    small = [0.0 if i % 6 == 0 else 1e-7 * value for i, value in enumerate(FALLING)]

    assert one_run(small, written(small, ".1e"))
    assert not one_run(small, [1.3 * value for value in written(small, ".1e")])


def test_a_level_that_stands_in_one_of_two_logs_tells_nothing_of_the_other() -> None:
    small = [1e-7 * value for value in FALLING]

    assert not one_run([0.0] * 24, small)
    assert not one_run(small, [0.0] * 24)


@pytest.mark.parametrize(("common", "same"), [(3, True), (2, False)])
def test_half_of_the_steps_of_the_shorter_log_and_three_at_least_are_common(common: int, same: bool) -> None:
    steps = [*range(common), *range(100, 106 - common)]
    acc = [0.1, 0.45, 0.7, 0.75, 0.8, 0.85]

    def further(values: list[float]) -> list[float]:
        return [*values[:common], *(value / 3 for value in values[common:6])]

    first = table(curve("loss", FALLING[:6]), curve("acc", acc))
    second = lines(curve("loss", further(FALLING), steps), curve("acc", further(acc), steps))
    assert (len(joined([first, second])) == 1) == same


def test_a_run_that_no_other_log_holds_stays_as_it_is() -> None:
    first, second = table(curve("loss", FALLING)), lines(curve("loss", [3 - value for value in FALLING]))

    assert joined([first, second]) == [first, second]
    assert joined([first])[0] is first


def test_a_tenth_of_the_values_may_differ_and_a_quarter_may_not() -> None:
    def with_others(count: int) -> list[float]:
        return [value + 0.5 * (i < count) for i, value in enumerate(FALLING)]

    assert one_run(FALLING, with_others(2))
    assert not one_run(FALLING, with_others(6))


def test_two_points_are_too_few_and_a_level_that_stands_tells_nothing() -> None:
    assert not one_run(FALLING[:2], FALLING[:2])
    assert not one_run([0.5] * 20, [0.5] * 20)


def test_three_points_of_one_curve_are_chance_and_of_two_curves_are_not() -> None:
    short = FALLING[:3]
    more = [0.1, 0.45, 0.7]

    assert not one_run(short, short)
    assert one_run(FALLING[:5], FALLING[:5])
    assert (
        len(joined([table(curve("loss", short), curve("acc", more)), lines(curve("loss", short), curve("acc", more))]))
        == 1
    )


def test_a_log_that_kept_every_other_step_is_the_same_run() -> None:
    thinned = lines(curve("loss", FALLING[::2], range(0, 24, 2)))

    assert len(joined([table(curve("loss", FALLING)), thinned])) == 1


def test_a_log_that_kept_every_other_step_and_fewer_digits_is_the_same_run() -> None:
    thinned = lines(curve("loss", written(FALLING[::2], ".3f"), range(0, 24, 2)))

    assert len(joined([table(curve("loss", FALLING)), thinned])) == 1


@pytest.mark.parametrize("form", [".1f", ".2f", ".3f"])
def test_large_and_small_values_of_one_curve_are_compared_by_their_decimals(form: str) -> None:
    mixed = [10.0 ** (i % 5) * value for i, value in enumerate(FALLING)]

    assert one_run(mixed, written(mixed, form))


def test_a_log_that_counts_otherwise_is_told_by_the_values_in_their_order() -> None:
    other = lines(curve("loss", FALLING, range(1000, 1024)))

    assert len(joined([table(curve("loss", FALLING)), other])) == 1


def test_a_log_that_counts_otherwise_and_kept_fewer_is_told_by_ten_values_to_the_last_digit() -> None:
    def kept(count: int) -> Run:
        return lines(curve("loss", FALLING[:count], range(1000, 1000 + count)))

    assert len(joined([table(curve("loss", FALLING)), kept(10)])) == 1
    assert len(joined([table(curve("loss", FALLING)), kept(9)])) == 2


def test_each_log_gives_what_only_it_has_and_the_note_counts_it() -> None:
    acc, norm = curve("acc", [i / 24 for i in range(24)]), curve("grad_norm", [3 - i / 12 for i in range(24)])
    speed = curve("tokens", [7.0 + i % 3 for i in range(24)])
    rich = table(curve("loss", FALLING), acc, speed, config={"lr": 0.1, "seed": 3})
    poor = lines(curve("train/loss", FALLING), norm, config={"lr": 0.2, "depth": 4})

    for runs in ([rich, poor], [poor, rich]):
        (run,) = joined(runs)
        assert set(run.series) == {"loss", "acc", "tokens", "grad_norm"}
        assert run.config == {"lr": 0.1, "seed": 3, "depth": 4}
        assert run.note.endswith("also in l.jsonl (jsonlines): 1 curve the same, 1 more taken from there")
        assert run.left_out == {"train/loss (jsonlines)": "the same values as 'loss'"}
        assert set(run.sources) == {"m.csv", "l.jsonl"}


def test_a_curve_under_the_same_words_with_other_values_is_left_out_and_told() -> None:
    acc = [i / 24 for i in range(24)]
    wrong = [value + 0.3 * (i % 2) for i, value in enumerate(acc)]
    rich = table(curve("loss", FALLING), curve("acc", acc), curve("lr", [0.1] * 24))
    poor = lines(curve("loss", FALLING), curve("train/acc", wrong))
    (run,) = joined([rich, poor])

    assert run.series["acc"].values.tolist() == acc
    assert "train/acc" not in run.series
    assert "richest log, csv" in run.left_out["train/acc (jsonlines)"]
    (defect,) = run.defects
    assert defect.what.startswith("'train/acc' agrees with 'acc' of the csv log in 50% of the common steps only")


def test_where_steps_are_counted_otherwise_no_curve_of_the_other_log_is_taken() -> None:
    other = lines(curve("loss", FALLING, range(1000, 1024)), curve("norm", FALLING[::-1], range(1000, 1024)))
    (run,) = joined([table(curve("loss", FALLING), curve("acc", FALLING), curve("lr", FALLING)), other])

    assert "norm" not in run.series
    assert "norm (jsonlines)" in run.left_out


def test_numbers_that_are_none_are_taken_with_their_steps_and_times_between_those_around_them() -> None:
    steps = [i for i in range(24) if i not in (5, 23)]
    kept = Series("loss", np.array(steps), np.array([FALLING[i] for i in steps]), 100.0 + 2.0 * np.array(steps))
    values = [math.nan if i == 5 else -math.inf if i == 23 else value for i, value in enumerate(FALLING)]
    (run,) = joined([lines(kept, curve("lr", FALLING), curve("acc", FALLING)), table(curve("loss", values))])
    whole = run.series["loss"]

    assert whole.steps.tolist() == list(range(24))
    np.testing.assert_array_equal(whole.values, values)
    assert whole.times is not None
    assert whole.times[5] == 110.0
    assert [d.what for d in run.defects] == [
        "2 values of 'loss' that are not finite stand here only, the jsonlines log leaves them out"
    ]


def test_a_log_that_goes_on_in_numbers_that_are_none_is_not_taken_for_what_the_richer_one_left_out() -> None:
    longer = [*FALLING, *[math.nan] * 40]
    rich = lines(curve("loss", FALLING), *(curve(f"metric{i}", [v + i for v in FALLING]) for i in range(3)))
    (run,) = joined([rich, table(curve("loss", longer))])

    assert run.series["loss"].values.tolist() == FALLING
    assert run.defects == ()


@pytest.mark.parametrize(
    ("files", "home"),
    [
        (["a/tensorboard/events.1"], "a"),
        (["a/lightning_logs/version_0/metrics.csv"], "a/version_0"),
        (["a/wandb/offline-run-20250102_030405-abcd/run.wandb"], "a"),
        (["a/checkpoint-40/trainer_state.json"], "a"),
        (["a/train/events.1", "a/val/events.2"], "a"),
        (["metrics.csv"], ""),
    ],
)
def test_folders_that_tools_make_are_no_runs_of_their_own(tmp_path: Path, files: list[str], home: str) -> None:
    source = SimpleNamespace(files=[tmp_path / file for file in files])

    assert home_of(source, tmp_path) == home  # type: ignore[arg-type]


def test_a_source_outside_of_the_root_has_the_home_of_its_whole_path(tmp_path: Path) -> None:
    source = SimpleNamespace(files=[Path("/elsewhere/a/metrics.csv")])

    assert home_of(source, tmp_path).endswith("elsewhere/a")  # type: ignore[arg-type]
