"""Writing verdict and findings to where people already look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from logdoc import model
    from logdoc.api import PathLike

__all__ = ["push"]


def push(
    analysis: model.Analysis,
    *,
    mlflow: str | None = None,
    wandb: PathLike | None = None,
    tensorboard: PathLike | None = None,
) -> list[str]:
    """Write the verdict and the findings of every run to the places that are named.

    Args:
        analysis: what is written.
        mlflow: URI of a tracking store: tags and artifacts of the runs that were read, or of new runs.
        wandb: a folder for offline runs; `wandb sync` uploads them.
        tensorboard: a folder for event files with the report as a text.

    Returns:
        A sentence for everything that was written.

    Raises:
        ConfigError: no place is named, or its client is not installed.
        RenderError: a place could not be written.
    """
    from logdoc.pushing import mlflow as to_mlflow
    from logdoc.pushing import tensorboard as to_tensorboard
    from logdoc.pushing import wandb as to_wandb
    from logdoc.pushing.card import card_of

    if mlflow is None and wandb is None and tensorboard is None:
        raise ConfigError("there is no place to write to", hint="Name --mlflow, --wandb or --tensorboard.")
    cards = [card_of(analysis, run) for run in analysis.runs]
    told: list[str] = []
    if mlflow is not None:
        told += to_mlflow.push(cards, mlflow)
    if wandb is not None:
        told += to_wandb.push(cards, Path(wandb))
    if tensorboard is not None:
        told += to_tensorboard.push(cards, Path(tensorboard))
    return told
