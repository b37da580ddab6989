"""What of each fault must be said, written before anything was said of it: the causes that count as right as the
first, and the symptoms of which at least one must be told. Of two faults at once, each has its own line of symptoms,
and `BOTH` names the cause of each. `REQUIRED` and `TWO` hold the same by the names of the cases.
"""

from __future__ import annotations

Told = tuple[str, ...]

PREFIX = "seventh-"

STUCK = ("loss-stuck", "loss-plateau", "loss-fast-then-stuck", "loss-at-chance", "loss-above-chance", "loss-constant")
HOT = (
    "loss-oscillating",
    "loss-spikes",
    "loss-diverging",
    "loss-thrown-above-chance",
    "lr-unusual",
    "lr-no-warmup",
    "grad-exploding",
    "grad-spikes",
    "update-ratio-high",
    "val-erratic",
    "regression-mean-only",
    "loss-above-chance",
)
SLOW = (
    "loss-slow",
    "loss-still-falling",
    "loss-falling-few",
    "underfit",
    "lr-unusual",
    "lr-low-little-learned",
    "update-ratio-low",
)
CHANCE = (
    "accuracy-at-chance",
    "loss-at-chance",
    "val-at-chance",
    "val-guesses",
    "val-at-chance-few",
    "val-worse-than-guess",
    "val-flat-from-start",
)
OVERFIT = (
    "overfit-gap",
    "val-u-shape",
    "val-rises-early",
    "train-far-below-val",
    "overtrained",
    "accuracy-gap",
    "score-gap",
    "val-left-behind",
    "score-past-its-best",
)
APART = (
    "val-off-from-start",
    "val-flat-from-start",
    "val-left-behind",
    "accuracy-gap",
    "val-far-below-train",
    "overfit-gap",
    "val-worse-than-first",
    "val-worse-than-guess",
    "val-u-shape",
    "train-far-below-val",
)
SPIKES = (
    "loss-spikes",
    "loss-spikes-few",
    "loss-spike-unrecovered",
    "train-loss-jumps",
    "grad-spikes",
    "loss-oscillating",
)
NAN = ("loss-nan", "loss-nan-early", "stopped-not-finite", "grad-nan", "val-nan", "act-nan", "loss-overflow")
POOR = ("underfit", *STUCK, "accuracy-at-chance", "loss-slow", "regression-mean-only")
STEEP = (
    "loss-start-huge",
    "loss-start-off-chance",
    "loss-first-epoch-off-chance",
    "loss-astronomic",
    "input-scale",
    "act-input-large",
)

TELL: dict[str, tuple[Told, tuple[Told, ...]]] = {
    "orbit-never-cleared": (
        ("gradient-accumulating",),
        ((*HOT, *STUCK, "grad-adds-up", "grad-growing", "loss-climbs-and-returns", "loss-periodic"),),
    ),
    "orbit-glitches": (("bad-batch",), (SPIKES,)),
    "orbit-held-short": (("clip-too-low", "lr-too-low"), ((*SLOW, "grad-always-clipped", "clip-unusual"),)),
    "beats-crawls": (("lr-too-low",), (SLOW,)),
    "beats-softmax-within": (
        ("loss-input-wrong", "loss-function-wrong"),
        (
            (
                "loss-floor-double-softmax",
                "loss-high-answers-right",
                "loss-mirrors-accuracy",
                "loss-metric-disagree",
                *POOR,
            ),
        ),
    ),
    "beats-same-recordings": (
        ("data-leak",),
        (("test-disagrees", "test-score-disagrees", "test-loss-apart", "val-too-good", "val-copies-train"),),
    ),
    "beats-rare-kind": (
        ("class-imbalance",),
        (
            (
                "majority-only",
                "positives-never-found",
                "metric-at-zero",
                "class-never-found",
                "scores-zero-few",
                "error-rate-constant",
                "metric-stands-low",
            ),
        ),
    ),
    "captcha-rows-mixed": (("labels-wrong",), ((*CHANCE, *STUCK, "overfit-gap", "val-worse-than-guess"),)),
    "captcha-training-mode": (("eval-mode-wrong",), ((*APART, "val-erratic", "metric-hardly-moves"),)),
    "captcha-waits": (("input-pipeline-slow",), (("data-wait-high", "throughput-drop", "slow-steps-periodic"),)),
    "mirror-no-warmup": (("lr-too-high",), ((*HOT, *STUCK, "loss-at-frequencies"),)),
    "mirror-resumed-bare": (
        ("resume-wrong",),
        (
            (
                "loss-jump-at-resume",
                "loss-starts-over",
                "all-lost-at-once",
                "loss-spike-unrecovered",
                "loss-spikes",
                "accuracy-collapse",
                "lr-starts-over",
            ),
        ),
    ),
    "mirror-sees-ahead": (
        ("data-leak", "loss-input-wrong"),
        (
            (
                "text-too-predictable",
                "loss-zero",
                "loss-metric-disagree",
                "val-too-good",
                "metric-at-zero",
                "scores-fall",
                "success-lost",
            ),
        ),
    ),
    "mirror-pads-counted": (
        ("loss-function-wrong", "metric-miscounted", "loss-input-wrong"),
        (("train-loss-diluted", *APART),),
    ),
    "sorter-heavy-decay": (
        ("regularisation-too-strong",),
        ((*POOR, "regularisation-extreme", "weights-collapse"),),
    ),
    "sorter-brief": (
        ("training-too-short", "lr-too-low"),
        ((*SLOW, "few-epochs", "epochs-few-planned", "schedule-unfinished"),),
    ),
    "sets-summed": (
        ("loss-function-wrong", "lr-too-high", "gradient-exploding"),
        (
            (
                *HOT,
                *NAN,
                "loss-start-off-chance",
                "loss-start-huge",
                "val-far-below-train",
                "regression-mean-only",
                "train-stays-below-val",
                *STUCK,
            ),
        ),
    ),
    "sets-below-zero": (
        ("relu-dying", "init-poor"),
        (
            (
                "relu-dead",
                "relu-many-dead",
                "grad-of-bias-only",
                "grad-zero",
                "grad-norm-zero",
                "biases-large",
                "weights-not-training",
                "nothing-training",
                "regression-mean-only",
                *STUCK,
            ),
        ),
    ),
    "sets-logarithm": (("numeric-error",), (NAN,)),
    "wine-as-measured": (("input-not-normalised",), ((*POOR, *STEEP, *HOT, "averages-only"),)),
    "wine-flat-ends": (
        ("activation-saturating", "init-poor"),
        (
            (
                "act-saturated",
                "weights-start-large",
                "grad-vanishing",
                "grad-fades-at-start",
                *POOR,
                "loss-start-off-chance",
                "loss-start-huge",
            ),
        ),
    ),
    "operator-hot": (("lr-too-high",), ((*HOT, *STUCK),)),
    "operator-half": (("half-precision-overflow", "loss-in-half-precision"), (NAN,)),
    "operator-in-millivolts": (
        ("input-not-normalised", "lr-too-low", "init-poor"),
        ((*SLOW, *STEEP, "r2-below-zero", "regression-mean-only", "loss-plateau"),),
    ),
    "patches-over-soon": (
        ("lr-decay-too-fast",),
        (("lr-decayed-early", "lr-reduced-away", "loss-plateau", "loss-stuck", "loss-fast-then-stuck"),),
    ),
    "patches-of-what-is-seen": (("loss-function-wrong", "loss-input-wrong"), (APART,)),
    "patches-all-alike": (
        ("init-poor",),
        (
            (
                "weights-start-identical",
                "weights-start-alike",
                "grad-zero",
                "grad-of-bias-only",
                "weights-not-training",
                "nothing-training",
                *STUCK,
            ),
        ),
    ),
    "melody-heavy-divergence": (
        ("loss-weights-unbalanced",),
        (("kl-collapsed", "penalty-alone-falls", "penalty-crowds-data", "loss-weights-apart", "loss-term-dominates"),),
    ),
    "captions-few-pairs": (("overfitting", "training-too-long"), (OVERFIT,)),
    "captions-times-temperature": (
        ("loss-function-wrong", "loss-input-wrong", "optimizer-misconfigured"),
        ((*STUCK, "loss-high-answers-right", "loss-metric-disagree", "contrastive-temperature", "loss-slow"),),
    ),
    "inpaint-keen-judge": (
        ("discriminator-too-strong",),
        (
            (
                "discriminator-wins",
                "discriminator-ahead",
                "discriminator-certain",
                "discriminator-saturated",
                "gan-rates-apart",
            ),
        ),
    ),
    "stockroom-soon-sure": (
        ("exploration-too-weak", "loss-function-wrong"),
        (("entropy-collapse", "entropy-punished", "reward-flat", "return-constant", "reward-falling"),),
    ),
    "stockroom-in-pence": (
        ("loss-weights-unbalanced", "critic-broken", "reward-misspecified"),
        (
            (
                "loss-term-dominates",
                "value-not-learning",
                "critic-diverging",
                "grad-always-clipped",
                "value-above-returns",
                "loss-weights-apart",
                "loss-terms-conflict",
            ),
        ),
    ),
    "frames-from-one": (("labels-wrong",), ((*APART, "loss-metric-disagree", "accuracy-below-chance"),)),
    "frames-deep-sigmoid": (
        ("gradient-vanishing", "activation-saturating"),
        (
            (
                "grad-vanishing",
                "grad-fades-at-start",
                "grad-of-bias-only",
                "act-std-low",
                "weights-move-less-toward-input",
                *CHANCE,
                *STUCK,
            ),
        ),
    ),
    "frames-keeps-graphs": (("memory-leak",), (("memory-growing",),)),
    "frames-wrong-axis": (
        ("metric-miscounted",),
        (
            (
                "loss-metric-disagree",
                "accuracy-below-bound",
                "accuracy-at-chance",
                "accuracy-below-chance",
                "metric-hardly-moves",
                "metric-constant",
            ),
        ),
    ),
    "intent-left-frozen": (
        ("layers-frozen",),
        (("weights-frozen", "weights-not-training", "layers-outside-optimizer", *POOR),),
    ),
    "intent-in-order": (
        ("data-not-shuffled",),
        (("loss-periodic", "loss-follows-epoch", "loss-oscillating", "val-erratic", *CHANCE, *APART),),
    ),
    "intent-two-at-a-time": (
        ("batch-too-small", "lr-too-high"),
        (("loss-noisy-batch", "batch-tiny-poor-fit", *HOT, *STUCK),),
    ),
    "operator-two-glitches-over-soon": (
        ("bad-batch", "lr-decay-too-fast"),
        (SPIKES, ("lr-decayed-early", "lr-reduced-away", "loss-plateau", "loss-stuck", "loss-fast-then-stuck")),
    ),
    "captions-two-few-and-growing": (
        ("overfitting", "training-too-long", "memory-leak"),
        (OVERFIT, ("memory-growing",)),
    ),
    "wine-two-few-as-measured": (
        ("overfitting", "training-too-long", "input-not-normalised"),
        (OVERFIT, (*STEEP, *HOT)),
    ),
    "captcha-two-mixed-and-waits": (
        ("labels-wrong", "input-pipeline-slow"),
        ((*CHANCE, *STUCK, "overfit-gap", "val-worse-than-guess"), ("data-wait-high", "throughput-drop")),
    ),
}

BOTH: dict[str, tuple[Told, Told]] = {
    "operator-two-glitches-over-soon": (("bad-batch",), ("lr-decay-too-fast",)),
    "captions-two-few-and-growing": (("overfitting", "training-too-long"), ("memory-leak",)),
    "wine-two-few-as-measured": (("overfitting", "training-too-long"), ("input-not-normalised",)),
    "captcha-two-mixed-and-waits": (("labels-wrong",), ("input-pipeline-slow",)),
}

REQUIRED = {PREFIX + name: groups for name, (_, groups) in TELL.items()}
TWO = {PREFIX + name: causes for name, causes in BOTH.items()}
