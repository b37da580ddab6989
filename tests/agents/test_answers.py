from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.agents.answers import MOST_TOKENS, Answers, paged
from logdoc.agents.roots import Roots
from logdoc.errors import ConfigError, LogdocError, ReadError
from logdoc.report.tokens import cut_to, tokens_of

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers(Roots([SAMPLES]))


def test_the_runs_are_listed_with_verdict_and_first_cause(answers: Answers) -> None:
    told = answers.list_runs()

    assert "error letters-hot step 599, lr-too-high 99%" in told
    assert "healthy digits-cnn" in told


def test_a_diagnosis_has_verdict_cause_numbers_and_the_next_test(answers: Answers) -> None:
    told = answers.diagnose(".", "letters-hot")

    assert told.startswith("run letters-hot: error steps 0-599")
    assert "cause lr-too-high 99%" in told
    assert "do Divide the learning rate by three, from 0.3 to 0.1" in told
    assert "test Repeat a few hundred steps" in told
    assert "error loss-diverging @98-599: After its lowest smoothed level of 0.9671 near step 98" in told


def test_a_cause_is_explained_and_a_wrong_one_refused_with_the_nearest(answers: Answers) -> None:
    assert "prior" in answers.explain("letters-hot", "lr-too-high")
    with pytest.raises(ConfigError, match="Did you mean 'lr-too-high'"):
        answers.explain("letters-hot", "lr-too-hig")


def test_two_runs_are_compared(answers: Answers) -> None:
    assert "worse than its baseline" in answers.compare("digits-cnn", "digits-left-out")


def test_a_curve_is_found_by_role_or_name_and_keeps_nan_and_extremes(answers: Answers) -> None:
    whole = answers.curve("moons-handmade-loss", "train.loss")
    part = answers.curve("letters-hot", "Loss/train", first=80, last=90, points=200)

    assert "nan" in whole
    assert len(whole.splitlines()) <= 80
    assert [line.split()[0] for line in part.splitlines()[1:]] == [str(step) for step in range(80, 91)]
    with pytest.raises(ConfigError, match=r"Did you mean 'train\.loss'"):
        answers.curve("letters-hot", "train.los")


def test_what_to_log_next_is_named_with_the_checks_that_wait_for_it(answers: Answers) -> None:
    told = answers.log_next("letters-hot")

    assert "first " in told
    assert "update-ratio-high" in told


def test_every_answer_about_every_sample_is_short(answers: Answers) -> None:
    for folder in SAMPLES.iterdir():
        if folder.is_dir() and not folder.name.startswith("_"):
            for told in (answers.diagnose(folder.name), answers.log_next(folder.name), answers.list_runs(folder.name)):
                assert tokens_of(told) < 4_000


def all_pages(lines: list[str]) -> Iterator[str]:
    with suppress(ConfigError):
        for number in count(1):
            yield paged(lines, number)


@given(st.lists(st.text(max_size=3_000), max_size=40))
def test_no_page_is_longer_than_promised_and_none_is_lost(lines: list[str]) -> None:
    lines = [" ".join(line.split()) for line in lines]
    pages = list(all_pages(lines))

    assert all(tokens_of(page) < 4_000 for page in pages)
    told = "\n".join(pages)
    assert all(cut_to(line, 600) in told for line in lines)


def test_a_page_that_is_not_there_is_refused() -> None:
    assert MOST_TOKENS < 4_000
    with pytest.raises(ConfigError, match="There are 1"):
        paged(["one"], 2)


def test_an_answer_is_renewed_when_the_log_grew(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n" + "".join(f"{i},{2 * 0.9**i}\n" for i in range(20)))
    mine = Answers(Roots([tmp_path]))
    before = mine.diagnose("log.csv")

    with log.open("a") as file:
        file.write("20,nan\n")

    assert "loss-nan" not in before
    assert "loss-nan" in mine.diagnose("log.csv")


@pytest.mark.parametrize(
    "path",
    ["..", "../secret.csv", "/etc/passwd", "link.csv", "folder", "~", "", "s3://bucket/run", "*", "nowhere", "a\0b"],
)
def test_nothing_outside_of_the_roots_can_be_named(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.csv").write_text("epoch,loss\n0,1\n1,0.5\n")
    (tmp_path / "other").mkdir()
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    (root / "folder").symlink_to(tmp_path / "other")
    mine = Answers(Roots([root]))

    with pytest.raises(LogdocError) as caught:
        mine.diagnose(path)

    assert "secret" not in str(caught.value).replace(path, "")


def test_links_in_a_folder_that_lead_out_of_it_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.csv").write_text("epoch,loss\n" + "".join(f"{i},{i}\n" for i in range(9)))
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")

    assert "No training log was found" in Answers(Roots([root])).list_runs()


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such"):
        Roots([tmp_path / "nowhere"])
    with pytest.raises(ReadError, match="below the roots"):
        Roots([tmp_path]).inside("x")


def test_text_of_a_log_cannot_control_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.csv").write_text("epoch,loss\n" + "".join(f"{i},{2 * 0.9**i}\n" for i in range(20)))

    assert "\x1b" not in Answers(Roots([tmp_path])).list_runs()
