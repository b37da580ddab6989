"""Records that a program wrote into one line, without an end of a line between them."""

from __future__ import annotations

from curves import points

from logdoc.readers.console.cleaning import apart


def test_records_that_follow_each_other_in_one_line_are_a_row_each(run_of):
    run = run_of("".join(f"epoch: {i}/40, train_loss: {3 / i:.4f}, train_acc: {1 - 0.7 / i:.4f}" for i in range(1, 10)))

    assert points(run, "train_loss") == {i: round(3 / i, 4) for i in range(1, 10)}


def test_records_behind_lines_of_their_own_begin_a_run_where_they_count_anew(runs_of):
    lines = "".join(f"epoch: {i}/9, loss: {2 / i:.4f}\n" for i in range(1, 10))
    glued = "".join(f"epoch: {i}/50, loss: {4 / i:.4f}" for i in range(1, 8))
    first, second = runs_of(lines + glued)

    assert len(points(first, "loss")) == 9
    assert points(second, "loss")[1] == 4.0


def test_a_list_within_a_line_is_no_record_for_each_of_its_words() -> None:
    for line in (
        "shard 1 of 9, shard 2 of 9, shard 3 of 9, shard 4 of 9, and so on",
        "loss 0.5, loss 0.4, loss 0.3, loss 0.2, loss 0.1, loss 0.05",
        "epoch: 1, loss: 0.5epoch: 2, loss: 0.4",
    ):
        assert apart(line) == (line,)
