"""Into an offline folder of W&B: a run of the job type ``diagnosis``, in the group of the run that it is about.

`wandb sync` uploads it when somebody wants to; nothing is sent here.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any

from logdoc.errors import ConfigError, RenderError
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.pushing.card import Card

PROJECT = "logdoc"
_TAG_LENGTH = 64  # that W&B takes


def push(cards: Sequence[Card], folder: Path) -> list[str]:
    """Write one offline run a card: its tags, summary values ``logdoc/*``, and the report as an artifact.

    Returns:
        A sentence a card.

    Raises:
        ConfigError: W&B is not installed.
        RenderError: the folder could not be written.
    """
    os.environ.setdefault("WANDB_SILENT", "true")
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # else its client reports its own faults over the network
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its own use of other packages
            import wandb
    except ImportError:
        raise ConfigError("writing for W&B needs wandb", hint="pip install wandb") from None

    folder.mkdir(parents=True, exist_ok=True)
    return [_pushed(wandb, card, folder) for card in cards]


def _pushed(wandb: Any, card: Card, folder: Path) -> str:
    firing = [name for name in card.tags["findings"].split(", ") if name != "none"]
    try:
        run = wandb.init(
            mode="offline",
            dir=str(folder),
            project=PROJECT,
            name=f"{cut(card.run, 100)} (logdoc)",
            group=cut(card.run, 128),
            job_type="diagnosis",
            tags=[tag[:_TAG_LENGTH] for tag in (card.tags["verdict"], *firing)],
            notes=card.summary,
            settings=wandb.Settings(disable_git=True, disable_code=True, x_disable_stats=True, console="off"),
        )
        for name, text in card.tags.items():
            run.summary[f"logdoc/{name}"] = text
        artifact = wandb.Artifact(f"logdoc-{card.name}"[:120], type="diagnosis", description=card.tags["headline"])
        for name, text in (("report.md", card.markdown), ("report.json", card.json)):
            with artifact.new_file(name, encoding="utf-8") as file:
                file.write(text)
        run.log_artifact(artifact)
        run.finish()
    except (OSError, wandb.Error) as error:
        raise RenderError(f"W&B could not write it: {cut(str(error), 300)}", where=str(folder)) from error
    return f"{card.run}: an offline run below {folder}"
