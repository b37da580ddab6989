"""Quotes around lines, and what Python shows around numbers, are no part of what they say."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.wrapped import (
    has_quoted_lines,
    has_wrapped_numbers,
    of_old_variables,
    unescaped,
    unquoted,
    unwrapped,
)

LOSSES = [0.0, 3.5, 2.25, 1.5]


@pytest.mark.parametrize("form", ["'{}'\n", '"{}"\n', "    '{}',\n", '["{}"]\n'])
def test_lines_in_quotes_are_read_as_without(run_of, form):
    run = run_of("".join(form.format(f"Loss at epoch {n}: {v}") for n, v in enumerate(LOSSES)))

    (name,) = run.series
    assert list(points(run, name).values()) == LOSSES


def test_a_list_of_lines_shown_by_pprint_is_a_log(run_of):
    lines = [f"'epoch {n} train loss {v} it\\'s fine'" for n, v in enumerate(LOSSES)]
    run = run_of("[" + ",\n ".join(lines) + "]\n")

    assert points(run, "train loss") == dict(enumerate(LOSSES))


@pytest.mark.parametrize("line", ["'loss': '0.5',", "'loss'", "x = '3 a'", "'lr': 0.5", '"""steps 3"""', "'12'"])
def test_other_quotes_stay(line):
    assert unquoted(line) == line


@pytest.mark.parametrize(
    "shown",
    [
        "tensor({}, device='cuda:3')",
        "tensor({}, device='cuda:1', grad_fn=<MseLossBackward0>)",
        "tensor({}, dtype=torch.float64, requires_grad=True)",
        "np.float32({})",
        "array({}, dtype=float32)",
        "Array({}, dtype=float32, weak_type=True)",
        "<tf.Tensor: shape=(), dtype=float32, numpy={}>",
        "torch.tensor({})",
        "tf.Tensor({}, shape=(), dtype=float32)",
    ],
)
def test_a_number_in_a_wrapper_is_the_number(run_of, shown):
    run = run_of(
        "".join(f"epoch {n}: val_ppl={shown.format(v)} val_loss={shown.format(v)}\n" for n, v in enumerate(LOSSES))
    )

    assert points(run, "val_ppl") == points(run, "val_loss") == dict(enumerate(LOSSES))
    assert set(run.series) == {"val_ppl", "val_loss"}


def test_calls_that_wrap_no_single_number_stay():
    for line in ("tensor([1, 2])", "point(3)", "print(0.5)", "myfloat(0.5)", "array(0.5, 0.6)"):
        assert unwrapped(line) == line


@pytest.mark.parametrize(
    "kind", ["FloatTensor of size 1", "cuda.FloatTensor of size 1 (GPU 1)", "DoubleTensor of size 1x1"]
)
def test_the_number_of_a_variable_of_old_pytorch_stands_in_the_lines_below(run_of, kind):
    shown = "Variable containing:\n {}\n[torch." + kind + "]\n\n"
    run = run_of("".join(f"epoch {n}, train loss: {shown.format(v)}" for n, v in enumerate(LOSSES)))

    assert points(run, "train loss") == dict(enumerate(LOSSES))


def test_a_variable_of_old_pytorch_may_have_a_factor_above_its_number():
    text = "loss Variable containing:\n1.00000e-02 *\n  2.5\n[torch.FloatTensor of size 1]\nacc 0.5\n"

    assert of_old_variables(text) == "loss 0.025\n\n\n\nacc 0.5\n"
    several = "Variable containing:\n 1\n 2\n[torch.FloatTensor of size 2]\n"
    assert of_old_variables(several) == several


def test_ends_of_lines_and_tabs_are_blanks_and_other_marks_what_they_stand_for():
    assert unescaped(r"a\nb\tc\'d\\e\q") == "a b c'd\\eq"
    assert unquoted(r"'it\'s 3\tat 4'") == "it's 3 at 4"


@pytest.mark.parametrize(
    "text", ["loss tensor(0.5)", "Tensor(1)", "np.float32(2)", "bfloat16(2)", "int64(3)", "Array(1)"]
)
def test_a_text_may_have_wrapped_numbers_where_it_has_the_name_of_a_wrapper(text):
    assert has_wrapped_numbers(f"epoch 1 loss 0.5\n{text}\n")
    assert not has_wrapped_numbers("epoch 1 (of 3) loss 0.5\nsensor 3 print(4)\n")


def test_a_text_may_have_quoted_lines_where_one_begins_with_a_quote():
    assert has_quoted_lines("epoch 1\n  ['loss: 0.5',\n")
    assert has_quoted_lines("epoch 1 loss 0.5\n" * 20_000 + "'loss: 0.5'\n")
    assert not has_quoted_lines("epoch 1 it's 'fine'\n")
