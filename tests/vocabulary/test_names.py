from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from logdoc.context.roles import understand
from logdoc.model import Run, Series
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.names import LayerPattern, Meaning, Names
from logdoc.vocabulary.registry import load_registry


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("loss", "train.loss"),
        ("opt/lr", "train.lr"),
        ("train/optim/lr", "train.lr"),
        ("optimizer.lr", "train.lr"),
        ("opt/grad_norm", "train.grad_norm"),
        ("D(HR)", "gan.d_real"),
        ("D(SR)", "gan.d_fake"),
        ("log_perplexity", "train.loss"),
        ("valid_log_perplexity", "val.loss"),
        ("gNorm", "train.grad_norm"),
        ("Tloss", "train.loss"),
        ("Vloss", "val.loss"),
        ("Avg_Reward_100", "rl.return"),
        ("Generator Learning Rate", "train.lr"),
        ("当前损失值", "train.loss"),
        ("验证集准确率", "val.accuracy"),
        ("训练集loss", "train.loss"),
        ("整体测试集上的Loss", "test.loss"),
        ("测试集正确率", "test.accuracy"),
        ("本轮训练平均损失", "train.loss"),
        ("学習誤差（loss）", "train.loss"),
        ("Loss on train", "train.loss"),
        ("Val set accuracy", "val.accuracy"),
        ("Doğrulama Kaybı", "val.loss"),
        ("OA", "train.accuracy"),
        ("Accu", "train.accuracy"),
        ("val_accu", "val.accuracy"),
        ("Tot Loss", "train.loss"),
        ("平均 损失", "train.loss"),
        ("検証 ロス", "val.loss"),
        ("正答率", "train.accuracy"),
        ("Лосс", "train.loss"),
        ("sec_per_batch", "perf.step_seconds"),
        ("info/learner/cur_lr", "train.lr"),
        ("info/learner/total_loss", "train.loss"),
        ("info/learner/default_policy/learner_stats/kl", "rl.kl"),
        ("info/learner/default_policy/entropy", "rl.entropy"),
        ("info/learner/vf_explained_var", "rl.explained_variance"),
        ("sampling_sec", "perf.data_seconds"),
        ("mem/rss_mb", "perf.memory"),
        ("train/loss", "train.loss"),
        ("Loss/train", "train.loss"),
        ("trainLoss", "train.loss"),
        ("train_loss_epoch", "train.loss"),
        ("epoch_loss", "train.loss"),
        ("lm loss", "train.loss"),
        ("val_loss", "val.loss"),
        ("eval/loss", "val.loss"),
        ("validation/epoch_loss", "val.loss"),
        ("lm loss validation", "val.loss"),
        ("test_loss", "test.loss"),
        ("acc", "train.accuracy"),
        ("val_acc", "val.accuracy"),
        ("validation/epoch_accuracy", "val.accuracy"),
        ("lr", "train.lr"),
        ("learning_rate", "train.lr"),
        ("train/learning_rate", "train.lr"),
        ("train/grad_norm", "train.grad_norm"),
        ("grad_2.0_norm_total", "train.grad_norm"),
        ("perf/step_s", "perf.step_seconds"),
        ("perf/data_wait_s", "perf.data_seconds"),
        ("validate-logloss", "val.loss"),
        ("train/nt_xent", "train.loss"),
        ("val/info_nce", "val.loss"),
        ("reducing learning rate", "train.lr"),
        ("rewards/accuracies", "pref.accuracy"),
    ],
)
def test_names_in_the_wild_have_their_role(name: str, role: str) -> None:
    meaning = load_names().meaning(name)

    assert meaning is not None
    assert (role, "") == (meaning.role, meaning.entity)


@pytest.mark.parametrize(
    ("name", "role", "entity"),
    [
        ("l_pix", "train.loss_term", "pix"),
        ("l_percep", "train.loss_term", "percep"),
        ("l_g_pix", "train.player_loss", "g pix"),
        ("val FB1", "val.metric", "f1"),
        ("val prec5", "val.metric", "prec5"),
        ("si_sdr", "val.metric", "si sdr"),
        ("train/box_loss", "train.loss_term", "box"),
        ("eval_rewards/accuracies", "val.metric", "rewards accuracies"),
        ("loss_rpn_cls", "train.loss_term", "rpn cls"),
        ("train/value_loss", "train.player_loss", "value"),
        ("metrics/mAP50(B)", "val.metric", "map50 b"),
        ("ndcg@10", "val.metric", "ndcg 10"),
        ("val_recall/3", "class_metric", "3"),
        ("val/iou/12", "class_metric", "12"),
        ("val_recall/macro", "val.metric", "recall macro"),
        ("val_recall@5", "val.metric", "recall 5"),
        ("val_mae", "val.error", "mae"),
        ("grad_norm/layer1.0.weight", "grad_norm", "layer1.0.weight"),
        ("optim/param/blocks.0.weight.norm", "weight_norm", "blocks.0.weight"),
        ("update_ratio/fc.weight", "update_ratio", "fc.weight"),
        ("act_std/conv1", "act_std", "conv1"),
        ("lr-Adam/pg1", "lr_group", "Adam/pg1"),
    ],
)
def test_names_with_an_entity_keep_it(name: str, role: str, entity: str) -> None:
    meaning = load_names().meaning(name)

    assert meaning is not None
    assert (role, entity) == (meaning.role, meaning.entity)


def test_a_value_function_is_not_validation() -> None:
    meaning = load_names().meaning("val/ratio")

    assert meaning is not None
    assert meaning.role == ""
    assert "value function" in meaning.why


def test_an_unknown_name_has_no_meaning() -> None:
    assert load_names().meaning("wibble") is None


@pytest.mark.parametrize(
    ("name", "kind", "entity"),
    [
        ("gradients/fc.weight", "grad", "fc.weight"),
        ("fc.weight.grad", "grad", "fc.weight"),
        ("parameters/fc.weight", "weight", "fc.weight"),
        ("activations/relu1", "act", "relu1"),
        ("dense/kernel", "weight", "dense/kernel"),
        ("fc1.weight", "weight", "fc1.weight"),
    ],
)
def test_histograms_are_told_apart_by_name(name: str, kind: str, entity: str) -> None:
    assert load_names().histogram(name) == (kind, entity)


@pytest.mark.parametrize(
    ("name", "role", "entity"),
    [
        ("Totalloss", "train.loss", ""),
        ("avr_loss", "train.loss", ""),
        ("lossTotal", "train.loss", ""),
        ("LossTotal", "train.loss", ""),
        ("meanloss", "train.loss", ""),
        ("losses", "train.loss", ""),
        ("CTCloss", "train.loss_term", "ctc"),
        ("boxloss", "train.loss_term", "box"),
        ("rpn_loss_cls", "train.loss_term", "rpn cls"),
        ("gradient_loss", "train.loss_term", "gradient"),
        ("std_loss", "train.loss_term", "std"),
        ("xent", "train.loss", ""),
        ("logloss", "train.loss", ""),
        ("mlogloss", "train.loss", ""),
        ("valid_0's binary_logloss", "val.loss", ""),
        ("validation_1-mlogloss", "val.loss", ""),
        ("validation_0-rmse", "val.error", "rmse"),
        ("val_1_loss", "val.loss_term", "1"),
        ("D loss", "gan.d_loss", ""),
        ("dis_loss", "gan.d_loss", ""),
        ("Gen_loss", "gan.g_loss", ""),
        ("images_per_sec", "perf.throughput", ""),
        ("samples/s", "perf.throughput", ""),
        ("tokens_per_second", "perf.throughput", ""),
        ("it/s", "perf.throughput", ""),
        ("s/it", "perf.step_seconds", ""),
        ("throughput/samples_per_sec", "perf.throughput", ""),
        ("system/memory_mb", "perf.memory", ""),
        ("gpu_mem", "perf.memory", ""),
        ("grad_norm/rank0", "rank_grad_norm", "0"),
        ("grad_norm/ranker.weight", "grad_norm", "ranker.weight"),
    ],
)
def test_names_run_together_and_of_every_habit_have_their_role(name: str, role: str, entity: str) -> None:
    meaning = load_names().meaning(name)

    assert meaning is not None
    assert (meaning.role, meaning.entity) == (role, entity)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Std of Reward", "spread"),
        ("val_acc_std", "spread"),
        ("loss_std", "spread"),
        ("grad_norm_loss", "something about a loss"),
        ("Skipped loss scale", "something about a loss"),
        ("cls_loss_weight", "something about a loss"),
    ],
)
def test_a_spread_is_no_score_and_what_is_about_a_loss_no_term(name: str, why: str) -> None:
    meaning = load_names().meaning(name)

    assert meaning is not None
    assert meaning.role == ""
    assert why in meaning.why


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("HR", "val.metric"),
        ("test/HR@10", "test.metric"),
        ("fid", "val.error"),
        ("metrics/kid50k_full", "val.error"),
        ("train_fid", "train.error"),
        ("dev-TER", "val.error"),
        ("val fscore", "val.metric"),
        ("lossvalue", "train.loss"),
        ("valid_ac", "val.accuracy"),
        ("rewards/rejected", ""),
        ("eval_rewards/chosen", ""),
    ],
)
def test_scores_and_errors_are_known_by_few_letters_and_rewards_of_one_answer_are_neither(name: str, role: str) -> None:
    known = load_names().meaning(name)

    assert known is not None
    assert known.role == role


def test_hours_are_no_hit_rate() -> None:
    assert load_names().meaning("time_hr") is None


@pytest.mark.parametrize("name", ["lossless", "floss", "closs", "trainer", "average", "glossary"])
def test_words_that_only_look_run_together_are_left_whole(name: str) -> None:
    assert load_names().tokens(name) == [name]


def test_a_name_is_taken_apart_twice_at_most_however_many_ask_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = np.arange(30)
    names = [f"m{number}" for number in range(300)]
    run = Run("a", "made", ("a",), series={name: Series(name, steps, np.ones(30)) for name in names})
    taken: Counter[str] = Counter()
    real = Names.tokens

    def counting(self: Names, name: str) -> list[str]:
        taken[name] += 1
        return real(self, name)

    monkeypatch.setattr(Names, "tokens", counting)
    tables = replace(load_names().with_roles(load_registry().roles.values()))
    understand(run, tables)
    once = Counter(taken)
    understand(run, tables)

    assert max(once[name] for name in names) <= 2  # for its meaning, and for what is left without split and fillers
    assert taken == once  # the next run has mostly the same names


def test_patterns_of_layers_are_tried_for_names_only_that_begin_or_end_as_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []
    real = LayerPattern.match
    monkeypatch.setattr(LayerPattern, "match", lambda self, name, lower: tried.append(name) or real(self, name, lower))
    tables = replace(load_names())

    assert tables.meaning("m12") is None
    assert tables.meaning("train/loss") == Meaning("train.loss", "", "'loss' of train", 0, "")
    assert tables.meaning("grad_norm/conv1.weight").entity == "conv1.weight"  # type: ignore[union-attr]
    assert set(tried) == {"grad_norm/conv1.weight"}


def test_of_very_many_names_none_stays_known_after_the_run() -> None:
    tables = replace(load_names())
    for number in range(5_000):
        tables.bare(f"m{number}")

    tables.forget()

    assert not tables.stripped


@pytest.mark.parametrize(
    ("name", "role", "entity"),
    [
        ("MeanIU", "val.metric", "miou"),
        ("train_metrics/srcc", "train.metric", "srcc"),
        ("CF1", "val.metric", "cf1"),
        ("loss_pol_surr", "train.player_loss", "pol surr"),
        ("Средняя ошибка", "train.error", "error"),
    ],
)
def test_scores_errors_and_parts_of_a_policy_have_names_of_their_own(name: str, role: str, entity: str) -> None:
    meaning = load_names().meaning(name)

    assert meaning is not None
    assert (role, entity) == (meaning.role, meaning.entity)


def test_hits_among_the_first_k_are_a_score() -> None:
    meaning = load_names().meaning("Valid HITS@3")

    assert meaning is not None
    assert (meaning.role, meaning.entity) == ("val.metric", "hits 3")


def test_what_only_counts_rewards_is_no_score() -> None:
    meaning = load_names().meaning("negative_reward_counter")

    assert meaning is not None
    assert meaning.role == ""
