#!/usr/bin/env bash
# Trackio 0.43.0: import_csv takes the underscores out of the names of columns, so that val_loss becomes valloss, while
# trackio.log keeps them: an old table and a run that goes on with it have two curves of two names. Cells that are empty
# are left out, cells with nan are kept as NaN.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" trackio==0.43.0 pandas==3.1.1
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile trackio==0.43.0 pandas==3.1.1
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import os
import sqlite3
from pathlib import Path

os.environ["TRACKIO_DIR"] = str(Path("store").absolute())
import trackio

Path("table.csv").write_text("step,train_loss,val_loss\n0,1.0,\n10,nan,2.0\n20,0.5,1.5\n")
trackio.import_csv("table.csv", project="p", name="old", force=True)
trackio.init(project="p", name="new", embed=False, auto_log_gpu=False)
trackio.log({"train_loss": 0.4, "val_loss": 1.0}, step=30)
trackio.finish()
rows = sqlite3.connect("store/p.db").execute("select run_name, step, metrics from metrics order by step").fetchall()
rows = [(name, step, json.loads(metrics)) for name, step, metrics in rows]
print("trackio", importlib.metadata.version("trackio"))
for row in rows:
    print(*row)
assert rows == [
    ("old", 0, {"trainloss": 1.0}),
    ("old", 10, {"trainloss": "NaN", "valloss": 2.0}),
    ("old", 20, {"trainloss": 0.5, "valloss": 1.5}),
    ("new", 30, {"train_loss": 0.4, "val_loss": 1.0}),
]
PY
