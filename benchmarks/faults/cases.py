"""The cases: what is trained, what is wrong with it, and which causes count as right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import fourth_a
import fourth_b
import fresh
import games
import loop
import third_a
import third_b
from loop import Logged, Setup, setup


@dataclass(frozen=True)
class Case:
    """One thing to train.

    Attributes:
        name: family, fault and variant.
        family: what is trained.
        causes: what counts as the right first cause; empty for a healthy control. The first is the one injected.
        fault: the kind of fault, over families; the split into halves is by family and variant of it.
        train: trains with a seed.
        twin: name of the healthy run of the same family; a fault counts only when its logs differ from it.
        config: what the configuration says.
        habit: how the run is logged: format and names.
    """

    name: str
    family: str
    causes: tuple[str, ...]
    fault: str
    train: Callable[[int], Logged]
    twin: str
    config: dict[str, Any]
    habit: str

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.causes


HABITS = ("keras-csv", "lightning-csv", "slashes-tb", "words-tb", "jsonl")
CASES: dict[str, Case] = {}


def _add(
    name: str,
    family: str,
    causes: tuple[str, ...],
    fault: str,
    train: Callable[[int], Logged],
    config: dict[str, Any],
    habit: str = "",
) -> None:
    if name in CASES:
        raise ValueError(f"there are two cases named {name}")
    CASES[name] = Case(
        name, family, causes, fault, train, f"{family}-healthy", config, habit or HABITS[len(CASES) % len(HABITS)]
    )


def fault(kind: str, causes: str | tuple[str, ...], family: str, variant: str = "", **knobs: Any) -> None:
    """Register a run with a fault."""
    s = setup(family, **knobs)
    name = "-".join(part for part in (family, kind, variant) if part)
    _add(
        name, family, (causes,) if isinstance(causes, str) else causes, kind, partial(loop.train, s), loop.config_of(s)
    )


def control(family: str, variant: str, **knobs: Any) -> None:
    """Register a healthy run."""
    s = setup(family, **knobs)
    name = f"{family}-healthy" + (f"-{variant}" if variant else "")
    _add(name, family, (), "healthy", partial(loop.train, s), loop.config_of(s))


def _supervised_faults() -> None:
    hot = ("lr-too-high", "gradient-exploding")
    for family, lr in (
        ("mlp", 1.0),
        ("cnn", 3.0),
        ("rnn", 1.0),
        ("transformer", 0.3),
        ("autoencoder", 0.5),
        ("regression", 2.0),
    ):
        fault("rate-times-hundred", hot, family, lr=lr)
    for family, lr in (("mlp", 0.08), ("transformer", 0.06), ("cnn", 0.3), ("rnn", 0.15)):
        fault("rate-times-ten", hot, family, lr=lr, schedule="constant")
    for family in ("mlp", "cnn", "transformer", "regression", "autoencoder"):
        fault("rate-over-thousand", "lr-too-low", family, lr=3e-6)
    for family in ("mlp", "cnn", "transformer"):
        fault("not-updating", "optimizer-not-updating", family, left_out="all")
        fault(
            "decay-too-early",
            "lr-decay-too-fast",
            family,
            schedule="early-zero",
            **({"epochs": 8} if family != "mlp" else {}),
        )
        fault("no-zero-grad", ("gradient-accumulating", "lr-too-high"), family, zero_grad=False, clip=0.0)
    fault(
        "no-decay",
        ("lr-schedule-missing", "lr-too-high"),
        "cnn",
        optimizer="sgd",
        lr=0.25,
        schedule="constant",
        epochs=16,
    )
    fault(
        "no-decay",
        ("lr-schedule-missing", "lr-too-high"),
        "mlp",
        optimizer="sgd",
        lr=0.5,
        schedule="constant",
        epochs=20,
    )
    fault("init-zero", "init-poor", "mlp", init="zero")
    fault("init-constant", "init-poor", "mlp", init="constant")
    fault("init-zero", "init-poor", "cnn", norm=False, init="zero")
    fault("init-large", "init-poor", "mlp", init="times12")
    fault("init-large", "init-poor", "transformer", init="times8")
    fault("init-large", "init-poor", "cnn", norm=False, init="times10")
    fault("double-softmax", "loss-input-wrong", "mlp", output="softmax", epochs=20)
    fault("double-softmax", "loss-input-wrong", "cnn", output="softmax", epochs=16)
    fault("nll-of-probabilities", "loss-input-wrong", "mlp", output="nll-of-probabilities")
    fault("nll-of-probabilities", "loss-input-wrong", "cnn", output="nll-of-probabilities")
    for family in ("mlp", "cnn", "rnn", "transformer"):
        fault("mispaired", "labels-wrong", family, labels="shuffled")
    fault("sorted", "data-not-shuffled", "mlp", sorted_data=True)
    fault("sorted", "data-not-shuffled", "cnn", sorted_data=True)
    fault("raw-inputs", "input-not-normalised", "mlp", input_scale=80.0, input_shift=120.0)
    fault("raw-inputs", "input-not-normalised", "cnn", norm=False, input_scale=70.0, input_shift=120.0)
    fault("raw-inputs", "input-not-normalised", "regression", input_scale=100.0, input_shift=300.0)
    fault("dead-relu", "relu-dying", "mlp", init="negative-bias")
    fault("dead-relu", "relu-dying", "cnn", norm=False, init="negative-bias")
    fault("deep-sigmoid", ("gradient-vanishing", "activation-saturating"), "mlp", depth=9, activation="sigmoid")
    fault(
        "deep-sigmoid",
        ("gradient-vanishing", "activation-saturating"),
        "mlp",
        "twelve",
        depth=12,
        activation="sigmoid",
        lr=5e-3,
    )
    fault(
        "deep-tanh-small-init",
        ("gradient-vanishing", "init-poor"),
        "mlp",
        depth=10,
        activation="tanh",
        init="times0.05",
    )
    fault(
        "exploding-rnn",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        "rnn",
        gain=4.0,
        linear=True,
        clip=0.0,
        lr=1e-2,
    )
    fault(
        "exploding-rnn",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        "rnn",
        "wide",
        gain=3.0,
        linear=True,
        clip=0.0,
        width=64,
        lr=2e-2,
    )
    fault("frozen", "layers-frozen", "mlp", left_out="1.weight")
    fault("frozen", "layers-frozen", "cnn", left_out="conv")
    fault("frozen", "layers-frozen", "transformer", left_out="blocks.layers.0")
    fault("few-examples", ("overfitting", "training-too-long"), "mlp", n=128, epochs=120, batch=32)
    fault("few-examples", ("overfitting", "training-too-long"), "cnn", n=96, epochs=60, batch=16, noise=0.9)
    fault("few-examples", ("overfitting", "training-too-long"), "transformer", n=48, epochs=80, batch=16)
    fault("few-examples", ("overfitting", "training-too-long"), "rnn", n=96, epochs=80, batch=32)
    fault("too-small", "capacity-too-low", "mlp", width=2, epochs=15)
    fault("too-small", "capacity-too-low", "cnn", width=1, dropout=0.0, epochs=14, noise=1.0)
    fault("over-regularised", "regularisation-too-strong", "mlp", dropout=0.85)
    fault("over-regularised", "regularisation-too-strong", "cnn", dropout=0.93)
    fault("over-decayed", "regularisation-too-strong", "mlp", weight_decay=0.05)
    fault("imbalance", "class-imbalance", "mlp", imbalance=0.8, noise=2.5, epochs=12, per_class=True)
    fault("imbalance", "class-imbalance", "cnn", imbalance=0.8, noise=1.1, epochs=8, per_class=True)
    fault("leak", "data-leak", "mlp", leak=True, n=500, noise=1.0, epochs=60)
    fault("leak", "data-leak", "cnn", leak=True, noise=0.3)
    fault("norm-momentum", "eval-mode-wrong", "cnn", bn_momentum=0.98, batch=8)
    fault("validation-shifted", "eval-mode-wrong", "cnn", val_shift=2.5)
    fault("validation-shifted", "eval-mode-wrong", "mlp", val_shift=3.0)
    fault("half", "half-precision-overflow", "mlp", half=True, grad_scale=4.0)
    fault("half", "half-precision-overflow", "transformer", half=True, grad_scale=4.0)
    fault("bad-batch", "bad-batch", "mlp", bad_every=150)
    fault("bad-batch", "bad-batch", "autoencoder", bad_every=90)
    fault("bad-batch", "bad-batch", "regression", bad_every=200)
    fault(
        "resume-old",
        "resume-wrong",
        "mlp",
        resume_at=0.5,
        resume_how="old-weights",
        optimizer="sgd",
        lr=0.005,
        schedule="constant",
    )
    fault("resume-no-state", ("resume-wrong", "lr-too-high"), "transformer", resume_at=0.5, resume_how="no-state")
    fault("slow-loader", "input-pipeline-slow", "mlp", wait=0.003, epochs=4)
    fault("slow-loader", "input-pipeline-slow", "regression", wait=0.003, epochs=8)
    fault("slow-machine", ("hardware-degraded", "input-pipeline-slow"), "mlp", slow_from=0.55, timed=True, epochs=5)
    fault("leaking-memory", "memory-leak", "mlp", memory_leak=True, epochs=5)
    fault("clip-too-low", "clip-too-low", "mlp", optimizer="sgd", lr=0.05, clip=0.005)
    fault("clip-too-low", "clip-too-low", "cnn", optimizer="sgd", lr=0.05, clip=0.01)
    fault(
        "log-of-zero",
        ("numeric-error", "lr-too-high"),
        "mlp",
        unsafe_log=True,
        lr=0.05,
        init="times25",
        schedule="constant",
    )
    fault("log-of-zero", ("numeric-error", "lr-too-high"), "cnn", unsafe_log=True, norm=False, init="times12")
    fault(
        "tiny-batch",
        ("batch-too-small", "lr-too-high"),
        "mlp",
        batch=1,
        n=600,
        epochs=3,
        optimizer="sgd",
        lr=0.02,
        momentum=0.0,
        schedule="constant",
    )
    fault(
        "tiny-batch",
        ("batch-too-small", "lr-too-high"),
        "cnn",
        batch=2,
        n=600,
        epochs=3,
        norm=False,
        optimizer="sgd",
        lr=0.02,
        momentum=0.5,
        schedule="constant",
    )
    for family in ("mlp", "transformer", "cnn"):
        fault(
            "too-short",
            ("training-too-short", "run-interrupted"),
            family,
            stop_at=0.2,
            schedule="constant",
            lr=loop.DEFAULTS[family].lr / 3,
        )
    fault("plain-descent", ("optimizer-unsuited", "lr-too-low"), "transformer", optimizer="sgd", momentum=0.0, lr=0.05)
    fault("plain-descent", ("optimizer-unsuited", "lr-too-low"), "autoencoder", optimizer="sgd", momentum=0.0, lr=0.05)
    fault("heavy-term", ("loss-weights-unbalanced", "regularisation-too-strong"), "autoencoder", term=0.3)
    fault("heavy-term", ("loss-weights-unbalanced", "regularisation-too-strong"), "mlp", term=0.2)


def _two_faults() -> None:
    fault(
        "two-frozen-and-hot", ("layers-frozen", "lr-too-high"), "mlp", left_out="1.weight", lr=0.08, schedule="constant"
    )
    fault(
        "two-few-and-sorted",
        ("overfitting", "data-not-shuffled", "training-too-long"),
        "mlp",
        n=200,
        epochs=100,
        batch=20,
        sorted_data=True,
    )
    fault("two-slow-loader-and-low", ("lr-too-low", "input-pipeline-slow"), "mlp", wait=0.002, lr=3e-6, epochs=5)
    fault("two-dead-and-mispaired", ("relu-dying", "labels-wrong"), "mlp", init="negative-bias", labels="shuffled")
    fault(
        "two-few-and-shifted",
        ("overfitting", "eval-mode-wrong", "training-too-long"),
        "cnn",
        n=96,
        epochs=50,
        batch=16,
        val_shift=2.0,
    )
    fault(
        "two-raw-and-hot",
        ("input-not-normalised", "lr-too-high", "gradient-exploding"),
        "regression",
        input_scale=60.0,
        input_shift=200.0,
        lr=0.3,
    )


def _controls() -> None:
    for family in loop.DEFAULTS:
        control(family, "")
    for schedule in ("constant", "linear", "one-cycle", "warmup-cosine", "restarts", "step"):
        control("mlp", f"schedule-{schedule}", schedule=schedule)
    for schedule in ("constant", "step", "one-cycle"):
        control("cnn", f"schedule-{schedule}", schedule=schedule)
    control("mlp", "sgd", optimizer="sgd", lr=0.05, schedule="step")
    control("cnn", "sgd", optimizer="sgd", lr=0.05, schedule="step", weight_decay=5e-4)
    control("mlp", "small-batches", batch=16, lr=1e-3)
    control("mlp", "large-batches", batch=256, epochs=14, lr=4e-3)
    control("mlp", "dropout", dropout=0.3, epochs=15)
    control("mlp", "noisy-task", noise=2.3, epochs=7)
    control("mlp", "hard-task", noise=3.0, epochs=6)
    control("mlp", "deep", depth=5)
    control("mlp", "tanh", activation="tanh")
    control("mlp", "smoothing", smoothing=0.1)
    control("mlp", "short", epochs=5)
    control("mlp", "timed", timed=True, epochs=4)
    control("cnn", "no-norm", norm=False)
    control("cnn", "dropout", dropout=0.3)
    control("cnn", "noisy-task", noise=0.8)
    control("cnn", "fine-tuning", pretrained=True, lr=1e-3, epochs=6)
    control("cnn", "frozen-on-purpose", pretrained=True, left_out="conv,norm", lr=3e-3, epochs=8)
    control("cnn", "per-class", per_class=True)
    control("rnn", "long", epochs=20)
    control("rnn", "small-batches", batch=16, lr=1e-3)
    control("transformer", "constant", schedule="constant", lr=1e-3)
    control("transformer", "longer", epochs=7)
    control("autoencoder", "constant", schedule="constant")
    control("autoencoder", "long", epochs=30)
    control("regression", "raw-units", raw_targets=True, lr=1e-2, epochs=40)
    control("regression", "small-batches", batch=8, lr=1e-3, epochs=8)
    control("regression", "sgd", optimizer="sgd", lr=0.02)


def _game(
    name: str,
    causes: tuple[str, ...],
    kind: str,
    game: Any,
    train: Callable[[Any, int], Logged],
    config: dict[str, Any],
) -> None:
    _add(name, game.family, causes, kind, partial(train, game), config)


def _games() -> None:
    gan = {"model": "gan", "optimizer": "adam"}
    for variant, game in (
        ("", games.Game()),
        ("-wider-noise", games.Game(noise=0.4)),
        ("-longer", games.Game(steps=2000)),
    ):
        _game(f"gan-healthy{variant}", (), "healthy", game, games.train_game, gan)
    strong = ("discriminator-too-strong",)
    _game(
        "gan-strong-discriminator",
        strong,
        "strong-discriminator",
        games.Game(d_lr=6e-3, d_width=128, g_lr=1e-5, noise=0.02),
        games.train_game,
        gan,
    )
    _game(
        "gan-strong-discriminator-steps",
        strong,
        "strong-discriminator",
        games.Game(d_lr=3e-3, d_steps=5, d_width=64, g_lr=2e-6, noise=0.02),
        games.train_game,
        gan,
    )
    ppo = {"algo": "ppo"}
    for variant, agent in (
        ("", games.Agent()),
        ("-slower", games.Agent(lr=5e-4, iterations=80)),
        ("-longer", games.Agent(iterations=90)),
    ):
        _game(f"ppo-healthy{variant}", (), "healthy", agent, games.train_agent, {**ppo, "learning_rate": agent.lr})
    for variant, agent in (
        ("", games.Agent(lr=0.3, value_lr=0.02, epochs=8)),
        ("-epochs", games.Agent(lr=0.1, epochs=20)),
    ):
        _game(
            f"ppo-step-too-large{variant}",
            ("policy-step-too-large", "lr-too-high"),
            "step-too-large",
            agent,
            games.train_agent,
            {**ppo, "learning_rate": agent.lr},
        )
    _game(
        "ppo-raw-reward",
        ("critic-broken",),
        "raw-reward",
        games.Agent(reward_scale=30.0, value_lr=1e-4),
        games.train_agent,
        ppo,
    )
    _game(
        "ppo-sparse-reward",
        ("exploration-too-weak", "critic-broken"),
        "sparse-reward",
        games.Agent(sparse=True, entropy=0.0, iterations=50),
        games.train_agent,
        ppo,
    )
    dpo = {"trainer": "dpo"}
    for variant, one in (("", games.Preference()), ("-noisier", games.Preference(wrong=0.2))):
        _game(
            f"preference-healthy{variant}", (), "healthy", one, games.train_preference, {**dpo, "learning_rate": one.lr}
        )
    _game(
        "preference-random-order",
        ("preference-data-wrong",),
        "random-order",
        games.Preference(wrong=0.5),
        games.train_preference,
        dpo,
    )


_supervised_faults()
_two_faults()
_controls()
_games()
FAULTS = [case for case in CASES.values() if not case.healthy]
CONTROLS = [case for case in CASES.values() if case.healthy]
fresh.register(_add)  # after the lists above: whoever asks for all faults or all controls means the old ones
third_a.register(_add)
third_b.register(_add)
fourth_a.register(_add)
fourth_b.register(_add)
__all__ = ["CASES", "CONTROLS", "FAULTS", "Case", "Setup"]
