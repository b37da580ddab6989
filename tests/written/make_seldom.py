"""Writes the logs of searches by evolution, of online learning, and of trainers with tables of their own: as make.py.

`python tests/written/make_seldom.py TOOL ...` in an environment that has the tool.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make import main
from make_more import printed_to


@contextlib.contextmanager
def told_to(path: Path) -> Iterator[None]:
    """Write all that the process tells into a file, whoever writes it: standard output and errors, in two streams."""
    kept = os.dup(1), os.dup(2)
    with path.open("w") as out, path.open("a") as errors:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
                yield
                out.flush()
        finally:
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def make_mlx_lm(folder: Path) -> None:
    """Train a table of next tokens with MLX LM: its table in colours, with a triangle behind each training loss."""
    import mlx.core as mx
    import mlx.nn as nn
    import mlx.optimizers
    import numpy as np
    from mlx_lm.tuner.trainer import TrainingArgs, TrainingCallback, train

    class Pairs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.outside, self.layers = nn.Embedding(32, 16), nn.Linear(16, 32), []

        def __call__(self, tokens: mx.array) -> mx.array:
            return self.outside(self.inside(tokens))

    class Texts:
        def __init__(self, count: int) -> None:
            self.texts = np.random.RandomState(count).randint(0, 8, (count, 20)).tolist()

        def __len__(self) -> int:
            return len(self.texts)

        def __getitem__(self, at: int) -> tuple[list[int], int]:
            return self.texts[at], 0

        def itemlen(self, at: int) -> int:
            return len(self.texts[at])

    class Kept(TrainingCallback):
        def __init__(self) -> None:
            self.train: dict[int, float] = {}
            self.val: list[float] = []

        def on_train_loss_report(self, info: dict[str, float]) -> None:
            self.train[int(info["iteration"])] = float(info["train_loss"])

        def on_val_loss_report(self, info: dict[str, float]) -> None:
            self.val.append(float(info["val_loss"]))

    mx.random.seed(0)
    np.random.seed(0)
    kept = Kept()
    with tempfile.TemporaryDirectory() as other, printed_to(folder / "train.log"):
        train(
            model=Pairs(),
            optimizer=mlx.optimizers.Adam(1e-2),
            train_dataset=Texts(40),
            val_dataset=Texts(12),
            args=TrainingArgs(
                batch_size=4,
                iters=40,
                val_batches=2,
                steps_per_report=4,
                steps_per_eval=10,
                steps_per_save=100,
                max_seq_length=32,
                adapter_file=f"{other}/adapters.safetensors",
            ),
            training_callback=kept,
        )
    (folder / "found.txt").write_text(json.dumps({"train": kept.train, "val": kept.val}))


def make_pfrl(folder: Path) -> None:
    """Train a DQN with PFRL: what it logs of its episodes and updates, none of which comes early, and its scores."""
    import gymnasium
    import numpy as np
    import pfrl
    import torch

    class Ten:
        """Ten steps of an episode; the second action earns one."""

        observation_space = gymnasium.spaces.Box(-1, 1, (2,), np.float32)
        action_space = gymnasium.spaces.Discrete(2)

        def reset(self) -> np.ndarray:
            self.steps = 0
            return np.array([0, 1], np.float32)

        def step(self, action: int) -> tuple[np.ndarray, float, bool, dict[str, object]]:
            self.steps += 1
            return np.array([0, 1], np.float32), float(action), self.steps >= 10, {}

    torch.manual_seed(0)
    np.random.seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(2, 8),
        torch.nn.ReLU(),
        torch.nn.Linear(8, 2),
        pfrl.q_functions.DiscreteActionValueHead(),
    )
    explorer = pfrl.explorers.LinearDecayEpsilonGreedy(1, 0.1, 300, lambda: np.random.randint(2))
    agent = pfrl.agents.DQN(
        net,
        torch.optim.Adam(net.parameters(), 1e-2),
        pfrl.replay_buffers.ReplayBuffer(1000),
        0.9,
        explorer,
        replay_start_size=50,
        target_update_interval=20,
        phi=np.float32,
    )
    stream = (folder / "train.log").open("w")
    logging.basicConfig(level=logging.INFO, stream=stream, force=True)
    with tempfile.TemporaryDirectory() as other:
        pfrl.experiments.train_agent_with_evaluation(
            agent,
            Ten(),
            steps=400,
            eval_n_steps=None,
            eval_n_episodes=3,
            eval_interval=50,
            outdir=f"{other}/out",
            eval_env=Ten(),
        )
        shutil.copy(f"{other}/out/scores.txt", folder)
        stream.flush()
        logged = (folder / "train.log").read_text()
        (folder / "train.log").write_text(logged.replace(other, "runs"))


def make_vowpal_wabbit(folder: Path) -> None:
    """Keep the table of Vowpal Wabbit in four passes: from the second one on it measures held-out examples alone."""
    import vowpalwabbit

    random.seed(0)
    lines = []
    for _ in range(3000):
        a, b, c = (random.gauss(0, 1) for _ in range(3))
        lines.append(f"{a - 0.5 * b + random.gauss(0, 0.1):.4f} | a:{a:.4f} b:{b:.4f} c:{c:.4f}")
    with tempfile.TemporaryDirectory() as other:
        Path(other, "data.txt").write_text("\n".join(lines) + "\n")
        os.chdir(other)
        learner = vowpalwabbit.Workspace(
            "-d data.txt --passes 4 -P 300 --holdout_period 5 -c -k --cache_file cache", enable_logging=True
        )
        learner.run_parser()
        learner.finish()
        (folder / "train.log").write_text("".join(f"{line.rstrip()}\n" for line in learner.get_log()))


def make_evotorch(folder: Path) -> None:
    """Search with EvoTorch: a block of lines a generation, and its table."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != here]  # it would take sacred/ for the package
    import torch
    from evotorch import Problem
    from evotorch.algorithms import SNES
    from evotorch.logging import PandasLogger, StdOutLogger

    with printed_to(folder / "train.log"):
        problem = Problem(
            "min",
            lambda values: torch.sum(values**2, dim=-1),
            initial_bounds=(-3, 3),
            solution_length=4,
            vectorized=True,
            seed=1,
        )
        search = SNES(problem, stdev_init=2.0, popsize=30)
        StdOutLogger(search)
        table = PandasLogger(search)
        search.run(20)
    table.to_dataframe().to_csv(folder / "found.csv")


def make_pymoo(folder: Path) -> None:
    """Search with pymoo's genetic algorithm: its table with bars."""
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.optimize import minimize
    from pymoo.problems import get_problem

    with printed_to(folder / "train.log"):
        found = minimize(
            get_problem("ackley", n_var=4), GA(pop_size=20), ("n_gen", 20), seed=1, verbose=True, save_history=True
        )
    kept = {
        each.n_gen: [each.evaluator.n_eval, float(each.pop.get("F").mean()), float(each.pop.get("F").min())]
        for each in found.history
    }
    (folder / "found.txt").write_text(json.dumps(kept))


def make_deap(folder: Path) -> None:
    """Search with DEAP: the table of its logbook."""
    import numpy as np
    from deap import algorithms, base, creator, tools

    random.seed(1)
    creator.create("Least", base.Fitness, weights=(-1.0,))
    creator.create("Vector", list, fitness=creator.Least)
    box = base.Toolbox()
    box.register("number", random.uniform, -1, 1)
    box.register("vector", tools.initRepeat, creator.Vector, box.number, 5)
    box.register("evaluate", lambda values: (sum(value**2 for value in values),))
    box.register("mate", tools.cxBlend, alpha=0.5)
    box.register("mutate", tools.mutGaussian, mu=0, sigma=0.1, indpb=0.3)
    box.register("select", tools.selTournament, tournsize=3)
    told = tools.Statistics(lambda each: each.fitness.values)
    for name, function in (("avg", np.mean), ("std", np.std), ("min", np.min), ("max", np.max)):
        told.register(name, function)
    with printed_to(folder / "train.log"):
        _, book = algorithms.eaSimple([box.vector() for _ in range(30)], box, 0.5, 0.3, 20, stats=told, verbose=True)
    (folder / "found.txt").write_text(json.dumps([{name: float(v) for name, v in row.items()} for row in book]))


def make_composer(folder: Path) -> None:
    """Train with Composer: what it tells on the console, and its file of metrics, which holds that once more."""
    import torch
    from composer import ComposerModel, Trainer
    from composer.loggers import FileLogger, InMemoryLogger
    from torchmetrics import MeanSquaredError

    class Line(ComposerModel):
        def __init__(self) -> None:
            super().__init__()
            self.line, self.metric = torch.nn.Linear(4, 1), MeanSquaredError()

        def forward(self, batch: list[torch.Tensor]) -> torch.Tensor:
            return self.line(batch[0])

        def loss(self, outputs: torch.Tensor, batch: list[torch.Tensor]) -> torch.Tensor:
            return ((outputs - batch[1]) ** 2).mean()

        def eval_forward(self, batch: list[torch.Tensor], outputs: torch.Tensor | None = None) -> torch.Tensor:
            return self.forward(batch)

        def get_metrics(self, is_train: bool = False) -> dict[str, MeanSquaredError]:
            return {} if is_train else {"MeanSquaredError": self.metric}

        def update_metric(self, batch: list[torch.Tensor], outputs: torch.Tensor, metric: MeanSquaredError) -> None:
            metric.update(outputs, batch[1])

    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, x[:, :1]), batch_size=16)
    net, memory = Line(), InMemoryLogger()
    with told_to(folder / "train.log"):
        trainer = Trainer(
            model=net,
            train_dataloader=data,
            eval_dataloader=data,
            max_duration="6ep",
            optimizers=torch.optim.SGD(net.parameters(), 0.05),
            device="cpu",
            loggers=[memory, FileLogger(filename=str(folder / "log{rank}.txt"), overwrite=True)],
            progress_bar=False,
            log_to_console=True,
            console_log_interval="1ba",
            eval_interval="1ep",
            run_name="run",
        )
        trainer.fit()
        trainer.close()
    names = ("loss/train/total", "metrics/eval/MeanSquaredError")
    kept = {name: [(int(at.batch), float(value)) for at, value in memory.data[name]] for name in names}
    (folder / "found.txt").write_text(json.dumps(kept))


def make_litgpt(folder: Path) -> None:
    """Pretrain a tiny network with LitGPT: what it prints, and its table."""
    import torch
    from litgpt import Config
    from litgpt.args import EvalArgs, TrainArgs
    from litgpt.data import DataModule
    from litgpt.pretrain import setup

    class Tokens(DataModule):
        def connect(self, tokenizer: object = None, batch_size: int = 1, max_seq_length: int = 16) -> None:
            self.size = batch_size

        def train_dataloader(self) -> torch.utils.data.DataLoader:
            tokens = torch.randint(0, 8, (400, 17), generator=torch.Generator().manual_seed(0))
            return torch.utils.data.DataLoader(tokens, batch_size=self.size)

        def val_dataloader(self) -> torch.utils.data.DataLoader:
            return self.train_dataloader()

    tiny = Config(name="tiny", block_size=16, vocab_size=32, padded_vocab_size=32, n_layer=1, n_head=2, n_embd=16)
    with tempfile.TemporaryDirectory() as other:
        os.chdir(other)
        with told_to(folder / "train.log"):
            setup(
                model_name="tiny",
                model_config=tiny,
                out_dir=Path("out"),
                data=Tokens(),
                tokenizer_dir=None,
                devices=1,
                precision="32-true",
                seed=1,
                logger_name="csv",
                train=TrainArgs(
                    save_interval=None,
                    log_interval=1,
                    global_batch_size=8,
                    micro_batch_size=4,
                    max_tokens=16 * 8 * 30,
                    max_seq_length=16,
                    lr_warmup_steps=5,
                    max_norm=1.0,
                    min_lr=1e-5,
                ),
                eval=EvalArgs(interval=10, max_iters=2, initial_validation=True, final_validation=True),
            )
        shutil.copy("out/logs/csv/version_0/metrics.csv", folder)


def make_deepctr(folder: Path) -> None:
    """Train with DeepCTR-Torch: lines as Keras prints them, and its history."""
    import numpy as np
    from deepctr_torch.inputs import DenseFeat, SparseFeat
    from deepctr_torch.models import WDL

    drawn = np.random.RandomState(0)
    x = {"a": drawn.randint(0, 5, 400), "b": drawn.randn(400)}
    y = ((x["a"] > 2) ^ (drawn.rand(400) < 0.1)).astype(float)
    columns = [SparseFeat("a", 5, 4), DenseFeat("b", 1)]
    model = WDL(columns, columns, device="cpu")
    model.compile("adam", "binary_crossentropy", metrics=["binary_crossentropy", "auc"])
    with printed_to(folder / "train.log"):
        history = model.fit(x, y, batch_size=32, epochs=10, verbose=2, validation_split=0.25)
    (folder / "found.txt").write_text(json.dumps(history.history, default=float))


def make_gpboost(folder: Path) -> None:
    """Boost trees with random effects of groups: what GPBoost prints, and its `evals_result`."""
    import gpboost
    import numpy as np

    drawn = np.random.RandomState(0)
    x = drawn.randn(200, 3)
    y, groups, found = x[:, 0] + 0.1 * drawn.randn(200), np.arange(200) % 10, {}
    effects = gpboost.GPModel(group_data=groups[:150], likelihood="gaussian")
    effects.set_prediction_data(group_data_pred=groups[150:])
    train = gpboost.Dataset(x[:150], y[:150])
    with told_to(folder / "train.log"):
        gpboost.train(
            params={"verbose": 1, "learning_rate": 0.1, "num_leaves": 4},
            train_set=train,
            gp_model=effects,
            num_boost_round=20,
            valid_sets=gpboost.Dataset(x[150:], y[150:], reference=train),
            use_gp_model_for_validation=True,
            evals_result=found,
        )
    (folder / "found.txt").write_text(json.dumps(found))


TOOLS = {
    "mlx_lm": ("mlx-lm", make_mlx_lm),
    "pfrl": ("pfrl", make_pfrl),
    "vowpal_wabbit": ("vowpalwabbit", make_vowpal_wabbit),
    "evotorch": ("evotorch", make_evotorch),
    "pymoo": ("pymoo", make_pymoo),
    "deap": ("deap", make_deap),
    "composer": ("mosaicml", make_composer),
    "litgpt": ("litgpt", make_litgpt),
    "deepctr": ("deepctr-torch", make_deepctr),
    "gpboost": ("gpboost", make_gpboost),
}


if __name__ == "__main__":
    main(sys.argv[1:], TOOLS)
