#!/usr/bin/env bash
# Trackio 0.43.0: a run that is resumed without handing its configuration over once more loses the one it had: the
# stored entry is replaced by one without the user's settings.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" trackio==0.43.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile trackio==0.43.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import os
import sqlite3

os.environ["TRACKIO_DIR"] = os.path.abspath("store")
import trackio


def stored():
    with sqlite3.connect("store/p.db") as database:
        rows = database.execute("select config from configs").fetchall()
    return [{k: v for k, v in json.loads(text).items() if not k.startswith("_")} for (text,) in rows]


trackio.init(project="p", name="run", config={"lr": 0.1, "layers": 3}, embed=False)
trackio.log({"loss": 1.0})
trackio.finish()
before = stored()
trackio.init(project="p", name="run", resume="must", embed=False)
trackio.log({"loss": 0.5})
trackio.finish()
after = stored()
print("trackio", importlib.metadata.version("trackio"))
print("settings before the resume:", before)
print("settings after it:         ", after)
assert before == [{"lr": 0.1, "layers": 3}]
assert not any("lr" in entry for entry in after)
PY
