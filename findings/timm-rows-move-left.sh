#!/usr/bin/env bash
# timm 1.0.31: `update_summary` names the columns of summary.csv once, by the first epoch, and writes into each later row
# only what that epoch has measured. In an epoch without an evaluation the learning rate thus stands under `eval_loss`.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --no-deps --python "$place/venv/bin/python" timm==1.0.31
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile --no-deps timm==1.0.31
fi
cd "$place"
venv/bin/python - <<'PY'
import csv
import importlib.metadata
import importlib.util

# The module that writes the file needs nothing but Python; the package around it would import torch.
path = importlib.metadata.distribution("timm").locate_file("timm/utils/summary.py")
spec = importlib.util.spec_from_file_location("summary", path)
summary = importlib.util.module_from_spec(spec)
spec.loader.exec_module(summary)

for epoch in range(4):
    evaluated = {"loss": 2.5 - epoch, "top1": 50.0 + epoch} if epoch % 2 == 0 else None
    summary.update_summary(epoch, {"loss": 2.0 - epoch / 4}, evaluated, "summary.csv", lr=0.001)
with open("summary.csv", newline="") as file:
    rows = list(csv.DictReader(file))
print("timm", importlib.metadata.version("timm"))
print("four epochs, evaluated in every second one, learning rate 0.001:")
print(open("summary.csv").read())
print("(eval_loss, lr) by column:", [(row["eval_loss"], row["lr"]) for row in rows])
assert [row["eval_loss"] for row in rows] == ["2.5", "0.001", "0.5", "0.001"]
assert [row["lr"] for row in rows] == ["0.001", None, "0.001", None]
PY
