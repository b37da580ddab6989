#!/usr/bin/env bash
# Aim 3.29.1: the readers of its SDK find no run that was tracked and closed in the ordinary way, although list_all_runs
# names it: iter_runs is empty, get_run gives None, a query of all metrics gives none, and the run opened by its hash
# has no metric. Not the end of the run but the web server, or `aim storage reindex`, makes the index that they read.
# After it all is there.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" aim==3.29.1 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile aim==3.29.1 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import pathlib
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
import aim

run = aim.Run(repo=".", system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
for step in range(5):
    run.track(1 / (step + 1), name="loss", step=step)
hash_of_run = run.hash
run.close()
del run

LOOK = """
import aim, contextlib, io, sys, warnings
warnings.simplefilter("ignore")
repo = aim.Repo(".")
named = repo.list_all_runs()
walked = [run.hash for run in repo.iter_runs()]
got = repo.get_run(sys.argv[1])
opened = [m.name for m in aim.Run(sys.argv[1], repo=repo, read_only=True).metrics()]
with contextlib.redirect_stderr(io.StringIO()):
    asked = [m.name for found in repo.query_metrics("metric.name != ''").iter_runs() for m in found]
print(named == [sys.argv[1]], len(walked), got is not None, opened, asked, sep=";")
"""


def look():
    """Return what a program that starts now finds."""
    command = [sys.executable, "-c", LOOK, hash_of_run]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split(";")


before = look()
tool = str(pathlib.Path(sys.executable).with_name("aim"))
subprocess.run([tool, "storage", "reindex", "--yes"], check=True, capture_output=True)
after = look()
print("aim", importlib.metadata.version("aim"))
print("            list_all_runs, iter_runs, get_run, metrics of the run, query_metrics")
print("closed:    ", before)
print("reindexed: ", after)
assert before == ["True", "0", "False", "[]", "[]"]
assert after == ["True", "1", "True", "['loss']", "['loss']"]
PY
