#!/usr/bin/env bash
# Vowpal Wabbit 9.11.9 with several passes: "average loss" at the end is no continuation of the column "average loss".
# From the second pass on the column (rows with an h) is the mean over all examples held out since the beginning of the
# first pass, whose rows showed only the training examples; the line at the end is the mean over those of one pass, here
# the last. So the first row with an h has the weight of nine, and the last row and the line below it disagree: 1.0426
# and 0.9278 in this run.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" vowpalwabbit==9.11.9
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile vowpalwabbit==9.11.9
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import random

import vowpalwabbit

random.seed(0)
lines = []
for _ in range(600):
    x = [random.gauss(0, 1) for _ in range(30)]
    lines.append(f"{x[0] + random.gauss(0, 1):.4f} | " + " ".join(f"f{i}:{v:.4f}" for i, v in enumerate(x)))
with open("data.txt", "w") as file:
    file.write("\n".join(lines) + "\n")

# 600 examples, every fifth held out: 480 of training a pass, and eight rows; a row stands for 12 that were held out.
learner = vowpalwabbit.Workspace(
    "-d data.txt --passes 6 -P 60 --holdout_period 5 -c -k --cache_file cache", enable_logging=True
)
learner.run_parser()
learner.finish()
log = [line.strip() for line in learner.get_log()]
held_out = [[float(cell) for cell in line.split()[:2]] for line in log if line.endswith(" h") and line[0].isdigit()]
end = next(float(line.split()[3]) for line in log if line.startswith("average loss = "))
last_pass = sum(since for _, since in held_out[-8:]) / 8
weight = (held_out[1][0] - held_out[1][1]) / (held_out[0][0] - held_out[1][0])

print("vowpalwabbit", importlib.metadata.version("vowpalwabbit"))
print(f"average loss in the last row of the table: {held_out[-1][0]:.4f}")
print(f"average loss at the end:                   {end:.4f}")
print(f"mean of the last pass, from its rows:      {last_pass:.4f}")
print(f"weight of the first row with an h, in rows: {weight:.2f}")
assert len(held_out) == 40
assert abs(end - last_pass) < 1e-3 and held_out[-1][0] > 1.1 * end
assert 8.5 < weight < 9.5
PY
