"""What the torch hook costs: the same training loop without a hook, with it, with wandb.watch(log="all") and with a
naive `.item()` hook.

All variants run in one process, block by block in turn, so that a machine that slows down slows all of them down. A
ratio is the median over the rounds of
block time over the block time of the loop without a hook in the same round; behind it stand the 2.5 % and 97.5 %
points of a bootstrap over the rounds.

    python benchmarks/hook_overhead.py                      # CPU, or the GPU where there is one
    python benchmarks/hook_overhead.py --models gpt --rounds 20
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import logdoc.hook

BLOCK = 10  # steps; one sample per block with every=10
Batch = tuple[torch.Tensor, torch.Tensor]


class Residual(nn.Module):
    """The basic block of a ResNet."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outside)
        plain = stride == 1 and inside == outside
        self.short = (
            nn.Identity()
            if plain
            else nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.short(x))


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.act, self.down = nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        b, t, c = x.shape
        q, k, v = (part.view(b, t, self.heads, -1).transpose(1, 2) for part in self.qkv(self.ln1(x)).split(c, 2))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, c)
        x = x + self.proj(y)
        return x + self.down(self.act(self.up(self.ln2(x))))


class Gpt(nn.Module):
    """A small language model over 1,000 tokens."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(1000, width)
        self.blocks = nn.Sequential(*(Block(width, 4) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: D102
        return self.head(self.norm(self.blocks(self.embed(x)))).flatten(0, 1)


def make(name: str, device: torch.device) -> tuple[nn.Module, Batch]:
    """Return a model and a batch."""
    torch.manual_seed(0)
    big = device.type == "cuda"
    if name == "mlp":
        model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
        return model.to(device), (torch.randn(256, 784, device=device), torch.randint(0, 10, (256,), device=device))
    if name == "resnet":
        width = 64 if big else 32
        stages = [
            (width, width, 1),
            (width, width, 1),
            (width, 2 * width, 2),
            (2 * width, 2 * width, 1),
            (2 * width, 4 * width, 2),
            (4 * width, 4 * width, 1),
        ]
        body = [
            nn.Conv2d(3, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            *(Residual(*s) for s in stages),
        ]
        model = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, 10))
        rows = 256 if big else 32
        return model.to(device), (
            torch.randn(rows, 3, 32, 32, device=device),
            torch.randint(0, 10, (rows,), device=device),
        )
    width, depth, rows, length = (768, 12, 16, 512) if big else (192, 4, 8, 128)
    return Gpt(width, depth).to(device), (
        torch.randint(0, 1000, (rows, length), device=device),
        torch.randint(0, 1000, (rows * length,), device=device),
    )


class Loop:
    """One variant: its own copy of the model, its own optimizer, and what it does around a step."""

    def __init__(self, model: nn.Module, batch: Batch) -> None:
        self.model, self.batch = copy.deepcopy(model), batch
        self.optimizer = torch.optim.AdamW(self.model.parameters(), 1e-4)
        self.after: Callable[[torch.Tensor], None] = lambda loss: None
        self.times: list[float] = []

    def step(self) -> torch.Tensor:
        """Train for one step."""
        x, y = self.batch
        loss = functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.after(loss)
        return loss

    def block(self, device: torch.device, steps: int) -> list[float]:
        """Return the seconds of every step on the CPU; on the GPU, where steps overlap, the mean over the block."""
        if device.type == "cuda":
            torch.cuda.synchronize()
            begin = time.perf_counter()
            for _ in range(steps):
                self.step()
            torch.cuda.synchronize()
            return [(time.perf_counter() - begin) / steps] * steps
        took = []
        for _ in range(steps):
            begin = time.perf_counter()
            self.step()
            took.append(time.perf_counter() - begin)
        return took


def naive(loop: Loop) -> None:
    """Add the hook that people write first: `.item()` on a mean, a deviation and a norm of everything, every step."""
    seen: dict[str, float] = {}

    def look(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: object, output: torch.Tensor) -> None:
            seen[f"{name}/mean"], seen[f"{name}/std"] = output.mean().item(), output.std().item()

        return hook

    for name, module in loop.model.named_modules():
        if next(module.children(), None) is None:
            module.register_forward_hook(look(name))

    def after(loss: torch.Tensor) -> None:
        for name, p in loop.model.named_parameters():
            seen[f"{name}/grad"], seen[f"{name}/norm"] = p.grad.norm().item(), p.detach().norm().item()

    loop.after = after


@contextlib.contextmanager
def wandb_watch(loop: Loop, folder: str, every: int) -> Iterator[bool]:
    """Add wandb.watch(log="all"), offline."""
    try:
        import wandb
    except ImportError:
        yield False
        return
    os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", WANDB_DIR=folder)
    run = wandb.init(project="overhead", dir=folder, settings=wandb.Settings(_disable_stats=True, console="off"))
    run.watch(loop.model, log="all", log_freq=every)
    loop.after = lambda loss: run.log({"loss": loss.item()})
    yield True
    run.unwatch(loop.model)
    run.finish()


def measure(name: str, device: torch.device, rounds: int) -> list[tuple[str, float, float, float]]:
    """Return (variant, ratio, low, high) for one model."""
    model, batch = make(name, device)
    steps = BLOCK * (5 if name == "mlp" else 1)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        loops = {
            key: Loop(model, batch)
            for key in (
                "none",
                "none again",
                "logdoc every 10",
                "logdoc every step",
                "naive .item() hook",
                "wandb.watch all",
            )
        }
        for every, key in ((10, "logdoc every 10"), (1, "logdoc every step")):
            loop = loops[key]
            watch = stack.enter_context(
                logdoc.hook.watch(loop.model, loop.optimizer, Path(folder) / str(every), every=every)
            )
            loop.after = lambda loss, watch=watch: watch.log(loss=loss)
        naive(loops["naive .item() hook"])
        if not stack.enter_context(wandb_watch(loops["wandb.watch all"], folder, 1)):
            del loops["wandb.watch all"]
        for _ in range(3):
            for loop in loops.values():
                loop.block(device, steps)
        taken: dict[str, list[list[float]]] = {key: [] for key in loops}
        for turn in range(rounds):
            order = list(loops) if turn % 2 == 0 else list(loops)[::-1]
            for key in order:
                taken[key].append(loops[key].block(device, steps))
    return [
        *_ratios(taken, device, steps),
        ("ms per step without", 1e3 * statistics.median(sum(t) / steps for t in taken["none"]), 0.0, 0.0),
    ]


def _ratios(
    taken: dict[str, list[list[float]]], device: torch.device, steps: int
) -> list[tuple[str, float, float, float]]:
    made = []
    base = np.array([sum(t) for t in taken["none"]])
    for key, blocks in taken.items():
        if key != "none":
            made.append((key, *_interval(np.array([sum(t) for t in blocks]) / base)))
    if device.type == "cpu":
        # The first steps of a block of every=10 is the sampled one; the others show what a step costs between two
        # samples.
        off = [statistics.median(t[i] for i in range(steps) if i % 10 not in (0, 9)) for t in taken["logdoc every 10"]]
        plain = [statistics.median(t[i] for i in range(steps) if i % 10 not in (0, 9)) for t in taken["none"]]
        made.append(("logdoc, steps between samples", *_interval(np.array(off) / np.array(plain))))
    return made


def _interval(ratios: np.ndarray) -> tuple[float, float, float]:
    draws = np.random.default_rng(0).choice(ratios, (2000, ratios.size))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(np.median(ratios)), float(low), float(high)


def device_checks(device: torch.device) -> None:
    """Print how often a sampled step waits for the device and how many copies from it are made: none, and one."""
    model, batch = make("gpt", device)
    with tempfile.TemporaryDirectory() as folder:
        loop = Loop(model, batch)
        with logdoc.hook.watch(loop.model, loop.optimizer, Path(folder), every=1) as watch:
            loop.after = lambda loss: watch.log(loss=loss)
            loop.block(device, 20)
            torch.cuda.set_sync_debug_mode("error")  # raises where the host would wait
            try:
                for _ in range(20):
                    loop.step()
                print("\nhost waits for the device in 20 sampled steps: 0")
            except RuntimeError as error:
                print(f"\nthe host waits for the device: {error}")
            finally:
                torch.cuda.set_sync_debug_mode("default")
            with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
                for _ in range(10):
                    loop.step()
                torch.cuda.synchronize()
            copies = sum(event.count for event in profiler.key_averages() if "DtoH" in event.key)
            print(f"copies from device to host per sample: {copies / 10:.1f}; watch still open: {not watch.closed}")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["mlp", "resnet", "gpt"])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    wishes = parser.parse_args()
    device = torch.device(wishes.device)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"{os.cpu_count()} cores, {platform.machine()}"
    print(f"torch {torch.__version__}, {device.type}: {name}; {wishes.rounds} rounds\n")
    print("| model | variant | time over the loop without | 95 % interval |\n|---|---|---|---|")
    for model in wishes.models:
        rows = measure(model, device, wishes.rounds)
        for key, ratio, low, high in rows:
            print(f"| {model} | {key} | {ratio:.3f} | {f'{low:.3f} to {high:.3f}' if high else ''} |")
        found = {key: ratio for key, ratio, _, _ in rows}
        if "wandb.watch all" in found:
            share = (found["logdoc every step"] - 1) / (found["wandb.watch all"] - 1)
            print(f"| {model} | overhead of logdoc over that of wandb.watch, every step | {share:.3f} | |")
    if device.type == "cuda":
        device_checks(device)


if __name__ == "__main__":
    main()
