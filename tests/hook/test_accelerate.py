from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch")
accelerate = pytest.importorskip("accelerate", reason="the adapter needs Accelerate")

from torch import nn  # noqa: E402

from logdoc.hook.accelerate import LogdocTracker  # noqa: E402
from tests.hook.written_log import hooks_on, only_run, scalars, sidecar  # noqa: E402

STEPS = 12
CONFIG = {"learning_rate": 0.1, "batch_size": 8, "num_classes": 3}


def trained(folder: Path, *, watched: bool, tracked: bool = True) -> tuple[list[float], Any, Any]:
    torch.manual_seed(5)
    tracker = LogdocTracker("run", folder)
    accelerator = accelerate.Accelerator(
        cpu=True, log_with=[tracker] if tracked else None, gradient_accumulation_steps=2
    )
    accelerator.init_trackers("project", config=CONFIG)
    model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    model, optimizer = accelerator.prepare(model, torch.optim.AdamW(model.parameters(), lr=0.1))
    if watched:
        tracker.watch(model, optimizer, every=2)
        assert accelerator.get_tracker("logdoc", unwrap=True) is tracker.watching
    losses = []
    for micro in range(2 * STEPS):
        with accelerator.accumulate(model):
            x = torch.randn(8, 4)
            loss = nn.functional.cross_entropy(model(x), (x[:, 0] > 0).long())
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
        accelerator.log({"loss": loss, "note": "a text", "step": 1, "lr": 0.1}, step=micro // 2)
    accelerator.log({"eval_loss": 0.5}, step=STEPS - 1)
    accelerator.end_training()
    return losses, model, optimizer


def test_a_watched_training_has_its_values_and_its_layers_in_one_log(tmp_path: Path) -> None:
    losses, model, optimizer = trained(tmp_path, watched=True)

    logged = scalars(tmp_path / "run")

    assert {step for step, _ in logged["train/loss"]} == set(range(STEPS))
    assert logged["train/loss"][-1] == (STEPS - 1, pytest.approx(sum(losses[-2:]) / 2))  # of two micro-batches
    assert logged["val/loss"] == [(STEPS - 1, 0.5)]
    assert [step for step, _ in logged["act_std/0"]] == list(range(0, STEPS, 2))
    assert all(value > 0 for _, value in logged["grad_norm/2.weight"])
    assert all(0 < value < 10 for _, value in logged["update_ratio/0.weight"])
    about = sidecar(tmp_path / "run")
    assert about["exit"] == {"kind": "ok", "text": "", "step": STEPS}
    assert about["task"]["num_classes"] == 3
    assert about["meta"] == {"learning_rate": 0.1}
    assert json.loads((tmp_path / "run" / "config.json").read_text()) == CONFIG
    run = only_run(tmp_path / "run")
    assert "train/loss" in run.series
    assert run.config["learning_rate"] == 0.1
    assert hooks_on(model, optimizer) == 0


def test_without_a_watch_the_values_are_logged_alone(tmp_path: Path) -> None:
    trained(tmp_path, watched=False)

    logged = scalars(tmp_path / "run")

    assert set(logged) == {"train/loss", "train/step", "val/loss"}
    assert len(logged["train/loss"]) == 2 * STEPS
    assert not (tmp_path / "run" / "logdoc.json").exists()


def test_losses_are_the_same_with_and_without(tmp_path: Path) -> None:
    plain, _, _ = trained(tmp_path, watched=False, tracked=False)
    watched, _, _ = trained(tmp_path, watched=True)

    assert watched == plain


def test_an_exception_is_in_the_log_of_a_watch_used_as_a_context(tmp_path: Path) -> None:
    tracker = LogdocTracker("run", tmp_path)
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train() -> None:
        with tracker.watch(model, optimizer):
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
            raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        train()

    assert sidecar(tmp_path / "run")["exit"] == {"kind": "exception", "text": "RuntimeError: out of luck", "step": 1}
    assert hooks_on(model, optimizer) == 0
    tracker.finish()


def test_steps_are_counted_where_none_are_given(tmp_path: Path) -> None:
    accelerate.PartialState(cpu=True)
    tracker = LogdocTracker("run", tmp_path)
    for loss in (3.0, 2.0):
        tracker.log({"loss": loss})
    tracker.finish()

    assert scalars(tmp_path / "run") == {"train/loss": [(0, 3.0), (1, 2.0)]}


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    accelerate.PartialState(cpu=True)
    (tmp_path / "file").write_text("in the way")
    tracker = LogdocTracker("run", tmp_path / "file")
    with pytest.warns(RuntimeWarning, match="gave up"):
        tracker.log({"loss": 1.0})
