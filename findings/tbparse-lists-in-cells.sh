#!/usr/bin/env bash
# tbparse 0.0.9 with pivot=True: a step that was logged twice, as after a resume, becomes a Python list in its cell, and
# with it the whole column is of objects; other steps of the column stay numbers. Without pivot the rows of both attempts
# stand in one table in the order of their steps, and nothing tells them apart.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" tbparse==0.0.9 tensorboardX==2.6.5 tensorboard==2.21.0 pandas==3.1.1 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile tbparse==0.0.9 tensorboardX==2.6.5 tensorboard==2.21.0 pandas==3.1.1 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata

from tbparse import SummaryReader
from tensorboardX import SummaryWriter

with SummaryWriter("run") as writer:
    for step, loss in [(0, 1.0), (1, 0.5), (2, 0.25), (1, 0.75), (2, 0.5), (3, 0.125)]:
        writer.add_scalar("loss", loss, step)
table = SummaryReader("run", pivot=True).scalars
long = SummaryReader("run").scalars
print("tbparse", importlib.metadata.version("tbparse"))
print(table)
print("type of the column:", table["loss"].dtype, "- steps of the long table:", long["step"].tolist())
assert table["loss"].dtype == object
assert sorted(table["loss"][1]) == [0.5, 0.75] and table["loss"][3] == 0.125
assert long["step"].tolist() == [0, 1, 1, 2, 2, 3]
PY
