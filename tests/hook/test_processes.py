"""Ends of programs, forks, ranks and compilers: each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tests.hook.training import the_run, torch, values

HEAD = """
import os, signal, sys, time, torch
from torch import nn
import logdoc.hook
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
def step(m=model):
    loss = nn.functional.cross_entropy(m(torch.randn(16, 8)), torch.randint(0, 3, (16,)))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
    return loss
"""


def program(body: str) -> list[str]:
    return [sys.executable, "-c", HEAD + textwrap.dedent(body)]


def environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": root + os.pathsep + os.environ.get("PYTHONPATH", ""), "OMP_NUM_THREADS": "1"}


def run(body: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program(body), str(folder), *more],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        check=False,
    )


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def sidecar(folder: Path) -> dict[str, dict[str, object]]:
    content: dict[str, dict[str, object]] = json.loads((folder / "logdoc.json").read_text())
    return content


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_brings_everything_to_the_disk_and_still_ends_the_program(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    body = """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with SIGINT ignored
    watch = logdoc.hook.watch(model, optimizer, sys.argv[1], every=1000)
    for i in range(20):
        watch.log(loss=step())
    print("ready", flush=True)
    while True:
        time.sleep(0.01)
    """
    process = subprocess.Popen(
        [*program(body), str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert len(values(the_run(tmp_path), "train/loss")) == 20
    assert sidecar(tmp_path)["exit"]["kind"] == "signal"
    assert number.name in str(sidecar(tmp_path)["exit"]["text"])


def test_the_handler_that_was_there_is_called_as_well(tmp_path: Path) -> None:
    body = """
    def before(number, frame):
        print("saving a checkpoint", flush=True)
        sys.exit(7)
    signal.signal(signal.SIGTERM, before)
    watch = logdoc.hook.watch(model, optimizer, sys.argv[1])
    watch.log(loss=step())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    """
    done = run(body, tmp_path)
    assert (done.returncode, done.stdout) == (7, "saving a checkpoint\n"), done.stderr
    assert sidecar(tmp_path)["exit"]["kind"] == "signal"


def test_closing_puts_the_old_handlers_back(tmp_path: Path) -> None:
    body = """
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), sys.excepthook
    logdoc.hook.watch(model, optimizer, sys.argv[1]).close()
    assert before == (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), sys.excepthook)
    """
    done = run(body, tmp_path)
    assert done.returncode == 0, done.stderr


def test_an_exception_that_nobody_catches(tmp_path: Path) -> None:
    body = """
    watch = logdoc.hook.watch(model, optimizer, sys.argv[1])
    for i in range(7):
        watch.log(loss=step())
    raise RuntimeError("CUDA out of memory, say")
    """
    done = run(body, tmp_path)
    assert done.returncode == 1
    assert "RuntimeError: CUDA out of memory, say" in done.stderr
    assert sidecar(tmp_path)["exit"] == {
        "kind": "exception",
        "text": "RuntimeError: CUDA out of memory, say",
        "step": 7,
    }
    assert len(values(the_run(tmp_path), "train/loss")) == 7


def test_a_program_that_ends_without_closing_the_watch(tmp_path: Path) -> None:
    body = """
    watch = logdoc.hook.watch(model, optimizer, sys.argv[1])
    for i in range(5):
        watch.log(loss=step())
    """
    done = run(body, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sidecar(tmp_path)["exit"]["kind"] == "ok"
    assert len(values(the_run(tmp_path), "train/loss")) == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_worker_writes_nothing_and_hangs_nowhere(tmp_path: Path) -> None:
    body = """
    watch = logdoc.hook.watch(model, optimizer, sys.argv[1], every=1)
    watch.log(loss=step())
    child = os.fork()
    if child == 0:
        model(torch.randn(2, 8)); watch.log(loss=99.0); watch.close()
        sys.exit(0)
    os.waitpid(child, 0)
    import json
    print(json.load(open(sys.argv[1] + "/logdoc.json"))["exit"]["kind"])
    watch.log(loss=step())
    watch.close()
    """
    done = run(body, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "running\n", "the worker says nothing about the run"
    logged = the_run(tmp_path)
    assert len(values(logged, "train/loss")) == 2
    assert values(logged, "train/loss").max() < 50


def test_two_ranks_write_their_own_files_and_are_read_as_one_run(tmp_path: Path) -> None:
    body = """
    import torch.multiprocessing as mp, torch.distributed as dist
    rank = int(sys.argv[2])
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=sys.argv[3])
    dist.init_process_group("gloo", rank=rank, world_size=2)
    ddp = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(ddp.parameters(), 0.1)
    torch.manual_seed(10 + rank)
    watch = logdoc.hook.watch(ddp, optimizer, sys.argv[1], every=1) if rank == 0 or sys.argv[4] == "both" else None
    for i in range(6):
        loss = nn.functional.cross_entropy(ddp(torch.randn(16, 8) + 2 * rank), torch.randint(0, 3, (16,)))
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        if watch: watch.log(loss=loss)
    if watch: watch.close()
    dist.barrier()  # a rank that leaves while the other still talks to it can bring gloo down
    dist.destroy_process_group()
    """
    for which in ("both", "first"):
        folder = tmp_path / which
        port = free_port()
        processes = [
            subprocess.Popen(
                [*program(body), str(folder), str(rank), port, which],
                stderr=subprocess.PIPE,
                text=True,
                env=environment(),
            )
            for rank in range(2)
        ]
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    alone = the_run(tmp_path / "first")
    assert "act_std/0" in alone.series, "wrappers are stripped from names"
    both = the_run(tmp_path / "both")
    assert both.note.endswith("2 ranks")
    mean, low, high = (values(both, f"train/loss{tail}") for tail in ("", "_rank0", "_rank1"))
    assert mean == pytest.approx((low + high) / 2)
    assert not np.allclose(low, high)
    # The inputs of the two ranks differ by 2 in their mean, which the pooled deviation has to show.
    assert values(both, "data/input_std")[0] == pytest.approx(values(alone, "data/input_std")[0])
    assert values(both, "act_std/0")[0] > 1.05 * values(alone, "act_std/0")[0]
    assert values(both, "grad_norm/0.weight")[0] == pytest.approx(values(alone, "grad_norm/0.weight")[0], rel=0.5)


@pytest.mark.parametrize("when", ["before", "after"])
def test_compiled_code_runs_between_the_samples_and_is_compiled_once(tmp_path: Path, when: str) -> None:
    body = """
    from torch._dynamo.testing import CompileCounter
    counter = CompileCounter()
    when = sys.argv[2]
    if when == "before":
        model = torch.compile(model, backend=counter)
        watch = logdoc.hook.watch(model, optimizer, sys.argv[1], every=5)
    else:
        watch = logdoc.hook.watch(model, optimizer, sys.argv[1], every=5)
        model = torch.compile(model, backend=counter)
    for i in range(18):
        watch.log(loss=step(model))
    watch.close()
    step(model)
    from torch._dynamo.utils import counters
    print(counter.frame_count, sum(counters["graph_break"].values()))
    """
    done = run(body, tmp_path, when)
    assert done.returncode == 0, done.stderr
    frames, breaks = map(int, done.stdout.split())
    assert breaks == 0
    # A model that is compiled only after the first step was prepared is traced once with the hooks of that step on it.
    assert frames <= (1 if when == "before" else 2)
    logged = the_run(tmp_path)
    assert len(values(logged, "act_std/0")) >= 3
    assert "act_std/0" in logged.series, "the compiler's wrapper is stripped from names"


def test_an_exception_in_the_forward_gives_compiled_code_back(tmp_path: Path) -> None:
    body = """
    import torch._dynamo
    from torch._dynamo import eval_frame
    class Moody(nn.Module):
        def __init__(self):
            super().__init__(); self.inner, self.bad = model, False
        def forward(self, x):
            if self.bad: raise ValueError("no")
            return self.inner(x)
    moody = Moody()
    watch = logdoc.hook.watch(moody, optimizer, sys.argv[1], every=1)
    step(moody)
    print(eval_frame._stance.stance)
    moody.bad = True
    try:
        step(moody)
    except ValueError:
        print(eval_frame._stance.stance)
    moody.bad = False
    step(moody); watch.close()
    print(eval_frame._stance.stance)
    """
    done = run(body, tmp_path)
    assert done.stdout.split() == ["force_eager", "default", "default"], done.stderr


def test_importing_the_hook_imports_neither_the_analyser_nor_tensorboard() -> None:
    body = """
    import logdoc.hook, logdoc.hook.watching
    unwanted = {"pandas", "scipy", "tensorboard", "tbparse", "jinja2", "typer", "pydantic"}
    bad = [n for n in sys.modules if n.split(".")[0] in unwanted]
    ours = [n for n in sys.modules if n.startswith("logdoc.") and not n.startswith("logdoc.hook")]
    print(bad, [n for n in ours if n not in ("logdoc.errors", "logdoc.version")])
    """
    done = subprocess.run(program(body), capture_output=True, text=True, timeout=60, env=environment(), check=False)
    assert done.stdout == "[] []\n", done.stdout + done.stderr


def test_importing_the_analyser_never_imports_torch() -> None:
    code = "import sys, logdoc, logdoc.api, logdoc.readers, logdoc.report; "
    code += "print('torch' in sys.modules, 'logdoc.hook' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment(), check=False
    )
    assert done.stdout == "False False\n", done.stderr


assert torch is not None
