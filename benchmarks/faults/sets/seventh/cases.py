"""The seventh set: faults and controls, what counts as their cause, and which symptoms must be told."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, optional_of, usual_of
from benchmarks.faults.kit.registering import Add, Control, Fault, register_plans
from benchmarks.faults.sets.seventh.inpaint import train_inpaint
from benchmarks.faults.sets.seventh.labels import PREFIX, TELL
from benchmarks.faults.sets.seventh.loop import Loop
from benchmarks.faults.sets.seventh.stockroom import train_stockroom

USUAL, LAYERS, LEAN = {"told": "usual"}, {"told": "layers"}, {"told": "lean"}

PLANS: dict[str, Plan] = {
    "orbit": Plan("orbit", lr=3e-3, epochs=15, n=3000, noise=0.05, width=48, extra={"often": 5, **LAYERS}),
    "beats": Plan("beats", lr=3e-3, epochs=14, n=2400, n_val=512, extra={"often": 0, "apart": 1.3, **LAYERS}),
    "captcha": Plan("captcha", lr=2e-3, epochs=10, n=1600, n_val=384, dropout=0.1, extra={"often": 5, **LAYERS}),
    "mirror": Plan(
        "mirror",
        lr=3e-3,
        optimizer="adamw",
        epochs=12,
        n=2400,
        n_val=256,
        depth=2,
        width=32,
        schedule="cosine",
        extra={"often": 10, "warm": 40, **LAYERS},
    ),
    "sorter": Plan(
        "sorter",
        lr=2e-3,
        epochs=10,
        n=2560,
        n_val=384,
        depth=1,
        width=32,
        optimizer="adamw",
        weight_decay=0.01,
        extra={"often": 10, **LAYERS},
    ),
    "sets": Plan("sets", lr=2e-3, epochs=15, n=2400, width=48, extra={"often": 5, **LAYERS}),
    "wine": Plan("wine", lr=2e-3, epochs=20, n=2400, depth=2, width=48, extra={"often": 0, **LEAN}),
    "operator": Plan("operator", lr=2e-3, epochs=20, n=2400, width=64, extra={"often": 10, **LAYERS}),
    "patches": Plan("patches", lr=2e-3, epochs=14, n=1600, depth=2, width=48, extra={"often": 10, **USUAL}),
    "melody": Plan("melody", lr=4e-3, epochs=14, n=2400, width=48, extra={"often": 10, **USUAL}),
    "captions": Plan("captions", lr=2e-3, epochs=15, n=2400, width=64, extra={"often": 5, **USUAL}),
    "frames": Plan("frames", lr=4e-3, epochs=12, n=960, n_val=256, depth=1, width=32, extra={"often": 5, **LAYERS}),
    "intent": Plan("intent", lr=5e-4, epochs=10, n=1200, n_val=512, width=32, dropout=0.1, extra={"often": 0, **LEAN}),
    "inpaint": Plan("inpaint", lr=5e-4, epochs=24, batch=64, width=64, schedule="constant", extra={**LEAN}),
    "stockroom": Plan(
        "stockroom", lr=3e-3, epochs=60, batch=256, width=32, clip=0.5, schedule="constant", extra={**USUAL}
    ),
}

ABOUT = {
    "orbit": "force-mlp",
    "beats": "ecg-cnn1d",
    "captcha": "captcha-cnn",
    "mirror": "causal-transformer",
    "sorter": "pointer-network",
    "sets": "deep-sets",
    "wine": "ordinal-mlp",
    "operator": "deeponet",
    "patches": "masked-patch-transformer",
    "melody": "gru-vae",
    "captions": "two-tower",
    "frames": "frame-labeller",
    "intent": "sentence-encoder",
    "inpaint": "inpainting-gan",
    "stockroom": "ppo",
}
DATA: dict[str, dict[str, Any]] = {
    "orbit": {"loss": "mse"},
    "beats": {"loss": "cross_entropy", "num_classes": 4},
    "captcha": {"loss": "cross_entropy", "num_classes": 8},
    "mirror": {"loss": "cross_entropy", "vocab_size": 11},
    "sorter": {"loss": "cross_entropy", "set_size": 7},
    "sets": {"loss": "mse"},
    "wine": {"loss": "bce_with_logits", "thresholds": 4},
    "operator": {"loss": "mse"},
    "patches": {"loss": "mse", "mask_ratio": 0.4},
    "melody": {"loss": "elbo", "num_pitches": 12, "latent_dim": 8},
    "captions": {"loss": "info_nce"},
    "frames": {"loss": "cross_entropy", "num_classes": 5},
    "intent": {"loss": "cross_entropy", "num_classes": 6},
    "inpaint": {},
    "stockroom": {"gamma": 0.97, "gae_lambda": 0.95, "clip_range": 0.2},
}


def config_of(p: Plan) -> dict[str, Any]:
    """Return what the configuration says."""
    said = {"model": ABOUT[p.family], **usual_of(p), **DATA[p.family], "hidden": p.width}
    said |= optional_of(p, "grad_clip")
    if p.family not in ("inpaint", "stockroom"):
        said |= {"n_train": p.n, "n_val": p.n_val}
    if p.family == "inpaint":
        said |= {
            "g_lr": p.lr,
            "d_lr": p.knob("d_lr", p.lr),
            "l1_weight": p.knob("pixel", 1.0),
            "d_steps": p.knob("turns", 1),
        }
        said["total_steps"] = p.epochs * 50
        del said["lr"]
    if p.family == "stockroom":
        said |= {"vf_coef": 0.5, "ent_coef": p.knob("ent", 0.01), "n_epochs": 4}
        said |= {"reward_scale": p.knob("reward_scale", 0.2), "iterations": said.pop("epochs")}
    if p.family == "melody":
        said["beta"] = p.knob("beta", 0.1)
    if p.family == "captions":
        said["temperature"] = p.knob("temperature", 0.1)
    if p.knob("rare", 0.0):
        said |= {"num_classes": 2}
    if p.knob("warm", 0):
        said["warmup_steps"] = p.knob("warm", 0)
    if p.patience:
        said["early_stopping_patience"] = p.patience
    if p.augment:
        said["augmentation"] = "noise+cutout"
    if p.precision != "float32":
        said["precision"] = "16"
    if p.resume_at:
        said["resume_from"] = "checkpoints/last.ckpt"
    if p.family == "intent":
        said |= {"pretrained": True}
    if p.frozen:
        said["freeze_encoder"] = True
    if p.activation != "relu":
        said["activation"] = p.activation
    if p.depth > 4:
        said["layers"] = p.depth
    return said


def train_seventh(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    own = {"inpaint": train_inpaint, "stockroom": train_stockroom}
    return own[p.family](p, seed) if p.family in own else Loop(p, seed).run()


def fault(family: str, kind: str, knobs: dict[str, Any]) -> Fault:
    """Return a fault with the causes that its label names."""
    return (family, kind, "", TELL[f"{family}-{kind}"][0], knobs)


TIMED = {"timed": True}
FAULTS: list[Fault] = [
    fault("orbit", "never-cleared", {"zero_grad": False, **LEAN, "lr": 3e-3}),
    fault("orbit", "glitches", {"bad_every": 90, "glitch": 300.0, **LEAN, "often": 5}),
    fault("orbit", "held-short", {"clip": 1e-3, "optimizer": "sgd", "lr": 3e-2, **USUAL}),
    fault("beats", "crawls", {"lr": 5e-6, **LEAN}),
    fault("beats", "softmax-within", {"output": "softmax", "optimizer": "sgd", "lr": 0.02, **LEAN}),
    fault("beats", "same-recordings", {"leak": "same-recordings", **LEAN}),
    fault("beats", "rare-kind", {"rare": 0.03, "apart": 0.35, "noise": 0.5, "eval_batch": 512, **LEAN, "lr": 1e-3}),
    fault("captcha", "rows-mixed", {"labels": "mispaired", **LEAN}),
    fault("captcha", "training-mode", {"mode": "sorted-validation", "eval_batch": 16, **LEAN}),
    fault("captcha", "waits", {"wait": 0.06, **TIMED, **USUAL, "epochs": 6}),
    fault("mirror", "no-warmup", {"post": True, "lr": 3e-2, "warm": 0, "depth": 3, **LAYERS}),
    fault("mirror", "resumed-bare", {"resume_at": 0.6, "resume_how": "prefix", **USUAL}),
    fault("mirror", "sees-ahead", {"leak": "no-mask", "spelt": True, **LEAN}),
    fault("mirror", "pads-counted", {"output": "pads-counted", "pads": 20, "spelt": True, **LEAN, "lr": 2e-3}),
    fault("sorter", "heavy-decay", {"weight_decay": 40.0, "dropout": 0.4, **USUAL}),
    fault("sorter", "brief", {"epochs": 2, "lr": 3e-4, "schedule": "constant", "often": 5, **LEAN}),
    fault("sets", "summed", {"output": "summed", "optimizer": "sgd", "lr": 2e-2, "schedule": "constant", **LEAN}),
    fault("sets", "below-zero", {"init": "negative-bias", **LAYERS}),
    fault("sets", "logarithm", {"output": "logarithm", **USUAL}),
    fault("wine", "as-measured", {"input_scale": 2.0, "optimizer": "sgd", "lr": 1e-2, **LEAN}),
    fault("wine", "flat-ends", {"activation": "sigmoid", "init": "times40", "depth": 4, **LAYERS}),
    fault("operator", "hot", {"lr": 0.2, "schedule": "constant", **USUAL}),
    fault("operator", "half", {"precision": "float16", "units": 300.0, **USUAL}),
    fault("operator", "in-millivolts", {"units": 1000.0, "schedule": "constant", **LEAN}),
    fault("patches", "over-soon", {"share": 0.08, **USUAL}),
    fault("patches", "of-what-is-seen", {"output": "of-what-is-seen", **LEAN}),
    fault("patches", "all-alike", {"init": "zero", **LAYERS}),
    fault("melody", "heavy-divergence", {"beta": 20.0, **USUAL}),
    fault("captions", "few-pairs", {"n": 160, "batch": 32, "epochs": 60, "schedule": "constant", "often": 0, **LEAN}),
    fault("captions", "times-temperature", {"output": "times", **USUAL}),
    fault("inpaint", "keen-judge", {"d_lr": 1e-3, "judge": 128, "turns": 3, "lr": 3e-5, "pixel": 0.05, **LEAN}),
    fault("stockroom", "soon-sure", {"ent": 0.3, "ent_sign": 1.0, **USUAL}),
    fault("stockroom", "in-pence", {"reward_scale": 100.0, **USUAL}),
    fault("frames", "from-one", {"labels": "off-by-one", **LEAN}),
    fault("frames", "deep-sigmoid", {"activation": "sigmoid", "depth": 9, **LAYERS}),
    fault("frames", "keeps-graphs", {"kept": 4, **USUAL}),
    fault("frames", "wrong-axis", {"mode": "argmax-of-frames", **LEAN}),
    fault("intent", "left-frozen", {"frozen": "emb,block,mid", "pretrained": False, "often": 5, **LAYERS}),
    fault(
        "intent",
        "in-order",
        {
            "sorted_data": True,
            "often": 10,
            "n": 4800,
            "batch": 32,
            "epochs": 6,
            "lr": 5e-3,
            "schedule": "constant",
            **LEAN,
        },
    ),
    fault(
        "intent", "two-at-a-time", {"batch": 2, "lr": 1e-2, "schedule": "constant", "epochs": 4, "often": 10, **LEAN}
    ),
    fault("operator", "two-glitches-over-soon", {"bad_every": 140, "glitch": 100.0, "share": 0.15, **USUAL}),
    fault(
        "captions",
        "two-few-and-growing",
        {"n": 160, "batch": 32, "epochs": 50, "schedule": "constant", "kept": 4, **USUAL},
    ),
    fault(
        "wine",
        "two-few-as-measured",
        {
            "input_scale": 2.0,
            "n": 120,
            "batch": 24,
            "epochs": 150,
            "width": 128,
            "schedule": "constant",
            **LEAN,
            "every": 3,
        },
    ),
    fault("captcha", "two-mixed-and-waits", {"labels": "mispaired", "wait": 0.06, **TIMED, **USUAL, "epochs": 6}),
]
CONTROLS: list[Control] = [
    ("orbit", "", {}),
    ("orbit", "noisy", {"noise": 0.8, **LEAN}),
    ("beats", "", {}),
    ("beats", "uneven", {"rare": 0.06, "apart": 2.5, "noise": 0.2, "eval_batch": 512, **LEAN}),
    ("captcha", "", {**TIMED}),
    ("captcha", "disguised", {"augment": 0.8, "dropout": 0.4, **LEAN}),
    ("mirror", "", {"spelt": True}),
    ("mirror", "resumed", {"resume_at": 0.6, "resume_how": "right", **USUAL}),
    ("sorter", "", {}),
    ("sorter", "restarts", {"schedule": "restarts", "epochs": 15, **USUAL}),
    ("sets", "", {}),
    ("wine", "", {}),
    (
        "wine",
        "stopped-early",
        {"n": 400, "batch": 32, "epochs": 60, "patience": 5, "schedule": "constant", "dropout": 0.2, **LEAN},
    ),
    ("operator", "", {}),
    ("operator", "large-units", {"units": 300.0, "out_scale": 300.0, **LEAN}),
    ("patches", "", {}),
    ("melody", "", {}),
    ("captions", "", {"memory": True}),
    ("captions", "hard", {"noise": 1.0, "dropout": 0.1, **LEAN, "often": 0}),
    ("frames", "", {"memory": True}),
    ("frames", "softened", {"smoothing": 0.15, **LEAN, "often": 0}),
    ("intent", "", {}),
    ("intent", "mistaken", {"noise": 0.25, "epochs": 14, "lr": 1e-3, **LEAN}),
    ("inpaint", "", {}),
    ("stockroom", "", {}),
]


def register(add: Add) -> None:
    """Add all cases."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_seventh, config_of)
