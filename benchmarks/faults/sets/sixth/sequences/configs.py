"""What the configuration of a run says, in the words of each kind of trainer."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan, optional_of

SCHEDULES = {"linear-warmup": "linear", "warmup-cosine": "cosine", "inverse-sqrt": "inverse_sqrt"}


def config_of(p: Plan) -> dict[str, Any]:
    """Return the configuration of a run."""
    if p.family in ("hinge", "grpo", "sac"):
        return {"hinge": _hinge, "grpo": _grpo, "sac": _sac}[p.family](p)
    said: dict[str, Any] = {
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "lr_scheduler": SCHEDULES.get(p.schedule, p.schedule),
        "train_examples": p.n,
    }
    if p.schedule in SCHEDULES:
        said["warmup_ratio"] = p.knob("warm", 0.1)
    said |= optional_of(p, "max_grad_norm") | _own(p)
    if "betas" in p.extra:
        said["betas"] = list(p.extra["betas"])
    if "eps" in p.extra:
        said["eps"] = p.extra["eps"]
    if p.resume_how:
        said["resume_from_checkpoint"] = True
    if p.patience:
        said["early_stopping_patience"] = p.patience
    check = p.knob("check", 1.0)
    return said | ({"eval_every_epochs": check} if check != 1 else {})


def _own(p: Plan) -> dict[str, Any]:
    """Return what only the family has."""
    own: dict[str, dict[str, Any]] = {
        "mlm": {
            "model": "encoder",
            "hidden_size": p.width,
            "layers": p.depth,
            "norm": "post" if p.knob("after", False) else "pre",
            "mlm_probability": p.knob("share", 0.2),
            "vocab_size": 26,
        },
        "moe": {
            "model": "moe-decoder",
            "hidden_size": p.width,
            "layers": p.depth,
            "num_experts": p.knob("experts", 4),
            "top_k": 1,
            "capacity_factor": p.knob("room", 1.5),
            "aux_loss_coef": p.knob("balance", 0.02),
            "vocab_size": 26,
        },
        "sft": {"task": "sft", "model_name_or_path": "checkpoints/base-32", "max_length": 11},
        "ctc": {"model": "conv-bigru-ctc", "hidden_size": p.width, "num_symbols": 8, "features": 8},
        "ssm": {
            "model": "ssm",
            "d_model": p.width,
            "layers": p.depth,
            "d_state": p.knob("states", 8),
            "seq_len": p.knob("length", 64),
            "num_classes": 6,
        },
        "vq": {
            "model": "vq-vae-1d",
            "hidden_size": p.width,
            "num_codes": p.knob("codes", 32),
            "code_dim": 6,
            "commitment_cost": p.knob("commit", 0.25),
        },
        "clone": {
            "algorithm": "behaviour-cloning",
            "hidden_sizes": [p.width] * p.depth,
            "activation": p.activation,
            "demonstrations": p.n // 30,
            "loss": "mse",
        },
    }
    optional = {
        "router_jitter": p.knob("jitter", 0.0),
        "feature_masking": p.augment,
        "codebook_init": "data" if p.knob("seeded", False) else "",
    }
    return own[p.family] | {name: value for name, value in optional.items() if value}


def _hinge(p: Plan) -> dict[str, Any]:
    return {
        "model": "gan-1d",
        "loss": "hinge",
        "spectral_norm": p.knob("spectral", True),
        "optimizer": "adam",
        "lr_g": p.lr,
        "lr_d": p.knob("d_lr", p.lr),
        "betas": list(p.knob("betas", (0.0, 0.9))),
        "lr_scheduler": p.schedule,
        "batch_size": p.batch,
        "d_steps_per_g_step": p.knob("rounds", 1),
        "z_dim": 6,
        "steps": p.epochs * 50,
    }


def _grpo(p: Plan) -> dict[str, Any]:
    return {
        "trainer": "grpo",
        "optimizer": p.optimizer,
        "learning_rate": p.lr,
        "lr_scheduler": SCHEDULES.get(p.schedule, p.schedule),
        "batch_size": p.batch,
        "num_generations": p.knob("group", 8),
        "num_iterations": p.knob("updates", 1),
        "beta": p.knob("beta", 0.02),
        "epsilon": p.knob("bound", 0.2) or None,
        "temperature": p.knob("told_heat", p.knob("heat", 1.0)),
        "max_completion_length": 7,
        "max_grad_norm": p.clip or None,
        "max_steps": p.epochs,
    }


def _sac(p: Plan) -> dict[str, Any]:
    return {
        "algorithm": "sac",
        "env": "cart-2d",
        "n_envs": 16,
        "optimizer": "adam",
        "lr": p.lr,
        "critic_lr": p.knob("critic_lr", p.lr),
        "gamma": p.knob("gamma", 0.95),
        "tau": p.knob("tau", 0.02),
        "batch_size": p.batch,
        "buffer_size": p.knob("memory", 800) * 16,
        "ent_coef": "auto" if p.knob("tuned", True) else p.knob("alpha", 0.1),
        "learning_starts": p.knob("first", 15) * 16,
        "gradient_steps": p.knob("updates", 1),
        "reward_scale": p.knob("reward_scale", 1.0),
        "total_timesteps": p.epochs * 640,
        **({"max_grad_norm": p.clip} if p.clip else {}),
    }
