"""Real writers write, tbparse and our reader read: the same values, steps and wall times, bit for bit."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from event_bytes import VERSION, field, read, read_folder, tensor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def writers() -> list[Any]:
    import tensorboardX

    made = [pytest.param(tensorboardX.SummaryWriter, id="tensorboardX")]
    torch = pytest.importorskip("torch.utils.tensorboard", reason="torch is not installed")
    return [*made, pytest.param(torch.SummaryWriter, id="torch")]


@pytest.mark.parametrize("writer", writers())
def test_scalars_equal_those_of_tbparse_bit_for_bit(tmp_path: Path, writer: Any) -> None:
    from tbparse import SummaryReader

    rng = np.random.default_rng(0)
    log = writer(str(tmp_path))
    for step in range(400):
        log.add_scalar("train/loss", float(rng.normal()), step)
        if step % 7 == 0:
            log.add_scalar(
                "val/a longer name",
                float("nan") if step == 7 else 10.0**step if step < 39 else float("inf"),
                step * 1000,
            )
        if step % 100 == 0:
            log.add_text("note", "hello", step)
    log.close()

    run = read_folder(tmp_path)
    frame = SummaryReader(str(tmp_path), extra_columns={"wall_time"}).scalars
    assert set(run.series) == set(frame["tag"])
    for name, rows in frame.groupby("tag"):
        series = run.series[name]
        assert series.steps.tolist() == rows["step"].tolist()
        assert np.array_equal(series.values, rows["value"].to_numpy(), equal_nan=True)
        assert series.times is not None
        assert series.times.tolist() == rows["wall_time"].tolist()


def test_histograms_have_exact_moments(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard", reason="torch is not installed")
    values = [np.random.default_rng(i).normal(0.1 * i, 1 + i, 500) for i in range(5)]
    log = torch.SummaryWriter(str(tmp_path))
    for step, value in enumerate(values):
        log.add_histogram("weights/fc", value, step)
    log.close()

    histogram = read_folder(tmp_path).histograms["weights/fc"]

    assert histogram.exact
    assert histogram.mean().tolist() == pytest.approx([float(v.mean()) for v in values])
    assert histogram.std().tolist() == pytest.approx([float(v.std()) for v in values])
    assert histogram.norm().tolist() == pytest.approx([float(np.linalg.norm(v)) for v in values])
    assert histogram.bucket_sums().tolist() == [500.0] * 5


def test_a_histogram_with_nan_counts_them(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard", reason="torch is not installed")
    value = np.ones(100)
    value[:7] = np.nan
    log = torch.SummaryWriter(str(tmp_path))
    log.add_histogram("g", value, 0)
    log.close()

    histogram = read_folder(tmp_path).histograms["g"]

    assert (histogram.num - histogram.bucket_sums()).tolist() == [7.0]


NUMBERS = {
    1: ("<f4", 0.1),
    2: ("<f8", 0.1),
    3: ("<i4", -7),
    4: ("<u1", 200),
    5: ("<i2", -300),
    6: ("<i1", -5),
    9: ("<i8", -(2**40)),
    17: ("<u2", 60000),
    19: ("<f2", 0.1),
    22: ("<u4", 2**31),
    23: ("<u8", 2**40),
}


@pytest.mark.parametrize("dtype", sorted(NUMBERS))
def test_tensor_scalars_of_every_type_are_read_from_their_bytes(tmp_path: Path, dtype: int) -> None:
    form, value = NUMBERS[dtype]
    stored = np.array([value], dtype=form)

    run = read(
        tmp_path,
        VERSION + b"".join(tensor(step, b"epoch_loss", dtype, field(4, stored.tobytes())) for step in range(1, 7)),
    )

    assert run.series["epoch_loss"].values.tolist() == [float(stored[0])] * 6
    assert run.series["epoch_loss"].axis == "epoch"


def test_tensor_scalars_are_read_from_typed_fields(tmp_path: Path) -> None:
    cases = {
        b"float": (1, field(5, struct.pack("<f", 0.1)), float(np.float32(0.1))),
        b"double": (2, field(6, struct.pack("<d", 0.1)), 0.1),
        b"negative": (3, field(7, b"\xf9" + b"\xff" * 8 + b"\x01"), -7.0),
        b"half": (19, field(13, b"\xe6\x5c"), float(np.array([0x2E66], "<u2").view("<f2")[0])),
        b"bfloat16": (14, field(13, b"\xcd\x7b"), float(np.array([0x3DCD << 16], "<u4").view("<f4")[0])),
        b"bool": (10, field(11, b"\x01"), 1.0),
    }
    run = read(
        tmp_path, VERSION + b"".join(tensor(1, tag, dtype, content) for tag, (dtype, content, _) in cases.items())
    )

    for tag, (_, _, wanted) in cases.items():
        assert run.series[tag.decode()].values.tolist() == [wanted]


def test_what_is_not_decoded_is_given_to_tbparse(tmp_path: Path) -> None:
    real, complex_ = np.array([1.5 + 0j], "<c8").tobytes(), np.array([1.5 + 2j], "<c8").tobytes()
    parts = [
        tensor(step, b"real", 8, field(4, real), plugin=b"x")
        + tensor(step, b"complex", 8, field(4, complex_), plugin=b"x")
        for step in (1, 2)
    ]

    run = read(tmp_path, VERSION + b"".join(parts))

    assert run.series["real"].values.tolist() == [1.5, 1.5]
    assert "complex" in run.left_out


def test_a_tensor_that_tbparse_fails_on_costs_nothing_else(tmp_path: Path) -> None:
    run = read(
        tmp_path,
        VERSION
        + tensor(1, b"variant", 21, field(4, b"\x07\0\0\0"), plugin=b"x")
        + tensor(1, b"loss", 1, field(4, b"\0\0\0?")),
    )

    assert run.series["loss"].values.tolist() == [0.5]
    assert "variant" in run.left_out


def test_messages_by_tensorboards_own_protobufs_are_read(tmp_path: Path) -> None:
    from event_bytes import record
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.util.tensor_util import make_tensor_proto

    parts = [VERSION]
    for step in range(6):
        value = Summary.Value(tag="epoch_accuracy", tensor=make_tensor_proto(np.float32(step / 7)))
        if step == 0:
            value.metadata.plugin_data.plugin_name = "scalars"
        parts.append(
            record(Event(wall_time=1.5e9 + step, step=step, summary=Summary(value=[value])).SerializeToString())
        )
    rows = np.array([[0.0, 1.0, 3.0], [1.0, 2.0, 5.0]])
    histogram = Summary.Value(tag="dense/kernel/histogram", tensor=make_tensor_proto(rows))
    histogram.metadata.plugin_data.plugin_name = "histograms"
    parts.append(record(Event(wall_time=1.5e9, step=1, summary=Summary(value=[histogram])).SerializeToString()))

    run = read(tmp_path, b"".join(parts))

    assert run.series["epoch_accuracy"].values.tolist() == [float(np.float32(step / 7)) for step in range(6)]
    made = run.histograms["dense/kernel/histogram"]
    assert not made.exact
    assert made.num.tolist() == [8.0]
    assert made.mean().tolist() == pytest.approx([(0.5 * 3 + 1.5 * 5) / 8])


TAGS = [b"a", b"loss", b"train/a much longer tag with / and spaces", "überprüfung".encode(), b"b" * 200]
POINTS = st.lists(
    st.tuples(st.sampled_from(TAGS), st.integers(0, 2**62), st.floats(width=32), st.floats(1e9, 2e9)),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=POINTS, copies=st.sampled_from([1, 120]))
def test_what_is_written_comes_back_whatever_the_order_of_tags(
    tmp_path: Path, points: list[tuple[bytes, int, float, float]], copies: int
) -> None:
    """Steps go up, so that nothing is replaced; with 120 copies the file takes the way of large ones."""
    from event_bytes import scalar

    ordered = sorted(points, key=lambda p: p[1])
    rows = [
        (tag, step // 200 + i * 2**50 // 130, value, time) for i in range(copies) for tag, step, value, time in ordered
    ]
    rows = [
        (tag, min(step, 2**62) + n, value, time)
        for n, (tag, step, value, time) in enumerate(sorted(rows, key=lambda r: r[1]))
    ]
    run = read(tmp_path, VERSION + b"".join(scalar(step, tag, value, time) for tag, step, value, time in rows))

    for tag in {row[0] for row in rows}:
        mine = [row for row in rows if row[0] == tag]
        series = run.series[tag.decode()]
        assert series.steps.tolist() == [row[1] for row in mine]
        assert np.array_equal(series.values, np.array([row[2] for row in mine]), equal_nan=True)
        assert series.times is not None
        assert series.times.tolist() == [row[3] for row in mine]
