#!/usr/bin/env bash
# Keras 3.12.0: a softmax in front of a loss with from_logits=True. On TensorFlow (2.20) Keras warns that this cannot be
# meant, looks behind the softmax, and trains on the logits: the losses are those of a model without the softmax, to the
# last digit. On JAX (0.8.1) the same program trains on the softmax of a softmax, stops at five times the loss, and
# nothing is said. Who reads the warning in a log has the run that is right.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" keras==3.12.0 tensorflow-cpu==2.20.0 jax==0.8.1 numpy==2.4.6
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile keras==3.12.0 tensorflow-cpu==2.20.0 jax==0.8.1 numpy==2.4.6
fi
cd "$place"
cat > train.py <<'PY'
import warnings

import keras
import numpy as np

rng = np.random.default_rng(0)
inputs = rng.normal(size=(256, 8)).astype("float32")
labels = inputs[:, :3].argmax(axis=1).astype("int32")


def trained(activation):
    """Return the last loss of a network with this activation in front of a loss on logits, and what was warned of."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = model.fit(inputs, labels, epochs=30, batch_size=64, verbose=0).history["loss"]
    return history[-1], sum("from_logits" in str(one.message) for one in caught)


(right, _), (doubled, warned) = trained(None), trained("softmax")
backend = keras.backend.backend()
print(f"keras {keras.__version__} on {backend}: loss on logits {right:.4f}, behind a softmax {doubled:.4f}, "
      f"warned {warned} times")
if backend == "tensorflow":
    assert doubled == right and warned > 0
else:
    assert doubled > 3 * right and warned == 0
PY
for backend in tensorflow jax; do
  KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 venv/bin/python train.py 2> /dev/null
done
