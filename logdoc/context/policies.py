"""What a policy gradient logs under the names of losses and is none."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.model import Signal

_WHY = "beside a surrogate loss it is how far the policy moved, and no term of a loss"


def add_policy_divergence(signals: list[Signal]) -> list[Signal]:
    """Take ``loss_kl`` for the divergence of the policy step where the surrogate loss of the policy and a return are
    logged beside it (OpenAI Baselines) and no other divergence is; elsewhere it is a term of the loss.
    """
    roles = {s.role for s in signals}
    surrogate = any(s.role == "train.player_loss" and "surr" in s.entity for s in signals)
    if not surrogate or "rl.return" not in roles or "rl.kl" in roles:
        return signals
    return [
        dataclasses.replace(s, role="rl.kl", entity="", why=_WHY)
        if s.role == "train.loss_term" and s.entity == "kl"
        else s
        for s in signals
    ]
