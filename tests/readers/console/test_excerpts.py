"""What people paste of a log: one step or two epochs, and lines of programs that are seldom seen."""

from __future__ import annotations

import math

import pytest

from logdoc.model import Run
from logdoc.readers import load


def curves(run):
    return {name: curve.values.tolist() for name, curve in run.series.items()}


def points(run, name):
    curve = run.series[name]
    return dict(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))


def of_step(step, terms, stamp="2021-03-02 08:15:{:02d},{:03d} (trainer:512) INFO: "):
    lines = [
        stamp.format(7, 101 + i) + f"(Step: {step}) train_{name} = {value}." for i, (name, value) in enumerate(terms)
    ]
    return "\n".join(lines) + "\n"


TERMS = [("duration_loss", 0.0421), ("pitch_loss", 0.0733), ("mel_loss", "nan")]


def test_the_losses_of_one_step_are_a_log(run_of):
    found = curves(run_of(of_step(1200, TERMS)))

    assert found["train_duration_loss"] == [0.0421]
    assert math.isnan(found["train_mel_loss"][0])


def test_they_are_one_behind_a_bar_as_well(run_of):
    bar = "[train]:  12%|# | 1200/9999 [00:45<1:39:06,  3.80it/s]"
    found = curves(run_of(bar + of_step(1200, [("energy_loss", 0.5), *TERMS])))

    assert math.isnan(found["train_mel_loss"][0])


@pytest.mark.parametrize(
    "text",
    [
        of_step(1200, TERMS[:2]),
        of_step(1200, [("width", 0.5), ("height", 0.7), ("depth", 0.2)]),
        "step 3 of the stairs\nthe loss = 0.5\na loss = 0.7\nour loss = 0.9\n",
    ],
)
def test_two_lines_and_other_things_are_none(tmp_path, text):
    (tmp_path / "notes.txt").write_text(text)
    assert not [item for item in load([tmp_path / "notes.txt"]) if isinstance(item, Run)]


def two_epochs(names=("train loss", "validation loss")):
    lines = []
    for epoch in (41, 42):
        stamp = f"2020-02-03 04:{epoch}:11.223344: "
        lines += [stamp, f"epoch:  {epoch} ", f"{stamp}{names[0]} : {-0.21 - epoch / 1e3:.4f} "]
        lines += [f"{stamp}{names[1]}: {-0.25 - epoch / 1e3:.4f} ", f"{stamp}lr: 0.0081{epoch} ", stamp + "done ", " "]
    return "\n".join(lines) + "\n"


def test_two_epochs_of_several_lines_are_a_log(run_of):
    run = run_of(two_epochs())

    assert points(run, "train loss") == {41: -0.251, 42: -0.252}
    assert points(run, "validation loss") == {41: -0.291, 42: -0.292}


def test_two_blocks_without_losses_are_none(tmp_path):
    (tmp_path / "notes.txt").write_text(two_epochs(("sea level", "ice cover")))
    assert not [item for item in load([tmp_path / "notes.txt"]) if isinstance(item, Run)]


def test_a_norm_between_bars_has_the_name_between_them(run_of):
    lines = [
        f"Epoch: 2, Batch: {i}/900, LR: 0.5000, PPL: {9 - i / 300:.2f}, |Param|: {300 + i / 10:.2f}, |GParam|: {7 + i % 3}.25"
        for i in range(100, 900, 100)
    ]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "GParam norm")[1000] == 8.25
    assert points(run, "Param norm")[1000] == 310.0


def test_three_numbers_in_a_row_are_no_share(run_of):
    lines = [
        f"Epoch: 1, Batch: {i}/90, PPL: {9 - i / 30:.2f}, Training: {4100 + i}/{2000 + i}/{2100 - i} total/source/target tokens/sec"
        for i in range(10, 90, 10)
    ]
    assert set(run_of("\n".join(lines) + "\n").series) == {"PPL"}


def test_a_share_in_brackets_behind_it_makes_a_number_count(run_of):
    lines = [
        f"2020-05-06 10:11:{i // 9:02d},536 INFO [run.py:77] Done {i}/800({i / 8:.4f}%) average objf: {-1 / (1 + i):.6f}"
        f" over {6400 * (i + 1)} frames, epoch {epoch}"
        for epoch in (0, 1)
        for i in range(0, 800, 80)
    ]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "average objf")[880] == pytest.approx(-1 / 81, abs=1e-6)


def test_another_share_does_not(run_of):
    lines = [f"epoch {i}: found {70 + i}/90 ({30 + i}%), loss: {1 / (1 + i):.4f}" for i in range(9)]

    assert points(run_of("\n".join(lines) + "\n"), "loss")[8] == 0.1111


def test_the_scaler_of_mixed_precision_is_a_curve(run_of):
    lines = []
    for step in range(10, 70, 10):
        lines += [
            f"   --> STEP: {step}/90 -- GLOBAL_STEP: {step}",
            f"     | > loss_duration: {2 - step / 90:.5f}  ({2 - step / 99:.5f})",
            f"     | > amp_scaler: {2.0 ** (20 - step / 10):.5f}  ({2.0 ** (20 - step / 10):.5f})",
            "",
        ]
    found = curves(run_of("\n".join(lines) + "\n"))

    assert found["amp_scaler"][0] == 2.0**19
    assert len(found["loss_duration"]) == 6


def test_settings_before_the_first_row_count_no_step_of_their_own(tmp_path):
    """The first lines of a training: what a line of settings says of epochs is a plan, and the line has no row."""
    plan = {"model": "mlp", "optimizer": "rmsprop", "lr": 0.02, "batch_size": 16, "epochs": 8, "loss": "cross_entropy"}
    settings = plan | {"num_classes": 4, "hidden": 24, "dropout": 0.4, "n_train": 2200, "n_val": 300, "seed": 0}
    lines = [
        "[2024-02-09 11:05:00] using device: cpu",
        f"config: {settings}",
        "=== epoch 1/8 ===",
        "  iter    40 | loss 1.4021 | acc 0.4120",
        "  >> valid: loss 1.2210 acc 0.5530 (best 1.2210 @ epoch 1)",
    ]
    log = tmp_path / "train.log"
    log.write_text("\n".join(lines) + "\n")

    assert all(item.id == "DATA010" for item in load([log]) if not isinstance(item, Run))


def test_three_steps_with_several_evaluations_each_keep_their_numbers(run_of):
    lines = []
    for step in (8200, 8400, 8600):
        lines.append(f"global step {step} learning rate 0.3100 step-time 0.42 perplexity {2 + step / 1e5:.3f}")
        lines += [f"  eval: bucket {bucket} perplexity {40 + bucket + step / 1e3:.2f}" for bucket in range(3)]
    run = run_of("\n".join(lines) + "\n")

    assert points(run, "perplexity") == {8200: 2.082, 8400: 2.084, 8600: 2.086}
    assert set(points(run, "val perplexity")) == {8200, 8400, 8600}
