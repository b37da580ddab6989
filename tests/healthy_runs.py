"""Healthy runs that look like faults, made from what such curves look like: the noise of batches, warm-up, drops,
drift, games and agents that work.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from logdoc.model import ConfigValue, Run, Series

Curves = dict[str, np.ndarray]
RUNS: dict[str, Callable[[np.random.Generator], tuple[Curves, dict[str, ConfigValue]]]] = {}
BEGINS = {"last_epochs_of_a_classifier": 140}  # run -> first step of a log whose beginning was not kept


def healthy(
    make: Callable[[np.random.Generator], tuple[Curves, dict[str, ConfigValue]]],
) -> Callable[..., tuple[Curves, dict[str, ConfigValue]]]:
    """Register a maker of curves and configuration."""
    RUNS[make.__name__] = make
    return make


def run_of(name: str, seed: int) -> Run:
    """Return the healthy run of that name; a curve of fewer points than the longest is spread over its steps."""
    curves, config = RUNS[name](np.random.default_rng(seed))
    longest, begins = max(len(values) for values in curves.values()), BEGINS.get(name, 0)
    series = {}
    for tag, values in curves.items():
        steps = (
            np.arange(longest)
            if len(values) == longest
            else np.linspace(longest // len(values), longest - 1, len(values)).astype(np.int64)
        )
        series[tag] = Series(tag, steps.astype(np.int64) + begins, np.asarray(values, dtype=np.float64))
    return Run(name, "console", (name,), series=series, config=config)


def fall(n: int, top: float, floor: float, rate: float) -> np.ndarray:
    """An exponential approach to a floor."""
    return floor + (top - floor) * np.exp(-rate * np.arange(n) / n)


@healthy
def language_model(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 2000
    t = np.arange(1, n + 1)
    loss = 2.6 + 8.2 * t**-0.35 + rng.normal(0, 0.06, n)
    lr = 6e-4 * np.minimum(t / 100, 0.1 + 0.45 * (1 + np.cos(np.pi * t / n)))
    norm = np.exp(rng.normal(-0.9, 0.18, n)) * (1 + 4 * np.exp(-t / 60))
    val = 2.65 + 8.2 * t[99::100] ** -0.35 + rng.normal(0, 0.01, 20)
    config: dict[str, ConfigValue] = {
        "model": "gpt2",
        "vocab_size": 50257,
        "lr": 6e-4,
        "grad_clip": 1.0,
        "optimizer": "adamw",
        "max_steps": n,
    }
    return {"train/loss": loss, "val/loss": val, "train/lr": lr, "train/grad_norm": norm}, config


@healthy
def pretraining_with_spikes_that_recover(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    curves, config = language_model(rng)
    for at in (700, 1300):
        curves["train/loss"][at : at + 8] += np.linspace(0.7, 0.0, 8)
    return curves, config


@healthy
def image_classifier_with_step_schedule(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 90
    stage = np.arange(n) // 30
    loss = fall(n, 2.3, 0.9, 12) * np.array([1.0, 0.6, 0.5])[stage] + rng.normal(0, 0.01, n)
    val = fall(n, 2.2, 1.05, 12) * np.array([1.0, 0.75, 0.72])[stage] + rng.normal(0, 0.03, n)
    acc = 1 - np.array([0.35, 0.22, 0.2])[stage] - 0.5 * np.exp(-np.arange(n) / 6) + rng.normal(0, 0.006, n)
    lr = 0.1 * 0.1**stage
    config: dict[str, ConfigValue] = {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "num_classes": 10, "epochs": n}
    return {"train/loss": loss, "val/loss": val, "val/acc": acc, "lr": lr}, config


@healthy
def noisy_small_batches(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 3000
    loss = fall(n, 2.3, 0.4, 5) * np.exp(rng.normal(0, 0.25, n))
    return {"loss": loss, "val_acc": 0.85 - 0.75 * np.exp(-np.arange(15) / 3), "lr": np.full(n, 1e-3)}, {
        "num_classes": 10,
        "batch_size": 8,
    }


@healthy
def regression_in_large_units(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 800
    loss = fall(n, 3000, 300, 25) * rng.gamma(2.0, 0.5, n)
    lr = 3e-3 * np.where(np.arange(n) < 600, 1.0, 0.1)
    return {"train_loss": loss, "val_loss": fall(8, 900, 320, 6) * rng.gamma(60.0, 1 / 60, 8), "lr": lr}, {
        "task": "regression",
        "batch_size": 8,
    }


@healthy
def transfer_learning(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 12
    curves = {
        "loss": 0.6 * np.exp(-np.arange(n) / 4) + 0.12,
        "val_loss": 0.45 * np.exp(-np.arange(n) / 4) + 0.17 + rng.normal(0, 0.004, n),
        "val_accuracy": 0.95 - 0.15 * np.exp(-np.arange(n) / 3),
    }
    return curves, {"pretrained": True, "freeze_backbone": True, "lr": 1e-3}


@healthy
def regression_down_to_its_noise(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 200
    return {
        "train_mse": fall(n, 1.1, 0.31, 30) + rng.normal(0, 0.004, n),
        "val_mse": fall(n, 1.1, 0.34, 30) + rng.normal(0, 0.008, n),
    }, {"lr": 1e-3}


@healthy
def one_cycle(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 1000
    t = np.arange(n) / n
    lr = np.where(t < 0.3, 0.004 + 0.096 * t / 0.3, 0.1 * (1 - (t - 0.3) / 0.7) ** 1.5 + 1e-6)
    return {"loss": 2.3 - 1.1 * (1 - np.exp(-4 * t)) - 0.7 * t**2 + rng.normal(0, 0.05, n), "lr": lr}, {
        "optimizer": "sgd",
        "lr": 0.1,
    }


@healthy
def autoencoder_of_images(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 100
    return {
        "train/loss": fall(n, 0.23, 0.0931, 40) + rng.normal(0, 2e-4, n),
        "val/loss": fall(n, 0.22, 0.0935, 40) + rng.normal(0, 3e-4, n),
    }, {}


@healthy
def variational_autoencoder(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 400
    recon, kl = (
        fall(n, 540, 82, 20) + rng.normal(0, 1.0, n),
        25 - 22 * np.exp(-np.arange(n) / 30) + rng.normal(0, 0.2, n),
    )
    return {"loss": recon + kl, "recon_loss": recon, "kl_loss": kl}, {"model": "vae"}


@healthy
def likelihood_below_zero(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 300
    return {
        "train/nll": fall(n, 2.0, -3.1, 12) + rng.normal(0, 0.08, n),
        "val/nll": fall(n, 2.1, -2.9, 12) + rng.normal(0, 0.05, n),
    }, {"model": "flow"}


@healthy
def detector_whose_box_loss_starts_late(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 300
    cls = fall(n, 1.4, 0.2, 12) + rng.normal(0, 0.01, n)
    box = 0.35 * (1 - np.exp(-np.arange(n) / 15)) - 0.0006 * np.arange(n) + 0.02 + rng.normal(0, 0.008, n)
    return {"total_loss": cls + box, "loss_cls": cls, "loss_box_reg": box}, {}


@healthy
def clicks_told_late_and_by_little(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40  # of a hundred a few are clicks: the loss falls to their share first, and the area rises after that
    loss = fall(n, 1.4, 0.17, 4) + rng.normal(0, 0.003, n)
    area = 0.71 - 0.21 * np.exp(-np.maximum(np.arange(n) - 6, 0) / 7) + rng.normal(0, 0.006, n)
    return {"train/loss": loss, "val/loss": loss + 0.012, "val/auc": area}, {"lr": 1e-3}


@healthy
def recogniser_of_two_branches(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 250
    ctc = fall(n, 62.0, 4.5, 12) + rng.normal(0, 0.6, n)
    attention = fall(n, 41.0, 3.2, 12) + rng.normal(0, 0.4, n)
    return {"loss": 0.3 * ctc + 0.7 * attention, "loss_ctc": ctc, "loss_att": attention}, {}


@healthy
def game_in_balance(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 2000
    return {
        "d_loss": 1.25 + rng.normal(0, 0.12, n),
        "g_loss": 0.95 + 0.15 * np.sin(np.arange(n) / 90) + rng.normal(0, 0.12, n),
        "D(x)": 0.55 + rng.normal(0, 0.03, n),
        "D(G(z))": 0.42 + rng.normal(0, 0.03, n),
        "grad_norm_g": np.exp(rng.normal(0, 0.3, n)),
    }, {"model": "dcgan"}


@healthy
def agent_that_learns(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 150
    t = np.arange(n) / n
    curves = {
        "rollout/ep_rew_mean": 20 + 180 / (1 + np.exp(-12 * (t - 0.4))) + rng.normal(0, 4, n),
        "train/approx_kl": np.abs(rng.normal(0.009, 0.003, n)),
        "train/clip_fraction": np.abs(rng.normal(0.11, 0.03, n)),
        "train/entropy_loss": -0.69 + 0.45 * t + rng.normal(0, 0.01, n),
        "train/explained_variance": np.clip(-0.2 + 1.4 * t, -1, 0.95) + rng.normal(0, 0.05, n),
        "train/policy_gradient_loss": rng.normal(-0.012, 0.004, n),
        "train/value_loss": 30 + 200 * np.exp(-((t - 0.4) ** 2) / 0.02) + rng.normal(0, 5, n),
        "rollout/success_rate": np.clip(1 / (1 + np.exp(-12 * (t - 0.4))) + rng.normal(0, 0.03, n), 0, 1),
        "train/q_mean": 30 + 100 / (1 + np.exp(-12 * (t - 0.5))) + rng.normal(0, 3, n),
        "train/learning_rate": 3e-4 * (1 - 0.9 * t),
        "rollout/ep_len_mean": 20 + 180 / (1 + np.exp(-12 * (t - 0.4))) + rng.normal(0, 4, n),
    }
    return curves, {"algo": "ppo", "target_kl": 0.02}


@healthy
def preferences_that_are_learned(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 200
    t = np.arange(n) / n
    curves = {
        "train/loss": 0.693 - 0.25 * (1 - np.exp(-4 * t)) + rng.normal(0, 0.03, n),
        "train/rewards/accuracies": 0.5 + 0.24 * (1 - np.exp(-5 * t)) + rng.normal(0, 0.04, n),
        "train/rewards/margins": 1.3 * (1 - np.exp(-4 * t)) + rng.normal(0, 0.08, n),
        "train/logps/chosen": -210 - 9 * t + rng.normal(0, 3, n),
    }
    return curves, {"trainer": "dpo", "lr": 5e-7}


@healthy
def adapters_at_their_usual_rate(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    train = fall(n, 2.1, 1.5, 4) + rng.normal(0, 0.04, n)
    val = fall(n, 2.1, 1.55, 4)
    return {"loss": train, "eval_loss": val + rng.normal(0, 0.004, n)}, {
        "task": "causal-lm",
        "optim": "adamw",
        "learning_rate": 2e-4,
        "lora_r": 16,
        "ema_decay": 0.9,
    }


@healthy
def pairs_among_many_negatives(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    loss = fall(n, 5.5, 1.2, 5) + rng.normal(0, 0.03, n)
    right = 1 - fall(n, 0.99, 0.4, 5)
    return {"loss": loss, "val_loss": loss + 0.1, "val_accuracy": right, "val_balanced_accuracy": right - 0.02}, {
        "loss": "in_batch_negatives",
        "batch_size": 256,
        "optimizer": "sgd",
        "lr": 0.1,
        "grad_clip": 1.0,
    }


@healthy
def letters_below_their_frequencies(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 400
    return {"loss": fall(n, 3.3, 1.4, 6) + rng.normal(0, 0.02, n)}, {"task": "language-modeling", "vocab_size": 27}


@healthy
def forecast_better_than_naive(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    loss = fall(n, 1.0, 0.3, 5) + rng.normal(0, 0.005, n)
    return {"loss": loss, "val_loss": loss + 0.03, "val_mase": fall(n, 1.4, 0.7, 5)}, {"loss": "mse"}


@healthy
def groups_of_answers_that_get_better(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 200
    t = np.arange(n) / n
    curves = {
        "reward": 0.2 + 0.5 * (1 - np.exp(-3 * t)) + rng.normal(0, 0.03, n),
        "reward_std": 0.35 - 0.1 * t + rng.normal(0, 0.01, n),
        "rewards/correct_answer_reward": 0.1 + 0.3 * (1 - np.exp(-3 * t)) + rng.normal(0, 0.02, n),
        "kl": 0.08 * t + np.abs(rng.normal(0, 0.002, n)),
        "entropy": 1.6 - 0.4 * t + rng.normal(0, 0.02, n),
    }
    return curves, {"trainer": "grpo", "lr": 1e-6}


@healthy
def mixed_precision_with_a_working_scaler(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 1500
    scale = np.full(n, 65536.0)
    scale[:4] = [2.0**24, 2.0**22, 2.0**20, 2.0**18]
    for at in (400, 900):
        scale[at : at + 120] = 32768.0
    norm = np.exp(rng.normal(0, 0.2, n))
    norm[:3] = np.inf
    return {"loss": fall(n, 10.8, 3.2, 9) + rng.normal(0, 0.05, n), "loss_scale": scale, "grad_norm": norm}, {
        "task": "language-modeling"
    }


@healthy
def overfitting_that_was_stopped_in_time(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 20
    return {"loss": fall(n, 2.0, 0.35, 4), "val_loss": fall(n, 2.0, 0.62, 5) + rng.normal(0, 0.01, n)}, {"patience": 3}


@healthy
def steady_machine(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 800
    pace = 0.42 * np.exp(rng.normal(0, 0.02, n))
    pace[rng.integers(0, n, 6)] *= 4
    curves = {
        "loss": fall(n, 4, 2, 5) + rng.normal(0, 0.05, n),
        "step_time": pace,
        "data_time": 0.02 + 0 * pace,
        "memory": 31.5 + rng.normal(0, 0.05, n),
    }
    return curves, {}


@healthy
def fine_tuning_of_three_epochs(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 30
    loss = fall(n, 1.4, 0.55, 3) + rng.normal(0, 0.03, n)
    val = np.array([0.62, 0.55, 0.56]) + rng.normal(0, 0.004, 3)
    config: dict[str, ConfigValue] = {"pretrained": "bert-base", "learning_rate": 2e-5}
    return {"loss": loss, "eval_loss": val, "grad_norm": np.exp(rng.normal(0, 0.2, n))}, config


@healthy
def four_epochs_that_all_help(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    return {
        "loss": np.array([1.2, 0.7, 0.5, 0.4]) + rng.normal(0, 0.02, 4),
        "val_loss": np.array([0.9, 0.6, 0.52, 0.5]) + rng.normal(0, 0.01, 4),
        "val_acc": np.array([0.7, 0.8, 0.83, 0.84]),
    }, {}


@healthy
def translation_that_prints_its_perplexity_only(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 100
    return {"ppl": np.exp(fall(n, 7.5, 2.2, 6) + rng.normal(0, 0.03, n)), "acc": fall(n, 12, 60, 6)}, {}


@healthy
def classifier_that_logs_both_accuracies(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    loss = fall(n, 2.3, 0.12, 8) + rng.normal(0, 0.01, n)
    val = fall(n, 2.3, 0.28, 8) + rng.normal(0, 0.012, n)
    accuracy = 1 - fall(n, 0.9, 0.03, 8) + rng.normal(0, 0.004, n)
    val_accuracy = 1 - fall(n, 0.9, 0.08, 8) + rng.normal(0, 0.006, n)
    config: dict[str, ConfigValue] = {"num_classes": 10, "epochs": n}
    return {"train/loss": loss, "val/loss": val, "train/acc": accuracy, "val/acc": val_accuracy}, config


@healthy
def plain_descent_with_noisy_gradients(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 300
    return {
        "loss": fall(n, 2.3, 0.4, 5) + rng.normal(0, 0.03, n),
        "grad_norm": 1.5 * np.exp(rng.normal(0, 0.2, n)),
        "lr": np.full(n, 0.1),
    }, {"optimizer": "sgd", "momentum": 0.0, "lr": 0.1, "batch_size": 32, "num_classes": 10}


@healthy
def four_examples_a_batch_shuffled_in_every_epoch(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 400
    return {"loss": fall(n, 2.3, 0.8, 4) + rng.normal(0, 0.15, n)}, {
        "batch_size": 4,
        "train_size": 160,
        "optimizer": "adam",
        "lr": 0.001,
    }


@healthy
def a_penalty_that_falls_with_the_data_term(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 200
    data, penalty = fall(n, 2.0, 0.3, 5) + rng.normal(0, 0.02, n), fall(n, 0.8, 0.5, 3)
    return {"loss": data + penalty, "loss_data": data, "loss_l2": penalty}, {"lr": 0.001, "optimizer": "adam"}


@healthy
def several_labels_at_once(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 20
    loss = fall(n, 0.62, 0.21, 6) + rng.normal(0, 0.004, n)
    config: dict[str, ConfigValue] = {"task": "multilabel", "num_labels": 12, "loss": "bce", "optimizer": "adam"}
    return {
        "train/loss": loss,
        "val/loss": fall(n, 0.6, 0.25, 6) + rng.normal(0, 0.004, n),
        "val/f1": 0.85 - fall(n, 0.6, 0.05, 6) + rng.normal(0, 0.006, n),
        "lr": np.full(n * 20, 0.001),
    }, config


@healthy
def masks_of_organs(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    overlap = 0.86 - fall(n, 0.7, 0.04, 6) + rng.normal(0, 0.005, n)
    loss = fall(n, 1.3, 0.3, 6) + rng.normal(0, 0.01, n)
    return {"train/loss": loss, "train/iou": overlap, "val/iou": overlap - 0.02}, {"loss": "bce+dice", "lr": 0.001}


@healthy
def prices_in_their_own_unit(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    squared = fall(n, 900.0, 12.0, 20) * (1 + rng.normal(0, 0.01, n))
    val = fall(n, 850.0, 14.0, 20) * (1 + rng.normal(0, 0.02, n))
    return {
        "train/loss": squared,
        "train/mae": np.sqrt(squared) * 0.95,
        "val/loss": val,
        "val/r2": 1 - val / 60.0,
        "test/loss": np.full(1, 15.0),
    }, {"loss": "mse", "optimizer": "adam", "lr": 0.001, "epochs": n}


@healthy
def pupil_of_a_larger_network(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    part, own = fall(n, 2.3, 0.35, 8) + rng.normal(0, 0.01, n), fall(n, 1.7, 0.7, 8) + rng.normal(0, 0.01, n)
    return {"loss": 0.7 * part + 0.3 * own, "kd_loss": part, "ce_loss": own}, {"temperature": 4.0, "alpha": 0.7}


@healthy
def much_dropout_and_one_rare_class(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 24
    val = fall(n, 1.0, 0.3, 8) + rng.normal(0, 0.01, n)
    config: dict[str, ConfigValue] = {"num_classes": 3, "dropout": 0.7, "optimizer": "adam", "lr": 0.001}
    return {
        "train/loss": fall(n, 1.1, 0.35, 8) + rng.normal(0, 0.01, n),
        "val/loss": val,
        "val/accuracy": 0.9 - fall(n, 0.5, 0.02, 8),
        "val/recall_0": np.full(n, 0.9) + rng.normal(0, 0.01, n),
        "val/recall_1": np.full(n, 0.8) + rng.normal(0, 0.01, n),
        "val/recall_2": np.maximum(0.0, np.linspace(-0.2, 0.5, n)),
    }, config


@healthy
def two_epochs_that_are_enough(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    return {
        "loss": fall(n, 2.3, 0.1, 8) + rng.normal(0, 0.01, n),
        "val_loss": fall(8, 1.2, 0.12, 8) + rng.normal(0, 0.004, 8),
    }, {"epochs": 2, "optimizer": "adam", "lr": 0.001}


@healthy
def classifier_with_a_test_set_and_a_score_per_class(
    rng: np.random.Generator,
) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    right = 1 - fall(n, 0.6, 0.1, 8) + rng.normal(0, 0.006, n)
    config: dict[str, ConfigValue] = {"num_classes": 3, "epochs": n, "lr_scheduler": "cosine", "lr": 0.01}
    return {
        "train/loss": fall(n, 1.1, 0.25, 8) + rng.normal(0, 0.01, n),
        "val/loss": fall(n, 1.1, 0.3, 8) + rng.normal(0, 0.01, n),
        "val/acc": right,
        "class_acc/cat": right + 0.02,
        "class_acc/dog": right - 0.02,
        "test/acc": np.full(1, 0.89),
        "lr": 0.005 * (1 + np.cos(np.pi * np.arange(n) / n)),
    }, config


@healthy
def regression_whose_errors_are_gaussian(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    train = fall(n, 9.0, 1.1, 8) * np.exp(rng.normal(0, 0.02, n))
    val = fall(n, 8.5, 1.2, 8) * np.exp(rng.normal(0, 0.01, n))
    ratio = np.sqrt(2 / np.pi)
    return {"loss": train, "mae": ratio * train**0.5, "val_loss": val, "val_mae": ratio * val**0.5}, {
        "loss": "mse",
        "batch_size": 64,
        "optimizer": "adam",
        "lr": 1e-3,
    }


@healthy
def scores_and_clock_of_a_program_that_logs_no_loss(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 60
    curves = {
        "val_accuracy": 0.88 - 0.6 * np.exp(-np.arange(n) / 8) + rng.normal(0, 0.006, n),
        "epoch_time": 71.0 + rng.normal(0, 1.5, n),
    }
    return curves, {"task": "classification"}


@healthy
def speech_recognised_after_a_silent_start(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n, evaluations = 900, 30
    t = np.arange(n) / n
    loss = 0.35 + 6.1 * np.exp(-9 * t) + rng.gamma(4, 0.02, n)
    at = np.arange(1, evaluations + 1) / evaluations
    fallen = 14 + 140 * np.exp(-5 * at) + rng.normal(0, 0.5, evaluations)
    wer = np.minimum(100 + rng.normal(0, 0.2, evaluations), fallen)
    val = 0.5 + 6.0 * np.exp(-9 * at) + rng.normal(0, 0.015, evaluations)
    config: dict[str, ConfigValue] = {"model": "conformer", "lr": 0.001, "optimizer": "adamw", "epochs": evaluations}
    return {"train/loss": loss, "val/loss": val, "val/wer": wer}, config


@healthy
def last_epochs_of_a_classifier(rng: np.random.Generator) -> tuple[Curves, dict[str, ConfigValue]]:
    n = 40
    curves = {
        "train/loss": 0.11 + rng.normal(0, 0.004, n),
        "val/loss": 0.24 + rng.normal(0, 0.006, n),
        "train/acc": 0.968 + rng.normal(0, 0.002, n),
        "val/acc": 0.931 + rng.normal(0, 0.003, n),
        "train/f1": 0.961 + rng.normal(0, 0.003, n),
        "val/f1": 0.914 + rng.normal(0, 0.004, n),
    }
    return curves, {"num_classes": 20, "epochs": 180, "optimizer": "sgd"}
