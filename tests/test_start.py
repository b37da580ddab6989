"""What a call imports, parses and computes: guards of its speed that do not depend on the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logdoc.diagnosis import inference
from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import Run, Series
from logdoc.signals import profile as profiles

ROOT = Path(__file__).resolve().parent.parent
EVENTS = next((ROOT / "sample_logs" / "digits-cnn").glob("events*"))
HEAVY = ("scipy", "pandas", "tbparse", "tensorboard", "jinja2", "torch", "fsspec", "numpy.ma", "sqlite3")
CHECKING = ("yaml", "logdoc.engine.loader", "logdoc.engine.schema", "logdoc.engine.lint", "logdoc.engine.selftest")
CALLING = ("typer", "click", "pydantic", "logdoc.cli.app")
OTHER_READERS = ("wandb", "database", "parquet", "trainer_state", "jsonlines", "mlflow")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table that no call has judged before, whose verdict is in no cache."""
    path = tmp_path / "table" / "run.csv"
    path.parent.mkdir()
    rows = [f"{i},{2 * 0.99**i + 0.3:.5f},{2 * 0.99**i + 0.4:.5f},0.001" for i in range(200)]
    path.write_text("\n".join(["step,train/loss,val/loss,lr", *rows]), encoding="utf-8")
    return path


def imported_by(*arguments: str) -> set[str]:
    code = (
        "import sys, json\n"
        "from logdoc.cli import run\n"
        f"run({list(arguments)!r})\n"
        "print('\\nLOADED', json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.rpartition("LOADED ")[2]))


def test_judging_a_table_imports_no_other_reader_and_nothing_that_checks_rules(table: Path) -> None:
    imported_by("analyze", str(table))  # fills the cache of the rules

    found = imported_by("analyze", "--no-cache", str(table))

    readers = [f"logdoc.readers.{name}" for name in (*OTHER_READERS, "tensorboard")]
    assert found.intersection([*HEAVY, *CHECKING, *CALLING, *readers]) == set()
    assert not [name for name in found if name.startswith("logdoc.program")]  # no text of a program lies beside it


def test_judging_an_event_file_imports_no_other_reader_and_nothing_that_checks_rules(table: Path) -> None:
    imported_by("analyze", str(table))

    found = imported_by("analyze", "--no-cache", str(EVENTS))

    readers = [f"logdoc.readers.{name}" for name in (*OTHER_READERS, "history", "delimited", "console")]
    assert found.intersection([*HEAVY, *CHECKING, *CALLING, *readers]) == set()


@pytest.mark.parametrize("command", [["--help"], ["version"], ["rules", "--help"], ["analyze", "--help"]])
def test_what_needs_no_run_imports_no_numerics(command: list[str]) -> None:
    found = imported_by(*command)

    assert found.intersection([*HEAVY, *CHECKING, "numpy", "logdoc.api"]) == set()


def test_each_rule_file_is_parsed_once_in_the_first_call_and_never_in_the_second(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGDOC_CACHE_DIR", str(tmp_path))
    code = (
        "import collections\n"
        "from logdoc.cli import run\n"
        "from logdoc.documents import building\n"
        "parsed = collections.Counter()\n"
        "real = building.yaml_events\n"
        "def counted(text, where):\n"
        "    parsed[where] += 1\n"
        "    return real(text, where)\n"
        "building.yaml_events = counted\n"
        f"run(['analyze', {str(table)!r}])\n"
        "print('\\nPARSED', len(parsed), max(parsed.values(), default=0))"
    )

    said = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-2:]
        for _ in range(2)
    ]

    assert int(said[0][0]) > 150
    assert int(said[0][1]) == 1
    assert said[1] == ["0", "0"]


def run_of(series: dict[str, np.ndarray]) -> Run:
    steps = np.arange(len(next(iter(series.values()))))
    return Run("run", "made", ("made",), series={n: Series(n, steps, v.astype(np.float64)) for n, v in series.items()})


def layers(count: int = 12, points: int = 300) -> Run:
    rng = np.random.default_rng(0)
    t = np.arange(points)
    made = {"train/loss": 1 + np.exp(-t / 60) + 0.05 * rng.normal(size=points)}
    for i in range(count):
        for statistic, level in (("grad_norm", 1.0), ("weight_norm", 5.0), ("update_ratio", 1e-3), ("act_std", 1.0)):
            made[f"{statistic}/layer{i}.weight"] = level * (1 + 0.05 * rng.normal(size=points))
    return run_of(made)


def test_each_series_is_profiled_once_and_equally_long_layers_together(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = make_judge(load_rules(), {}, {})
    run = layers()
    logged = {id(s): name for name, s in run.series.items()}
    alone: Counter[str] = Counter()
    together: Counter[str] = Counter()
    real, real_alike = profiles._computed, profiles._profile_alike

    def computed(s: Series) -> Any:
        alone[logged.get(id(s), "")] += 1
        return real(s)

    def alike(members: list[Series]) -> None:
        together.update(logged[id(s)] for s in members)
        real_alike(members)

    monkeypatch.setattr(profiles, "_computed", computed)
    monkeypatch.setattr(profiles, "_profile_alike", alike)

    judge_run(run, prepare(run, judge), judge)

    assert max((alone + together)[name] for name in logged.values()) == 1
    assert len(together) == len(logged) - 1


def test_what_to_log_next_sums_no_more_of_the_network_than_a_verdict_touches(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = make_judge(load_rules(), {}, {})
    t = np.arange(400)
    noise = np.random.default_rng(1).normal(size=400)
    run = run_of({"train/loss": 0.2 + 2 * np.exp(-t / 80) + 0.02 * noise, "val/loss": 0.3 + 2 * np.exp(-t / 80)})
    sums: list[int] = []
    built: list[int] = []
    real, real_init = inference.Beliefs._summed, inference.Beliefs.__init__
    monkeypatch.setattr(
        inference.Beliefs, "_summed", lambda self, *given: sums.append(len(given[1])) or real(self, *given)
    )
    monkeypatch.setattr(inference.Beliefs, "__init__", lambda self, *given: built.append(1) or real_init(self, *given))

    found = judge_run(run, prepare(run, judge), judge)

    firing = [f.id for f in found.findings if f.status == "fires" and f.id in judge.network.explaining]
    asked = [n.id for n in found.not_judged if n.id in judge.network.explaining]
    assert firing == []
    assert len(asked) > 40
    assert len(built) == 2  # once for the verdicts, ranking and possible causes alike, once more at most
    assert len(sums) <= len(asked)  # at most once for each that might fire; that it is clear needs no sum
    assert max(sums, default=0) < len(judge.network.causes) / 2
