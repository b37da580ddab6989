#!/usr/bin/env bash
# XGBoost 3.2.0: the history that evals_result holds is exact for built-in metrics, but what a custom metric returns is
# rounded to six decimals in it, so an error that falls below half a millionth is kept as 0.0. Printed are five decimals
# of either.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" xgboost-cpu==3.2.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile xgboost-cpu==3.2.0
fi
cd "$place"
venv/bin/python - <<'PY'
import contextlib
import importlib.metadata
import io
import re

import numpy as np
import xgboost

x = np.random.RandomState(0).randn(50, 3)
data = xgboost.DMatrix(x, x[:, 0])
found, printed, values = {}, io.StringIO(), iter([1e-5 / 2**i for i in range(6)])
with contextlib.redirect_stdout(printed):
    xgboost.train(
        {"objective": "reg:squarederror", "nthread": 1},
        data,
        6,
        evals=[(data, "train")],
        evals_result=found,
        custom_metric=lambda predictions, matrix: ("error", next(values)),
    )
shown = re.findall(r"train-error:(\S+)", printed.getvalue())
print("xgboost", importlib.metadata.version("xgboost-cpu"))
print("returned:    ", [1e-5 / 2**i for i in range(6)])
print("evals_result:", found["train"]["error"])
print("printed:     ", shown)
print("built-in:    ", found["train"]["rmse"][-1])
assert found["train"]["error"] == [round(1e-5 / 2**i, 6) for i in range(6)]
assert found["train"]["error"][-1] == 0.0
assert shown == ["0.00001", "0.00001", "0.00000", "0.00000", "0.00000", "0.00000"]
assert found["train"]["rmse"][-1] != round(found["train"]["rmse"][-1], 6)
PY
