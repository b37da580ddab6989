"""Which names are words for something that is measured while training."""

from __future__ import annotations

import re

_MEASURES = re.compile(
    r"loss|acc(?:uracy)?$|^acc|^lr|learning_?rate|reward|return|perplexity|^ppl|bleu|^f1|^mae$|^mse$|rmse|^auc|roc|^iou|miou|^map|precision|recall|grad"
    r"|entropy|^kl|psnr|ssim|^fid|dice|^wer$|^cer$|^val$|^train|^valid|^eval|^test|^top[15]$|^elbo|^nll|^bce|score|jaccard|^err(?:or)?$|explained|ep_len"
)


def has_measure(name: str) -> bool:
    """Tell whether a part of the name is a word for something that is measured while training."""
    return any(
        _MEASURES.search(part)
        for part in re.split(r"[\s/.:|()]+|(?<=[a-z])(?=[A-Z])", name.strip())
        for part in _forms(part)
    )


def _forms(part: str) -> tuple[str, ...]:
    lower = part.lower()
    return (lower, *lower.split("_"))
