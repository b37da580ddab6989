#!/usr/bin/env bash
# Lightning 2.6.6 with accumulate_grad_batches: the loss that self.log hands to the loggers at a step is that of the last
# of the batches that were added up, not their mean; what the others had is in no log. The average of the logged losses
# is thus not that of the training.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv --without-pip "$place/venv"
if command -v uv > /dev/null; then
  uv pip install -q --python "$place/venv/bin/python" lightning==2.6.6 torch==2.13.0
else
  python3 -m pip --python "$place/venv/bin/python" install -q --no-compile lightning==2.6.6 torch==2.13.0
fi
cd "$place"
venv/bin/python - <<'PY'
import csv
import logging
import warnings

warnings.simplefilter("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning
import torch
from lightning.pytorch.loggers import CSVLogger


class Net(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def training_step(self, batch, at):
        self.log("loss", 0.0 if at % 4 == 3 else 4.0)  # four batches to a step: their mean is 3
        return self.line(batch[0]).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(12, 1)), batch_size=1)
lightning.Trainer(
    max_epochs=1, accumulate_grad_batches=4, log_every_n_steps=1, logger=CSVLogger(".", "csv"), accelerator="cpu",
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
).fit(Net(), data)
with open("csv/version_0/metrics.csv") as file:
    rows = [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]
print("lightning", lightning.__version__)
print("losses of the batches of a step: 4, 4, 4, 0")
print("rows of (step, loss):", rows)
assert rows == [(0, 0.0), (1, 0.0), (2, 0.0)]
PY
