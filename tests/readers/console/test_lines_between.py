"""What stands between the rows of a log: learning rates, evaluations and messages in lines of their own."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Updating learning rate to {}", "learning rate"),
        ("Adjusting learning rate of group 0 to {}.", "learning rate"),
        ("lr set to {}", "learning rate"),
        ("The learning rate was changed to {}", "learning rate"),
    ],
)
def test_a_line_that_only_tells_the_learning_rate_belongs_to_the_row_above(run_of, line, name):
    rows = (
        f"Epoch: {n}, Steps: 9 | Train Loss: {2 / n:.4f} Vali Loss: {3 / n:.4f}\n{line.format(f'{0.01 / 2**n:.4e}')}\n"
        for n in range(1, 7)
    )
    run = run_of("".join(rows))

    assert list(points(run, name).values()) == pytest.approx([0.01 / 2**n for n in range(1, 7)], rel=1e-4)
    assert list(points(run, name)) == [1, 2, 3, 4, 5, 6]
    assert understand(run).names[name][0] == "train.lr"
    assert set(run.series) == {"Train Loss", "Vali Loss", name}


def test_evaluations_of_several_sets_stand_where_they_were_printed(run_of):
    lines = []
    for epoch in range(2):
        for batch in range(0, 400, 20):
            lines.append(f"Epoch[{epoch}] Batch [{batch}]\tacc={0.3 + batch / 900:.4f}\tlossvalue={9 - batch / 90:.4f}")
            if batch % 100 == 80:
                step = epoch * 400 + batch + 20
                lines.append("evaluating pairs..")
                for i, which in enumerate(("faces", "pets_9")):
                    lines += ["(4000, 128)", f"[{which}][{step}]Norm: 5.{step:03}"]
                    lines += [f"[{which}][{step}]Accuracy-Flip: 0.{6 + i}{step:03}+-0.01000"]
    run = run_of("\n".join(lines) + "\n")

    assert len(points(run, "acc")) == 40
    assert len(np.unique(np.diff(run.series["acc"].steps))) == 1
    assert list(points(run, "val faces Accuracy Flip").values()) == pytest.approx(
        [0.6 + n / 10_000 for n in range(100, 900, 100)]
    )
    assert set(points(run, "val pets_9 Accuracy Flip")) <= set(points(run, "acc"))
    assert understand(run).names["lossvalue"][0] == "train.loss"


def test_a_log_of_evaluations_alone_has_their_steps(run_of):
    run = run_of("".join(f"[faces][{n * 500}]Accuracy: 0.9{n}000+-0.00{n}\n" for n in range(1, 8)))

    assert points(run, "val faces Accuracy") == {n * 500: float(f"0.9{n}") for n in range(1, 8)}


def test_a_message_about_a_batch_without_a_measure_is_no_row(run_of):
    lines = []
    for epoch in range(1, 9):
        lines.append(f"[epoch {epoch}] mean_loss={1 / epoch:.4f}")
        lines += [f"WARNING: batch [{epoch * k}] of epoch [{epoch}] gave NaN loss, it is skipped" for k in range(2, 5)]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "mean_loss") == {n: round(1 / n, 4) for n in range(1, 9)}
    assert points(run, "nan iterations") == dict.fromkeys(range(1, 8), 3) | {1: 0, 8: 6}
    assert set(run.series) == {"mean_loss", "nan iterations"}
    assert understand(run).names["nan iterations"][0] == "train.nan_iterations"


def test_overflows_stand_at_the_step_before_them_and_skipped_steps_are_a_measure(run_of):
    lines = ["Starting epoch 1 of 3, Total Micro Batches 640"]
    scale = 2**15
    for step in range(5, 100, 5):
        if step % 20 == 0 and scale > 2**11:
            lines.append(f"[scaler] OVERFLOW! Skipping step. Attempted loss scale: {scale}, reducing to {scale // 2}")
            scale //= 2
        lines.append(f"[log] step={step}, skipped={step // 20}, lr=[{1e-5 * step:.6e}], mom=[(0.9, 0.95)]")
        lines.append(f"[timer] epoch=0/micro_step={4 * step}/global_step={step}, SamplesPerSec={8 + step / 100:.3f}")
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "skipped") == {step: step // 20 for step in range(5, 100, 5)}
    assert points(run, "lr") == pytest.approx({step: 1e-5 * step for step in range(5, 100, 5)})
    assert points(run, "Attempted loss scale") == {20 * n - 5: 2 ** (16 - n) for n in range(1, 5)}
    assert understand(run).names["skipped"][0] == "train.skipped"


def test_intervals_of_an_agent_are_counted_by_the_steps_performed(run_of):
    lines = []
    for n in range(1, 6):
        lines += [f"Interval {n} ({(n - 1) * 500} steps performed)", f"500/500 [====] - 4s - reward: -{6 / n:.4f}"]
        lines += [
            f"9 episodes - episode_reward: -{90 / n:.3f} [-99.000, -1.500] - loss: {n / 4:.3f} - mean_q: -{n}.125",
            "",
        ]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "mean_q") == {500 * (n - 1): -(n + 0.125) for n in range(1, 6)}
    assert list(points(run, "episode_reward")) == [0, 500, 1000, 1500, 2000]
