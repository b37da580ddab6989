"""What each family of the fifth set's sequences trains when nothing is wrong, and how its people log."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.sequences.loop import Style
from benchmarks.faults.sets.fifth.sequences.strings import Characters, Translation, Words
from benchmarks.faults.sets.fifth.sequences.tuned import Adapters, Preferences, Rater
from benchmarks.faults.sets.fifth.sequences.vectors import Diffusion, Retrieval
from benchmarks.faults.sets.fifth.sequences.waves import Adding, Commands, Enhance, Forecast

PLANS = {
    "translate": Plan(
        "translate", lr=6e-3, schedule="noam", clip=1.0, epochs=9, batch=48, n=1440, n_val=160, width=36, dropout=0.1
    ),
    "charlm": Plan(
        "charlm", lr=8e-3, schedule="epoch-gamma", clip=1.0, epochs=8, batch=20, n=20000, n_val=3000, width=48
    ),
    "wordvae": Plan(
        "wordvae",
        lr=1.2e-2,
        schedule="cosine",
        clip=5.0,
        epochs=10,
        batch=48,
        n=1600,
        n_val=240,
        width=48,
        extra={"beta": 0.25},
    ),
    "forecast": Plan(
        "forecast", lr=5e-3, schedule="cosine", epochs=12, batch=64, n=1600, n_val=400, width=20, dropout=0.0
    ),
    "command": Plan(
        "command", lr=5e-3, schedule="one-cycle", epochs=10, batch=40, n=1200, n_val=300, width=24, depth=4, dropout=0.1
    ),
    "enhance": Plan(
        "enhance", lr=3e-3, schedule="milestones", clip=5.0, epochs=10, batch=32, n=1280, n_val=160, width=24
    ),
    "adding": Plan("adding", lr=1e-2, schedule="cosine", clip=1.0, epochs=12, batch=64, n=1920, n_val=400, width=24),
    "diffuse": Plan(
        "diffuse",
        lr=4e-3,
        optimizer="adamw",
        schedule="warmup-cosine",
        clip=1.0,
        epochs=12,
        batch=100,
        n=4000,
        n_val=600,
        width=48,
        depth=3,
        activation="gelu",
    ),
    "retrieve": Plan(
        "retrieve",
        lr=4e-3,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="linear",
        epochs=10,
        batch=64,
        n=2560,
        n_val=200,
        width=32,
        activation="tanh",
    ),
    "adapters": Plan(
        "adapters",
        lr=8e-3,
        optimizer="adamw",
        schedule="warmup-cosine",
        clip=1.0,
        epochs=3,
        batch=16,
        n=1120,
        n_val=200,
        width=32,
        depth=2,
    ),
    "prefer": Plan(
        "prefer",
        lr=1e-3,
        optimizer="adamw",
        schedule="linear",
        clip=1.0,
        epochs=3,
        batch=16,
        n=1008,
        n_val=160,
        width=32,
        depth=2,
    ),
    "rater": Plan(
        "rater",
        lr=4e-3,
        schedule="cosine",
        clip=1.0,
        epochs=5,
        batch=32,
        n=1600,
        n_val=300,
        width=32,
        extra={"swapped": 0.12, "swapped_val": True},
    ),
    "contest": Plan("contest", lr=2e-3, schedule="constant", epochs=16, batch=64, width=32, activation="relu"),
    "walker": Plan("walker", lr=3e-3, schedule="constant", clip=10.0, epochs=40, batch=32, width=48),
    "balancer": Plan("balancer", lr=4e-3, schedule="linear", clip=0.2, epochs=30, batch=256),
}
TASKS: dict[str, Any] = {
    "translate": Translation,
    "charlm": Characters,
    "wordvae": Words,
    "forecast": Forecast,
    "command": Commands,
    "enhance": Enhance,
    "adding": Adding,
    "diffuse": Diffusion,
    "retrieve": Retrieval,
    "adapters": Adapters,
    "prefer": Preferences,
    "rater": Rater,
}
STYLES = {
    "translate": Style(10, norm="grad_norm"),
    "charlm": Style(10, norm="grad_norm", epoch="epoch"),
    "wordvae": Style(10, lr=""),
    "forecast": Style(0),
    "command": Style(10, mean=False),
    "enhance": Style(20),
    "adding": Style(10, norm="grad_norm"),
    "diffuse": Style(10, norm="grad_norm"),
    "retrieve": Style(10),
    "adapters": Style(5, 0.5, norm="grad_norm", epoch="epoch", mean=False),
    "prefer": Style(5, 0.5, norm="grad_norm", epoch="epoch"),
    "rater": Style(10, 0.5, norm="grad_norm"),
}
