"""What of each fault must be said, written before anything was said of it: the causes that count as right as the
first, the strictest first, and the symptoms of which at least one must be told.
"""

from __future__ import annotations

from benchmarks.faults.sets.seventh.labels import (
    APART,
    CHANCE,
    HOT,
    NAN,
    OVERFIT,
    POOR,
    SLOW,
    SPIKES,
    STEEP,
    STUCK,
    Told,
)

PREFIX = "eighth-"

FLAT = (*STUCK, *SLOW, "lr-decayed-early", "lr-reduced-away", "underfit")
DEAD = ("grad-zero", "grad-norm-zero", "loss-constant", "val-constant", "loss-level-unmoved", "nothing-training")
UNMOVED = ("weights-frozen", "weights-not-training", "layers-outside-optimizer")
LEAK = ("val-too-good", "test-far-below-training", "test-disagrees", "test-score-disagrees", "test-loss-apart")
TINY = ("loss-noisy-batch", "batch-tiny-poor-fit")
MEANS = ("regression-mean-only", "r2-below-zero", "val-guesses", "errors-alike")
COUNTS = ("loss-metric-disagree", "accuracy-below-bound", "loss-high-answers-right", "score-out-of-range")
SOFT = ("loss-floor-double-softmax", "loss-floor-sigmoid", "loss-high-answers-right", "loss-mirrors-accuracy")
STEADY = ("entropy-collapse", "entropy-punished", "success-falls", "success-never-comes", "return-at-its-worst")

TELL: dict[str, tuple[Told, Told]] = {
    "counting-in-levels": (("input-not-normalised",), (*STEEP, *HOT, "grad-start-huge", *SLOW)),
    "counting-hot": (("lr-too-high", "relu-dying"), (*HOT, *MEANS, *STUCK, "relu-dead", "relu-many-dead")),
    "counting-mispaired": (("labels-wrong",), (*MEANS, *CHANCE, *STUCK)),
    "counting-clamped": (("relu-dying", "init-poor"), DEAD),
    "counting-erased": (("regularisation-too-strong", "eval-mode-wrong"), (*APART, "augmented-train-far-worse")),
    "digits-rounded-plainly": (("gradient-cut-off", "layers-frozen"), (*UNMOVED, "grad-zero", *POOR)),
    "digits-rounded-wrongly": (
        ("backward-wrong",),
        ("grad-check-failed", "grad-noisy", "weights-diverging", "update-ratio-high", *HOT, *POOR),
    ),
    "digits-training-mode": (("eval-mode-wrong",), APART),
    "digits-never-cools": (("lr-schedule-missing", "lr-too-high", "batch-too-small"), (*HOT, *TINY, "lr-no-decay")),
    "digits-cooled-each-batch": (("lr-decay-too-fast",), FLAT),
    "clicks-seconds-on-page": (("data-leak",), LEAK),
    "clicks-many-values": (("overfitting", "training-too-long"), OVERFIT),
    "clicks-sigmoid-within": (("loss-input-wrong",), (*SOFT, *STUCK, *SLOW)),
    "clicks-rarely": (
        ("class-imbalance",),
        ("majority-only", "positives-never-found", "class-never-found", "loss-at-frequencies", "metric-at-zero"),
    ),
    "clicks-tables-left-out": (("layers-frozen",), (*UNMOVED, *POOR)),
    "clicks-decayed": (("regularisation-too-strong",), ("regularisation-extreme", "weights-collapse", *POOR)),
    "arrivals-ties": (("numeric-error", "bad-batch"), NAN),
    "arrivals-never-cleared": (
        ("gradient-accumulating",),
        (*HOT, "grad-adds-up", "grad-growing", "grad-always-clipped", "loss-climbs-and-returns"),
    ),
    "arrivals-short-leash": (("clip-too-low",), ("clip-unusual", "grad-always-clipped", *SLOW)),
    "arrivals-two-epochs": (
        ("training-too-short",),
        (*SLOW, "few-epochs", "epochs-few-planned", "schedule-unfinished"),
    ),
    "arrivals-wild-recurrence": (
        ("gradient-exploding", "init-poor", "lr-too-high"),
        (*STEEP, *HOT, "grad-start-huge", "recurrent-weights-large", "weights-start-large"),
    ),
    "rooms-price-in-euros": (
        ("loss-weights-unbalanced", "loss-function-wrong"),
        ("loss-term-dominates", "loss-term-ignored", "loss-weights-apart", *STEEP),
    ),
    "rooms-price-in-half": (("half-precision-overflow",), NAN),
    "rooms-trunk-frozen": (("layers-frozen",), (*UNMOVED, *POOR)),
    "rooms-trunk-lost": (("resume-wrong",), ("loss-jump-at-resume", "loss-starts-over", *SPIKES)),
    "rooms-raw-validation": (("eval-mode-wrong",), (*APART, "r2-below-zero")),
    "brackets-by-depth": (
        ("data-not-shuffled",),
        ("loss-periodic", "loss-follows-epoch", "loss-oscillating", "val-erratic", "batches-of-one-class", *APART),
    ),
    "brackets-creeping": (("lr-too-low",), SLOW),
    "brackets-narrow": (("capacity-too-low",), ("narrow-network", *POOR)),
    "brackets-pads-counted": (("metric-miscounted",), COUNTS),
    "stamps-unbounded": (("lr-too-high", "numeric-error", "gradient-exploding"), NAN),
    "stamps-overexposed": (("bad-batch",), SPIKES),
    "stamps-few-for-long": (("overfitting", "training-too-long"), OVERFIT),
    "citations-topic-among-words": (("data-leak",), LEAK),
    "citations-eight-deep": (
        ("gradient-vanishing", "activation-saturating"),
        ("grad-vanishing", "grad-fades-at-start", "act-std-low", "weights-move-less-toward-input", *CHANCE, *STUCK),
    ),
    "citations-heading-counted": (("labels-wrong",), (*APART, *CHANCE, *OVERFIT)),
    "citations-mostly-dropped": (("regularisation-too-strong",), ("regularisation-extreme", *CHANCE, *POOR)),
    "sharpen-of-a-copy": (("gradient-cut-off", "optimizer-not-updating"), DEAD),
    "sharpen-plain-descent": (("optimizer-unsuited", "lr-too-low"), (*SLOW, "plain-descent", *STUCK)),
    "sharpen-psnr-of-levels": (("metric-miscounted",), COUNTS),
    "sharpen-waits": (("input-pipeline-slow",), ("data-wait-high",)),
    "sharpen-keeps-graphs": (("memory-leak",), ("memory-growing",)),
    "sharpen-starts-large": (("init-poor",), (*STEEP, "weights-start-large", "grad-start-huge", *POOR)),
    "words-all-zero": (("init-poor",), (*DEAD, "weights-start-identical", "weights-start-alike", *CHANCE)),
    "words-hot": (("lr-too-high",), HOT),
    "words-epsilon-one": (("optimizer-misconfigured",), ("optimizer-constants", *SLOW, *STUCK)),
    "words-two-at-a-time": (("batch-too-small", "lr-too-high"), (*TINY, *HOT)),
    "scarce-consistent-only": (
        ("loss-weights-unbalanced",),
        ("loss-term-dominates", "loss-term-ignored", "loss-weights-apart", "penalty-crowds-data", *SLOW),
    ),
    "scarce-labels-only": (("overfitting", "training-too-long"), OVERFIT),
    "tongues-one-common": (("class-imbalance",), ("majority-only", "class-never-found", "per-class-gap", *CHANCE)),
    "tongues-softmax-within": (("loss-input-wrong",), (*SOFT, *STUCK)),
    "tongues-counter-anew": (("step-counter-wrong",), ("step-counter-anew", "step-counter-stuck")),
    "tongues-endless-warm-up": (("lr-too-low", "training-too-short"), SLOW),
    "maze-soon-over": (
        ("exploration-too-weak", "reward-misspecified"),
        (*STEADY, "reward-seldom", "reward-flat", "return-constant"),
    ),
    "maze-paid-to-stay": (("reward-misspecified",), (*STEADY, "episodes-shorten", "reward-flat", "reward-falling")),
    "maze-critic-still": (("critic-broken", "layers-frozen"), ("value-not-learning", "critic-diverging", *UNMOVED)),
    "maze-leaps": (
        ("policy-step-too-large", "lr-too-high", "exploration-too-weak"),
        ("entropy-collapse", "kl-too-large", *HOT, *STEADY, "reward-flat"),
    ),
}

REQUIRED = {PREFIX + name: (symptoms,) for name, (_, symptoms) in TELL.items()}
