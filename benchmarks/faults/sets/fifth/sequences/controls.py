"""Runs of the fifth set's sequences with nothing wrong; many look odd."""

from __future__ import annotations

from benchmarks.faults.kit.registering import Control
from benchmarks.faults.sets.fifth.sequences.plans import PLANS

CONTROLS: list[Control] = [
    *((family, "", {}) for family in PLANS),
    # family, variant, knobs
    ("translate", "own-words", {"own_words": 0.6}),
    ("translate", "short-ones-first", {"curriculum": 0.6, "longest": 9, "lr": 5e-3}),
    ("charlm", "typos", {"labels": "noisy", "noise": 0.15}),
    ("charlm", "dropped", {"dropout": 0.4}),
    ("wordvae", "annealed", {"rising": 0.6, "epochs": 12, "beta": 0.8}),
    ("wordvae", "annealed-in-cycles", {"rising": 0.7, "rounds": 3, "epochs": 12, "beta": 0.5}),
    ("forecast", "calm-season", {"calmer": 0.45}),
    ("forecast", "stormy", {"noise": 0.9, "output": "huber"}),
    ("command", "mixed-up", {"mixup": True}),
    ("command", "small-batches", {"batch": 8, "epochs": 3, "lr": 5e-3, "check": 0.5}),
    ("enhance", "all-levels", {"levels": (0.05, 2.5), "batch": 16, "epochs": 5}),
    ("enhance", "one-spike", {"spike_at": 0.55, "clip": 0.5, "every": 1}),
    ("adding", "late-start", {"length": 28, "lr": 8e-3, "schedule": "warmup-cosine", "warm": 0.25, "epochs": 16}),
    ("diffuse", "small-batches", {"batch": 16, "epochs": 2, "check": 0.2}),
    ("diffuse", "triangles", {"schedule": "triangles", "lr": 8e-3}),
    ("retrieve", "both-ways", {"output": "both-ways", "batch": 128, "epochs": 16, "temperature": 0.2}),
    ("retrieve", "stopped-early", {"epochs": 60, "patience": 3, "schedule": "plateau"}),
    ("adapters", "whole-model", {"whole": True, "rank": 1, "alpha": 1e-3, "lr": 2e-3}),
    ("adapters", "resumed", {"resume_at": 0.5, "resume_how": "whole"}),
    ("adapters", "attention-only", {"targets": ("qkv",), "rank": 8, "alpha": 16.0}),
    ("prefer", "raters-disagree", {"swapped": 0.2, "swapped_val": True}),
    ("prefer", "one-epoch", {"epochs": 1, "beta": 0.3, "n": 1600}),
    ("rater", "centred", {"centre": 0.01, "epochs": 4}),
    ("contest", "critic", {"output": "wasserstein", "rounds": 2, "epochs": 10}),
    ("contest", "two-rates", {"d_lr": 4e-3, "lr": 1e-3, "smoothing": 0.1}),
    ("walker", "goal-moves", {"moves_at": 0.5, "epsilon_end": 0.3, "epochs": 50, "memory": 600}),
    ("walker", "slippery", {"slippery": 0.12, "explore": 0.7, "epochs": 50}),
    ("balancer", "wind", {"wind": 2.2, "epochs": 40, "schedule": "constant"}),
    ("balancer", "restless", {"ent_coef": 0.05, "batch": 128, "passes": 2}),
]
