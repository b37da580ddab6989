"""What the configuration of a run says, in the words of each kind of trainer."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan, optional_of
from benchmarks.faults.sets.fifth.sequences.plans import STYLES

MODELS = {
    "translate": "gru-attention-seq2seq",
    "charlm": "lstm-lm",
    "wordvae": "mlp-vae",
    "forecast": "gru-forecaster",
    "command": "conv1d-bn",
    "enhance": "conv-mask",
    "adding": "gru",
    "diffuse": "mlp-denoiser",
    "retrieve": "dual-encoder",
    "rater": "gru-reward-model",
}


def config_of(p: Plan) -> dict[str, Any]:
    """Return the configuration of a run."""
    if p.family in ("contest", "walker", "balancer"):
        return {"contest": _contest, "walker": _walker, "balancer": _balancer}[p.family](p)
    said = _tuned(p) if p.family in ("adapters", "prefer") else _usual(p)
    every = p.knob("check", STYLES[p.family].check)
    return said | ({"eval_every_epochs": every} if every != 1 else {})


def _usual(p: Plan) -> dict[str, Any]:
    """Return what a trainer of one network is told."""
    said: dict[str, Any] = {
        "model": MODELS[p.family],
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "lr_scheduler": {"per-step-gamma": "exponential", "epoch-gamma": "exponential"}.get(p.schedule, p.schedule),
        "hidden_size": p.width,
        "train_size": p.n,
    }
    if p.schedule in ("per-step-gamma", "epoch-gamma"):
        said["gamma"] = p.knob("gamma", 0.8)
    if p.schedule == "milestones":
        said["milestones"] = [int(m * p.epochs) for m in p.knob("milestones", (0.5, 0.8))]
    said |= optional_of(p, "grad_clip") | _own(p)
    if "betas" in p.extra or "eps" in p.extra:
        said["adam_eps"] = p.knob("eps", 1e-8)
    if p.knob("loss_scale", 0.0):
        said |= {"precision": "fp16", "loss_scale": p.knob("loss_scale", 0.0)}
    if p.precision == "half-loss":
        said["precision"] = "16"
    if p.resume_how:
        said["resume_from"] = "checkpoints/last.pt"
    if p.patience:
        said["early_stopping_patience"] = p.patience
    return said


def _own(p: Plan) -> dict[str, Any]:
    """Return what only the family has."""
    cell = p.knob("cell", "")
    own: dict[str, dict[str, Any]] = {
        "translate": {"vocab_size": 17, "max_len": p.knob("padded", 8), "teacher_forcing": True},
        "charlm": {"vocab_size": 24, "bptt": 20, **({"model": "rnn-relu"} if cell == "rnn" else {})},
        "wordvae": {"latent_dim": p.knob("latent", 6), "kl_weight": p.knob("beta", 1.0)},
        "forecast": {"window": 28, "horizon": 1, "loss": "huber" if p.output == "huber" else "mse"},
        "command": {
            "num_classes": 8,
            "activation": p.activation,
            "batch_norm": p.knob("norm", True),
            "layers": p.depth,
        },
        "enhance": {"loss": {"spectrum": "l1_magnitude", "both": "si_sdr+energy"}.get(p.output, "si_sdr")},
        "adding": {"sequence_length": p.knob("length", 24), **({"model": f"rnn-{cell}"} if cell else {})},
        "diffuse": {"timesteps": 60, "beta_start": 1e-3, "beta_end": p.knob("beta_end", 0.2), "layers": p.depth},
        "retrieve": {"loss": "in_batch_negatives", "temperature": p.knob("temperature", 0.1)},
        "rater": {"loss": "pairwise", "num_labels": 1},
    }
    said = own[p.family]
    optional = {
        "scheduled_sampling": p.knob("own_words", 0.0),
        "curriculum": "length" if p.knob("curriculum", 0.0) else "",
        "kl_annealing": p.knob("rising", 0.0),
        "kl_cycles": p.knob("rounds", 0),
        "energy_weight": p.knob("energy", 0.0),
        "bn_momentum": p.knob("bn_momentum", 0.0),
        "mixup": p.knob("mixup", False),
        "noise_augmentation": p.augment,
        "ema_decay": p.knob("ema", 0.0),
        "reward_centering": p.knob("centre", 0.0),
        "loss_weighting": "inverse_variance" if p.output == "inverse-variance" else "",
    }
    return said | {name: value for name, value in optional.items() if value}


def _tuned(p: Plan) -> dict[str, Any]:
    said: dict[str, Any] = {
        "optimizer": p.optimizer,
        "lr": p.lr,
        "lr_scheduler": {"warmup-cosine": "cosine"}.get(p.schedule, p.schedule),
        "batch_size": p.batch,
        "epochs": p.epochs,
        "max_grad_norm": p.clip,
        "logging_steps": p.knob("every", STYLES[p.family].every),
        "weight_decay": p.weight_decay,
    }
    if p.schedule.startswith("warmup"):
        said["warmup_ratio"] = 0.1
    if p.precision == "half-loss":
        said["bf16"] = True
    if p.resume_how:
        said["resume_from"] = "last"
    if p.family == "prefer":
        return said | {"trainer": "dpo", "beta": p.knob("beta", 0.1), "loss_type": "sigmoid"}
    if p.knob("whole", False):
        return said | {"task": "causal-lm"}
    lora = {"r": p.knob("rank", 4), "lora_alpha": p.knob("alpha", 8.0)}
    return said | {
        "task": "causal-lm",
        "peft_type": "LORA",
        **lora,
        "target_modules": list(p.knob("targets", ("qkv", "out", "up", "down"))),
    }


def _contest(p: Plan) -> dict[str, Any]:
    said = {
        "model": "gan-mlp",
        "loss": {"wasserstein": "wgan-gp"}.get(p.output, "non-saturating"),
        "optimizer": "adam",
        "lr": p.lr,
        "lr_d": p.knob("d_lr", p.lr),
        "betas": list(p.knob("betas", (0.5, 0.99))),
        "batch_size": p.batch,
        "n_critic": p.knob("rounds", 1),
        "z_dim": 4,
        "steps": p.epochs * 50,
    }
    return said | ({"real_label": 1.0 - p.smoothing} if p.smoothing else {})


def _walker(p: Plan) -> dict[str, Any]:
    return {
        "algorithm": "dqn",
        "env": "grid-world",
        "optimizer": "adam",
        "lr": p.lr,
        "gamma": p.knob("gamma", 0.95),
        "batch_size": p.batch,
        "buffer_size": p.knob("memory", 3000),
        "exploration_initial_eps": p.knob("epsilon", 1.0),
        "exploration_final_eps": p.knob("epsilon_end", 0.05),
        "exploration_fraction": p.knob("explore", 0.4),
        "target_update_interval": 1 if p.knob("no_target", False) else p.knob("sync", 25) * 4,
        "total_timesteps": p.epochs * 100,
        **({"max_grad_norm": p.clip} if p.clip else {}),
    }


def _balancer(p: Plan) -> dict[str, Any]:
    return {
        "algorithm": "ppo",
        "env": "pole",
        "optimizer": "adam",
        "n_envs": 32,
        "n_steps": 32,
        "batch_size": p.batch,
        "n_epochs": p.knob("passes", 4),
        "lr": p.lr,
        "gamma": p.knob("gamma", 0.97),
        "gae_lambda": 0.95,
        "clip_range": p.clip or None,
        "ent_coef": p.knob("ent_coef", 0.005),
        "vf_coef": 0.5,
        "max_grad_norm": p.knob("max_norm", 0.5) or None,
        "total_timesteps": p.epochs * 1024,
    }
