from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A sweep of five runs, one of which has BAD in its name, and a table that is none."""
    folder = tmp_path / "runs"
    for name, lr, seed in [("a", 0.1, 1), ("b", 0.01, 1), ("BAD", 0.001, 1), ("c", 1.0, 1), ("d", 0.3, 1)]:
        place = folder / name
        place.mkdir(parents=True)
        rows = [f"{i},{(2 + lr) * 0.98**i + lr:.5f},{2 * 0.98**i + lr:.5f}" for i in range(120)]
        (place / "log.csv").write_text("\n".join(["step,train/loss,val/loss", *rows]), encoding="utf-8")
        (place / "config.json").write_text(json.dumps({"lr": lr, "seed": seed}), encoding="utf-8")
    (folder / "broken.csv").write_bytes(b"\0\1\2")
    (folder / "pointer.jsonl").write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    return folder
