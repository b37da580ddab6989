"""``logdoc.json``, which the companion hook writes beside its log: settings, the model, how the run ended, and the
order of the layers.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.documents import load_json
from logdoc.errors import LogdocError
from logdoc.model import Defect
from logdoc.model.notes import ENDED, SETTINGS, UNFINISHED
from logdoc.readers.beside import names_in
from logdoc.readers.files import NotRegularError, read_regular, shown_relative
from logdoc.readers.noticing import looked_for
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from logdoc.model import ConfigValue, Run

SIDECAR = "logdoc.json"
_TEXT_TAG = "logdoc/text_summary"
_SCHEMA = "logdoc-log/"
_MAX_SIZE = 8 << 20
_MOST_NAMES = 24
_ENDS = {"exception": "the training ended with an exception", "signal": "the training was ended by a signal", "nan": ""}
_CLOSED = ("ok", "nan")  # of a training that ended by itself, whatever its last loss was
_UNFINISHED = {
    "running": "the training ended without closing its log: it was killed, or it still runs",
    "unfinished": "the program ended before the training did",
}


def closed(folder: Path) -> bool:
    """Tell whether the sidecar in a folder says that the training came to its end and closed its log."""
    try:
        text = read_regular(folder / SIDECAR, _MAX_SIZE).decode("utf-8", "replace")
        content = load_json(text, where=SIDECAR)
    except (OSError, LogdocError):
        return False
    return isinstance(content, dict) and _part(content, "exit").get("kind") in _CLOSED


def described(run: Run, folder: Path, root: Path) -> Run:
    """Return the run with what the sidecar in its folder says; without one, with what the log itself holds of it;
    else as it is.

    Args:
        run: as its reader made it.
        folder: where its first file lies.
        root: what reported paths are relative to.
    """
    shown = shown_relative(folder / SIDECAR, root)
    sources: tuple[str, ...] = (shown,)
    listed = names_in(os.fspath(folder))
    try:
        if listed is not None and not listed.may_hold(SIDECAR):
            looked_for(os.fspath(folder), (SIDECAR,))
            raise FileNotFoundError
        text = read_regular(folder / SIDECAR, _MAX_SIZE + 1).decode("utf-8", "replace")
    except (FileNotFoundError, NotRegularError, NotADirectoryError, IsADirectoryError):
        text, sources, shown = run.texts.get(_TEXT_TAG, ""), (), run.sources[0] if run.sources else run.id
    except OSError as error:
        return replace(
            run,
            defects=(
                *run.defects,
                Defect(shown, f"could not be read: {error.strerror or type(error).__name__}", id=SETTINGS),
            ),
        )
    if not text:
        return run
    try:
        content = load_json(text, where=shown) if len(text) <= _MAX_SIZE else None
    except LogdocError as error:
        return replace(
            run, defects=(*run.defects, Defect(shown, f"the description of the run is damaged: {error}", id=SETTINGS))
        )
    if not isinstance(content, dict) or not str(content.get("schema", "")).startswith(_SCHEMA):
        return run
    depth = _depth(content)
    return replace(
        run,
        sources=(*run.sources, *sources),
        series={name: run.series[name] for name in sorted(run.series, key=lambda name: _place(name, depth))}
        if depth
        else run.series,
        config={**_settings(content), **run.config},
        texts={name: text for name, text in run.texts.items() if name != _TEXT_TAG},
        defects=(*run.defects, *_end(content, shown)),
    )


def _part(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = content.get(name)
    return part if isinstance(part, dict) else {}


def _list(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    part = content.get(name)
    return [item for item in part if isinstance(item, dict)] if isinstance(part, list) else []


def _settings(content: Mapping[str, Any]) -> dict[str, ConfigValue]:
    """Return the settings by the names that configurations use, and what the model says of itself."""
    stated = {**_part(content, "task"), **_part(content, "data"), **_part(content, "meta")}
    # What the hook computed itself, and what is the same in every run, is no setting.
    settings = {k: v for k, v in stated.items() if k not in ("chance_loss", "world_size")}
    if stated.get("world_size") not in (None, 1):
        settings["world_size"] = stated["world_size"]
    settings["seed"] = settings.get("seed", content.get("seed"))
    settings["precision"] = settings.get("precision", content.get("amp") or None)
    for key, value in _optimizer(content).items():
        settings.setdefault(key, value)
    model = _part(content, "model")
    parameters = _list(model, "params")
    missing = [
        str(p.get("name"))
        for p in parameters
        if p.get("requires_grad") and p.get("in_optimizer") is False and "tied_to" not in p
    ]
    frozen = [p for p in parameters if p.get("requires_grad") is False]
    settings.update(
        parameters=model.get("parameters"),
        trainable_parameters=model.get("trainable"),
        frozen_tensors=len(frozen) or None,
    )
    if any("in_optimizer" in p for p in parameters):
        more = f" and {len(missing) - _MOST_NAMES} more" if len(missing) > _MOST_NAMES else ""
        settings["not_in_optimizer"] = ", ".join(missing[:_MOST_NAMES]) + more if missing else "none"
        settings["not_in_optimizer_count"] = len(missing)
        settings["in_optimizer_count"] = sum(p.get("in_optimizer") is True for p in parameters)
    return {str(k): v for k, v in settings.items() if isinstance(v, (bool, int, float, str)) and v != ""}


def _optimizer(content: Mapping[str, Any]) -> dict[str, Any]:
    listed = _list(content, "optimizer")
    first = listed[0] if listed else _part(content, "optimizer")
    groups = _list(first, "groups") or [first]
    main = max(groups, key=lambda group: group["parameters"] if isinstance(group.get("parameters"), int) else 0)
    found = {"optimizer": first.get("class"), "lr": main.get("initial_lr", main.get("lr"))}
    for key in ("weight_decay", "momentum", "nesterov"):
        if main.get(key):
            found[key] = main[key]
    betas = main.get("betas")
    if isinstance(betas, list) and len(betas) == 2:
        found["beta1"], found["beta2"] = betas
    return {k: v for k, v in found.items() if v is not None}


def _depth(content: Mapping[str, Any]) -> dict[str, int]:
    return {
        str(m["name"]): m["depth"]
        for m in _list(_part(content, "model"), "modules")
        if isinstance(m.get("depth"), int) and "name" in m
    }


def _place(name: str, depth: Mapping[str, int]) -> tuple[int, int]:
    """Sort layers by the order in which they are computed; what belongs to no known module comes first, in the order of
    the log.
    """
    _, slash, entity = name.partition("/")
    while slash and entity:
        if entity in depth:
            return (1, depth[entity])
        entity = entity.rpartition(".")[0]
    return (0, 0)


def _end(content: Mapping[str, Any], shown: str) -> list[Defect]:
    ending = _part(content, "exit")
    kind, text = str(ending.get("kind", "")), cut(str(ending.get("text", "")), 300)
    if kind in _UNFINISHED:
        return [Defect(shown, _UNFINISHED[kind], id=UNFINISHED)]
    what = _ENDS.get(kind, "")
    return [Defect(shown, f"{what}: {text}" if text else what, ended=True, id=ENDED)] if what else []
