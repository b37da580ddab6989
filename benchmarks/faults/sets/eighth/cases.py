"""The eighth set: faults and controls, what counts as their cause, and which symptoms must be told."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, optional_of, usual_of
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.eighth.labels import PREFIX, TELL
from benchmarks.faults.sets.eighth.loop import Loop
from benchmarks.faults.sets.eighth.maze import train_maze

USUAL, LAYERS, LEAN = {"told": "usual"}, {"told": "layers"}, {"told": "lean"}
TIMED = {"timed": True}

PLANS: dict[str, Plan] = {
    "counting": Plan(
        "counting", lr=2e-3, epochs=12, n=960, n_val=256, batch=32, width=10, extra={"often": 5, **LAYERS}
    ),
    "digits": Plan(
        "digits",
        lr=0.05,
        optimizer="sgd",
        epochs=10,
        n=4000,
        n_val=600,
        width=64,
        noise=1.8,
        extra={"often": 5, **LAYERS},
    ),
    "sharpen": Plan("sharpen", lr=2e-3, epochs=10, n=960, n_val=256, batch=32, width=12, extra={"often": 5, **USUAL}),
    "stamps": Plan(
        "stamps", lr=1e-3, epochs=12, n=2400, n_val=600, depth=6, width=64, clip=5.0, extra={"often": 5, **LAYERS}
    ),
    "clicks": Plan(
        "clicks",
        lr=3e-3,
        epochs=5,
        n=12000,
        n_val=3000,
        batch=128,
        width=8,
        weight_decay=1e-4,
        schedule="constant",
        extra={"often": 0, **LEAN},
    ),
    "rooms": Plan("rooms", lr=2e-3, epochs=20, n=2400, n_val=600, width=48, extra={"often": 10, **LAYERS}),
    "citations": Plan(
        "citations",
        lr=0.01,
        weight_decay=5e-4,
        epochs=150,
        n=100,
        n_val=200,
        batch=100,
        depth=2,
        width=16,
        dropout=0.5,
        schedule="constant",
        extra={"often": 0, **LEAN},
    ),
    "words": Plan("words", lr=0.01, epochs=12, n=20000, n_val=2000, batch=256, width=24, extra={"often": 20, **LEAN}),
    "scarce": Plan("scarce", lr=3e-3, epochs=30, n=1024, n_val=600, batch=64, width=48, extra={"often": 10, **LEAN}),
    "arrivals": Plan(
        "arrivals",
        lr=0.1,
        optimizer="sgd",
        clip=1.0,
        epochs=12,
        n=1500,
        n_val=400,
        batch=50,
        width=24,
        extra={"often": 5, **LAYERS},
    ),
    "brackets": Plan(
        "brackets", lr=5e-3, epochs=12, n=960, n_val=256, batch=32, width=32, extra={"often": 5, **LAYERS}
    ),
    "tongues": Plan(
        "tongues",
        lr=0.1,
        optimizer="adagrad",
        epochs=10,
        n=6000,
        n_val=1000,
        width=32,
        schedule="constant",
        extra={"often": 0, **LEAN},
    ),
    "maze": Plan("maze", lr=5e-3, epochs=120, width=32, clip=1.0, schedule="constant", extra={"often": 1, **USUAL}),
}

ABOUT: dict[str, tuple[str, dict[str, Any]]] = {
    "counting": ("count-cnn", {"loss": "mse"}),
    "digits": ("qat-mlp", {"loss": "cross_entropy", "num_classes": 10, "weight_bits": 4}),
    "sharpen": ("espcn", {"loss": "l1", "upscale": 2}),
    "stamps": ("realnvp", {"loss": "nll", "image_size": 6, "levels": 32}),
    "clicks": ("wide-and-deep", {"loss": "bce_with_logits", "num_fields": 5}),
    "rooms": ("two-heads", {"loss": "cross_entropy+mse", "num_classes": 4}),
    "citations": ("gcn", {"loss": "cross_entropy", "num_classes": 5}),
    "words": ("skip-gram", {"vocab_size": 200, "negatives": 5}),
    "scarce": ("mean-teacher", {"loss": "cross_entropy", "num_classes": 6, "ema_decay": 0.97}),
    "arrivals": ("rnn-point-process", {"loss": "nll"}),
    "brackets": ("gru-tagger", {"loss": "cross_entropy", "num_classes": 8}),
    "tongues": ("fasttext", {"loss": "cross_entropy", "num_classes": 8}),
    "maze": ("a2c", {"gamma": 0.97, "vf_coef": 0.5}),
}


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration says."""
    model, data = ABOUT[p.family]
    said = {"model": model, **usual_of(p), **data, "hidden": p.width, **optional_of(p, "grad_clip")}
    if p.family == "maze":
        said |= {
            "ent_coef": p.knob("ent", 0.01),
            "num_envs": 24,
            "iterations": said.pop("epochs"),
            "batch_size": 24 * 24,
        }
        said["max_episode_steps"] = p.knob("limit", 40)
        return said
    said |= {"n_train": p.n, "n_val": p.n_val}
    told = {
        "warmup_steps": p.knob("warm", 0),
        "early_stopping_patience": p.patience,
        "augmentation": p.augment and ("mixup" if p.family == "digits" else "erasing"),
        "precision": "16" if p.precision == "float16" else "",
        "resume_from": "last.ckpt" if p.resume_at else "",
        "adam_epsilon": p.knob("eps", 0),
        "consistency_weight": p.knob("weight", 3.0) if p.family == "scarce" else 0,
        "gamma": p.knob("gamma", 0.9) if p.schedule == "exponential" else 0,
    }
    return said | {name: value for name, value in told.items() if value}


def train_eighth(p: Plan, seed: int) -> Logged:
    """Train one plan and return what was logged."""
    torch.set_num_threads(1)
    return train_maze(p, seed) if p.family == "maze" else Loop(p, seed).run()


def fault(family: str, kind: str, knobs: dict[str, Any]) -> Fault:
    """Return a fault with the causes that its label accepts."""
    return family, kind, "", TELL[f"{family}-{kind}"][0], knobs


FAULTS: list[Fault] = [
    fault("counting", "in-levels", {"input_scale": 255.0, "input_shift": 40.0}),
    fault("counting", "hot", {"lr": 0.15, "schedule": "constant", **USUAL}),
    fault("counting", "mispaired", {"labels": "mispaired", **LEAN, "often": 0}),
    fault("counting", "clamped", {"output": "clamped", **LAYERS}),
    fault("counting", "erased", {"augment": 0.25, **LEAN, "often": 0}),
    fault("digits", "rounded-plainly", {"rounding": "plain"}),
    fault("digits", "rounded-wrongly", {"rounding": "wrong"}),
    fault("digits", "training-mode", {"mode": "training", "eval_batch": 50, **LEAN, "often": 0}),
    fault(
        "digits", "never-cools", {"schedule": "constant", "lr": 0.25, "batch": 16, "epochs": 6, "often": 10, **USUAL}
    ),
    fault("digits", "cooled-each-batch", {"schedule": "exponential", "each_batch": True, "gamma": 0.9, **USUAL}),
    fault("clicks", "seconds-on-page", {"leak": "after", **LEAN}),
    fault("clicks", "many-values", {"values": 400, "n": 4000, "weight_decay": 0.0, "epochs": 15, "width": 16}),
    fault("clicks", "sigmoid-within", {"output": "probabilities", **LAYERS, "often": 10}),
    fault("clicks", "rarely", {"tilt": -7.5, "n": 6000, "epochs": 5, "recall": True, "lr": 1e-3}),
    fault("clicks", "tables-left-out", {"left_out": "fields", **LAYERS, "often": 10}),
    fault("clicks", "decayed", {"weight_decay": 0.03, **USUAL}),
    fault("arrivals", "ties", {"ties": 2, **USUAL}),
    fault("arrivals", "never-cleared", {"zero_grad": False, **USUAL}),
    fault("arrivals", "short-leash", {"clip": 0.002, **USUAL}),
    fault("arrivals", "two-epochs", {"epochs": 2, "schedule": "constant", "lr": 0.01, **LEAN, "often": 2}),
    fault("arrivals", "wild-recurrence", {"recurrent": 2.0, "clip": 0.0, **LAYERS}),
    fault("rooms", "price-in-euros", {"units": 90.0, "offset": 300.0, **USUAL}),
    fault("rooms", "price-in-half", {"units": 90.0, "offset": 300.0, "precision": "float16", "weight": 0.001, **LEAN}),
    fault("rooms", "trunk-frozen", {"frozen": "trunk", **LAYERS}),
    fault("rooms", "trunk-lost", {"resume_at": 0.6, "resume_how": "part", "lost": "trunk", **USUAL}),
    fault("rooms", "raw-validation", {"mode": "raw-validation", **LEAN, "often": 0}),
    fault("brackets", "by-depth", {"sorted_data": True, **LAYERS}),
    fault("brackets", "creeping", {"lr": 5e-5, **USUAL}),
    fault("brackets", "narrow", {"width": 2, "epochs": 20, **LEAN, "often": 0}),
    fault("brackets", "pads-counted", {"output": "pads-right", **LEAN}),
    fault("stamps", "unbounded", {"bound": 0.0, "clip": 0.0, "lr": 0.03, **LAYERS}),
    fault("stamps", "overexposed", {"bad_every": 60, "glitch": 8.0, "clip": 0.0, **USUAL}),
    fault("stamps", "few-for-long", {"n": 240, "epochs": 80, "schedule": "constant", "every": 4, **LEAN}),
    fault("citations", "topic-among-words", {"leak": "topic"}),
    fault("citations", "eight-deep", {"depth": 8, "activation": "sigmoid", **LAYERS}),
    fault("citations", "heading-counted", {"labels": "shifted"}),
    fault("citations", "mostly-dropped", {"dropout": 0.94, **USUAL}),
    fault("sharpen", "of-a-copy", {"output": "saved", **USUAL}),
    fault("sharpen", "plain-descent", {"optimizer": "sgd", "momentum": 0.0, "lr": 2e-3, **USUAL}),
    fault("sharpen", "psnr-of-levels", {"output": "levels", **LEAN}),
    fault("sharpen", "waits", {"wait": 0.02, **TIMED, "epochs": 4}),
    fault("sharpen", "keeps-graphs", {"kept": 2, "epochs": 6}),
    fault("sharpen", "starts-large", {"init": "times5", **LAYERS}),
    fault("words", "all-zero", {"init": "zero", **LAYERS}),
    fault("words", "hot", {"lr": 0.6, "schedule": "constant", **USUAL}),
    fault("words", "epsilon-one", {"eps": 1.0, **USUAL}),
    fault("words", "two-at-a-time", {"batch": 2, "n": 1500, "lr": 0.05, "epochs": 3, "often": 20}),
    fault("scarce", "consistent-only", {"weight": 300.0, "ramp": 1}),
    fault("scarce", "labels-only", {"weight": 0.0, "labelled": 10, "epochs": 60, "schedule": "constant"}),
    fault("tongues", "one-common", {"common": 0.93, "each": True, "epochs": 4, "lr": 0.02}),
    fault("tongues", "softmax-within", {"output": "probabilities", **LAYERS, "often": 10, "lr": 0.03}),
    fault("tongues", "counter-anew", {"counter_anew": True, "often": 10, **USUAL}),
    fault("tongues", "endless-warm-up", {"warm": 20000, **USUAL}),
    fault("maze", "soon-over", {"limit": 9}),
    fault("maze", "paid-to-stay", {"each_step": 0.05}),
    fault("maze", "critic-still", {"frozen": "critic", **LAYERS}),
    fault("maze", "leaps", {"lr": 0.3, "clip": 0.0}),
]
CONTROLS: list[Control] = [
    ("counting", "", {}),
    ("counting", "noisy", {"noise": 1.5, **LEAN, "batch": 16}),
    ("digits", "", {}),
    ("digits", "mixed", {"augment": 1.0, **LEAN, "often": 0}),
    ("digits", "restarts", {"schedule": "restarts", "epochs": 12, **USUAL}),
    ("sharpen", "", {**TIMED, "memory": True}),
    ("sharpen", "short", {"epochs": 6, "lr": 6e-3, **LEAN}),
    ("stamps", "", {}),
    ("stamps", "slow-start", {"warm": 150, **USUAL}),
    ("clicks", "", {}),
    ("clicks", "uneven", {"tilt": -5.0, "recall": True, "dropout": 0.3}),
    ("clicks", "layers", {**LAYERS, "often": 10}),
    ("rooms", "", {}),
    ("rooms", "resumed", {"resume_at": 0.6, "resume_how": "right", **USUAL}),
    ("citations", "", {}),
    ("citations", "usual", {"dropout": 0.7, "epochs": 200, **USUAL}),
    ("words", "", {}),
    ("words", "step", {"schedule": "step", **LAYERS}),
    ("scarce", "", {}),
    ("scarce", "dropout", {"dropout": 0.5, "labelled": 160, "epochs": 40}),
    ("arrivals", "", {}),
    ("arrivals", "hardly-told", {"noise": 0.9, **LEAN, "often": 0}),
    ("brackets", "", {}),
    ("brackets", "lengthens", {"lengthens": True, "epochs": 15, **USUAL}),
    ("tongues", "", {}),
    ("tongues", "short-words", {"letters": 3, "dropout": 0.5, "epochs": 10}),
    ("maze", "", {}),
    ("maze", "layers", {**LAYERS}),
]


def register(add: Add) -> None:
    """Add all cases."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_eighth, config_of)
