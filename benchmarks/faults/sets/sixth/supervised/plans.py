"""The healthy plan of every family of part a, how its people log, and what their configuration says."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan, optional_of, usual_of
from benchmarks.faults.sets.sixth.supervised.likeness import Episodes, Faces, Links, SelfTaught
from benchmarks.faults.sets.sixth.supervised.loop import Style, Task
from benchmarks.faults.sets.sixth.supervised.people import Bags, Claims, Survival
from benchmarks.faults.sets.sixth.supervised.physics import Depth, Heat, Potential

PLANS = {
    p.family: p
    for p in (
        Plan(
            "survival",
            lr=4e-3,
            optimizer="adamw",
            weight_decay=0.01,
            epochs=16,
            batch=128,
            n=2400,
            n_val=500,
            width=32,
            depth=2,
            dropout=0.1,
        ),
        Plan(
            "faces",
            lr=3e-3,
            optimizer="adamw",
            weight_decay=0.01,
            schedule="cosine",
            epochs=18,
            batch=64,
            n=1600,
            n_val=240,
            width=64,
            depth=2,
            noise=0.35,
        ),
        Plan("episodes", lr=2e-3, schedule="linear", epochs=14, batch=1, n=50, n_val=16, width=64, depth=2, noise=0.6),
        Plan("links", lr=5e-3, schedule="cosine", epochs=24, batch=100, width=32, noise=1.0, dropout=0.1),
        Plan("depth", lr=5e-3, schedule="one-cycle", epochs=12, batch=16, n=320, n_val=64, width=6, noise=0.03),
        Plan(
            "byol",
            lr=3e-3,
            schedule="warmup-cosine",
            epochs=14,
            batch=64,
            n=1800,
            n_val=400,
            width=48,
            noise=0.5,
            augment=0.3,
        ),
        Plan(
            "potential",
            lr=2e-2,
            schedule="cosine",
            epochs=16,
            batch=25,
            n=500,
            n_val=100,
            width=24,
            depth=2,
            activation="tanh",
            noise=0.01,
        ),
        Plan(
            "heat",
            lr=1e-2,
            schedule="exponential",
            epochs=20,
            batch=1,
            n=40,
            width=24,
            depth=2,
            activation="tanh",
            extra={"decay": 3.0},
        ),
        Plan(
            "frequency",
            lr=4e-3,
            optimizer="adamw",
            weight_decay=0.02,
            schedule="cosine",
            epochs=12,
            batch=200,
            n=8000,
            n_val=2000,
            width=32,
            depth=2,
        ),
        Plan("bags", lr=2e-3, schedule="warmup-cosine", epochs=14, batch=16, n=800, n_val=300, width=32, depth=1),
    )
}
TASKS: dict[str, type[Task]] = {
    "survival": Survival,
    "faces": Faces,
    "episodes": Episodes,
    "links": Links,
    "depth": Depth,
    "byol": SelfTaught,
    "potential": Potential,
    "heat": Heat,
    "frequency": Claims,
    "bags": Bags,
}
STYLES = {
    "survival": Style(every=5),
    "faces": Style(every=10, norm=True),
    "episodes": Style(every=20),
    "links": Style(every=5),
    "depth": Style(every=5, norm=True),
    "byol": Style(every=10),
    "potential": Style(every=10, norm=True),
    "heat": Style(every=10),
    "frequency": Style(every=10, rate=False),
    "bags": Style(every=10, norm=True),
}


def own_settings(p: Plan) -> dict[str, Any]:
    """Return what only the configuration of this family names."""
    hidden = [p.width] * p.depth
    own: dict[str, dict[str, Any]] = {
        "survival": {"model": "deepsurv", "loss": "cox-ph", "hidden": hidden, "activation": p.activation},
        "faces": {
            "model": "face-mlp",
            "loss": "arcface",
            "arcface_scale": p.knob("scale", 16.0),
            "arcface_margin": p.knob("margin", 0.3),
            "embedding_dim": 16,
        },
        "episodes": {
            "model": "protonet",
            "n_way": p.knob("ways", 5),
            "k_shot": p.knob("shots", 5),
            "n_query": p.knob("queries", 10),
            "episodes_per_epoch": p.n,
            "hidden": hidden,
            "activation": p.activation,
        },
        "links": {"model": "gcn", "task": "link-prediction", "hidden": p.width, "neg_ratio": p.knob("negatives", 1.0)},
        "depth": {"model": "depth-unet", "loss": "silog", "base_channels": p.width, "max_depth": 10.0},
        "byol": {"model": "byol-mlp", "ema_decay": p.knob("ema", 0.98), "proj_dim": 24, "aug_strength": p.augment},
        "potential": {
            "model": "pair-nn",
            "cutoff": 3.2,
            "energy_weight": p.knob("weights", (1.0, 10.0))[0],
            "force_weight": p.knob("weights", (1.0, 10.0))[1],
            "hidden": hidden,
        },
        "heat": {
            "model": "pinn",
            "pde": "heat-1d",
            "hidden": hidden,
            "activation": p.activation,
            "bc_weight": p.knob("weights", (10.0, 10.0))[0],
            "ic_weight": p.knob("weights", (10.0, 10.0))[1],
            "collocation_points": p.knob("points", 96),
        },
        "frequency": {"model": "poisson-net", "loss": "poisson_nll", "embedding_dims": [4, 3], "hidden": hidden},
        "bags": {"model": "attention-mil", "loss": "bce", "bag_size": 16, "hidden": p.width},
    }
    return own[p.family]


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration of such a run says."""
    said: dict[str, Any] = {
        **own_settings(p),
        **usual_of(p),
        **optional_of(p, "grad_clip"),
    }
    if p.family == "heat":  # each step draws its own points
        said |= {"batch_size": p.knob("points", 96), "iterations": p.epochs * p.n}
    said |= {name: p.extra[name] for name in ("betas", "eps") if name in p.extra}
    if "betas" in said:
        said["betas"] = list(said["betas"])
    if p.schedule == "exponential":
        said["lr_final_factor"] = round(2.718281828 ** -p.knob("decay", 4.0), 5)
    if p.precision == "float16":
        said["amp"] = "fp16"
    if p.family == "depth" and p.output == "millimetres":
        said |= {"loss": "mse", "depth_unit": "mm"}
    if p.frozen:
        said["freeze"] = [p.frozen]
    if p.patience:
        said["early_stopping_patience"] = p.patience
    if p.resume_how:
        said["resume"] = "last.pt"
    if p.knob("expected_noise", False):
        said["expected_label_noise"] = float(p.labels.removeprefix("part"))
    return said
