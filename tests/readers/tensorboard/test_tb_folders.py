"""What is one run, and what a restart replaces."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from event_bytes import VERSION, event, field, read_folder, record, scalar, session_start

from logdoc.readers import load


def put(path: Path, *parts: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))


def test_train_and_validation_folders_are_one_run(tmp_path: Path) -> None:
    put(tmp_path / "run" / "train" / "events.out.tfevents.1.h", VERSION, *(scalar(i, b"epoch_loss") for i in range(5)))
    put(
        tmp_path / "run" / "validation" / "events.out.tfevents.2.h",
        VERSION,
        *(scalar(i, b"epoch_loss") for i in range(5)),
    )

    run = read_folder(tmp_path)

    assert run.id == "run"
    assert set(run.series) == {"train/epoch_loss", "validation/epoch_loss"}


def test_add_hparams_and_add_scalars_belong_to_their_run(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard", reason="torch is not installed")
    log = torch.SummaryWriter(str(tmp_path))
    for step in range(5):
        log.add_scalar("loss", 1.0, step)
        log.add_scalars("both", {"a": 1.0, "b": 2.0}, step)
    log.add_hparams({"lr": 0.1, "layers": 3, "name": "net", "flag": True}, {"hparam/loss": 0.5})
    log.close()

    run = read_folder(tmp_path)

    assert set(run.series) == {"loss", "both/a", "both/b"}
    assert {key: run.config[key] for key in ("lr", "layers", "name", "flag")} == {
        "lr": 0.1,
        "layers": 3,
        "name": "net",
        "flag": True,
    }
    assert isinstance(run.config["layers"], int)
    assert any("hparam/loss" in name for name in run.left_out)


def test_a_restart_replaces_what_it_logs_again_and_keeps_it_aside(tmp_path: Path) -> None:
    put(tmp_path / "events.out.tfevents.1.h", VERSION, *(scalar(i, value=1.0) for i in range(10)))
    put(tmp_path / "events.out.tfevents.2.h", VERSION, *(scalar(i, value=2.0) for i in range(6, 12)))

    run = read_folder(tmp_path)

    assert run.series["loss"].steps.tolist() == list(range(12))
    assert run.series["loss"].values.tolist() == [1.0] * 6 + [2.0] * 6
    assert run.attempts["loss"][0].steps.tolist() == [6, 7, 8, 9]
    assert run.restarts == (6,)


def test_a_session_that_starts_earlier_takes_back_even_tags_it_does_not_log(tmp_path: Path) -> None:
    first = [scalar(i, tag) for i in range(10) for tag in (b"loss", b"other")]
    put(tmp_path / "events.out.tfevents.1.h", VERSION, *first, session_start(5), *(scalar(i) for i in range(5, 8)))

    run = read_folder(tmp_path)

    assert run.series["loss"].steps.tolist() == list(range(8))
    assert run.series["other"].steps.tolist() == list(range(5))
    assert run.attempts["other"][0].steps.tolist() == list(range(5, 10))


def test_a_step_logged_twice_is_no_restart(tmp_path: Path) -> None:
    put(tmp_path / "events.out.tfevents.1.h", VERSION, *(scalar(i // 2, value=float(i % 2)) for i in range(10)))

    run = read_folder(tmp_path)

    assert run.series["loss"].values.tolist() == [1.0] * 5
    assert run.restarts == ()


def test_images_and_graphs_are_left_out_with_the_reason(tmp_path: Path) -> None:
    image = record(event(1, field(5, field(1, field(1, b"picture") + field(4, field(4, os.urandom(100_000)))))))
    graph = record(event(0, field(4, bytes(200_000))))
    put(tmp_path / "events.out.tfevents.1.h", VERSION, graph, image, scalar(1), image, scalar(2))

    run = read_folder(tmp_path)

    assert list(run.series) == ["loss"]
    assert set(run.left_out) == {"picture", "graph"}
    assert run.defects == ()


def test_tags_come_in_the_order_in_which_they_were_first_logged(tmp_path: Path) -> None:
    tags = [b"grad_norm/stem", b"grad_norm/block.10", b"grad_norm/a much longer name", b"grad_norm/head"]
    put(tmp_path / "events.out.tfevents.1.h", VERSION, *(scalar(step, tag) for step in range(1, 30) for tag in tags))

    assert list(read_folder(tmp_path).series) == [tag.decode() for tag in tags]


def test_texts_are_kept(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch.utils.tensorboard", reason="torch is not installed")
    log = torch.SummaryWriter(str(tmp_path))
    log.add_text("config", "lr = 0.1", 0)
    log.close()

    assert read_folder(tmp_path).texts["config/text_summary"] == "lr = 0.1"


def test_lightnings_placeholder_is_left_out(tmp_path: Path) -> None:
    put(tmp_path / "events.out.tfevents.1.h", VERSION, scalar(0, b"hp_metric", -1.0), scalar(1))

    run = read_folder(tmp_path)

    assert list(run.series) == ["loss"]
    assert "hp_metric" in run.left_out


def test_runs_side_by_side_stay_apart_and_come_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "c/deep"):
        put(tmp_path / name / "events.out.tfevents.1.h", VERSION, scalar(1), scalar(2))

    assert [item.id for item in load([tmp_path]) if hasattr(item, "id")] == ["a", "b", "c/deep"]


def test_a_pipe_named_like_an_event_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.out.tfevents.9.h")
    put(tmp_path / "events.out.tfevents.1.h", VERSION, scalar(1), scalar(2))

    items = list(load([tmp_path]))

    assert any(getattr(item, "id", "") for item in items)
