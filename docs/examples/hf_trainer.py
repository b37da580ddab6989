"""Hugging Face Transformers: one callback for the Trainer.

The model is made from a configuration, so nothing is downloaded.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    EvalPrediction,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    set_seed,
)

from logdoc.hook.transformers import LogdocCallback

VOCABULARY, LENGTH = 32, 8


class Sentences(Dataset):
    """Sequences of random tokens; the class says in which half of the vocabulary most of them lie, and is wrong for one
    in twenty.
    """

    def __init__(self, rows: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.tokens = torch.randint(0, VOCABULARY, (rows, LENGTH), generator=generator)
        upper = (self.tokens >= VOCABULARY // 2).sum(1) > LENGTH // 2
        self.labels = (upper ^ (torch.rand(rows, generator=generator) < 0.05)).long()

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        return {
            "input_ids": self.tokens[i],
            "attention_mask": torch.ones(LENGTH, dtype=torch.long),
            "labels": self.labels[i],
        }


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Return what the Trainer will log as eval_accuracy."""
    return {"accuracy": float(np.mean(prediction.predictions.argmax(1) == prediction.label_ids))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example-transformers"))
    out = parser.parse_args().out

    torch.set_num_threads(1)  # more would only wait for each other in a network this small
    set_seed(0)
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LENGTH,
        num_labels=2,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    arguments = TrainingArguments(
        output_dir=str(out),
        max_steps=300,
        per_device_train_batch_size=32,
        learning_rate=5e-4,
        lr_scheduler_type="cosine",
        warmup_steps=30,
        logging_steps=5,
        eval_strategy="steps",
        eval_steps=30,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = Trainer(
        model=BertForSequenceClassification(config),
        args=arguments,
        train_dataset=Sentences(4096, seed=1),
        eval_dataset=Sentences(512, seed=2),
        compute_metrics=accuracy,
        callbacks=[LogdocCallback()],  # writes to the folder `logdoc` in output_dir
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    print(f"Now run: logdoc analyze {out}")


if __name__ == "__main__":
    main()
