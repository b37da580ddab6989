"""Settings that programs print, as their own kinds of texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.dumps import settings_in, settings_of_arguments
from logdoc.readers.hyperparameters import read_beside

ROWS = "".join(f"epoch {i} loss {2.0 - 0.01 * i:.3f} val_loss {2.1 - 0.01 * i:.3f}\n" for i in range(1, 30))
WANTED = {"lr": 0.05, "batch_size": 2, "weight_decay": 0.3}

PRINTED = {
    "Namespace": "Namespace(lr=0.05, batch_size=2, weight_decay=0.3, name='a, b', sizes=[1, 2], resume=None)\n",
    "Namespace over lines": "args: Namespace(lr=0.05,\n    batch_size=2,\n    weight_decay=0.3)\n",
    "TrainingArguments": "TrainingArguments(\n_n_gpu=1,\nlr=0.05,\nbatch_size=2,\nweight_decay=0.3,\n"
    "hub_strategy=<HubStrategy.EVERY_SAVE: 'every_save'>,\nlogging_dir=out/runs,\n)\n",
    "a dictionary": "config {'lr': 0.05, 'batch_size': 2, 'weight_decay': 0.3}\n",
    "a dictionary over lines": "{'batch_size': 2,\n 'lr': 0.05,\n 'weight_decay': 0.3}\n",
    "a block with colons": "lr: 0.05\nbatch_size: 2\nweight_decay: 0.3\n",
    "a block with equal signs": "  lr = 0.05\n  batch_size = 2\n  weight_decay = 0.3\n",
    "options with defaults": "  lr: 0.05 \t[default: 0.1]\n  batch_size: 2   \n  weight_decay: 0.3 \t[default: 0]\n",
    "a block behind times and levels": "".join(
        f"[2031-05-01 10:00:0{i}] INFO: {line}\n"
        for i, line in enumerate(["lr: 0.05", "batch_size: 2", "weight_decay: 0.3"])
    ),
    "a list behind a word": "train: weights=a.pt, lr=0.05, batch_size=2, cache=, weight_decay=0.3, cos_lr=False\n",
    "the command": "+ python train.py --lr 0.05 --batch-size 2 --weight_decay=0.3 --amp\n",
}


@pytest.mark.parametrize("kind", PRINTED)
def test_printed_settings_are_read(kind: str) -> None:
    found = settings_in(PRINTED[kind] + ROWS)

    assert {key: found.get(key) for key in WANTED} == WANTED


def test_lists_of_numbers_are_kept_and_others_left_out() -> None:
    found = settings_in("Namespace(lr=0.05, sizes=[64, 8], names=['a', 'b'], shape=[1, None], one=[3])\n")

    assert found == {"lr": 0.05, "sizes": "[64, 8]", "one": "[3]"}


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{ {'loss': 1 / i, 'learning_rate': 1e-4, 'epoch': i} }\n" for i in range(1, 9)),
        "".join(f"epoch: {i}\nloss: {1 / i}\nlr: 0.1\nacc: 0.5\n" for i in range(1, 9)),
        "Model(\n  (fc): Linear(in_features=3, out_features=4, bias=True)\n)\n",
        "step: 1\nbatch: 4\n",
        ROWS,
    ],
)
def test_rows_of_results_are_no_settings(text: str) -> None:
    assert settings_in(text) == {}


@given(st.text(alphabet="abNamespace(){}[]:=,'\"\n-. 01", max_size=300))
def test_any_text_gives_settings_or_none(text: str) -> None:
    assert isinstance(settings_in("Namespace(" + text + "{'" + text), dict)


def test_arguments_become_settings_with_flags_and_overrides() -> None:
    found = settings_of_arguments(["--lr", "-0.5", "--amp", "--name=x", "model.dropout=0.4", "+seed=3", "-b", "8"])

    assert found == {"lr": -0.5, "amp": True, "name": "x", "model.dropout": 0.4, "seed": 3, "b": 8}


def test_a_console_log_carries_what_it_printed_first(tmp_path: Path) -> None:
    (tmp_path / "out.log").write_text(PRINTED["a block with colons"] + "\n" + ROWS)

    run = next(item for item in load([tmp_path / "out.log"]) if isinstance(item, Run))

    assert {key: run.config.get(key) for key in WANTED} == WANTED
    assert len(run.series) == 2


def test_hydra_overrides_stand_for_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / ".hydra").mkdir()
    (tmp_path / ".hydra" / "overrides.yaml").write_text("- optim.lr=0.3\n- batch_size=2\n")

    config, sources, defects = read_beside(tmp_path)

    assert (config, sources, defects) == ({"optim.lr": 0.3, "batch_size": 2}, (".hydra/overrides.yaml",), ())


def test_the_folder_around_a_folder_of_logs_holds_its_configuration(tmp_path: Path) -> None:
    for name in ("logs", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "config.yaml").write_text("lr: 0.5\n")

    assert read_beside(tmp_path / "logs", tmp_path)[0] == {"lr": 0.5}
    assert read_beside(tmp_path / "logs", tmp_path / "logs")[0] == {}
    assert read_beside(tmp_path / "other", tmp_path)[0] == {}


def test_a_pickled_configuration_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "training_args.bin").write_bytes(b"\x80\x04.")

    config, _, defects = read_beside(tmp_path)

    assert config == {}
    assert [(d.source, d.lost) for d in defects] == [("training_args.bin", False)]
    assert "pickle" in defects[0].what


@pytest.mark.parametrize(
    ("line", "format_"),
    [
        ("AMP: checks passed", "amp"),
        ("Using 16bit Automatic Mixed Precision (AMP)", "amp"),
        ("Using cuda_amp half precision backend", "amp"),
        ("mixed_precision fp16", "fp16"),
        ("mixed precision: bf16", "bf16"),
    ],
)
def test_the_number_format_is_read_where_a_line_says_it(line: str, format_: str) -> None:
    assert settings_in(f"{line}\n{ROWS}")["precision"] == format_


def test_a_row_of_results_in_a_list_is_no_setting() -> None:
    rows = "".join(f"loss={3 / n:.2f}, wps=900, bsz=86, lr=0.1, clip=100, dropout={n / 9:.2f}\n" for n in range(1, 9))

    assert settings_in(rows) == {}


def test_what_a_printed_dictionary_holds_in_tuples_and_bytes_is_text_or_numbers() -> None:
    """A tuple among the settings once ended the analysis in a TypeError."""
    line = "Configuration: {'lr': 0.05, 'batch_size': 80, 'size': (224, 192), 'epochs': 5, 'key': b'x', 'z': 1j}"

    settings = settings_in(f"{line}\n{ROWS}")

    assert settings["size"] == "[224, 192]"
    assert settings["key"] == "b'x'"
    assert {type(value) for value in settings.values()} <= {bool, int, float, str, type(None)}


def test_pairs_in_a_list_of_settings_are_read() -> None:
    line = "{'lr': 0.1, 'batch_size': 8, 'epochs': 90, 'steps': [(30, 0.1), (60, 0.01)], 'codes': [b'a', 2]}"

    settings = settings_in(f"{line}\n{ROWS}")

    assert settings["steps.0"] == "[30, 0.1]"
    assert settings["codes"] == "[\"b'a'\", 2]"


def test_what_an_optimizer_is_given_in_one_word_with_its_name_is_a_setting_each() -> None:
    found = settings_of_arguments(["--optimizer_m", "adamw,lr=0.0007,beta2=0.97", "--batch_size", "12"])

    assert found["optimizer"] == "adamw"
    assert (found["lr"], found["beta2"], found["batch_size"]) == (0.0007, 0.97, 12)


def test_what_is_said_apart_from_the_optimizer_comes_first() -> None:
    assert settings_of_arguments(["--optim", "sgd,lr=0.3", "--lr", "0.1"])["lr"] == 0.1
