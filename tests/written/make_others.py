"""Writes the logs of trackers' exports, searches and libraries of single fields: as make.py, whose `truth` they log.

`python tests/written/make_others.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main, rows
from make_more import printed_to

# The command that logdoc tells a user who has a repository of Aim.
AIM_EXPORT = (
    "import aim, pandas; [pandas.concat([m.dataframe().assign(name="
    "' '.join([*map(str, m.context.to_dict().values()), m.name])) for m in ms]).to_csv(f'{r.hash}.csv', na_rep='nan') "
    "for r in aim.Repo('.').iter_runs() if (ms := list(r.metrics()))]"
)


def make_aim(folder: Path) -> None:
    """Track a run with Aim and export it as logdoc tells a user to."""
    import aim

    with tempfile.TemporaryDirectory() as place:
        run = aim.Run(repo=place, system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
        for step, values in rows():
            for name, value in values.items():
                part, _, measure = name.rpartition("/")
                run.track(value, name=measure, step=step, context={"subset": part} if part else {})
        run.close()
        aim_tool = str(Path(sys.executable).with_name("aim"))
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        for command in ([aim_tool, "storage", "reindex", "--yes"], [sys.executable, "-c", AIM_EXPORT]):
            subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
        (table,) = Path(place).glob("*.csv")
        (folder / "run.csv").write_text(table.read_text())


def make_pfn_extras(folder: Path) -> None:
    """Train with PyTorch PFN Extras: its log of epochs, one of iterations, and the table that it prints."""
    import pytorch_pfn_extras as ppe
    import torch
    from pytorch_pfn_extras.training import extensions

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x), batch_size=16)
    net = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), 0.05)
    kept = {"train": [], "val": []}

    def loss_on(batch: torch.Tensor) -> torch.Tensor:
        return ((net(batch) - batch[:, :1]) ** 2).mean()

    def validate(manager: object) -> None:
        kept["val"].append(loss_on(x).item())
        ppe.reporting.report({"val/loss": kept["val"][-1]})

    manager = ppe.training.ExtensionsManager(net, optimizer, 8, iters_per_epoch=len(data), out_dir=str(folder))
    manager.extend(validate, trigger=(1, "epoch"), name="validate", priority=500)
    manager.extend(extensions.observe_lr(optimizer=optimizer))
    manager.extend(extensions.LogReport(trigger=(1, "epoch")))
    lines = extensions.LogReport(trigger=(2, "iteration"), filename="iterations.jsonl", format="json-lines")
    manager.extend(lines, name="iterations")
    out = (folder / "train.log").open("w")
    manager.extend(extensions.PrintReport(["epoch", "iteration", "train/loss", "val/loss", "lr"], out=out))
    while not manager.stop_trigger:
        for (batch,) in data:
            with manager.run_iteration():
                optimizer.zero_grad()
                loss = loss_on(batch)
                loss.backward()
                optimizer.step()
                kept["train"].append(loss.item())
                ppe.reporting.report({"train/loss": kept["train"][-1]})
    out.close()
    (folder / "found.txt").write_text(json.dumps(kept))


def make_widedeep(folder: Path) -> None:
    """Train with pytorch-widedeep: its history, and the bars it draws for training and validation."""
    import numpy as np
    import pandas
    import torch
    from pytorch_widedeep import Trainer
    from pytorch_widedeep.metrics import Accuracy
    from pytorch_widedeep.models import TabMlp, WideDeep
    from pytorch_widedeep.preprocessing import TabPreprocessor

    torch.manual_seed(0)
    random = np.random.RandomState(0)
    table = pandas.DataFrame({"a": random.randn(200), "b": random.randn(200)})
    labels = (table.a + 0.3 * random.randn(200) > 0).astype(int).to_numpy()
    with (folder / "train.log").open("w") as out, contextlib.redirect_stderr(out):
        ready = TabPreprocessor(continuous_cols=["a", "b"], cols_to_scale=["a", "b"])
        x = ready.fit_transform(table)
        net = TabMlp(column_idx=ready.column_idx, continuous_cols=["a", "b"], mlp_hidden_dims=[8])
        model = WideDeep(deeptabular=net)
        trainer = Trainer(
            model, objective="binary", metrics=[Accuracy], optimizers=torch.optim.SGD(model.parameters(), 0.05)
        )
        trainer.fit(X_tab=x, target=labels, n_epochs=6, batch_size=32, val_split=0.2)
    (folder / "history").mkdir()
    (folder / "history" / "train_eval_history.json").write_text(json.dumps(trainer.history))


def make_metric_learning(folder: Path) -> None:
    """Train with PyTorch Metric Learning: record-keeper's TensorBoard file and its tables."""
    import torch
    from pytorch_metric_learning import losses, testers, trainers
    from pytorch_metric_learning.utils.logging_presets import get_hook_container, get_record_keeper

    torch.manual_seed(0)
    labels = torch.arange(96) % 4
    x = torch.randn(96, 4)
    x[:, 0] += 2 * labels
    data = torch.utils.data.TensorDataset(x, labels)
    nets = {"trunk": torch.nn.Linear(4, 8), "embedder": torch.nn.Linear(8, 4)}
    with tempfile.TemporaryDirectory() as place:
        keeper, _, _ = get_record_keeper(str(folder / "tables"), str(folder / "tensorboard"))
        hooks = get_hook_container(keeper)
        tester = testers.GlobalEmbeddingSpaceTester(
            end_of_testing_hook=hooks.end_of_testing_hook, dataloader_num_workers=0, data_device="cpu"
        )
        trainer = trainers.MetricLossOnly(
            nets,
            {f"{name}_optimizer": torch.optim.SGD(net.parameters(), 0.01) for name, net in nets.items()},
            32,
            {"metric_loss": losses.TripletMarginLoss()},
            data,
            dataloader_num_workers=0,
            data_device="cpu",
            end_of_iteration_hook=hooks.end_of_iteration_hook,
            end_of_epoch_hook=hooks.end_of_epoch_hook(tester, {"val": data}, place),
        )
        trainer.train(num_epochs=4)
    for path in folder.rglob("*.db"):
        path.unlink()


def make_deepxde(folder: Path) -> None:
    """Solve an equation with DeepXDE: the table that it prints and its file of losses, with a metric and without."""
    os.environ["DDE_BACKEND"] = "pytorch"
    import deepxde
    import numpy as np

    deepxde.config.set_random_seed(0)
    place = deepxde.geometry.Interval(-1, 1)
    edge = deepxde.icbc.DirichletBC(place, lambda x: 0 * x[:, :1] + 1, lambda x, on: on)
    data = deepxde.data.PDE(
        place, lambda x, y: deepxde.grad.hessian(y, x) - 2, edge, 16, 2, solution=lambda x: x**2, num_test=20
    )
    kept = {}
    for name, metrics in (("metric", ["l2 relative error"]), ("plain", [])):
        with printed_to(folder / f"{name}.log"):
            model = deepxde.Model(data, deepxde.nn.FNN([1, 8, 8, 1], "tanh", "Glorot uniform"))
            model.compile("adam", lr=0.01, metrics=metrics)
            history, state = model.train(iterations=600, display_every=100)
            (folder / name).mkdir()
            deepxde.saveplot(history, state, issave=True, isplot=False, output_dir=str(folder / name))
        parts = {"train": history.loss_train, "test": history.loss_test, "metric": history.metrics_test}
        kept[name] = {part: np.array(values, dtype=float).tolist() for part, values in parts.items()}
        for path in (folder / name).glob("t*.dat"):
            path.unlink()
    (folder / "found.txt").write_text(json.dumps(kept))


def make_forecasting(folder: Path) -> None:
    """Train a temporal fusion transformer with PyTorch Forecasting, with Lightning's two loggers."""
    import numpy as np
    import pandas
    from lightning.pytorch import Trainer, seed_everything
    from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
    from pytorch_forecasting import TemporalFusionTransformer, TimeSeriesDataSet
    from pytorch_forecasting.metrics import QuantileLoss

    seed_everything(0)
    values = np.sin(np.arange(180) / 5).astype("float32") + 2
    table = pandas.DataFrame({"t": [*range(60)] * 3, "g": [g for g in "abc" for _ in range(60)], "y": values})
    known = TimeSeriesDataSet(
        table[table.t < 50],
        time_idx="t",
        target="y",
        group_ids=["g"],
        max_encoder_length=12,
        max_prediction_length=4,
        time_varying_unknown_reals=["y"],
    )
    held_out = TimeSeriesDataSet.from_dataset(known, table, predict=True, stop_randomization=True)
    sizes = {"hidden_size": 4, "attention_head_size": 1, "hidden_continuous_size": 4}
    model = TemporalFusionTransformer.from_dataset(
        known, learning_rate=0.03, loss=QuantileLoss(), log_interval=-1, optimizer="adam", **sizes
    )
    trainer = Trainer(
        max_epochs=4,
        accelerator="cpu",
        logger=[CSVLogger(str(folder), "csv"), TensorBoardLogger(str(folder), "tb")],
        log_every_n_steps=2,
        enable_progress_bar=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        limit_train_batches=6,
    )
    loaders = [data.to_dataloader(train=data is known, batch_size=16, num_workers=0) for data in (known, held_out)]
    trainer.fit(model, *loaders)
    last = {name: float(value) for name, value in trainer.callback_metrics.items()}
    (folder / "found.txt").write_text(json.dumps(last))


def make_neuralforecast(folder: Path) -> None:
    """Train a small network with NeuralForecast and Lightning's table; it validates every ten steps."""
    import numpy as np
    import pandas
    from lightning.pytorch.loggers import CSVLogger
    from neuralforecast import NeuralForecast
    from neuralforecast.models import MLP

    hours = pandas.date_range("2020-01-01", periods=200, freq="h")
    table = pandas.DataFrame({"unique_id": "a", "ds": hours, "y": np.sin(np.arange(200) / 5) + 2})
    model = MLP(
        h=4,
        input_size=12,
        hidden_size=8,
        num_layers=2,
        max_steps=40,
        val_check_steps=10,
        batch_size=8,
        learning_rate=1e-2,
        random_seed=1,
        logger=CSVLogger(str(folder), "csv"),
        accelerator="cpu",
        enable_progress_bar=False,
        log_every_n_steps=2,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    forecast = NeuralForecast([model], freq="h")
    forecast.fit(table, val_size=20)
    kept = forecast.models[0]
    found = {"train": kept.train_trajectories, "val": kept.valid_trajectories}
    (folder / "found.txt").write_text(json.dumps(found, default=float))


def make_imitation(folder: Path) -> None:
    """Clone a policy with imitation: its table, its lines, its TensorBoard file and what it prints."""
    import gymnasium
    import numpy as np
    import torch
    from imitation.algorithms import bc
    from imitation.data.types import Transitions
    from imitation.util.logger import configure

    torch.manual_seed(0)
    seen = np.random.default_rng(0).normal(size=(224, 2)).astype(np.float32)
    ends = {"infos": np.array([{}] * 224), "next_obs": seen, "dones": np.zeros(224, dtype=bool)}
    cloning = bc.BC(
        observation_space=gymnasium.spaces.Box(-9, 9, (2,), np.float32),
        action_space=gymnasium.spaces.Discrete(2),
        demonstrations=Transitions(obs=seen, acts=(seen[:, 0] > 0).astype(int), **ends),
        rng=np.random.default_rng(0),
        batch_size=32,
        custom_logger=configure(str(folder), ["csv", "json", "tensorboard", "log"]),
        device="cpu",
    )
    cloning.train(n_epochs=20, log_interval=5, progress_bar=False)
    cloning.logger.close()


TOOLS = {
    "aim": ("aim", make_aim),
    "pfn_extras": ("pytorch-pfn-extras", make_pfn_extras),
    "widedeep": ("pytorch-widedeep", make_widedeep),
    "metric_learning": ("pytorch-metric-learning", make_metric_learning),
    "deepxde": ("deepxde", make_deepxde),
    "neuralforecast": ("neuralforecast", make_neuralforecast),
    "imitation": ("imitation", make_imitation),
    "forecasting": ("pytorch-forecasting", make_forecasting),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
