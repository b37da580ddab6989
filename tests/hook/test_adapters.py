from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch")

from logdoc.hook.adapters import numbers_of  # noqa: E402
from logdoc.hook.values import tag_of  # noqa: E402


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("loss", "train/loss"),
        ("train_loss", "train/loss"),
        ("train/loss", "train/loss"),
        ("val_loss", "val/loss"),
        ("valid_acc", "val/acc"),
        ("eval_rewards/chosen", "val/rewards/chosen"),
        ("val_loss/dataloader_idx_0", "val/loss/dataloader_idx_0"),
        ("test_accuracy", "test/accuracy"),
        ("rewards/chosen", "rewards/chosen"),
        ("value_loss", "train/value_loss"),
        ("val_", "train/val_"),
    ],
)
def test_names_become_tags_with_a_split(name: str, tag: str) -> None:
    assert tag_of(name) == tag


@pytest.mark.parametrize(
    ("name", "tag"),
    [("accuracy", "val/accuracy"), ("metrics/f1", "val/metrics/f1"), ("loss/val", "loss/val"), ("valid_f1", "val/f1")],
)
def test_values_of_a_validation_belong_to_it(name: str, tag: str) -> None:
    assert tag_of(name, validation=True) == tag


def test_only_single_numbers_are_kept_and_nothing_that_the_hook_writes_itself() -> None:
    values = {
        "loss": torch.tensor([2.0], requires_grad=True),
        "many": torch.ones(3),
        "note": "text",
        "none": None,
        "lr": 0.1,
        "learning_rate": 0.1,
    }

    found = numbers_of({**values, "grad_norm": 3.0, "nan": math.nan})

    assert sorted(found) == ["train/grad_norm", "train/loss", "train/nan"]
    assert not found["train/loss"].requires_grad
