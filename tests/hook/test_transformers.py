from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the hook needs PyTorch")
transformers = pytest.importorskip("transformers", reason="the adapter needs Transformers")
pytest.importorskip("accelerate", reason="the Trainer needs Accelerate")

from logdoc.hook.transformers import LogdocCallback  # noqa: E402
from tests.hook.written_log import hooks_on, only_run, scalars, sidecar  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*pin_memory.*"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
]
STEPS = 12


class Sentences(torch.utils.data.Dataset[dict[str, Any]]):
    """The label is the parity of the first token."""

    def __init__(self) -> None:
        self.tokens = torch.randint(0, 32, (32, 6), generator=torch.Generator().manual_seed(1))

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> dict[str, Any]:
        return {
            "input_ids": self.tokens[i],
            "attention_mask": torch.ones(6, dtype=torch.long),
            "labels": self.tokens[i, 0] % 2,
        }


class _Fails(transformers.TrainerCallback):
    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == 5:
            raise RuntimeError("out of luck")


def trainer(folder: Path, *callbacks: Any, **options: Any) -> Any:
    transformers.set_seed(3)
    config = transformers.BertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        vocab_size=32,
        max_position_embeddings=16,
        num_labels=2,
    )
    chosen = {
        "max_steps": STEPS,
        "logging_steps": 2,
        "eval_strategy": "steps",
        "eval_steps": 6,
        "learning_rate": 1e-2,
        **options,
    }
    arguments = transformers.TrainingArguments(
        output_dir=str(folder),
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        per_device_train_batch_size=4,
        seed=3,
        **{"save_strategy": "no", **chosen},
    )
    made = transformers.Trainer(
        model=transformers.BertForSequenceClassification(config),
        args=arguments,
        train_dataset=Sentences(),
        eval_dataset=Sentences(),
        callbacks=list(callbacks),
    )
    made.remove_callback(transformers.trainer_callback.PrinterCallback)
    return made


def losses(made: Any) -> list[tuple[int, float]]:
    return [(entry["step"], entry["loss"]) for entry in made.state.log_history if "loss" in entry]


def test_a_training_is_logged_for_tensorboard_and_for_the_analyser(tmp_path: Path) -> None:
    callback = LogdocCallback(every=2)
    made = trainer(tmp_path, callback, warmup_steps=3, label_smoothing_factor=0.1, gradient_accumulation_steps=2)
    made.train()

    logged = scalars(tmp_path / "logdoc")

    assert logged["train/loss"] == [(step, pytest.approx(loss)) for step, loss in losses(made)]
    assert [step for step, _ in logged["val/loss"]] == [6, 12]
    assert [step for step, _ in logged["act_std/classifier"]] == [1, 3, 5, 7, 9, 11]
    assert all(0 < value < 100 for _, value in logged["act_std/bert.encoder.layer.1.output.dense"])
    assert all(0 < value <= 1.001 for _, value in logged["train/grad_norm_clipped"])
    ratios = [value for _, value in logged["update_ratio/bert.encoder.layer.0.attention.self.query.weight"]]
    assert ratios[0] == 0  # the learning rate warms up from nothing
    assert all(0 < value < 10 for value in ratios[1:])
    assert {2, 4, 6, 8, 10, 12} <= {step for step, _ in logged["train/grad_norm"]}
    assert not {"train/learning_rate", "train/runtime", "val/runtime", "train/train_loss"} & set(logged)
    about = sidecar(tmp_path / "logdoc")
    assert about["exit"] == {"kind": "ok", "text": "", "step": STEPS + 1}
    assert about["task"] == {
        "num_classes": 2,
        "label_smoothing": 0.1,
        "vocab_size": 32,
        "chance_loss": pytest.approx(0.6931, abs=1e-4),
    }
    assert about["data"] == {"batch_size": 4, "world_size": 1, "accumulation": 2}
    assert about["meta"]["clip"] == 1.0
    assert about["meta"]["warmup_steps"] == 3
    assert about["meta"]["seed"] == 3
    assert len(only_run(tmp_path / "logdoc").series["train/loss"]) == STEPS // 2
    assert hooks_on(made.model, made.optimizer) == 0


def test_losses_are_the_same_with_and_without(tmp_path: Path) -> None:
    plain = trainer(tmp_path / "a", logging_steps=1)
    plain.train()
    watched = trainer(tmp_path / "b", LogdocCallback(every=1), logging_steps=1)
    watched.train()

    assert len(losses(plain)) == STEPS
    assert losses(watched) == losses(plain)


def test_without_clipping_the_gradient_norm_is_in_the_log_once(tmp_path: Path) -> None:
    made = trainer(tmp_path, LogdocCallback(every=1), max_grad_norm=0.0, logging_steps=1, eval_strategy="no")
    made.train()

    logged = scalars(tmp_path / "logdoc")
    theirs = [entry["grad_norm"] for entry in made.state.log_history if "grad_norm" in entry]
    assert [value for _, value in logged["train/grad_norm"]] == pytest.approx(theirs, rel=1e-4)
    assert [tag for tag in logged if "grad_norm" in tag and not tag.startswith("grad_norm/")] == ["train/grad_norm"]


def test_an_exception_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The Trainer tells its callbacks nothing of an exception; the interpreter calls this when it ends a script.
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    made = trainer(tmp_path, LogdocCallback(), _Fails())
    with pytest.raises(RuntimeError, match="out of luck") as caught:
        made.train()
    sys.excepthook(caught.type, caught.value, caught.tb)

    about = sidecar(tmp_path / "logdoc")
    assert about["exit"] == {"kind": "exception", "text": "RuntimeError: out of luck", "step": 6}
    assert [step for step, _ in scalars(tmp_path / "logdoc")["train/loss"]] == [2, 4]
    made.remove_callback(_Fails)
    made.train()  # closes the watch that was left open
    assert hooks_on(made.model, made.optimizer) == 0


def test_a_resumed_training_counts_on(tmp_path: Path) -> None:
    trainer(tmp_path, eval_strategy="no", max_steps=4, save_strategy="steps", save_steps=4).train()
    made = trainer(tmp_path, LogdocCallback(tmp_path / "log", every=1), eval_strategy="no", max_steps=8)
    made.train(resume_from_checkpoint=str(tmp_path / "checkpoint-4"))

    logged = scalars(tmp_path / "log")
    assert [step for step, _ in logged["grad_norm/classifier.weight"]] == [5, 6, 7, 8]
    assert [step for step, _ in logged["train/loss"]] == [6, 8]


def test_what_can_never_work_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="every must be"):
        LogdocCallback(every="often")  # type: ignore[arg-type]
