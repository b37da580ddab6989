#!/usr/bin/env bash
# Trackio 0.43.0: import_tf_events takes of an event file only the scalars in the old form, which torch writes. A scalar
# as TensorFlow 2 and Keras write it, a tensor of the plug-in scalars in the same file, is left out; the import says how
# many events it took, and nothing of the others.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" trackio==0.43.0 tbparse==0.0.9 tensorboard==2.21.0 pandas==3.1.1 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile trackio==0.43.0 tbparse==0.0.9 tensorboard==2.21.0 pandas==3.1.1 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import json
import os
import sqlite3
from pathlib import Path

os.environ["TRACKIO_DIR"] = str(Path("store").absolute())
import trackio
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

writer = EventFileWriter("board")
for step in range(3):
    for summary in (
        scalar_pb("epoch_loss", 1.0 / (step + 1)),
        Summary(value=[Summary.Value(tag="learning_rate", simple_value=0.5)]),
    ):
        writer.add_event(Event(step=step, wall_time=1e9 + step, summary=summary))
writer.close()
board = EventAccumulator("board")
board.Reload()
tags = board.Tags()
trackio.import_tf_events("board", project="p", name="run")
rows = sqlite3.connect("store/p.db").execute("select step, metrics from metrics order by step").fetchall()
rows = [(step, json.loads(metrics)) for step, metrics in rows]
print("trackio", importlib.metadata.version("trackio"))
print("in the file:", sorted(tags["scalars"] + tags["tensors"]))
print("imported:", rows)
assert sorted(tags["scalars"] + tags["tensors"]) == ["epoch_loss", "learning_rate"]
assert rows == [(step, {"learning_rate": 0.5}) for step in range(3)]
PY
