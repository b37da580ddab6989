#!/usr/bin/env bash
# DVCLive 3.49.1: one and the same float32 is written in two ways. The table of its plot has the shortest text of the
# float32, 0.1; metrics.json has the double that is nearest to it, 0.10000000149011612. A comparison of the last row with
# the summary fails.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" dvclive==3.49.1 numpy==2.4.6
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile dvclive==3.49.1 numpy==2.4.6
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
from pathlib import Path

import numpy as np
from dvclive import Live

with Live("out", save_dvc_exp=False, dvcyaml=None, report=None) as live:
    live.log_metric("loss", np.float32(0.1))
table = Path("out/plots/metrics/loss.tsv").read_text().splitlines()[-1].split("\t")[-1]
summary = json.loads(Path("out/metrics.json").read_text())["loss"]
print("dvclive", importlib.metadata.version("dvclive"))
print("plot table:", table, "- metrics.json:", summary)
assert table == "0.1"
assert summary == 0.10000000149011612
PY
