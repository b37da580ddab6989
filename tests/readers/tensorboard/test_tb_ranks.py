"""Files that several ranks wrote side by side into one folder, and files that only look so."""

from __future__ import annotations

from pathlib import Path

from event_bytes import VERSION, read_folder, scalar


def put(
    folder: Path, number: int, steps: range, value: float, begin: float, tags: tuple[bytes, ...] = (b"loss", b"lr")
) -> str:
    """Write one file, a record a tag and second from `begin` on; return its name."""
    path = folder / f"events.out.tfevents.170000000{number}.host.{number}"
    path.write_bytes(VERSION + b"".join(scalar(s, tag, value, begin + s - steps.start) for s in steps for tag in tags))
    return path.name


def test_of_eight_ranks_the_file_with_most_records_is_the_run_and_the_others_are_told(tmp_path: Path) -> None:
    names = [
        put(tmp_path, rank, range(1, 31 if rank == 5 else 21), float(rank), 1.7e9 + rank / 10) for rank in range(8)
    ]

    run = read_folder(tmp_path)

    assert run.series["loss"].steps.tolist() == list(range(1, 31))
    assert run.series["loss"].values.tolist() == [5.0] * 30
    assert run.restarts == ()
    assert {d.source: d.what for d in run.defects} == {
        name: f"written at the same time as {names[5]}: another rank; left out; of 40 points at the same steps 40 have "
        "another value"
        for name in names
        if name != names[5]
    }
    assert not any(d.lost for d in run.defects)


def test_of_ranks_with_equally_many_records_the_first_stays(tmp_path: Path) -> None:
    for rank in range(3):
        put(tmp_path, rank, range(1, 21), float(rank), 1.7e9)

    assert read_folder(tmp_path).series["loss"].values.tolist() == [0.0] * 20


def test_a_restart_in_the_same_folder_is_no_rank(tmp_path: Path) -> None:
    put(tmp_path, 1, range(1, 21), 1.0, 1.7e9)
    put(tmp_path, 2, range(11, 31), 2.0, 1.7e9 + 100)

    run = read_folder(tmp_path)

    assert run.series["loss"].values.tolist() == [1.0] * 10 + [2.0] * 20
    assert run.restarts == (11,)
    assert run.defects == ()


def test_a_restart_by_a_clock_that_is_a_little_behind_is_no_rank(tmp_path: Path) -> None:
    put(tmp_path, 1, range(1, 21), 1.0, 1.7e9)
    put(tmp_path, 2, range(11, 31), 2.0, 1.7e9 + 16)

    assert read_folder(tmp_path).restarts == (11,)


def test_writers_of_different_tags_side_by_side_are_joined(tmp_path: Path) -> None:
    put(tmp_path, 1, range(1, 21), 1.0, 1.7e9, (b"loss",))
    put(tmp_path, 2, range(1, 21), 2.0, 1.7e9, (b"val/loss", b"val/accuracy"))

    run = read_folder(tmp_path)

    assert set(run.series) == {"loss", "val/loss", "val/accuracy"}
    assert run.defects == ()


def test_files_of_train_and_validation_folders_are_never_ranks_of_each_other(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "validation")):
        (tmp_path / split).mkdir()
        put(tmp_path / split, number, range(1, 21), float(number), 1.7e9)

    run = read_folder(tmp_path)

    assert run.series["validation/loss"].values.tolist() == [1.0] * 20
    assert len(run.series["train/loss"]) == 20
    assert run.defects == ()
