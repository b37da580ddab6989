"""The cases of the first set: every fault on several families, and healthy controls; `games` has those that are no
supervised learning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.registering import Add
from benchmarks.faults.sets.first import games, loop
from benchmarks.faults.sets.first.loop import setup

Entry = tuple[str, str, tuple[str, ...], str, Callable[[int], Logged], dict[str, Any]]
Entries = Iterator[Entry]


def fault(kind: str, causes: str | tuple[str, ...], family: str, variant: str = "", **knobs: Any) -> Entry:
    """Return a run with a fault."""
    s = setup(family, **knobs)
    name = "-".join(part for part in (family, kind, variant) if part)
    return (
        name,
        family,
        (causes,) if isinstance(causes, str) else causes,
        kind,
        partial(loop.train, s),
        loop.config_of(s),
    )


def control(family: str, variant: str, **knobs: Any) -> Entry:
    """Return a healthy run."""
    s = setup(family, **knobs)
    name = f"{family}-healthy" + (f"-{variant}" if variant else "")
    return (name, family, (), "healthy", partial(loop.train, s), loop.config_of(s))


def _learning_rates() -> Entries:
    """Rates that are too high, too low or lowered too early, and steps that do not arrive."""
    hot = ("lr-too-high", "gradient-exploding")
    for family, lr in (
        ("mlp", 1.0),
        ("cnn", 3.0),
        ("rnn", 1.0),
        ("transformer", 0.3),
        ("autoencoder", 0.5),
        ("regression", 2.0),
    ):
        yield fault("rate-times-hundred", hot, family, lr=lr)
    for family, lr in (("mlp", 0.08), ("transformer", 0.06), ("cnn", 0.3), ("rnn", 0.15)):
        yield fault("rate-times-ten", hot, family, lr=lr, schedule="constant")
    for family in ("mlp", "cnn", "transformer", "regression", "autoencoder"):
        yield fault("rate-over-thousand", "lr-too-low", family, lr=3e-6)
    for family in ("mlp", "cnn", "transformer"):
        yield fault("not-updating", "optimizer-not-updating", family, left_out="all")
        yield fault(
            "decay-too-early",
            "lr-decay-too-fast",
            family,
            schedule="early-zero",
            **({"epochs": 8} if family != "mlp" else {}),
        )
        yield fault("no-zero-grad", ("gradient-accumulating", "lr-too-high"), family, zero_grad=False, clip=0.0)
    yield fault(
        "no-decay",
        ("lr-schedule-missing", "lr-too-high"),
        "cnn",
        optimizer="sgd",
        lr=0.25,
        schedule="constant",
        epochs=16,
    )
    yield fault(
        "no-decay",
        ("lr-schedule-missing", "lr-too-high"),
        "mlp",
        optimizer="sgd",
        lr=0.5,
        schedule="constant",
        epochs=20,
    )


def _initial_weights_and_losses() -> Entries:
    """Weights that begin badly, and losses that are given something else than they expect."""
    yield fault("init-zero", "init-poor", "mlp", init="zero")
    yield fault("init-constant", "init-poor", "mlp", init="constant")
    yield fault("init-zero", "init-poor", "cnn", norm=False, init="zero")
    yield fault("init-large", "init-poor", "mlp", init="times12")
    yield fault("init-large", "init-poor", "transformer", init="times8")
    yield fault("init-large", "init-poor", "cnn", norm=False, init="times10")
    yield fault("double-softmax", "loss-input-wrong", "mlp", output="softmax", epochs=20)
    yield fault("double-softmax", "loss-input-wrong", "cnn", output="softmax", epochs=16)
    yield fault("nll-of-probabilities", "loss-input-wrong", "mlp", output="nll-of-probabilities")
    yield fault("nll-of-probabilities", "loss-input-wrong", "cnn", output="nll-of-probabilities")


def _inputs_and_signal_flow() -> Entries:
    """Data in the wrong pairs, order or units, and networks that the signal does not pass."""
    for family in ("mlp", "cnn", "rnn", "transformer"):
        yield fault("mispaired", "labels-wrong", family, labels="shuffled")
    yield fault("sorted", "data-not-shuffled", "mlp", sorted_data=True)
    yield fault("sorted", "data-not-shuffled", "cnn", sorted_data=True)
    yield fault("raw-inputs", "input-not-normalised", "mlp", input_scale=80.0, input_shift=120.0)
    yield fault("raw-inputs", "input-not-normalised", "cnn", norm=False, input_scale=70.0, input_shift=120.0)
    yield fault("raw-inputs", "input-not-normalised", "regression", input_scale=100.0, input_shift=300.0)
    yield fault("dead-relu", "relu-dying", "mlp", init="negative-bias")
    yield fault("dead-relu", "relu-dying", "cnn", norm=False, init="negative-bias")
    yield fault("deep-sigmoid", ("gradient-vanishing", "activation-saturating"), "mlp", depth=9, activation="sigmoid")
    yield fault(
        "deep-sigmoid",
        ("gradient-vanishing", "activation-saturating"),
        "mlp",
        "twelve",
        depth=12,
        activation="sigmoid",
        lr=5e-3,
    )
    yield fault(
        "deep-tanh-small-init",
        ("gradient-vanishing", "init-poor"),
        "mlp",
        depth=10,
        activation="tanh",
        init="times0.05",
    )
    yield fault(
        "exploding-rnn",
        ("gradient-exploding", "init-poor", "lr-too-high"),
        "rnn",
        gain=4.0,
        linear=True,
        clip=0.0,
        lr=1e-2,
    )
    yield fault(
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
    yield fault("frozen", "layers-frozen", "mlp", left_out="1.weight")
    yield fault("frozen", "layers-frozen", "cnn", left_out="conv")
    yield fault("frozen", "layers-frozen", "transformer", left_out="blocks.layers.0")


def _generalisation() -> Entries:
    """Too few examples, too little or too much freedom, and validations that measure something else."""
    yield fault("few-examples", ("overfitting", "training-too-long"), "mlp", n=128, epochs=120, batch=32)
    yield fault("few-examples", ("overfitting", "training-too-long"), "cnn", n=96, epochs=60, batch=16, noise=0.9)
    yield fault("few-examples", ("overfitting", "training-too-long"), "transformer", n=48, epochs=80, batch=16)
    yield fault("few-examples", ("overfitting", "training-too-long"), "rnn", n=96, epochs=80, batch=32)
    yield fault("too-small", "capacity-too-low", "mlp", width=2, epochs=15)
    yield fault("too-small", "capacity-too-low", "cnn", width=1, dropout=0.0, epochs=14, noise=1.0)
    yield fault("over-regularised", "regularisation-too-strong", "mlp", dropout=0.85)
    yield fault("over-regularised", "regularisation-too-strong", "cnn", dropout=0.93)
    yield fault("over-decayed", "regularisation-too-strong", "mlp", weight_decay=0.05)
    yield fault("imbalance", "class-imbalance", "mlp", imbalance=0.8, noise=2.5, epochs=12, per_class=True)
    yield fault("imbalance", "class-imbalance", "cnn", imbalance=0.8, noise=1.1, epochs=8, per_class=True)
    yield fault("leak", "data-leak", "mlp", leak=True, n=500, noise=1.0, epochs=60)
    yield fault("leak", "data-leak", "cnn", leak=True, noise=0.3)
    yield fault("norm-momentum", "eval-mode-wrong", "cnn", bn_momentum=0.98, batch=8)
    yield fault("validation-shifted", "eval-mode-wrong", "cnn", val_shift=2.5)
    yield fault("validation-shifted", "eval-mode-wrong", "mlp", val_shift=3.0)


def _numbers_and_machine() -> Entries:
    """Half precision, batches from elsewhere, resuming, and machines that are slow or full."""
    yield fault("half", "half-precision-overflow", "mlp", half=True, grad_scale=4.0)
    yield fault("half", "half-precision-overflow", "transformer", half=True, grad_scale=4.0)
    yield fault("bad-batch", "bad-batch", "mlp", bad_every=150)
    yield fault("bad-batch", "bad-batch", "autoencoder", bad_every=90)
    yield fault("bad-batch", "bad-batch", "regression", bad_every=200)
    yield fault(
        "resume-old",
        "resume-wrong",
        "mlp",
        resume_at=0.5,
        resume_how="old-weights",
        optimizer="sgd",
        lr=0.005,
        schedule="constant",
    )
    yield fault("resume-no-state", ("resume-wrong", "lr-too-high"), "transformer", resume_at=0.5, resume_how="no-state")
    yield fault("slow-loader", "input-pipeline-slow", "mlp", wait=0.003, epochs=4)
    yield fault("slow-loader", "input-pipeline-slow", "regression", wait=0.003, epochs=8)
    yield fault(
        "slow-machine", ("hardware-degraded", "input-pipeline-slow"), "mlp", slow_from=0.55, timed=True, epochs=5
    )
    yield fault("leaking-memory", "memory-leak", "mlp", memory_leak=True, epochs=5)


def _steps_and_terms() -> Entries:
    """Clipping, batches, lengths, optimizers and loss terms that do not suit."""
    yield fault("clip-too-low", "clip-too-low", "mlp", optimizer="sgd", lr=0.05, clip=0.005)
    yield fault("clip-too-low", "clip-too-low", "cnn", optimizer="sgd", lr=0.05, clip=0.01)
    yield fault(
        "log-of-zero",
        ("numeric-error", "lr-too-high"),
        "mlp",
        unsafe_log=True,
        lr=0.05,
        init="times25",
        schedule="constant",
    )
    yield fault("log-of-zero", ("numeric-error", "lr-too-high"), "cnn", unsafe_log=True, norm=False, init="times12")
    yield fault(
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
    yield fault(
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
        yield fault(
            "too-short",
            ("training-too-short", "run-interrupted"),
            family,
            stop_at=0.2,
            schedule="constant",
            lr=loop.DEFAULTS[family].lr / 3,
        )
    yield fault(
        "plain-descent", ("optimizer-unsuited", "lr-too-low"), "transformer", optimizer="sgd", momentum=0.0, lr=0.05
    )
    yield fault(
        "plain-descent", ("optimizer-unsuited", "lr-too-low"), "autoencoder", optimizer="sgd", momentum=0.0, lr=0.05
    )
    yield fault("heavy-term", ("loss-weights-unbalanced", "regularisation-too-strong"), "autoencoder", term=0.3)
    yield fault("heavy-term", ("loss-weights-unbalanced", "regularisation-too-strong"), "mlp", term=0.2)


def _two_faults() -> Entries:
    """Two faults in one run."""
    yield fault(
        "two-frozen-and-hot", ("layers-frozen", "lr-too-high"), "mlp", left_out="1.weight", lr=0.08, schedule="constant"
    )
    yield fault(
        "two-few-and-sorted",
        ("overfitting", "data-not-shuffled", "training-too-long"),
        "mlp",
        n=200,
        epochs=100,
        batch=20,
        sorted_data=True,
    )
    yield fault("two-slow-loader-and-low", ("lr-too-low", "input-pipeline-slow"), "mlp", wait=0.002, lr=3e-6, epochs=5)
    yield fault(
        "two-dead-and-mispaired", ("relu-dying", "labels-wrong"), "mlp", init="negative-bias", labels="shuffled"
    )
    yield fault(
        "two-few-and-shifted",
        ("overfitting", "eval-mode-wrong", "training-too-long"),
        "cnn",
        n=96,
        epochs=50,
        batch=16,
        val_shift=2.0,
    )
    yield fault(
        "two-raw-and-hot",
        ("input-not-normalised", "lr-too-high", "gradient-exploding"),
        "regression",
        input_scale=60.0,
        input_shift=200.0,
        lr=0.3,
    )


def _controls() -> Entries:
    """Healthy runs of every family, ordinary and unusual."""
    for family in loop.DEFAULTS:
        yield control(family, "")
    for schedule in ("constant", "linear", "one-cycle", "warmup-cosine", "restarts", "step"):
        yield control("mlp", f"schedule-{schedule}", schedule=schedule)
    for schedule in ("constant", "step", "one-cycle"):
        yield control("cnn", f"schedule-{schedule}", schedule=schedule)
    yield control("mlp", "sgd", optimizer="sgd", lr=0.05, schedule="step")
    yield control("cnn", "sgd", optimizer="sgd", lr=0.05, schedule="step", weight_decay=5e-4)
    yield control("mlp", "small-batches", batch=16, lr=1e-3)
    yield control("mlp", "large-batches", batch=256, epochs=14, lr=4e-3)
    yield control("mlp", "dropout", dropout=0.3, epochs=15)
    yield control("mlp", "noisy-task", noise=2.3, epochs=7)
    yield control("mlp", "hard-task", noise=3.0, epochs=6)
    yield control("mlp", "deep", depth=5)
    yield control("mlp", "tanh", activation="tanh")
    yield control("mlp", "smoothing", smoothing=0.1)
    yield control("mlp", "short", epochs=5)
    yield control("mlp", "timed", timed=True, epochs=4)
    yield control("cnn", "no-norm", norm=False)
    yield control("cnn", "dropout", dropout=0.3)
    yield control("cnn", "noisy-task", noise=0.8)
    yield control("cnn", "fine-tuning", pretrained=True, lr=1e-3, epochs=6)
    yield control("cnn", "frozen-on-purpose", pretrained=True, left_out="conv,norm", lr=3e-3, epochs=8)
    yield control("cnn", "per-class", per_class=True)
    yield control("rnn", "long", epochs=20)
    yield control("rnn", "small-batches", batch=16, lr=1e-3)
    yield control("transformer", "constant", schedule="constant", lr=1e-3)
    yield control("transformer", "longer", epochs=7)
    yield control("autoencoder", "constant", schedule="constant")
    yield control("autoencoder", "long", epochs=30)
    yield control("regression", "raw-units", raw_targets=True, lr=1e-2, epochs=40)
    yield control("regression", "small-batches", batch=8, lr=1e-3, epochs=8)
    yield control("regression", "sgd", optimizer="sgd", lr=0.02)


TABLES = (
    _learning_rates,
    _initial_weights_and_losses,
    _inputs_and_signal_flow,
    _generalisation,
    _numbers_and_machine,
    _steps_and_terms,
    _two_faults,
    _controls,
)


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    for table in TABLES:
        for entry in table():
            add(*entry)
    games.register(add)
