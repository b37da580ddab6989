#!/usr/bin/env bash
# Chemprop 2.3.1, chemprop train on a regression: val/mse and test/mse of one training are in different units. Training
# and validation are measured on targets that were standardised, the test set on those of the file. With targets a
# hundred times as large test/mse is ten thousand times as large, and val/mse and the training loss are the same to the
# last digit; val/mse 1.36 beside test/mse 29.7 is no overfitting.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" chemprop==2.3.1 lightning==2.6.6 torch==2.13.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile chemprop==2.3.1 lightning==2.6.6 torch==2.13.0
fi
cd "$place"
venv/bin/python - <<'PY'
import csv
import importlib.metadata
import re
import subprocess

chains = [f"{'C' * length}{end}" for end in ("", "O", "N") for length in range(1, 12)]


def trained(factor):
    """Train on targets times a factor and return the validation errors, the training losses and the test error."""
    name = f"times{factor}"
    with open(f"{name}.csv", "w") as file:
        file.write("smiles,y\n" + "".join(f"{chain},{len(chain) * 1.5 * factor}\n" for chain in chains))
    small = ["--message-hidden-dim", "8", "--ffn-hidden-dim", "8", "--epochs", "4", "--pytorch-seed", "1"]
    told = subprocess.run(
        ["venv/bin/chemprop", "train", "-i", f"{name}.csv", "-o", name, "--accelerator", "cpu", "--num-workers", "0"]
        + small,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout
    with open(f"{name}/model_0/trainer_logs/version_0/metrics.csv") as file:
        rows = list(csv.DictReader(file))
    val = [float(row["val/mse"]) for row in rows if row["val/mse"]]
    train = [float(row["train_loss_epoch"]) for row in rows if row["train_loss_epoch"]]
    return val, train, float(re.search(r"test/mse: ([\d.e+]+)", told)[1])


(val, train, test), (val_100, train_100, test_100) = trained(1), trained(100)
print("chemprop", importlib.metadata.version("chemprop"))
print("targets        val/mse of the epochs, and test/mse")
print("as they are   ", [round(value, 4) for value in val], round(test, 2))
print("a hundredfold ", [round(value, 4) for value in val_100], round(test_100, 2))
assert len(val) == 4
assert all(abs(a - b) < 1e-4 for a, b in zip(val + train, val_100 + train_100, strict=True))
assert abs(test_100 / test - 10_000) < 10
PY
