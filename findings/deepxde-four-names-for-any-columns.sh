#!/usr/bin/env bash
# DeepXDE 1.15.0, loss.dat: its heading has four names whatever the columns are, with a comma between names and a blank
# between numbers. Two terms of the loss without a metric and one term with two metrics give the same heading above five
# columns, of which the third is the second training loss in one file and the test loss in the other; nothing in a file
# says which.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" deepxde==1.15.0 torch==2.13.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile deepxde==1.15.0 torch==2.13.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import os
from pathlib import Path

os.environ["DDE_BACKEND"] = "pytorch"
import deepxde
import numpy as np

place = deepxde.geometry.Interval(-1, 1)
edge = deepxde.icbc.DirichletBC(place, lambda x: 0 * x[:, :1] + 1, lambda x, on: on)


def equation(x, y):
    """Return what is to be zero: y'' = 2."""
    return deepxde.grad.hessian(y, x) - 2


heads, tables, lost = {}, {}, {}
for name, conditions, metrics in (("two terms", edge, []), ("two metrics", [], ["l2 relative error", "MAPE"])):
    data = deepxde.data.PDE(place, equation, conditions, 16, 2, solution=lambda x: x**2 + 1, num_test=20)
    model = deepxde.Model(data, deepxde.nn.FNN([1, 8, 1], "tanh", "Glorot uniform"))
    model.compile("adam", lr=0.01, metrics=metrics)
    history, state = model.train(iterations=20, display_every=10, verbose=0)
    deepxde.saveplot(history, state, issave=True, isplot=False, output_dir=name)
    heads[name] = Path(name, "loss.dat").read_text().splitlines()[0]
    tables[name] = np.loadtxt(Path(name, "loss.dat"))
    lost[name] = history
print("deepxde", importlib.metadata.version("deepxde"))
for name, table in tables.items():
    print(name, "- heading:", heads[name], "- columns:", table.shape[1], "- third column:", table[:, 2])
assert len(set(heads.values())) == 1 and heads["two terms"].count(",") == 3
assert tables["two terms"].shape == tables["two metrics"].shape and tables["two terms"].shape[1] == 5
assert np.allclose(tables["two terms"][:, 2], [row[1] for row in lost["two terms"].loss_train])
assert np.allclose(tables["two metrics"][:, 2], [row[0] for row in lost["two metrics"].loss_test])
PY
