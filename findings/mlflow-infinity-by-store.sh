#!/usr/bin/env bash
# MLflow 3.17.2: an infinite metric comes back as infinity from the file store and as the largest finite double from the
# SQLite store of the same version, so that a test with isinf finds it in one and not in the other.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1 pandas==3.1.1
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1 pandas==3.1.1
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import math
import os

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
from mlflow.tracking import MlflowClient

found = {}
for name, uri in (("files", f"file:{os.getcwd()}/mlruns"), ("SQLite", "sqlite:///mlflow.db")):
    client = MlflowClient(uri)
    run = client.create_run("0").info.run_id
    client.log_metric(run, "loss", math.inf, step=0)
    client.log_metric(run, "loss", -math.inf, step=1)
    found[name] = [metric.value for metric in client.get_metric_history(run, "loss")]
print("mlflow-skinny", importlib.metadata.version("mlflow-skinny"))
print("logged: inf, -inf; read back:", found)
assert found["files"] == [math.inf, -math.inf]
assert found["SQLite"] == [1.7976931348623157e308, -1.7976931348623157e308]
PY
