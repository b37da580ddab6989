from __future__ import annotations

import math

import pytest
from curves import points
from hypothesis import given
from hypothesis import strategies as st

from logdoc.model import Defect
from logdoc.readers import load
from logdoc.readers.console.crashes import crashes_in


def test_nanogpt(run_of):
    text = "step 0: train loss 4.2, val loss 4.3\niter 0: loss 4.21, time 100.00ms, mfu -100.00%\niter 10: loss 3.9, time 50.00ms, mfu 12.00%\n"
    text += "step 20: train loss 3.5, val loss 3.6\niter 20: loss 3.4, time 50.00ms, mfu 12.00%\niter 30: loss nan, time 50.00ms, mfu 12.00%\n"
    run = run_of(text)
    assert points(run, "val loss") == {0: 4.3, 20: 3.6}
    assert points(run, "loss")[10] == 3.9
    assert math.isnan(points(run, "loss")[30])
    assert "mfu" not in run.series


def megatron(step, loss, nan=0):
    middle = "" if loss is None else f" lm loss: {loss:E} |"
    return (
        f" [2024-01-01 10:00:00] iteration {step:8d}/  100 | consumed samples: {step * 8:12d} | elapsed time per iteration (ms): 500.1 | learning rate: 1.0E-04 |"
        f" global batch size: 8 |{middle} loss scale: 1.0 | grad norm: 1.5 | number of skipped iterations:   0 | number of nan iterations:   {nan} |\n"
    )


def test_megatron_leaves_out_a_loss_that_is_nan(run_of):
    run = run_of("".join(megatron(i, 9.0 / i) for i in range(1, 6)) + megatron(6, None, nan=1) + megatron(7, 1.2))
    found = points(run, "lm loss")
    assert found[5] == pytest.approx(1.8)
    assert math.isnan(found[6])
    assert found[7] == 1.2
    assert points(run, "learning rate")[3] == 1e-4


def test_torchtitan_in_colour(run_of):
    line = "\x1b[34m[titan] 2024-01-01 00:00:0{0},000 - root - INFO - \x1b[31mstep: {1:2}  \x1b[32mloss:  {2}  \x1b[38;2;180;60;0mgrad_norm: 1.4  memory:  1.9GiB(2.4%)  tps: 5,000\x1b[0m\n"
    run = run_of("".join(line.format(i, 10 * i + 1, 8.0 - i) for i in range(5)))
    assert points(run, "loss") == {1: 8.0, 11: 7.0, 21: 6.0, 31: 5.0, 41: 4.0}
    assert points(run, "grad_norm")[1] == 1.4


def test_dicts_of_the_hugging_face_trainer(run_of):
    text = "".join(
        f"{{'loss': {1 / i:.3f}, 'grad_norm': nan, 'learning_rate': 5e-05, 'epoch': {i}}}\n" for i in range(1, 6)
    )
    text += "{'eval_loss': 0.5, 'eval_runtime': 1.2, 'epoch': 5.0}\n{'train_runtime': 10.0, 'train_loss': 0.4, 'epoch': 5.0}\n"
    run = run_of(text)
    assert len(run.series["loss"]) == 5
    assert all(math.isnan(v) for v in run.series["grad_norm"].values)
    assert "train_loss" not in run.series


def test_progress_bars_show_their_last_state(run_of):
    text = ""
    for epoch in range(4):
        for i in (1, 50, 100):
            text += f"\rEpoch {epoch}: {i:3}%|████      | {i}/100 [00:10<00:12, 4.2it/s, loss={epoch + i / 1000:.3f}, v_num=0]"
    run = run_of(text + "\n")
    assert points(run, "loss") == {0: 0.1, 1: 1.1, 2: 2.1, 3: 3.1}
    assert "v_num" not in run.series


def test_detectron2_and_its_evaluation_speed_is_no_curve(run_of):
    text = ""
    for i in range(19, 120, 20):
        text += f"[01/01 00:00:{i // 3:02}] d2.utils.events INFO:  eta: 0:00:10  iter: {i}  total_loss: {2 - i / 100}  loss_cls: 0.5  time: 0.1  lr: 0.001  max_mem: 900M\n"
        text += "[01/01 00:01:00] d2.evaluation.evaluator INFO: Inference done 11/100. 0.0588 s / img. Eval: 0.0003 s/iter. ETA=0:00:05\n"
    run = run_of(text)
    assert points(run, "total_loss")[19] == pytest.approx(1.81)
    assert set(run.series) == {"total_loss", "loss_cls", "lr", "max_mem"}


def test_mmengine_and_pytorch_examples(run_of):
    run = run_of(
        "".join(
            f"2023/01/01 00:00:00 - mmengine - INFO - Epoch(train)  [{e}][{i}/20]  lr: 0.1  loss: {e + i / 100}\n"
            for e in (1, 2, 3)
            for i in (10, 20)
        )
    )
    loss = run.series["train loss"]
    assert loss.values.tolist() == [1.1, 1.2, 2.1, 2.2, 3.1, 3.2]
    assert (loss.steps[1:] > loss.steps[:-1]).all()


def test_the_mnist_example_and_its_ratio(run_of):
    text = ""
    for epoch in (1, 2, 3):
        text += f"Train Epoch: {epoch} [0/60000 (0%)]\tLoss: {3 - epoch}.5\nTrain Epoch: {epoch} [640/60000 (1%)]\tLoss: {3 - epoch}.4\n"
        text += f"\nTest set: Average loss: 0.{9 - epoch}, Accuracy: {9000 + epoch * 100}/10000 (9{epoch}%)\n\n"
    run = run_of(text)
    assert len(run.series["train Loss"]) == 6
    assert run.series["test Accuracy"].values.tolist() == [0.91, 0.92, 0.93]


def test_the_average_in_parentheses_is_not_the_value(run_of):
    run = run_of(
        "".join(
            f"Epoch: [0][{i}/500]\tTime 0.3 (0.9)\tLoss {7 - i / 100} (6.9)\tAcc@1 {i / 10} (0.1)\n"
            for i in range(0, 50, 10)
        )
    )
    assert run.series["Loss"].values.tolist() == [7.0, 6.9, 6.8, 6.7, 6.6]


def test_tables_drawn_with_bars(run_of):
    box = "-----------------\n| rollout/         |     |\n|    ep_rew_mean   | {0} |\n| time/            |     |\n|    total_timesteps | {1} |\n-----------------\n"
    run = run_of("".join(box.format(20.5 + i, 2048 * (i + 1)) for i in range(4)))
    assert points(run, "rollout/ep_rew_mean") == {2048: 20.5, 4096: 21.5, 6144: 22.5, 8192: 23.5}


def test_an_epoch_line_counts_for_the_lines_below_it(run_of):
    run = run_of(
        "".join(
            f"epoch:  {e}\nsome talk\ntrain loss : {-0.1 * e:.2f}\nvalidation loss: {-0.2 * e:.2f}\nlr: 0.01\n\n"
            for e in range(5)
        )
    )
    assert points(run, "validation loss")[4] == -0.8
    assert run.series["train loss"].axis == "epoch"


def test_program_text_before_the_log_is_no_log(run_of):
    code = (
        "def train():\n    step = 0\n    lr = 0.023\n    loss = 0.5\n    for epoch in range(3):\n        print(f'loss: {loss}')\n    args = Args(step=1, lr=0.1)\n"
        * 50
    )
    run = run_of(
        code
        + "".join(f"step:{i}/100 val_loss:{5 - i / 50} train_time:10ms step_avg:61.99ms\n" for i in range(0, 100, 10))
    )
    assert set(run.series) == {"val_loss"}
    assert len(run.series["val_loss"]) == 10


def test_several_runs_in_one_file_are_several(tmp_path):
    one = "".join(f"Epoch[{e}] Batch [20]\tSpeed: 36.22 samples/sec\tTrain-Acc={{0}}{e}\n" for e in range(6))
    (tmp_path / "train.log").write_text(one.format("0.1") + one.format("0.2"))
    runs = list(load([tmp_path]))
    assert [run.id for run in runs] == ["train.log/part 1", "train.log/part 2"]
    assert runs[1].series["Train-Acc"].values[0] == 0.2


def test_text_that_is_no_log(tmp_path):
    (tmp_path / "a.log").write_text(
        "This is pdfTeX, Version 3.14159265\nOverfull hbox (12.0pt too wide) in paragraph at lines 1--2\n" * 200
    )
    (defect,) = load([tmp_path / "a.log"])
    assert isinstance(defect, Defect)


def test_settings_of_a_namespace(run_of):
    run = run_of(
        "Namespace(lr=0.01, batch_size=24, model='unet', amp=True, seed=None)\n"
        + "".join(f"iteration {i} : loss : 0.{i}\n" for i in range(1, 6))
    )
    assert run.config == {"lr": 0.01, "batch_size": 24, "model": "unet", "amp": True, "seed": None}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "GPU memory"),
        ("[rank0]:[E] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=5)", "NCCL"),
        ("RuntimeError: DataLoader worker (pid 123) is killed by signal: Killed.", "data loader"),
        ("./run.sh: line 3: 1234 Killed                  python train.py", "killed by the system"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("Loss is nan, stopping training", "not finite"),
        ("slurmstepd: error: *** JOB 1 ON n CANCELLED AT 2024 DUE TO TIME LIMIT ***", "time limit"),
        ("Segmentation fault (core dumped)", "segmentation fault"),
    ],
)
def test_signs_of_a_crash(line, what):
    (crash,) = crashes_in("step 1 loss 0.5\n" * 20 + line + "\n")
    assert what in crash.what
    assert crash.line == 21


def test_the_exception_of_a_traceback_with_its_line(run_of):
    run = run_of(
        "".join(f"step {i}: loss: 0.{i}\n" for i in range(1, 8))
        + 'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    f()\nValueError: bad \x1b[31mshape\n'
    )
    (defect,) = [d for d in run.defects if "exception" in d.what]
    assert defect.where == "line 11"
    assert "\x1b" not in defect.what


@given(st.text(max_size=400))
def test_no_text_raises(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.write_text("step 1 loss: 0.5\nstep 2 loss: 0.4\nstep 3 loss: 0.3\n" + text, encoding="utf-8", errors="replace")
    assert list(load([path]))


def test_long_lines_are_cut_not_matched_for_ever(tmp_path):
    path = tmp_path / "a.log"
    path.write_text(
        ("loss " * 100_000 + "\n") * 3 + ("a" * 500_000 + ": 1\n") + "".join(f"step {i} loss: 0.5\n" for i in range(9))
    )
    (run,) = load([path])
    assert len(run.series["loss"]) == 9
