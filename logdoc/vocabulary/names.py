"""What a logged name means, by the naming tables of `rules/_names/`, which `loading` reads.

This module turns one logged name into a role; it knows nothing of values or runs (that is `roles`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from logdoc.vocabulary.entries import Role

# Scripts that put no blanks between words: Chinese characters, kana, Hangul.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+)")
_CUT = re.compile(r"[/_\-.:@()\[\]\s\uff08\uff09\uff1a]+|(?<=[a-z])(?=[A-Z][a-z])")
# XGBoost and LightGBM name a set by its number: validation_0-rmse, valid_1's auc, in a console valid_1 auc.
_BOOSTED = re.compile(r"^(train|training|validation|valid|eval|test)(?:(?:_\d+)?(?:-|'s )|_\d+ )", re.IGNORECASE)
_HELD_OUT = ("val", "test")
_OF_TRAINING = ("pref.",)  # what a table of training shows; evaluations log the same under names of their own
_WHOLE = frozenset(
    {"total", "global", "all", "overall", "model"}
)  # where a parameter's name would stand: the norm of all of them


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means.

    Attributes:
        role: ``train.loss`` ...; empty when the name is known and left out on purpose.
        entity: parameter, module, term or metric; empty for a role that a run has once.
        why: the reason, for `logdoc inspect`.
        rank: the smaller, the more exactly the name fits.
        grain: "step" or "epoch" when the name says how often it is logged.
    """

    role: str
    entity: str = ""
    why: str = ""
    rank: int = 0
    grain: str = ""


@dataclass(frozen=True, slots=True)
class LayerPattern:
    """A name with a parameter or module in it; `kind` is a role for scalars, "grad", "act" or "weight" for
    histograms.
    """

    kind: str
    entity: str
    before: str
    stands_for: str
    after: str

    def match(self, name: str, lower: str) -> re.Match[str] | None:
        """Return the match of a whole name, case aside; `entity` is its group.

        Args:
            name: as logged.
            lower: the same in small letters where it is ASCII, else empty: most names begin or end in another way,
                and need no pattern to tell.
        """
        if lower and not (lower.startswith(self.before) and lower.endswith(self.after)):
            return None
        return _compiled(f"{re.escape(self.before)}(?P<entity>{self.stands_for}){re.escape(self.after)}").fullmatch(
            name
        )


_MOST_KNOWN = 4_096  # names that are kept for the next run, in which most are the same
_MOST_STRIPPED = 200_000  # and while a run is understood, where each is asked for several times
_TWINS = 3  # measures of which each is logged under its name and behind a letter
_LONGEST_KNOWN = 200


@dataclass(frozen=True, slots=True)
class Names:
    """All tables of `rules/_names/`, and what names were found to mean by them."""

    splits: Mapping[str, str]
    grains: Mapping[str, str]
    fillers: frozenset[str]
    compounds: Mapping[str, tuple[str, ...]]
    phrases: Mapping[tuple[str, ...], tuple[str, str]]
    scores: frozenset[str]
    errors: frozenset[str]
    players: frozenset[str]
    exact: Mapping[str, tuple[str, str]]
    scalars: tuple[LayerPattern, ...]
    histograms: tuple[LayerPattern, ...]
    config: Mapping[str, tuple[str, ...]]
    tasks: tuple[Mapping[str, Any], ...] = ()
    learners: tuple[Mapping[str, Any], ...] = ()
    weights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    spreads: frozenset[str] = frozenset()
    scores_alone: frozenset[str] = frozenset()
    no_scores: tuple[str, ...] = ()
    errors_of_samples: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    not_terms: tuple[str, ...] = ()
    fronts: tuple[str, ...] = ()
    short_losses: frozenset[str] = frozenset()
    joints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    unspaced: frozenset[str] = frozenset()
    minimised: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rivals: Mapping[str, str] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()
    mean_return: tuple[str, frozenset[str]] = ("", frozenset())
    bare_terms: tuple[frozenset[str], ...] = ()
    box_terms: tuple[frozenset[str], ...] = ()
    wholes: frozenset[str] = frozenset()
    gradient: frozenset[str] = frozenset()
    normalised: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()
    game_terms: frozenset[str] = frozenset()
    heads: tuple[str, ...] = field(init=False, repr=False, compare=False)
    tails: tuple[str, ...] = field(init=False, repr=False, compare=False)
    meanings: dict[str, Meaning | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    stripped: dict[str, tuple[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Gather how names with a layer in them begin or end: most names do neither."""
        object.__setattr__(self, "heads", tuple({one.before for one in self.scalars if one.before}))
        object.__setattr__(self, "tails", tuple({one.after for one in self.scalars if not one.before}))

    def forget(self) -> None:
        """Drop what is known of names once it is much: the next run has others."""
        if len(self.stripped) > _MOST_KNOWN:
            self.stripped.clear()

    def with_roles(self, roles: Iterable[Role]) -> Names:
        """Return the tables with the whole names that roles of the registry list."""
        more = {
            name.lower(): (role.id, "a name that the vocabulary lists")
            for role in roles
            if not role.per and not role.renamed_to
            for name in role.names
        }
        return replace(self, exact={**self.exact, **more}) if more else self

    def tokens(self, name: str) -> list[str]:
        """Cut a name into lower-case tokens, compounds taken apart: ``Train/gradNorm`` -> train, grad, norm."""
        found: list[str] = []
        front = next((front for front in self.fronts if name.startswith(front) and name != front), "")
        for word in cut_name(_BOOSTED.sub(r"\1 ", name.removeprefix(front))):
            found.extend(self._taken_apart(word))
        if "l" in found[:2] and not self.short_losses.isdisjoint(found):
            found[found.index("l")] = "loss"
        return found

    def _taken_apart(self, word: str) -> Iterable[str]:
        """Take apart a word between blanks; one in a script without blanks may hold several: 验证集平均loss."""
        if word.isascii() or word in self.compounds:
            return self.compounds.get(word) or self._apart(word)
        found: list[str] = []
        for place, run in enumerate(_UNSPACED.split(word)):
            if run:
                found.extend(self._in_a_row(run) if place % 2 else self.compounds.get(run) or self._apart(run))
        return found

    def _in_a_row(self, run: str) -> Iterable[str]:
        """Take words written without blanks apart, the longest known one first; what is between them stays whole."""
        at = unknown = 0
        while at < len(run):
            end = next((i for i in range(len(run), at, -1) if run[at:i] in self.unspaced), 0)
            if end:
                yield from [run[unknown:at]] if unknown < at else []
                yield from self.compounds.get(run[at:end], (run[at:end],))
                unknown = end
            at = end or at + 1
        yield from [run[unknown:]] if unknown < len(run) else []

    def _apart(self, token: str) -> tuple[str, ...]:
        """Take apart what was written together with a known word: totalloss -> total, loss; ctcloss -> ctc, loss."""
        if token in self.words or not token.isalnum():
            return (token,)
        for word in self.joints.get("behind", ()):
            rest = token.removesuffix(word)
            if rest != token and len(rest) > 1:
                return (*self._apart(rest), word)
        for word in self.joints.get("before", ()):
            rest = token.removeprefix(word)
            if rest != token and rest in self.words and len(rest) > 1:
                return (word, rest)
        return (token,)

    @staticmethod
    def spoken(names: Collection[str]) -> dict[str, str]:
        """Return the names of numbered sets, and of sets that a letter names, as the names of what they are.

        XGBoost's wrapper calls the sets it evaluates validation_0, validation_1; of two or more the first is the
        training set, as in the example of its documentation.
        """
        twins = {name: name[2:] for name in names if name.startswith("v_") and name[2:] in names}
        if len(twins) >= _TWINS:  # v_loss, v_acc, v_kl beside loss, acc, kl; one is of a value function
            return {name: f"val_{measure}" for name, measure in twins.items()}
        heads = {name.partition("-")[0].lower() for name in names if "-" in name}
        if not {"validation_0", "validation_1"} <= heads or heads & {"train", "training"}:
            return {}
        return {n: f"train-{n.partition('-')[2]}" for n in names if n.lower().startswith("validation_0-")}

    def bare(self, name: str) -> tuple[str, str]:
        """Return what is left of a name without split, granularity and fillers, and its split.

        Where nothing else is left the fillers stay: ``objective`` alone.
        """
        found = self.stripped.get(name)
        if found is None:
            found = self._stripped(name)
            if len(name) <= _LONGEST_KNOWN and len(self.stripped) < _MOST_STRIPPED:
                self.stripped[name] = found
        return found

    def _stripped(self, name: str) -> tuple[str, str]:
        tokens = self.tokens(name)
        split = next((self.splits[t] for t in tokens if t in self.splits), "")
        plain = [t for t in tokens if t not in self.splits and t not in self.grains]
        rest = [t for t in plain if t not in self.fillers] or plain or tokens
        return " ".join(rest), split

    def meaning(self, name: str) -> Meaning | None:
        """Return what a scalar's name means, or None when no table knows it."""
        if name in self.meanings:
            return self.meanings[name]
        found = self._meaning(name)
        if len(name) <= _LONGEST_KNOWN and len(self.meanings) < _MOST_KNOWN:
            self.meanings[name] = found
        return found

    def _meaning(self, name: str) -> Meaning | None:
        exact = self.exact.get(name.strip().lower())
        if exact is not None:
            role, why = exact
            return Meaning(role, why=why or "a name with a fixed meaning")
        head, slash, rest = name.partition("/")
        without_split = rest if slash and head.lower() in self.splits else name
        lower, rest_lower = _small(name), _small(without_split)
        for layer in self.scalars if self._may_have_layer(lower) or self._may_have_layer(rest_lower) else ():
            match = layer.match(name, lower) or (without_split != name and layer.match(without_split, rest_lower))
            if match and not (layer.kind == "grad_norm" and match["entity"].lower() in _WHOLE):
                return Meaning(layer.kind, match["entity"], f"{layer.entity} in the name")
        return self._by_tokens(name)

    def _may_have_layer(self, lower: str) -> bool:
        return not lower or lower.startswith(self.heads) or lower.endswith(self.tails)

    def histogram(self, name: str) -> tuple[str, str] | None:
        """Return ("grad" | "act" | "weight", entity) for a histogram's name, or None."""
        lower = _small(name)
        for layer in self.histograms:
            match = layer.match(name, lower)
            if match:
                whole = not layer.before and layer.kind == "weight"
                return layer.kind, name.removesuffix("/histogram") if whole else match["entity"]
        return None

    def _by_tokens(self, name: str) -> Meaning | None:
        tokens = self.tokens(name)
        split = next((self.splits[t] for t in tokens if t in self.splits), "")
        grain = next((self.grains[t] for t in tokens if t in self.grains), "")
        plain = [t for t in tokens if t not in self.splits]
        coarse = [t for t in plain if t not in self.grains]
        bare = [t for t in coarse if t not in self.fillers]
        for rank, rest in enumerate((plain, coarse, bare)):
            known = self.phrases.get(tuple(rest))
            said = " ".join(rest)
            if known and not (split and len(said) == 1):  # the r of a monitor is a return, the R of a validation recall
                role, default = known
                if split in _HELD_OUT and role.startswith(_OF_TRAINING):
                    break  # a metric of validation, beside that of training
                return Meaning(
                    role.format(split=split or default),
                    "",
                    f"'{said}'" + (f" of {split}" if split else ""),
                    rank,
                    grain,
                )
        machine = self.phrases.get(tuple(plain[1:])) if plain and plain[0] in self.groups else None
        if machine is not None and machine[0].startswith("perf."):
            return Meaning(machine[0], "", f"'{' '.join(plain[1:])}'", 1, grain)
        return self._term_or_metric(split, bare or coarse, grain)

    def _is_spread(self, rest: list[str]) -> bool:
        if rest[:1] == ["loss"]:  # a std_loss is a term, a loss_std is none, nor is a loss/scores/std
            return len(rest) > 1 and rest[-1] in self.spreads
        if "loss" in rest[:-1] and rest[-1] in self.spreads:  # update/loss/std
            return True
        return any(t in self.spreads for t in rest) and (_names_one(self.scores, rest) or _names_one(self.errors, rest))

    def _term_or_metric(self, split: str, rest: list[str], grain: str) -> Meaning | None:
        if self._is_spread(rest):
            return Meaning(
                "", why="the spread of a loss, a score or an error, or how many there were, which is none itself"
            )
        if len(rest) > 1 and "loss" in rest:
            words = rest[1:] if rest[0] == "loss" else [t for i, t in enumerate(rest) if i != rest.index("loss")]
            term = " ".join(words)
            if any(f" {said} " in f" {' '.join(rest)} " for said in self.not_terms):
                return Meaning("", why=f"something about a loss ({term}), no term of it")
            if any(word in self.players for word in words):
                return Meaning(
                    f"{split or 'train'}.player_loss",
                    term,
                    "the loss of one network of a GAN, or of policy or value function in RL",
                    1,
                    grain,
                )
            return Meaning(f"{split or 'train'}.loss_term", term, "one term of the loss", 1, grain)
        said = " ".join(rest)
        if len(rest) > 1 and rest[0] in self.settings:
            return None  # a number that is searched for, whatever its name ends in: weights/dist_max
        if said in self.no_scores:
            return Meaning("", why="the implicit reward of one answer of a pair, no score; the margin tells them apart")
        alone = rest[:1] and rest[0] in self.scores_alone and all(t.isdigit() for t in rest[1:])
        scores = alone or _names_one(self.scores, rest)
        if scores or (rest and split in ("val", "test") and rest[-1] == "score"):
            return Meaning(f"{split or 'val'}.metric", said, "larger is better", 1, grain)
        if any(t in self.errors_of_samples for t in rest):
            return Meaning(f"{split or 'val'}.error", said, "smaller is better", 1, grain)
        if rest and _names_one(self.errors, rest):
            return Meaning(f"{split or 'train'}.error", said, "smaller is better", 1, grain)
        return None


def cut_name(name: str) -> list[str]:
    """Cut a name into words in lower case, by signs between them and by capitals: ``Train/gradNorm`` -> train, grad,
    norm.
    """
    return [word.lower() for word in _CUT.split(name) if word]


def _names_one(measures: frozenset[str], tokens: list[str]) -> bool:
    """Whether one of the measures, a word or several words in a row, stands in the tokens of a name."""
    if not measures.isdisjoint(tokens):
        return True
    said = f" {' '.join(tokens)} "
    return any(f" {measure} " in said for measure in measures if " " in measure)


def _small(name: str) -> str:
    return name.lower() if name.isascii() else ""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
