"""What logdoc promises about bad input, faults and outputs: one test a row of ``docs/promises.md``, by its number."""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import sqlite3
import struct
import subprocess
import sys
import zipfile
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


@pytest.mark.parametrize("at", [20, 3], ids=["payload (row 2)", "length (row 3)"])
def test_02_03_a_bit_flipped(tmp_path, at):
    parts = records()
    parts[50] = parts[50][:at] + bytes([parts[50][at] ^ 4]) + parts[50][at + 1 :]
    run = judged(tmp_path, b"".join(parts))
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
    judged(tmp_path, b"".join(parts))
    assert points(tmp_path) == 100


def test_07_a_record_that_is_no_event(tmp_path):
    parts = records()
    parts.insert(50, record(b"\xff" * 40))
    assert "DATA005" in ids(judged(tmp_path, b"".join(parts)))
    assert points(tmp_path) == 100


def test_08_a_tag_that_is_no_utf8(tmp_path):
    judged(tmp_path, b"".join([*records(), *(point(i, 1.0, b"a\xff") for i in range(9))]))
    assert points(tmp_path, "a\\xff") == 9


def test_09_a_tensor_that_claims_to_be_huge(tmp_path):
    shape = field(2, field(2, b"\x08" + varint(2**40)))
    tensor = b"\x08\x01" + shape + b"\x2d" + struct.pack("<f", 1.0)
    bomb = record(b"\x09" + struct.pack("<d", 1.7e9) + field(5, field(1, field(1, b"bomb") + field(8, tensor))))
    judged(tmp_path, b"".join([*records(), bomb]))
    assert points(tmp_path) == 100


@pytest.mark.parametrize("time", [math.nan, 0.0, -1.0])
def test_10_wall_times_that_cannot_be(tmp_path, time):
    parts = records()
    parts[51] = point(50, loss(50), time=time)
    judged(tmp_path, b"".join(parts))
    assert points(tmp_path) == 100


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


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n" + bytes(64), gzip.compress(b"x"), bytes(5000)],
    ids=["empty (row 16)", "image (row 17)", "gzip (row 17)", "zeros"],
)
def test_16_17_nothing_to_judge(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    assert command(["analyze", str(tmp_path), "-q"]) == 3


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pipes among files")
def test_18_19_pipes_and_links_in_circles(tmp_path):
    os.mkfifo(tmp_path / f"{NAME}.pipe")
    (tmp_path / "circle").symlink_to(tmp_path)
    judged(tmp_path, b"".join(records()))
    assert points(tmp_path) == 100


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_27_encodings(tmp_path, encoding):
    judged(tmp_path, table().replace("step", "step,d\u00e9bit").replace("\n", ",1\n", 0).encode(encoding), "log.csv")
    judged(tmp_path, table().encode(encoding), "log.csv")
    assert points(tmp_path) == 100


def test_28_29_rows_that_do_not_fit(tmp_path):
    rows = table().splitlines(keepends=True)
    rows[50], rows[60] = "49,1,2,3\n", '59,"' + "9" * 3_000_000 + '"\n'
    run = judged(tmp_path, "".join(rows), "log.csv")
    assert run.verdict == "incomplete"
    assert points(tmp_path) == 98
    assert "loss-nan" not in [finding.id for finding in run.findings]


def test_30_cells_that_are_no_numbers_are_lost_data(tmp_path):
    rows = table().splitlines()
    rows[5::5] = [f"{row.split(',')[0]},ERR" for row in rows[5::5]]
    run = judged(tmp_path, "\n".join(rows) + "\n", "log.csv")
    assert run.verdict == "incomplete"
    assert "DATA018" in ids(run)


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


def test_33_bombs_and_archives_that_climb(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 16)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(table().encode() + b"99,1\n" * 100_000))
    with zipfile.ZipFile(tmp_path / "climb.zip", "w") as archive:
        archive.writestr("../../out.csv", table())
    assert command(["analyze", str(tmp_path), "-q"]) == 3
    assert not (tmp_path.parent.parent / "out.csv").exists()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: [*a, *a]\n",
        "a: !!python/object/apply:os.system [id]\n",
        "[" * 5000,
        "id: x\nid: y\n",
        "wibble: 1\n",
    ],
    ids=["alias (34)", "tag (34)", "deep (34)", "twice (35)", "unknown (35)"],
)
def test_34_35_rule_files_that_are_wrong_or_hostile(tmp_path, text):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "bad.yaml").write_text(text)
    with pytest.raises(LogdocError, match=r"bad\.yaml"):
        api.load_rules([tmp_path])


@pytest.mark.parametrize(
    "when", ["().__class__", "9**9**9", "lambda: 1", "(x := 1)", "f'{loss}'", "loss[0]", "[1 for _ in loss]"]
)
def test_36_37_expressions_that_are_hostile(tmp_path, when):
    (tmp_path / "loss").mkdir()
    real = next((ROOT / "rules" / "loss").glob("loss-plateau.yaml")).read_text()
    text = re.sub(r"^when:.*?(?=^\S)", f"when: {json.dumps(when)}\n", real, count=1, flags=re.MULTILINE | re.DOTALL)
    text = text.replace("id: loss-plateau", "id: loss-hostile", 1)
    (tmp_path / "loss" / "loss-hostile.yaml").write_text(text)
    with pytest.raises(LogdocError, match="loss-hostile"):
        api.load_rules([tmp_path])


def test_39_40_41_text_of_a_log_stays_text(tmp_path):
    evil = '<img src=x onerror=1>@user https://evil.example #1 \x1b]0;x\x07\u202e|`" onx='
    rows = "".join(f"{i},{loss(i)},{math.nan}\n" for i in range(60))
    (tmp_path / "log.csv").write_text('step,loss,"' + evil.replace('"', '""') + ' loss"\n' + rows)
    analysis = api.analyze(tmp_path, code=False)
    page, markdown, text = to_html(analysis), to_markdown(analysis), plain_text(analysis)
    assert "<img src=x" not in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page + markdown + text)
    outside = re.sub(r"(`+).*?\1", "", markdown)
    assert "@user" not in outside
    assert "https://evil" not in outside
    assert "<img" not in outside


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
    sample = str(ROOT / "sample_logs" / "letters-hot")
    made = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        arguments = [sys.executable, "-m", "logdoc", "analyze", sample, "--format", "json"]
        made.append(subprocess.run(arguments, capture_output=True, env=environment, timeout=120).stdout)
    assert made[0] == made[1]
    assert made[0].decode() == to_json(api.analyze(sample))


def test_the_page_has_a_row_for_each_and_names_guards_that_there_are():
    page = (ROOT / "docs" / "promises.md").read_text()
    rows = re.findall(r"^\| (\d+) \|.*\| `([^`]+)` \|$", page, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 49))
    for _, guard in rows:
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
