"""Families of console lines, made from names, separators, counters, prefixes and forms of numbers: read exactly, or refused."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logdoc.model import Run
from logdoc.readers import load

ROWS = 9
NAMES = (
    ("loss", "lr"),
    ("train_loss", "val_loss"),
    ("Loss", "Accuracy"),
    ("mean reward", "entropy loss"),
    ("total_loss", "grad_norm"),
    ("perplexity", "learning_rate"),
    ("mIoU", "dice loss"),
)
SEPARATORS = (": ", " = ", "=", ":", " ")
BETWEEN = (", ", " | ", "  ", "; ", "\t", " - ")
COUNTERS = (
    ("epoch {i}", "epoch"),
    ("Epoch: {i}", "epoch"),
    ("Epoch {i}/40", "epoch"),
    ("[Epoch {i}]", "epoch"),
    ("(epoch={i})", "epoch"),
    ("step {i}", "step"),
    ("Step: {i}", "step"),
    ("step={i}", "step"),
    ("Iteration {i}", "step"),
    ("iter {i}/900", "step"),
    ("global_step: {i}", "step"),
    ("update {i}", "step"),
    ("Episode {i}", "episode"),
    ("Round {i}", "round"),
    ("{i}:", "step"),
    ("[{i}]", "step"),
    ("{i}/900:", "step"),
    ("{i}-th epoch", "epoch"),
    ("#{i} epoch={i}", "epoch"),
    ("after epoch {i}", "epoch"),
)
PREFIXES = (
    "",
    "2031-05-06 07:08:{s:02d} ",
    "[2031-05-06 07:08:{s:02d},123] [INFO] ",
    "2031-05-06T07:08:{s:02d}.5Z INFO trainer - ",
    "INFO:root:",
    "[rank0]: ",
    "07:08:{s:02d} | INFO | pkg.loop:fit:{s} - ",
    "I0506 07:08:{s:02d}.000001 4321 loop.cc:88] ",
    "May  6 07:08:{s:02d} node3 python[77]: ",
    "\x1b[32m[fit]\x1b[0m ",
)
NUMBERS = ("{:.4f}", "{:.3e}", "{:.10g}", "{:.2f}")


def text_of(names, separator, between, counter, prefix, number, after=" "):
    """Return the text and, per name, the values as they are written."""
    lines, written = [], {name: [] for name in names}
    for row in range(ROWS):
        i = row + 1
        pairs = []
        for place, name in enumerate(names):
            shown = number.format((3.7 + place) / (row + 1.5) + 0.0123 * place + 0.001)
            written[name].append(float(shown))
            pairs.append(f"{name}{separator}{shown}")
        lines.append(prefix.format(s=row) + counter.format(i=i) + after + between.join(pairs))
    return "\n".join(lines) + "\n", written


def read(folder, text):
    path = folder / "fit.log"
    path.write_text(text, encoding="utf-8")
    return list(load([path]))


def outcome(items, written, axis=None):
    """Return ``exact``, ``refused`` or what is wrong."""
    runs = [item for item in items if isinstance(item, Run)]
    if not runs:
        return "refused"
    if len(runs) > 1:
        return f"{len(runs)} runs"
    series = {name.lower().removeprefix("train ").removeprefix("val "): curve for name, curve in runs[0].series.items()}
    for name, values in written.items():
        curve = series.get(name.lower().removeprefix("train ").removeprefix("val "))
        if curve is None:
            return f"'{name}' is missing among {list(runs[0].series)}"
        if curve.values.tolist() != values:
            return f"'{name}' is {curve.values.tolist()[:3]}, not {values[:3]}"
        if curve.steps.tolist() != list(range(1, ROWS + 1)):
            return f"'{name}' stands at {curve.steps.tolist()[:4]}"
        if axis in ("epoch", "step") and curve.axis != axis:
            return f"'{name}' is counted in {curve.axis}"
    return "exact"


def combinations():
    """Every counter with every prefix, and every name, separator and form of number with some of them: 500."""
    forms = list(itertools.product(NAMES, SEPARATORS, BETWEEN, NUMBERS))
    places = list(itertools.product(COUNTERS, PREFIXES))
    for i in range(500):
        names, separator, between, number = forms[(i * 37) % len(forms)]
        yield (names, separator, between, *places[i % len(places)], number)


def test_five_hundred_families_are_read_exactly_or_refused(tmp_path):
    wrong, refused, cases = [], [], list(combinations())
    for names, separator, between, (counter, axis), prefix, number in cases:
        if separator == " " and between == " - ":
            between = ", "
        text, written = text_of(names, separator, between, counter, prefix, number)
        found = outcome(read(tmp_path, text), written, axis)
        if found == "refused":
            refused.append(text.split("\n")[0])
        elif found != "exact":
            wrong.append((text.split("\n")[0], found))
    assert not wrong, f"{len(wrong)} of {len(cases)}: {wrong[:12]}"
    assert len(refused) <= 0.02 * len(cases), f"{len(refused)}: {refused[:12]}"


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(
    names=st.sampled_from(NAMES),
    separator=st.sampled_from(SEPARATORS[:4]),
    between=st.sampled_from(BETWEEN),
    counter=st.sampled_from(COUNTERS),
    prefix=st.sampled_from(PREFIXES),
    number=st.sampled_from(NUMBERS),
)
def test_no_family_is_read_by_half(tmp_path, names, separator, between, counter, prefix, number):
    text, written = text_of(names, separator, between, counter[0], prefix, number)
    assert outcome(read(tmp_path, text), written) in ("exact", "refused")


NAN = ("nan", "NaN", "-nan", "nanxxx", "-nan(ind)", "1.#QNAN", "-1.#IND", "****")


@pytest.mark.parametrize("spelling", NAN)
def test_nan_is_nan_at_its_step_however_it_is_spelled(tmp_path, spelling):
    lines = [f"step {i} loss: {4 / i:.3f} lr: 0.01" for i in range(1, 8)] + [f"step 8 loss: {spelling} lr: 0.01"]
    (run,) = read(tmp_path, "\n".join(lines) + "\n")
    assert run.series["loss"].steps.tolist() == list(range(1, 9))
    assert math.isnan(run.series["loss"].values[-1])
    assert len(run.series["lr"]) == 8


@pytest.mark.parametrize(
    ("spelling", "value"), [("inf", math.inf), ("-inf", -math.inf), ("1.#INF", math.inf), ("Infinity", math.inf)]
)
def test_an_infinity_is_one_however_it_is_spelled(tmp_path, spelling, value):
    lines = [f"step {i}, loss={4 / i:.3f}" for i in range(1, 8)] + [f"step 8, loss={spelling}"]
    (run,) = read(tmp_path, "\n".join(lines) + "\n")
    assert run.series["loss"].values[-1] == value


@pytest.mark.parametrize("word", ["None", "null", "N/A"])
def test_a_word_for_no_number_where_numbers_stood_is_told_as_lost(tmp_path, word):
    lines = [f"step {i} loss: {4 / i:.3f} lr: 0.01" for i in range(1, 8)]
    lines += [f"step {i} loss: {word} lr: 0.01" for i in range(8, 14)]
    (run,) = read(tmp_path, "\n".join(lines) + "\n")
    assert len(run.series["loss"]) == 7
    (lost,) = [defect for defect in run.defects if defect.lost]
    assert "'loss' has no number in the last 6 rows" in lost.what


def test_a_validation_that_is_not_done_in_every_epoch_has_lost_nothing(tmp_path):
    lines = [f"epoch {i}: loss={4 / i:.3f}, val_loss={4.2 / i if i % 3 == 0 else None}" for i in range(1, 12)]
    (run,) = read(tmp_path, "\n".join(lines) + "\n")
    assert run.series["val_loss"].steps.tolist() == [3, 6, 9]
    assert not [defect for defect in run.defects if defect.lost]


def test_a_number_cut_at_the_end_of_the_file_is_no_other_number(tmp_path):
    text = "\n".join(f"step {i} loss: {9.6508e-03 / i:.4e}" for i in range(1, 7)) + "\nstep 7 loss: 1.3786e-0"
    (run,) = read(tmp_path, text)
    assert run.series["loss"].steps.tolist() == [1, 2, 3, 4, 5, 6]


def test_two_rows_are_a_log_where_a_word_counts_beside_a_measure(tmp_path):
    (run,) = read(tmp_path, "Epoch 1: loss = 0.51\nEpoch 2: loss = 0.43\n")
    assert run.series["loss"].values.tolist() == [0.51, 0.43]


def test_an_average_in_parentheses_is_no_curve_of_its_own(tmp_path):
    (run,) = read(tmp_path, "".join(f"Epoch: [0][{i}/50]\tLoss {5 / i:.2f} (4.90)\n" for i in range(10, 51, 10)))
    assert run.series["Loss"].values.tolist() == [0.5, 0.25, 0.17, 0.12, 0.1]
    assert len([name for name in run.series if "oss" in name]) == 1


def test_epoch_and_iteration_in_brackets_become_one_step(tmp_path):
    text = "".join(f"[{e}, {i}] loss: {3 / (e * 100 + i):.5f}\n" for e in (1, 2, 3) for i in (20, 40, 60))
    (run,) = read(tmp_path, text)
    assert len(run.series["loss"]) == 9
    assert (run.series["loss"].steps[1:] > run.series["loss"].steps[:-1]).all()


def test_players_in_brackets_keep_their_own_names(tmp_path):
    text = "".join(f"{i}: [D loss: {i / 9:.3f}, acc: 0.5]  [G loss: {9 / i:.3f}, acc: 0.25]\n" for i in range(1, 9))
    (run,) = read(tmp_path, text)
    assert {"D loss", "G loss", "D acc", "G acc"} <= set(run.series)


def test_a_speed_in_milliseconds_counts_nothing(tmp_path):
    text = "".join(
        f"Epoch: {e}\n [====>]  Step: {30 + e}ms | Loss: {2 / (e + 1):.3f} | Acc: {e * 10}.500%\n" for e in range(6)
    )
    (run,) = read(tmp_path, text)
    assert run.series["Loss"].steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert "Step" not in run.series


def test_columns_are_named_by_the_headings_above_them(tmp_path):
    text = "  E      #    LOSS TAGGER  TAG_ACC   SCORE\n---  -----    -----------  -------  ------\n"
    text += "".join(f"  {i}    {i * 100}         {90 / (i + 1):.2f}    {60 + i}.25    0.{60 + i}\n" for i in range(6))
    (run,) = read(tmp_path, text)
    assert run.series["LOSS TAGGER"].values.tolist() == [90.0, 45.0, 30.0, 22.5, 18.0, 15.0]
    assert run.series["TAG_ACC"].steps.tolist() == [0, 100, 200, 300, 400, 500]


def test_sections_name_the_part_of_the_data(tmp_path):
    text = "".join(f"Epoch {e}\nTrain:\n  loss: {2 / e:.3f}\nValidation:\n  loss: {3 / e:.3f}\n" for e in range(1, 6))
    (run,) = read(tmp_path, text)
    assert run.series["train loss"].values.tolist() == [2.0, 1.0, 0.667, 0.5, 0.4]
    assert run.series["val loss"].values.tolist() == [3.0, 1.5, 1.0, 0.75, 0.6]


def test_lines_of_further_processes_are_left_out_and_told(tmp_path):
    text = "".join(f"[rank{r}] step {i}: loss={2 / i + r:.3f}\n" for i in range(1, 8) for r in (0, 1))
    (run,) = read(tmp_path, text)
    assert run.series["loss"].values.tolist() == [2.0, 1.0, 0.667, 0.5, 0.4, 0.333, 0.286]
    assert any("further processes" in defect.what for defect in run.defects)


def test_a_bar_that_is_drawn_over_itself_is_read_in_every_state_where_nothing_else_counts(tmp_path):
    text = "".join(
        f"\rsteps: {i:3d}%|##        | {i}/100 [00:0{i % 6}<01:00, 2.9it/s, avg_loss={3 / i:.4f}]" for i in range(1, 12)
    )
    (run,) = read(tmp_path, text + "\n")
    assert run.series["avg_loss"].steps.tolist() == list(range(1, 12))


def test_boosting_rounds_keep_every_curve(tmp_path):
    text = "".join(
        f"[{i}]\ttrain-logloss:{1 / (i + 1):.5f}\ttrain-error:{0.3 / (i + 1):.5f}\tval-logloss:{1.1 / (i + 1):.5f}\n"
        for i in range(7)
    )
    (run,) = read(tmp_path, text)
    assert {"train-logloss", "train-error", "val-logloss"} <= set(run.series)
    assert run.series["train-logloss"].steps.tolist() == list(range(7))
