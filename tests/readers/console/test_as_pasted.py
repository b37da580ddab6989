"""Logs as people paste them into a question: numbered by a viewer, cut out of a report, with empty cells."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.readers.console.cleaning import without_line_numbers
from logdoc.readers.console.crashes import crashes_in
from logdoc.readers.console.echoes import drop_echoes
from logdoc.readers.console.masking import grammar_of

PASTED = [
    "Epoch 1/3",
    "100/100 [=====] - 9s - loss: 1.90 - val_loss: 1.81",
    "saved the best model",
    "Epoch 2/3",
    "100/100 [=====] - 9s - loss: 1.41 - val_loss: 1.62",
    "saved the best model",
    "Epoch 3/3",
    "100/100 [=====] - 9s - loss: 1.02 - val_loss: 1.75",
]


@pytest.mark.parametrize(
    "front",
    ["[{n}] {line}", "{n:>6}\t{line}", "{n}: {line}", " {n} | {line}", "{n}.5s\t{n}\t{line}"],
    ids=["brackets", "cat -n", "colon", "editor", "kaggle"],
)
def test_numbers_that_a_viewer_puts_in_front_of_lines_count_nothing(run_of, front):
    run = run_of("\n".join(front.format(n=17 + i, line=line) for i, line in enumerate(PASTED)) + "\n")

    assert points(run, "loss") == {1: 1.90, 2: 1.41, 3: 1.02}
    assert points(run, "val_loss") == {1: 1.81, 2: 1.62, 3: 1.75}


def test_numbered_lines_may_have_a_line_of_another_program_behind_them(run_of):
    lines = [f"[{40 + i}] {line}" for i, line in enumerate(PASTED * 2)]

    assert without_line_numbers("\n".join([*lines, "[rank3] watchdog"])).startswith("Epoch 1/3")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"[{i}]\ttrain-logloss:{0.7 - i / 100:.3f}\tval-logloss:0.7\n" for i in range(30)),
        "".join(f"{i} loss {2 - i / 20:.3f}\n" for i in range(30)),
        "1 loss 2.0\n2 loss 1.5\n3 loss 1.2\nsaved\nno progress\n4 loss 1.1\n",
        "".join(f"[{3 * i}] {line}\n" for i, line in enumerate(PASTED)),
    ],
    ids=["boosting rounds", "epochs", "few", "not every line"],
)
def test_a_count_of_the_log_itself_stays(text):
    assert without_line_numbers(text) == text


def test_cells_stand_under_their_headings_where_others_are_empty(run_of):
    heads = ("epoch", "iteration", "main/loss", "validation/main/loss", "elapsed_time")
    rows = [("0", "100", "2.31", "", "10.5"), ("0", "200", "2.05", "", "21.0"), ("1", "300", "1.88", "1.95", "33.1")]
    rows += [("1", "400", "1.71", "", "44.0"), ("2", "500", "1.62", "1.79", "55.9"), ("2", "600", "1.55", "", "66.3")]
    run = run_of("\n".join("".join(f"{cell:<23}" for cell in row).rstrip() for row in (heads, *rows)) + "\n")

    assert points(run, "main/loss") == {100: 2.31, 200: 2.05, 300: 1.88, 400: 1.71, 500: 1.62, 600: 1.55}
    assert points(run, "validation/main/loss") == {300: 1.95, 500: 1.79}


def test_the_sentence_of_a_loss_that_became_nan_is_no_measure_but_counts_its_terms(run_of):
    rows = "".join(f"iter: {i}  total_loss: {2 - i / 999:.3f}  loss_cls: 1.2  lr: 0.01\n" for i in range(20, 200, 20))
    end = "FloatingPointError: Loss became infinite or NaN at iteration=187!\nloss_dict = {'loss_cls': tensor(nan)}\n"
    run = run_of(rows + end)

    assert set(run.series) == {"total_loss", "loss_cls", "lr"}
    assert run.series["loss_cls"].steps[-1] == 187
    assert np.isnan(run.series["loss_cls"].values[-1])


def test_a_message_that_two_handlers_print_is_said_once(run_of):
    said = [f"Step {100 * i} per-step time 0.8{i % 10}s loss={2 + i / 8:.3f}" for i in range(1, 9)]
    glog = "I0912 11:40:{n:02d}.956218 139735407601536 model_lib.py:652] "
    run = run_of("".join(f"INFO:tensorflow:{line}\n{glog.format(n=n)}{line}\n" for n, line in enumerate(said)))

    assert list(points(run, "loss")) == [100 * i for i in range(1, 9)]


def test_a_line_that_stands_there_twice_is_said_once(run_of):
    text = "".join(
        f"INFO:tensorflow:global step {i}: loss = {2 - i / 9:.4f} (0.13 sec/step)\n" * 2 for i in range(1, 9)
    )

    assert list(points(run_of(text), "loss")) == list(range(1, 9))


def test_lines_that_stay_the_same_are_no_echoes():
    grammar = grammar_of("loss: 0.5000 acc: 0.3000\n" * 12)
    drop_echoes(grammar)

    assert len(grammar.shapes[0]) == 12


def test_a_bar_that_validates_speaks_of_validation(run_of):
    bar = "{name} Epoch #{n} : 100%|\u2588| 9/9 [00:07<00:00,  6.7it/s, loss={loss:.2f}, top1={top1:.1f}]\n"
    text = "".join(
        bar.format(name="Train", n=n, loss=2 - n / 9, top1=20 + n)
        + bar.format(name="Validate", n=n, loss=2.1, top1=19.5 + n)
        for n in range(1, 6)
    )
    run = run_of(text)

    assert {"train loss", "val loss"} <= set(run.series) or {"train loss", "validate loss"} <= set(run.series)


@pytest.mark.parametrize(
    "line",
    [
        "\u30a8\u30dd\u30c3\u30af {e}/9\u3001\u640d\u5931: {a:.3f}\u3001\u691c\u8a3c\u640d\u5931: {b:.3f}",
        "\uc5d0\ud3ed {e}/9 - \uc190\uc2e4: {a:.3f} - \uac80\uc99d \uc190\uc2e4: {b:.3f}",
        "\u042d\u043f\u043e\u0445\u0430 {e}: train \u043f\u043e\u0442\u0435\u0440\u0438 = {a:.3f}, val \u043f\u043e\u0442\u0435\u0440\u0438 = {b:.3f}",
        "\u00c9poca {e} | train p\u00e9rdida: {a:.3f} | val p\u00e9rdida: {b:.3f}",
    ],
    ids=["Japanese", "Korean", "Russian", "Spanish"],
)
def test_words_of_other_languages_count_and_measure(run_of, line):
    run = run_of("".join(line.format(e=e, a=2 - e / 9, b=2.1 - e / 12) + "\n" for e in range(1, 10)))
    roles = {role: name for name, (role, _) in understand(run).names.items()}

    assert points(run, roles["train.loss"])[1] == 1.889
    assert points(run, roles["val.loss"])[9] == 1.35


def test_a_heading_may_be_shortened_with_a_point(run_of):
    rows = "".join(f"{i}     {900 - 90 * i}.{i}     {70 + i}.250\n" for i in range(6))

    assert list(points(run_of("Itn.  NER Loss  NER F.\n" + rows), "NER Loss")) == list(range(6))


def test_an_assertion_of_a_kernel_is_an_end_without_any_traceback():
    text = "1/9  2.1: 30%|###   | 30/99 [00:09<00:21, 3.2it/s]\n" + "".join(
        f'Kernel.cu:92: block: [7,0,0], thread: [{i},0,0] Assertion `index < size && "out of bounds"` failed.\n'
        for i in range(40)
    )

    assert "crashed in native code" in crashes_in(text)[0].what


def test_quotes_that_a_forum_has_set_are_quotes(run_of):
    row = "{{\u2018loss\u2019: {loss:.3f}, \u2018grad_norm\u2019: 2.5, \u2018epoch\u2019: {epoch:.2f}}}\n"
    run = run_of("".join(row.format(loss=1.4 + i / 50, epoch=0.19 * i) for i in range(1, 9)))

    assert run.series["loss"].values.tolist() == [1.42, 1.44, 1.46, 1.48, 1.5, 1.52, 1.54, 1.56]


@pytest.mark.parametrize(
    "line",
    [
        "[{n}]:  train's binary_logloss:{a}  valid's binary_logloss:{b}",
        "[{n}]\\ttrain-logloss:{a}\\tvalid-logloss:{b}",
        'step {n} of \\"base\\": train loss {a}, valid loss {b}',
    ],
    ids=["lightgbm", "xgboost", "quotes"],
)
def test_a_line_that_r_prints_as_a_text_is_read_without_its_quotes(run_of, line):
    text = "".join(
        f'[1] "{line.format(n=n, a=round(0.7 / n, 4), b=round(0.8 / n, 4))}"\nWarning: no further splits\n'
        for n in range(1, 13)
    )
    run = run_of(text)

    curves = [points(run, name) for name in run.series]
    assert curves == [{n: round(top / n, 4) for n in range(1, 13)} for top in (0.7, 0.8)]


def test_a_bar_may_put_a_dash_between_a_measure_and_its_number(run_of):
    lines = []
    for n in range(1, 6):
        lines.append(f"Epoch: {n}")
        for part, top, batches in (("train", 0.3, 64), ("valid", 0.2, 8)):
            bar = f"{part}: 100%|██████████| {batches}/{batches} [01:07<00:00,  1.05s/it, "
            lines.append(f"{bar}jaccard_loss - {-top * n:.3f}, iou_score - {top + n / 10:.3f}]")
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "train jaccard_loss") == {n: round(-0.3 * n, 3) for n in range(1, 6)}
    assert points(run, "val jaccard_loss") == {n: round(-0.2 * n, 3) for n in range(1, 6)}
    assert points(run, "val iou_score") == {n: round(0.2 + n / 10, 3) for n in range(1, 6)}


@pytest.mark.parametrize(
    ("heading", "between"),
    [("***train_loss,train_acc,dev_loss*** ", "\t"), ("train_loss | train_acc | dev_loss", " | ")],
    ids=["stars", "bars"],
)
def test_headings_that_are_printed_above_every_single_row_name_its_numbers(run_of, heading, between):
    rows = {n: (3 / n, 10.0 * n, 4 / n) for n in range(1, 6)}
    run = run_of(
        "".join(
            f"Epoch: {n:02} | Epoch Time: 0m {9 + n}s\n{heading}\n{between.join(f'{v:.6f}' for v in row)}\n"
            for n, row in rows.items()
        )
    )

    for i, name in enumerate(("train_loss", "train_acc", "dev_loss")):
        assert points(run, name) == pytest.approx({n: row[i] for n, row in rows.items()}, abs=1e-6)


def test_bare_numbers_below_headings_of_something_else_are_no_rows(run_of):
    text = "".join(f"epoch {n} loss {2 / n:.4f}\nname,size,files\n{n}.5,{n * 3},{n}\n" for n in range(1, 9))
    assert set(run_of(text).series) == {"loss"}
