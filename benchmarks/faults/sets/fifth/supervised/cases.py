"""The fifth set, part a: supervised and self-supervised families other than all before, written without sight of the
rules, and never fitted on.
"""

from __future__ import annotations

import torch

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.fifth.supervised.loop import FifthRun, Style
from benchmarks.faults.sets.fifth.supervised.plans import PLANS, STYLES, TASKS, config_of

PREFIX = "fifth-"


def train_fifth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    own = {name: p.knob(name, value) for name, value in vars(STYLES[p.family]).items()}
    return FifthRun(p, Style(**own), TASKS[p.family](p, seed)).train()


OVERFIT = ("overfitting", "training-too-long")
HOT = ("lr-too-high", "gradient-exploding")
TIMED = {"timed": True}

FAULTS: list[Fault] = [
    # family, kind, variant, causes, knobs
    ("tissue", "mirrored-alone", "", ("labels-wrong",), {"mirror": "picture"}),
    ("tissue", "squashed-twice", "", ("loss-input-wrong",), {"output": "twice"}),
    (
        "tissue",
        "hardly-any",
        "",
        ("class-imbalance", "loss-function-wrong"),
        {"radius": (0.6, 1.3), "empty": 0.6, "noise": 1.0, "output": "entropy-alone", "lr": 2e-2},
    ),
    (
        "tissue",
        "bytes-at-validation",
        "",
        ("eval-mode-wrong", "input-not-normalised"),
        {"mode": "unscaled-at-validation", "input_scale": 255.0},
    ),
    ("tissue", "bare-dice", "", ("numeric-error", "bad-batch"), {"output": "log-dice", "empty": 0.02}),
    ("tissue", "waits", "", ("input-pipeline-slow",), {"wait": 0.025, **TIMED, "epochs": 7}),
    ("cells", "rectified-end", "", ("relu-dying", "init-poor"), {"output": "rectified", "init": "negative-bias"}),
    ("cells", "bytes", "", ("input-not-normalised",), {"input_scale": 255.0}),
    ("cells", "hot", "", HOT, {"lr": 0.4, "schedule": "constant"}),
    ("cells", "flares", "", ("bad-batch",), {"bad_every": 90, "bad_scale": 60.0}),
    ("cells", "keeps", "", ("memory-leak",), {"kept": 150_000, **TIMED}),
    (
        "cells",
        "column-of-counts",
        "",
        ("loss-input-wrong", "loss-function-wrong", "labels-wrong"),
        {"output": "broadcast"},
    ),
    ("scans", "crops-apart", "", ("labels-wrong",), {"crops": "independent"}),
    (
        "scans",
        "whites-of-255",
        "",
        ("loss-input-wrong", "activation-saturating"),
        {"output": "bounded", "white": 255.0, "times": 1.0},
    ),
    (
        "scans",
        "clipped",
        "",
        ("clip-too-low",),
        {"optimizer": "sgd", "lr": 2e-3, "clip": 0.01, "schedule": "constant", "norm": True},
    ),
    ("scans", "coarse", "", ("loss-in-half-precision",), {"half_loss": True, "times": 1.0}),
    ("scans", "throttled", "", ("hardware-degraded",), {"slow_from": 0.45, **TIMED}),
    ("glyphs", "price", "", ("loss-weights-unbalanced", "regularisation-too-strong"), {"beta": 15.0}),
    ("glyphs", "bare-log", "", ("numeric-error",), {"output": "bare-log"}),
    ("glyphs", "turned", "", ("loss-function-wrong", "numeric-error"), {"output": "turned", "beta": 0.1, "lr": 1e-3}),
    ("glyphs", "cold", "", ("lr-too-low",), {"lr": 1e-5}),
    ("tags", "softmax", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "softmax", "share": 1.2}),
    ("tags", "raw-columns", "", ("input-not-normalised",), {"uneven": True}),
    ("tags", "few", "", OVERFIT, {"n": 150, "batch": 15, "epochs": 60, "width": 96, "schedule": "constant"}),
    ("tags", "later-column", "", ("data-leak",), {"leak": "column", "test": True}),
    ("tags", "dead", "", ("relu-dying", "init-poor"), {"init": "negative-bias", "depth": 3}),
    ("ratings", "ridge", "", ("regularisation-too-strong",), {"weight_decay": 0.02}),
    ("ratings", "one-factor", "", ("capacity-too-low",), {"width": 1, "rank": 8}),
    (
        "ratings",
        "many-factors",
        "",
        OVERFIT,
        {"width": 48, "n": 2400, "weight_decay": 0.0, "epochs": 60, "schedule": "constant", "lr": 8e-3},
    ),
    (
        "ratings",
        "plain-descent",
        "",
        ("optimizer-unsuited", "lr-too-low"),
        {"optimizer": "sgd", "momentum": 0.0, "lr": 0.05, "schedule": "constant", "weight_decay": 0.0},
    ),
    ("ratings", "zero-start", "", ("init-poor",), {"init": "zero"}),
    ("ratings", "by-user", "", ("data-not-shuffled",), {"sorted_data": True, "by": "user", "every": 5}),
    ("grades", "joined", "", ("labels-wrong",), {"labels": "mixed"}),
    ("grades", "each-step", "", ("lr-decay-too-fast",), {"each_step": True, "gamma": 0.9}),
    ("grades", "short", "", ("training-too-short", "lr-too-low"), {"epochs": 3, "lr": 8e-4, "schedule": "constant"}),
    ("grades", "from-weights", "", ("resume-wrong",), {"resume_at": 0.6, "resume_how": "weights", "lr": 2e-2}),
    ("grades", "killed", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.19}),
    ("claims", "hot", "", HOT, {"lr": 0.3, "schedule": "constant"}),
    (
        "claims",
        "nothing-around",
        "",
        ("gradient-vanishing", "init-poor"),
        {"output": "nothing-around", "depth": 8, "epochs": 3, "lr": 2e-3, "every": 2},
    ),
    ("claims", "dropped", "", ("regularisation-too-strong",), {"dropout": 0.6, "weight_decay": 8.0}),
    ("claims", "head-alone", "", ("layers-frozen",), {"left_out": "blocks,tokens"}),
    ("claims", "cut", "", ("gradient-cut-off", "layers-frozen"), {"output": "cut"}),
    (
        "claims",
        "one-rare",
        "",
        ("class-imbalance",),
        {"odds": (1.0, 0.9, 0.002), "recalls": True, "noise": 0.8, "n": 2400, "n_val": 800},
    ),
    (
        "homes",
        "raw-money",
        "",
        ("loss-weights-unbalanced", "input-not-normalised"),
        {"unit": 80.0, "mean_price": 250.0},
    ),
    ("homes", "forgotten-head", "", ("loss-weights-unbalanced",), {"weights": (1.0, 1e-4)}),
    ("homes", "never-zeroed", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False, "norm": True}),
    ("homes", "large-epsilon", "", ("optimizer-misconfigured", "lr-too-low"), {"eps": 10.0}),
    ("homes", "constants", "", ("optimizer-misconfigured",), {"betas": (0.99, 0.1), "lr": 1e-2, "norm": True}),
    (
        "homes",
        "pairs",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 2, "epochs": 4, "n": 440, "lr": 1.5e-2, "schedule": "constant", "every": 5, "last": True},
    ),
    ("student", "probabilities", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "probabilities"}),
    ("student", "other-copy", "", ("optimizer-not-updating",), {"copied": True}),
    ("student", "narrow", "", ("capacity-too-low",), {"width": 2}),
    ("student", "over-batch", "", ("metric-miscounted",), {"output": "over-batch-axis"}),
    ("student", "counter", "", ("step-counter-wrong",), {"counter": "batch"}),
    ("views", "strangers", "", ("labels-wrong",), {"output": "strangers"}),
    (
        "views",
        "half",
        "",
        ("half-precision-overflow", "numeric-error", "input-not-normalised"),
        {
            "precision": "float16",
            "unit_length": False,
            "temperature": 0.01,
            "input_scale": 600.0,
            "epochs": 8,
            "batch_norm": False,
        },
    ),
    (
        "clusters",
        "means-hardly-moved",
        "",
        ("eval-mode-wrong",),
        {"batch_norm": True, "norm_momentum": 0.001, "pool": "sum", "epochs": 20},
    ),
    (
        "clusters",
        "deep-sigmoid",
        "",
        ("gradient-vanishing", "activation-saturating", "init-poor"),
        {"activation": "sigmoid", "depth": 7},
    ),
    (
        "clusters",
        "large-start",
        "",
        ("init-poor", "gradient-exploding", "lr-too-high"),
        {"init": "times6", "pool": "sum"},
    ),
    (
        "clusters",
        "never-decayed",
        "",
        ("lr-schedule-missing", "lr-too-high"),
        {"lr": 2e-2, "schedule": "constant", "noise": 0.02, "batch": 16, "epochs": 12},
    ),
    (
        "clusters",
        "copies",
        "",
        ("data-leak",),
        {
            "leak": "copies",
            "n": 200,
            "n_val": 100,
            "noise": 0.6,
            "width": 96,
            "epochs": 120,
            "schedule": "constant",
            "test": True,
            "batch": 20,
        },
    ),
    ("pendulum", "by-hand", "", ("backward-wrong",), {"output": "by-hand"}),
    (
        "pendulum",
        "long-steps",
        "",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        {"span": 0.5, "init": "times5", "activation": "relu", "lr": 2e-2},
    ),
]

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    ("tissue", "mirrored", {"mirror": "both", "dropout": 0.2, "epochs": 16}),
    ("tissue", "often-empty", {"empty": 0.5, "radius": (1.5, 3.0)}),
    ("tissue", "frozen-entry", {"frozen": "enter", "epochs": 16}),
    ("cells", "one-spike", {"spike_at": 0.4, "clip": 5.0, "bad_scale": 20.0}),
    ("cells", "timed", dict(TIMED)),
    ("cells", "pairs-of-four", {"batch": 4, "lr": 1e-3, "epochs": 5}),
    ("scans", "absolute", {"absolute": True}),
    ("scans", "half", {"precision": "float16", "epochs": 10}),
    ("scans", "always-clipped", {"clip": 0.05, "norm": True}),
    ("glyphs", "free", {"beta": 0.2, "epochs": 16}),
    ("glyphs", "long-flat", {"epochs": 36, "n": 1600, "schedule": "step"}),
    ("tags", "rare-tags", {"share": 0.3, "noise": 0.1, "epochs": 20}),
    ("tags", "dropped", {"dropout": 0.4, "epochs": 20, "width": 96}),
    ("tags", "stopped-early", {"patience": 4, "epochs": 60, "schedule": "constant", "n": 1200}),
    ("ratings", "restarts", {"schedule": "restarts", "epochs": 20}),
    ("ratings", "noisy", {"noise": 1.2, "width": 2, "epochs": 6, "rank": 2, "n": 9000}),
    ("grades", "long-warm-up", {"schedule": "warmup-cosine", "warm": 0.4}),
    ("grades", "resumed", {"resume_at": 0.6, "resume_how": "right"}),
    ("grades", "few-evaluations", {"val_every": 4, "every": 80}),
    ("claims", "smoothed", {"smoothing": 0.2}),
    ("claims", "noisy-labels", {"labels": "part0.25", "told_noise": True, "epochs": 6, "n": 3000}),
    ("claims", "uneven-odds", {"odds": (1.0, 0.4, 0.15), "recalls": True, "noise": 0.1, "n": 3000, "n_val": 600}),
    ("homes", "small-weight", {"weights": (0.3, 1.0)}),
    ("homes", "tiny-epsilon", {"eps": 1e-6, "betas": (0.9, 0.95)}),
    ("student", "two-passes", {"epochs": 2, "n": 12000, "schedule": "linear", "every": 10}),
    ("student", "warm", {"temperature": 6.0, "alpha": 0.95}),
    ("views", "mild", {"temperature": 0.5}),
    ("views", "large", {"batch": 240, "lr": 8e-3, "epochs": 30, "every": 2, "n_val": 480}),
    ("clusters", "dropped", {"dropout": 0.15, "epochs": 24}),
    ("clusters", "noisy", {"noise": 0.7, "epochs": 10}),
    ("clusters", "plain-momentum", {"optimizer": "sgd", "lr": 0.05, "clip": 1.0}),
    ("pendulum", "at-the-noise", {"noise": 0.3, "epochs": 24, "schedule": "step"}),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_fifth, config_of)
