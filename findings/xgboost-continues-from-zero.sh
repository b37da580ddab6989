#!/usr/bin/env bash
# XGBoost 3.2.0: a training that continues a model counts its rounds from 0 again, in what it prints and in
# evals_result, while the model counts all of them. best_iteration, found by early stopping in the same training, is
# counted over all rounds, so that it points behind the end of evals_result.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" xgboost-cpu==3.2.0 numpy==2.4.6 scipy==1.17.1
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile xgboost-cpu==3.2.0 numpy==2.4.6 scipy==1.17.1
fi
cd "$place"
venv/bin/python - <<'PY'
import contextlib
import io

import numpy as np
import xgboost

x = np.random.RandomState(0).randn(200, 3)
data = xgboost.DMatrix(x, x[:, 0])


def train(**more):
    printed, found = io.StringIO(), {}
    with contextlib.redirect_stdout(printed):
        model = xgboost.train(
            {"nthread": 1}, data, 5, evals=[(data, "train")], evals_result=found, early_stopping_rounds=3, **more
        )
    return model, [line.partition("\t")[0] for line in printed.getvalue().splitlines()], found["train"]["rmse"]


first, rounds, _ = train()
second, more, found = train(xgb_model=first)
print("xgboost", xgboost.__version__)
print("printed, first training:", rounds)
print("printed, continued:", more)
print("rounds of the model:", second.num_boosted_rounds(), "values in evals_result:", len(found))
print("best_iteration:", second.best_iteration)
assert rounds == more == ["[0]", "[1]", "[2]", "[3]", "[4]"]
assert second.num_boosted_rounds() == 10
assert len(found) == 5
assert second.best_iteration == 9
PY
