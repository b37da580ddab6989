from __future__ import annotations

import time

import pytest

from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.loose_settings import MOST, kind_of, may_be_of_launcher

SCRIPT = """#!/bin/bash
LR=2e-5
export OUT=runs/a
# python train.py --learning_rate 1 --num_train_epochs 1
python prepare.py --data big
CUDA_VISIBLE_DEVICES=0 torchrun --nproc_per_node 2 tune.py \\
    --learning_rate $LR --num_train_epochs 3 \\
    --output_dir "${OUT}" --seed ${SEED} --bf16
python score.py --batch_size 9 --seed 1
"""


@pytest.mark.parametrize(
    ("name", "text", "settings"),
    [
        ("sft.yaml", "trainer:\n  learning_rate: 3e-4\n  max_steps: 90\n", {"trainer.learning_rate": 3e-4}),
        ("adapter.json", '{"lora_r": 8, "dropout": 0.1}', {"lora_r": 8, "dropout": 0.1}),
        ("args.txt", "batch_size,128\nl2,0.0\nlr,0.01\ndataset,books\n", {"batch_size": 128, "lr": 0.01}),
        ("train_opt.txt", "batch_size: 4\nbeta1: 0.5\nlr: 0.0002\n", {"beta1": 0.5, "lr": 0.0002}),
        (
            "opt.txt",
            "----- Options -----\n  batch_size: 2 \t[default: 1]\n  n_epochs: 7\n  lr: 0.1\n----- End -----\n",
            {"batch_size": 2, "n_epochs": 7, "lr": 0.1},
        ),
        ("run.sh", SCRIPT, {"learning_rate": 2e-5, "num_train_epochs": 3, "output_dir": "runs/a", "bf16": True}),
        (
            "small.cfg",
            "# a net\n[net]\nbatch=16\n# batch=64\nmomentum=0.9\ndecay=0.01\nwidth=96\n\n[yolo]\nclasses=3\nbatch=1\n",
            {"batch": 16, "momentum": 0.9, "weight_decay": 0.01},
        ),
    ],
)
def test_settings_under_names_of_their_own_are_read(tmp_path, name, text, settings):
    (tmp_path / name).write_text(text)
    config, sources, defects = read_beside(tmp_path)

    assert {key: config.get(key) for key in settings} == settings
    assert sources == (name,)
    assert not {"seed", "classes", "width"} & config.keys()
    assert defects == ()


def test_the_usual_names_come_first_and_leave_no_question(tmp_path):
    (tmp_path / "config.yaml").write_text("lr: 0.1\n")
    (tmp_path / "train.sh").write_text("python a.py --lr 0.5 --num_epochs 9 --dropout 0.1\n")
    assert read_beside(tmp_path)[0] == {"lr": 0.1}


def test_a_script_completes_the_configuration_of_a_model_that_tells_no_rate(tmp_path):
    (tmp_path / "config.json").write_text('{"hidden_size": 64, "dropout": 0.1}')
    (tmp_path / "train.sh").write_text("python a.py --lr 0.5 --num_epochs 9 --dropout 0.3\n")
    config, sources, _ = read_beside(tmp_path)
    assert config == {"hidden_size": 64, "dropout": 0.1, "lr": 0.5, "num_epochs": 9}
    assert sources == ("config.json", "train.sh")


def test_two_files_of_one_kind_may_be_of_two_trainings_and_neither_is_taken(tmp_path):
    for name in ("small.yaml", "large.yaml"):
        (tmp_path / name).write_text("batch_size: 3\nepochs: 9\n")
    assert read_beside(tmp_path) == ({}, (), ())


def test_a_folder_of_many_files_is_a_store_of_something_else(tmp_path):
    for number in range(MOST + 1):
        (tmp_path / f"{number}.json").write_text('{"a": 1}' if number else '{"batch_size": 3, "epochs": 9}')
    assert read_beside(tmp_path) == ({}, (), ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yml", "services:\n  web:\n    image: a\n"),
        ("broken.json", "{"),
        ("broken.yaml", "a: [\n"),
        ("setup.cfg", "[metadata]\nname = a\nmodel = b\n"),
        ("clean.sh", "rm -rf out\n"),
        ("notes.txt", "lr: 3\nbatch_size: 3\nepochs: 3\n"),
    ],
)
def test_other_files_hold_no_settings(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_beside(tmp_path) == ({}, (), ())


@pytest.mark.parametrize("name", ["trainer_state.json", "tokenizer_config.json", "logdoc.json", ".yaml", "a.py"])
def test_what_has_a_reader_or_a_meaning_of_its_own_is_no_file_of_settings(name):
    assert kind_of(name) == ""


@pytest.mark.parametrize(
    "name", ["ds_config.json", "deepspeed_zero3.json", "my_ds.json", "zero2.json", "engine-config.json"]
)
def test_a_configuration_of_deepspeed_counts_beside_that_of_the_training(tmp_path, name):
    (tmp_path / "config.yaml").write_text("lr: 0.25\nseed: 3\n")
    (tmp_path / name).write_text('{"fp16": {"enabled": true, "hysteresis": 3}, "zero_optimization": {"stage": 1}}')
    (tmp_path / "other_config.json").write_text('{"hidden_size": 9, "dropout": 0.5, "num_layers": 2}')
    config, sources, defects = read_beside(tmp_path)

    assert config == {"lr": 0.25, "seed": 3, "fp16.enabled": True, "fp16.hysteresis": 3, "zero_optimization.stage": 1}
    assert set(sources) == {"config.yaml", name}
    assert not defects


def test_a_configuration_of_deepspeed_is_no_second_one_of_the_training(tmp_path):
    (tmp_path / "sft.json").write_text('{"learning_rate": 0.5, "num_train_epochs": 2}')
    (tmp_path / "ds_config.json").write_text('{"bf16": {"enabled": "auto"}, "train_micro_batch_size_per_gpu": 7}')
    config, sources, _ = read_beside(tmp_path)

    assert config["learning_rate"] == 0.5
    assert config["bf16.enabled"] == "auto"
    assert set(sources) == {"sft.json", "ds_config.json"}


def test_whether_a_file_is_of_a_launcher_takes_no_time_that_doubles_with_each_letter_of_its_name():
    begun = time.perf_counter()

    assert not may_be_of_launcher("zero_shot_of_many_tasks_b.yaml")
    assert may_be_of_launcher("zero_shot-of.many_tasks_b.json")
    assert time.perf_counter() - begun < 1
