#!/usr/bin/env bash
# Polars 2.1.0: a measure that is first logged below row 100 of a sparse CSV, as validation is in the tables that
# Lightning writes, becomes a column of texts without a word. So does a column with a NaN in lower case, as most writers
# have it; the same column with NaN is one of numbers.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" polars==2.1.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile polars==2.1.0
fi
cd "$place"
venv/bin/python - <<'PY'
import polars

rows = [f"{step},{1 / (step + 1)}," for step in range(150)] + ["150,,0.5", "151,,0.4"]
with open("late.csv", "w") as file:
    file.write("\n".join(["step,train_loss,val_loss", *rows, ""]))
late = polars.read_csv("late.csv").schema
with open("lower.csv", "w") as file:
    file.write("step,loss\n0,1.0\n1,nan\n2,0.5\n")
lower = polars.read_csv("lower.csv").schema
with open("upper.csv", "w") as file:
    file.write("step,loss\n0,1.0\n1,NaN\n2,0.5\n")
upper = polars.read_csv("upper.csv").schema
print("polars", polars.__version__)
print("measure that begins at row 151:", late["val_loss"])
print("column with nan:", lower["loss"], "- with NaN:", upper["loss"])
assert late["val_loss"] == polars.String
assert lower["loss"] == polars.String and upper["loss"] == polars.Float64
PY
