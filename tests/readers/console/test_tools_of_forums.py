"""What tools print whose logs are mostly pasted into forums, cut and glued as people paste them."""

from __future__ import annotations

import math

import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load


def role(run: Run, name: str) -> str:
    return understand(run).names.get(name, ("", ""))[0]


def test_states_of_fasttexts_bar_are_read_where_their_carriage_returns_were_lost(run_of):
    state = "Progress: {:5.1f}% words/sec/thread: {:7d} lr: {:.6f} loss: {:.6f} ETA:   0h 2m"
    text = "Read 3M words\nNumber of words:  20411\nNumber of labels: 0\n"
    text += "".join(state.format(1.5 * n, 30000 + n, 0.7 - n / 100, 9.5 + 2.5 * n) for n in range(1, 4))
    text += "terminate called after throwing an instance of 'std::runtime_error'\n  what():  Encountered NaN.\n"

    run = run_of(text)

    assert run.series["loss"].values.tolist() == [12.0, 14.5, 17.0]
    assert run.series["lr"].values.tolist() == [0.69, 0.68, 0.67]
    assert "stopped because something was not finite" in " ".join(defect.what for defect in run.defects)


def test_a_part_of_the_whole_in_brackets_is_no_column_of_the_table(run_of):
    text = "[------------] Epoch      Train log_loss       Test log_loss     Time cost (sec)\n"
    text += "".join(
        f"[ {20 * n:4d}%      ]  {n:4d}            {0.7 - n / 20:.6f}            {0.72 - n / 25:.6f}          {3 + n / 7:.2f}\n"
        for n in range(1, 6)
    )

    run = run_of(text)

    assert points(run, "Train log_loss") == {n: round(0.7 - n / 20, 6) for n in range(1, 6)}
    assert points(run, "Test log_loss") == {n: round(0.72 - n / 25, 6) for n in range(1, 6)}


def test_a_day_and_a_clock_with_a_dash_between_them_stand_in_front_of_a_table(run_of):
    text = "03/27-11:05:10.101 E    #       LOSS TRANS...  LOSS NER  ENTS_F  SCORE \n"
    text += "03/27-11:05:10.102 ---  ------  -------------  --------  ------  ------\n"
    for n in range(8):
        text += f"03/27-11:{10 + n}:12.5{n}7 {n // 3:3d} {400 * n:7d} {900 / (n + 1):14.2f} {700 / (n + 2):9.2f}"
        text += f" {60 + 4 * n:7.2f} {0.6 + n / 25:7.2f}\n"

    run = run_of(text)

    assert points(run, "LOSS NER") == {400 * n: round(700 / (n + 2), 2) for n in range(8)}
    assert points(run, "ENTS_F") == {400 * n: 60.0 + 4 * n for n in range(8)}


def test_the_score_of_deeplearning4j_is_its_loss(run_of):
    line = "10:01:0{} [main] INFO  o.d.o.l.ScoreIterationListener - Score at iteration {} is {}\n"
    run = run_of("".join(line.format(n, 20 * n, 2.25 / (n + 1)) for n in range(9)))

    assert points(run, "loss") == {20 * n: 2.25 / (n + 1) for n in range(9)}
    assert role(run, "loss") == "train.loss"


def test_the_validation_of_marian_is_a_loss_and_a_score(run_of):
    text = ""
    for n in range(1, 6):
        for name, value in (
            ("ce-mean-words", 5 - n / 2),
            ("perplexity", math.exp(5 - n / 2)),
            ("translation", 6.5 * n),
        ):
            text += f"[2022-02-0{n} 08:15:00] [valid] Ep. 1 : Up. {2500 * n} : {name} : {value:.4f} : new best\n"

    run = run_of(text)

    assert role(run, "val ce-mean-words") == "val.loss"
    assert points(run, "val bleu") == {2500 * n: 6.5 * n for n in range(1, 6)}
    assert role(run, "val bleu") == "val.metric[bleu]"


def test_the_last_row_of_each_inner_table_of_baselines_belongs_to_the_table_behind_it(run_of):
    text = ""
    for n in range(6):
        text += f"********** Iteration {n} ************\nOptimizing...\n"
        text += "     pol_surr |    pol_entpen |       vf_loss |            kl |           ent\n"
        for k in range(3):
            text += (
                f"     {-0.01 * k:.5f} |       0.00000 |      {40 - n - k / 4:.5f} |       {0.002 * k + n / 500:.5f}"
            )
            text += f" |       {1.4 - n / 10 - k / 50:.5f}\n"
        text += f"-----------------------------\n| EpRewMean       | {12.5 + 3 * n:<9} |\n"
        text += f"| TimestepsSoFar  | {2048 * (n + 1):<9} |\n-----------------------------\n"

    run = run_of(text)

    steps = [2048 * (n + 1) for n in range(6)]
    assert points(run, "EpRewMean") == {s: 12.5 + 3 * n for n, s in enumerate(steps)}
    assert points(run, "kl") == pytest.approx({s: 0.004 + n / 500 for n, s in enumerate(steps)})
    assert role(run, "entropy") == "rl.entropy"


@pytest.mark.parametrize("first", [1, 4])
def test_a_row_above_the_first_count_that_was_cut_off_is_of_the_count_before_it(run_of, first):
    text = "" if first == 1 else f"Epoch {first}/90\n"
    for n in range(8):
        text += f"{21 + n % 3}s - loss: {1.5 - n / 10:.4f} - val_loss: {1.6 - n / 12:.4f}\nEpoch {first + n + 1}/90\n"
    run = run_of(text.removesuffix(f"Epoch {first + 8}/90\n"))

    assert points(run, "loss") == {first + n: round(1.5 - n / 10, 4) for n in range(8)}
    assert run.series["epoch_time"].values.tolist() == [21 + n % 3 for n in range(8)]


def test_a_text_about_a_bar_is_no_log_of_fasttext(tmp_path):
    (tmp_path / "notes.txt").write_text("The Progress: line tells words/sec/thread; look at the loss there.\n")
    assert not [item for item in load([tmp_path]) if isinstance(item, Run)]


def test_what_spacys_examples_print_of_their_losses_is_a_loss(run_of):
    run = run_of("Created blank 'nl' model\n" + "".join(f"Losses {{'ner': {41.25 / n}}}\n" for n in range(1, 13)))

    assert run.series["ner loss"].values.tolist() == [41.25 / n for n in range(1, 13)]
    assert role(run, "ner loss").startswith("train.loss")


def test_the_scores_of_spacy_2_are_named(run_of):
    text = "Itn.  Dep Loss  NER Loss  UAS     NER P.  NER R.  NER F.  Tag %   Token %  CPU WPS  GPU WPS\n"
    for n in range(8):
        text += f"{n}     0.000     {24 / (n + 1):.3f}     0.000   {51 + n:.3f}   {41 + n:.3f}  {45 + n:.3f}  100.000"
        text += " 100.000  351.5    0.0\n"

    run = run_of(text)

    assert points(run, "ner f1") == {n: 45.0 + n for n in range(8)}
    assert role(run, "ner precision") == "val.metric[ner precision]"


@pytest.mark.parametrize("header", [True, False])
def test_what_keras_says_of_the_best_weights_ends_the_state_of_its_bar(run_of, header):
    """The state stands above the row that follows, and is no row of the epoch that is named behind it."""
    said = "Epoch {:05d}: val_loss {}"
    text = ""
    for epoch, (loss, val) in enumerate([(3.25, 3.5), (2.75, 3.0), (2.5, 3.125), (2.25, 3.25)], 1):
        best = "improved from 9.00000 to 3.50000, saving model to w.h5" if epoch < 3 else "did not improve"
        text += f"Epoch {epoch}/4\n" if header else ""
        text += f"79/80 [============================>.] - ETA: 0s - loss: {loss + 0.5:.4f}{said.format(epoch, best)}\n"
        text += f"80/80 [==============================] - 21s 262ms/step - loss: {loss:.4f} - val_loss: {val:.4f}\n"

    run = run_of(text)

    assert points(run, "loss") == {1: 3.25, 2: 2.75, 3: 2.5, 4: 2.25}
    assert points(run, "val_loss") == {1: 3.5, 2: 3.0, 3: 3.125, 4: 3.25}


def test_each_lowering_of_the_learning_rate_that_pytorch_tells_is_read(run_of):
    lowered = {4: "Epoch 00004: reducing learning rate of group 0 to 2.0000e-03.\n"}
    lowered[9] = "Epoch     9: reducing learning rate of group 0 to 2.0000e-04.\n"
    text = "".join(f"epoch {n} train loss {3 / n:.4f} val loss {4 / n:.4f}\n{lowered.get(n, '')}" for n in range(1, 13))

    run = run_of(text)

    assert points(run, "reducing learning rate") == {4: 0.002, 9: 0.0002}
    assert role(run, "reducing learning rate") == "train.lr"
    assert len(points(run, "train loss")) == 12


def test_a_lowering_of_the_learning_rate_that_keras_tells_once_is_read(run_of):
    bar = "80/80 [==============================] - 21s 262ms/step - loss: {:.4f} - val_loss: {:.4f}\n"
    text = "".join(
        f"Epoch {n}/30\n{bar.format(3 / n, 4 / n)}"
        + ("\nEpoch 00017: ReduceLROnPlateau reducing learning rate to 0.00030000000260770325.\n" if n == 17 else "")
        for n in range(1, 31)
    )

    assert points(run_of(text), "reducing learning rate") == {17: 0.00030000000260770325}


def test_a_single_table_with_bars_of_which_few_headings_are_known_is_read(run_of):
    text = "Iteration 8\nOptimizing...\n     pol_surr |    pol_entpen |       vf_loss |            kl |           ent\n"
    kl = [0.0125, 0.0375, 0.075, 0.15, 0.3, 0.625]
    for n, value in enumerate(kl):
        text += f"     {0.5 - n / 50:.5f} |       0.00000 |      {1e5 / (n + 3):.2e} |       {value:.5f}"
        text += f" |       {-0.3 - n / 90:.5f}\n"

    run = run_of(text)

    assert list(points(run, "kl").values()) == kl
    assert role(run, "kl") == "rl.kl"
    assert role(run, "vf_loss") == "train.player_loss[vf]"
