"""Two processes with DistributedDataParallel: every rank watches, and logdoc joins what they write into one run."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from logdoc.hook import watch

CLASSES, INPUTS, EPOCHS, BATCH_SIZE, RANKS = 4, 16, 5, 32, 2


def make_data(rows: int, seed: int) -> TensorDataset:
    """Return inputs (rows, INPUTS) and their classes (rows,) according to a fixed random network."""
    fixed = torch.Generator().manual_seed(1)
    first, second = torch.randn(INPUTS, 32, generator=fixed) / INPUTS**0.5, torch.randn(32, CLASSES, generator=fixed)
    x = torch.randn(rows, INPUTS, generator=torch.Generator().manual_seed(seed))
    return TensorDataset(x, (torch.tanh(x @ first) @ second).argmax(1))


def train(rank: int, meeting: str, out: Path) -> None:
    """Train in one of the processes."""
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=RANKS)
    torch.set_num_threads(1)  # more would only wait for each other in a network this small
    torch.manual_seed(0)
    data = make_data(4096, seed=2)
    sampler = DistributedSampler(data, shuffle=True, drop_last=True)
    training = DataLoader(data, batch_size=BATCH_SIZE, sampler=sampler)
    x_val, y_val = make_data(1024, seed=3).tensors
    network = nn.Sequential(nn.Linear(INPUTS, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES))
    model = DistributedDataParallel(network)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(training))

    # The same line on every rank: the first writes to the folder, the others to rank1, rank2 ... in it.
    with watch(model, optimizer, out) as log:
        log.meta(num_classes=CLASSES, loss="cross_entropy", batch_size=BATCH_SIZE)
        for epoch in range(EPOCHS):
            sampler.set_epoch(epoch)
            for x, y in training:
                loss = nn.functional.cross_entropy(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                log.log(loss=loss)  # that of this rank's share of the batch
            if rank == 0:
                with torch.no_grad():
                    logits = network(x_val)
                log.log(
                    val_loss=nn.functional.cross_entropy(logits, y_val),
                    val_accuracy=(logits.argmax(1) == y_val).float().mean(),
                )
    dist.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/example-ddp"))
    out = parser.parse_args().out

    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (str(Path(folder) / "meeting"), out), nprocs=RANKS)
    print(f"Now run: logdoc analyze {out}")


if __name__ == "__main__":
    main()
