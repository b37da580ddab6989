#!/usr/bin/env bash
# Optuna 5.0.0, SQLite: of a categorical parameter the table trial_params holds the index of the choice, not the choice;
# which one it is stands in the JSON of distribution_json. Values that are not finite are told by a word in a column
# beside, and the number is empty.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" optuna==5.0.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile optuna==5.0.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import sqlite3

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(storage="sqlite:///study.db", sampler=optuna.samplers.RandomSampler(seed=0))


def objective(trial):
    chosen = trial.suggest_categorical("optimizer", ["adam", "sgd", "lion"])
    trial.report(float("inf"), 0)
    trial.report(float("nan"), 1)
    trial.report(0.5, 2)
    trial.set_user_attr("chosen", chosen)
    return 0.5


study.optimize(objective, n_trials=1)
with sqlite3.connect("study.db") as database:
    (param,) = database.execute("select param_value from trial_params").fetchone()
    (distribution,) = database.execute("select distribution_json from trial_params").fetchone()
    kinds = database.execute(
        "select step, intermediate_value, intermediate_value_type from trial_intermediate_values order by step"
    ).fetchall()
chosen = study.trials[0].params["optimizer"]
print("optuna", importlib.metadata.version("optuna"))
print(f"chosen: {chosen}; trial_params.param_value: {param}; distribution: {distribution}")
print("reported inf, nan, 0.5; in the table:", kinds)
assert isinstance(param, float) and ["adam", "sgd", "lion"][int(param)] == chosen
assert [(value, kind) for _, value, kind in kinds][2] == (0.5, "FINITE")
assert kinds[0][1] is None and kinds[1][1] is None and kinds[0][2] == "INF_POS" and kinds[1][2] == "NAN"
PY
