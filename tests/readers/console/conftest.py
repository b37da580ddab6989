"""Texts as runs, for all tests of console logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import load


@pytest.fixture
def runs_of(tmp_path: Path) -> Callable[[str], list[Run]]:
    """Read a text that holds runs and nothing that could not be read."""

    def read(text: str) -> list[Run]:
        path = tmp_path / "train.log"
        path.write_bytes(text.encode())
        items = list(load([path]))
        assert all(isinstance(item, Run) for item in items), items
        return [item for item in items if isinstance(item, Run)]

    return read


@pytest.fixture
def run_of(runs_of: Callable[[str], list[Run]]) -> Callable[[str], Run]:
    """Read a text that holds one run."""

    def read(text: str) -> Run:
        (run,) = runs_of(text)
        return run

    return read
