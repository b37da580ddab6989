"""Several losses, data sets or loggers in one log: lines that differ in one word, and counts that take turns."""

from __future__ import annotations

import pytest

PAIRS = [
    ("[{t}] epoch {e} loss {x:.4f}", "coarse", "fine"),
    ("INFO:net.{t}: epoch {e}: loss {x:.4f}", "left", "right"),
    ("{t}: epoch {e} loss {x:.4f}", "head_a", "head_b"),
    ("dataset={t} epoch {e} loss {x:.4f}", "reviews", "news"),
    ("epoch {e} loss {x:.4f} ({t})", "reviews", "news"),
]


def of(form, tag, epoch, scale=1.0):
    return form.format(t=tag, e=epoch, x=scale * (0.2 + 3 / epoch))


@pytest.mark.parametrize(("form", "one", "other"), PAIRS)
def test_what_two_kinds_of_lines_call_alike_is_named_after_the_word_in_which_they_differ(run_of, form, one, other):
    lines = [line for e in range(1, 16) for line in (of(form, one, e), of(form, other, e, 2))]
    run = run_of("\n".join(lines) + "\n")

    assert set(run.series) == {f"{one} loss", f"{other} loss"}
    for tag, scale in ((one, 1), (other, 2)):
        assert run.series[f"{tag} loss"].steps.tolist() == list(range(1, 16))
        assert run.series[f"{tag} loss"].values.tolist() == pytest.approx(
            [scale * (0.2 + 3 / e) for e in range(1, 16)], abs=1e-4
        )


@pytest.mark.parametrize(("form", "one", "other"), PAIRS)
@pytest.mark.parametrize("kind", ["blocks", "slower", "within"])
def test_counts_that_take_turns_begin_no_runs(run_of, form, one, other, kind):
    if kind == "blocks":
        spans = [range(n, n + 4) for n in range(1, 17, 4)]
        lines = [of(form, tag, e) for span in spans for tag in (one, other) for e in span]
    elif kind == "slower":
        lines = [line for e in range(1, 17) for line in (of(form, one, e), of(form, other, 1 + e // 3))]
    else:
        lines = [line for e in range(1, 17) for line in (of(form, one, e), *(of(form, other, i) for i in (1, 2, 3)))]
    run = run_of("\n".join(lines) + "\n")

    assert run.series[f"{one} loss"].steps.tolist() == list(range(1, 17))
    assert run.series[f"{one} loss"].values.tolist() == pytest.approx([0.2 + 3 / e for e in range(1, 17)], abs=1e-4)
    assert f"{other} loss" in run.series


@pytest.mark.parametrize("form", ["epoch {e} loss {x:.4f} {t}", "{t} epoch {e} loss {x:.4f}"])
def test_a_word_on_how_it_went_makes_no_second_curve(run_of, form):
    lines = [of(form, "improved" if e % 3 else "worse", e) for e in range(1, 20)]
    run = run_of("\n".join(lines) + "\n")

    assert {name: series.steps.tolist() for name, series in run.series.items()} == {"loss": list(range(1, 20))}


def test_two_starts_stay_two_runs_beside_an_evaluation_that_is_seldom(runs_of):
    lines = []
    for epochs in (4, 20):
        for e in range(1, epochs + 1):
            lines.append(of("epoch {e} loss {x:.4f}{t}", "", e))
            lines += [f"epoch {e} val acc {e / 30:.4f}"] if e % 5 == 2 else []
    runs = runs_of("\n".join(lines) + "\n")

    assert [run.series["loss"].steps.tolist() for run in runs] == [list(range(1, 5)), list(range(1, 21))]


def test_results_that_each_run_says_once_do_not_join_the_runs(runs_of):
    lines = []
    for epochs in (20, 24, 30, 41, 60):
        lines += [of("epoch {e} loss {x:.4f}{t}", "", e) for e in range(1, epochs + 1)] + ["test acc 0.5000"]
    runs = runs_of("\n".join(lines) + "\n")

    assert [len(run.series["loss"]) for run in runs] == [20, 24, 30, 41, 60]
