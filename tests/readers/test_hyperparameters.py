from __future__ import annotations

import os

from logdoc.readers.hyperparameters import MAX_SIZE, is_config_name, read_beside


def test_first_file_to_name_a_key_wins(tmp_path):
    (tmp_path / "hparams.yaml").write_text("lr: 0.1\n")
    (tmp_path / "config.json").write_text('{"lr": 0.2, "net": {"depth": 3}}')
    (tmp_path / "args.yaml").write_text("batch: 32\n")
    config, sources, defects = read_beside(tmp_path)
    assert config == {"lr": 0.1, "net.depth": 3, "batch": 32}
    assert sources == ("hparams.yaml", "config.json", "args.yaml")
    assert defects == ()


def test_hydra_folder_is_found_and_paths_are_relative_to_the_root(tmp_path):
    (tmp_path / "run" / ".hydra").mkdir(parents=True)
    (tmp_path / "run" / ".hydra" / "config.yaml").write_text("opt:\n  lr: 1e-3\n")
    config, sources, _ = read_beside(tmp_path / "run", tmp_path)
    assert config == {"opt.lr": 0.001}
    assert sources == ("run/.hydra/config.yaml",)


def test_wandb_and_lightning_files_are_read_without_executing_anything(tmp_path):
    (tmp_path / "config.yaml").write_text("wandb_version: 1\nlr:\n  desc: null\n  value: 0.1\n")
    (tmp_path / "hparams.yaml").write_text(
        "model: !!python/object:net.Config {width: 64}\nrun: !!python/object/apply:os._exit [3]\n"
    )
    config, _, defects = read_beside(tmp_path)
    assert config == {"model.width": 64, "run": "[3]", "lr": 0.1}
    assert defects == ()


def test_broken_and_oversized_files_are_defects(tmp_path):
    (tmp_path / "config.json").write_text("[1, 2")
    (tmp_path / "params.json").write_text("[1, 2]")
    (tmp_path / "args.yaml").write_text("a: " + "x" * MAX_SIZE)
    config, sources, defects = read_beside(tmp_path)
    assert config == {}
    assert sources == ("config.json", "params.json")
    assert [defect.source for defect in defects] == ["config.json", "args.yaml", "params.json"]


def test_a_pipe_or_folder_of_that_name_is_no_configuration(tmp_path):
    os.mkfifo(tmp_path / "config.yaml")
    (tmp_path / "args.yaml").mkdir()
    assert read_beside(tmp_path) == ({}, (), ())


def test_absent_folder_has_no_configuration(tmp_path):
    assert read_beside(tmp_path / "nowhere") == ({}, (), ())


def test_names():
    assert is_config_name("hparams.yaml")
    assert is_config_name("Config.JSON")
    assert not is_config_name("metrics.csv")
