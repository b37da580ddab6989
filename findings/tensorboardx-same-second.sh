#!/usr/bin/env bash
# tensorboardX 2.6.5: two writers that are opened for one folder within the same second share one file, for its name
# holds the second and the host but nothing else. The second writer starts the file anew: of the first one's points
# none is left, and nothing is said.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" tensorboardX==2.6.5 tensorboard==2.21.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile tensorboardX==2.6.5 tensorboard==2.21.0 setuptools==80.9.0
fi
cd "$place"
venv/bin/python - <<'PY'
import importlib.metadata
import time
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

time.sleep(1.05 - time.time() % 1)  # so that a second begins just before
first, second = SummaryWriter("run"), SummaryWriter("run")
for step in range(10):
    first.add_scalar("training", step, step)
for step in range(10):
    second.add_scalar("validation", step, step)
first.close()
second.close()
events = EventAccumulator("run")
events.Reload()
found = {tag: len(events.Scalars(tag)) for tag in events.Tags()["scalars"]}
print("tensorboardX", importlib.metadata.version("tensorboardX"))
print("files:", len(list(Path("run").iterdir())), "- logged: 10 of 'training', 10 of 'validation' - in the file:", found)
assert found == {"validation": 10}
PY
