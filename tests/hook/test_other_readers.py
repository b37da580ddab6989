"""What the hook writes, read by the tools that people open it with."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import logdoc.hook
from logdoc.model import Run
from tests.hook.training import mlp, the_run, torch, train


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("watched")
    model = mlp()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    with logdoc.hook.watch(model, optimizer, path, every=3) as watch:
        watch.meta(num_classes=3)
        train(model, optimizer, 30, watch)
    return path


@pytest.fixture(scope="module")
def ours(folder: Path) -> Run:
    run = the_run(folder)
    assert len(run.series) > 40
    return run


def test_tensorboards_event_accumulator(folder: Path, ours: Run) -> None:
    module = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs TensorBoard")
    accumulator = module.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    assert set(accumulator.Tags()["scalars"]) == set(ours.series)
    for name, series in ours.series.items():
        events = accumulator.Scalars(name)
        assert [e.step for e in events] == series.steps.tolist(), name
        assert np.array_equal(np.array([e.value for e in events]), series.values, equal_nan=True), name


def test_tbparse(folder: Path, ours: Run) -> None:
    module = pytest.importorskip("tbparse", reason="needs tbparse")
    with quiet():
        table = module.SummaryReader(str(folder)).scalars
    for name, part in table.groupby("tag"):
        assert part.step.tolist() == ours.series[str(name)].steps.tolist()
        assert np.array_equal(part.value.to_numpy(), ours.series[str(name)].values, equal_nan=True)
    assert set(table.tag) == set(ours.series)


def test_tensorboards_data_server(folder: Path, ours: Run) -> None:
    pytest.importorskip("tensorboard_data_server", reason="needs tensorboard-data-server: pip install 'logdoc[bench]'")
    ingester_module = pytest.importorskip("tensorboard.data.server_ingester", reason="needs TensorBoard")
    from tensorboard import context
    from tensorboard.data.provider import RunTagFilter
    from tensorboard.util import grpc_util

    with quiet():
        ingester = ingester_module.SubprocessServerDataIngester(
            server_binary=ingester_module.get_server_binary(),
            logdir=str(folder),
            reload_interval=0,
            channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
            samples_per_plugin={"scalars": 10_000},
        )
        ingester.start()
        provider = ingester.data_provider
        served = provider.read_scalars(
            context.RequestContext(),
            experiment_id="",
            plugin_name="scalars",
            downsample=10_000,
            run_tag_filter=RunTagFilter(),
        )
    (tags,) = served.values()
    assert set(tags) == set(ours.series)
    for name, data in tags.items():
        assert [d.step for d in data] == ours.series[name].steps.tolist(), name
        assert np.array_equal(np.array([d.value for d in data]), ours.series[name].values, equal_nan=True), name
