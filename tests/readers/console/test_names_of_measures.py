"""Names of measures that are more than words, or too short to be understood alone, and numbers that are none."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.context.roles import understand

FALLS = [4.5, 3.25, 2.5, 2.125]
OBJECTIVES = [-9.5, -8.25, -7.0e29, -1e30]


@pytest.mark.parametrize(
    "front",
    ["VLOG[2](nnet-train:Eval%28%29:nnet-cost.cc:77) ", "LOG (nnet-train[5.2]:Eval():nnet-cost.cc:77) ", ""],
)
def test_an_objective_of_something_counted_by_what_was_gone_through(run_of, front):
    run = run_of(
        "".join(
            f"{front}After {n}000 utterances (1{n}.5Hr): Score(ln[Pab]) = {v}   FrameAcc = {60 + n}.5%\n"
            for n, v in enumerate(OBJECTIVES, 3)
        )
    )

    assert points(run, "Score(ln[Pab])") == {n * 1000: v for n, v in enumerate(OBJECTIVES, 3)}
    assert set(run.series) == {"Score(ln[Pab])", "FrameAcc"}


@pytest.mark.parametrize("rates", ["{a}/{b}", "{a}, {b}", "[{a}, {b}]"])
def test_a_second_rate_is_of_a_second_group_of_parameters(run_of, rates):
    run = run_of(
        "".join(f"epoch {n}  lr: {rates.format(a=0.5 / n, b=5.5 / n)}  loss: {v}\n" for n, v in enumerate(FALLS, 1))
    )

    assert points(run, "lr") == {n: 0.5 / n for n in range(1, 5)}
    assert points(run, "lr/group 2") == {n: 5.5 / n for n in range(1, 5)}
    assert understand(run).names["lr/group 2"][0] == "lr_group[group 2]"


@pytest.mark.parametrize("unit", [" s", " sec", ""])
@pytest.mark.parametrize("average", ["avg_", ""])
def test_costs_of_reader_and_batch_are_the_time_of_data_and_step(run_of, unit, average):
    run = run_of(
        "".join(
            f"epoch: [2/9], iter: {n}, loss: {v}, {average}reader_cost: 0.{n}5{unit}, {average}batch_cost: 1.{n}5{unit}, ips: 9.5 images/s\n"
            for n, v in enumerate(FALLS, 1)
        )
    )

    names = {understand(run).names[name][0]: name for name in run.series if name in understand(run).names}
    assert list(run.series[names["perf.data_seconds"]].values) == [0.15, 0.25, 0.35, 0.45]
    assert list(run.series[names["perf.step_seconds"]].values) == [1.15, 1.25, 1.35, 1.45]


def test_scores_of_medical_segmentation_are_spelt_out_where_they_stand_together(run_of):
    run = run_of(
        "".join(
            f"Epoch [{n}/9] Loss: {v}\n[Training] Acc: 0.9, SE: 0.{n}1, SP: 0.9{n}, PC: 0.3{n}, JS: 0.2{n}, DC: 0.4{n}\n[Validation] ACC: 0.8, SEN: 0.{n}5, SPE: 0.8{n}, DSC: 0.5{n}, HD95: 1{n}.5\n"
            for n, v in enumerate(FALLS, 1)
        )
    )

    roles = {understand(run).names[name][0] for name in run.series}
    assert {f"train.metric[{name}]" for name in ("sensitivity", "specificity", "precision", "jaccard", "dice")} <= roles
    assert {"val.metric[sensitivity]", "val.metric[specificity]", "val.metric[dice]", "val.error[hd95]"} <= roles


def test_short_names_mean_nothing_alone(run_of):
    run = run_of("".join(f"Epoch {n} loss: {v} SE: 0.{n}5\n" for n, v in enumerate(FALLS, 1)))
    assert set(run.series) == {"loss", "SE"}


@pytest.mark.parametrize("names", [("Acc@1", "Acc@5"), ("Prec@1", "Prec@5"), ("top1", "top5")])
def test_an_accuracy_among_five_beside_that_of_training_is_of_training(run_of, names):
    one, five = names
    run = run_of(
        "".join(
            f"Epoch: [0][{n * 10}/90]\tLoss {v} ({v})\t{one} {n}.5 ({n}.0)\t{five} {n + 5}.5 ({n + 5}.0)\n"
            for n, v in enumerate(FALLS)
        )
    )

    roles = {name: understand(run).names[name][0].partition("[")[0] for name in names}
    assert roles == {one: "train.accuracy", five: "train.metric"}


@pytest.mark.parametrize(
    "line",
    ["validation(640) net_size:8_lr:0.5_gpus:2_64x64_c loss={v}, loss_a={w}", "Validating: loss={v}, loss_a={w}"],
)
def test_a_line_of_validation_is_of_validation_and_no_number_of_a_word_is_a_measure(run_of, line):
    lines = []
    for n, v in enumerate(FALLS, 1):
        lines += [f"step={n * 10}, lr=0.25, loss={v}, loss_a={v / 2}", line.format(v=v + 1, w=v / 2 + 1)]
    run = run_of("\n".join(lines) + "\n")

    assert list(run.series["loss_a"].values) == [v / 2 for v in FALLS]
    assert list(run.series["val loss_a"].values) == [v / 2 + 1 for v in FALLS]
    assert list(run.series["val loss"].values) == [v + 1 for v in FALLS]
    assert set(run.series) == {"lr", "loss", "loss_a", "val loss", "val loss_a"}


def test_what_is_said_once_an_epoch_between_rows_of_batches_is_a_curve(run_of):
    lines = []
    for n, v in enumerate(FALLS, 1):
        lines += [f"epoch {n}/4", *(f"{b}/90, train_loss: {v + (90 - b) / 500:.4f}" for b in range(1, 91))]
        lines += [
            f"epoch {n} average loss: {v + 0.25}",
            f"current epoch: {n} current mean dice: 0.{n}5 best mean dice: 0.95 at epoch 4",
        ]
        lines += [f"epoch {n} mean surface gap: {v * 2}"]
    run = run_of("\n".join(lines) + "\n")

    assert list(run.series["average loss"].values) == [v + 0.25 for v in FALLS]
    assert list(run.series["mean dice"].values) == [0.15, 0.25, 0.35, 0.45]
    assert list(run.series["mean surface gap"].values) == [2 * v for v in FALLS]


def test_losses_of_numbered_heads_on_lines_of_their_own_are_a_curve_each(run_of):
    run = run_of("".join(f"Epoch {e}\nhead 1 loss: {3 / e:.3f}\nhead 2 loss: {2 / e:.3f}\n" for e in range(1, 10)))

    assert [run.series[name].values.tolist()[2] for name in ("head1 loss", "head2 loss")] == [1.0, 0.667]
    assert "loss" not in run.series


def test_the_letter_beside_a_score_of_episodes_is_the_share_of_random_actions(run_of):
    run = run_of("".join(f"episode: {n}/500, score: {9 + n % 4}, e: {1 - n / 100:.2}\n" for n in range(12)))

    assert points(run, "epsilon")[3] == 0.97


def test_the_same_letter_elsewhere_keeps_its_name(run_of):
    run = run_of("".join(f"epoch {n} loss: {2 - n / 10:.2f}, e: {1 - n / 100:.2f}\n" for n in range(12)))

    assert "epsilon" not in run.series
