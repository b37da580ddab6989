"""The naming tables of `rules/_names/`, how people call things, read from their files: once, or from the cache."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.documents import load_yaml
from logdoc.errors import RuleError, RuleErrors
from logdoc.resources import bundled, walk
from logdoc.resources.store import remembered
from logdoc.vocabulary.names import LayerPattern, Names, cut_name
from logdoc.vocabulary.tables import table_faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable


def load_names(folder: Traversable | None = None) -> Names:
    """Read the naming tables from `folder` (default: the bundled `rules/_names`).

    Raises:
        RuleError: a table is missing a key, is not of the expected form, or names what the registry does not have.
    """
    return _read(folder) if folder is not None else _bundled_names()


@lru_cache(maxsize=1)
def _bundled_names() -> Names:
    return remembered("names", [bundled("rules")], lambda: _read(bundled("rules") / "_names"))


def _read(folder: Traversable) -> Names:
    documents = {
        path.removesuffix(".yaml"): load_yaml(file.read_text(encoding="utf-8"), where=f"rules/_names/{path}")
        for path, file in walk(folder, ".yaml")
    }
    try:
        faults = table_faults(documents)
        names = _assemble({name: document.data for name, document in documents.items()})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RuleError(
            f"a naming table is not of the expected form: {error!r}",
            where="rules/_names",
            hint="Compare it with the bundled one.",
        ) from error
    if faults:
        raise RuleErrors(faults)
    return names


def _assemble(tables: dict[str, Any]) -> Names:
    tokens, quantities, layers = tables["tokens"], tables["quantities"], tables["layers"]
    compounds = {k: tuple(v) for k, v in tokens["compounds"].items()}

    def cut(text: object) -> tuple[str, ...]:
        return tuple(part for word in cut_name(str(text)) for part in compounds.get(word, (word,)))

    phrases: dict[tuple[str, ...], tuple[str, str]] = {}
    for entry in quantities["quantities"]:
        for phrase in entry["phrases"]:
            phrases[cut(phrase)] = (entry["role"], entry.get("default", "train"))
    return Names(
        splits={word: split for split, words in tokens["splits"].items() for word in words},
        grains={word: grain for grain, words in tokens["granularity"].items() for word in words},
        fillers=frozenset(tokens["fillers"]),
        compounds=compounds,
        phrases=phrases,
        scores=frozenset(str(t).lower() for t in quantities["scores"]),
        errors=frozenset(str(t).lower() for t in quantities["errors"]),
        players=frozenset(str(t).lower() for t in quantities["players"]),
        exact={name.lower(): (entry["role"], entry.get("why", "")) for name, entry in tables["exact"]["names"].items()},
        scalars=tuple(
            _pattern(entry["role"], entry["entity"], p) for entry in layers["scalars"] for p in entry["patterns"]
        ),
        histograms=tuple(
            _pattern(entry["kind"], entry["entity"], p) for entry in layers["histograms"] for p in entry["patterns"]
        ),
        config={fact: tuple(keys) for fact, keys in tables["config"]["facts"].items()},
        tasks=tuple(tables["tasks"]["tasks"]) if "tasks" in tables else (),
        learners=tuple(tables["tasks"]["learners"]) if "tasks" in tables else (),
        weights={key: tuple(words) for key, words in tables["config"]["weights"].items()},
        passes={key: frozenset(words) for key, words in tables["config"]["passes"].items()},
        spreads=frozenset(quantities["spreads"]),
        scores_alone=frozenset(quantities["scores_alone"]),
        no_scores=tuple(quantities["no_scores"]),
        errors_of_samples=frozenset(quantities["errors_of_samples"]),
        groups=frozenset(tokens["groups"]),
        not_terms=tuple(quantities["not_terms"]),
        fronts=tuple(tokens["fronts"]),
        short_losses=frozenset(tokens["short_losses"]),
        joints={where: tuple(words) for where, words in tokens["joints"].items()},
        words=_known_words(tokens, quantities, phrases),
        unspaced=frozenset(word for word in (*compounds, *tokens["fillers"]) if not str(word).isascii()),
        minimised=tuple((entry["as"], tuple(entry.get("words", ()))) for entry in tables["alone"]["minimised"]),
        returns=frozenset(tables["alone"]["returns"]),
        mean_return=(tables["alone"]["scores"]["mean"], frozenset(tables["alone"]["scores"]["beside"])),
        bare_terms=tuple(frozenset(words) for words in tables["alone"]["terms"].values()),
        box_terms=tuple(frozenset(words) for words in tables["alone"]["boxes"].values()),
        wholes=frozenset(tables["alone"]["wholes"]),
        gradient=frozenset(tables["alone"]["gradient"]),
        normalised=frozenset(tables["alone"]["normalised"]),
        settings=frozenset(tokens["settings"]),
        rivals={
            word: player for player, words in tables["alone"]["players"].items() for word in words if player != "terms"
        },
        game_terms=frozenset(tables["alone"]["players"]["terms"]),
    )


def _known_words(
    tokens: Mapping[str, Any], quantities: Mapping[str, Any], phrases: Iterable[tuple[str, ...]]
) -> frozenset[str]:
    """Every word of the tables: none of them is two written together."""
    known = {word for phrase in phrases for word in phrase} | set(tokens["fillers"])
    known |= {word for table in ("splits", "granularity") for words in tokens[table].values() for word in words}
    known |= {str(word).lower() for table in ("scores", "errors", "players", "spreads") for word in quantities[table]}
    return frozenset(known)


def _pattern(kind: str, entity: str, text: str) -> LayerPattern:
    mark, stands_for = ("{index}", r"\d+") if "{index}" in text else ("{entity}", ".+")
    before, _, after = text.partition(mark)
    return LayerPattern(kind, entity, before.lower(), stands_for, after.lower())
