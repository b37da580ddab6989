"""The cases of the fourth part: tokens, signals, motion and games, written without sight of the rules."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, optional_of
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.fourth.sequences import games as fourth_b_games
from benchmarks.faults.sets.fourth.sequences.loop import WARM, Habit, Session
from benchmarks.faults.sets.fourth.sequences.motion import Dream, Imitation
from benchmarks.faults.sets.fourth.sequences.signals import Pieces, Speech
from benchmarks.faults.sets.fourth.sequences.text import Cloze, Instructions, Names

PREFIX = "fourth-"

PLANS = {
    "mlm": Plan(
        "mlm",
        lr=6e-3,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="warmup-linear",
        clip=1.0,
        epochs=8,
        batch=32,
        n=1920,
        n_val=200,
        width=32,
        depth=2,
    ),
    "ctc": Plan(
        "ctc",
        lr=6e-3,
        schedule="warmup-stable-decay",
        clip=5.0,
        epochs=12,
        batch=32,
        n=640,
        n_val=150,
        noise=0.5,
        width=24,
    ),
    "ner": Plan(
        "ner",
        lr=4e-3,
        schedule="halving",
        epochs=8,
        batch=40,
        n=2400,
        n_val=400,
        width=40,
        depth=2,
        dropout=0.2,
        extra={"period": 0.25},
    ),
    "vqvae": Plan(
        "vqvae", lr=5e-3, schedule="warmup-stable-decay", epochs=16, batch=64, n=3200, n_val=400, noise=0.08, width=16
    ),
    "clone": Plan(
        "clone",
        lr=2e-3,
        optimizer="nadam",
        schedule="warmup-cosine",
        epochs=25,
        batch=80,
        n=2400,
        n_val=500,
        noise=0.08,
        width=48,
        depth=2,
        activation="relu",
    ),
    "world": Plan(
        "world",
        lr=4e-3,
        schedule="warmup-stable-decay",
        epochs=24,
        batch=100,
        n=3000,
        n_val=400,
        noise=0.05,
        width=40,
        depth=1,
        activation="elu",
        clip=20.0,
    ),
    "sft": Plan(
        "sft",
        lr=1.5e-3,
        optimizer="adamw",
        schedule="warmup-cosine",
        clip=1.0,
        epochs=4,
        batch=16,
        n=1280,
        n_val=200,
        width=32,
    ),
}
JOBS: dict[str, Any] = {
    "mlm": Cloze,
    "ctc": Speech,
    "ner": Names,
    "vqvae": Pieces,
    "clone": Imitation,
    "world": Dream,
    "sft": Instructions,
}
MODELS = {
    "ctc": "conv-bigru",
    "ner": "conv-tagger",
    "vqvae": "vq-vae-1d",
    "clone": "mlp-policy",
    "world": "recurrent-world-model",
}
HABITS = {
    "mlm": Habit(10, 0.5, lr="learning_rate", norm="grad_norm", watch_for="eval_loss", epoch="epoch"),
    "ctc": Habit(0, lr="lr"),
    "ner": Habit(
        20, 0.5, loss="train_loss", averaged=False, clock=("seconds_per_step", "seconds_waiting_for_batch", "rss_mb")
    ),
    "vqvae": Habit(5, lr="lr", clock=("step_time", "data_time", "memory_mb")),
    "clone": Habit(0, loss="train_mse", norm="grad_norm"),
    "world": Habit(
        20,
        loss="loss/total",
        lr="lr",
        norm="grad_norm",
        watch_for="eval/total",
        clock=("time/step", "time/data", "mem/rss_mb"),
    ),
    "sft": Habit(1, 0.5, lr="learning_rate", norm="grad_norm", watch_for="eval_loss"),
}


def train_fourth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    import torch

    torch.manual_seed(seed)
    return Session(p, HABITS[p.family], JOBS[p.family](p, seed), seed).run()


OVERFIT = ("overfitting", "training-too-long")
FAULTS: list[Fault] = [
    # family, kind, variant, causes, knobs
    ("mlm", "hot", "", ("lr-too-high",), {"lr": 0.15, "schedule": "constant", "clip": 0.0}),
    ("mlm", "nothing-masked", "", ("data-leak",), {"leak": "unmasked"}),
    ("mlm", "resumed-from-nothing", "", ("resume-wrong",), {"resume_at": 0.7, "resume_how": "initial"}),
    ("mlm", "gamma-per-step", "", ("lr-decay-too-fast",), {"schedule": "exponential", "gamma": 0.97}),
    ("ctc", "probabilities", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "probabilities"}),
    (
        "ctc",
        "longer-than-sound",
        "",
        ("numeric-error", "bad-batch"),
        {"long_text": 640, "clip": 0.0, "every": 1, "check": 0.25},
    ),
    (
        "ctc",
        "few",
        "",
        OVERFIT,
        {"n": 64, "batch": 16, "epochs": 90, "noise": 1.1, "schedule": "constant", "width": 40},
    ),
    ("ctc", "wild-loop", "", ("gradient-exploding", "init-poor", "lr-too-high"), {"cell": "relu", "clip": 0.0}),
    ("ctc", "sample-values", "", ("input-not-normalised",), {"input_scale": 900.0, "input_shift": 4000.0}),
    ("ctc", "head-only", "", ("layers-frozen",), {"left_out": "conv,gated"}),
    ("ctc", "loud-training", "", ("eval-mode-wrong", "input-not-normalised"), {"val_units": 0.12}),
    ("ner", "rare-names", "", ("class-imbalance",), {"named": 0.015, "per_class": True, "lr": 1.5e-3, "epochs": 5}),
    ("ner", "misaligned", "", ("labels-wrong",), {"labels": "misaligned"}),
    ("world", "by-place", "", ("data-not-shuffled",), {"sorted_data": True, "every": 2}),
    (
        "clone",
        "never-lowered",
        "",
        ("lr-schedule-missing", "lr-too-high"),
        {"optimizer": "sgd", "lr": 0.33, "schedule": "constant", "batch": 12, "epochs": 10, "every": 40, "check": 0.5},
    ),
    ("ner", "over-dropped", "", ("regularisation-too-strong",), {"dropout": 0.85}),
    ("ner", "tokenised-late", "", ("input-pipeline-slow",), {"wait": 0.012, "timed": True, "epochs": 4}),
    ("vqvae", "far-codes", "", ("init-poor",), {"spread": 40.0}),
    ("vqvae", "commitment-rules", "", ("loss-weights-unbalanced", "regularisation-too-strong"), {"commitment": 400.0}),
    ("vqvae", "kept", "", ("memory-leak",), {"kept": 120_000, "timed": True, "epochs": 10}),
    ("vqvae", "few-codes", "", ("capacity-too-low",), {"codes": 4, "width": 4}),
    ("clone", "dead", "", ("relu-dying", "init-poor"), {"init": "negative-bias"}),
    ("clone", "loose-contact", "", ("bad-batch",), {"bad_every": 70}),
    (
        "clone",
        "one-by-one",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 1, "n": 1200, "epochs": 1, "lr": 0.015, "schedule": "constant", "every": 10, "check": 0.1},
    ),
    (
        "clone",
        "two-epochs",
        "",
        ("training-too-short", "lr-too-low"),
        {"epochs": 2, "lr": 1e-3, "every": 5, "check": 0.25},
    ),
    ("world", "never-zeroed", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False, "clip": 0.0}),
    ("world", "adagrad", "", ("optimizer-unsuited", "lr-too-low"), {"optimizer": "adagrad", "lr": 1.5e-3}),
    (
        "world",
        "warm-machine",
        "",
        ("hardware-degraded",),
        {"slow_from": 0.45, "timed": True, "slower": 1.1, "epochs": 16},
    ),
    (
        "world",
        "fixed-scale",
        "",
        ("half-precision-overflow", "numeric-error"),
        {"loss_scale": 32768.0, "reward_units": 12.0, "every": 1},
    ),
    ("sft", "cold", "", ("lr-too-low",), {"lr": 1e-6}),
    ("sft", "other-model", "", ("optimizer-not-updating",), {"copied": True}),
    ("sft", "through-numpy", "", ("backward-wrong", "layers-frozen"), {"cut": True}),
    ("sft", "clipped-away", "", ("clip-too-low",), {"optimizer": "sgd", "lr": 0.3, "clip": 0.003}),
    ("sft", "cut-off", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.3, "lr": 4e-4}),
    # two at once
    ("sft", "two-cold-and-cut-off", "", ("lr-too-low", "run-interrupted"), {"lr": 1.5e-5, "stop_at": 0.35}),
    ("clone", "two-dead-and-loose", "", ("relu-dying", "bad-batch"), {"init": "negative-bias", "bad_every": 60}),
]
CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    ("mlm", "cycles", {"schedule": "cycles", "epochs": 10}),
    ("ctc", "summed", {"output": "sum", "clip": 150.0}),
    ("ctc", "masked-input", {"augment": 0.12, "epochs": 20}),
    ("ctc", "one-spike", {"spike_at": 0.6, "epochs": 14, "every": 1}),
    ("ner", "noisy-labels", {"labels": "noisy0.15"}),
    ("ner", "stopped-early", {"n": 700, "epochs": 50, "patience": 4, "schedule": "constant", "lr": 2e-3, "check": 1.0}),
    ("vqvae", "small-batches", {"batch": 20, "epochs": 6, "lr": 4e-3, "check": 0.5}),
    (
        "clone",
        "restless",
        {"optimizer": "sgd", "lr": 0.1, "schedule": "halving", "period": 0.15, "batch": 24, "epochs": 14, "every": 10},
    ),
    ("sft", "always-clipped", {"clip": 0.1, "every": 5}),
    ("clone", "degrees", {"units": 57.3, "lr": 0.01}),
    ("clone", "noisy-driver", {"noise": 0.6}),
    ("clone", "long-flat", {"epochs": 60, "schedule": "halving", "period": 0.1}),
    ("world", "plateau", {"schedule": "plateau", "epochs": 40, "batch": 150, "lr": 8e-3}),
    ("world", "resumed", {"resume_at": 0.5, "resume_how": "whole"}),
    ("sft", "frozen-on-purpose", {"frozen": "tokens,places,layers.0.attention", "on_purpose": True, "lr": 2e-3}),
]


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration file of such a run would hold, in the words that are usual for each kind."""
    if p.family in ("mlm", "sft"):
        said: dict[str, Any] = {
            "optim": p.optimizer,
            "learning_rate": p.lr,
            "per_device_train_batch_size": p.batch,
            "num_train_epochs": p.epochs,
        }
        said |= {
            "lr_scheduler_type": p.schedule,
            "weight_decay": p.weight_decay,
            "max_grad_norm": p.clip,
            "logging_steps": p.knob("every", HABITS[p.family].every),
        }
        said |= (
            {"task": "masked-lm", "mlm_probability": 0.2, "vocab_size": 41}
            if p.family == "mlm"
            else {"task": "instruction-tuning", "pretrained": True}
        )
        if p.schedule.startswith("warmup"):
            said["warmup_ratio"] = WARM
        return said | ({"freeze": p.frozen.split(",")} if p.knob("on_purpose", False) else {})
    said = {
        "model": MODELS[p.family],
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "scheduler": p.schedule,
    }
    said |= optional_of(p, "gradient_clip_val")
    own: dict[str, dict[str, Any]] = {
        "ctc": {
            "loss": "ctc",
            "reduction": "sum" if p.output == "sum" else "mean",
            "hidden": p.width,
            **({"specaugment": p.augment} if p.augment else {}),
        },
        "ner": {"num_tags": 5, "embedding_dim": p.width},
        "vqvae": {
            "num_embeddings": p.knob("codes", 48),
            "commitment_cost": p.knob("commitment", 0.25),
            "hidden_channels": p.width,
        },
        "clone": {"loss": "mse", "hidden": [p.width] * p.depth, "activation": p.activation},
        "world": {
            "reward_loss_weight": p.knob("reward_weight", 1.0),
            "done_loss_weight": p.knob("done_weight", 0.2),
            "horizon": 6,
            "activation": p.activation,
        },
    }
    said |= own[p.family]
    if p.knob("cell", "gru") == "relu":
        said |= {"model": "conv-birnn", "rnn_nonlinearity": "relu"}
    if p.knob("loss_scale", 0.0):
        said |= {"precision": "fp16", "loss_scale": p.knob("loss_scale", 0.0)}
    if p.patience:
        said["early_stopping_patience"] = p.patience
    return said


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_fourth, config_of)
    fourth_b_games.register(add)
