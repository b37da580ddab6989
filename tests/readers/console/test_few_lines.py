"""Console texts of one or two lines, and numbers in brackets, units and headings that used to mislead."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import load


def only_run(folder: Path, text: str) -> Run:
    (folder / "train.log").write_text(text, encoding="utf-8")
    (run,) = [item for item in load([folder / "train.log"]) if isinstance(item, Run)]
    return run


def curves(run: Run) -> dict[str, list[float]]:
    return {name: curve.values.tolist() for name, curve in run.series.items()}


def test_one_line_with_a_counter_and_a_loss_is_a_log(tmp_path: Path) -> None:
    found = curves(only_run(tmp_path, "step 7 loss: nan lr: 0.002\n"))

    assert math.isnan(found["loss"][0])
    assert found["lr"] == [0.002]


def test_two_lines_without_colons_are_a_log(tmp_path: Path) -> None:
    found = curves(only_run(tmp_path, "epoch 1, loss 1.87, val_loss 1.9\nepoch 2, loss nan, val_loss nan\n"))

    assert found["loss"][0] == 1.87
    assert math.isnan(found["val_loss"][1])


@pytest.mark.parametrize(
    "line",
    [
        "{'loss': 1.71, 'grad_norm': 0.0, 'learning_rate': 3e-05, 'epoch': 0.02}",
        "{'loss': 1.71, 'grad_norm': 0.0, 'learning_rate': 3e-05, 'epoch': 0.02}\n\n  0%|    | 2/900 [00:40<4:45:48, 20.0s/it]",
    ],
)
def test_one_dictionary_of_a_trainer_is_a_log(tmp_path: Path, line: str) -> None:
    assert curves(only_run(tmp_path, line + "\n"))["grad_norm"] == [0.0]


@pytest.mark.parametrize(
    "text",
    [
        "In step 1 the loss of blood was 0.5 litres.\n",
        "The war ended in epoch 3.\nA loss of 0.5 points.\nNothing else.\nNor here.\n",
        "{'name': 'x', 'loss': 'mse'}\n",
    ],
)
def test_one_line_of_prose_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.txt").write_text(text)

    assert not [item for item in load([tmp_path / "notes.txt"]) if isinstance(item, Run)]


def test_a_count_in_brackets_is_no_accuracy(tmp_path: Path) -> None:
    def bar(loss: float, share: float, right: int, of: int, batches: int) -> str:
        return f" [======>]  Step: 41ms | Tot: 9s118ms | Loss: {loss:.3f} | Acc: {share:.3f}% ({right}/{of}) {batches}/{batches} "

    lines = [
        f"\nEpoch: {e}\n{bar(2 - 0.1 * e, 20 + e, 8000 + 400 * e, 40000, 313)}\n{bar(2.1 - 0.1 * e, 18 + e, 1800 + 100 * e, 10000, 79)}"
        for e in range(8)
    ]

    found = curves(only_run(tmp_path, "\n".join(lines) + "\n"))

    assert found["Acc"] == [20 + e for e in range(8)]
    assert found["val Acc"] == [18 + e for e in range(8)]


def test_a_rate_behind_a_loss_is_the_name_of_the_number_behind_it(tmp_path: Path) -> None:
    lines = [f"step {i} loss {2 - 0.1 * i:.2f} it/s {9 + i}.5" for i in range(9)]

    assert curves(only_run(tmp_path, "\n".join(lines) + "\n"))["loss"] == [round(2 - 0.1 * i, 2) for i in range(9)]


def test_scores_of_zero_under_headings_are_kept(tmp_path: Path) -> None:
    table = [
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  ENTS_P  ENTS_R  SCORE ",
        "---  ------  ------------  --------  ------  ------  ------  ------",
        *(
            f"{i:3d}  {i * 200:6d}  {10.5 * i:12.2f}  {90 / (i + 1):8.2f}  {0:6.2f}  {0:6.2f}  {0:6.2f}  {0:6.2f}"
            for i in range(3)
        ),
    ]

    found = curves(only_run(tmp_path, "\n".join(table) + "\n"))

    assert found["ENTS_F"] == found["ENTS_R"] == [0.0, 0.0, 0.0]


EPOCH_OF_A_DETECTOR = (
    "     Epoch   gpu_mem       box       obj       cls    labels  img_size\n"
    "      {epoch}/49      3.9G   {box}   0.0412   0.0203        61       640: {bar}\n"
    "               Class     Images     Labels          P          R     mAP@.5 mAP@.5:.95: {bar}\n"
    "                 all   1.18e+04   2.55e+04      0.412      0.377      0.361      0.204\n"
)
BARS = ["100%|████| 52/52 [00:31<00:00,  1.68it/s]", "100% 52/52 [00:31<00:00,  1.68it/s]"]


@pytest.mark.parametrize("bar", BARS, ids=["terminal", "notebook"])
def test_one_epoch_of_a_detector_is_a_log(tmp_path: Path, bar: str) -> None:
    found = curves(only_run(tmp_path, EPOCH_OF_A_DETECTOR.format(epoch=3, box="nan", bar=bar)))

    assert math.isnan(found["box_loss"][0])
    assert found["obj_loss"] == [0.0412]
    assert found["val mAP@.5"] == [0.361]
    assert "val Images" not in found


def test_bars_of_a_notebook_end_the_columns_of_a_detector(tmp_path: Path) -> None:
    text = "".join(EPOCH_OF_A_DETECTOR.format(epoch=e, box=f"0.0{9 - e}11", bar=BARS[1]) for e in range(5))

    assert curves(only_run(tmp_path, text))["box_loss"] == [0.0911, 0.0811, 0.0711, 0.0611, 0.0511]


def test_one_table_of_a_policy_is_a_log(tmp_path: Path) -> None:
    cells = {"approxkl": 0.031, "ep_rewmean": "nan", "policy_loss": -0.02, "total_timesteps": 4096, "value_loss": 11.5}
    run = only_run(tmp_path, "".join(f"| {name:<16} | {value!s:<8} |\n" for name, value in cells.items()))

    assert run.series["approxkl"].steps.tolist() == [4096]
    assert math.isnan(curves(run)["ep_rewmean"][0])


def test_a_table_of_settings_is_none(tmp_path: Path) -> None:
    cells = {"n_steps": 128, "lr": 0.001, "gamma": 0.99, "ent_coef": 0.01, "total_timesteps": 4096, "vf_coef": 0.5}
    (tmp_path / "notes.txt").write_text("".join(f"| {name} | {value} |\n" for name, value in cells.items()))

    assert not [item for item in load([tmp_path / "notes.txt"]) if isinstance(item, Run)]


def test_losses_in_a_line_below_that_of_their_epoch_need_two_epochs(tmp_path: Path) -> None:
    text = "".join(
        f"2024-05-1{e % 10} 09:1{e % 10}:44.512 | INFO     | net.loop:fit:71{' ' * (e % 2)} - epoch={e}\n"
        f"2024-05-1{e % 10} 09:1{e % 10}:44.513 | INFO     | net.loop:fit:73 - train_loss={0.9 / e:.3f}, val_loss=0.8{e}\n"
        for e in (1, 18)
    )
    run = only_run(tmp_path, text)

    assert run.series["train_loss"].steps.tolist() == [1, 18]
    assert curves(run) == {"train_loss": [0.9, 0.05], "val_loss": [0.81, 0.818]}


@pytest.mark.parametrize("front", ["[{round}]\ttest-auc:1\n", "[{round}]:\ttest's auc:1 \n"], ids=["xgboost", "R"])
def test_two_rounds_of_boosting_are_a_log(tmp_path: Path, front: str) -> None:
    found = curves(only_run(tmp_path, "".join(front.format(round=i) for i in (1, 2))))

    assert list(found.values()) == [[1, 1]]
