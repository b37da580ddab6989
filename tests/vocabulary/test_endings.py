"""What the last words of a training program say about its end."""

from __future__ import annotations

import re

import pytest

from logdoc.vocabulary.endings import ending_of, load_endings, load_skips, most_telling


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FloatingPointError: Loss became infinite or NaN at iteration=12!", "not-finite"),
        ("tensorflow.python.training.basic_session_run_hooks.NanLossDuringTrainingError: NaN loss", "not-finite"),
        ("InvalidArgumentError: Gradient for dense/kernel:0 is NaN : Tensor had NaN values", "not-finite"),
        ("Batch 17: Invalid loss, terminating training", "not-finite"),
        ("ValueError: The loss returned in `training_step` is inf.", "not-finite"),
        ("RuntimeError: Function 'MulBackward0' returned nan values in its 0th output.", "not-finite"),
        ("AssertionError: Rank 3: found NaN in local forward loss calculation", "not-finite"),
        ("AssertionError: assert not torch.isnan(loss)", "not-finite"),
        ("ValueError: loss is not finite", "not-finite"),
        ("Loss is inf, stopping training", "not-finite"),
        ("FloatingPointError: Minimum loss scale reached (0.0001).", "loss-scale"),
        ("Exception: Current loss scale already at minimum - cannot decrease scale anymore.", "loss-scale"),
        ("jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory", "out-of-memory"),
        ("slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch", "out-of-memory"),
        ("MemoryError: Unable to allocate 3.1 GiB for an array", "out-of-memory"),
        ("RuntimeError: [gloo/transport/tcp/pair.cc:598] Connection closed by peer [10.0.0.2]:1", "collective"),
        ("NCCL error: remote process exited or there was a network error", "collective"),
        ("KeyboardInterrupt", "stopped-by-hand"),
        ("slurmstepd: error: *** JOB 9 ON n1 CANCELLED AT 2025-01-01T00:00:00 ***", "killed"),
        ("the process ended with exit code 137", "killed"),
        ("the process ended with exit code 143", "killed"),
        ("the process ended with exit code 1", "exception"),
        ("the training ended with an exception: KeyError: 'x'", "exception"),
        ("the training ended with an exception: RuntimeError: CUDA out of memory", "out-of-memory"),
        ("MLflow says that the run failed", "exception"),
        ("MLflow says that the run was killed", "killed"),
        ("RuntimeError: CUDA error: device-side assert triggered", "exception"),
        ("Exception: Loss Exploded", "not-finite"),
        ("the program was killed by the system, most often for memory: Killed", "killed"),
    ],
)
def test_the_kind_of_an_end(text: str, kind: str) -> None:
    ending = ending_of(text)

    assert ending is not None
    assert ending.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "step 12 loss: 0.53 mse_error: 0.2",
        "epoch 3 loss: nan",
        "NaN or Inf found in input tensor.",
        "Early stopping: val_loss did not improve for 5 epochs",
        "stopping training after 10 epochs, best loss 0.31",
        "the process ended with exit code 0",
        "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0",
        "INFO learning information about the loss",
        "ran validation, memory 3782M",
    ],
)
def test_ordinary_lines_end_nothing(text: str) -> None:
    assert ending_of(text) is None


def test_the_reason_counts_for_more_than_what_followed_from_it() -> None:
    text, ending = most_telling(["the process ended with exit code 1", "RuntimeError: CUDA out of memory"])

    assert text == "RuntimeError: CUDA out of memory"
    assert ending is not None
    assert ending.kind == "out-of-memory"


def test_words_that_nobody_knows_are_kept() -> None:
    assert most_telling(["it went up in smoke"]) == ("it went up in smoke", None)
    assert most_telling([]) == ("", None)


def test_a_long_line_takes_no_time_to_look_at() -> None:
    assert ending_of("loss " * 100_000) is None


def test_every_sign_is_a_regular_expression_of_its_own() -> None:
    assert all(isinstance(ending.pattern, re.Pattern) and ending.says and ending.kind for ending in load_endings())


@pytest.mark.parametrize(
    ("line", "scale"),
    [
        ("[deepspeed] OVERFLOW! Rank 0 Skipping step. Attempted loss scale: 16, reducing to 8", 8.0),
        ("Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 1.45519e-11", 1.45519e-11),
        ("NOTE: overflow detected, setting loss scale to: 0.5", 0.5),
        ("step 3 loss: 0.5 loss scale: 65536", None),
    ],
)
def test_the_loss_scale_that_a_skipped_step_leaves(line: str, scale: float | None) -> None:
    assert load_skips().scale_in(line) == scale
