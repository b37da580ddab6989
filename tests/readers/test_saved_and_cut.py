"""Saved histories that are cut short: data that were lost, and no refusal of what they hold."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from logdoc.model import Defect
from logdoc.readers import load

LOSS = [2.0 / (1 + 0.1 * i) for i in range(40)]


def write(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".pkl"):
        path.write_bytes(pickle.dumps({"loss": LOSS}))
    elif name.endswith(".npz"):
        np.savez(path, loss=np.array(LOSS))
    else:
        np.save(path, np.array(LOSS))
    return path


@pytest.mark.parametrize("name", ["history.pkl", "history.npz", "loss.npy"])
def test_a_saved_history_that_is_cut_short_is_lost_data(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name)
    path.write_bytes(path.read_bytes()[:-50])
    (defect,) = load([tmp_path])
    assert isinstance(defect, Defect)
    assert defect.lost


def test_a_pickle_of_objects_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "history.pkl"
    path.write_bytes(pickle.dumps({"loss": LOSS, "path": Path("x")}))
    assert [item.lost for item in load([path]) if isinstance(item, Defect)] == [False]
