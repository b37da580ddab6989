"""The third half of the cases, part a: supervised families other than those before, written without sight of the rules,
and never fitted on.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.faults.kit.registering import Add
from benchmarks.faults.sets.third.supervised.loop import config_of, train_plan
from benchmarks.faults.sets.third.supervised.tasks import PLANS, plan

PREFIX = "third-"

HOT = ("lr-too-high", "gradient-exploding")
NO_DECAY = ("lr-schedule-missing", "lr-too-high")
OVERFIT = ("overfitting", "training-too-long")
SHORT = ("training-too-short", "run-interrupted")
CUT_OFF = ("run-interrupted", "training-too-short")
VANISHING = ("gradient-vanishing", "activation-saturating", "init-poor")
HALF = ("half-precision-overflow", "numeric-error")

FAULTS: list[tuple[str, str, str, tuple[str, ...], dict[str, Any]]] = [
    # kind, family, variant, causes, knobs
    ("hot", "tcn", "", HOT, {"lr": 0.5}),
    ("hot", "ear", "sgd", (*HOT, "relu-dying"), {"optimizer": "sgd", "lr": 1.0, "schedule": "constant"}),
    ("cold", "ear", "", ("lr-too-low",), {"lr": 2e-5}),
    ("cold", "tags", "", ("lr-too-low",), {"lr": 5e-5}),
    (
        "never-decayed",
        "mobile",
        "",
        NO_DECAY,
        {"lr": 0.1, "schedule": "constant", "batch": 16, "noise": 0.6, "epochs": 8},
    ),
    ("decayed-per-batch", "tcn", "", ("lr-decay-too-fast",), {"schedule": "batches-for-epochs", "gamma": 0.9}),
    (
        "plain-descent",
        "mixer",
        "",
        ("optimizer-unsuited", "lr-too-low"),
        {"optimizer": "sgd", "momentum": 0.0, "lr": 0.02},
    ),
    ("other-copy", "boxes", "", ("optimizer-not-updating",), {"copied": True}),
    ("left-out", "tags", "words", ("layers-frozen",), {"left_out": "words"}),
    ("sigmoids", "ear", "", VANISHING, {"activation": "sigmoid", "depth": 7}),
    (
        "summed-neighbours",
        "graph",
        "",
        ("gradient-exploding", "lr-too-high", "init-poor"),
        {"raw": True, "depth": 6, "dropout": 0.0, "lr": 5e-3},
    ),
    ("dead", "ear", "", ("relu-dying", "init-poor"), {"init": "negative-bias"}),
    ("saturated", "rank", "", ("activation-saturating", "init-poor"), {"activation": "tanh", "init": "times20"}),
    ("wild-start", "ear", "", ("init-poor", "gradient-exploding"), {"init": "times8"}),
    ("sample-units", "ear", "", ("input-not-normalised",), {"input_scale": 3000.0, "input_shift": 500.0}),
    ("uneven-columns", "shop", "", ("input-not-normalised", "gradient-exploding"), {"uneven": True, "norm": False}),
    ("sigmoid-twice", "tags", "", ("loss-input-wrong",), {"output": "sigmoid"}),
    (
        "no-logarithm",
        "pupil",
        "",
        ("loss-input-wrong", "loss-function-wrong"),
        {"output": "probabilities", "share": 0.95},
    ),
    ("broadcast", "shop", "", ("loss-input-wrong", "loss-function-wrong", "labels-wrong"), {"output": "broadcast"}),
    ("reversed", "rank", "", ("loss-function-wrong", "labels-wrong"), {"output": "reversed"}),
    (
        "pixels-outweigh",
        "boxes",
        "",
        ("loss-weights-unbalanced",),
        {"output": "pixels", "box_weight": 5.0, "cls_weight": 0.01},
    ),
    ("next-row", "ear", "", ("labels-wrong",), {"labels": "next-row"}),
    ("other-corner", "boxes", "", ("labels-wrong",), {"labels": "corners"}),
    ("by-class", "mobile", "", ("data-not-shuffled",), {"sorted_data": True}),
    ("by-sales", "shop", "", ("data-not-shuffled",), {"sorted_data": True}),
    (
        "one-by-one",
        "ear",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 1, "epochs": 1, "n": 1200, "lr": 0.006, "schedule": "constant"},
    ),
    (
        "mostly-one",
        "ear",
        "",
        ("class-imbalance",),
        {"rare": 0.03, "per_class": True, "n": 6000, "n_val": 1800, "noise": 1.2, "epochs": 8},
    ),
    (
        "few",
        "mixer",
        "",
        OVERFIT,
        {"n": 120, "batch": 20, "epochs": 60, "weight_decay": 0.0, "schedule": "constant", "lr": 2e-3},
    ),
    (
        "few",
        "graph",
        "",
        OVERFIT,
        {"n": 30, "batch": 30, "dropout": 0.0, "weight_decay": 0.0, "noise": 6.0, "width": 64},
    ),
    (
        "on-and-on",
        "tags",
        "",
        ("training-too-long", "overfitting"),
        {"n": 900, "epochs": 60, "schedule": "constant", "dropout": 0.0, "val": 1.0},
    ),
    ("narrow", "mixer", "", ("capacity-too-low",), {"width": 2, "depth": 1}),
    ("over-dropped", "graph", "", ("regularisation-too-strong",), {"dropout": 0.97}),
    ("over-decayed", "shop", "", ("regularisation-too-strong",), {"optimizer": "adam", "weight_decay": 0.3}),
    ("too-short", "boxes", "", SHORT, {"epochs": 2, "lr": 1e-3, "schedule": "constant"}),
    ("cut-off", "mixer", "", CUT_OFF, {"stop_at": 0.22, "epochs": 20}),
    (
        "validates-in-training-mode",
        "mobile",
        "",
        ("eval-mode-wrong",),
        {"mode": "train-at-validation", "val_batch": 25},
    ),
    ("slow-statistics", "mobile", "", ("eval-mode-wrong",), {"bn_momentum": 0.001}),
    (
        "validates-raw",
        "mixer",
        "",
        ("eval-mode-wrong", "input-not-normalised"),
        {"mode": "validates-raw", "val_scale": 0.25, "val_shift": 2.0},
    ),
    (
        "leak",
        "mixer",
        "validation",
        ("data-leak",),
        {"leak": "validation", "n": 500, "epochs": 40, "weight_decay": 0.0, "noise": 2.0},
    ),
    (
        "not-a-number",
        "tags",
        "by-hand",
        ("numeric-error", "lr-too-high"),
        {"output": "by-hand", "lr": 0.1, "schedule": "constant", "epochs": 10},
    ),
    ("not-a-number", "tcn", "percent", ("numeric-error",), {"output": "percent"}),
    ("meter-off", "tcn", "", ("bad-batch",), {"bad_every": 60, "clip": 0.0}),
    ("in-cents", "shop", "", ("bad-batch",), {"bad_every": 90, "every": 1}),
    ("never-zeroed", "ear", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False}),
    ("clipped-away", "mixer", "", ("clip-too-low",), {"optimizer": "sgd", "lr": 0.1, "clip": 0.005}),
    ("resumed", "ear", "lost-keys", ("resume-wrong",), {"resume_at": 0.7, "resume_how": "lost-keys"}),
    ("resumed", "tcn", "stale", ("resume-wrong",), {"resume_at": 0.85, "resume_how": "stale", "save_at": 0.05}),
    ("resumed", "pupil", "anew", ("resume-wrong", "lr-too-high"), {"resume_at": 0.85, "resume_how": "anew", "lr": 0.1}),
    (
        "waits",
        "tags",
        "",
        ("input-pipeline-slow",),
        {"wait": 0.009, "timed": True, "epochs": 4, "times": ("step_time", "data_time")},
    ),
    (
        "throttled",
        "mixer",
        "",
        ("hardware-degraded", "input-pipeline-slow"),
        {"slow_from": 0.6, "timed": True, "epochs": 8, "times": ("step_time", "data_time")},
    ),
    ("keeps-all", "pupil", "", ("memory-leak",), {"kept": 150_000, "timed": True, "times": ("memory", "step_time")}),
    ("cut-graph", "mixer", "", ("backward-wrong", "layers-frozen"), {"cut": True}),
    ("half", "tcn", "watts", HALF, {"precision": "float16", "output": "half-square", "units": 300.0}),
    # two at once
    ("two-off-and-cold", "tcn", "", ("lr-too-low", "bad-batch"), {"lr": 4e-5, "bad_every": 60, "clip": 0.0}),
    (
        "two-few-and-waits",
        "pupil",
        "",
        ("overfitting", "input-pipeline-slow", "training-too-long"),
        {"n": 128, "batch": 32, "epochs": 100, "wait": 0.004, "timed": True, "share": 0.0},
    ),
    (
        "two-raw-and-sorted",
        "ear",
        "",
        ("input-not-normalised", "data-not-shuffled"),
        {"input_scale": 500.0, "input_shift": 100.0, "sorted_data": True},
    ),
]

CONTROLS: list[tuple[str, str, dict[str, Any]]] = [
    *((family, "", {}) for family in PLANS),
    ("mixer", "mixup", {"mixup": True, "epochs": 16}),
    ("mixer", "rounds", {"schedule": "two-rounds", "epochs": 16}),
    ("mixer", "smoothing", {"smoothing": 0.25}),
    ("mobile", "small-batches", {"batch": 8, "lr": 0.006, "epochs": 5, "every": 2, "n": 1200}),
    ("mobile", "frozen-on-purpose", {"pretrained": True, "frozen": "stem", "on_purpose": True}),
    ("boxes", "summed", {"output": "sum", "clip": 200.0, "box_weight": 0.75}),
    ("tcn", "one-spike", {"spike_at": 0.4}),
    ("tcn", "always-clipped", {"clip": 0.03}),
    ("shop", "in-units", {"units": 400.0, "lr": 0.15, "epochs": 16}),
    (
        "shop",
        "stopped-early",
        {"n": 1500, "epochs": 60, "patience": 4, "schedule": "constant", "every": 5, "lr": 3e-3, "weight_decay": 0.0},
    ),
    ("tags", "few-evaluations", {"val": 2.0, "every": 50, "epochs": 6}),
    ("graph", "dropout", {"dropout": 0.65, "epochs": 160}),
    ("ear", "noisy-labels", {"labels": "noisy0.2", "n": 2800, "epochs": 7}),
    ("ear", "resumed", {"resume_at": 0.55, "resume_how": "right", "save_at": 0.5}),
    ("pupil", "long-flat", {"epochs": 50, "schedule": "step"}),
    ("pupil", "hot-teacher", {"temperature": 8.0, "share": 0.9, "epochs": 26}),
]


def register(add: Add) -> None:
    """Add all cases of this part by calling `add` with name, family, causes, kind, trainer and configuration."""
    for kind, family, variant, causes, knobs in FAULTS:
        p = plan(family, **knobs)
        add(
            "-".join(part for part in (PREFIX + family, kind, variant) if part),
            PREFIX + family,
            causes,
            kind,
            partial(train_plan, p),
            config_of(p),
        )
    for family, variant, knobs in CONTROLS:
        p = plan(family, **knobs)
        name = f"{PREFIX}{family}-healthy" + (f"-{variant}" if variant else "")
        add(name, PREFIX + family, (), "healthy", partial(train_plan, p), config_of(p))
