#!/usr/bin/env bash
# Ultralytics 8.4.190 with val=False: an epoch that is not validated has 0 for each validation loss and each metric in
# results.csv, as if all of them had been measured, a perfect loss beside an mAP of nothing. Empty cells there are none.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" ultralytics==8.4.190 torch==2.13.0 setuptools==80.9.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile ultralytics==8.4.190 torch==2.13.0 setuptools==80.9.0
fi
cd "$place"
export YOLO_CONFIG_DIR="$place" YOLO_OFFLINE=true YOLO_VERBOSE=false
venv/bin/python - <<'PY'
import contextlib
import csv
import importlib.metadata
import pathlib
import sys
import types

import numpy as np

sys.modules["torchvision"] = types.ModuleType("torchvision")  # which validation needs, and that is left out here
from PIL import Image, ImageDraw
from ultralytics import YOLO
from ultralytics.models.yolo.detect import DetectionTrainer

random = np.random.RandomState(0)
for i in range(8):
    for name in ("images", "labels"):
        pathlib.Path(name).mkdir(exist_ok=True)
    image = Image.fromarray(random.randint(0, 80, (64, 64, 3), dtype=np.uint8))
    x, y = random.randint(5, 35, 2).tolist()
    ImageDraw.Draw(image).rectangle([x, y, x + 22, y + 22], fill=(255, 0, 0))
    image.save(f"images/{i}.png")
    pathlib.Path("labels", f"{i}.txt").write_text(f"0 {(x + 11) / 64} {(y + 11) / 64} {22 / 64} {22 / 64}\n")
pathlib.Path("data.yaml").write_text(f"path: {pathlib.Path.cwd()}\ntrain: images\nval: images\nnames: {{0: square}}\n")


class Trainer(DetectionTrainer):
    """Does not validate behind the last epoch, as the others do."""

    def validate(self):
        return {}, 0.0

    def final_eval(self):
        pass


print("ultralytics", importlib.metadata.version("ultralytics"))
with contextlib.redirect_stdout(sys.stderr):
    YOLO("yolo11n.yaml", verbose=False).train(
        trainer=Trainer, data="data.yaml", epochs=4, imgsz=64, batch=4, workers=0, device="cpu", plots=False, amp=False,
        val=False, save=False, project=str(pathlib.Path.cwd()), name="run", verbose=False,
    )
with open("run/results.csv", newline="") as file:
    rows = list(csv.DictReader(file))[:-1]
print("three epochs with val=False:")
print(pathlib.Path("run/results.csv").read_text().rpartition("\n4,")[0])
measured = [name for name in rows[0] if name.startswith(("val/", "metrics/"))]
assert len(measured) == 7
assert all(row[name] == "0" for row in rows for name in measured)
assert all(float(row["train/box_loss"]) > 0 for row in rows)
PY
