"""A file of several that make one run, which goes away or is replaced between being found and being read."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers.delimited import group, read


@pytest.mark.parametrize("content", [None, b"", b"\x00\xfe\x01\x02" * 300])
def test_a_part_of_a_run_that_is_no_table_any_more_is_lost(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "plots" / "metrics"
    folder.mkdir(parents=True)
    for name in ("loss", "acc"):
        rows = "".join(f"{i}\t{1 / (i + 1):.4f}\n" for i in range(30))
        (folder / f"{name}.tsv").write_text(f"step\t{name}\n{rows}")
    (source,) = group(tmp_path, sorted(folder.iterdir()))
    if content is None:
        (folder / "acc.tsv").unlink()
    else:
        (folder / "acc.tsv").write_bytes(content)
    (run,) = (item for item in read(source) if isinstance(item, Run))
    assert set(run.series) == {"loss"}
    assert any(defect.lost for defect in run.defects)
