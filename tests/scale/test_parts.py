"""Parts of a report, put together, are the report of one call."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import logdoc
from logdoc.api.parts import analyze_part, merge
from logdoc.cli import run
from logdoc.errors import ConfigError, ReadError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def parts(runs: Path, tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"part-{number}.jsonl" for number in (1, 2, 3)]
    counts = [analyze_part(runs, (number, 3), path, ignore=["loss-stuck"]) for number, path in enumerate(made, 1)]
    assert len({of for _, of in counts}) == 1
    assert sum(count for count, _ in counts) == counts[0][1]
    return made


def test_parts_together_are_the_report_of_one_call(runs: Path, parts: list[Path]) -> None:
    told: list[str] = []

    merged = merge(parts[::-1], each=lambda one: told.append(one.id))

    assert merged.groups
    assert merged.defects
    assert merged.to_json() == logdoc.analyze(runs, ignore=["loss-stuck"]).to_json()
    assert told == [one.id for one in merged.runs]


def test_a_part_is_told_in_lines_of_plain_json(parts: list[Path]) -> None:
    rows = [json.loads(line) for line in parts[0].read_text(encoding="ascii").splitlines()]

    assert [row["kind"] for row in rows] == ["part", *["place"] * 2, "end"]
    assert rows[0]["shard"] == [1, 3]
    assert all(row["place"] % 3 == 0 for row in rows[1:-1])


def test_parts_that_are_missing_doubled_or_strange_are_named(runs: Path, parts: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    analyze_part(runs, (3, 3), other)
    alone = tmp_path / "alone.jsonl"
    analyze_part(runs, (1, 1), alone, ignore=["loss-stuck"])

    with pytest.raises(ConfigError, match="parts 2, 3 of 3 are missing"):
        merge(parts[:1])
    with pytest.raises(ConfigError, match="part 1 of 3 was given twice"):
        merge([*parts, parts[0]])
    with pytest.raises(ConfigError, match="another 'task'"):
        merge([*parts[:2], other])
    with pytest.raises(ConfigError, match="a part of 1, not of 3"):
        merge([*parts, alone])
    with pytest.raises(ReadError, match="no part of a report"):
        merge([runs / "a" / "log.csv"])


def test_a_part_that_is_cut_or_damaged_is_no_part(parts: list[Path]) -> None:
    lines = parts[1].read_text(encoding="ascii").splitlines(keepends=True)

    parts[1].write_text("".join(lines[:-1]), encoding="ascii")
    with pytest.raises(ReadError, match="not written to its end"):
        merge(parts)
    parts[1].write_text("".join([lines[0], lines[1][:-20] + "\n", *lines[2:]]), encoding="ascii")
    with pytest.raises(ReadError, match="line 2 is damaged"):
        merge(parts)


def test_logs_that_changed_between_two_parts_are_noticed(runs: Path, parts: list[Path]) -> None:
    (runs / "e").mkdir()
    (runs / "e" / "log.csv").write_text((runs / "a" / "log.csv").read_text(encoding="utf-8"), encoding="utf-8")
    analyze_part(runs, (3, 3), parts[2], ignore=["loss-stuck"])

    with pytest.raises(ConfigError, match="another 'places'"):
        merge(parts)


def test_a_part_is_never_written_over_a_log(runs: Path) -> None:
    log = runs / "a" / "log.csv"
    before = log.read_bytes()

    with pytest.raises(ConfigError, match="would be lost"):
        analyze_part(runs, (1, 2), log)

    assert log.read_bytes() == before


def test_the_command_line_makes_parts_and_merges_them(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = [str(tmp_path / f"p{number}.jsonl") for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        assert run(["analyze", str(runs), "--no-config", "--shard", f"{number}/2", "-o", part]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "of 6 logs" in said.err

    merged = run(["merge", *parts, "--no-config", "-o", str(tmp_path / "merged.json")])
    whole = run(["analyze", str(runs), "--no-config", "-o", str(tmp_path / "whole.json")])

    assert merged == whole
    assert (tmp_path / "merged.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


@pytest.mark.parametrize(
    "options",
    [["--shard", "0/2"], ["--shard", "a"], ["--shard", "1/2"], ["--shard", "3/2"], ["--shard", f"1/{'9' * 5000}"]],
)
def test_a_part_needs_a_number_and_a_file(runs: Path, options: list[str]) -> None:
    target = [] if options[1] == "1/2" else ["-o", "x.jsonl"]

    assert run(["analyze", str(runs), "--no-config", *options, *target]) == 2


def test_lines_of_runs_are_those_of_the_report_with_what_is_accepted(runs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "logdoc", "analyze", str(runs), "--config", str(tmp_path / "logdoc.toml")]
    (tmp_path / "logdoc.toml").write_text("", encoding="utf-8")
    report = tmp_path / "r.json"
    run(["analyze", str(runs), "--no-config", "-q", "-o", str(report)])
    found = json.loads(report.read_text(encoding="utf-8"))
    owner = next(one for one in found["runs"] if one["findings"])
    config = tmp_path / "logdoc.toml"
    run(["accept", str(report), owner["id"], owner["findings"][0]["id"], "--because", "small", "--config", str(config)])

    done = subprocess.run([*command, "-f", "jsonl"], capture_output=True, check=False)
    subprocess.run([*command, "-q", "-o", str(tmp_path / "whole.jsonl")], check=False)

    assert done.stdout == (tmp_path / "whole.jsonl").read_bytes()
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows[0]["kind"] == "analysis"
    assert rows[-1] == {"kind": "end", "runs": 5}
    assert b"small" in done.stdout
