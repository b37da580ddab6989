"""Verdicts written with the real clients, and read back with their own readers."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import logdoc
from logdoc.api.pushing import push
from logdoc.errors import ConfigError, RenderError

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_logs"
# The clients warn about their own use of other packages.
pytestmark = pytest.mark.filterwarnings("ignore")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def unchanged(before: dict[str, str], folder: Path) -> bool:
    return before.items() <= digests(folder).items()


@pytest.fixture(scope="module")
def hot() -> logdoc.Analysis:
    return logdoc.analyze(SAMPLES / "letters-hot")


def logged(uri: str) -> tuple[Any, str]:
    """Return the client and the id of a run that diverges, logged with MLflow's own client."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client = MlflowClient(tracking_uri=uri)
    run = client.create_run(client.create_experiment("mine"), run_name="training")
    curve = [(0.9**i if i < 40 else float("nan")) + 0.2 for i in range(60)]
    client.log_batch(run.info.run_id, [Metric("train_loss", v, 1_700_000_000_000 + i, i) for i, v in enumerate(curve)])
    client.log_param(run.info.run_id, "lr", "0.1")
    client.set_terminated(run.info.run_id)
    return client, run.info.run_id


@pytest.mark.parametrize("store", ["sqlite", "files"])
def test_mlflow_gets_tags_and_artifacts_of_the_run_that_was_read(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.chdir(tmp_path)
    place = tmp_path / ("mlflow.db" if store == "sqlite" else "mlruns")
    uri = f"sqlite:///{place}" if store == "sqlite" else f"file://{place}"
    client, run_id = logged(uri)
    history = [(m.step, str(m.value)) for m in client.get_metric_history(run_id, "train_loss")]
    before = digests(place) if place.is_dir() else {}

    told = push(logdoc.analyze(place), mlflow=uri)

    run = client.get_run(run_id)
    assert told == [f"{told[0].partition(':')[0]}: tags and artifacts of run {run_id}"]
    assert run.data.tags["logdoc.verdict"] == "error"
    assert "loss-nan" in run.data.tags["logdoc.findings"]
    assert run.data.params == {"lr": "0.1"}
    assert [(m.step, str(m.value)) for m in client.get_metric_history(run_id, "train_loss")] == history
    assert unchanged({k: v for k, v in before.items() if not k.endswith("meta.yaml")}, place)
    report = Path(client.download_artifacts(run_id, "logdoc/report.json", str(tmp_path)))
    assert json.loads(report.read_text())["runs"][0]["verdict"] == "error"
    assert "NaN" in Path(client.download_artifacts(run_id, "logdoc/report.md", str(tmp_path))).read_text()


def test_a_run_that_the_store_does_not_hold_becomes_a_new_one(
    hot: logdoc.Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    uri = f"sqlite:///{tmp_path / 'new.db'}"

    told = push(hot, mlflow=uri)
    again = push(hot, mlflow=uri)

    assert told[0].startswith("letters-hot: a new run ")
    assert again[0].startswith("letters-hot: a new run ")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert len(list(tmp_path.glob("mlartifacts/*/artifacts/logdoc/report.md"))) == 2


def test_tensorboard_shows_the_report_under_the_run_and_the_logs_are_as_they_were(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logs = tmp_path / "runs"
    for name in ("letters-hot", "digits-cnn"):
        shutil.copytree(SAMPLES / name, logs / name)
    before, judged = digests(logs), logdoc.analyze(logs)

    push(judged, tensorboard=logs)

    shown = EventAccumulator(str(logs / "letters-hot")).Reload()
    text = shown.Tensors("logdoc/report")[0]
    assert text.step == judged.run("letters-hot").steps[1]
    assert "Learning rate too high" in text.tensor_proto.string_val[0].decode("utf-8")
    assert shown.SummaryMetadata("logdoc/report").plugin_data.plugin_name == "text"
    assert unchanged(before, logs)
    assert len(digests(logs)) == len(before) + 2
    later = logdoc.analyze(logs)
    assert [(run.id, run.verdict, [c.id for c in run.causes]) for run in later.runs] == [
        (run.id, run.verdict, [c.id for c in run.causes]) for run in judged.runs
    ]


def test_a_name_that_leads_out_of_the_folder_becomes_a_harmless_one(hot: logdoc.Analysis, tmp_path: Path) -> None:
    import dataclasses

    for name in ("../../out", "/abs", "a/../../b", "x\ny"):
        run = dataclasses.replace(hot.runs[0], id=name)
        push(dataclasses.replace(hot, runs=(run,)), tensorboard=tmp_path / "inside")

    assert {path.name for path in tmp_path.iterdir()} == {"inside"}
    assert len(list((tmp_path / "inside").iterdir())) == 4


def test_wandb_gets_an_offline_run_that_its_own_reader_reads(hot: logdoc.Analysis, tmp_path: Path) -> None:
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.internal.datastore import DataStore

    code = (
        "import logdoc; from logdoc.api.pushing import push; "
        f"push(logdoc.analyze({str(SAMPLES / 'letters-hot')!r}), wandb={str(tmp_path)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr

    store = DataStore()
    store.open_for_scan(str(next(tmp_path.rglob("*.wandb"))))
    summary: dict[str, str] = {}
    run = artifact = None
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        summary |= {update.key or "/".join(update.nested_key): update.value_json for update in record.summary.update}
        run = record.run if record.HasField("run") else run
        artifact = record.artifact if record.HasField("artifact") else artifact
        if record.HasField("request") and record.request.HasField("log_artifact"):
            artifact = record.request.log_artifact.artifact
    assert run is not None
    assert (run.job_type, run.run_group) == ("diagnosis", "letters-hot")
    assert {"error", "loss-diverging"} <= set(run.tags)
    assert json.loads(summary["logdoc/cause"]) == "lr-too-high"
    assert artifact is not None
    assert {entry.path for entry in artifact.manifest.contents} == {"report.md", "report.json"}


def test_no_place_and_a_place_that_cannot_be_written_are_told(hot: logdoc.Analysis, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no place"):
        push(hot)
    (tmp_path / "file").write_text("")
    with pytest.raises(RenderError, match="file"):
        push(hot, tensorboard=tmp_path / "file")


def test_a_saved_report_is_pushed_without_the_logs(hot: logdoc.Analysis, tmp_path: Path) -> None:
    from logdoc import api
    from logdoc.cli import run

    api.write_report(hot, tmp_path / "report.json")

    assert run(["push", str(tmp_path / "report.json"), "--tensorboard", str(tmp_path / "tb")]) == 0
    assert len(list((tmp_path / "tb" / "letters-hot").iterdir())) == 1


def test_a_database_of_mlflow_that_cannot_be_made_is_refused_at_once(tmp_path: Path) -> None:
    analysis = logdoc.analyze({"step": [0, 1, 2], "loss": [3.0, 2.0, 1.0]})
    with pytest.raises(RenderError, match=r"nowhere/m\.db: it could not be written"):
        push(analysis, mlflow=f"sqlite:///{tmp_path}/nowhere/m.db")
