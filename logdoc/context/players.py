"""The two players of a game, under whatever names their losses are logged."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Signal

if TYPE_CHECKING:
    from logdoc.model import Run, Series
    from logdoc.vocabulary.names import Names

_GAMES = ("gan.d_loss", "gan.g_loss", "rl.return")
_PLAYERS = {"discriminator": "gan.d_loss", "generator": "gan.g_loss"}
_OF_A_GAME = ("gan.d_loss", "gan.d_real", "gan.d_fake", "gan.d_accuracy", "gan.d_grad_norm")
_VALUE_OF_A_LOSS = re.compile(r"\bloss[ _]value$", re.IGNORECASE)
_GENERATOR = frozenset(("g", "gen", "generator"))
_SEVERAL = 2  # losses; a single one may be half of a game whose other half is not logged
_RIVALS = frozenset(
    ("d", "da", "db", "dis", "disc", "discriminator", "critic", "adv", "adversarial", "gan", "fake", "real")
)


def add_rivals(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take D and G, dis and gen for the losses of the two players where both are logged and no other loss of theirs is.

    Returns:
        The signals, and the names that are no longer left out.
    """
    if any(s.role in _GAMES or s.role.endswith(".player_loss") for s in signals):
        return signals, set()
    found: dict[str, list[Series]] = {}
    for name, series in run.series.items():
        player = tables.rivals.get(tables.bare(name)[0])
        if player is not None:
            found.setdefault(player, []).append(series)
    _join_halves(found)
    if len(found) < len(_PLAYERS):
        return signals, set()
    added = [
        Signal(_PLAYERS[player], "", series, f"the {player}, beside its rival")
        for player, mine in found.items()
        for series in mine
    ]
    taken = {s.series.name for s in added}
    return [*(s for s in signals if s.series.name not in taken), *added], taken


def add_split_rivals(signals: list[Signal], tables: Names) -> list[Signal]:
    """Take the losses of a player in parts for its loss where the other player's is known: ``d_X_loss`` and
    ``d_Y_loss`` of two domains beside ``g_loss``, ``D_loss_real`` and ``D_loss_fake``. The parts stay what they are.
    """
    roles = {s.role for s in signals}
    if "rl.return" in roles or set(_PLAYERS.values()) <= roles:
        return signals
    found: dict[str, list[Series]] = {}
    for signal in signals:
        player = tables.rivals.get(signal.entity) if signal.role == "train.player_loss" else None
        if player is not None and len(signal.series):
            found.setdefault(player, []).append(signal.series)
    _join_halves(found)
    missing = {player for player, role in _PLAYERS.items() if role not in roles}
    if not missing <= found.keys():
        return signals
    added = [
        Signal(_PLAYERS[player], "", _mean(found[player]), f"the {player}, beside its rival")
        for player in _PLAYERS
        if player in missing
    ]
    return [*signals, *added]


def _mean(parts: list[Series]) -> Series:
    """Return the mean of the losses of one player, the first where they are of other steps."""
    first = parts[0]
    if len(parts) == 1 or not all(np.array_equal(part.steps, first.steps) for part in parts[1:]):
        return first
    name = f"mean of {', '.join(part.name for part in parts)}"
    return dataclasses.replace(first, name=name, values=np.mean([part.values for part in parts], axis=0))


def add_game_terms(signals: list[Signal], run: Run, tables: Names) -> tuple[list[Signal], set[str]]:
    """Take bare words for terms of the generator's loss where both players are logged: cycle_A, idt_B of CycleGAN.

    Returns:
        The signals, and the names that are no longer left out.
    """
    if not {"gan.d_loss", "gan.g_loss"} <= {s.role for s in signals}:
        return signals, set()
    known = {s.series.name for s in signals}
    named = [(tables.bare(name)[0], series) for name, series in run.series.items() if name not in known]
    added = [
        Signal("train.player_loss", word, series, "a term of the generator's loss")
        for word, series in named
        if word in tables.game_terms
    ]
    return [*signals, *added], {s.series.name for s in added}


def place_penalties(signals: list[Signal]) -> list[Signal]:
    """Give a penalty to the player it belongs to where a discriminator is trained: the gradients of D are penalised by
    R1, the path lengths of G by another, and neither is a term of a loss that the two have in common.
    """
    rivals = any(
        s.role in _OF_A_GAME or (s.role == "train.player_loss" and _RIVALS.intersection(s.entity.split()))
        for s in signals
    )
    if not rivals:
        return signals
    why = "a penalty of one of the players, no term of a loss of both"
    return [
        dataclasses.replace(s, role="train.player_loss", why=why)
        if s.role == "train.loss_term" and "penalty" in s.entity.split()
        else s
        for s in signals
    ]


def settle_lone_generator(signals: list[Signal], run: Run, tables: Names) -> list[Signal]:
    """Take the loss of G for the loss where nothing of a rival is logged: G is the whole network then, and several
    losses of G alone, none of them of a rival's judgement, are terms of what it is trained on.
    """
    if any(s.role in _OF_A_GAME for s in signals):
        return signals
    if not any(s.role == "gan.g_loss" for s in signals):
        return _terms_of_lone_generator(signals, run, tables)
    tokens = {token for name in run.series for token in tables.tokens(name)}
    if tokens & _RIVALS or any(s.role == "train.loss" for s in signals):
        return signals
    # The loss of G and nothing else may be half of a game whose other half is not logged.
    if all(s.role in ("gan.g_loss", "log.epoch") for s in signals):
        return signals
    why = "G stands alone: no loss of a discriminator is logged"
    return [dataclasses.replace(s, role="train.loss", why=why) if s.role == "gan.g_loss" else s for s in signals]


def settle_lone_value(signals: list[Signal]) -> list[Signal]:
    """Take ``loss value`` for the loss where nothing else of an agent is logged: the words say that it is the value of
    a loss. Where a loss of its policy or a return is logged, it is that of the value function.
    """
    told = [s for s in signals if s.role.endswith((".loss", ".player_loss", ".loss_term")) or s.role.startswith("rl.")]
    if not told or any(s.role != "train.player_loss" or _VALUE_OF_A_LOSS.search(s.series.name) is None for s in told):
        return signals
    why = "the value of the loss: nothing of a policy is logged"
    return [dataclasses.replace(s, role="train.loss", entity="", why=why) if s in told else s for s in signals]


def _terms_of_lone_generator(signals: list[Signal], run: Run, tables: Names) -> list[Signal]:
    """Take ``G/loss_rec`` and ``G/loss_code`` for terms of the loss where all are of G and none is of a rival."""
    terms = [s for s in signals if s.role == "train.player_loss"]
    known = any(s.role.endswith(".loss") or s.role.startswith("rl.") for s in signals)
    if len(terms) < _SEVERAL or known or not all(_GENERATOR.intersection(s.entity.split()) for s in terms):
        return signals
    if any(_RIVALS.intersection(tables.tokens(name)) for name in run.series):
        return signals
    why = "one term of the loss of G, which stands alone: no loss of a discriminator is logged"
    return [
        dataclasses.replace(s, role="train.loss_term", why=why) if s.role == "train.player_loss" else s for s in signals
    ]


def _join_halves(found: dict[str, list[Series]]) -> None:
    """Make one loss of a discriminator of its loss on real and its loss on generated samples."""
    real, fake = found.pop("real", []), found.pop("fake", [])
    if "discriminator" in found or len(real) != 1 or len(fake) != 1 or not np.array_equal(real[0].steps, fake[0].steps):
        return
    name = f"{real[0].name} + {fake[0].name}"
    found["discriminator"] = [dataclasses.replace(real[0], name=name, values=real[0].values + fake[0].values)]
