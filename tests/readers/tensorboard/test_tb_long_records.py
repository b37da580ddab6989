"""Images, sounds and graphs are stepped over by what they begin with, and said to be left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_bytes import VERSION, event, field, read, record, scalar

LONG = 200_000  # bytes; more than are read to see what a record is


def value(tag: bytes, number: int, content: bytes, metadata: bytes = b"") -> bytes:
    """Return one value of a summary: its tag, perhaps the name of a plugin, and what it holds."""
    named = field(9, field(1, field(1, metadata))) if metadata else b""
    return field(1, field(1, tag) + named + field(number, content))


def beside_curve(folder: Path, *parts: bytes) -> tuple[list[float], dict[str, str]]:
    """Return the loss that is logged around long records, and what is left out."""
    rows = [scalar(step, b"loss", 0.5 * step) for step in range(1, 9)]
    run = read(folder, VERSION + b"".join([*rows[:4], *parts, *rows[4:]]))
    assert not any(defect.lost for defect in run.defects)
    return run.series["loss"].values.tolist(), dict(run.left_out)


LOSS = [0.5 * step for step in range(1, 9)]


@pytest.mark.parametrize(("number", "kind"), [(4, "image"), (6, "audio")])
def test_a_long_image_or_sound_is_left_out_under_its_tag(tmp_path: Path, number: int, kind: str) -> None:
    content = field(4, b"\x00" * LONG)
    loss, left_out = beside_curve(tmp_path, record(event(4, field(5, value(b"sample", number, content)))))

    assert loss == LOSS
    assert kind in left_out["sample"]


def test_an_image_of_a_plugin_is_known_by_its_first_record(tmp_path: Path) -> None:
    tensor = field(8, b"\x01" * LONG)
    first = record(event(4, field(5, value(b"grid", 8, tensor, b"images"))))
    later = record(event(5, field(5, value(b"grid", 8, tensor))))
    loss, left_out = beside_curve(tmp_path, first, later)

    assert loss == LOSS
    assert "image" in left_out["grid"]


@pytest.mark.parametrize(("number", "name"), [(4, "graph"), (8, "run metadata"), (9, "meta graph")])
def test_a_graph_holds_no_curve(tmp_path: Path, number: int, name: str) -> None:
    loss, left_out = beside_curve(tmp_path, record(event(4, field(number, b"\x02" * LONG))))

    assert loss == LOSS
    assert left_out[name] == "holds no curve"


def test_a_long_summary_of_an_image_beside_a_number_keeps_the_number(tmp_path: Path) -> None:
    image = value(b"sample", 4, field(4, b"\x00" * LONG))
    number = field(1, field(1, b"acc") + b"\x15\x00\x00\x00\x3f")
    run = read(tmp_path, VERSION + scalar(1) + record(event(2, field(5, image + number))) + scalar(3))

    assert run.series["acc"].values.tolist() == [0.5]
