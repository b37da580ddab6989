"""Stores of tools that cannot be read without the tool: named as what they are, with what exports them.

Their formats are databases or message logs of a single program, which change with its versions; reading them by guess
would be worse than saying so.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

_MOST_MEMBERS = 20_000


class Store(NamedTuple):
    """A store: the folder or file that it is, and a sentence with what to do."""

    path: Path
    what: str


# Aim shows a run to its own readers only once it is indexed, which `aim up` does and the end of a run does not.
_AIM = (
    "not judged: a repository of Aim, which only Aim reads. Export its runs, a table each, with: "
    'aim storage reindex --yes && python -c "import aim, pandas; [pandas.concat([m.dataframe().assign(name='
    "' '.join([*map(str, m.context.to_dict().values()), m.name])) for m in ms]).to_csv(f'{r.hash}.csv', na_rep='nan') "
    "for r in aim.Repo('.').iter_runs() if (ms := list(r.metrics()))]\""
)
_CLEARML = (
    'not judged: an offline session of ClearML. Upload it with: python -c "import clearml; '
    "clearml.Task.import_offline_session('SESSION.zip')\", then save `Task.get_task(ID).get_reported_scalars()` as JSON"
)
_COMET = (
    "not judged: an offline experiment of Comet. Upload it with `comet upload ARCHIVE.zip`, then save the metrics of "
    "`comet_ml.API().get_experiment(...)` as CSV"
)


def store_of(path: Path, head: bytes) -> Store | None:
    """Return the store that a file is, or is a part of; None for every other file."""
    for folder in path.parents:
        if folder.name == ".aim":
            return Store(folder, _AIM)
    if path.name in ("metrics.jsonl", "task.json", "log.jsonl") and _is_session(path.parent):
        return Store(path.parent, _CLEARML)
    if head.startswith(b"PK\x03\x04") and path.suffix.lower() == ".zip":
        what = _in_archive(path)
        return Store(path, what) if what else None
    return None


def _is_session(folder: Path) -> bool:
    return (folder / "task.json").is_file() and (folder / "metrics.jsonl").is_file()


def _in_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.rpartition("/")[2] for name in archive.namelist()[:_MOST_MEMBERS]}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return ""
    if {"task.json", "metrics.jsonl"} <= names:
        return _CLEARML
    return _COMET if {"messages.json", "experiment.json"} <= names else ""
