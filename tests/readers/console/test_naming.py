"""Names that stand together in front of their numbers."""

from __future__ import annotations

import pytest
from curves import points


@pytest.mark.parametrize("names", ["IS, FID:", "IS,FID:", "Acc, F1 =", "loss, accuracy:"])
def test_two_names_in_front_of_two_numbers_are_each_of_one(run_of, names):
    run = run_of("".join(f"Epoch {i}  {names} {1 + i / 8:.3f}, {90 / i:.3f}\n" for i in range(1, 13)))
    first, second = names.rstrip(":= ").replace(" ", "").split(",")

    assert points(run, first)[8] == 2.0
    assert points(run, second)[9] == 10.0


def test_words_of_a_sentence_in_front_of_a_name_are_none(run_of):
    run = run_of("".join(f"Epoch {i}, train, loss: {1 / i:.3f}, {2 / i:.3f}\n" for i in range(1, 13)))

    assert points(run, "train loss")[4] == 0.25


def test_the_size_of_a_batch_counts_nothing_beside_a_number_that_grows_to_its_bound(run_of):
    text = "".join(
        f"[{500 * i:06d}/50000] {'ABC'[i % 3]}  | loss {0.1 - 0.004 * i:.4f} | {3.1:.2f} it/s | batch 16\n"
        for i in range(20)
    )

    assert run_of(text).series["loss"].steps.tolist() == list(range(0, 10_000, 500))


def test_numbered_scores_need_neither_colon_nor_equals_sign(run_of):
    run = run_of(
        "".join(
            f"Epoch {i} - Validation BLEU: BLEU-1 {40 + i}.25, BLEU-2 {30 + i}.50, BLEU-4 {10 + i}.75\n"
            f"Epoch {i} - New best model saved with BLEU-2: {30 + i}.50\n"
            for i in range(1, 9)
        )
    )

    assert points(run, "val BLEU-1")[3] == 43.25
    assert points(run, "val BLEU-4")[8] == 18.75
    assert "BLEU-2" not in run.series


def test_a_total_alone_beside_its_counters_is_a_measure_and_no_time(run_of):
    run = run_of(
        "".join(
            f"[epoch: {e}/9, iter: 0/90] total: {2 / e:.4f}\n[epoch: {e}/9, iter: 40/90] total: {1.5 / e:.4f}\n"
            f"epoch {e}, validation accuracy: {0.5 + e / 20:.3f}\n"
            for e in range(1, 10)
        )
    )
    timed = run_of("".join(f"epoch {e} loss: {2 / e:.4f} data: 0.{e}1 total: {1.5 + e / 10}\n" for e in range(1, 10)))

    assert run.series["total"].values[0] == 2.0
    assert "total" not in timed.series


def test_an_evaluation_between_the_rows_is_one_of_its_own(run_of):
    rows = "".join(
        "".join(f"Epoch: [{e}/9] Iter: [{i}/60], Loss: {3 / (e + 1):.4f}, Acc: 0.{e}5\n" for i in range(0, 60, 10))
        + f"Loss: {4 / (e + 1):.3f}, MeanIU:  {0.05 * (e + 1):.4f}, Best_mIoU:  {0.05 * (e + 1):.4f}\n"
        for e in range(9)
    )

    assert run_of(rows).series["MeanIU"].values.tolist() == [round(0.05 * (e + 1), 4) for e in range(9)]


def test_counters_and_measures_in_chinese_stand_behind_the_word_for_current(run_of):
    run = run_of("".join(f"当前Batch：{i}/80 | 当前epoch:0/5 | 当前损失值：{9 / i:.3f}\n" for i in range(10, 80, 10)))

    assert points(run, "当前损失值")[30] == 0.3


def test_a_base_learning_rate_in_rows_is_one(run_of):
    run = run_of("".join(f"Epoch[{e}] Loss: {2 / e:.3f}, Base Lr: {1e-3 / e:.2e}\n" for e in range(1, 10)))

    assert points(run, "Base Lr")[2] == 5e-4
