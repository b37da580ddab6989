"""What logdoc promises about bad input, faults and outputs: one test a row of ``docs/promises.md``, by its number."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from crc32c import crc32c

from logdoc import api
from logdoc.cli import run as command
from logdoc.errors import LogdocError
from logdoc.readers import archives, discovery
from logdoc.report import to_html, to_json, to_markdown
from logdoc.report.escape import redact, show, slug
from logdoc.report.text import plain_text
from logdoc.resources import budget

ROOT = Path(__file__).resolve().parents[2]
NAME = "events.out.tfevents.1700000000.host"


def masked(data: bytes) -> bytes:
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def record(payload: bytes, length: int | None = None) -> bytes:
    header = struct.pack("<Q", len(payload) if length is None else length)
    return header + masked(header) + payload + masked(payload)


def varint(value: int) -> bytes:
    made = b""
    while value >= 0x80:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def point(step: int, value: float, tag: bytes = b"loss", time: float | None = None) -> bytes:
    moment = b"\x09" + struct.pack("<d", 1.7e9 + step if time is None else time)
    value_ = field(1, field(1, tag) + b"\x15" + struct.pack("<f", value))
    return record(moment + (b"\x10" + varint(step) if step else b"") + field(5, value_))


def loss(i: int) -> float:
    return 2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5)


def records(count: int = 100) -> list[bytes]:
    first = record(b"\x09" + struct.pack("<d", 1.7e9) + b"\x1a\x0dbrain.Event:2")
    return [first, *(point(i, loss(i)) for i in range(count))]


def table(count: int = 100) -> str:
    return "step,loss\n" + "".join(f"{i},{loss(i):.4f}\n" for i in range(count))


def judged(folder: Path, content: bytes | str, name: str = NAME):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    analysis = api.analyze(folder, code=False)
    return analysis.runs[0] if analysis.runs else analysis


def points(folder: Path, name: str = "loss") -> int:
    return sum(len(run.series[name]) for run in api.load_runs(folder) if name in run.series)


def ids(run) -> set[str]:
    return {defect.id for defect in run.defects}


def test_01_the_last_record_cut(tmp_path):
    run = judged(tmp_path, b"".join(records())[:-10])
    assert "DATA001" in ids(run)
    assert points(tmp_path) == 99
    assert run.verdict not in ("healthy", "info")


def with_a_bit_flipped(at: int) -> bytes:
    parts = records()
    parts[50] = parts[50][:at] + bytes([parts[50][at] ^ 4]) + parts[50][at + 1 :]
    return b"".join(parts)


@pytest.mark.parametrize("at", [12, 20, 30])
def test_02_a_bit_of_a_payload_flipped(tmp_path, at):
    run = judged(tmp_path, with_a_bit_flipped(at))
    assert points(tmp_path) == 99
    assert run.verdict == "incomplete"
    assert [(defect.id, defect.lost) for defect in run.defects] == [("DATA002", True)]
    assert run.defects[0].where.startswith("offset")
    assert command(["analyze", str(tmp_path), "-q", "--strict"]) == 4


@pytest.mark.parametrize("at", [0, 3, 7])
def test_03_a_bit_of_a_length_flipped(tmp_path, at):
    run = judged(tmp_path, with_a_bit_flipped(at))
    assert points(tmp_path) == 99
    assert run.verdict == "incomplete"
    assert "DATA002" in ids(run)


def test_04_a_hole_of_zeros_keeps_every_whole_record_on_both_sides(tmp_path):
    parts = records()
    begin, end = sum(map(len, parts[:40])) + 7, sum(map(len, parts[:60])) - 9
    data = bytearray(b"".join(parts))
    data[begin:end] = bytes(end - begin)
    assert judged(tmp_path, bytes(data)).verdict == "incomplete"
    assert points(tmp_path) == 80


def json_rows(count: int = 100) -> list[str]:
    return [json.dumps({"step": i, "loss": loss(i)}) + "\n" for i in range(count)]


@pytest.mark.parametrize("name", [NAME, "log.csv"])
def test_05_a_tail_of_zeros(tmp_path, name):
    data = b"".join(records()) if name == NAME else table().encode()
    run = judged(tmp_path, data + bytes(4096), name)
    assert "DATA003" in ids(run)
    assert points(tmp_path) == 100


@pytest.mark.parametrize("length", [2**33, 2**62, 2**64 - 1])
def test_06_an_impossible_length_with_a_right_checksum(tmp_path, length):
    parts = records()
    parts.insert(50, record(b"x", length))
    assert judged(tmp_path, b"".join(parts)).verdict == "incomplete"
    assert points(tmp_path) == 100


def test_07_a_record_that_is_no_event(tmp_path):
    parts = records()
    parts.insert(50, record(b"\xff" * 40))
    assert "DATA005" in ids(judged(tmp_path, b"".join(parts)))
    assert points(tmp_path) == 100


def test_08_a_tag_that_is_no_utf8(tmp_path):
    judged(tmp_path, b"".join([*records(), *(point(i, 1.0, b"a\xff") for i in range(9))]))
    assert points(tmp_path, "a\\xff") == 9
    (run,) = api.load_runs(tmp_path)
    assert [(defect.id, defect.lost) for defect in run.defects] == [("DATA006", False)]


def test_08_a_tag_that_only_looks_like_an_escape_is_utf8(tmp_path):
    assert "DATA006" not in ids(judged(tmp_path, b"".join([*records(), *(point(i, 1.0, b"a\\xff") for i in range(9))])))


def test_09_a_tensor_that_claims_to_be_huge(tmp_path):
    shape = field(2, field(2, b"\x08" + varint(2**40)))
    tensor = b"\x08\x01" + shape + b"\x2d" + struct.pack("<f", 1.0)
    bomb = record(b"\x09" + struct.pack("<d", 1.7e9) + field(5, field(1, field(1, b"bomb") + field(8, tensor))))
    run = judged(tmp_path, b"".join([*records(), bomb]))
    assert points(tmp_path) == 100
    (told,) = (defect for defect in run.defects if defect.id == "DATA007")
    assert "1,099,511,627,776 elements and holds 1" in told.what


@pytest.mark.parametrize("time", [math.nan, math.inf, 0.0, -1.0, 1.7e9])
def test_10_wall_times_that_cannot_be(tmp_path, time):
    parts = records()
    parts[51] = point(50, loss(50), time=time)
    run = judged(tmp_path, b"".join(parts))
    assert points(tmp_path) == 100
    assert [(defect.id, defect.lost) for defect in run.defects] == [("DATA008", False)]
    assert "throughput-drop" not in [finding.id for finding in run.findings]


def test_10_a_log_without_any_wall_time_has_none(tmp_path):
    judged(tmp_path, b"".join([records()[0], *(point(i, loss(i), time=0.0) for i in range(100))]))
    (run,) = api.load_runs(tmp_path)
    assert run.series["loss"].times is None
    assert len(run.series["loss"]) == 100


def test_10_a_clock_that_a_time_server_corrects_is_not_told(tmp_path):
    parts = records()
    parts[51] = point(50, loss(50), time=1.7e9 + 48.5)
    assert not ids(judged(tmp_path, b"".join(parts)))


def test_11_a_restart_keeps_both_attempts(tmp_path):
    judged(tmp_path, b"".join([*records(60), *(point(i, loss(i)) for i in range(40, 100))]))
    (run,) = api.load_runs(tmp_path)
    assert len(run.series["loss"]) == 100
    assert run.restarts == (40,)
    assert sum(map(len, run.attempts["loss"])) == 20


def test_12_files_of_other_ranks_are_named(tmp_path):
    (tmp_path / f"{NAME}.1").write_bytes(b"".join(records()))
    run = judged(tmp_path, b"".join(records()), f"{NAME}.0")
    assert points(tmp_path) == 100
    assert "DATA023" in ids(run)


@pytest.mark.parametrize("differing", [0, 30])
def test_12_files_of_other_ranks_tell_how_many_of_their_values_are_others(tmp_path, differing):
    other = [records()[0], *(point(i, loss(i) + (i < differing)) for i in range(100))]
    (tmp_path / f"{NAME}.1").write_bytes(b"".join(other))
    run = judged(tmp_path, b"".join(records()), f"{NAME}.0")
    assert f"of 100 points at the same steps {differing} have another value" in run.defects[0].what


def test_13_steps_logged_twice_are_told(tmp_path):
    run = judged(tmp_path, b"".join(part for part in records() for _ in range(2)))
    assert "DATA009" in ids(run)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_14_a_loss_that_is_not_finite_is_an_error(tmp_path, value):
    run = judged(tmp_path, b"".join([*records(60), *(point(i, value) for i in range(60, 80))]))
    assert run.verdict == "error"
    assert "loss-nan" in [finding.id for finding in run.findings]


@pytest.mark.parametrize("size", [1.5e308, 1e160, 4e38], ids=str)
def test_14_a_loss_that_swings_between_the_ends_of_the_numbers_is_an_error(tmp_path, size):
    run = judged(
        tmp_path, "step,loss\n" + "".join(f"{i},{-size if i % 2 else size!r}\n" for i in range(100)), "log.csv"
    )
    assert run.verdict == "error"
    assert "loss-overflow" in [finding.id for finding in run.findings]
    analysis = api.analyze(tmp_path, code=False)
    assert all("float32" in draw(analysis) for draw in (to_html, to_markdown, plain_text, to_json))


def test_15_long_empty_and_many_tags(tmp_path):
    more = [point(1, 1.0, b"x" * (1 << 20)), point(1, 1.0, b""), *(point(1, 1.0, b"t%d" % i) for i in range(3000))]
    judged(tmp_path, b"".join([*records(), *more]))
    (run,) = api.load_runs(tmp_path)
    assert max(map(len, run.series)) <= 512
    assert len(run.series) >= 3001


@pytest.mark.parametrize("files", [(), (NAME,), ("log.csv",)], ids=["folder", "event file", "table"])
def test_16_nothing_to_judge_is_named(tmp_path, files):
    for name in files:
        (tmp_path / name).write_bytes(b"")
    assert command(["analyze", str(tmp_path), "-q"]) == 3
    told = api.analyze(tmp_path, code=False).defects
    assert {defect.id for defect in told} == {"DATA010"}
    assert all(any(name in f"{defect.source} {defect.what}" for defect in told) for name in files)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "PNG"),
        (gzip.compress(b"x"), "gzip"),
        (bytes(5000), "zero"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 5\n", "LFS"),
    ],
    ids=["image", "gzip", "zeros", "placeholder"],
)
def test_17_what_is_named_like_a_log_and_is_none_is_told_with_its_kind(tmp_path, content, kind):
    (tmp_path / NAME).write_bytes(content)
    assert command(["analyze", str(tmp_path), "-q"]) == 3
    assert kind.lower() in " ".join(defect.what for defect in api.analyze(tmp_path, code=False).defects).lower()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pipes among files")
def test_18_pipes_devices_and_sockets_are_not_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / f"{NAME}.pipe")
    (tmp_path / f"{NAME}.zero").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{NAME}.s")
        judged(tmp_path, b"".join(records()))
        assert points(tmp_path) == 100
    assert command(["analyze", "/dev/zero", "-q"]) == 3


@pytest.mark.skipif(os.name != "posix", reason="other systems want a privilege for links")
def test_19_links_in_circles_are_met_once_and_links_out_are_told(tmp_path):
    folder, outside = tmp_path / "runs", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "log.csv").write_text(table())
    (folder / "circle").symlink_to(folder)
    (folder / "out").symlink_to(outside)
    (folder / "out.csv").symlink_to(outside / "log.csv")
    (folder / NAME).write_bytes(b"".join(records()))
    analysis = api.analyze(folder, code=False)
    assert points(folder) == 100
    assert len(analysis.runs) == 1
    assert [defect.id for defect in analysis.defects] == ["DATA027", "DATA027"]


def test_20_a_file_of_a_run_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / f"{NAME}.2").write_bytes(b"".join(records()))
    real = discovery.read_regular

    def refusing(path, limit=None):
        if path.name.endswith(".2"):
            raise PermissionError(13, "Permission denied")
        return real(path, limit)

    monkeypatch.setattr(discovery, "read_regular", refusing)
    run = judged(tmp_path, b"".join(records()))
    assert run.verdict == "incomplete"
    assert "DATA011" in ids(run)


def test_21_event_files_are_never_mapped():
    texts = [path.read_text() for path in (ROOT / "logdoc" / "readers" / "tensorboard").glob("*.py")]
    assert not any("import mmap" in text or "np.memmap" in text for text in texts)


def test_22_a_growing_file_only_gains_points(tmp_path):
    data = b"".join(records())
    seen = []
    for cut in range(1000, len(data), 397):
        (tmp_path / NAME).write_bytes(data[:cut])
        seen.append(points(tmp_path))
    assert seen == sorted(seen)


def read_while_it_grows(monkeypatch, more: bytes) -> None:
    """Let every log grow by some bytes behind the back of its reader."""
    from logdoc.readers.registry import Format

    real = Format.read

    def growing(self, source):
        items = list(real(self, source))
        with source.files[-1].open("ab") as file:
            file.write(more)
        return items

    monkeypatch.setattr(Format, "read", growing)


@pytest.mark.parametrize("count", [100, 3], ids=["long", "short"])
@pytest.mark.parametrize("name", [NAME, "log.csv"])
def test_22_a_run_whose_log_grows_while_it_is_read_is_running(tmp_path, monkeypatch, name, count):
    whole = b"".join(records(count)) if name == NAME else table(count).encode()
    cut = judged(tmp_path, whole[:-4], name).verdict
    assert cut != "running"
    read_while_it_grows(monkeypatch, b"x")
    (tmp_path / name).write_bytes(whole[:-4])
    analysis = api.analyze(tmp_path, code=False)
    (run,) = analysis.runs
    assert run.verdict == "running"
    assert run.headline.startswith("Still running")
    assert not any(defect.lost for defect in run.defects)
    assert all("running" in draw(analysis) for draw in (to_html, to_markdown, plain_text, to_json))


def test_22_a_fault_or_a_loss_of_data_stands_in_a_run_that_still_runs(tmp_path, monkeypatch):
    read_while_it_grows(monkeypatch, b"x")
    parts = records()
    parts[50] = parts[50][:20] + b"~" + parts[50][21:]
    assert judged(tmp_path / "lost", b"".join(parts)).verdict == "incomplete"
    bad = [*records(60), *(point(i, math.nan) for i in range(60, 80))]
    assert judged(tmp_path / "bad", b"".join(bad)).verdict == "error"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_23_names_that_are_no_utf8(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xff"))
    judged(folder, table(), "log.csv")
    assert "\\xff" in to_html(api.analyze(tmp_path, code=False))


def test_24_a_wandb_file_without_its_end(tmp_path):
    (tmp_path / "run-x.wandb").write_bytes(b":W&B" + bytes([0xE8, 0xBE, 0]) + b"\x01" * 40_000)
    assert command(["analyze", str(tmp_path), "-q"]) in {3, 4}


@pytest.mark.parametrize("tail", ["100,0.", "100", "100,1e", "1"])
def test_25_a_last_row_that_breaks_off(tmp_path, tail):
    run = judged(tmp_path, table() + tail, "log.csv")
    assert points(tmp_path) == 100
    assert "DATA001" in ids(run)


def test_26_delimiters_and_decimal_commas(tmp_path):
    judged(tmp_path, table().replace(",", ";").replace(".", ","), "log.csv")
    assert points(tmp_path) == 100
    judged(tmp_path, table().replace(",", "\t"), "log.csv")
    assert points(tmp_path) == 100


def test_26_a_decimal_comma_between_commas_is_refused_with_the_question(tmp_path):
    rows = table().splitlines()
    (tmp_path / "log.csv").write_text("\n".join([rows[0], *(row.replace(".", ",") for row in rows[1:])]))
    assert command(["analyze", str(tmp_path), "-q"]) == 3
    assert "decimal commas?" in api.analyze(tmp_path, code=False).defects[0].what


def test_26_thousands_that_are_no_numbers_leave_nothing_to_call_healthy(tmp_path):
    text = "step,loss\n" + "".join(f'{i},"{1200 - 4 * i:,}.5"\n' for i in range(100))
    run = judged(tmp_path, text, "log.csv")
    assert run.verdict not in ("healthy", "info")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_27_encodings(tmp_path, encoding):
    text = "step,loss,d\u00e9bit\n" + "".join(f"{i},{loss(i):.4f},{i + 1}\n" for i in range(100))
    run = judged(tmp_path, text.encode(encoding), "log.csv")
    assert points(tmp_path) == 100
    assert points(tmp_path, "d\u00e9bit") == 100
    assert ids(run) == ({"DATA006"} if encoding == "latin-1" else set())


def test_28_rows_that_do_not_fit(tmp_path):
    rows = table().splitlines(keepends=True)
    rows[50], rows[60] = "49,1,2,3\n", "\n"
    run = judged(tmp_path, "".join(rows), "log.csv")
    assert run.verdict == "incomplete"
    assert points(tmp_path) == 98
    (told,) = (defect for defect in run.defects if defect.id == "DATA013")
    assert "51" in f"{told.what} {told.where}"


def test_28_another_header_starts_no_other_column(tmp_path):
    rows = table().splitlines(keepends=True)
    run = judged(tmp_path, "".join([*rows[:50], rows[0], *rows[50:]]), "log.csv")
    assert points(tmp_path) == 100
    assert "DATA013" in ids(run)


@pytest.mark.parametrize(
    "cell",
    ['"' + "9" * 3_000_000 + '"', "9" * 2_000_000, "9" * 2_000_000 + ".5", "-" + "9" * 400 + ".5", "0.\x005", '"0.5'],
    ids=["quoted", "digits", "with decimals", "a few hundred", "a zero byte", "a quote"],
)
def test_29_cells_that_no_number_can_be(tmp_path, cell):
    rows = table().splitlines(keepends=True)
    rows[60] = f"59,{cell}\n"
    run = judged(tmp_path, "".join(rows), "log.csv")
    assert run.verdict == "incomplete"
    assert points(tmp_path) == 99
    assert not {"loss-nan", "loss-overflow", "loss-spikes"} & {finding.id for finding in run.findings}


def test_30_cells_that_are_no_numbers_are_lost_data(tmp_path):
    rows = table().splitlines()
    rows[5::5] = [f"{row.split(',')[0]},ERR" for row in rows[5::5]]
    run = judged(tmp_path, "\n".join(rows) + "\n", "log.csv")
    assert run.verdict == "incomplete"
    assert "DATA018" in ids(run)


@pytest.mark.parametrize("cell", ["nan", "NaN", "NAN", "-nan", "inf", "-Infinity", "1e999", "1.#QNAN"])
def test_30_nan_and_infinity_in_any_spelling_are_values(tmp_path, cell):
    rows = table().splitlines()
    run = judged(tmp_path, "\n".join([*rows[:80], *(f"{row.split(',')[0]},{cell}" for row in rows[80:])]), "log.csv")
    assert points(tmp_path) == 100
    assert "loss-nan" in [finding.id for finding in run.findings]


@pytest.mark.parametrize("cell", ["", "-", "None", "null", "N/A", "#N/A"])
def test_30_what_says_that_nothing_was_logged_is_no_nan(tmp_path, cell):
    rows = table().splitlines()
    rows[5::5] = [f"{row.split(',')[0]},{cell}" for row in rows[5::5]]
    run = judged(tmp_path, "\n".join(rows) + "\n", "log.csv")
    assert points(tmp_path) == 80
    assert run.verdict in ("healthy", "info")


def test_31_steps_beyond_a_float_are_exact(tmp_path):
    judged(tmp_path, "step,loss\n" + "".join(f"{2**53 + i},{loss(i)}\n" for i in range(50)), "log.csv")
    (run,) = api.load_runs(tmp_path)
    assert run.series["loss"].steps.tolist() == [2**53 + i for i in range(50)]


@pytest.mark.parametrize("first", [2**63, 10**300, 10**400], ids=["2^63", "e300", "e400"])
def test_31_steps_that_no_integer_holds_are_told(tmp_path, first):
    run = judged(tmp_path, "step,loss\n" + "".join(f"{first + i},{loss(i)}\n" for i in range(50)), "log.csv")
    assert "DATA015" in ids(run)
    assert points(tmp_path) == 50


def test_32_json_lines_that_are_broken(tmp_path):
    lines = [json.dumps({"step": i, "loss": loss(i)}) for i in range(100)]
    lines[30], lines[60] = "[" * 100_000, '{"step": 60, "lo'
    run = judged(tmp_path, "\n".join(lines) + "\n", "log.jsonl")
    assert run.verdict == "incomplete"
    assert points(tmp_path) == 98
    (told,) = (defect for defect in run.defects if defect.id == "DATA016")
    assert told.where == "line 31"


@pytest.mark.parametrize("nested", [False, True])
def test_32_a_key_with_two_values_in_a_line_is_told_and_the_last_is_taken(tmp_path, nested):
    rows = json_rows()
    rows[30] = '{"step": 30, "loss": 9.5, "loss": 1.5}\n'
    if nested:
        rows = [row.replace('"loss"', '"train": {"loss"', 1).replace("}\n", "}}\n") for row in rows]
    run = judged(tmp_path, "".join(rows), "log.jsonl")
    (told,) = (defect for defect in run.defects if defect.id == "DATA016")
    assert (told.where, told.lost) == ("row 31", False)
    (loaded,) = api.load_runs(tmp_path)
    (series,) = loaded.series.values()
    assert series.values[30] == 1.5


@pytest.mark.parametrize(
    "row", ['{"step": 30, "loss": 0.5, "loss": 0.5}', '{"step": 30, "loss": 0.5, "note": "\\":\\":"}']
)
def test_32_a_key_that_says_the_same_again_is_not_told(tmp_path, row):
    rows = json_rows()
    rows[30] = f"{row}\n"
    assert not ids(judged(tmp_path, "".join(rows), "log.jsonl"))


def test_33_bombs_and_archives_that_climb(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 16)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(table().encode() + b"99,1\n" * 100_000))
    with zipfile.ZipFile(tmp_path / "climb.zip", "w") as archive:
        archive.writestr("../../out.csv", table())
    assert command(["analyze", str(tmp_path), "-q"]) == 3
    assert not (tmp_path.parent.parent / "out.csv").exists()
    assert {defect.id for defect in api.analyze(tmp_path, code=False).defects} == {"DATA017"}


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [*a, *a]\n",
        "a: &a {x: 1}\nb: {<<: [*a, *a]}\n",
        "a: !!python/object/apply:os.system [id]\n",
        "[" * 5000,
        "[" * 100_000,
        "a:\n" + "".join(" " * i + "a:\n" for i in range(1, 300)),
    ],
    ids=["alias", "merge", "tag", "deep", "very deep", "indented"],
)
def test_34_rule_files_that_expand_nest_or_run_code_are_refused_where_they_stand(tmp_path, text):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "bad.yaml").write_text(text)
    with pytest.raises(LogdocError, match=r"bad\.yaml:\d+"):
        api.load_rules([tmp_path])
    assert command(["rules", "validate", "--rules", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("severity:", "severity: info\nseverity:", 1), "severity"),
        (lambda text: text.replace("severity:", "severty: info\nseverity:", 1), "severity"),
        (lambda text: re.sub(r"^severity:.*$", "severity: off", text, count=1, flags=re.MULTILINE), "severity"),
    ],
    ids=["a key twice", "a key that is unknown: the one that was meant", "a value of another type"],
)
def test_35_rule_files_with_wrong_keys_or_values_are_refused(tmp_path, change, said):
    (tmp_path / "loss").mkdir()
    text = (ROOT / "rules" / "loss" / "loss-plateau.yaml").read_text().replace("loss-plateau", "loss-wrong")
    (tmp_path / "loss" / "loss-wrong.yaml").write_text(change(text))
    with pytest.raises(LogdocError, match=rf"loss-wrong\.yaml:\d+(.|\n)*{said}"):
        api.load_rules([tmp_path])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("causes: {lr-too-high: 7}", "'lr-too-high'"),
        ("causes: {lr-too-high: .nan}", "'lr-too-high'"),
        ("params: {points: {value: true, why: twelve points}}", "'value'"),
        ("params: {points: {value: .nan, why: twelve points}}", "'value'"),
        ("params: {points: {value: .inf, why: twelve points}}", "'value'"),
    ],
)
def test_35_numbers_that_no_rule_can_mean_are_refused(tmp_path, change, said):
    (tmp_path / "loss").mkdir()
    text = (ROOT / "rules" / "loss" / "loss-plateau.yaml").read_text().replace("loss-plateau", "loss-wrong")
    text = re.sub(rf"^{change.partition(':')[0]}:.*?(?=^\S)", "", text, count=1, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "loss" / "loss-wrong.yaml").write_text(f"{text}\n{change}\n")
    with pytest.raises(LogdocError, match=rf"loss-wrong\.yaml:\d+:\d+: {said}"):
        api.load_rules([tmp_path])


def test_35_causes_that_lead_to_themselves_are_refused(tmp_path):
    (tmp_path / "_causes").mkdir()
    for mine, other in (("one", "two"), ("two", "one")):
        (tmp_path / "_causes" / f"{mine}.yaml").write_text(
            f"id: cause-{mine}\ntitle: T\nsummary: S\nprior: 0.05\nexplains: {{loss-stuck: 0.2}}\n"
            f"verify: v\nrefute: r\nremedies: [{{effort: minutes, do: x}}]\nleads_to: [cause-{other}]\n"
        )
    with pytest.raises(LogdocError, match=r"one\.yaml:9:12: 'cause-one' leads to itself through 'cause-two'"):
        api.load_rules([tmp_path])


@pytest.mark.parametrize("text", ["", "- a\n", "5\n"])
def test_35_a_table_of_units_that_is_no_mapping_is_refused(tmp_path, text):
    (tmp_path / "_vocabulary").mkdir()
    (tmp_path / "_vocabulary" / "units.yaml").write_text(text)
    with pytest.raises(LogdocError, match=r"_vocabulary/units\.yaml:1:1"):
        api.load_rules([tmp_path])


def with_condition(folder: Path, when: str) -> None:
    """Write a rule of our own into a folder, whose condition is another."""
    (folder / "loss").mkdir()
    real = (ROOT / "rules" / "loss" / "loss-plateau.yaml").read_text()
    text = re.sub(r"^when:.*?(?=^\S)", f"when: {json.dumps(when)}\n", real, count=1, flags=re.MULTILINE | re.DOTALL)
    text = text.replace("id: loss-plateau", "id: loss-hostile", 1)
    (folder / "loss" / "loss-hostile.yaml").write_text(text)


HOSTILE = (
    "().__class__",
    "loss.__class__.__base__",
    "loss.values.tofile('x')",
    "lambda: 1",
    "(x := 1)",
    "f'{loss}'",
    "'{0.__class__}'.format(loss)",
    "loss[0]",
    "[1 for _ in loss]",
    "(i for i in loss).gi_frame",
    "__import__('os').system('id')",
    "eval('1')",
    "open('x')",
    "print(loss)",
    "*loss",
    "{**loss}",
    "loss @ loss",
    "'a' * 3 == 'aaa'",
    "yield loss",
    "await loss",
    "import os",
    "loss; loss",
    "unknown_signal > 1",
    "getattr(loss, 'values') > 1",
)


@pytest.mark.parametrize("when", HOSTILE)
def test_36_expressions_that_are_hostile(tmp_path, when):
    with_condition(tmp_path, when)
    with pytest.raises(LogdocError, match="loss-hostile"):
        api.load_rules([tmp_path])


@pytest.mark.parametrize(
    "when", ["9**9**9", "2**(9**9)", "+".join(["1"] * 20_000) + " > 0", "(" * 500 + "1" + ")" * 500]
)
def test_37_expressions_that_cost_without_end(tmp_path, when):
    with_condition(tmp_path, when)
    with pytest.raises(LogdocError, match="loss-hostile"):
        api.load_rules([tmp_path])


EVIL = (
    "<img src=x onerror=1></script><script>alert(1)</script>\" onx=' javascript:x @user #1 GH-12 "
    "0123456789abcdef0123456789abcdef01234567 https://evil.example www.evil.example [x](http://evil.example) "
    "![i](http://evil.example/i.png) |`` \x1b]0;x\x07\x1b[31m\x9b1m\u202e\u2066\u200b [/red]"
)


@pytest.fixture
def evil(tmp_path: Path):
    rows = "".join(f"{i},{loss(i)},{math.nan}\n" for i in range(60))
    (tmp_path / "log.csv").write_text('step,loss,"' + EVIL.replace('"', '""') + ' loss"\n' + rows)
    printed = "".join(f"epoch {i} loss {loss(i):.4f}\n" for i in range(60))
    crash = f"Traceback (most recent call last):\n  File 'x.py', line 3, in <module>\nRuntimeError: {EVIL}\n"
    folder = tmp_path / "@user #1 www.evil.example"
    folder.mkdir()
    (folder / "train.log").write_text(printed + crash)
    layer = b"grad_norm/" + EVIL.encode()
    dead = [part for i in range(60) for part in (point(i, loss(i), b"train/loss"), point(i, 0.0, layer))]
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / NAME).write_bytes(b"".join([records()[0], *dead]))
    analysis = api.analyze(tmp_path, code=False)
    assert len(analysis.runs) == 3
    return analysis


class Elements(HTMLParser):
    """Which elements, attributes and addresses a page has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.scripts += tag == "script" and "type" not in dict(attrs)  # others hold data
        self.attributes.update(name for name, _ in attrs)
        for name, value in attrs:
            if name in ("href", "src"):
                assert (value or "").startswith("#") or "evil" not in (value or ""), value


def test_39_markup_in_names_stays_text_in_html(evil):
    page = Elements(to_html(evil))
    assert not page.names & {"img", "iframe", "object", "embed", "base"}
    assert to_html(evil).count("<form") == 1  # that which filters the runs
    assert page.scripts == 1
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "onerror=1" in to_html(evil)


def test_40_markup_in_names_stays_text_in_markdown(evil):
    assert to_markdown(evil).count("https://evil.example") >= 3  # in the names of a column, a layer, and a crash line
    outside = re.sub(r"(`+).*?\1", "", to_markdown(evil))
    for part in (
        "@user",
        "://evil",
        "www.evil",
        "#1 ",
        "GH-12",
        "0123456789abcdef",
        "](http://e",
        "![",
        "<img",
        "<script",
        "\x1b",
    ):
        assert part not in outside, part


def test_41_commands_to_the_terminal_are_shown_as_escapes(evil, tmp_path, capfd):
    command(["analyze", str(tmp_path), "-v"])
    out, err = capfd.readouterr()
    for text in (out, err, plain_text(evil), to_markdown(evil), to_html(evil), to_json(evil)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", text)
    assert "\\x1b" in out


def test_notes_about_data_show_their_ids_in_every_report(tmp_path):
    judged(tmp_path, table() + "100,0.", "log.csv")
    (tmp_path / "empty.csv").write_bytes(b"")
    analysis = api.analyze(tmp_path, code=False)
    for draw in (to_html, to_markdown, plain_text, to_json):
        assert "DATA001" in draw(analysis)
        assert "DATA010" in draw(analysis)


def test_42_names_of_files_are_slugs():
    for name in ("../../x", "CON", "a" * 300, "a/b", "a\\b", "..", "\x00"):
        assert re.fullmatch(r"[A-Za-z0-9._-]{0,80}", slug(name))
        assert ".." not in slug(name).strip(".") or slug(name) != ".."


def test_43_names_in_csv_start_no_formula(tmp_path, capsysbinary):
    (tmp_path / "log.csv").write_text(table().replace("loss", "=HYPERLINK(0)"))
    api.export(tmp_path, tmp_path / "out.csv")
    assert all(row.split(",")[1].startswith("'=") for row in (tmp_path / "out.csv").read_text().splitlines()[1:])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\x00"])
def test_43_every_sign_that_starts_a_formula_stands_behind_an_apostrophe(tmp_path, sign):
    (tmp_path / "log.jsonl").write_text("".join(json_rows()).replace('"loss"', json.dumps(f"{sign}cmd loss")))
    api.export(tmp_path / "log.jsonl", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100
    assert {row["tag"][0] for row in rows} <= {"'", "\\"}
    assert rows[1]["value"] == str(loss(1))  # numbers stay numbers, also negative ones


def test_44_secrets_are_hidden_and_hyper_parameters_are_not():
    for key, value in (
        ("api_key", "0123456789abcdef"),
        ("db", "mysql://bob:pw12345@h/x"),
        ("note", "ghp_" + "a1" * 18),
    ):
        assert value not in redact(key, value)
    for key, value in (("max_tokens", 4096), ("tokenizer", "gpt2"), ("num_key_value_heads", 8), ("pad_token", "<pad>")):
        assert redact(key, value) == show(str(value))


def test_45_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path):
    report = tmp_path / "nowhere" / "report.html"
    assert command(["analyze", str(ROOT / "sample_logs" / "digits-cnn"), "-q", "-o", str(report)]) == 2


def test_47_a_log_over_its_budget_is_told_and_the_others_are_judged(tmp_path, monkeypatch):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(table())
    from logdoc.readers.registry import Format

    real = Format.read

    def slow(self, source):
        if source.id == "a.csv":
            raise budget.OverBudgetError("it took more than 60 s of processor time")
        return real(self, source)

    monkeypatch.setattr(Format, "read", slow)
    analysis = api.analyze(tmp_path, code=False)
    assert [run.id for run in analysis.runs] == ["b.csv"]
    assert [(d.id, d.lost) for d in analysis.defects] == [("DATA019", True)]


def test_48_the_same_input_gives_the_same_bytes(tmp_path):
    (tmp_path / "runs").mkdir()
    for number in range(3):
        (tmp_path / "runs" / f"{number}.csv").write_text(table(100 + number))
    # Of the same points, drawn in several places, and judged in one process or in two.
    for number in range(4):
        text = table(60) + "".join(f"{i},nan\n" for i in range(60, 80))
        (tmp_path / "runs" / f"bad{number}.csv").write_text(text)
    made = []
    for seed, zone, jobs in (("1", "UTC", "1"), ("2", "Asia/Tokyo", "2")):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
        out = [part for form in ("html", "md", "json") for part in ("-o", f"report.{form}")]
        arguments = [sys.executable, "-m", "logdoc", "analyze", str(tmp_path / "runs"), "-j", jobs, "--no-cache", *out]
        done = subprocess.run(arguments, capture_output=True, env=environment, timeout=300, cwd=folder)
        assert done.returncode == 1, done.stderr
        made.append([done.stdout, *((folder / f"report.{form}").read_bytes() for form in ("html", "md", "json"))])
    assert made[0] == made[1]
    assert made[0][3].decode() == to_json(api.analyze(tmp_path / "runs", code=False))


def test_the_page_has_a_row_for_each_and_names_guards_that_there_are():
    page = (ROOT / "docs" / "promises.md").read_text()
    rows = re.findall(r"^\| (\d+) \|.*\| `([^`]+)` \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 49))
    guards = re.findall(r"`(tests/[^`*]+\.py::\w+)`", page)
    assert len(guards) > len(rows)
    for guard in guards:
        path, _, name = guard.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(), guard


def test_a_database_that_is_damaged_in_one_row_keeps_the_others(tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        database.executescript(
            "create table runs (run_uuid, name, status, lifecycle_stage, start_time);"
            "create table params (key, value, run_uuid);"
            "create table metrics (key, value, timestamp, run_uuid, step, is_nan);"
            "insert into runs values ('r', 'one', 'FINISHED', 'active', 1);"
        )
        rows = [("loss", loss(i) if i != 7 else "x", 1_700_000_000_000 + i, "r", i, 0) for i in range(50)]
        database.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", rows)
    database.close()
    assert points(tmp_path) == 49
