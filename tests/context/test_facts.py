from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.judging.pipeline import make_judge, prepare
from logdoc.model import ConfigValue, Defect, Fact, Run, Series


def facts(config: dict[str, ConfigValue] | None = None, **curves: list[float]) -> dict[str, Fact]:
    series = {
        name: Series(name, np.arange(len(values)), np.array(values, dtype=np.float64))
        for name, values in curves.items()
    }
    return dict(
        prepare(Run("r", "test", ("r",), series=series, config=config or {}), make_judge(load_rules(), {}, {})).facts
    )


@pytest.mark.parametrize(
    ("config", "fact", "value"),
    [
        ({"optimizer.lr": 0.01}, "meta.lr", 0.01),
        ({"lr0": "3e-4"}, "meta.lr", 3e-4),
        ({"lr": "[0.001]"}, "meta.lr", 1e-3),
        ({"train_batch_size": 64.0}, "meta.batch_size", 64),
        ({"num_labels": 3}, "meta.num_classes", 3),
        ({"optim": "AdamW"}, "meta.optimizer", "adamw"),
        ({"trainer.max_epochs": 10}, "meta.epochs", 10),
        ({"optimizer._target_": "torch.optim.AdamW"}, "meta.optimizer", "adamw"),
        ({"run/model.optimizer.class_path": "torch.optim.SGD"}, "meta.optimizer", "sgd"),
        ({"model.name": "resnet18"}, "meta.model", "resnet18"),
        ({"hidden_sizes": "[64, 8]"}, "meta.width", 8),
        ({"fp16.enabled": True}, "meta.precision", "fp16"),
        ({"deepspeed.bf16.enabled": True, "fp16.enabled": False}, "meta.precision", "bf16"),
        ({"bf16": True, "fp16": False}, "meta.precision", "bf16"),
        ({"fp16": True, "fp16.enabled": "auto"}, "meta.precision", "fp16"),
        ({"fp16": False, "bf16": False}, "meta.precision", False),
        ({"train_micro_batch_size_per_gpu": 6}, "meta.batch_size", 6),
        ({"hidden": "(32, 32)"}, "meta.width", 32),
        ({"hidden": "16,4"}, "meta.width", 4),
        ({"hidden": "[7]"}, "meta.width", 7),
        ({"num_layers": 8}, "meta.depth", 8),
        ({"max_grad_norm": 0.5}, "meta.clip", 0.5),
        ({"max_grad_norm": 1, "clip_norm": 0.0}, "meta.clip", 1),
        ({"n_warmup_steps": 400}, "meta.warmup_steps", 400),
        ({"resume_from_checkpoint": "out/last.pt"}, "meta.resumed_from", "out/last.pt"),
    ],
)
def test_settings_are_found_by_the_names_people_give_them(
    config: dict[str, ConfigValue], fact: str, value: object
) -> None:
    known = facts(config, loss=[1.0, 0.9])[fact]

    assert known.value == value
    assert next(iter(config)) in known.why


@pytest.mark.parametrize("value", ["[64, relu]", "64 units", "[]", "[1, , 2]", "a,b"])
def test_a_list_of_more_than_numbers_is_no_width(value: str) -> None:
    assert "meta.width" not in facts({"hidden": value}, loss=[1.0, 0.9])


def test_of_several_learning_rates_none_is_taken_for_the_one() -> None:
    assert "meta.lr" not in facts({"lr": "[0.1, 0.01]"}, loss=[1.0, 0.9])


def test_chance_follows_from_the_number_of_classes() -> None:
    known = facts({"num_classes": 10}, loss=[2.3, 2.0], acc=[0.1, 0.2])

    assert known["meta.task"].value == "classification"
    assert known["meta.chance_loss"].value == pytest.approx(math.log(10))


@pytest.mark.parametrize(
    ("lr", "schedule"),
    [
        ([0.1] * 20, "constant"),
        ([0.1] * 10 + [0.01] * 10, "step"),
        ([0.1 * (1 - i / 20) for i in range(20)], "decay"),
        ([0.1 * min(1, i / 5) for i in range(20)], "warm-up"),
        ([0.1 * min(i, 20 - i) / 10 for i in range(21)], "one-cycle"),
        ([0.1, 0.05, 0.01] * 4, "restarts"),
        ([0.0] * 5, "zero"),
    ],
)
def test_the_shape_of_the_learning_rate_is_named(lr: list[float], schedule: str) -> None:
    assert facts(lr=lr)["meta.schedule"].value == schedule


def test_a_segmentation_loss_is_no_generator() -> None:
    series = {"train/seg_loss": Series("train/seg_loss", np.arange(3), np.ones(3))}

    known = prepare(Run("r", "test", ("r",), series=series), make_judge(load_rules(), {}, {})).facts

    assert known["meta.task"].value != "gan"


def test_a_loss_below_zero_is_a_likelihood() -> None:
    assert facts(loss=[1.0, -2.0, -3.0])["meta.task"].value == "likelihood"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (
            ["the process ended with exit code 1", "the program ran out of GPU memory: CUDA out of memory"],
            "out-of-memory",
        ),
        (["the process ended with exit code 143"], "killed"),
        (["the training ended with an exception: ValueError: loss is nan"], "not-finite"),
        (["it went up in smoke"], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_kind_of_an_end_follows_from_what_the_readers_found(words: list[str], kind: str) -> None:
    defects = tuple(Defect("log", what, ended=True) for what in words)

    known = prepare(Run("r", "test", ("r",), defects=defects), make_judge(load_rules(), {}, {})).facts

    assert known["log.ending"].value == kind
    assert known["log.ended_how"].value == (words[-1] if words else "no sign")


@pytest.mark.parametrize("name", ["bf16", "layer2/weight_norm", "lr2", "decoder2_scale"])
def test_a_number_format_or_a_second_layer_names_no_task(name: str) -> None:
    assert facts(loss=[1.0, 0.9], **{name: [0.5, 0.4]})["meta.task"].value == "unknown"


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("f1", "classification"),
        ("val/f1_macro", "classification"),
        ("val_f1", "classification"),
        ("val_r2", "regression"),
    ],
)
def test_scores_of_few_letters_name_their_task(name: str, task: str) -> None:
    assert facts(loss=[1.0, 0.9], **{name: [0.5, 0.6]})["meta.task"].value == task


@pytest.mark.parametrize("name", ["Rollout/Ep Rew Mean", "Reward Std", "Policy Gradient Loss", "reward_std"])
def test_a_name_in_words_tells_the_task_that_it_tells_with_underscores(name: str) -> None:
    known = facts(loss=[1.0, 0.9], **{name: [0.5, 0.6]})

    assert known["meta.task"].value == "policy-gradient"
    assert known["log.task_why"].value == f"'{name.lower()}' is logged"


@pytest.mark.parametrize(
    ("config", "fact", "value"),
    [
        ({"optimizer._target_": "torch.optim.SGD"}, "meta.optimizer", "sgd"),
        ({"model.optimizer._target_": "torch.optim.Adam"}, "meta.optimizer", "adam"),
        ({"scheduler.name": "cosine", "model.name": "resnet18"}, "meta.model", "resnet18"),
        ({"ppo.ent_coef": 0.01}, "meta.entropy_coef", 0.01),
        ({"ema_decay": 0.9999}, "meta.ema_decay", 0.9999),
        ({"ent_coef": -0.5}, "meta.entropy_coef", -0.5),
        ({"betas": "[0.9, 0.95]"}, "meta.beta2", 0.95),
        ({"optimizer.betas": "(0.5, 0.99)"}, "meta.beta1", 0.5),
    ],
)
def test_settings_of_a_group_are_found_by_group_and_name(
    config: dict[str, ConfigValue], fact: str, value: object
) -> None:
    assert facts(config, loss=[1.0, 0.9])[fact].value == value


@pytest.mark.parametrize(
    ("config", "lightest", "heaviest"),
    [
        ({"price_weight": 1.0, "kind_weight": 0.0001}, ("kind", 0.0001), ("price", 1.0)),
        ({"loss.lambda_cycle": 10, "loss.lambda_identity": 0.5}, ("identity", 0.5), ("cycle", 10.0)),
        ({"cls_loss_weight": 0.01, "box_loss_weight": 5}, ("cls", 0.01), ("box", 5.0)),
        ({"kl_weight": 1e-6}, None, ("kl", 1e-6)),
        ({"weight_decay": 0.01, "class_weight": 3, "init_weight": 2, "ent_coef": 0.0}, None, None),
    ],
)
def test_the_weights_of_loss_terms_are_found_by_how_they_are_named(
    config: dict[str, ConfigValue], lightest: tuple[str, float] | None, heaviest: tuple[str, float] | None
) -> None:
    known = facts(config, loss=[1.0, 0.9])

    for which, expected in (("lightest", lightest), ("heaviest", heaviest)):
        term, weight = known.get(f"meta.{which}_term"), known.get(f"meta.{which}_weight")
        assert (term and term.value, weight and weight.value) == (expected or (None, None))


@pytest.mark.parametrize(
    ("config", "task"),
    [
        ({"model": "gru-reward-model"}, "preference"),
        ({"task": "causal-lm"}, "language-modeling"),
        ({"model": "lstm-lm"}, "language-modeling"),
        ({"model": "film-network"}, "unknown"),
    ],
)
def test_a_word_of_the_configuration_may_be_a_part_of_a_name(config: dict[str, ConfigValue], task: str) -> None:
    assert facts(config, loss=[1.0, 0.9])["meta.task"].value == task


@pytest.mark.parametrize("config", [{"clip_norm": 0.0}, {"max_grad_norm": 0}, {"clip": "0"}])
def test_a_threshold_of_zero_switches_clipping_off(config: dict[str, ConfigValue]) -> None:
    assert "meta.clip" not in facts(config)


def attempts_of(*parts: list[float], begin: int = 0) -> Fact:
    series = [Series("loss", np.arange(begin, begin + len(v)), np.array(v, dtype=np.float64)) for v in parts]
    run = Run("r", "test", ("r",), series={"loss": series[-1]}, attempts={"loss": tuple(series[:-1])})
    return dict(prepare(run, make_judge(load_rules(), {}, {})).facts)["log.rounds"]


def test_a_counter_that_begins_anew_while_the_loss_goes_on_is_counted() -> None:
    assert attempts_of([2.0, 1.5], [1.4, 1.2], [1.1, 1.0]).value == 2


@pytest.mark.parametrize("parts", [([2.0, 1.5], [2.1, 1.4], [1.9, 1.3]), ([2.0, 1.5], [1.4, 1.2]), ([2.0, 1.5],)])
def test_attempts_from_nothing_and_a_single_one_are_no_rounds(parts: tuple[list[float], ...]) -> None:
    assert attempts_of(*parts).value == 0


def test_the_restart_is_where_losses_were_replaced_not_a_heading_printed_once_more() -> None:
    def series(name: str, first: int, last: int, attempt: int = 0) -> Series:
        return Series(name, np.arange(first, last), np.ones(last - first), attempt=attempt)

    run = Run(
        "r",
        "test",
        ("r",),
        series={"loss": series("loss", 0, 90, 1), "lr": series("lr", 80, 81, 1)},
        attempts={"loss": (series("loss", 40, 60),), "lr": (series("lr", 80, 81),)},
        restarts=(40, 80),
    )

    assert prepare(run, make_judge(load_rules(), {}, {})).facts["log.restart_step"].value == 40


def test_the_largest_of_lowered_learning_rates_is_not_its_peak() -> None:
    curves = {"loss": [3.0, 2.0, 1.5, 1.25], "reducing learning rate": [0.002, 0.0002, 0.0002, 0.0002]}
    known = facts(**curves)

    assert "meta.peak_lr" not in known
    assert "meta.lr" not in known
    logged = {"loss": curves["loss"], "learning rate": curves["reducing learning rate"]}
    assert facts(**logged)["meta.peak_lr"].value == 0.002
    assert facts({"lr": 0.02}, **curves)["meta.lr"].value == 0.02


def test_exact_hits_of_a_regression_tell_its_task_and_are_named() -> None:
    losses = list(np.geomspace(0.3, 0.01, 30))
    told = facts(loss=losses, acc=[0.0056] * 30, val_loss=losses, val_acc=[0.0] * 30)

    assert told["meta.task"].value == "regression"
    assert told["log.exact_hits"].value == "acc, val_acc"


def test_an_accuracy_beside_exact_hits_still_tells_a_classification() -> None:
    losses = list(np.geomspace(0.3, 0.01, 30))
    told = facts(loss=losses, acc=[0.0056] * 30, val_loss=losses, top5_accuracy=[0.5 + n / 100 for n in range(30)])

    assert told["meta.task"].value == "classification"
