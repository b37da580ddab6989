"""The healthy plan of every family of part a, how its people log, and what their configuration says."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan, optional_of, usual_of
from benchmarks.faults.sets.fifth.supervised.loop import Style
from benchmarks.faults.sets.fifth.supervised.others import Clusters, Pendulums, Student, Views
from benchmarks.faults.sets.fifth.supervised.pictures import Cells, Glyphs, Scans, Tissue
from benchmarks.faults.sets.fifth.supervised.tables import Claims, Grades, Homes, Ratings, Tags

PLANS = {
    p.family: p
    for p in (
        Plan("tissue", lr=6e-3, schedule="cosine", epochs=12, batch=24, n=320, n_val=80, width=5, noise=0.5),
        Plan("cells", lr=4e-3, schedule="one-cycle", epochs=16, batch=32, n=480, n_val=120, width=6, noise=0.08),
        Plan(
            "scans",
            lr=4e-3,
            schedule="warmup-cosine",
            epochs=14,
            batch=20,
            n=500,
            n_val=100,
            width=12,
            depth=2,
            noise=0.02,
            extra={"times": 100.0},
        ),
        Plan(
            "glyphs", lr=3e-3, schedule="linear", epochs=14, batch=64, n=2000, n_val=400, width=64, depth=1, noise=0.02
        ),
        Plan(
            "tags",
            lr=3e-3,
            optimizer="adamw",
            weight_decay=0.01,
            schedule="cosine",
            epochs=14,
            batch=48,
            n=3000,
            n_val=500,
            width=48,
            depth=2,
            noise=0.3,
        ),
        Plan(
            "ratings",
            lr=1.5e-2,
            weight_decay=1e-5,
            schedule="gamma",
            epochs=14,
            batch=100,
            n=6000,
            n_val=1000,
            width=4,
            noise=0.4,
            extra={"gamma": 0.8},
        ),
        Plan("grades", lr=5e-3, schedule="gamma", epochs=16, batch=40, n=1600, n_val=400, width=32, depth=2, noise=0.2),
        Plan(
            "claims",
            lr=4e-3,
            optimizer="adamw",
            weight_decay=0.01,
            schedule="warmup-cosine",
            epochs=6,
            batch=50,
            n=1500,
            n_val=300,
            width=16,
            depth=2,
            noise=0.3,
            dropout=0.05,
        ),
        Plan(
            "homes", lr=4e-3, schedule="one-cycle", epochs=12, batch=60, n=3000, n_val=500, width=48, depth=2, noise=0.2
        ),
        Plan(
            "student", lr=4e-3, schedule="cosine", epochs=14, batch=64, n=2560, n_val=500, width=40, depth=2, noise=0.5
        ),
        Plan(
            "views", lr=3e-3, schedule="cosine", epochs=12, batch=64, n=1920, n_val=256, width=48, depth=2, noise=0.15
        ),
        Plan(
            "clusters", lr=4e-3, schedule="linear", epochs=16, batch=32, n=1280, n_val=300, width=32, depth=2, noise=0.1
        ),
        Plan(
            "pendulum",
            lr=8e-3,
            schedule="cosine",
            epochs=20,
            batch=32,
            n=480,
            n_val=100,
            width=24,
            depth=1,
            activation="tanh",
            noise=0.03,
        ),
    )
}
TASKS: dict[str, Any] = {
    "tissue": Tissue,
    "cells": Cells,
    "scans": Scans,
    "glyphs": Glyphs,
    "tags": Tags,
    "ratings": Ratings,
    "grades": Grades,
    "claims": Claims,
    "homes": Homes,
    "student": Student,
    "views": Views,
    "clusters": Clusters,
    "pendulum": Pendulums,
}
STYLES = {
    "tissue": Style(every=0),
    "cells": Style(every=10, norm=True),
    "scans": Style(every=5, last=True),
    "glyphs": Style(every=20),
    "tags": Style(every=0),
    "ratings": Style(every=20, rate=False),
    "grades": Style(every=8, norm=True),
    "claims": Style(every=4, last=True, norm=True),
    "homes": Style(every=10),
    "student": Style(every=20, norm=True),
    "views": Style(every=6, last=True),
    "clusters": Style(every=0, norm=True),
    "pendulum": Style(every=1, last=True, val_every=2, norm=True),
}


def own_settings(p: Plan) -> dict[str, Any]:
    """Return what only the configuration of this family names."""
    hidden = [p.width] * p.depth
    own: dict[str, dict[str, Any]] = {
        "tissue": {"model": "unet-small", "loss": "bce+dice", "base_channels": p.width},
        "cells": {"model": "count-cnn", "loss": "mse", "channels": p.width},
        "scans": {"model": "sr-residual", "loss": "l1" if p.knob("absolute", False) else "mse", "upscale": 2},
        "glyphs": {"model": "vae", "latent_dim": p.knob("latent", 8), "beta": p.knob("beta", 1.0), "hidden": hidden},
        "tags": {"model": "mlp", "task": "multilabel", "num_labels": 8, "loss": "bce", "hidden": hidden},
        "ratings": {"model": "matrix-factorization", "loss": "mse", "n_factors": p.width},
        "grades": {"model": "ordinal-mlp", "loss": "cumulative-bce", "num_grades": 5, "hidden": hidden},
        "claims": {"model": "tab-transformer", "num_classes": 3, "d_model": p.width, "n_layers": p.depth, "n_heads": 2},
        "homes": {
            "model": "multitask-mlp",
            "price_weight": p.knob("weights", (1.0, 1.0))[0],
            "kind_weight": p.knob("weights", (1.0, 1.0))[1],
            "hidden": hidden,
        },
        "student": {
            "model": "student-mlp",
            "num_classes": 6,
            "temperature": p.knob("temperature", 3.0),
            "alpha": p.knob("alpha", 0.7),
            "hidden": hidden,
        },
        "views": {"model": "simclr-mlp", "loss": "nt-xent", "temperature": p.knob("temperature", 0.2), "proj_dim": 16},
        "clusters": {"model": "deepsets", "loss": "mse", "pool": p.knob("pool", "mean"), "activation": p.activation},
        "pendulum": {"model": "neural-ode", "solver": "euler", "dt": p.knob("span", 0.2), "loss": "mse"},
    }
    return own[p.family]


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration of such a run says."""
    said: dict[str, Any] = {
        **own_settings(p),
        **usual_of(p),
    }
    if p.schedule == "gamma":
        said |= {"lr_scheduler": "exponential", "gamma": p.knob("gamma", 0.8)}
    said |= optional_of(p, "max_grad_norm")
    if "betas" in p.extra:
        said["betas"] = list(p.extra["betas"])
    if "eps" in p.extra:
        said["eps"] = p.extra["eps"]
    if p.family == "tissue" and p.output == "entropy-alone":
        said["loss"] = "bce"
    if p.knob("told_noise", False):
        said["expected_label_noise"] = float(p.labels.removeprefix("part"))
    if p.knob("mirror", ""):
        said["augment"] = ["hflip"]
    if p.frozen:
        said["freeze"] = p.frozen.split(",")
    if p.precision != "float32":
        said["precision"] = "16-mixed"
    if p.patience:
        said["early_stopping_patience"] = p.patience
    if p.resume_how:
        said["resume_from"] = "checkpoints/last.ckpt"
    return said
