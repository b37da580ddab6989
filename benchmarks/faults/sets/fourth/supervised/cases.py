"""The fourth half of the cases, part a: supervised families other than all before, written without sight of the rules,
and never fitted on.
"""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, optional_of
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.fourth.supervised.loop import FourthRun, Habit
from benchmarks.faults.sets.fourth.supervised.pictures import (
    OMEGA,
    SHAPES,
    STRIPES,
    Clouds,
    Keypoints,
    Picture,
    Stripes,
)
from benchmarks.faults.sets.fourth.supervised.tables import (
    ADVERSARY,
    GROUPS,
    JUDGE,
    LEVELS,
    Domains,
    Quantiles,
    Sparse,
    Triplets,
)

PREFIX = "fourth-"

PLANS = {
    p.family: p
    for p in (
        Plan(
            "fire",
            lr=8e-3,
            optimizer="adamw",
            weight_decay=0.01,
            schedule="warmup-cosine",
            epochs=12,
            batch=40,
            n=1200,
            n_val=350,
            width=8,
            noise=0.8,
        ),
        Plan(
            "triplet", lr=3e-3, schedule="linear", epochs=14, batch=80, n=2880, n_val=300, width=64, depth=2, noise=0.5
        ),
        Plan("marks", lr=4e-3, schedule="stairs", epochs=14, batch=20, n=500, n_val=120, width=10, noise=0.3),
        Plan(
            "points",
            lr=4e-3,
            schedule="cosine",
            epochs=12,
            batch=32,
            n=1280,
            n_val=300,
            width=24,
            noise=0.06,
            dropout=0.1,
        ),
        Plan(
            "siren", lr=2e-3, schedule="one-cycle", epochs=80, batch=180, n=0, n_val=396, width=40, depth=3, noise=0.02
        ),
        Plan(
            "quantile", lr=4e-3, schedule="cosine", epochs=18, batch=80, n=4800, n_val=800, width=40, depth=2, noise=0.5
        ),
        Plan("sparse", lr=1e-2, schedule="linear", epochs=28, batch=128, n=4096, n_val=512, width=80, noise=0.05),
        Plan("domain", lr=1e-3, schedule="cosine", epochs=14, batch=50, n=1600, n_val=400, width=32, noise=1.0),
    )
}
TASKS: dict[str, Any] = {
    "fire": Stripes,
    "triplet": Triplets,
    "marks": Keypoints,
    "points": Clouds,
    "siren": Picture,
    "quantile": Quantiles,
    "sparse": Sparse,
    "domain": Domains,
}
HABITS = {
    "fire": Habit(every=10, lr="lr", norm="grad_norm"),
    "triplet": Habit(every=5, fade=-1),
    "marks": Habit(every=0, lr="lr", times=("iter_time", "data_time"), memory="rss_mb"),
    "points": Habit(every=20, norm="grad_norm"),
    "siren": Habit(every=1, fade=-1, loss="train_mse", lr="lr", val_epochs=5, stop_on="val_mse"),
    "quantile": Habit(every=0),
    "sparse": Habit(every=25, val_epochs=2, norm="grad_norm", times=("time/step", "time/data"), memory="memory/rss_mb"),
    "domain": Habit(every=4, fade=0.8, lr="lr"),
}


def train_fourth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    style = HABITS[p.family]
    if "every" in p.extra or "val_epochs" in p.extra:
        style = Habit(
            **{
                **vars(style),
                "every": p.knob("every", style.every),
                "val_epochs": p.knob("val_epochs", style.val_epochs),
            }
        )
    return FourthRun(p, style, TASKS[p.family](p, seed)).train()


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration file of such a run would hold."""
    own: dict[str, dict[str, Any]] = {
        "fire": {"model": "squeezenet-tiny", "num_classes": STRIPES, "loss": "cross_entropy"},
        "triplet": {
            "model": "embedding-mlp",
            "loss": "triplet",
            "margin": p.knob("margin", 0.3),
            "mining": p.knob("mining", "all"),
            "embedding_dim": 12,
        },
        "marks": {"model": "keypoint-heatmap", "loss": "mse", "heatmap_peak": p.knob("peak", 1.0)},
        "points": {"model": "pointnet", "num_classes": SHAPES, "loss": "cross_entropy"},
        "siren": {"model": "siren", "loss": "mse", "activation": "sine", "omega_0": OMEGA, "hidden_layers": p.depth},
        "quantile": {
            "model": "quantile-mlp",
            "loss": "pinball",
            "quantiles": list(LEVELS),
            "hidden": [p.width] * p.depth,
        },
        "sparse": {
            "model": "sparse-autoencoder",
            "loss": "mse",
            "n_features": p.width,
            "l1_coefficient": p.knob("l1", 0.2),
            "l1_warmup": 0.1,
        },
        "domain": {
            "model": "dann",
            "num_classes": GROUPS,
            "adversarial_weight": ADVERSARY,
            "domain_classifier_hidden": JUDGE,
        },
    }
    said: dict[str, Any] = {
        **own[p.family],
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "lr_scheduler": p.schedule,
    }
    if p.schedule == "stairs":
        said |= {"lr_scheduler": "step", "step_size": p.knob("stair", 4), "gamma": p.knob("gamma", 0.5)}
    said |= optional_of(p, "gradient_clip_val")
    if p.labels.startswith("noisy"):
        said["expected_label_noise"] = float(p.labels.removeprefix("noisy"))
    if p.knob("mean_of_active", False):
        said["triplet_reduction"] = "mean_of_active"
    if p.output == "sum":
        said["reduction"] = "sum"
    if p.augment:
        said["augmentation"] = "strong"
    if p.precision != "float32":
        said["precision"] = "16-mixed"
    if p.patience:
        said["early_stopping_patience"] = p.patience
    if p.resume_how:
        said["resume"] = True
    return said


HOT = ("lr-too-high", "gradient-exploding")
OVERFIT = ("overfitting", "training-too-long")

FAULTS: list[Fault] = [
    # family, kind, variant, causes, knobs
    ("fire", "hot", "", ("lr-too-high",), {"lr": 3.0, "schedule": "constant", "weight_decay": 0.0}),
    (
        "fire",
        "rare",
        "",
        ("class-imbalance",),
        {"rare": 0.03, "per_class": True, "n": 3200, "noise": 1.0, "n_val": 700},
    ),
    (
        "fire",
        "few",
        "",
        OVERFIT,
        {"n": 70, "batch": 14, "epochs": 60, "noise": 1.4, "schedule": "constant", "weight_decay": 0.0},
    ),
    (
        "fire",
        "stairs-in-batches",
        "",
        ("lr-decay-too-fast",),
        {"schedule": "stairs", "stairs_in_batches": True, "stair": 6},
    ),
    (
        "fire",
        "never-decayed",
        "",
        ("lr-schedule-missing", "lr-too-high"),
        {"optimizer": "sgd", "lr": 0.6, "schedule": "constant", "weight_decay": 5e-4, "batch": 16},
    ),
    ("triplet", "turned", "", ("loss-function-wrong", "labels-wrong"), {"output": "turned"}),
    ("triplet", "bare-root", "", ("numeric-error", "bad-batch"), {"output": "bare-root"}),
    ("triplet", "cold", "", ("lr-too-low",), {"lr": 5e-6}),
    (
        "triplet",
        "deep-sigmoid",
        "",
        ("gradient-vanishing", "activation-saturating", "init-poor"),
        {"activation": "sigmoid", "depth": 8},
    ),
    ("marks", "mixed", "", ("labels-wrong",), {"labels": "mixed"}),
    (
        "marks",
        "half-sums",
        "",
        ("half-precision-overflow", "numeric-error"),
        {"precision": "float16", "peak": 255.0, "output": "half-sum", "epochs": 8},
    ),
    ("marks", "waits", "", ("input-pipeline-slow",), {"wait": 0.008, "timed": True, "epochs": 12}),
    ("marks", "keeps", "", ("memory-leak",), {"kept": 200_000, "timed": True}),
    ("marks", "stale", "", ("resume-wrong",), {"resume_at": 0.8, "resume_how": "stale", "save_at": 0.03}),
    ("marks", "short", "", ("training-too-short",), {"epochs": 4, "schedule": "constant", "lr": 1.5e-3}),
    ("points", "never-zeroed", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False}),
    (
        "points",
        "millimetres",
        "",
        ("input-not-normalised", "relu-dying"),
        {"norm": False, "input_scale": 400.0, "input_shift": 3000.0},
    ),
    ("points", "trains-at-validation", "", ("eval-mode-wrong",), {"mode": "train-at-validation"}),
    ("points", "copies", "", ("data-leak",), {"leak": "copies", "n": 320, "epochs": 40, "noise": 0.25, "dropout": 0.0}),
    ("points", "pairs", "", ("batch-too-small",), {"batch": 2, "epochs": 3, "n": 800}),
    ("siren", "hot", "", HOT, {"lr": 0.1, "schedule": "constant"}),
    ("siren", "narrow", "", ("capacity-too-low",), {"width": 3}),
    (
        "siren",
        "plain-descent",
        "",
        ("optimizer-unsuited", "lr-too-low"),
        {"optimizer": "sgd", "momentum": 0.0, "lr": 2e-4},
    ),
    ("siren", "interrupted", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.22}),
    ("quantile", "uneven", "", ("input-not-normalised",), {"uneven": True}),
    ("quantile", "broadcast", "", ("loss-input-wrong", "loss-function-wrong", "labels-wrong"), {"output": "broadcast"}),
    ("quantile", "decayed", "", ("regularisation-too-strong",), {"weight_decay": 0.1}),
    ("quantile", "saturated", "", ("activation-saturating", "init-poor"), {"activation": "tanh", "init": "times20"}),
    ("quantile", "dead", "", ("relu-dying", "init-poor"), {"init": "negative-bias", "depth": 3}),
    ("sparse", "price", "", ("loss-weights-unbalanced", "regularisation-too-strong"), {"l1": 1.6}),
    ("sparse", "meter-off", "", ("bad-batch",), {"bad_every": 160}),
    ("sparse", "clipped", "", ("clip-too-low",), {"optimizer": "sgd", "lr": 0.02, "clip": 0.02}),
    ("sparse", "throttled", "", ("hardware-degraded",), {"slow_from": 0.5, "timed": True}),
    ("sparse", "other-copy", "", ("optimizer-not-updating",), {"copied": True}),
    ("domain", "detached", "", ("backward-wrong", "layers-frozen"), {"output": "detached"}),
    ("domain", "left-out", "", ("layers-frozen",), {"left_out": "features"}),
    (
        "quantile",
        "two-few-and-waits",
        "",
        ("overfitting", "training-too-long", "input-pipeline-slow"),
        {"n": 160, "batch": 16, "epochs": 80, "wait": 0.004, "timed": True},
    ),
    ("points", "by-shape", "", ("data-not-shuffled",), {"sorted_data": True}),
    (
        "points",
        "two-sorted-and-hot",
        "",
        ("data-not-shuffled", "lr-too-high"),
        {"sorted_data": True, "lr": 0.1, "schedule": "constant"},
    ),
]

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    ("fire", "augmented", {"augment": 0.6, "smoothing": 0.1, "dropout": 0.2, "epochs": 16}),
    ("fire", "restarts", {"schedule": "restarts", "epochs": 16}),
    ("triplet", "hardest", {"mining": "hardest", "margin": 0.2, "epochs": 16}),
    ("triplet", "active-only", {"mean_of_active": True}),
    ("marks", "half", {"precision": "float16", "epochs": 9, "stair": 3, "lr": 6e-3}),
    ("marks", "few-evaluations", {"val_epochs": 5, "every": 50, "epochs": 15}),
    ("points", "noisy-labels", {"labels": "noisy0.2", "epochs": 8, "n": 2400}),
    ("points", "dropped-points", {"augment": 0.3, "dropout": 0.4, "epochs": 16}),
    ("points", "resumed", {"resume_at": 0.6, "resume_how": "right", "save_at": 0.5}),
    ("siren", "summed", {"output": "sum", "lr": 2e-3, "clip": 50.0}),
    ("siren", "one-spike", {"spike_at": 0.35, "clip": 1.0}),
    ("quantile", "in-minutes", {"units": 60.0, "lr": 0.03, "schedule": "linear", "epochs": 30}),
    (
        "quantile",
        "stopped-early",
        {"n": 3200, "batch": 64, "epochs": 100, "patience": 6, "schedule": "constant", "lr": 1.5e-3},
    ),
    ("quantile", "few-epochs", {"epochs": 4, "n": 8000, "schedule": "one-cycle", "lr": 1e-2}),
    ("sparse", "long-flat", {"epochs": 60, "schedule": "stairs", "stair": 12, "gamma": 0.3}),
    ("sparse", "always-clipped", {"clip": 0.1}),
    ("sparse", "timed", {"timed": True}),
    ("quantile", "wide-spread", {"noise": 2.0, "n": 8000, "epochs": 8}),
    ("siren", "long-flat", {"epochs": 200}),
    ("domain", "small-batches", {"batch": 16, "lr": 6e-4, "epochs": 10, "every": 1}),
    ("fire", "small-batches", {"batch": 8, "lr": 3e-3, "epochs": 6, "every": 5}),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_fourth, config_of)
