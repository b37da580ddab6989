"""``catboost_training.json``: a record per iteration with the values of every metric in a list, named at the top."""

from __future__ import annotations

from typing import Any

FILE = "catboost_training.json"
_CLOCK = ("passed_time", "remaining_time")  # seconds


def records_of(document: object) -> list[dict[str, Any]] | None:
    """Return a record per iteration, every value under ``<data set>/<metric>``; None for any other document.

    The training set, which CatBoost calls "learn", is ``train``, as it is in the other files of the folder.
    """
    if not isinstance(document, dict) or not isinstance(document.get("meta"), dict):
        return None
    meta, rows = document["meta"], document.get("iterations")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    names = {
        str(part): [str(metric.get("name")) for metric in meta[f"{kind}_metrics"] if isinstance(metric, dict)]
        for kind in ("learn", "test")
        if isinstance(meta.get(f"{kind}_metrics"), list) and isinstance(meta.get(f"{kind}_sets"), list)
        for part in meta[f"{kind}_sets"]
    }
    if not names:
        return None
    return [_record(row, names) for row in rows]


def _record(row: dict[str, Any], names: dict[str, list[str]]) -> dict[str, Any]:
    record = {key: value for key, value in row.items() if key not in names and key not in _CLOCK}
    for part, metrics in names.items():
        values = row.get(part)
        if isinstance(values, list):
            shown = "train" if part == "learn" else part
            record.update(zip([f"{shown}/{metric}" for metric in metrics], values, strict=False))
    return record
