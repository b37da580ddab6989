#!/usr/bin/env bash
# Trackio 0.43.0: the column metrics is declared TEXT, yet every value in it is a BLOB. SQLite's json functions read
# it, but comparing the column with the text that it shows finds nothing before a cast.
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
import os
import sqlite3

os.environ["TRACKIO_DIR"] = os.path.abspath("store")
import trackio

trackio.init(project="p", name="run", embed=False)
trackio.log({"loss": 1.0})
trackio.finish()
with sqlite3.connect("store/p.db") as database:
    declared = {row[1]: row[2] for row in database.execute("pragma table_info(metrics)")}["metrics"]
    (kind, shown) = database.execute("select typeof(metrics), cast(metrics as text) from metrics").fetchone()
    (as_text,) = database.execute("select count(*) from metrics where metrics = ?", (shown,)).fetchone()
    (cast,) = database.execute("select count(*) from metrics where cast(metrics as text) = ?", (shown,)).fetchone()
    (extracted,) = database.execute("select json_extract(metrics, '$.loss') from metrics").fetchone()
print("trackio", importlib.metadata.version("trackio"))
print(f"declared {declared}, stored {kind}: {shown}")
print(f"rows equal to that text: {as_text}, after a cast: {cast}; json_extract: {extracted}")
assert (declared, kind, as_text, cast, extracted) == ("TEXT", "blob", 0, 1, 1.0)
PY
