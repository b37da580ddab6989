#!/usr/bin/env bash
# Keras 3.15.1: a metric adds up in single precision. Once a Mean has seen a weight of 2**24, as many tokens or pixels,
# a sample of weight 1 no longer moves it: a thousand zeros behind 16,777,216 ones leave the mean at exactly 1, and a
# Sum that counts tokens one by one stays at 16,777,216 for ever.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" keras==3.15.1 jax==0.10.2 numpy==2.4.6 scipy==1.17.1
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile keras==3.15.1 jax==0.10.2 numpy==2.4.6 scipy==1.17.1
fi
cd "$place"
venv/bin/python - <<'PY'
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras

mean, total = keras.metrics.Mean(), keras.metrics.Sum()
mean.update_state(1.0, sample_weight=2.0**24)
total.update_state(2.0**24)
for _ in range(1000):
    mean.update_state(0.0)
    total.update_state(1.0)
print("keras", keras.__version__)
print("mean of 16,777,216 ones and 1,000 zeros:", float(mean.result()))
print("16,777,216 and 1,000 times 1:", float(total.result()))
assert float(mean.result()) == 1.0
assert float(total.result()) == 16777216.0
PY
