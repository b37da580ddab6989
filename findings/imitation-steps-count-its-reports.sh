#!/usr/bin/env bash
# imitation 1.0.1, behavioural cloning: the step of everything in its TensorBoard file counts how often it was logged,
# from the start of the training; the batch is a curve of its own, bc/batch. The same training of 140 batches ends at
# step 27 with log_interval=5 and at step 6 with log_interval=20, and two runs with the same curve do not lie over each
# other.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" imitation==1.0.1 torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile imitation==1.0.1 torch==2.13.0 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import warnings

warnings.simplefilter("ignore")
import gymnasium
import numpy as np
import torch
from imitation.algorithms import bc
from imitation.data.types import Transitions
from imitation.util.logger import configure
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

torch.set_num_threads(1)
random = np.random.default_rng(0)
seen = random.normal(size=(224, 2)).astype(np.float32)
acts = (seen[:, 0] > 0).astype(int)
shown = Transitions(obs=seen, acts=acts, infos=np.array([{}] * 224), next_obs=seen, dones=np.zeros(224, dtype=bool))
found = {}
for interval in (5, 20):
    torch.manual_seed(0)
    cloning = bc.BC(
        observation_space=gymnasium.spaces.Box(-9, 9, (2,), np.float32),
        action_space=gymnasium.spaces.Discrete(2),
        demonstrations=shown,
        rng=np.random.default_rng(0),
        batch_size=32,
        custom_logger=configure(f"run{interval}", ["tensorboard"]),
        device="cpu",
    )
    cloning.train(n_epochs=20, log_interval=interval, progress_bar=False)
    cloning.logger.close()
    board = EventAccumulator(f"run{interval}")
    board.Reload()
    found[interval] = [(event.step, int(event.value)) for event in board.Scalars("bc/batch")]
print("imitation", importlib.metadata.version("imitation"))
for interval, pairs in found.items():
    print(f"log_interval={interval}: (step, bc/batch)", pairs[:3], "...", pairs[-1])
assert found[5][-1] == (27, 135)
assert found[20][-1] == (6, 120)
PY
