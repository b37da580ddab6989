"""Counters that count examples, ``[320/1600 (20%)]``: told from batches by the size of one and how often is printed."""

from __future__ import annotations

import pytest

from logdoc.context.roles import understand
from logdoc.engine import load_rules
from logdoc.judging.pipeline import make_judge, prepare


def text(settings, stride, total, row="Train Epoch: {e} [{i}/{n} ({p}%)]\tLoss: {x:.6f}"):
    lines = [f"Namespace({settings}, lr=0.05, epochs=4, no_cuda=False)"]
    for e in range(1, 5):
        lines += [
            row.format(e=e, i=i, n=total, p=100 * i // total, x=3 / (e + i / total)) for i in range(0, total, stride)
        ]
        lines += ["", f"Test set: Average loss: {3 / e:.4f}, Accuracy: {200 + e}/400 ({50 + e}%)", ""]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("settings", "stride", "total"),
    [
        ("batch_size=32", 320, 1_700),
        ("batch_size=24", 24, 130),
        ("batch_size=100, log_interval=5", 500, 3_000),
        ("batch_size=10, log_interval=10", 100, 900),
    ],
)
def test_a_counter_of_examples_tells_the_size_of_the_training_set(run_of, settings, stride, total):
    run = run_of(text(settings, stride, total))
    seen = prepare(run, make_judge(load_rules(), {}, {}))

    assert run.counts_examples
    assert run.series["train Loss"].steps.tolist()[:3] == [0, stride, 2 * stride]
    assert seen.facts["meta.train_size"].value == pytest.approx(total, abs=1)


@pytest.mark.parametrize(
    ("settings", "stride", "total"),
    [
        ("batch_size=32", 10, 170),
        ("batch_size=10, log_interval=100", 100, 900),
        ("batch_size=50", 50, 900),  # every 50 batches, or the examples of each batch
        ("momentum=0.9", 320, 1_700),
        ("batch_size=1", 10, 170),
    ],
)
def test_a_counter_that_may_count_batches_is_taken_for_one(run_of, settings, stride, total):
    assert not run_of(text(settings, stride, total)).counts_examples


def test_a_count_without_a_share_behind_it_counts_batches(run_of):
    run = run_of(text("batch_size=32", 32, 640, "Epoch {e} [{i}/{n}] loss: {x:.6f}"))

    assert not run.counts_examples
    assert "train.loss" in understand(run).one
