#!/usr/bin/env bash
# Keras 3.15.1, TensorBoard(update_freq=4), which is to write the batches as well, every fourth: of the measures of the
# epochs, which are written at every end of an epoch with update_freq="epoch" and "batch", only those are left whose last
# batch is a multiple of 4, counted from the start. In epochs of 6 batches every second epoch has no training loss, no
# validation loss and no accuracy, and with epochs of 5 batches three in four have none.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" keras==3.15.1 tensorflow-cpu==2.21.0 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile keras==3.15.1 tensorflow-cpu==2.21.0 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
export KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python - 2> "$place/errors" <<'PY' || { cat "$place/errors" >&2; exit 1; }
import keras
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

keras.utils.set_random_seed(0)
x = np.random.randn(96, 4).astype("float32")
y = x.sum(axis=1, keepdims=True)


def epochs(update_freq, batch_size):
    """Train for twelve epochs, and return those whose losses are in the files of training and of validation."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    folder = f"tb-{update_freq}-{batch_size}"
    callback = keras.callbacks.TensorBoard(folder, update_freq=update_freq)
    model.fit(x, y, batch_size=batch_size, epochs=12, validation_data=(x, y), callbacks=[callback], verbose=0)
    written = []
    for part in ("train", "validation"):
        events = EventAccumulator(f"{folder}/{part}", size_guidance={"tensors": 0})
        events.Reload()
        written.append([event.step for event in events.Tensors("epoch_loss")])
    return written


print("keras", keras.__version__)
for update_freq in ("epoch", "batch"):
    found = epochs(update_freq, 16)
    print(f"update_freq={update_freq!r}, epochs of 6 batches: losses of epochs", found[0], "and", found[1])
    assert found == [list(range(12))] * 2
for batch_size, batches, left in ((16, 6, [1, 3, 5, 7, 9, 11]), (20, 5, [3, 7, 11])):
    found = epochs(4, batch_size)
    print(f"update_freq=4, epochs of {batches} batches: losses of epochs", found[0], "and", found[1])
    assert found == [left] * 2
PY
