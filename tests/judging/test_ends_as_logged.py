"""Console logs that end as programs end: it stopped itself on what was not finite, an exception, memory, a lost rank,
killed from outside, or cut without a sign.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import logdoc
from logdoc.model import RunAnalysis

ROWS = "".join(
    f"step {20 * i} | loss {0.6 + 1.7 * math.exp(-i / 14) + 0.01 * (5 * i % 3):.4f} | lr 3.0e-04\n" for i in range(50)
)
FRAMES = 'Traceback (most recent call last):\n  File "fit.py", line 88, in <module>\n    main()\n'
MORE_TIME = ("resume", "train longer", "train half as long", "ask for more time", "stretch the schedule")


def ended(tmp_path: Path, ending: str, rows: str = ROWS) -> RunAnalysis:
    (tmp_path / "train.log").write_text(rows + ending, encoding="utf-8")
    return logdoc.analyze(tmp_path / "train.log").runs[0]


def causes(run: RunAnalysis) -> list[str]:
    return [cause.id for cause in run.causes]


def asks_for_time(run: RunAnalysis) -> list[str]:
    return [r.do for c in run.causes for r in c.remedies if any(words in r.do.lower() for words in MORE_TIME)]


STOPPED = {
    "detectron2": FRAMES
    + "FloatingPointError: Loss became infinite or NaN at iteration=1003!\nloss_dict = {'loss_cls': nan}\n",
    "fairseq": FRAMES
    + "FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding. Try lowering the "
    "learning rate, using gradient clipping or increasing the batch size.\n",
    "DeepSpeed": FRAMES
    + "Exception: Current loss scale already at minimum - cannot decrease scale anymore. Exiting run.\n",
    "TensorFlow": "ERROR:tensorflow:Model diverged with loss = NaN.\n"
    + FRAMES
    + "tensorflow.python.training.basic_session_run_hooks.NanLossDuringTrainingError: NaN loss during training.\n",
    "Keras": "Batch 37: Invalid loss, terminating training\n",
    "Lightning": FRAMES + "ValueError: The loss returned in `training_step` is nan.\n",
    "Megatron-LM": FRAMES
    + "AssertionError: Rank 3: found NaN in local forward loss calculation. Device: 3, node: n7\n",
    "mmengine": FRAMES + "AssertionError: loss log variables are not finite: loss_bbox is nan\n",
    "anomaly mode": FRAMES + "RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.\n",
    "timm and MAE": "Loss is nan, stopping training\n",
    "an assert of the user": FRAMES
    + "    assert torch.isfinite(loss).all()\nAssertionError: loss is not finite: nan\n",
    "a check of the user": FRAMES + "RuntimeError: NaN encountered in loss at step 1004\n",
}
FAULTS_OF_NUMBERS = {"numeric-error", "half-precision-overflow", "lr-too-high", "bad-batch", "gradient-exploding"}


@pytest.mark.parametrize("program", sorted(STOPPED))
def test_a_program_that_stopped_itself_on_nan_is_judged_as_the_nan(program: str, tmp_path: Path) -> None:
    run = ended(tmp_path, STOPPED[program])

    assert run.verdict == "error"
    assert causes(run)[0] in FAULTS_OF_NUMBERS
    assert "run-interrupted" not in causes(run)
    assert asks_for_time(run) == []


CRASHED = {
    "an exception in its code": (FRAMES + "KeyError: 'pixel_values'\n", "program-error", "KeyError: 'pixel_values'"),
    "a segmentation fault": ("Segmentation fault (core dumped)\n", "program-error", "Segmentation fault"),
    "memory of the device": (
        FRAMES + "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB.\n",
        "memory-exhausted",
        "GPU memory",
    ),
    "memory of the host": (
        "slurmstepd: error: Detected 1 oom_kill event in StepId=811.0. Some of your processes may have been killed\n",
        "memory-exhausted",
        "host memory",
    ),
    "a collective that timed out": (
        "[E ProcessGroupNCCL.cpp:607] [Rank 2] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=9182)\n",
        "rank-lost",
        "collective",
    ),
    "a rank that went away": (
        FRAMES + "torch.distributed.DistBackendError: NCCL error: remote process exited or there was a network error\n",
        "rank-lost",
        "rank",
    ),
}


@pytest.mark.parametrize("how", sorted(CRASHED))
def test_a_crash_is_an_error_that_says_what_happened_and_offers_no_more_time(how: str, tmp_path: Path) -> None:
    ending, cause, told = CRASHED[how]

    run = ended(tmp_path, ending)

    assert run.verdict == "error"
    assert causes(run)[0] == cause
    assert any(told in f.evidence for f in run.findings if f.status == "fires")
    assert asks_for_time(run) == []


KILLED = {
    "a signal": "Terminated\n",
    "the scheduler": "slurmstepd: error: *** JOB 4711 ON n12 CANCELLED AT 2026-01-04T10:11:12 DUE TO TIME LIMIT ***\n",
    "preemption": "slurmstepd: error: *** JOB 4711 ON n12 CANCELLED AT 2026-01-04T10:11:12 DUE TO PREEMPTION ***\n",
}


@pytest.mark.parametrize("by", sorted(KILLED))
def test_a_run_that_was_killed_from_outside_is_no_crash_and_may_be_resumed(by: str, tmp_path: Path) -> None:
    run = ended(tmp_path, KILLED[by])

    assert "run-killed" in {f.id for f in run.findings if f.status == "fires"}
    assert causes(run)[0] == "run-interrupted"
    assert "esume" in " ".join(r.do for c in run.causes for r in c.remedies)


def test_a_log_that_is_cut_without_a_sign_is_no_crash(tmp_path: Path) -> None:
    run = ended(tmp_path, "step 1000 | lo")

    assert not {"run-crashed", "stopped-not-finite", "out-of-memory", "collective-failed", "run-killed"} & {
        f.id for f in run.findings if f.status == "fires"
    }
    assert not {"program-error", "memory-exhausted", "rank-lost"} & set(causes(run))


def test_a_nan_before_an_exception_comes_first(tmp_path: Path) -> None:
    rows = ROWS + "".join(f"step {1000 + 20 * i} | loss nan | lr 3.0e-04\n" for i in range(5))

    run = ended(tmp_path, FRAMES + "ValueError: Input contains NaN.\n", rows)

    assert next(f.id for f in run.findings if f.status == "fires") == "loss-nan"
    assert causes(run)[0] in FAULTS_OF_NUMBERS
    assert asks_for_time(run) == []
