from __future__ import annotations

from logdoc.api import inspect_lines
from logdoc.readers.console.lines import line_kinds


def test_every_kind_of_line_is_told_with_its_numbers_and_what_was_not_read_too(tmp_path):
    path = tmp_path / "fit.log"
    path.write_text("".join(f"step {i}/90 loss: {3 / i:.3f} took 0.{i}s\nmoved 7 of {i}3 files\n" for i in range(1, 9)))
    read, other = line_kinds(path)
    assert (read.read, read.times, read.shape) == (True, 8, "step #/# loss: # took #s")
    roles = [(number.role, number.name) for number in read.numbers]
    assert roles == [("counts steps", "step"), ("how many there are", ""), ("measure", "loss"), ("time", "took")]
    assert (other.read, other.times, other.example) == (False, 8, "moved 7 of 13 files")


def test_kinds_of_lines_are_found_below_a_folder(tmp_path):
    (tmp_path / "fit.log").write_text("".join(f"Epoch {i}, loss = {3 / i:.3f}\n" for i in range(1, 9)))
    ((file, kinds),) = inspect_lines(tmp_path).items()
    assert file.endswith("fit.log")
    assert kinds[0].meaning == "measures"
