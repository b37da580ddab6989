"""Many files of one run, the machine under names of people, and checks that other tools have, on logs as files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from logged import WAVE, fired, loud, said

import logdoc


def fall(i: int, top: float = 2.3, floor: float = 0.4, pace: float = 30) -> float:
    return floor + (top - floor) * math.exp(-i / pace) + WAVE[i]


def csv(columns: str, rows: list[tuple[float, ...]]) -> str:
    return columns + "\n" + "".join(",".join(f"{v:.10g}" for v in row) + "\n" for row in rows)


def rising(i: int) -> float:
    return 0.5 + 0.9 * math.exp(-i / 8) + 0.0006 * max(0, i - 15) ** 2 + WAVE[i]


def test_the_charts_that_were_exported_of_one_run_are_one_run_that_overfits(tmp_path: Path) -> None:
    curves = {"train/loss": lambda i: fall(i, 2, 0.05, 10), "val/loss": rising, "lr": lambda i: 1e-3}
    for number, (name, value) in enumerate(curves.items()):
        head = f'"Step","lucky-fox-7 - {name}","lucky-fox-7 - {name}__MIN","lucky-fox-7 - {name}__MAX"'
        rows = [f'"{i}","{value(i):.6f}","{value(i):.6f}","{value(i):.6f}"' for i in range(60)]
        file = tmp_path / f"wandb_export_2026-01-0{number + 1}T10_00_00.000+01_00.csv"
        file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")

    (run,) = logdoc.analyze(tmp_path).runs

    assert "overfitting" in {c.id for c in run.causes[:1]}


def test_the_plots_of_dvc_are_one_run_that_overfits(tmp_path: Path) -> None:
    for name, value in (("train/loss", lambda i: fall(i, 2, 0.05, 10)), ("eval/loss", rising)):
        file = tmp_path / "dvclive" / "plots" / "metrics" / f"{name}.tsv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("step\tloss\n" + "".join(f"{i}\t{value(i):.6f}\n" for i in range(60)), encoding="utf-8")

    (run,) = logdoc.analyze(tmp_path).runs

    assert "overfitting" in {c.id for c in run.causes[:1]}


def test_a_file_for_each_metric_is_one_run_that_overfits(tmp_path: Path) -> None:
    for name, value in (("train_loss", lambda i: fall(i, 2, 0.05, 10)), ("val_loss", rising)):
        (tmp_path / f"{name}.csv").write_text(csv("step,value", [(i, value(i)) for i in range(60)]), encoding="utf-8")

    (run,) = logdoc.analyze(tmp_path).runs

    assert "overfitting" in {c.id for c in run.causes[:1]}


@pytest.mark.parametrize(
    "name", ["images_per_sec", "samples/s", "tokens_per_second", "it/s", "throughput/samples_per_sec"]
)
def test_a_throughput_that_falls_is_a_warning_under_any_name(name: str, tmp_path: Path) -> None:
    rows = [(10 * i, fall(i), (900.0 if i < 60 else 380.0) * (1 + WAVE[i])) for i in range(150)]
    run = said(tmp_path, csv(f"step,loss,{name}", rows))

    assert "throughput-drop" in loud(run)


@pytest.mark.parametrize("name", ["system/memory_mb", "gpu_mem", "gpu_memory_mb"])
def test_a_memory_that_grows_to_the_end_is_a_warning_under_any_name(name: str, tmp_path: Path) -> None:
    rows = [(10 * i, fall(i), 4000.0 + 60 * i + 100 * WAVE[i]) for i in range(150)]
    run = said(tmp_path, csv(f"step,loss,{name}", rows))

    assert "memory-growing" in loud(run)


CHECKS = {
    "a perplexity that is not exp(loss)": (
        csv("step,loss,perplexity", [(i, fall(i, 5, 3), math.exp(1.4 * fall(i, 5, 3))) for i in range(80)]),
        "perplexity-mismatch",
    ),
    "a validation that is the training to the digit": (
        csv("epoch,train_loss,val_loss", [(i, fall(i), fall(i)) for i in range(40)]),
        "val-copies-train",
    ),
    "values on the grid of half precision": (
        csv("step,loss", [(i, round(fall(i, 12, 8.4, 60) * 128) / 128) for i in range(300)]),
        "loss-coarse",
    ),
    "a step counter that stops": (
        csv("step,loss", [(min(i, 90), fall(i)) for i in range(160)]),
        "step-counter-stuck",
    ),
    "a reward that rises while episodes shorten": (
        csv(
            "step,rollout/ep_rew_mean,rollout/ep_len_mean",
            [(2048 * i, -100 + i + 50 * WAVE[i], 300 - 4 * i + 60 * WAVE[i + 1]) for i in range(60)],
        ),
        "episodes-shorten",
    ),
    "rewards without any spread": (
        csv(
            "step,reward,reward_std,grad_norm",
            [(i, 0.3 + WAVE[i], 0.0, 0.0) for i in range(60)],
        ),
        "reward-spread-zero",
    ),
}


@pytest.mark.parametrize("what", sorted(CHECKS))
def test_what_other_tools_check_is_found(what: str, tmp_path: Path) -> None:
    text, rule = CHECKS[what]

    assert rule in fired(said(tmp_path, text))


@pytest.mark.parametrize(
    "settings",
    [
        '{"optimizer": "adam", "beta1": 0.9, "beta2": 1.5}',
        '{"optimizer": "adamw", "adam_beta1": 0.999, "adam_beta2": 0.9}',
        '{"optimizer": "adam", "adam_epsilon": 10}',
        '{"optimizer": "sgd", "momentum": 9}',
    ],
)
def test_constants_of_an_optimizer_that_are_plainly_wrong_are_a_warning(settings: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(settings, encoding="utf-8")
    run = said(tmp_path, csv("step,loss", [(i, fall(i)) for i in range(120)]))

    assert "optimizer-constants" in loud(run)


def test_the_usual_constants_are_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"optimizer": "adamw", "adam_beta1": 0.9, "adam_beta2": 0.95, "eps": 1e-8, "momentum": 0.9}', encoding="utf-8"
    )

    assert "optimizer-constants" not in fired(said(tmp_path, csv("step,loss", [(i, fall(i)) for i in range(120)])))
