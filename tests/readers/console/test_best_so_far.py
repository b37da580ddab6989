"""What a row says of the best so far: its epoch is not that of the row, its value no measure of it."""

from __future__ import annotations

import pytest

from logdoc.readers.console.best_so_far import counts_best, measures_best, names_best

BESIDE = [
    ">> valid: loss {v:.4f} mae {m:.4f} (best {b:.4f} @ epoch {e})",
    "    val loss {v:.4f} mae {m:.4f}, best: {b:.4f} at epoch {e}",
    "validation: loss {v:.4f}, mae {m:.4f} (best so far {b:.4f}, ep {e})",
    "valid loss {v:.4f} mae {m:.4f} | best epoch {e}",
    "val loss {v:.4f} mae {m:.4f} [best {b:.4f} epoch {e}]",
    "val loss {v:.4f} mae {m:.4f} [best epoch {e}, loss {b:.4f}]",
    "val loss {v:.4f} mae {m:.4f} (best @ epoch {e}: {b:.4f})",
    "val loss {v:.4f} mae {m:.4f}; best at epoch {e} with {b:.4f}",
    "val loss {v:.4f} mae {m:.4f}. Best val loss {b:.4f} (epoch {e})",
    "val loss {v:.4f} mae {m:.4f} (lowest {b:.4f} in epoch {e})",
    "val loss {v:.4f} mae {m:.4f}, min {b:.4f} (ep. {e})",
    "val loss {v:.4f} mae {m:.4f} (last improvement @ epoch {e})",
    "val loss {v:.4f} mae {m:.4f} (best_loss {b:.2e} from step {e})",
]


@pytest.mark.parametrize("beside", BESIDE)
def test_the_epoch_of_the_best_value_is_not_that_of_its_row(run_of, beside):
    lines, best = [], (9.0, 0)
    for epoch in range(1, 13):
        value = 0.5 + 2 / epoch + 0.3 * (epoch % 3)
        best = min(best, (value, epoch))
        lines.append(f"epoch {epoch}: train loss {3 / epoch:.4f}")
        lines.append(beside.format(v=value, m=value / 2, b=best[0], e=best[1]))
    run = run_of("\n".join(lines) + "\n")

    held_out = [series for name, series in run.series.items() if not name.startswith("train")]
    assert len(held_out) == 2
    assert {tuple(series.steps) for series in run.series.values()} == {tuple(range(1, 13))}
    loss = next(series for series in held_out if "loss" in series.name)
    assert loss.values.tolist() == pytest.approx([0.5 + 2 / n + 0.3 * (n % 3) for n in range(1, 13)], abs=1e-4)


def test_a_best_that_is_never_reached_begins_no_run(run_of):
    text = "".join(
        f"[{n:02d}] train loss {9 / n:.4f}\n[{n:02d}] valid loss {10 / n:.4f} (best inf @ epoch 0)\n"
        for n in range(1, 9)
    )
    run = run_of(text)

    assert {tuple(series.steps) for series in run.series.values()} == {tuple(range(1, 9))}


@pytest.mark.parametrize(
    "row",
    ["New best at epoch {n}: val loss {v:.4f}, val acc {a:.3f}", "episode rewards mean {v:.4f} max 9.5 (step {n})"],
)
def test_what_counts_the_row_itself_goes_on_counting_it(run_of, row):
    run = run_of("".join(row.format(n=n, v=1 + 3 / n, a=n / 20) + "\n" for n in range(1, 15)))

    assert all(series.steps.tolist() == list(range(1, 15)) for series in run.series.values())


@pytest.mark.parametrize(
    "said", ["Best iteration is: [12]", "Early stopping, best iteration is:\n[12]\teval-rmse:0.25"]
)
def test_the_best_round_of_boosting_is_no_row(run_of, said):
    text = "".join(f"[{n}]\teval-rmse:{3 / n:.5f}\n" for n in range(1, 16))

    assert run_of(f"{text}{said}\n").series["eval-rmse"].steps.tolist() == list(range(1, 16))


@pytest.mark.parametrize(
    ("before", "measured", "counts"),
    [
        ("loss 0.5 best 0.25 @ epoch ", True, True),
        ("best 0.25 @ epoch ", False, True),
        ("best at epoch ", False, False),
        ("loss 0.5, best at epoch ", True, True),
        ("loss 0.5 (best epoch ", True, True),
        ("(best epoch ", False, False),
        ("loss 0.5 (best 0.25) epoch ", True, False),
        ("loss 0.5 (best [of 3] epoch ", True, True),
        ("loss 0.5 (best (of [the] 3) 7) epoch ", True, False),
        ("loss 0.5 (best 0.25, acc ", True, False),
        ("min 0.25 (epoch ", True, True),
        ("mean 0.5 min 0.25 (epoch ", True, False),
        ("mean 0.5 best 0.25 (epoch ", True, True),
    ],
)
def test_a_word_counts_the_best_where_the_text_before_it_says_so(before, measured, counts):
    assert counts_best(before, measured=measured) == counts


@pytest.mark.parametrize(
    ("before", "name", "said", "measures"),
    [
        ("loss 0.5 (best ", "loss", {"loss"}, True),
        ("loss 0.5 (best acc ", "acc", {"loss"}, False),
        ("loss 0.5 (best epoch 4, acc ", "acc", {"loss"}, True),
        ("(best epoch 4, acc ", "acc", set(), False),
        ("loss 0.5 best ", "loss", {"loss"}, False),
        ("loss 0.5 (best 0.25) loss ", "loss", {"loss"}, False),
        ("loss 0.5 (best 0.25) [best epoch 4 acc ", "acc", {"loss"}, True),
        ("loss 0.5 (best epoch 4 [lowest acc ", "acc", {"loss"}, False),
    ],
)
def test_a_number_is_one_of_the_best_in_a_bracket_under_a_known_name_or_behind_its_epoch(before, name, said, measures):
    assert measures_best(before, name, frozenset(said)) == measures


@pytest.mark.parametrize(("between", "found"), [(153, True), (154, False)])
def test_a_hundred_and_sixty_characters_are_looked_at(between, found):
    before = "loss 0.5 (best " + "-" * (between - 6) + " epoch "

    assert counts_best(before, measured=True) == found
    assert measures_best(before, "loss", frozenset({"loss"})) == found


def test_words_for_the_best_are_no_parts_of_other_words():
    assert names_best("best 0.5")
    assert names_best("Highest acc")
    assert not names_best("maxpool asbestos minibatch records")


@pytest.mark.parametrize(
    "told",
    [
        "  Best so far: epoch {e}, acc {b:.2f}%",
        "New best to date - epoch {e} acc {b:.2f}",
        "目前最佳: epoch {e}, acc {b:.2f}",
    ],
)
def test_a_line_of_its_own_about_the_best_so_far_is_no_row(run_of, told):
    lines, best = [], (0.0, 0)
    for epoch in range(1, 31):
        lines.append(f"  Epoch {epoch}: loss={2 / epoch:.4f}, acc={0.9 - 0.5 / epoch:.4f}")
        if epoch % 3 == 0:
            score = 60 - 30 / epoch + 4 * (epoch % 2)
            best = max(best, (score, epoch))
            lines.append(told.format(e=best[1], b=best[0]))
    run = run_of("\n".join(lines) + "\n")

    assert run.series["acc"].steps.tolist() == list(range(1, 31))
    assert run.series["acc"].values.max() < 1


def test_lines_about_the_best_so_far_are_the_rows_where_there_are_no_others(run_of):
    run = run_of("".join(f"Best so far: epoch {n}, loss {2 / n:.4f}\n" for n in range(1, 13)))

    assert len(run.series["loss"]) == 12
