"""A control character inside a number is damage: the number is left out and told, never read as another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import load


def log(number: str) -> str:
    return "".join(f"step {i} loss {1 / (1 + i):.4f}\n" if i != 12 else f"step 12 loss {number}\n" for i in range(25))


@pytest.mark.parametrize(
    "number", ["0.07\x169", "0.0\x01\x02769", "9" * 60 + "0.07\x0169", "-1.\x017e-9", "\x7f0.0769", "0.0769\x03"]
)
def test_a_number_with_a_control_character_inside_is_left_out_and_told(tmp_path: Path, number: str) -> None:
    (tmp_path / "train.log").write_text(log(number))
    (run,) = load([tmp_path / "train.log"])
    inside = number.strip("\x7f\x03") != "0.0769"
    assert len(run.series["loss"]) == (24 if inside else 25)
    assert set(run.series["loss"].values) <= {round(1 / (1 + i), 4) for i in range(25)}
    assert any(defect.id == "DATA014" and defect.lost for defect in run.defects) == inside


def test_colours_and_progress_bars_break_no_number(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(log("\x1b[32m0.07\x1b[0m69"))
    (run,) = load([tmp_path / "train.log"])
    assert len(run.series["loss"]) == 25
    assert not run.defects


def loss(step: int) -> float:
    return 2 / (1 + 0.05 * step) + 0.01 * (step * 7 % 5)


@pytest.mark.parametrize("cut", range(2, 14))
@pytest.mark.parametrize("form", ["step {} loss {:.4e}\n", "Epoch {}/100 - acc: 0.5 - loss: {:.4f}\n"])
def test_a_last_line_that_breaks_off_anywhere_is_told_and_gives_no_other_number(
    tmp_path: Path, form: str, cut: int
) -> None:
    whole = "".join(form.format(step, loss(step)) for step in range(60))
    (tmp_path / "train.log").write_text(whole[:-cut])
    (run,) = load([tmp_path / "train.log"])
    found = next(series for name, series in run.series.items() if "loss" in name)
    assert len(found) == 59
    assert all(abs(value - loss(int(step))) < 1e-3 for step, value in zip(found.steps, found.values, strict=True))
    assert [defect.where for defect in run.defects if defect.id == "DATA001"] == ["line 60"]


@pytest.mark.parametrize("end", ["0.42", "0.4", "0.", "0"])
def test_a_last_number_shorter_than_nearly_all_of_its_like_is_left_out_though_the_first_is_as_short(
    tmp_path: Path, end: str
) -> None:
    whole = "".join(f"step {step} loss {1.91 if step == 0 else loss(step) + 1e-9 / 7!r}\n" for step in range(60))
    (tmp_path / "train.log").write_text(f"{whole}step 60 loss {end}")
    (run,) = load([tmp_path / "train.log"])
    assert len(run.series["loss"]) == 60
    assert [defect.where for defect in run.defects if defect.id == "DATA001"] == ["line 61"]


@pytest.mark.parametrize("end", ["0.4215", "0.42", "5e-05", "3"])
def test_a_last_number_of_a_column_that_has_short_ones_is_kept(tmp_path: Path, end: str) -> None:
    shorts = ("7", "0.25", "1.5e-05", "0.1234567")
    whole = "".join(f"step {step} loss {shorts[step % 4]}\n" for step in range(60))
    (tmp_path / "train.log").write_text(f"{whole}step 60 loss {end}")
    (run,) = load([tmp_path / "train.log"])
    assert run.series["loss"].values[-1] == float(end)
    assert not run.defects


@pytest.mark.parametrize("last", ["", "\n", "done\n", "done"])
def test_a_text_that_ends_whole_is_not_called_cut(tmp_path: Path, last: str) -> None:
    whole = "".join(f"step {step} loss {loss(step):.4f}\n" for step in range(60))
    (tmp_path / "train.log").write_text(whole.rstrip("\n") + ("\n" if last else "") + last)
    (run,) = load([tmp_path / "train.log"])
    assert len(run.series["loss"]) == 60
    assert not run.defects


def test_an_invalid_number_that_windows_cut_to_its_digits_is_not_read_as_its_digits(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(log("1.#N/A"))
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    assert 1.0 not in run.series["loss"].values[1:].tolist()


def test_a_point_that_became_a_slash_makes_no_fraction_of_a_loss(tmp_path: Path) -> None:
    file = tmp_path / "train.log"
    lines = [f"Epoch {i}/25 | loss: {1 / (1 + i):.4f} | lr 0.1" for i in range(25)]
    file.write_text("\n".join([*lines[:5], lines[5].replace("0.1667", "2/1667"), *lines[6:]]) + "\n", encoding="utf-8")

    [run] = [one for one in load([file]) if isinstance(one, Run)]

    assert run.series["loss"].values.min() > 0.03
    assert run.series["lr"].values.tolist() == [0.1] * 25


@pytest.mark.parametrize("sign", ["─", "☀", "一"])
def test_a_line_drawn_with_one_sign_is_no_utf16_of_which_a_byte_is_missing(tmp_path: Path, sign: str) -> None:
    lines = [f"epoch {i} loss {1 / (1 + i):.4f}\n{sign * 60}" for i in range(25)]
    (tmp_path / "train.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run,) = load([tmp_path / "train.log"])
    assert not run.defects


def test_utf16_of_which_a_byte_is_missing_is_never_taken_for_a_shorter_log(tmp_path: Path) -> None:
    text = log("0.0769").encode("utf-16")
    (tmp_path / "train.log").write_bytes(text[:401] + text[402:])
    (run,) = load([tmp_path / "train.log"])
    assert len(run.series["loss"]) < 25
    assert any(defect.lost and "UTF-16" in defect.what for defect in run.defects)


BAR = "Epoch {0}: {1}%|{2}| {1}/100 [00:01<00:02, 9.5it/s, loss={3:.4f}]"
PLAIN = "".join(f"epoch {e} loss {loss(e):.4f}\n" for e in range(40))


def bars(epoch: int) -> str:
    """Return the bar of one epoch, redrawn in place."""
    return "\r".join(BAR.format(epoch, at, "#" * (at // 10), 2 / epoch + 0.1 - at / 1000) for at in range(0, 101, 20))


DRAWN = "\n".join(map(bars, range(1, 41))) + f"\n{BAR.format(41, 20, '##', 0.35)}\r"


@pytest.mark.parametrize(
    ("whole", "last"),
    [
        (PLAIN, "epoch 4"),
        (PLAIN, "epoch 40 lo"),
        ("".join(f"Epoch {e}/100 - loss: {loss(e):.4f}\n" for e in range(40)), "Epoch 40/1"),
        (DRAWN, "Epoch 41:  4"),
        (DRAWN, "Epoch 41: 40%|####| 40/100 [00:01<00:02, 9.5it/s, lo"),
    ],
)
def test_a_last_line_that_breaks_off_before_anything_measured_is_told_and_loses_no_data(
    tmp_path: Path, whole: str, last: str
) -> None:
    (tmp_path / "train.log").write_text(whole + last)
    (run,) = load([tmp_path / "train.log"])
    assert [(d.id, d.lost) for d in run.defects] == [("DATA001", False)]
    (tmp_path / "whole.log").write_text(whole)
    (same,) = load([tmp_path / "whole.log"])
    assert {n: s.values.tolist() for n, s in run.series.items()} == {
        n: s.values.tolist() for n, s in same.series.items()
    }


@pytest.mark.parametrize("number", ["0.3", "0.", "0"])
def test_a_number_that_breaks_off_in_the_last_redraw_of_a_bar_is_lost_and_read_as_no_other(
    tmp_path: Path, number: str
) -> None:
    last = f"Epoch 41: 40%|####| 40/100 [00:01<00:02, 9.5it/s, loss={number}"
    (tmp_path / "train.log").write_text(DRAWN + last)
    (run,) = load([tmp_path / "train.log"])
    assert float(number) not in run.series["loss"].values
    assert [(d.id, d.lost) for d in run.defects] == [("DATA001", True)]
