"""Configuration files beside a log: hyper-parameters as flat ``key -> value``."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from logdoc.documents import flatten, load_config_yaml, load_json
from logdoc.errors import LogdocError
from logdoc.model import Defect
from logdoc.model.notes import SETTINGS
from logdoc.readers.beside import names_in
from logdoc.readers.dumps import settings_of_arguments
from logdoc.readers.files import NotRegularError, read_regular, shown_relative
from logdoc.readers.loose_settings import may_be_of_launcher, of_launcher, settings_of, tells_rate
from logdoc.readers.noticing import looked_at, looked_for, looked_into

if TYPE_CHECKING:
    from pathlib import Path

    from logdoc.model import ConfigValue
    from logdoc.readers.beside import Names

MAX_SIZE = 1 << 20
_STEMS: tuple[str, ...] = (
    *("hparams", "config", "args", "params", "hyperparameters", "training_args", "opt", "hyp", "arguments"),
    *("hyperparams", "cfg", "conf", "settings", "options", "flags", "train_args", "train_config"),
)
_SUFFIXES = (".yaml", ".yml", ".json")
_OVERRIDES = ".hydra/overrides.yaml"
_PICKLED = "training_args.bin"
_LOGS = re.compile(r"logs?|tb|tb_logs|tensorboard|events?|csv_logs|metrics|train|val|validation|eval|test")
CONFIG_NAMES = tuple(stem + suffix for stem in _STEMS for suffix in _SUFFIXES)
_NAMES = (*CONFIG_NAMES[:3], ".hydra/config.yaml", *CONFIG_NAMES[3:], _OVERRIDES)
_FIRST_PARTS = frozenset(name.partition("/")[0] for name in (*_NAMES, _PICKLED))


def is_config_name(name: str) -> bool:
    """Tell whether a file of this name is read as the configuration of the logs beside it."""
    return name.lower() in CONFIG_NAMES


def read_beside(
    folder: Path, root: Path | None = None
) -> tuple[dict[str, ConfigValue], tuple[str, ...], tuple[Defect, ...]]:
    """Return the configuration that lies in `folder`, the files it comes from, and what was wrong with them.

    Files are taken in the order ``hparams``, ``.hydra/config.yaml``, ``config``, ``args``, ``params`` ...; the first
    to name a key wins.
    Nested keys are joined with a point, lists of more than 16 items are skipped, and nothing in a file is ever
    executed.
    Where the folder holds none and its name says that it holds logs, the folder around it counts. Of a run started by
    Hydra the overrides stand for a configuration that is not there. Where no file tells a learning rate, files under
    names of their own count: ``sft.yaml``, ``train.sh``.
    `root` is the folder that reported paths are relative to (default: `folder`); nothing above it is read.
    """
    found = _read_beside(folder, root)
    inside = root is not None and folder != root and folder.is_relative_to(root)
    if found[0] or not inside or not _LOGS.fullmatch(folder.name.lower()):
        return found
    around = _read_beside(folder.parent, root)
    return around if around[0] else found


def _read_beside(folder: Path, root: Path | None) -> tuple[dict[str, ConfigValue], tuple[str, ...], tuple[Defect, ...]]:
    config: dict[str, ConfigValue] = {}
    sources: list[str] = []
    defects: list[Defect] = []
    beside = os.fspath(folder)
    listed = names_in(beside)
    looked_for(beside, _FIRST_PARTS)
    nothing = listed is not None and listed.lower.isdisjoint(_FIRST_PARTS)
    for name in () if nothing else _NAMES:
        if listed is not None and not listed.may_hold(name.partition("/")[0]):
            continue
        looked_at(place := f"{beside}{os.sep}{name}")
        if not os.path.lexists(place):
            continue
        path = folder / name
        shown = shown_relative(path, root if root is not None else folder)
        try:
            text = _read_text(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            defects.append(
                Defect(
                    shown, f"the configuration could not be read: {error.strerror or type(error).__name__}", id=SETTINGS
                )
            )
            continue
        if text is None:
            defects.append(
                Defect(shown, f"the configuration is larger than {MAX_SIZE} bytes and was not read", id=SETTINGS)
            )
            continue
        flat, notes = _parse(text, name, shown)
        sources.append(shown)
        defects.extend(
            Defect(shown, f"configuration: {note}", id=SETTINGS)
            for note in [n for n in notes if not n.endswith("is not read.")][:5]
        )
        for key, value in flat.items():
            config.setdefault(key, value)
    if listed is not None:
        loose, files = _loose(folder, listed, root, all_kinds=not tells_rate(config))
        config, sources = {**loose, **config}, [*sources, *files]
    if not config and not nothing and (folder / _PICKLED).is_file():
        shown = shown_relative(folder / _PICKLED, root if root is not None else folder)
        defects.append(
            Defect(shown, "the configuration is a pickle, which can run programs; it was not opened", id=SETTINGS)
        )
    return config, tuple(sources), tuple(defects)


def _loose(
    folder: Path, listed: Names, root: Path | None, *, all_kinds: bool
) -> tuple[dict[str, ConfigValue], list[str]]:
    """Return what files of settings under names of their own hold, and these files; but for `all_kinds`, only what
    configures DeepSpeed, which tells what no other file does.
    """
    looked_into(folder, "settings")
    texts: list[tuple[str, str]] = []
    launcher: dict[str, ConfigValue] = {}
    files: list[str] = []
    for name in (name for name in listed.settings if not is_config_name(name)):
        if not (all_kinds or may_be_of_launcher(name)):
            continue
        looked_at(folder / name)
        with contextlib.suppress(OSError):
            text = _read_text(folder / name)
            if text is not None and (held := of_launcher(name, text)):
                launcher = {**held, **launcher}
                files.append(name)
            elif text is not None and all_kinds:
                texts.append((name, text))
    found, others = settings_of(texts)
    found, files = {**launcher, **found}, [*others, *files]
    return found, [shown_relative(folder / name, root if root is not None else folder) for name in files]


def _read_text(path: Path) -> str | None:
    """Return the text of a regular file, None when it is too large; folders, pipes and devices count as absent."""
    try:
        data = read_regular(path, MAX_SIZE + 1)
    except (NotRegularError, NotADirectoryError, IsADirectoryError) as error:
        raise FileNotFoundError(str(error)) from None
    return None if len(data) > MAX_SIZE else data.decode("utf-8-sig", "replace")


def _parse(text: str, name: str, shown: str) -> tuple[dict[str, ConfigValue], list[str]]:
    if name == _OVERRIDES:
        return settings_of_arguments([line.lstrip("- ").strip("'\"") for line in text.splitlines()]), []
    if not name.endswith(".json"):
        return load_config_yaml(text, where=shown)
    try:
        data = load_json(text, where=shown)
    except LogdocError as error:
        return {}, [str(error)]
    if not isinstance(data, dict):
        return {}, ["holds no keys and values"]
    return flatten(data)
