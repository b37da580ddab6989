"""The fresh cases: other networks, data and variants than those of `cases`, written without sight of the rules, and
never fitted on.

`cases` registers them with a name that begins with ``fresh-``; the scores keep them apart as a third half.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.registering import Add
from benchmarks.faults.sets.second import games
from benchmarks.faults.sets.second.loop import config_of, train_plan
from benchmarks.faults.sets.second.tasks import PLANS, plan

PREFIX = "fresh-"

HOT = ("lr-too-high", "gradient-exploding")
COLD = "lr-too-low"
NO_DECAY = ("lr-schedule-missing", "lr-too-high")
OVERFIT = ("overfitting", "training-too-long")
SHORT = ("training-too-short", "run-interrupted")
STEP = ("policy-step-too-large", "lr-too-high")
VANISHING = ("gradient-vanishing", "activation-saturating", "init-poor")

FAULTS: list[tuple[str, str, str, str | tuple[str, ...], dict[str, Any]]] = [
    # kind, family, variant, causes, knobs
    ("rate-far-too-high", "lstm", "", HOT, {"lr": 1.0, "clip": 0.0}),
    ("rate-far-too-high", "resnet", "", HOT, {"lr": 3.0, "schedule": "constant"}),
    ("rate-far-too-high", "vae", "", (*HOT, "numeric-error"), {"lr": 0.15}),
    ("rate-far-too-high", "mf", "", HOT, {"lr": 3.0}),
    ("rate-far-too-high", "diffusion", "", HOT, {"lr": 0.5}),
    ("rate-too-high", "charlm", "", HOT, {"lr": 0.5, "schedule": "constant"}),
    ("rate-too-high", "vit", "", HOT, {"lr": 0.5, "schedule": "constant"}),
    ("rate-too-high", "postnorm", "", HOT, {"lr": 0.3, "schedule": "constant"}),
    ("rate-too-high", "tabular", "sgd", HOT, {"optimizer": "sgd", "lr": 6.0, "schedule": "constant"}),
    ("rate-too-low", "lstm", "", COLD, {"lr": 2e-5}),
    ("rate-too-low", "unet", "", COLD, {"lr": 1e-5}),
    ("rate-too-low", "mf", "", COLD, {"lr": 2e-5}),
    ("rate-too-low", "siamese", "", COLD, {"lr": 3e-6}),
    ("rate-too-low", "gaussnll", "", COLD, {"lr": 1e-5}),
    ("rate-too-low", "charlm", "a-little", COLD, {"lr": 1e-4}),
    (
        "no-decay",
        "tabular",
        "",
        NO_DECAY,
        {"optimizer": "sgd", "lr": 0.2, "schedule": "constant", "epochs": 8, "batch": 24},
    ),
    (
        "no-decay",
        "resnet",
        "",
        NO_DECAY,
        {"optimizer": "sgd", "lr": 0.6, "schedule": "constant", "epochs": 8, "noise": 1.5, "batch": 12},
    ),
    ("decays-too-early", "vit", "", "lr-decay-too-fast", {"schedule": "exponential", "decay": 60.0}),
    ("decays-too-early", "charlm", "", "lr-decay-too-fast", {"schedule": "exponential", "decay": 40.0}),
    ("decays-too-early", "gru", "", "lr-decay-too-fast", {"schedule": "exponential", "decay": 60.0}),
    ("plain-descent", "charlm", "", ("optimizer-unsuited", COLD), {"optimizer": "sgd", "momentum": 0.0, "lr": 0.05}),
    ("plain-descent", "vit", "", ("optimizer-unsuited", COLD), {"optimizer": "sgd", "momentum": 0.0, "lr": 0.02}),
    ("copy-in-optimizer", "resnet", "", "optimizer-not-updating", {"copied": True}),
    ("copy-in-optimizer", "charlm", "", "optimizer-not-updating", {"copied": True}),
    ("copy-in-optimizer", "siamese", "", "optimizer-not-updating", {"copied": True}),
    ("left-out", "lstm", "cell", "layers-frozen", {"left_out": "cell"}),
    ("left-out", "vae", "encoder", "layers-frozen", {"left_out": "encoder"}),
    ("left-out", "unet", "down", "layers-frozen", {"left_out": "down1,down2,merge"}),
    ("frozen", "vit", "blocks", "layers-frozen", {"frozen": "encoder,patch"}),
    ("frozen", "finetune", "backbone", "layers-frozen", {"frozen": "stem,blocks", "unrelated": True}),
    ("deep-sigmoid", "arms", "", VANISHING, {"activation": "sigmoid", "depth": 8}),
    ("deep-tanh", "arms", "small-weights", VANISHING, {"activation": "tanh", "depth": 14, "init": "times0.1"}),
    ("deep-relu", "arms", "small-weights", VANISHING, {"depth": 16, "init": "times0.2"}),
    (
        "exploding",
        "charlm",
        "",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        {"cell": "rnn", "gain": 3.0, "clip": 0.0},
    ),
    (
        "exploding",
        "gru",
        "",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        {"cell": "rnn", "gain": 2.2, "clip": 0.0},
    ),
    ("dead-units", "arms", "", ("relu-dying", "init-poor"), {"init": "negative-bias"}),
    ("dead-units", "textcnn", "", ("relu-dying", "init-poor"), {"init": "negative-bias"}),
    (
        "dead-units",
        "arms",
        "hot",
        ("lr-too-high", "relu-dying", "gradient-exploding"),
        {"optimizer": "sgd", "lr": 2.0, "width": 24, "depth": 6},
    ),
    ("saturated", "arms", "", ("activation-saturating", "init-poor"), {"activation": "tanh", "init": "times15"}),
    (
        "saturated",
        "lstm",
        "inputs",
        ("input-not-normalised", "activation-saturating"),
        {"input_scale": 80.0, "input_shift": 200.0},
    ),
    ("init-large", "diffusion", "", "init-poor", {"init": "times12"}),
    ("init-constant", "siamese", "", "init-poor", {"init": "constant"}),
    ("init-large", "gaussnll", "", ("init-poor", "gradient-exploding"), {"init": "times4"}),
    ("init-large", "vit", "", "init-poor", {"init": "times12"}),
    ("init-large", "mf", "", "init-poor", {"init": "normal4.0"}),
    ("raw-inputs", "tabular", "", "input-not-normalised", {"norm": False, "uneven": True}),
    ("raw-inputs", "gru", "", "input-not-normalised", {"input_scale": 60.0, "input_shift": 400.0}),
    ("raw-inputs", "siamese", "", "input-not-normalised", {"input_scale": 50.0, "input_shift": 128.0}),
    (
        "raw-inputs",
        "gaussnll",
        "",
        ("input-not-normalised", "gradient-exploding"),
        {"input_scale": 90.0, "input_shift": 127.0},
    ),
    ("double-softmax", "resnet", "", "loss-input-wrong", {"output": "softmax"}),
    ("double-softmax", "lstm", "", "loss-input-wrong", {"output": "softmax"}),
    ("nll-of-probabilities", "textcnn", "", ("loss-input-wrong", "loss-function-wrong"), {"output": "nll"}),
    ("sign", "tabular", "", "loss-function-wrong", {"output": "negated"}),
    ("sign", "gru", "", ("loss-function-wrong", "gradient-exploding"), {"output": "negated"}),
    (
        "wrong-tensor",
        "vae",
        "",
        ("loss-function-wrong", "labels-wrong", "loss-input-wrong"),
        {"output": "wrong-tensor"},
    ),
    ("only-attracts", "siamese", "", "loss-function-wrong", {"output": "only-attract"}),
    ("unbalanced", "vae", "", ("loss-weights-unbalanced", "regularisation-too-strong"), {"beta": 40.0}),
    ("unbalanced", "unet", "", ("loss-weights-unbalanced", "regularisation-too-strong"), {"smooth": 8.0}),
    ("mispaired", "resnet", "", "labels-wrong", {"labels": "shuffled"}),
    ("mispaired", "textcnn", "", "labels-wrong", {"labels": "shuffled", "n": 9600, "epochs": 5}),
    ("mispaired", "gru", "", "labels-wrong", {"labels": "shuffled"}),
    ("by-class", "tabular", "", "data-not-shuffled", {"sorted_data": True}),
    ("by-class", "textcnn", "", "data-not-shuffled", {"sorted_data": True}),
    ("by-class", "lstm", "", "data-not-shuffled", {"sorted_data": True}),
    (
        "tiny-batch",
        "lstm",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 1, "n": 600, "epochs": 2, "schedule": "constant", "lr": 0.01},
    ),
    (
        "tiny-batch",
        "resnet",
        "",
        ("batch-too-small", "lr-too-high"),
        {"batch": 2, "n": 1000, "epochs": 2, "schedule": "constant", "lr": 1e-2},
    ),
    ("imbalance", "textcnn", "", "class-imbalance", {"rare": 0.02, "per_class": True}),
    (
        "imbalance",
        "tabular",
        "",
        "class-imbalance",
        {"positive": 0.012, "per_class": True, "epochs": 6, "n": 4800, "noise": 1.5},
    ),
    ("few-examples", "vit", "", OVERFIT, {"n": 96, "batch": 16, "epochs": 60, "noise": 0.4}),
    ("few-examples", "charlm", "", OVERFIT, {"n": 16, "batch": 8, "epochs": 150}),
    ("few-examples", "mf", "wide", OVERFIT, {"width": 40, "n": 2500, "epochs": 60, "batch": 64}),
    ("few-examples", "finetune", "", OVERFIT, {"n": 36, "batch": 12, "epochs": 80, "noise": 1.6}),
    (
        "too-long",
        "tabular",
        "",
        ("training-too-long", "overfitting"),
        {"n": 500, "epochs": 100, "schedule": "constant"},
    ),
    ("too-long", "textcnn", "", ("training-too-long", "overfitting"), {"n": 900, "epochs": 90, "schedule": "constant"}),
    ("too-small", "charlm", "", "capacity-too-low", {"width": 2}),
    ("too-small", "arms", "", "capacity-too-low", {"width": 2, "epochs": 20}),
    ("over-regularised", "textcnn", "dropout", "regularisation-too-strong", {"dropout": 0.95}),
    ("over-regularised", "vit", "dropout", "regularisation-too-strong", {"dropout": 0.7}),
    ("over-regularised", "mf", "decay", "regularisation-too-strong", {"weight_decay": 0.02}),
    ("over-regularised", "arms", "decay", "regularisation-too-strong", {"weight_decay": 0.08}),
    ("too-short", "charlm", "", SHORT, {"stop_at": 0.25, "schedule": "constant", "lr": 2e-3}),
    ("too-short", "unet", "", SHORT, {"epochs": 2, "lr": 1e-3, "schedule": "constant"}),
    ("too-short", "mf", "", SHORT, {"epochs": 1, "lr": 5e-3, "schedule": "constant"}),
    ("interrupted", "charlm", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.13, "epochs": 16}),
    ("interrupted", "vit", "", ("run-interrupted", "training-too-short"), {"stop_at": 0.3}),
    ("cut-graph", "vit", "", ("backward-wrong", "layers-frozen"), {"cut": True}),
    ("no-backward", "tabular", "", ("backward-wrong", "optimizer-not-updating"), {"no_backward": True}),
    ("validates-in-training-mode", "resnet", "", "eval-mode-wrong", {"mode": "train-at-validation"}),
    (
        "validates-in-training-mode",
        "tabular",
        "dropout",
        "eval-mode-wrong",
        {"mode": "train-at-validation", "dropout": 0.5},
    ),
    ("leak", "tabular", "target", "data-leak", {"leak": "target"}),
    (
        "leak",
        "mf",
        "validation",
        "data-leak",
        {"leak": "validation", "width": 40, "n": 2500, "epochs": 60, "batch": 64},
    ),
    ("not-a-number", "siamese", "root", "numeric-error", {"output": "distance"}),
    (
        "not-a-number",
        "gaussnll",
        "variance",
        ("numeric-error", "lr-too-high"),
        {"output": "variance", "lr": 0.02, "schedule": "constant"},
    ),
    ("not-a-number", "arms", "log", ("numeric-error", "init-poor"), {"output": "unsafe-log", "init": "times6"}),
    ("bad-batches", "gru", "", "bad-batch", {"bad_every": 90}),
    ("bad-batches", "unet", "", "bad-batch", {"bad_every": 70}),
    ("bad-batches", "mf", "", "bad-batch", {"bad_every": 250}),
    ("no-zero-grad", "lstm", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False, "clip": 0.0}),
    ("no-zero-grad", "vae", "", ("gradient-accumulating", "lr-too-high"), {"zero_grad": False}),
    (
        "no-zero-grad",
        "tabular",
        "sgd",
        ("gradient-accumulating", "lr-too-high"),
        {"zero_grad": False, "optimizer": "sgd", "lr": 0.05},
    ),
    ("clip-too-low", "charlm", "", "clip-too-low", {"optimizer": "sgd", "lr": 0.3, "clip": 0.01}),
    ("clip-too-low", "resnet", "", "clip-too-low", {"optimizer": "sgd", "lr": 0.1, "clip": 0.005}),
    (
        "resumed",
        "vit",
        "schedule-anew",
        ("resume-wrong", "lr-too-high"),
        {"resume_at": 0.8, "resume_how": "no-state", "warm": 0.01, "lr": 1.5e-2},
    ),
    ("resumed", "charlm", "new-weights", "resume-wrong", {"resume_at": 0.5, "resume_how": "new-weights"}),
    ("resumed", "unet", "new-weights", "resume-wrong", {"resume_at": 0.4, "resume_how": "new-weights"}),
    ("slow-loader", "textcnn", "", "input-pipeline-slow", {"wait": 0.008, "timed": True, "epochs": 4}),
    ("slow-loader", "tabular", "", "input-pipeline-slow", {"wait": 0.005, "timed": True, "epochs": 6}),
    ("slow-machine", "lstm", "", ("hardware-degraded", "input-pipeline-slow"), {"slow_from": 0.5, "timed": True}),
    ("memory", "siamese", "", "memory-leak", {"kept": 100_000, "timed": True}),
    (
        "half",
        "gru",
        "squares",
        ("half-precision-overflow", "numeric-error"),
        {"precision": "float16", "raw_targets": 400.0, "output": "half-square"},
    ),
    (
        "half",
        "vit",
        "large",
        ("half-precision-overflow", "numeric-error", "init-poor"),
        {"precision": "float16", "init": "times60"},
    ),
    ("half", "charlm", "epsilon", ("half-precision-overflow", "numeric-error"), {"precision": "half"}),
]

CONTROLS: list[tuple[str, str, dict[str, Any]]] = [
    *((family, "", {}) for family in PLANS),
    ("resnet", "small-batches", {"batch": 8, "lr": 1e-3, "epochs": 4}),
    ("resnet", "augmented", {"augment": 0.9, "dropout": 0.3, "epochs": 16}),
    (
        "resnet",
        "sgd-decay",
        {"optimizer": "sgd", "lr": 0.1, "weight_decay": 1e-3, "schedule": "one-cycle", "epochs": 16},
    ),
    ("resnet", "curriculum", {"noise": 0.3, "later_noise": 1.0, "epochs": 16}),
    ("lstm", "restarts", {"schedule": "restarts", "epochs": 20}),
    ("lstm", "recovered-spike", {"spike_at": 0.45, "epochs": 20}),
    ("vit", "resumed", {"resume_at": 0.5, "resume_how": "legit"}),
    ("vit", "one-cycle", {"schedule": "one-cycle"}),
    ("postnorm", "sluggish-start", {"layers": 4, "lr": 1e-3, "warm": 0.3}),
    ("textcnn", "smoothing", {"smoothing": 0.2}),
    ("textcnn", "dropout", {"dropout": 0.6}),
    ("textcnn", "noisy-labels", {"labels": "noisy0.25", "n": 9600, "epochs": 5}),
    ("tabular", "stopped-early", {"n": 800, "epochs": 60, "patience": 4, "schedule": "constant", "lr": 2e-3}),
    ("tabular", "rare-but-learned", {"positive": 0.06, "per_class": True, "noise": 0.1, "n": 8000, "epochs": 10}),
    ("tabular", "sgd-step", {"optimizer": "sgd", "lr": 0.1, "epochs": 20, "schedule": "step"}),
    ("tabular", "timed", {"timed": True}),
    ("gru", "long-tail", {"epochs": 45}),
    ("gru", "large-targets", {"raw_targets": 40.0, "lr": 3e-2, "epochs": 16}),
    ("charlm", "always-clipped", {"clip": 0.05}),
    ("charlm", "step", {"schedule": "step", "epochs": 10}),
    ("charlm", "half", {"precision": "bfloat16"}),
    (
        "finetune",
        "frozen-on-purpose",
        {"frozen": "stem,blocks", "on_purpose": True, "lr": 1e-2, "noise": 0.5, "epochs": 14},
    ),
    ("finetune", "tiny-rate", {"lr": 5e-5, "same_head": True, "period": 4.1, "noise": 0.9}),
    ("unet", "scaler", {"precision": "float16"}),
    ("unet", "rmsprop", {"optimizer": "rmsprop", "lr": 2e-3, "schedule": "linear"}),
    ("mf", "sgd", {"optimizer": "sgd", "lr": 0.4, "momentum": 0.9, "epochs": 14}),
    ("diffusion", "longer", {"epochs": 40, "schedule": "constant", "lr": 1e-3}),
    ("gaussnll", "sharper", {"noise": 0.02, "epochs": 20}),
    ("siamese", "large-batches", {"batch": 256, "epochs": 24, "lr": 4e-3}),
    ("arms", "sparse", {"width": 128, "depth": 4, "init": "shifted-bias", "lr": 5e-3, "epochs": 20}),
    ("arms", "tanh", {"activation": "tanh", "schedule": "restarts", "epochs": 20}),
    ("vae", "longer", {"epochs": 35, "schedule": "constant", "lr": 1e-3}),
]


def register(add: Add) -> None:
    """Add all fresh cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    for kind, family, variant, causes, knobs in FAULTS:
        p = plan(family, **knobs)
        name = "-".join(part for part in (PREFIX + family, kind, variant) if part)
        add(
            name,
            PREFIX + family,
            (causes,) if isinstance(causes, str) else causes,
            kind,
            partial(train_plan, p),
            config_of(p),
        )
    for family, variant, knobs in CONTROLS:
        p = plan(family, **knobs)
        add(_healthy(family, variant), PREFIX + family, (), "healthy", partial(train_plan, p), config_of(p))
    for games_of in (_mazes, _corridors, _masses, _clusters, _answers):
        games_of(add)


def _healthy(family: str, variant: str) -> str:
    return f"{PREFIX}{family}-healthy" + (f"-{variant}" if variant else "")


def _game(
    add: Add,
    kind: str,
    variant: str,
    causes: tuple[str, ...],
    game: Any,
    train: Callable[[Any, int], Logged],
    **config: Any,
) -> None:
    family = PREFIX + game.family
    name = "-".join(part for part in (family, kind, variant) if part)
    add(name, family, causes, kind, partial(train, game), config)


def _mazes(add: Add) -> None:
    maze = {"algo": "dqn", "gamma": 0.95, "buffer_size": 6400}
    for variant, dqn in (
        ("", games.Maze()),
        ("longer", games.Maze(updates=1600)),
        ("rising-loss", games.Maze(reward=10.0, step_cost=0.0, lr=1e-3)),
    ):
        _game(add, "healthy", variant, (), dqn, games.train_maze, **maze, learning_rate=dqn.lr)
    for variant, dqn, causes in (
        ("diverging", games.Maze(tau_off=True, discount=1.05, lr=5e-3), ("critic-broken", "lr-too-high")),
        ("hot", games.Maze(lr=0.3), ("critic-broken", "lr-too-high")),
    ):
        _game(
            add,
            "critic",
            variant,
            causes,
            dqn,
            games.train_maze,
            **maze | {"gamma": dqn.discount},
            learning_rate=dqn.lr,
        )
    _game(
        add,
        "no-exploration",
        "",
        ("exploration-too-weak",),
        games.Maze(explore=0.0, explore_end=0.0, step_cost=0.0),
        games.train_maze,
        **maze,
        learning_rate=2e-3,
    )


def _corridors(add: Add) -> None:
    walk = {"algo": "reinforce"}
    for variant, agent in (
        ("", games.Corridor()),
        ("few-episodes", games.Corridor(episodes=12, lr=2e-3, iterations=350)),
    ):
        _game(add, "healthy", variant, (), agent, games.train_corridor, **walk, learning_rate=agent.lr)
    _game(add, "step-too-large", "", STEP, games.Corridor(lr=1.0), games.train_corridor, **walk, learning_rate=1.0)
    _game(add, "rate-too-low", "", (COLD,), games.Corridor(lr=1e-5), games.train_corridor, **walk, learning_rate=1e-5)


def _masses(add: Add) -> None:
    push = {"algo": "ppo", "gamma": 0.97, "clip_range": 0.2}
    for variant, mass in (
        ("", games.Mass()),
        ("rising-value-loss", games.Mass(reward=1.0, iterations=45)),
        ("longer", games.Mass(iterations=110, lr=1e-3)),
    ):
        _game(add, "healthy", variant, (), mass, games.train_mass, **push, learning_rate=mass.lr)
    _game(add, "step-too-large", "", STEP, games.Mass(lr=0.2, epochs=8), games.train_mass, **push, learning_rate=0.2)
    _game(
        add,
        "step-too-large",
        "clip",
        STEP,
        games.Mass(clip=10.0, lr=0.03, epochs=15),
        games.train_mass,
        **push | {"clip_range": 10.0},
        learning_rate=0.03,
    )
    _game(
        add,
        "critic",
        "other-targets",
        ("critic-broken",),
        games.Mass(shuffled_values=True),
        games.train_mass,
        **push,
        learning_rate=2e-3,
    )
    _game(
        add,
        "critic",
        "raw-reward",
        ("critic-broken",),
        games.Mass(reward=200.0, value_lr=1e-4),
        games.train_mass,
        **push,
        learning_rate=2e-3,
    )


def _clusters(add: Add) -> None:
    ring = {"model": "gan", "optimizer": "adam"}
    for variant, gan in (
        ("", games.Clusters()),
        ("longer", games.Clusters(steps=1800)),
        ("equal-rates", games.Clusters(d_lr=5e-4, g_lr=5e-4, spread=0.4)),
    ):
        _game(add, "healthy", variant, (), gan, games.train_clusters, **ring)
    for variant, gan in (
        ("fast", games.Clusters(d_lr=2e-2, g_lr=5e-5, spread=0.03)),
        ("steps", games.Clusters(d_steps=6, d_lr=3e-3, g_lr=2e-5, d_width=64, spread=0.05, steps=500)),
    ):
        _game(add, "strong-discriminator", variant, ("discriminator-too-strong",), gan, games.train_clusters, **ring)


def _answers(add: Add) -> None:
    dpo = {"trainer": "dpo"}
    for variant, answers in (("", games.Answers()), ("noisier", games.Answers(swapped=0.2))):
        _game(
            add,
            "healthy",
            variant,
            (),
            answers,
            games.train_answers,
            **dpo,
            learning_rate=answers.lr,
            beta=answers.beta,
        )
    for kind, answers, causes in (
        ("random-order", games.Answers(swapped=0.5), ("preference-data-wrong",)),
        ("few-pairs", games.Answers(pairs=96, epochs=80, swapped=0.25, lr=3e-3), OVERFIT),
        ("rate-too-high", games.Answers(lr=1.0), HOT),
    ):
        _game(add, kind, "", causes, answers, games.train_answers, **dpo, learning_rate=answers.lr, beta=answers.beta)
