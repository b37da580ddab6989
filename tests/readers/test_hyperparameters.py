from __future__ import annotations

import os

import pytest

from logdoc.readers import hyperparameters
from logdoc.readers.hyperparameters import MAX_SIZE, is_config_name, read_beside
from logdoc.readers.noticing import noticed


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


def written(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("hparams.yaml", "hparams.yml"),
        ("hparams.json", ".hydra/config.yaml"),
        (".hydra/config.yaml", "config.yaml"),
        ("config.yaml", ".hydra/overrides.yaml"),
        ("train_config.json", ".hydra/overrides.yaml"),
    ],
)
def test_of_two_files_the_one_that_says_more_surely_what_ran_comes_first(tmp_path, first, second):
    for name, rate in ((first, 0.25), (second, 0.5)):
        said = {"json": f'{{"lr": {rate}}}', "yaml": f"lr: {rate}\n", "yml": f"lr: {rate}\n"}
        written(tmp_path, name, f"- lr={rate}\n" if "overrides" in name else said[name.rpartition(".")[2]])

    assert read_beside(tmp_path) == ({"lr": 0.25}, (first, second), ())


def test_overrides_of_hydra_are_the_settings_that_were_given(tmp_path):
    written(tmp_path, ".hydra/overrides.yaml", "- optimizer.lr=0.25\n- 'batch_size=24'\n")

    assert read_beside(tmp_path)[0] == {"optimizer.lr": 0.25, "batch_size": 24}


@pytest.mark.parametrize("name", ["logs", "TB", "events", "csv_logs", "train"])
def test_a_folder_of_logs_has_the_configuration_of_the_folder_around_it(tmp_path, name):
    written(tmp_path, "run/config.yaml", "lr: 0.25\n")
    (tmp_path / "run" / name).mkdir()

    assert read_beside(tmp_path / "run" / name, tmp_path) == ({"lr": 0.25}, ("run/config.yaml",), ())
    assert read_beside(tmp_path / "run" / name, tmp_path / "run") == ({"lr": 0.25}, ("config.yaml",), ())


def test_a_configuration_around_counts_for_no_other_folder(tmp_path):
    written(tmp_path, "run/config.yaml", "lr: 0.25\n")
    written(tmp_path, "run/val/config.yaml", "lr: 0.5\n")
    for name in ("logs", "seed3", "logs2"):
        (tmp_path / "run" / name).mkdir()

    assert read_beside(tmp_path / "run" / "seed3", tmp_path)[0] == {}
    assert read_beside(tmp_path / "run" / "logs2", tmp_path)[0] == {}
    assert read_beside(tmp_path / "run" / "val", tmp_path)[0] == {"lr": 0.5}
    assert read_beside(tmp_path / "run" / "logs", tmp_path / "run" / "logs")[0] == {}
    assert read_beside(tmp_path / "run" / "logs", tmp_path / "run" / "val")[0] == {}
    assert read_beside(tmp_path / "run" / "logs")[0] == {}


def test_what_was_wrong_in_the_folder_of_logs_is_told_where_nothing_lies_around_it(tmp_path):
    written(tmp_path, "logs/config.json", "[1, 2]")

    assert [defect.source for defect in read_beside(tmp_path / "logs", tmp_path)[2]] == ["logs/config.json"]


@pytest.mark.parametrize(("size", "read"), [(MAX_SIZE, True), (MAX_SIZE + 1, False)])
def test_a_file_is_read_up_to_the_largest_size(tmp_path, size, read):
    text = "lr: 0.25\n#"
    written(tmp_path, "config.yaml", text + "-" * (size - len(text)))
    config, sources, defects = read_beside(tmp_path)

    assert (config, sources) == (({"lr": 0.25}, ("config.yaml",)) if read else ({}, ()))
    assert [defect.what for defect in defects] == (
        [] if read else [f"the configuration is larger than {MAX_SIZE} bytes and was not read"]
    )


def test_a_link_to_itself_is_told_and_one_to_nothing_is_as_if_it_was_not_there(tmp_path):
    (tmp_path / "config.yaml").symlink_to("config.yaml")
    (tmp_path / "args.yaml").symlink_to("gone.yaml")
    written(tmp_path, "params.yaml", "lr: 0.25\n")
    config, sources, defects = read_beside(tmp_path)

    assert (config, sources) == ({"lr": 0.25}, ("params.yaml",))
    assert [defect.source for defect in defects] == ["config.yaml"]
    assert defects[0].what.startswith("the configuration could not be read: ")


def test_five_notes_on_one_file_are_enough(tmp_path, monkeypatch):
    notes = ["one is not read.", *(f"note {n}" for n in range(7))]
    monkeypatch.setattr(hyperparameters, "load_config_yaml", lambda text, where: ({"lr": 0.25}, notes))
    written(tmp_path, "config.yaml", "lr: 0.25\n")

    assert [d.what for d in read_beside(tmp_path)[2]] == [f"configuration: note {n}" for n in range(5)]


def test_a_pickle_is_told_only_where_nothing_else_holds_settings(tmp_path):
    written(tmp_path, "run/training_args.bin", "")
    config, sources, (defect,) = read_beside(tmp_path / "run", tmp_path)

    assert (config, sources, defect.source) == ({}, (), "run/training_args.bin")
    assert "was not opened" in defect.what
    written(tmp_path, "run/args.json", '{"lr": 0.25}')
    assert read_beside(tmp_path / "run", tmp_path) == ({"lr": 0.25}, ("run/args.json",), ())


def test_in_a_folder_that_cannot_be_listed_the_usual_names_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(hyperparameters, "names_in", lambda folder: None)
    written(tmp_path, "config.yaml", "dropout: 0.25\n")
    written(tmp_path, "train.sh", "python train.py --lr 0.5 --num_epochs 9\n")

    assert read_beside(tmp_path) == ({"dropout": 0.25}, ("config.yaml",), ())


def test_whoever_keeps_the_result_learns_what_it_depends_on(tmp_path):
    written(tmp_path, "config.yaml", "dropout: 0.25\n")
    written(tmp_path, "train.sh", "python train.py --lr 0.5 --num_epochs 9\n")
    with noticed() as looked:
        read_beside(tmp_path)

    assert {str(tmp_path / name) for name in ("config.yaml", "train.sh")} <= looked.files
    assert {"hparams.json", ".hydra", "training_args.bin"} <= looked.names[str(tmp_path)]
    assert looked.folders == {(str(tmp_path), "settings")}


def test_paths_of_settings_under_names_of_their_own_are_relative_to_the_root(tmp_path):
    written(tmp_path, "run/sft.yaml", "learning_rate: 0.25\nmax_steps: 90\n")

    assert read_beside(tmp_path / "run", tmp_path)[1] == ("run/sft.yaml",)
    assert read_beside(tmp_path / "run")[1] == ("sft.yaml",)


def test_a_file_of_settings_that_is_too_large_or_no_file_is_passed_over(tmp_path):
    written(tmp_path, "sft.yaml", "learning_rate: 0.25\nmax_steps: 90\n#" + "-" * MAX_SIZE)
    (tmp_path / "train.sh").mkdir()
    written(tmp_path, "adapter.json", '{"lora_r": 8, "dropout": 0.1}')

    assert read_beside(tmp_path) == ({"lora_r": 8, "dropout": 0.1}, ("adapter.json",), ())


def test_of_deepspeed_is_read_what_no_other_file_tells(tmp_path):
    written(tmp_path, "config.yaml", "lr: 0.25\n")
    written(tmp_path, "ds_config.json", '{"train_micro_batch_size_per_gpu": 24, "gradient_clipping": 0.5}')
    written(tmp_path, "sft.yaml", "learning_rate: 0.5\nmax_steps: 90\n")
    config, sources, _ = read_beside(tmp_path)

    assert config == {"lr": 0.25, "train_micro_batch_size_per_gpu": 24, "gradient_clipping": 0.5}
    assert sources == ("config.yaml", "ds_config.json")
