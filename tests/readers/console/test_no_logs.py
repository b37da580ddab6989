"""Texts that are no logs of a training, though they hold counters, measures or columns of numbers: refused."""

from __future__ import annotations

import pytest

from logdoc.model import Run
from logdoc.readers import load


def many(line, count=12, **columns):
    """Return the line `count` times, with ``{i}`` and other columns filled in."""
    return "".join(line.format(i=i, j=i * 7 % 5, f=i * 1.37, **columns) + "\n" for i in range(1, count + 1))


TEXTS = {
    "prose": "In the first epoch of the project, loss of data was 3 percent.\nBy step 2 we had lost 5 customers.\n" * 6,
    "minutes of a meeting": many("{i}. Item {i}: the committee agreed on 2 motions and 1 amendment."),
    "a paper": "We train for 90 epochs with a learning rate of 0.1 and report a top-1 accuracy of 76.1 on the test set.\n"
    * 4,
    "requirements": "numpy==1.26.4\ntorch>=2.1.0\npandas==2.2.1\nscikit-learn~=1.4\ntransformers==4.40.0\naccelerate==0.29.3\n",
    "pip list": "Package    Version\n---------- -------\nnumpy      1.26.4\ntorch      2.1.0\nlosses     0.3\naccuracy   1.0.2\n",
    "pip freeze with urls": "torch @ https://host/torch-2.1.0.whl\nnumpy==1.2\nloss-functions==0.5\n",
    "python source": "class Loss:\n    def __init__(self, lr=0.1, epochs=10):\n        self.lr = lr\n        self.loss = 0.5\n    # step 1\n    step = 1\n"
    * 4,
    "python loop": "for epoch in range(10):\n    loss = 0.5 * epoch\n    print(f'epoch {epoch} loss: {loss}')\n    acc = 0.9\n"
    * 5,
    "assignments": "lr = 0.1\nepochs = 90\nmomentum = 0.9\nweight_decay = 0.0001\nloss_weight = 0.5\n",
    "c source": '#include <stdio.h>\nint main(void) {\n  int step = 1;\n  float loss = 0.5f;\n  printf("step %d loss %f", step, loss);\n}\n'
    * 3,
    "yaml": "train:\n  epochs: 10\n  lr: 0.1\n  loss: mse\nval:\n  every: 5\n  metric: accuracy\n",
    "ini": "[train]\nepochs=10\nlr=0.1\n[test]\nbatch=32\nthreshold=0.5\n",
    "json settings": '{\n  "lr": 0.1,\n  "epochs": 10,\n  "loss": "mse",\n  "accuracy": true\n}\n',
    "toml": '[tool.x]\nversion = "1.0"\nsteps = 100\nlr = 0.1\n\n[tool.y]\nepochs = 5\n',
    "errors of a notebook's server": "".join(
        f"[W 10:5{i}:24.902 NotebookApp] Replaying {i + 3} buffered messages\nKeyError: '{5161108 + i * 91}a-8be2-40a0'\n"
        for i in range(8)
    ),
    "nvidia-smi": (
        "| NVIDIA-SMI 535.54.03    Driver Version: 535.54.03    CUDA Version: 12.2     |\n"
        "|   0  NVIDIA A100-SXM4-40GB          On  | 00000000:07:00.0 Off |                    0 |\n"
        "| N/A   30C    P0    52W / 400W |      4MiB / 40960MiB |      0%      Default |\n"
    )
    * 6,
    "nvidia-smi dmon": "# gpu   pwr gtemp mtemp    sm   mem\n# Idx     W     C     C     %     %\n"
    + many("    {j}    {i}    3{j}     -     {i}     0"),
    "top": "  PID USER      PR  NI    VIRT    RES  %CPU %MEM     TIME+ COMMAND\n"
    + many(" 1{i:03d} root      20   0  16{i}m  1{i}m   {f:.1f}  0.{j}   0:0{j}.1{j} python"),
    "df": "Filesystem     1K-blocks      Used Available Use% Mounted on\n"
    + many("/dev/sd{i}      {i}00000  {i}0000    90000  {i}% /mnt/{i}"),
    "ls": many("-rw-r--r-- 1 root root {i}234 Jan {i:2d} 10:0{j} loss_{i}.txt"),
    "ping": many("64 bytes from 10.0.0.1: icmp_seq={i} ttl=64 time={f:.3f} ms"),
    "dmesg": many("[    {f:.6f}] usb 1-{i}: new high-speed USB device number {i} using xhci_hcd"),
    "web server": many('10.0.0.{i} - - [10/Oct/2030:13:55:{i:02d} +0000] "GET /step/{i} HTTP/1.1" 200 {i}326'),
    "requests of a web application": many('[06/May/2031 16:11:{i:02d}] "GET /poets/{i} HTTP/1.1" 200 {i}220')
    + "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    main()\nKeyError: 'id'\n",
    "an application that could not start": 'CommandError: "0.5" is not a valid port number\n'
    "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    main()\nKeyError: 'id'\n",
    "cmake": many("[ {i}0%] Building CXX object src/loss_{i}.cpp.o"),
    "ninja": many("[{i}/120] Compiling src/part{i}.cc"),
    "cargo": many("   Compiling loss-{i} v0.{i}.{j}"),
    "docker pull": many("a{i}b3: Downloading [==>      ]  {f:.2f}MB/120.5MB"),
    "pytest": many("tests/test_{i}.py::test_step_{i} PASSED    [ {i}%]"),
    "unit test times": many("test_step_{i} ... ok ({f:.3f} s)"),
    "download bars": many("file{i}.bin: 100%|##########| 12/12 [00:0{j}<00:00, {f:.2f}MB/s]"),
    "only a bar": many("{i}%|#         | {i}/100 [00:0{j}<01:00,  1.{j}0it/s]"),
    "speeds": many("step {i}: 12{j}.5 ms"),
    "git log": many("commit {i}a{j}b3c9d\n    step {i} of the migration"),
    "diff": many("@@ -{i},7 +{i},9 @@ def step():\n-    lr = 0.{j}\n+    lr = 0.{i}"),
    "changelog": many("## 1.{i}.{j}\n- step {j} is faster by {i} %"),
    "versions": many("v1.{i}.{j}  2030-01-{i:02d}  stable"),
    "latex": "This is pdfTeX, Version 3.14159265\nOverfull \\hbox (12.0pt too wide) in paragraph at lines 1--2\n" * 9,
    "results of models": "| Model | Top-1 | Top-5 |\n|---|---|---|\n| small | 71.2 | 90.1 |\n| base | 76.4 | 93.0 |\n| large | 79.0 | 94.5 |\n",
    "leader board": "| Rank | Team | Score |\n|---|---|---|\n" + many("| {i} | team {i} | {f:.3f} |"),
    "list of results": many("model-{i}: params 1{i}M flops {f:.1f}G"),
    "model summary": "Layer (type)        Output Shape      Param #\n=====\n"
    + many("Conv2d-{i}      [-1, 64, 11{j}, 112]       9,4{i:02d}"),
    "module list": many("  (layer{i}): Conv2d(3, 64, kernel_size=(3, 3), stride=({j}, 1))"),
    "parameters": many("encoder.layer.{i}.weight torch.Size([{i}8, 64])"),
    "weather": "month rain temperature\n" + many("m{i} {f:.1f} {j}.5"),
    "prices": many("20{i:02d}-01-0{j} open {f:.2f} close {f:.2f}"),
    "years": "".join(f"{1990 + i} {3.1 + i / 7:.2f}\n" for i in range(20)),
    "coordinates": many("{f:.4f} {f:.4f}"),
    "vertices": many("v {f:.4f} {f:.4f} {j}.5"),
    "fixed-width sums": many("{i:5d} {j:5d} {i:5d} {j:5d}"),
    "matrix": many("{f:.3f} {f:.3f} {f:.3f} {f:.3f} {f:.3f}"),
    "atoms": many("ATOM  {i:5d}  CA  ALA A{i:4d}      {f:.3f}  {f:.3f}  {f:.3f}"),
    "subtitles": many("{i}\n00:00:0{j},000 --> 00:00:0{j},900\nwords of line {i}"),
    "chess": many("{i}. e4 e5 {i}... Nf3"),
    "recipe": "Step 1: take 2 eggs.\nStep 2: add 100 g of sugar.\nStep 3: bake for 30 minutes.\n" * 2,
    "manual": many("Step {i}. Press button {j} and wait for {i} seconds."),
    "football": many("Round {i}: team A {j} - {i} team B"),
    "quiz": many("Question {i}: {j} points"),
    "bank statement": many("2030-03-{i:02d} card payment {f:.2f} balance 10{i}.50"),
    "phone list": many("person {i}: 030 12345{i:02d}"),
    "sql": many("INSERT INTO t VALUES ({i}, {f:.2f}, 'x');"),
    "stack trace": many('  File "/app/part{i}.py", line {i}, in step'),
    "core temperatures": many("Core {i}: +4{j}.0 C (high = +80.0 C, crit = +100.0 C)"),
    "crontab": many("{i} {j} * * * /usr/bin/job{i}"),
    "hashes": many("d41d8cd98f00b204e980099{i:04d}  file{i}"),
    "queue": many("JOBID {i}23 PARTITION gpu STATE RUNNING TIME 1:0{j}:00 NODES {j}"),
    "html": "<html><body><table>\n" + many("<tr><td>{i}</td><td>{f:.2f}</td></tr>") + "</table></body></html>\n",
    "bibliography": many("[{i}] A. Author. Losses of step {i}. 20{i:02d}, pages {i}--{i}9."),
    "table of contents": many("{i}.{j} Learning rates ........ {i}4"),
    "gc log": many("GC({i}) Pause Young 2{i}M->{j}M(256M) {f:.3f}ms"),
}


def test_there_are_more_than_sixty_kinds():
    assert len(TEXTS) >= 60


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ["notes.txt", "out.log"])
def test_a_text_that_is_no_log_is_refused(tmp_path, kind, name):
    (tmp_path / name).write_text(TEXTS[kind])
    read = [item for item in load([tmp_path / name]) if isinstance(item, Run)]
    assert not read, [(run.note, {key: curve.values[:3].tolist() for key, curve in run.series.items()}) for run in read]
