#!/usr/bin/env bash
# verl 0.9.1: a run that is resumed under its name opens its file of JSON lines anew, so that the steps before the
# checkpoint are gone from it; the steps in the lines that are left go on where the checkpoint was. A NaN is null there.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --no-deps --python "$place/venv/bin/python" verl==0.9.1 orjson==3.13.0 packaging==25.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile --no-deps verl==0.9.1 orjson==3.13.0 packaging==25.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import importlib.util
import json
import math
import os

os.environ["VERL_FILE_LOGGER_ROOT"] = "."
path = importlib.metadata.distribution("verl").locate_file("verl/utils/tracking.py")
spec = importlib.util.spec_from_file_location("tracking", path)
tracking = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tracking)
for steps in ((1, 2, 3), (4, 5)):  # the second training was resumed
    logger = tracking.FileLogger("project", "run")
    for step in steps:
        logger.log({"actor/pg_loss": math.nan if step == 5 else 1.0 / step}, step)
    logger.finish()
with open("project/run.jsonl") as file:
    rows = [(row["step"], row["data"]["actor/pg_loss"]) for row in map(json.loads, file)]
print("verl", importlib.metadata.version("verl"))
print("logged: steps 1 to 3, then 4 and 5 after a resume, where 5 is NaN")
print("rows of (step, loss):", rows)
assert rows == [(4, 0.25), (5, None)]
PY
