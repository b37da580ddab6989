"""Writes the logs of training loops that hand their numbers to somebody else's tracker: as make.py.

`python tests/written/make_trackers.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main, packed, rows

WORDS = ["the", "a", "cat", "dog", "sat", "ran", "on", "under", "mat", "tree", "and", "slept", "while", "rain", "fell"]


def make_accelerate_mlflow(folder: Path) -> None:
    """Log with Accelerate to MLflow's database and to TensorBoard at once, a NaN and an infinity among the values."""
    from accelerate import Accelerator
    from accelerate.tracking import MLflowTracker

    database = folder / "mlflow.db"
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{database}"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    tracker = MLflowTracker("tiny", logging_dir=str(folder))
    accelerator = Accelerator(log_with=["tensorboard", tracker], project_dir=str(folder / "tb"), cpu=True)
    accelerator.init_trackers("tiny", config={"lr": 0.1, "depth": 3})
    for step, values in rows():
        accelerator.log(values, step=step)
    accelerator.end_training()
    packed(database)


def _pieces() -> tuple[object, object]:
    """Return a language model of two layers and a tokenizer of a few words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    known = {word: i for i, word in enumerate(["<pad>", "<eos>", "<unk>", *WORDS])}
    inner = Tokenizer(models.WordLevel(known, unk_token="<unk>"))  # noqa: S106 - no password
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **marks)
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(known), **shape, pad_token_id=0, eos_token_id=1, bos_token_id=1)
    return LlamaForCausalLM(config), tokenizer


def _text(i: int, words: int = 6) -> str:
    return " ".join(WORDS[(i * 7 + k * k) % len(WORDS)] for k in range(words))


def _settings(output: str) -> dict[str, object]:
    return {
        "output_dir": output,
        "max_steps": 24,
        "logging_steps": 2,
        "eval_strategy": "steps",
        "eval_steps": 8,
        "save_strategy": "no",
        "per_device_train_batch_size": 4,
        "learning_rate": 3e-3,
        "use_cpu": True,
        "disable_tqdm": True,
        "report_to": ["tensorboard"],
        "seed": 0,
    }


def _trained(trainer: object, folder: Path) -> None:
    """Train; keep the state, whose history says what was logged, beside the TensorBoard file."""
    trainer.train()  # type: ignore[attr-defined]
    trainer.state.save_to_json(str(folder / "trainer_state.json"))  # type: ignore[attr-defined]


def make_trl_sft(folder: Path) -> None:
    """Fine-tune with TRL's SFTTrainer."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = _pieces()
    data = Dataset.from_list([{"text": _text(i)} for i in range(48)])
    with tempfile.TemporaryDirectory() as output:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder / "tb")
        settings = SFTConfig(**_settings(output), bf16=False)
        _trained(
            SFTTrainer(
                model, settings, train_dataset=data, eval_dataset=data.select(range(8)), processing_class=tokenizer
            ),
            folder,
        )


def make_trl_dpo(folder: Path) -> None:
    """Learn preferences with TRL's DPOTrainer."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    model, tokenizer = _pieces()
    data = Dataset.from_list(
        [{"prompt": _text(i, 3), "chosen": " " + _text(i + 1, 4), "rejected": " " + _text(i + 2, 4)} for i in range(48)]
    )
    with tempfile.TemporaryDirectory() as output:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder / "tb")
        settings = DPOConfig(**_settings(output), bf16=False)
        model.save_pretrained(Path(output, "start"))  # what it starts from is loaded a second time
        _trained(
            DPOTrainer(
                str(Path(output, "start")),
                args=settings,
                train_dataset=data,
                eval_dataset=data.select(range(8)),
                processing_class=tokenizer,
            ),
            folder,
        )


def make_tianshou(folder: Path) -> None:
    """Log what Tianshou's trainer hands to its logger: mean, deviation, greatest and least of everything."""
    from dataclasses import asdict

    import numpy as np
    from tianshou.algorithm.modelfree.a2c import A2CTrainingStats
    from tianshou.data import CollectStats, SequenceSummaryStats
    from tianshou.utils import TensorboardLogger
    from torch.utils.tensorboard import SummaryWriter

    def around(middle: float) -> SequenceSummaryStats:
        return SequenceSummaryStats.from_sequence(np.array([middle - 1, middle, middle + 1]))

    writer = SummaryWriter(str(folder))
    logger = TensorboardLogger(writer, training_interval=1, test_interval=1, update_interval=1)
    for epoch in range(1, 13):
        for scope, best in ((logger.log_training_data, 10.0), (logger.log_test_data, 12.0)):
            steps = 100 if best == 10.0 else 40
            collected = CollectStats(
                n_collected_episodes=3,
                n_collected_steps=steps,
                returns_stat=around(best * epoch),
                lens_stat=around(steps / 3),
            )
            scope(asdict(collected), 100 * epoch)
        losses = {"loss": 5 / epoch, "actor_loss": -1 / epoch, "vf_loss": 12 / epoch, "ent_loss": 0.5}
        update = A2CTrainingStats(gradient_steps=10, **{name: around(value) for name, value in losses.items()})
        logger.log_update_data(asdict(update), 10 * epoch)
    writer.close()


TOOLS = {
    "accelerate_mlflow": ("accelerate", make_accelerate_mlflow),
    "trl_sft": ("trl", make_trl_sft),
    "trl_dpo": ("trl", make_trl_dpo),
    "tianshou": ("tianshou", make_tianshou),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
