"""Writes the logs of more writers yet: as make.py, whose `truth` they log.

`python tests/written/make_further.py TOOL ...` in an environment that has the tool; torch where it trains one.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import json
import logging
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main, rows, truth
from make_more import printed_to


def make_timm(folder: Path) -> None:
    """Write timm's summary: validation in every third epoch only, which leaves the other rows shorter."""
    # Its module alone: the package around it needs torchvision.
    path = importlib.metadata.distribution("timm").locate_file("timm/utils/summary.py")
    spec = importlib.util.spec_from_file_location("summary", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    update_summary = module.update_summary

    for epoch in range(12):
        measured = {"loss": 2 / (epoch + 1) + 0.1, "top1": 50.0 + epoch, "top5": 80.0 + epoch}
        update_summary(
            epoch,
            {"loss": 2 / (epoch + 1)},
            measured if epoch % 3 == 0 else {},
            str(folder / "summary.csv"),
            lr=0.1 * (1 - epoch / 12),
        )


def make_tabnet(folder: Path) -> None:
    """Train TabNet: what it prints, and its history."""
    import numpy as np
    import torch
    from pytorch_tabnet.tab_model import TabNetClassifier

    random = np.random.RandomState(0)
    x = random.randn(256, 4).astype("float32")
    y = (x[:, 0] > 0).astype(int)
    torch.manual_seed(0)
    model = TabNetClassifier(seed=0, n_d=4, n_a=4, device_name="cpu")
    with printed_to(folder / "train.log"):
        model.fit(
            x[:192],
            y[:192],
            eval_set=[(x[:192], y[:192]), (x[192:], y[192:])],
            eval_name=["train", "valid"],
            eval_metric=["auc", "logloss"],
            max_epochs=12,
            patience=20,
            batch_size=64,
            virtual_batch_size=32,
        )
    history = {name: [float(value) for value in values] for name, values in model.history.history.items()}
    (folder / "history.txt").write_text(json.dumps(history))


def make_torchtnt(folder: Path) -> None:
    """Log with TorchTNT: its table, its JSON, what it prints, TensorBoard."""
    from torchtnt.utils.loggers import CSVLogger, JSONLogger, StdoutLogger, TensorBoardLogger

    (folder / "tensorboard").mkdir()
    writers = [
        CSVLogger(str(folder / "metrics.csv")),
        JSONLogger(str(folder / "metrics.json")),
        TensorBoardLogger(str(folder / "tensorboard")),
    ]
    with printed_to(folder / "train.log"):
        writers.append(StdoutLogger(precision=6))
        for step in range(40):
            values = {name: dict(points).get(step, 0.0) for name, points in truth().items()}
            for writer in writers:
                writer.log_dict(values, step=step)
        for writer in writers:
            writer.close()


def make_skrl(folder: Path) -> None:
    """Train an agent of skrl on CartPole, and keep its TensorBoard file with what it handed to its writer."""
    import gymnasium
    from skrl.agents.torch.dqn import DQN, DQN_CFG
    from skrl.envs.wrappers.torch import wrap_env
    from skrl.memories.torch import RandomMemory
    from skrl.trainers.torch import SequentialTrainer
    from skrl.utils import set_seed
    from skrl.utils.model_instantiators.torch import deterministic_model

    set_seed(0)
    env = wrap_env(gymnasium.make("CartPole-v1"))
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space, "device": env.device}
    network = [{"name": "net", "input": "OBSERVATIONS", "layers": [8], "activations": "relu"}]
    models = {
        name: deterministic_model(**spaces, network=network, output="ACTIONS")
        for name in ("q_network", "target_q_network")
    }
    settings = DQN_CFG()
    settings.learning_starts = 20
    settings.experiment.directory = str(folder)
    settings.experiment.experiment_name = "dqn"
    settings.experiment.write_interval = 40
    settings.experiment.checkpoint_interval = 0
    agent = DQN(models=models, memory=RandomMemory(memory_size=500, device=env.device), cfg=settings, **spaces)
    written: list[tuple[str, int, float]] = []
    trainer = SequentialTrainer(
        env=env, agents=agent, cfg={"timesteps": 400, "headless": True, "disable_progressbar": True}
    )
    from skrl.utils.tensorboard import SummaryWriter

    original = SummaryWriter.add_scalar

    def kept(self: object, *, tag: str, value: float, timestep: int) -> None:
        written.append((tag, timestep, float(value)))
        original(self, tag=tag, value=value, timestep=timestep)

    SummaryWriter.add_scalar = kept
    try:
        trainer.train()
    finally:
        SummaryWriter.add_scalar = original
    agent.writer.close()
    for path in folder.rglob("checkpoints"):
        shutil.rmtree(path)
    (folder / "written.txt").write_text(json.dumps(written))


def make_torchbearer(folder: Path) -> None:
    """Train with torchbearer: its table."""
    import torch
    from torchbearer import Trial
    from torchbearer.callbacks import CSVLogger

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    net = torch.nn.Linear(4, 1)
    trial = Trial(
        net,
        torch.optim.SGD(net.parameters(), 0.05),
        torch.nn.MSELoss(),
        metrics=["loss"],
        callbacks=[CSVLogger(str(folder / "log.csv"))],
    )
    trial.with_train_data(x, x[:, :1], batch_size=16).with_val_data(x, x[:, :1], batch_size=16)
    history = trial.run(8, verbose=0)
    kept = [{k: float(v) for k, v in row.items() if not isinstance(v, tuple)} for row in history]
    (folder / "history.txt").write_text(json.dumps(kept))


def make_xgboost_cv(folder: Path) -> None:
    """Keep what XGBoost's and LightGBM's cross-validation prints: mean and deviation over the folds."""
    import lightgbm
    import xgboost
    from make_more import _classes

    x, y, _, _ = _classes()
    with printed_to(folder / "xgboost.log"):
        table = xgboost.cv(
            {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "nthread": 1},
            xgboost.DMatrix(x, y),
            15,
            nfold=3,
            verbose_eval=1,
            show_stdv=True,
            seed=0,
        )
    table.to_csv(folder / "cv.csv", index=False)
    with printed_to(folder / "lightgbm.log"):
        found = lightgbm.cv(
            {
                "objective": "binary",
                "metric": ["binary_logloss", "auc"],
                "min_data_in_leaf": 5,
                "verbose": -1,
            },
            lightgbm.Dataset(x, y),
            15,
            nfold=3,
            callbacks=[lightgbm.log_evaluation(1)],
            eval_train_metric=True,
            seed=0,
        )
    (folder / "lightgbm.txt").write_text(json.dumps(found))


def make_sklearn(folder: Path) -> None:
    """Keep what three models of scikit-learn print."""
    import numpy as np
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import SGDClassifier
    from sklearn.neural_network import MLPClassifier

    random = np.random.RandomState(0)
    x = random.randn(200, 5)
    y = (x[:, 0] + 0.3 * random.randn(200) > 0).astype(int)
    found = {}
    with printed_to(folder / "mlp.log"):
        model = MLPClassifier((8,), max_iter=30, verbose=True, random_state=0, early_stopping=True).fit(x, y)
        found["mlp"] = {"loss": model.loss_curve_, "score": model.validation_scores_}
    with printed_to(folder / "boosting.log"):
        model = GradientBoostingClassifier(n_estimators=20, verbose=2, random_state=0, subsample=0.8).fit(x, y)
        found["boosting"] = {"loss": model.train_score_.tolist(), "improvement": model.oob_improvement_.tolist()}
    with printed_to(folder / "sgd.log"):
        SGDClassifier(max_iter=20, verbose=1, random_state=0, tol=None).fit(x, y)
    (folder / "found.txt").write_text(json.dumps(found))


def make_clu(folder: Path) -> None:
    """Log with CLU's writers, as Flax's examples do: TensorBoard through TensorFlow, and the lines of a log."""
    from absl import logging as absl_logging
    from clu import metric_writers

    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(absl_logging.PythonFormatter())
    logging.getLogger("absl").addHandler(handler)
    absl_logging.set_verbosity(absl_logging.INFO)
    writer = metric_writers.MultiWriter([metric_writers.SummaryWriter(str(folder)), metric_writers.LoggingWriter()])
    writer.write_hparams({"lr": 0.1, "depth": 3})
    for step, values in rows():
        writer.write_scalars(step, values)
    writer.close()
    lines = [line for line in handler.stream.getvalue().splitlines() if "logging_writer" in line]
    (folder / "train.log").write_text("\n".join([*lines, ""]))


def make_keras_tensorboard(folder: Path) -> None:
    """Train twice with Keras: its callback for TensorBoard, and a table that the second training appends to."""
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    x = np.random.RandomState(0).randn(64, 4).astype("float32")
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    found = []
    for start, end in ((0, 6), (6, 10)):
        history = model.fit(
            x,
            x[:, :1],
            validation_data=(x, x[:, :1]),
            batch_size=16,
            epochs=end,
            initial_epoch=start,
            verbose=0,
            callbacks=[
                keras.callbacks.TensorBoard(
                    str(folder / "tb"), update_freq="epoch", histogram_freq=1, write_graph=False
                ),
                keras.callbacks.CSVLogger(str(folder / "table.csv"), append=True),
            ],
        )
        found.append(history.history)
    (folder / "history.txt").write_text(json.dumps(found))


def make_d3rlpy(folder: Path) -> None:
    """Log with d3rlpy's adapter for files: a table per measure, whose rows are epoch, step and value."""
    from d3rlpy.logging import FileAdapterFactory

    adapter = FileAdapterFactory(root_dir=str(folder)).create(object(), "exp", "")
    adapter.write_params({"learning_rate": 0.1, "batch_size": 32})
    for epoch in range(1, 13):
        step = epoch * 100
        for name, value in (("loss", 2 / epoch), ("environment", 10.0 * epoch), ("time_step", 0.01)):
            adapter.before_write_metric(epoch, step)
            adapter.write_metric(epoch, step, name, value)
            adapter.after_write_metric(epoch, step)
    adapter.close()


TOOLS = {
    "d3rlpy": ("d3rlpy", make_d3rlpy),
    "timm": ("timm", make_timm),
    "tabnet": ("pytorch-tabnet", make_tabnet),
    "torchtnt": ("torchtnt", make_torchtnt),
    "skrl": ("skrl", make_skrl),
    "torchbearer": ("torchbearer", make_torchbearer),
    "xgboost_cv": ("xgboost", make_xgboost_cv),
    "sklearn": ("scikit-learn", make_sklearn),
    "clu": ("clu", make_clu),
    "keras_tensorboard": ("keras", make_keras_tensorboard),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
