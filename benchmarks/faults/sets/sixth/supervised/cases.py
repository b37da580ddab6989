"""The sixth set, part a: supervised and self-supervised families that no set before has, written without sight of the
rules, and never fitted on.
"""

from __future__ import annotations

import torch

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.sixth.supervised.loop import Loop, Style
from benchmarks.faults.sets.sixth.supervised.plans import PLANS, STYLES, TASKS, config_of

PREFIX = "sixth-"


def train_sixth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    style = {name: p.knob(name, value) for name, value in vars(STYLES[p.family]).items()}
    return Loop(p, Style(**style), TASKS[p.family](p, seed)).run()


OVERFIT = ("overfitting", "training-too-long")
TIMED = {"timed": True}

FAULTS: list[Fault] = [
    # family, kind, variant, causes, knobs
    ("survival", "flag-turned", "", ("labels-wrong",), {"labels": "flag-turned"}),
    ("survival", "risk-set-turned", "", ("loss-function-wrong",), {"output": "risk-set-turned"}),
    ("survival", "laboratory-units", "", ("input-not-normalised",), {"input_scale": 2.0}),
    (
        "survival",
        "small-cohort",
        "",
        OVERFIT,
        {
            "n": 200,
            "batch": 50,
            "epochs": 80,
            "width": 128,
            "dropout": 0.0,
            "schedule": "constant",
            "weight_decay": 0.0,
        },
    ),
    (
        "faces",
        "wrapped-margin",
        "",
        ("loss-function-wrong", "numeric-error"),
        {"output": "wrapped", "optimizer": "sgd", "lr": 0.05, "schedule": "step", "scale": 64.0, "margin": 0.5},
    ),
    ("faces", "backbone-left-out", "", ("layers-frozen",), {"left_out": "backbone"}),
    ("faces", "heavy-decay", "", ("regularisation-too-strong",), {"weight_decay": 60.0}),
    ("faces", "own-layer", "", ("backward-wrong",), {"output": "own-relu"}),
    ("episodes", "classes-resorted", "", ("labels-wrong",), {"labels": "sorted-classes"}),
    (
        "episodes",
        "deep-squashed",
        "",
        ("gradient-vanishing",),
        {"activation": "sigmoid", "depth": 7, "epochs": 8},
    ),
    (
        "episodes",
        "asked-what-was-shown",
        "",
        ("data-leak",),
        {"leak": "support", "shots": 1, "queries": 2, "test": True},
    ),
    ("episodes", "slow", "", ("lr-too-low",), {"lr": 2e-6, "schedule": "constant"}),
    (
        "links",
        "whole-graph",
        "",
        ("data-leak",),
        {"leak": "all-links", "own": 24, "test": True, "epochs": 40, "dropout": 0.0},
    ),
    (
        "links",
        "stepped-each-batch",
        "",
        ("lr-decay-too-fast",),
        {"schedule": "exponential", "each_step": True, "decay": 6.0},
    ),
    ("links", "killed", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.22}),
    ("links", "zeros", "", ("init-poor",), {"init": "zero"}),
    (
        "depth",
        "millimetres-held-out",
        "",
        ("eval-mode-wrong", "metric-miscounted"),
        {"mode": "millimetres-at-validation"},
    ),
    ("depth", "holes", "", ("numeric-error", "bad-batch"), {"output": "unmasked", "holes": 3}),
    (
        "depth",
        "half-millimetres",
        "",
        ("half-precision-overflow", "loss-in-half-precision"),
        {"output": "millimetres", "precision": "float16", "autocast": False},
    ),
    ("depth", "sums-up", "", ("gradient-accumulating",), {"zero_grad": False}),
    ("depth", "waits", "", ("input-pipeline-slow",), {"wait": 0.03, **TIMED, "epochs": 7}),
    ("byol", "both-ways", "", ("loss-function-wrong",), {"output": "both-ways"}),
    ("byol", "beyond-recognition", "", ("regularisation-too-strong",), {"augment": 2.5}),
    ("byol", "slow-mean", "", ("optimizer-misconfigured",), {"betas": (0.9, 0.5), "eps": 1e-16}),
    ("byol", "of-a-copy", "", ("optimizer-not-updating",), {"copied": True}),
    ("potential", "energies-alone", "", ("loss-weights-unbalanced",), {"weights": (100.0, 1e-4)}),
    ("potential", "no-graph", "", ("gradient-cut-off", "loss-weights-unbalanced"), {"output": "no-graph"}),
    (
        "potential",
        "cut-short",
        "",
        ("clip-too-low",),
        {"clip": 1e-3, "optimizer": "sgd", "lr": 1e-2, "schedule": "constant"},
    ),
    (
        "frequency",
        "four-at-a-time",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 4, "n": 1600, "epochs": 3, "lr": 3e-2, "schedule": "constant"},
    ),
    ("heat", "free-ends", "", ("loss-weights-unbalanced",), {"weights": (1e-4, 1e-4)}),
    (
        "heat",
        "plain-descent",
        "",
        ("optimizer-unsuited", "lr-too-low"),
        {"optimizer": "sgd", "momentum": 0.0, "lr": 1e-3},
    ),
    ("heat", "two-units", "", ("capacity-too-low",), {"width": 2, "depth": 1}),
    ("heat", "wide-start", "", ("activation-saturating", "init-poor"), {"init": "times12"}),
    ("heat", "brief", "", ("training-too-short",), {"epochs": 4, "lr": 3e-3, "schedule": "constant", "val_every": 1}),
    ("heat", "backwards-in-time", "", ("loss-function-wrong",), {"output": "sign-turned"}),
    ("frequency", "no-link", "", ("numeric-error", "loss-input-wrong"), {"output": "no-link"}),
    ("frequency", "mistyped-counts", "", ("bad-batch",), {"mistyped": 2, "mistyped_as": 2000, "every": 2}),
    ("frequency", "by-number-of-claims", "", ("data-not-shuffled",), {"by": "claims", "sorted_data": True, "every": 4}),
    ("frequency", "link-twice", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "link-twice"}),
    ("frequency", "units-off", "", ("relu-dying", "init-poor"), {"init": "negative-bias", "depth": 3}),
    (
        "frequency",
        "few-policies",
        "",
        OVERFIT,
        {"n": 600, "batch": 60, "epochs": 50, "width": 128, "schedule": "constant", "weight_decay": 0.0},
    ),
    ("bags", "one-in-fifty", "", ("class-imbalance",), {"share": 0.02, "apart": 0.5, "epochs": 8, "lr": 5e-4}),
    ("bags", "fast", "", ("lr-too-high",), {"lr": 0.3, "schedule": "constant"}),
    ("bags", "squashed-before", "", ("loss-input-wrong",), {"output": "squashed-before"}),
    ("depth", "channels-held-out", "", ("eval-mode-wrong",), {"mode": "swapped-at-validation"}),
    ("bags", "per-batch", "", ("metric-miscounted",), {"per_batch": True}),
    ("bags", "head-anew", "", ("resume-wrong",), {"resume_at": 0.6, "resume_how": "head-anew"}),
    ("bags", "keeps", "", ("memory-leak",), {"kept": 400_000, **TIMED}),
    ("bags", "other-loader", "", ("step-counter-wrong",), {"counted": 19}),
    ("bags", "throttled", "", ("hardware-degraded",), {"slow_from": 0.45, **TIMED}),
    ("survival", "coarse", "", ("loss-in-half-precision",), {"coarse": True, "summed": True, "every": 1}),
    ("byol", "wide-start", "", ("init-poor",), {"init": "times6"}),
]

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    ("survival", "summed", {"summed": True, "batch": 2400, "epochs": 150, "every": 1, "val_every": 5}),
    ("survival", "mostly-censored", {"leave": 0.15, "epochs": 8, "dropout": 0.3}),
    ("faces", "scale-of-64", {"scale": 64.0, "schedule": "step"}),
    ("episodes", "twenty-ways", {"ways": 20, "epochs": 10}),
    ("episodes", "few-questions", {"n_val": 4, "queries": 5, "shots": 1}),
    ("links", "all-at-once", {"batch": 4000, "epochs": 200, "every": 1, "val_every": 4}),
    ("depth", "frozen-entry", {"frozen": "enter"}),
    ("depth", "half", {"precision": "float16", "autocast": False}),
    ("byol", "rising", {"ema": 0.9, "augment": 0.6}),
    ("potential", "restarts", {"schedule": "restarts"}),
    ("heat", "heavy-ends", {"weights": (20.0, 50.0)}),
    ("heat", "few-points", {"points": 12}),
    ("frequency", "rare-claims", {"often": -2.6, "n": 12000, "epochs": 5}),
    (
        "frequency",
        "stopped-early",
        {"patience": 4, "epochs": 60, "schedule": "constant", "n": 3000, "lr": 2e-3, "batch": 150},
    ),
    ("bags", "one-at-a-time", {"batch": 1, "n": 200, "epochs": 6, "lr": 1e-3, "every": 5}),
    ("bags", "dropped", {"dropout": 0.5}),
    ("bags", "resumed", {"resume_at": 0.6, "resume_how": "right"}),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_sixth, config_of)
