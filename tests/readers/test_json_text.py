"""Numbers of hundreds of digits in JSON: no infinity, and no loss of what stands beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdoc import api
from logdoc.readers import load
from logdoc.readers.json_text import DIGITS, has_long_number, loads


def loss(i: int) -> float:
    return 2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5)


def rows(key: str, cell: str) -> list[str]:
    return [f'{{"{key}": {i}, "loss": {cell if i == 30 else loss(i)}}}' for i in range(60)]


def cells(cell: str) -> str:
    return ", ".join(cell if i == 30 else str(loss(i)) for i in range(60))


FORMS = {
    "log.jsonl": lambda cell: "\n".join(rows("step", cell)) + "\n",
    "history.json": lambda cell: f'{{"loss": [{cells(cell)}]}}',
    "records.json": lambda cell: f"[{', '.join(rows('epoch', cell))}]",
    "trainer_state.json": lambda cell: f'{{"log_history": [{", ".join(rows("step", cell))}], "global_step": 60}}',
    "metrics.json": lambda cell: (
        f'{{"loss": {{"steps": {list(range(60))}, "values": [{cells(cell)}], "timestamps": []}}}}'
    ),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "cell",
    ["9" * 2_000_000, "9" * 2_000_000 + ".5", "-" + "9" * 400 + ".5e3", "9" * 400, "9" * 5000],
    ids=["digits", "with decimals", "a few hundred with decimals", "a few hundred", "thousands"],
)
def test_a_number_of_hundreds_of_digits_costs_itself_only_and_is_no_infinity(
    tmp_path: Path, name: str, cell: str
) -> None:
    (tmp_path / name).write_text(FORMS[name](cell))
    (run,) = api.analyze(tmp_path, code=False).runs
    assert run.verdict == "incomplete"
    assert not {"loss-nan", "loss-overflow"} & {finding.id for finding in run.findings}
    (read,) = load([tmp_path])
    (series,) = (series for key, series in read.series.items() if "loss" in key)
    assert series.values.tolist() == [loss(i) for i in range(60) if i != 30]


@pytest.mark.parametrize("cell", ["1e400", "Infinity", "-Infinity"])
def test_an_infinity_that_was_written_as_one_stays_one(tmp_path: Path, cell: str) -> None:
    (tmp_path / "log.jsonl").write_text(FORMS["log.jsonl"](cell))
    (read,) = load([tmp_path])
    assert abs(read.series["loss"].values[30]) == float("inf")


@pytest.mark.parametrize("at", [0, 1, 99, 100, 101, 250, 5000])
def test_so_many_digits_are_found_wherever_they_stand_and_fewer_are_not(at: int) -> None:
    before, behind = ("0." * at)[:at], " 1" * 300
    assert has_long_number(f"{before}x{'7' * (DIGITS + 1)}x{behind}")
    assert not has_long_number(f"{before}x{'7' * DIGITS}x{behind}")


def test_other_numbers_are_those_of_the_library() -> None:
    text = json.dumps({"a": [1, -2.5, 1e-300, 10**299], "b": {"c": None, "d": True}, "e": "9" * 500})
    assert loads(text) == loads(text.encode()) == json.loads(text)
    assert loads(text.replace("true", "-" + "9" * 400))["b"]["d"] == "-" + "9" * 400
