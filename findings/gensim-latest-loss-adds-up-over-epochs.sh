#!/usr/bin/env bash
# gensim 4.4.0, Word2Vec with compute_loss: get_latest_training_loss, asked at the end of each epoch, is the sum over
# all epochs so far, not that of the latest. A curve of it rises in a training that learns, and with six epochs it ends
# at about six times its first value. A further call of train begins at zero again, so that the curve of two calls falls
# between them by what was summed.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" gensim==4.4.0 numpy==2.4.6 scipy==1.17.1 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile gensim==4.4.0 numpy==2.4.6 scipy==1.17.1 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import random

from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

random.seed(0)
docs = [[random.choice("abcd" if at % 2 else "efgh") for _ in range(20)] for at in range(300)]


class Kept(CallbackAny2Vec):
    """Keeps what the model says at the end of each epoch."""

    def __init__(self):
        self.seen = []

    def on_epoch_end(self, model):
        self.seen.append(float(model.get_latest_training_loss()))


first, second = Kept(), Kept()
settings = {"vector_size": 8, "min_count": 1, "workers": 1, "seed": 1, "sample": 0}
model = Word2Vec(docs, epochs=6, compute_loss=True, callbacks=[first], **settings)
model.train(docs, total_examples=len(docs), epochs=3, compute_loss=True, callbacks=[second])
each = [later - earlier for earlier, later in zip(first.seen, first.seen[1:])]
print("gensim", importlib.metadata.version("gensim"))
print("latest training loss at the end of each epoch:", [round(value) for value in first.seen])
print("differences between the epochs:", [round(value) for value in each])
print("after a further call of train:", [round(value) for value in second.seen])
assert all(value > 0 for value in each) and each[-1] < first.seen[0]
assert first.seen[-1] > 4 * first.seen[0]
assert second.seen[0] < 1.2 * first.seen[0]
PY
