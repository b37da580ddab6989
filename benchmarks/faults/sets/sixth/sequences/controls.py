"""Runs of the sixth set's sequences with nothing wrong; many look odd."""

from __future__ import annotations

from benchmarks.faults.kit.registering import Control
from benchmarks.faults.sets.sixth.sequences.plans import PLANS

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    # family, variant, knobs
    ("mlm", "few-hidden", {"share": 0.12, "epochs": 16, "every": 5}),
    ("moe", "jitter", {"jitter": 1.0, "balance": 0.1}),
    ("sft", "noisy-answers", {"labels": "noisy", "noise": 0.15, "epochs": 5}),
    ("sft", "many-passes", {"n": 96, "epochs": 40, "check": 4, "schedule": "constant"}),
    ("ctc", "masked-features", {"augment": 0.15, "epochs": 12}),
    ("ssm", "warm-restarts", {"schedule": "warm-restarts", "turns": 3, "epochs": 12}),
    ("ssm", "mostly-one-class", {"rare": 0.55}),
    ("vq", "big-book", {"codes": 96, "seeded": True}),
    ("hinge", "three-rounds", {"rounds": 3, "epochs": 10}),
    ("clone", "shaky-hand", {"shaky": 0.45}),
    ("grpo", "big-steps-of-kl", {"beta": 0.0, "group": 16, "updates": 2}),
    ("sac", "large-rewards", {"reward_scale": 10.0, "alpha": 1.0}),
    ("sac", "wind", {"wind": 0.12, "epochs": 20}),
]
