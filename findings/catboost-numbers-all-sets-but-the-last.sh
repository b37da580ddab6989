#!/usr/bin/env bash
# CatBoost 1.2.10 with two data sets for validation: in test_error.tsv the metric of the first is headed Logloss:0 and
# that of the last plain Logloss, while the JSON beside it has one name for both. The clock is in milliseconds in
# time_left.tsv and in seconds in catboost_training.json.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" catboost==1.2.10
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile catboost==1.2.10
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
from pathlib import Path

import catboost
import numpy as np

random = np.random.RandomState(0)
x = random.randn(100, 3)
y = (x[:, 0] + 0.3 * random.randn(100) > 0).astype(int)
model = catboost.CatBoostClassifier(iterations=5, thread_count=1, train_dir="out", verbose=0)
model.fit(x, y, eval_set=[(x[:50], y[:50]), (x[50:], y[50:])])
header, first = (line.split("\t") for line in Path("out/test_error.tsv").read_text().splitlines()[:2])
document = json.loads(Path("out/catboost_training.json").read_text())
results = model.get_evals_result()
clock = Path("out/time_left.tsv").read_text().splitlines()[-1].split("\t")
seconds = document["iterations"][-1]["passed_time"]
print("catboost", importlib.metadata.version("catboost"))
print("test_error.tsv:", header, first)
print("first values of the sets:", results["validation_0"]["Logloss"][0], results["validation_1"]["Logloss"][0])
print("names in catboost_training.json:", document["meta"]["test_sets"], document["meta"]["test_metrics"])
print("time passed: time_left.tsv", clock[1], "- catboost_training.json", seconds)
assert header == ["iter", "Logloss:0", "Logloss"]
assert abs(float(first[1]) - results["validation_0"]["Logloss"][0]) < 1e-8
assert abs(float(first[2]) - results["validation_1"]["Logloss"][0]) < 1e-8
assert not any(":" in metric["name"] for metric in document["meta"]["test_metrics"])
assert 100 < float(clock[1]) / seconds < 10000
PY
