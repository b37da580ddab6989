"""Further cases of the third half: models of tokens, contrast, density, ranking, experts and games, written without
sight of the rules.
"""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, optional_of
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.third.sequences import games as third_b_games
from benchmarks.faults.sets.third.sequences.loop import Style, ThirdRun
from benchmarks.faults.sets.third.sequences.tables import CLASSES, Clicks, Contrast, Density, Experts
from benchmarks.faults.sets.third.sequences.text import VOCAB, LanguageModel, Preferences, Reversal

PREFIX = "third-"

PLANS = {
    "gpt": Plan(
        "gpt",
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="warmup-cosine",
        clip=1.0,
        epochs=4,
        batch=16,
        n=1280,
        n_val=150,
        width=32,
    ),
    "lora": Plan("lora", lr=1e-2, schedule="linear", epochs=8, batch=16, n=640, n_val=120, width=32),
    "seq2seq": Plan("seq2seq", lr=6e-3, schedule="cosine", clip=1.0, epochs=16, batch=64, n=2400, n_val=400, width=40),
    "reward": Plan(
        "reward", lr=3e-3, schedule="linear", epochs=5, batch=32, n=4000, n_val=500, width=32, noise=0.05, depth=1
    ),
    "simclr": Plan("simclr", lr=3e-3, schedule="cosine", epochs=12, batch=60, n=1800, n_val=300, width=10, augment=0.5),
    "flow": Plan(
        "flow", lr=8e-3, schedule="cosine", epochs=16, batch=100, n=3000, n_val=600, width=32, depth=5, noise=0.3
    ),
    "recsys": Plan(
        "recsys",
        lr=5e-3,
        schedule="exponential",
        epochs=14,
        batch=200,
        n=16000,
        n_val=800,
        width=24,
        extra={"decay": 3.0},
    ),
    "moe": Plan("moe", lr=4e-3, schedule="one-cycle", epochs=12, batch=64, n=5000, n_val=800, width=40, noise=0.25),
}
TASKS: dict[str, Any] = {
    "gpt": LanguageModel,
    "lora": LanguageModel,
    "seq2seq": Reversal,
    "reward": Preferences,
    "simclr": Contrast,
    "flow": Density,
    "recsys": Clicks,
    "moe": Experts,
}
STYLES = {
    "gpt": Style(
        every=5,
        val_every=40,
        lr="learning_rate",
        norm="grad_norm",
        stop_on="eval_loss",
        times=("step_time", "data_time", "gpu_mem_mb"),
    ),
    "lora": Style(every=5, val_every=100, lr="learning_rate", norm="grad_norm", stop_on="eval_loss"),
    "seq2seq": Style(every=0, norm="grad_norm"),
    "reward": Style(every=20, val_every=125, mean=False, loss="train/loss", lr="train/lr", stop_on="eval/loss"),
    "simclr": Style(every=10, val_every=60, loss="train/nt_xent", lr="lr", norm="grad_norm", stop_on="val/nt_xent"),
    "flow": Style(every=1, val_every=30, mean=False, loss="train_nll", norm="grad_norm", stop_on="val_nll"),
    "recsys": Style(every=50, times=("sec_per_batch", "sampling_sec", "rss_mb")),
    "moe": Style(every=4, mean=False, lr="lr", times=("time/step", "time/data", "mem/rss_mb")),
}


def train_third(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    import torch

    torch.manual_seed(seed)
    return ThirdRun(p, STYLES[p.family], TASKS[p.family](p, seed)).train()


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration file of such a run would hold."""
    said: dict[str, Any] = {
        "model": p.family,
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "lr_scheduler": p.schedule,
    }
    said |= optional_of(p, "max_grad_norm")
    own: dict[str, dict[str, Any]] = {
        "gpt": {
            "vocab_size": VOCAB,
            "n_layer": 2,
            "n_embd": p.width,
            **({"loss_reduction": "sum"} if p.output == "sum" else {}),
        },
        "lora": {
            "vocab_size": VOCAB,
            "lora_r": p.knob("rank", 8),
            "lora_alpha": 16,
            "freeze_base_model": True,
            "pretrained": True,
        },
        "seq2seq": {"hidden_size": p.width, "attention": "luong"},
        "reward": {"trainer": "reward", "hidden_size": p.width},
        "simclr": {"loss": "nt_xent", "temperature": p.knob("heat", 0.2)},
        "flow": {"model": "realnvp", "couplings": p.depth, "hidden": p.width},
        "recsys": {"loss": "bce" if p.output == "sigmoid-twice" else "bpr", "embedding_dim": p.width, "negatives": 4},
        "moe": {"num_classes": CLASSES, "num_experts": 4, "top_k": 2, "aux_loss_weight": p.knob("balance", 0.01)},
    }
    said |= own[p.family]
    if p.family == "moe" and p.augment:
        said["augmentation"] = "noise+drop"
    if p.output == "half-exp":
        said["precision"] = "fp16"
    if p.precision != "float32":
        said["precision"] = "16-mixed"
    if p.frozen and p.knob("on_purpose", False):
        said["freeze"] = p.frozen
    if p.patience:
        said["early_stopping_patience"] = p.patience
    return said


HOT = ("lr-too-high", "gradient-exploding")
OVERFIT = ("overfitting", "training-too-long")

FAULTS: list[Fault] = [
    # family, kind, variant, causes, knobs
    ("gpt", "rate-too-high", "", HOT, {"lr": 0.15, "schedule": "constant"}),
    ("gpt", "decays-too-early", "", ("lr-decay-too-fast",), {"schedule": "linear", "planned": 0.12, "lr": 2e-3}),
    (
        "gpt",
        "few-texts",
        "",
        OVERFIT,
        {"n": 48, "epochs": 80, "schedule": "constant", "weight_decay": 0.0, "width": 48},
    ),
    ("gpt", "broken-shards", "", ("bad-batch",), {"bad_every": 40, "lr": 6e-3}),
    ("gpt", "sees-answer", "", ("data-leak", "labels-wrong"), {"leak": "unshifted"}),
    ("gpt", "interrupted", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.36}),
    ("gpt", "own-scaler", "", ("half-precision-overflow", "numeric-error"), {"precision": "own-float16", "epochs": 2}),
    (
        "gpt",
        "restarted-schedule",
        "",
        ("resume-wrong", "lr-too-high"),
        {"resume_at": 0.85, "resume_how": "no-state", "lr": 2e-2, "warm": 0.01},
    ),
    ("lora", "rate-too-low", "", ("lr-too-low",), {"lr": 1e-5}),
    ("lora", "both-zero", "", ("init-poor", "gradient-vanishing"), {"init": "both-zero"}),
    ("lora", "copied", "", ("optimizer-not-updating",), {"copied": True}),
    ("lora", "adapter-lost", "", ("resume-wrong",), {"resume_at": 0.6, "resume_how": "new-weights"}),
    ("seq2seq", "clipped-away", "", ("clip-too-low",), {"optimizer": "sgd", "lr": 0.3, "clip": 0.01}),
    (
        "seq2seq",
        "plain-descent",
        "",
        ("optimizer-unsuited", "lr-too-low"),
        {"optimizer": "sgd", "momentum": 0.0, "lr": 0.05, "clip": 5.0},
    ),
    ("seq2seq", "mispaired", "", ("labels-wrong",), {"labels": "shuffled"}),
    ("seq2seq", "too-short", "", ("training-too-short",), {"epochs": 4, "lr": 2e-3}),
    ("seq2seq", "no-zero-grad", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False, "clip": 0.0}),
    ("reward", "coin-flips", "", ("preference-data-wrong", "labels-wrong"), {"noise": 0.48}),
    ("reward", "columns-swapped", "", ("preference-data-wrong", "labels-wrong"), {"labels": "swapped"}),
    ("reward", "few-pairs", "", OVERFIT, {"n": 160, "epochs": 90, "noise": 0.15}),
    ("reward", "rate-too-high", "", HOT, {"lr": 0.3, "schedule": "constant"}),
    ("reward", "deep-sigmoid", "", ("gradient-vanishing", "activation-saturating"), {"depth": 10}),
    ("reward", "no-backward", "", ("backward-wrong", "optimizer-not-updating"), {"no_backward": True}),
    ("simclr", "tiny-batch", "", ("batch-too-small",), {"batch": 3, "epochs": 1}),
    ("simclr", "by-kind", "", ("data-not-shuffled",), {"sorted_data": True}),
    ("simclr", "half-exp", "", ("half-precision-overflow", "numeric-error"), {"output": "half-exp", "heat": 0.07}),
    ("simclr", "kept-graphs", "", ("memory-leak",), {"kept": 150_000, "timed": True}),
    ("flow", "left-out", "", ("layers-frozen",), {"left_out": "layers.0,layers.1,layers.2,layers.3"}),
    ("flow", "too-small", "", ("capacity-too-low",), {"width": 2, "depth": 2}),
    ("flow", "log-of-negative", "", ("numeric-error",), {"coupling": "bare-log"}),
    ("flow", "large-weights", "", ("init-poor", "gradient-exploding"), {"init": "times9", "coupling": "unbounded"}),
    ("flow", "rate-too-high", "", HOT, {"lr": 0.3, "coupling": "unbounded"}),
    ("flow", "missing-values", "", ("bad-batch",), {"bad_every": 55}),
    (
        "flow",
        "volume-negated",
        "",
        ("loss-function-wrong", "gradient-exploding"),
        {"output": "volume-negated", "coupling": "unbounded"},
    ),
    ("recsys", "overfit", "", OVERFIT, {"n": 1200, "width": 40, "epochs": 90, "batch": 60, "schedule": "constant"}),
    (
        "recsys",
        "too-long",
        "",
        ("training-too-long", "overfitting"),
        {"n": 4000, "width": 24, "epochs": 60, "batch": 100, "schedule": "constant"},
    ),
    (
        "recsys",
        "two-low-and-slow",
        "",
        ("lr-too-low", "input-pipeline-slow"),
        {"lr": 3e-5, "wait": 0.005, "timed": True, "epochs": 7},
    ),
    ("recsys", "decayed-away", "", ("regularisation-too-strong",), {"weight_decay": 0.02}),
    ("recsys", "sigmoid-twice", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "sigmoid-twice"}),
    ("recsys", "turned", "", ("loss-function-wrong", "labels-wrong"), {"output": "turned"}),
    ("recsys", "slow-sampler", "", ("input-pipeline-slow",), {"wait": 0.006, "timed": True, "epochs": 7}),
    (
        "moe",
        "balance-too-heavy",
        "",
        ("loss-weights-unbalanced", "regularisation-too-strong"),
        {"balance": 5000.0, "z": 1.0},
    ),
    ("moe", "dead-experts", "", ("relu-dying", "init-poor"), {"bias": -7.0}),
    (
        "moe",
        "no-decay",
        "",
        ("lr-schedule-missing", "lr-too-high"),
        {"optimizer": "sgd", "lr": 0.08, "schedule": "constant", "batch": 16, "epochs": 5},
    ),
    ("moe", "raw-columns", "", ("input-not-normalised",), {"input_scale": 300.0}),
    ("moe", "rare", "", ("class-imbalance",), {"rare": 0.05, "per_class": True}),
    ("moe", "slower-clock", "", ("hardware-degraded",), {"slow_from": 0.4, "timed": True}),
    ("moe", "off-by-one", "", ("labels-wrong",), {"labels": "off-by-one"}),
    ("moe", "answer-in-table", "", ("data-leak",), {"leak": "column"}),
    (
        "moe",
        "norm-momentum",
        "",
        ("eval-mode-wrong",),
        {"bn_momentum": 1.0, "batch": 5, "epochs": 2, "lr": 2e-3, "val_every": 150},
    ),
]

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    ("gpt", "summed", {"output": "sum", "clip": 0.0}),
    ("seq2seq", "smoothing", {"smoothing": 0.15, "dropout": 0.1, "epochs": 22}),
    ("reward", "noisy-annotators", {"noise": 0.25, "epochs": 3}),
    ("simclr", "restarts", {"schedule": "restarts", "epochs": 16}),
    ("flow", "recovered-spike", {"spike_at": 0.3}),
    ("flow", "small-batches", {"batch": 16, "epochs": 4, "lr": 2e-3}),
    (
        "recsys",
        "stopped-early",
        {"n": 5000, "width": 24, "epochs": 60, "batch": 100, "patience": 3, "schedule": "constant", "lr": 3e-3},
    ),
    ("recsys", "resumed", {"resume_at": 0.5, "resume_how": "legit"}),
    ("moe", "augmented", {"augment": 0.5, "dropout": 0.2, "epochs": 16}),
    ("moe", "noisy-labels", {"labels": "noisy0.25", "epochs": 8, "n": 8000}),
    ("moe", "timed", {"timed": True}),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_third, config_of)
    third_b_games.register(add)
