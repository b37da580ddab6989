"""Measures that the families of part a log, from predictions and truths."""

from __future__ import annotations

import torch
from torch import Tensor


def auc(score: Tensor, y: Tensor) -> float:
    """Return the area under the ROC curve; without one of the classes one half."""
    up, down = score[y > 0.5], score[y <= 0.5]
    if not len(up) or not len(down):
        return 0.5
    gaps = up[:, None] - down[None]
    return ((gaps > 0).float() + 0.5 * (gaps == 0).float()).mean().item()


def concordance(risk: Tensor, when: Tensor, event: Tensor) -> float:
    """Return the C-index: how often who dies first of two has the higher risk."""
    counted = (when[:, None] < when[None]) & (event[:, None] > 0.5)
    right = (risk[:, None] > risk[None]).float() + 0.5 * (risk[:, None] == risk[None]).float()
    return (right * counted).sum().item() / max(1, int(counted.sum()))


def recall_at_1(made: Tensor, who: Tensor) -> float:
    """Return how often the nearest other picture shows the same person; rows of `made` have length one."""
    near = made @ made.T
    near.fill_diagonal_(-9.0)
    return (who[near.argmax(1)] == who).float().mean().item()


def neighbours(bank: Tensor, known: Tensor, asked: Tensor, truth: Tensor, k: int = 5) -> float:
    """Return the accuracy of the k nearest neighbours by cosine."""
    bank, asked = torch.nn.functional.normalize(bank, dim=1), torch.nn.functional.normalize(asked, dim=1)
    votes = known[(asked @ bank.T).topk(k, dim=1).indices]
    return (votes.mode(1).values == truth).float().mean().item()


def gini(score: Tensor, y: Tensor) -> float:
    """Return the normalised Gini coefficient of a ranking of claims."""

    def area(by: Tensor) -> float:
        share = y[torch.argsort(by, descending=True, stable=True)].cumsum(0) / y.sum().clamp(min=1e-9)
        return share.mean().item() - 0.5

    return area(score) / area(y)
