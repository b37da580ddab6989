"""Which names are words for something that is measured while training."""

from __future__ import annotations

import re
from functools import lru_cache

MOST_NAMES = 1 << 17  # that are remembered: whoever looks for a column asks for all names of a table, one after another
_MEASURES = re.compile(
    r"loss|acc(?:uracy)?$|^acc|^lr|learning_?rate|reward|^rew$|return|^success_?rate|^success$|^ll$|perplexity|^ppl|bleu|^f1|^fb1$|^mae$|^mse$|rmse|^auc|roc(?![ek])|^iou|miou|^(?:m|mean_?)?iu$|^map|precision|recall|grad"
    r"|entropy|^kl|psnr|ssim|^fid|dice|^wer$|^cer$|^val$|^train|^valid|^eval|^test|^top[15]$|^elbo|fitness|^utility|^nll|^bce|score|jaccard|^err(?:or)?$|explained|ep_len|sensitivity|specificity|^dsc$|^hd95|^objf$"
    # Chinese: loss, accuracy, rate, error, reward; Japanese, Korean, Russian; German, French, Spanish and its kin.
    r"|\u635f\u5931|\u51c6\u786e\u7387|\u7cbe\u5ea6|\u5b66\u4e60\u7387|\u8bef\u5dee|\u5956\u52b1|\u6e96\u78ba\u7387|\u5b78\u7fd2\u7387|\u734e\u52f5"
    r"|\u640d\u5931|\u6b63\u89e3\u7387|\u5b66\u7fd2\u7387|\uc190\uc2e4|\uc815\ud655\ub3c4|\ud559\uc2b5\ub960"
    r"|\u043f\u043e\u0442\u0435\u0440|\u0442\u043e\u0447\u043d\u043e\u0441\u0442"
    r"|\u30ed\u30b9|\u6b63\u7b54\u7387|\u8aa4\u5dee|\uc624\ucc28|^\u043b\u043e\u0441\u0441|^\u043e\u0448\u0438\u0431\u043a"
    r"|^p[e\u00e9]rdida|^perda|^perdita|^precisi[o\u00f3]n$|^exactitud|^acur[a\u00e1]cia"
    r"|verlust|genauigkeit|lernrate|fehler|belohnung|^perte|^exactitude|^accuratezza|^pr[e\u00e9]cision$"
    r"|\u6b63\u786e\u7387|^kay[\u0131i]p|^kayb[\u0131i]|^do\u011frulu[k\u011f]"
    r"|^r[e\u00e9]compense|^recompensa|^ricompensa|^\u043d\u0430\u0433\u0440\u0430\u0434|^\u0432\u043e\u0437\u043d\u0430\u0433\u0440"
)


@lru_cache(maxsize=MOST_NAMES)
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
