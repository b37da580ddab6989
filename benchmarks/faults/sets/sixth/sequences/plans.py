"""What each family of the sixth set's sequences trains when nothing is wrong."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.sequences.imitation import Imitation
from benchmarks.faults.sets.sixth.sequences.instructions import Instructions
from benchmarks.faults.sets.sixth.sequences.language import MaskedWords, Mixture
from benchmarks.faults.sets.sixth.sequences.strips import Cues, Motifs, Strips

PLANS = {
    "mlm": Plan(
        "mlm", lr=1e-2, optimizer="adamw", weight_decay=0.01, schedule="linear-warmup", clip=1.0, epochs=10, batch=40,
        n=1600, n_val=240, width=32, depth=2, dropout=0.05,
    ),
    "moe": Plan(
        "moe", lr=6e-3, optimizer="adamw", weight_decay=0.01, schedule="warmup-cosine", clip=1.0, epochs=8, batch=40,
        n=1200, n_val=240, width=24, depth=2,
    ),
    "sft": Plan(
        "sft", lr=3e-3, optimizer="adamw", schedule="linear-warmup", clip=1.0, epochs=4, batch=16, n=960, n_val=200,
        width=32, extra={"check": 0.5, "every": 5},
    ),
    "ctc": Plan(
        "ctc", lr=1.2e-2, schedule="one-cycle", clip=5.0, epochs=9, batch=24, n=864, n_val=100, width=24, noise=0.2,
    ),
    "ssm": Plan(
        "ssm", lr=6e-3, optimizer="adamw", weight_decay=0.01, schedule="cosine", clip=1.0, epochs=10, batch=40, n=1400,
        n_val=400, width=16, depth=2,
    ),
    "vq": Plan("vq", lr=5e-3, schedule="constant", epochs=10, batch=40, n=1200, n_val=300, width=24, noise=0.05),
    "hinge": Plan("hinge", lr=1e-3, schedule="linear", epochs=14, batch=32, n=4000, width=48, extra={"d_lr": 4e-3}),
    "clone": Plan("clone", lr=3e-3, schedule="cosine", epochs=14, batch=64, n=3000, n_val=900, width=48, depth=2),
    "grpo": Plan("grpo", lr=1e-3, optimizer="adamw", schedule="constant", clip=1.0, epochs=60, batch=96, width=32),
    "sac": Plan("sac", lr=4e-3, epochs=14, batch=96, width=48, schedule="constant"),
}  # fmt: skip
TASKS: dict[str, Any] = {
    "mlm": MaskedWords,
    "moe": Mixture,
    "sft": Instructions,
    "ctc": Strips,
    "ssm": Cues,
    "vq": Motifs,
    "clone": Imitation,
}
