"""Quotes around lines, and what Python shows around numbers, are no part of what they say."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.readers.console.wrapped import unquoted, unwrapped

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
