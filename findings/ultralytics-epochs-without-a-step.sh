#!/usr/bin/env bash
# Ultralytics 8.4.190: gradients are added up to a nominal batch of 64 images, over the ends of epochs as well, and what
# is left at the end of the training is dropped. A data set of 8 images in batches of 4 is trained for six epochs with one
# step of the optimizer, the first, at which the learning rate of the weights is still 0: a row of losses and of a learning
# rate is logged for each epoch, and no weight has moved.
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
import torch

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


def train(name, **settings):
    """Return how many batches and steps of the optimizer there were, how far a weight moved, and the table."""
    seen = {"batches": 0, "steps": 0}

    def begin(trainer):
        seen["weights"] = {k: v.detach().clone() for k, v in trainer.model.named_parameters()}
        trainer.optimizer.register_step_post_hook(lambda *_: seen.update(steps=seen["steps"] + 1))

    def end(trainer):
        seen["moved"] = max((v.detach() - seen["weights"][k]).abs().max().item() for k, v in trainer.model.named_parameters())

    model = YOLO("yolo11n.yaml", verbose=False)
    model.add_callback("on_train_start", begin)
    model.add_callback("on_train_batch_end", lambda trainer: seen.update(batches=seen["batches"] + 1))
    model.add_callback("on_fit_epoch_end", end)
    with contextlib.redirect_stdout(sys.stderr):
        model.train(
            trainer=Trainer, data="data.yaml", epochs=6, imgsz=64, batch=4, workers=0, device="cpu", plots=False, amp=False,
            val=False, save=False, project=str(pathlib.Path.cwd()), name=name, verbose=False, **settings,
        )
    with open(f"{name}/results.csv", newline="") as file:
        rows = [(float(row["train/box_loss"]), float(row["lr/pg0"])) for row in list(csv.DictReader(file))[:-1]]
    return seen["batches"], seen["steps"], seen["moved"], rows


print("ultralytics", importlib.metadata.version("ultralytics"))
batches, steps, moved, rows = train("nominal")
print(f"8 images, batches of 4, six epochs: {batches} batches, {steps} step(s), largest change of a weight {moved}")
print("rows of (train/box_loss, lr/pg0), of the first five epochs:", rows)
assert (batches, steps, moved) == (12, 1, 0.0)
assert len({loss for loss, _ in rows}) == 5
assert all(rate > 0 for _, rate in rows[1:])
batches, steps, moved, _ = train("own", nbs=4)
print(f"the same with nbs=4: {batches} batches, {steps} steps, largest change of a weight {moved:.4f}")
assert (batches, steps) == (12, 12)
assert moved > 0
PY
