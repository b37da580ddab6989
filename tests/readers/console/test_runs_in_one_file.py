"""Several runs in one file: where one ends and the next begins, and the settings that stand between them."""

from __future__ import annotations

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand


@pytest.mark.parametrize(
    "line", ["[{n}]\ttrain-mae:{a:.4f}\teval-mae:{b:.4f}", "[{n}]\ttraining's l2: {a:.4f}\tvalid_1's l2: {b:.4f}"]
)
def test_rounds_of_boosting_that_start_again_are_other_runs_whatever_their_errors(runs_of, line):
    text = "".join(
        line.format(n=n, a=scale * (1 + 9 / n), b=scale * (1 + 10 / n)) + "\n"
        for scale in (3, 5, 20, 11)
        for n in range(1, 121)
    )
    runs = runs_of(text)

    assert [run.id.rpartition("/")[2] for run in runs] == [f"part {i}" for i in range(1, 5)]
    for run in runs:
        assert {tuple(series.steps) for series in run.series.values()} == {tuple(range(1, 121))}


def test_iterations_that_run_on_over_the_epochs_do_so_in_every_run_of_a_file(runs_of):
    lines = []
    for start in range(4):
        lines.append("Epoch [1/9]") if start < 3 else None
        step = 0
        for epoch in range(1, 10 if start < 2 else 2):
            lines.append(f"Epoch [{epoch}/9]") if start < 3 else None
            for _ in range(5):
                lines.append(
                    f"Iter: {step} | Train Loss: {4 / (1 + step / 90):.4f} | Dev Loss: {5 / (1 + step / 70):.4f}"
                )
                step += 50
    runs = runs_of("\n".join(lines) + "\n")

    assert [run.series["Train Loss"].steps.tolist() for run in runs] == [
        list(range(0, 2250, 50)),
        list(range(0, 2250, 50)),
        list(range(0, 250, 50)),
        list(range(0, 250, 50)),
    ]


def test_bars_behind_a_fold_count_epochs_and_every_fold_is_a_run(runs_of):
    lines = []
    for fold in range(3):
        for epoch in range(1, 31):
            loss = 0.4 + 3 / epoch
            bar = f"(split {'abc'[fold]}) {epoch:02}/30: {{:3}}%|{{}}| {{}}/5 ["
            lines.append(bar.format(0, " " * 10, 0) + f"00:01<?, ?it/s, loss={loss + 0.2:.4f}]")
            for i in range(1, 6):
                at = bar.format(20 * i, "#" * 2 * i + " " * (10 - 2 * i), i)
                speed = f"00:{i:02}<00:{5 - i:02},  1.{i}7s/it"
                lines += [f"{at}{speed}, loss={loss + again:.4f}]" for again in (0.1, 0.05, 0.0)]
    runs = runs_of("\n".join(lines) + "\n")

    assert len(runs) == 3
    for run in runs:
        assert run.series["loss"].steps.tolist() == list(range(1, 151))
        assert list(points(run, "loss").values())[4::5] == pytest.approx([0.4 + 3 / n for n in range(1, 31)], abs=1e-4)


def test_a_heading_counts_the_epochs_behind_any_time_stamp_and_says_what_is_evaluated(runs_of):
    lines = []
    for epochs in (7, 12):
        lines.append("{'optimizer': 'Adam', 'phase': 'train', 'config': 'a.yaml', 'device': [0, 1], 'nesterov': False,"
                     f" 'weight_decay': 0.01, 'batch_size': 32, 'step': [100, 200], 'num_epoch': {epochs}}}")  # fmt: skip
        for epoch in range(epochs):
            lines += [f"[05.14.22|10:{epoch:02}:11] Training epoch: {epoch}"]
            lines += [f"[05.14.22|10:{epoch:02}:15] \tIter 0 Done. | loss: 3.3333 | lr: 0.010000"] * (epoch == 0)
            lines += [f"[05.14.22|10:{epoch:02}:31] \tmean_loss: {'nan' if epoch == 1 else f'{3 / (1 + epoch):.4f}'}"]
            if epoch % 3 == 2:
                lines += [f"[05.14.22|10:{epoch:02}:35] Eval epoch: {epoch}"]
                lines += [f"[05.14.22|10:{epoch:02}:45] \tmean_loss: {4 / (1 + epoch):.4f}"]
                lines += [f"[05.14.22|10:{epoch:02}:45] \tTop1: {5 * epoch:.2f}%"]
    first, second = runs_of("\n".join(lines) + "\n")

    for run, epochs in ((first, 7), (second, 12)):
        assert run.series["mean_loss"].steps.tolist() == list(range(epochs))
        assert np.isnan(run.series["mean_loss"].values).tolist() == [epoch == 1 for epoch in range(epochs)]
        assert points(run, "val mean_loss") == pytest.approx(
            {epoch: 4 / (1 + epoch) for epoch in range(2, epochs, 3)}, abs=1e-4
        )
        assert understand(run).names["val mean_loss"][0] == "val.loss"
        assert not set(run.series) & {"step", "num_epoch", "batch_size", "weight_decay"}


@pytest.mark.parametrize(
    "front", ["INFO - 05/14/22 10:00:00 - 0:00:00 - ", "2022-05-14 10:00:00,123 - main.py - fit - INFO - "]
)
def test_settings_that_the_next_start_prints_are_no_rows_of_the_run_before(runs_of, front):
    settings = {"arch": "resnet18", "base_lr": 0.6, "batch_size": 32, "data": "../images", "epochs": 400}
    settings |= {"final_lr": 0.0006, "sync": True, "temperature": 0.1, "warmup_epochs": 10, "wd": 1e-6}
    lines = []
    for epochs in (4, 6):
        for i, (key, value) in enumerate(settings.items()):
            lines.append(f"{front if i == 0 or 'main' in front else ' ' * len(front)}{key}: {value}")
        for epoch in range(epochs):
            for step in range(0, 100, 25):
                loss = 5 / (1 + epoch + step / 100)
                lines.append(f"{front}Epoch: [{epoch}][{step}]\tLoss {loss:.4f} ({loss:.4f})\tLr: 0.0{600 - epoch}")
        for i, (key, value) in enumerate(settings.items()):  # a start that came to nothing
            lines.append(f"{front if i == 0 or 'main' in front else ' ' * len(front)}{key}: {value}")
    runs = runs_of("\n".join(lines) + "\n")

    assert [run.series["Loss"].steps.tolist() for run in runs] == [list(range(0, 400, 25)), list(range(0, 600, 25))]
    for run in runs:
        assert set(run.series) - {"epoch"} == {"Loss", "Lr"}
        assert run.config["epochs"] == 400


def test_layers_and_a_solver_in_braces_are_no_measures(run_of):
    block = 'base_lr: 0.01\nmomentum: 0.9\nweight_decay: 0.0005\naverage_loss: 500\nlr_policy: "step"\ntype: "SGD"\n'
    layer = (
        'layer {\n  name: "c"\n  param {\n    lr_mult: 1\n    decay_mult: 1\n  }\n  param {\n    lr_mult: 2\n  }\n}\n'
    )
    row = "I0514 10:00:{:02}.123456 99 solver.cpp:238] Iteration {}, loss = {:.4f}\n"
    rows = "".join(row.format(n, 100 * n, 7 / (1 + n)) for n in range(12))
    run = run_of(block + layer * 4 + rows + block + layer * 4)

    assert set(run.series) == {"loss"}
    assert run.series["loss"].steps.tolist() == list(range(0, 1200, 100))


def test_blocks_of_measures_are_rows_though_a_setting_stands_among_them(run_of):
    text = "".join(
        f"epoch: {n}\nbatch_size: 32\nweight_decay: 0.01\nphase: train\ntrain_loss: {2 / n:.4f}\nval_loss: {3 / n:.4f}\n\n"
        for n in range(1, 9)
    )
    run = run_of(text)

    assert run.series["train_loss"].steps.tolist() == list(range(1, 9))
    assert len(run.series["val_loss"].values) == 8


@pytest.mark.parametrize("behind", ["{:,}, rate:({:.3e},)]", "{:,}, rate: {:.3e}]", "{:,} rate: {:.3e}]"])
def test_a_counter_with_a_comma_between_its_thousands_goes_on(run_of, behind):
    steps = [*range(100, 2100, 100), 120_300, 1_120_400]
    lines = [
        f"[epoch: {n // 7:2}, iter: {behind.format(step, 1e-4 / (1 + n))} loss: {3 / (1 + n):.4e}"
        for n, step in enumerate(steps)
    ]
    run = run_of("\n".join(lines) + "\n")

    assert run.series["loss"].steps.tolist() == steps


def test_a_few_rows_from_weights_of_long_ago_are_a_run_of_their_own(runs_of):
    text = "".join(f"step {n} loss {90 / n:.5f}\n" for n in range(100, 12_001, 100))
    tried = "".join(f"step {n} loss {0.9 + n / 1e6:.5f}\n" for n in range(3001, 3008))

    long, short = runs_of(text + tried)

    assert long.series["loss"].values.size == 120
    assert short.series["loss"].steps.tolist() == list(range(3001, 3008))


def test_a_training_that_was_resumed_and_went_on_stays_one_run(runs_of):
    text = "".join(f"step {n} loss {90 / n:.5f}\n" for n in range(100, 12_001, 100))
    on = "".join(f"step {n} loss {90 / n:.5f}\n" for n in range(9_100, 12_901, 100))

    [run] = runs_of(text + on)

    assert run.series["loss"].steps.tolist()[-1] == 12_900
