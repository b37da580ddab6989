"""wandb's own reader, where it is installed in a version that has one, sees the same rows."""

from __future__ import annotations

import json
import math
import shutil
import warnings
from pathlib import Path

import pytest

from logdoc.readers.wandb.contents import read_contents

WRITTEN = sorted((Path(__file__).parents[2] / "written" / "wandb").rglob("*.wandb"))


@pytest.fixture(scope="module")
def wandb():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store = pytest.importorskip(
            "wandb.sdk.internal.datastore",
            reason="wandb 0.22.0, the last with a reader in Python, is not installed (extra bench)",
        )
        from wandb.proto import wandb_internal_pb2
    return store.DataStore, wandb_internal_pb2.Record


def records_of(store_of, path):
    """Yield what wandb's reader yields, up to where it gives up on a file that is cut short."""
    store = store_of()
    store.open_for_scan(str(path))
    try:
        while True:
            try:
                data = store.scan_data()
            except AssertionError:
                return
            if data is None:
                return
            yield data
    finally:
        store._fp.close()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_every_value_of_every_row_is_that_of_wandb(wandb, path, tmp_path):
    store_of, record_of = wandb
    copy = tmp_path / path.name
    shutil.copy(path, copy)  # its reader opens files for writing
    contents = read_contents(path.read_bytes())
    ours = {
        key: dict(zip(rows.tolist(), values.tolist(), strict=True)) for key, (rows, values) in contents.columns.items()
    }
    row = -1
    for data in records_of(store_of, copy):
        record = record_of.FromString(data)
        if not record.HasField("history"):
            continue
        row += 1
        for item in record.history.item:
            value = json.loads(item.value_json)
            if isinstance(value, int | float):
                assert ours[item.key or ".".join(item.nested_key)][row] == value or math.isnan(value)
    assert row + 1 == contents.rows
