"""Where the text of a program is looked for beside a log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdoc.errors import ReadError
from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.programs import MOST_FILES, program_at, program_beside

LOG = "step,loss\n" + "".join(f"{i},{2.0 - 0.01 * i}\n" for i in range(40))


def paths(folder: Path, root: Path | None = None) -> list[str]:
    return [one.path for one in program_beside(folder, root or folder)]


def test_a_script_beside_the_log_is_found_and_tests_and_set_up_are_not(tmp_path: Path) -> None:
    for name in ("train.py", "setup.py", "conftest.py", "test_train.py", "train_test.py", "notes.txt"):
        (tmp_path / name).write_text("x = 1\n")

    assert paths(tmp_path) == ["train.py"]


def test_an_r_script_is_found_and_its_tests_are_not(tmp_path: Path) -> None:
    for name in ("train.R", "prepare.r", "test-train.R", "testthat.R", "train.Rdata"):
        (tmp_path / name).write_text("x <- 1\n")

    assert paths(tmp_path) == ["prepare.r", "train.R"]


def test_copies_that_tools_keep_are_found_below_code(tmp_path: Path) -> None:
    for name in ("code/pkg/train.py", "files/code/main.py", "other/train.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")

    assert paths(tmp_path) == ["code/pkg/train.py", "files/code/main.py"]


def test_folders_of_logs_are_left_upwards_but_never_above_what_was_named(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "lightning_logs" / "version_3"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "train.py").write_text("x = 1\n")

    assert paths(inner, tmp_path) == ["project/train.py"]
    assert paths(inner, inner) == []
    assert paths(inner.parent, inner.parent) == []


def test_a_folder_with_a_name_of_its_own_is_not_left(tmp_path: Path) -> None:
    (tmp_path / "baseline").mkdir()
    (tmp_path / "train.py").write_text("x = 1\n")

    assert paths(tmp_path / "baseline", tmp_path) == []


def test_the_program_that_wandb_names_is_the_main_one(tmp_path: Path) -> None:
    files = tmp_path / "files"
    (files / "code" / "src").mkdir(parents=True)
    (files / "code" / "src" / "fit.py").write_text("x = 1\n")
    (files / "code" / "src" / "sweep.py").write_text("x = 2\n")
    (files / "wandb-metadata.json").write_text(json.dumps({"codePath": "src/fit.py", "args": []}))

    found = program_beside(tmp_path, tmp_path)

    assert {one.path: one.main for one in found} == {"files/code/src/fit.py": True, "files/code/src/sweep.py": False}


def test_a_file_that_a_diff_adds_is_read_from_it(tmp_path: Path) -> None:
    (tmp_path / "diff.patch").write_text(
        "diff --git a/old.py b/old.py\n--- a/old.py\n+++ b/old.py\n@@ -1 +1 @@\n-x\n+y\n"
        "diff --git a/train.py b/train.py\nnew file mode 100644\n--- /dev/null\n+++ b/train.py\n"
        "@@ -0,0 +1,2 @@\n+import torch\n+loss.backward()\n"
    )

    found = program_beside(tmp_path, tmp_path)

    assert [(one.path, one.text) for one in found] == [("train.py", "import torch\nloss.backward()\n")]


def test_number_and_size_of_files_are_bounded(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 20):
        (tmp_path / f"part{number:02d}.py").write_text("x = 1\n")
    (tmp_path / "a_large.py").write_text("#" * 500_000)

    found = paths(tmp_path)

    assert len(found) == MOST_FILES
    assert "a_large.py" not in found


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "secret.py").write_text("x = 1\n")
    (tmp_path / "mine" / "train.py").symlink_to(tmp_path / "secret.py")

    assert paths(tmp_path / "mine", tmp_path) == []


def test_damaged_metadata_cost_the_name_only(tmp_path: Path) -> None:
    (tmp_path / "wandb-metadata.json").write_text("{" * 300)
    (tmp_path / "train.py").write_bytes(b"\xff\xfe x = 1\n")

    assert paths(tmp_path) == ["train.py"]


def test_a_run_carries_the_text_beside_it_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "train.py").write_text("x = 1\n")
    (tmp_path / "elsewhere.py").write_text("x = 2\n")

    def texts(**options: Path | bool) -> list[str]:
        run = next(item for item in load([tmp_path / "log.csv"], **options) if isinstance(item, Run))  # type: ignore[arg-type]
        return [one.path for one in run.program]

    assert texts() == ["elsewhere.py", "train.py"]
    assert texts(code=False) == []
    assert texts(code=tmp_path / "elsewhere.py") == ["elsewhere.py"]


def test_a_program_that_is_not_there_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"nowhere\.py"):
        program_at(tmp_path / "nowhere.py")
